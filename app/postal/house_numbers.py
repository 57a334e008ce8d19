"""The number of a house and its extension, where they are known apart from the line that is printed and says both.

The line always says them: "Markt 87 bis" with number 87 and extension bis. Where somebody writes another line, they go,
unless the new one says them too.
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: What may follow the number of a house and belongs to it: "12 bis, rue de Rivoli".
QUALIFIER = r"(?![\W_]*(?:bis|ter|quater|[^\W\d_])(?![^\W_]))"


class House(NamedTuple):
    """A line of a street with the number of the house, and both parts of that number; "" where they are not known."""

    street: str = ""
    house_number: str = ""
    house_extension: str = ""

    def joined(self, longest: int) -> House:
        """As sources state it that keep the parts apart: with the line that says them all, cut to so many letters."""
        line = join_house(*self)[:longest].rstrip()
        return House(line, *self[1:]) if find_house(line, *self[1:]) else House(line)


def join_house(street: str, number: str, extension: str) -> str:
    """The line that says street and house: as it is where it says the house already."""
    if find_house(street, number, extension):
        return street
    return " ".join(part for part in (street, number, extension) if part)


def find_house(street: str, number: str, extension: str) -> re.Match[str] | None:
    """Where the line says the house, the last time; however number and extension are held together: 87 A, 87-a."""
    if not (pattern := pattern_of(number, extension)):
        return None
    return next(reversed(list(re.finditer(pattern, street, re.IGNORECASE))), None)


def pattern_of(number: str, extension: str) -> str:
    """Between what is neither a digit beside its own digits nor a letter beside its own letters; "" for no number."""
    parts = re.findall(r"[^\W\d_]+|\d+", number) and re.findall(r"[^\W\d_]+|\d+", f"{number} {extension}")
    if not parts:
        return ""
    first, last = (r"\d" if part.isdigit() else r"[^\W_]" for part in (parts[0], parts[-1]))
    return rf"(?<!{first})" + r"[\W_]*".join(map(re.escape, parts)) + rf"(?!{last})"


def settle_house(before: House, after: House) -> House:
    """What is true after an address was written over: the line and the parts say the same.

    Another line keeps the parts if it begins or ends with them; other parts are written into the line.
    """
    if not after.house_number:
        return House(join_house(*after) if after.house_extension != before.house_extension else after.street)
    if after[1:] == before[1:]:
        return after if after.street == before.street or has_house_at_an_end(after) else House(after.street)
    return after._replace(street=rewrite_house(before, after))


def has_house_at_an_end(house: House) -> bool:
    pattern = pattern_of(house.house_number, house.house_extension)
    ends = rf"[\W_]*{pattern}{QUALIFIER}|.*(?<![^\W_]){pattern}[\W_]*$"
    return re.match(ends, house.street, re.IGNORECASE | re.DOTALL) is not None


def rewrite_house(before: House, after: House) -> str:
    """The line with the new number and extension in the place of those that it said, or behind it."""
    said = find_house(*before) if before.street == after.street else None
    if said is None or ((now := find_house(*after)) and now.start() <= said.start() and now.end() >= said.end()):
        return join_house(*after)
    new = " ".join(part for part in after[1:] if part)
    return f"{after.street[: said.start()]}{new}{after.street[said.end() :]}"
