"""What a cell of a spreadsheet can mean: every reading of a number or a date that is possible, and no other.

"1.234" is a thousand and more, or one and a bit; "03/04/2025" is in March or in April. Whoever reads a column
decides by its other cells, or asks.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache

from babel import Locale

from app.amounts.money import BadAmount, parse

LOCALES = ("en", "nl", "de", "fr", "es")

#: Marks that a number may have between its thousands, besides the one that isn't its decimal mark.
SPACES = "'’ \u00a0\u202f"

NUMBERS = {
    mark: re.compile(
        rf"[1-9]\d{{0,2}}([{other}{SPACES}])\d{{3}}(?:\1\d{{3}})*(?:{mark}\d*)?|\d+(?:{mark}\d*)?|{mark}\d+"
    )
    for mark, other in ((r"\.", ","), (",", r"\."))
}

FORMS = ("dmy", "mdy", "ymd")

DATE = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:[T, ]+(.+))?")
NAMED_DATE = re.compile(
    r"(?:[^\W\d]+\.?,? )??(?:(\d{1,2})\.? )?([^\W\d]+)\.? (?:(\d{1,2})(?:st|nd|rd|th)?,? )?(\d{4})(?:[,T ]+(.+))?"
)
#: As eBay writes them: "Sep-30-26", "10-Dez-25".
DASHED_DATE = re.compile(r"(?:([^\W\d]+)\.?-(\d{1,2})|(\d{1,2})-([^\W\d]+)\.?)-(\d{2}|\d{4})(?:[,T ]+(.+))?")
TIME = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap])?\.?(?(4)m\.?)\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?", re.IGNORECASE
)


def plain(cell: str) -> str:
    """The cell without what exporters put around it so that a spreadsheet shows it as it is: '0123, ="0123", '=1+1."""
    text = cell.strip()
    if not text.startswith(("'", "=")):
        return text
    if match := re.fullmatch(r'="(.*)"', text, re.DOTALL):
        text = match[1].replace('""', '"')
    guarded = text.startswith("'") and re.match(r"[\d=+\-@\t\r]", text[1:])
    return text[1:].strip() if guarded else text


def number_readings(text: str) -> dict[str, Decimal]:
    """What a number can be, by its decimal mark: "1.234" is {".": 1.234, ",": 1234}; {} when it is no number."""
    text, is_negative = without_sign(text)
    found = {}
    for mark, pattern in NUMBERS.items():
        mark = mark[-1]
        if pattern.fullmatch(text):
            digits = re.sub(rf"[^\d{mark}]", "", text).replace(mark, ".")
            try:
                found[mark] = parse(f"-{digits}" if is_negative else digits)
            except BadAmount:
                continue
    return found


def without_sign(text: str) -> tuple[str, bool]:
    """A loss may be written -5, 5- or (5)."""
    text = text.strip().replace("\u2212", "-")
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    is_negative = text.startswith("-") or text.endswith("-")
    return text.removeprefix("-").removesuffix("-").removeprefix("+").strip(), is_negative


def date_readings(text: str) -> dict[str, datetime]:
    """What a date can be, by the order of its parts (dmy, mdy, ymd); {} when it is no date.

    A moment that doesn't say its offset comes without one.
    """
    if (iso := from_iso(text)) is not None:
        return {"ymd": iso}
    if match := DATE.fullmatch(text):
        first, separator, second, third, clock = match.groups()
        orders = {"dmy": (third, second, first), "mdy": (third, first, second), "ymd": (first, second, third)}
        if separator == ".":
            del orders["mdy"]  # nobody writes that
        found = {form: moment(*parts, clock) for form, parts in orders.items()}
        return {form: when for form, when in found.items() if when}
    if match := DASHED_DATE.fullmatch(text):
        name, after, before, name_after, year, clock = match.groups()
        month = months().get((name or name_after).lower())
        when = moment(year, str(month), after or before, clock) if month else None
        return {"ymd": when} if when else {}
    if match := NAMED_DATE.fullmatch(text):
        before, name, after, year, clock = match.groups()
        month = months().get(name.lower().rstrip("."))
        when = moment(year, str(month), before or after, clock) if month and bool(before) != bool(after) else None
        return {"ymd": when} if when else {}
    return {}


def from_iso(text: str) -> datetime | None:
    try:
        if re.match(r"\d{4}-?\d{2}-?\d{2}", text):
            return datetime.fromisoformat(re.sub(r" (?=[+-]\d{2}:?\d{2}$)", "", text))
    except ValueError:
        pass
    return None


def moment(year: str, month: str, day: str, clock: str | None) -> datetime | None:
    """A moment of its parts; a year of two digits is in this century."""
    if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
        return None
    try:
        midnight = datetime(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))  # noqa: DTZ001
    except ValueError:
        return None
    return midnight if clock is None else at_time(midnight, clock.strip())


def at_time(midnight: datetime, clock: str) -> datetime | None:
    match = TIME.fullmatch(clock)
    if not match:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[4].lower() == "p" else 0)
    try:
        return midnight.replace(hour=hour, minute=minute, second=second, tzinfo=offset(match[5]))
    except ValueError:
        return None


def offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


@cache
def months() -> dict[str, int]:
    """The names of the months, long and short, in the languages that Toonbank speaks."""
    return {
        name.lower().rstrip("."): number
        for locale in LOCALES
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, name in Locale(locale).months[context][width].items()
    }


@cache
def countries() -> dict[str, str]:
    """The code of each country by its name in the languages that Toonbank speaks."""
    return {
        name.casefold(): code
        for locale in LOCALES
        for code, name in Locale(locale).territories.items()
        if len(code) == 2 and code.isalpha() and code not in ("ZZ", "EU", "UN")
    }
