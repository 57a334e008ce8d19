"""Taking a file or request apart: exact JSON in, the text and value of each order out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _

from app.intake_readers.new_order import UnreadableOrder

#: Where a problem is that concerns the text as a whole.
FILE = "(file)"

#: How deep orders are looked for in lists and wrappers: {"data": {"orders": {"edges": [{"node": ...}]}}} is 6.
DEEPEST = 6

#: All that a page of search results has, at Ecwid and at Magento. An order has items too, but more beside them.
PAGE = {"items", "total_count", "search_criteria", "total", "count", "offset", "limit"}

#: What a list of a GraphQL API has, and each of its parts.
CONNECTION = {"nodes", "edges", "node", "cursor", "pageInfo", "totalCount"}

SPACE = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True)
class Payload:
    """One thing that may be an order: its own JSON text, its value, and what stood beside it in its wrapper."""

    raw: str
    value: object
    beside: dict[str, object] = field(default_factory=dict)


def payloads(text: str) -> Iterator[Payload]:
    """Each order of a JSON text: a single object, a list, or either of them under "order", "orders" or "data".

    A page of search results ({"items": [...], "total_count": 2}) is such a list too, and so is a GraphQL connection.

    Numbers are exact (int and Decimal). Raises UnreadableOrder for a text that isn't sound JSON as a whole.
    """
    text = text.removeprefix("\ufeff")
    value = decode_json(text)
    start = after_space(text, 0)
    yield from unwrap_payloads(text, value, start, len(text.rstrip(" \t\n\r")))


def decode_json(text: str) -> object:
    try:
        return DECODER.decode(text)
    except json.JSONDecodeError as error:
        reason = _("This is not JSON: %(why)s at line %(line)s, column %(column)s.", why=error.msg, line=error.lineno,
                   column=error.colno)  # fmt: skip
    except RecursionError:
        reason = _("Lists and objects are nested too deeply. An order has fewer than ten levels.")
    except ValueError as error:
        reason = str(error)
    raise UnreadableOrder(FILE, reason)


def unwrap_payloads(text: str, value: object, start: int, end: int, depth: int = 0) -> Iterator[Payload]:
    inner = wrapped_in(value) if depth < DEEPEST else None
    if inner is None:
        yield Payload(text[start:end], value)
    elif inner == "order" and isinstance(value, dict) and len(value) > 1:
        # what stands beside the order tells about it (its transactions), so the raw text keeps it
        yield Payload(text[start:end], value["order"], {key: value[key] for key in value if key != "order"})
    else:
        for key, part, part_start, part_end in parts(text, start):
            if inner in ("", key):
                yield from unwrap_payloads(text, part, part_start, part_end, depth + 1)


def wrapped_in(value: object) -> str | None:
    """The key that holds the orders, "" for a list, None when the value isn't a wrapper."""
    if isinstance(value, list):
        return ""
    if not isinstance(value, dict) or "id" in value:
        return None
    if isinstance(value.get("items"), list) and value.keys() <= PAGE:
        return "items"
    if value.keys() <= CONNECTION:
        return next((key for key in ("nodes", "edges", "node") if key in value), None)
    if isinstance(value.get("order"), dict):
        return "order"
    return next((key for key in ("orders", "data") if isinstance(value.get(key), (list, dict))), None)


def parts(text: str, start: int) -> Iterator[tuple[str, object, int, int]]:
    """Key ("" in a list), value and place of each part of the list or object at `start`, in text known to be sound."""
    is_list = text[start] == "["
    at = after_space(text, start + 1)
    while text[at] not in "]}":
        key = ""
        if not is_list:
            key, at = DECODER.raw_decode(text, at)
            at = after_space(text, after_space(text, at) + 1)  # past the colon
        value, end = DECODER.raw_decode(text, at)
        yield key, value, at, end
        at = after_space(text, end)
        if text[at] == ",":
            at = after_space(text, at + 1)


def after_space(text: str, at: int) -> int:
    match = SPACE.match(text, at)
    return match.end() if match else at


def without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A key may stand twice when it says the same both times; otherwise nobody knows which one is meant."""
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found and found[key] != value:
            raise ValueError(
                _("The key %(key)s stands twice in one object, with different values.", key=repr(key)[:80])
            )
        found[key] = value
    return found


def exact_number(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise ValueError(_("The number %(number)s is out of range.", number=digits[:40])) from None


def whole_number(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= 40 else exact_number(digits)


def refuse_constant(name: str) -> None:
    raise ValueError(_("%(name)s is not a number that JSON knows.", name=name))


DECODER = json.JSONDecoder(
    object_pairs_hook=without_doubles,
    parse_float=exact_number,
    parse_int=whole_number,
    parse_constant=refuse_constant,
)
