"""Pages of a list by keyset: a link carries the first row that was shown, so the next page is an index seek, however
deep it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import (
    BindParameter,
    Integer,
    Numeric,
    Select,
    SQLColumnExpression,
    String,
    Tuple,
    bindparam,
    literal,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute

from app.columns import ExactDecimal, Moment

#: Further than this from the anchor, a page is found by OFFSET over the index.
ANCHOR_REACH = 20

LONGEST_NUMBER = 12

#: The values that a list is sorted by.
SortValue = str | datetime | Decimal | int

#: What sorts it.
SortColumn: TypeAlias = SQLColumnExpression[Any]

#: What is put in the order of a list: ids, numbers or both.
Listed = TypeVar("Listed", bound="Select[*tuple[object, ...]]")


@dataclass(frozen=True)
class Anchor:
    """The first row of a page that was shown."""

    page: int
    key: SortValue
    id: int


@dataclass(frozen=True)
class PagePlace:
    """Where in a list somebody looks; its pages are counted from 0."""

    page: int
    size: int
    anchor: Anchor | None = None

    @property
    def away(self) -> int | None:
        """How many pages the anchor is away; None when there is none within reach."""
        if self.anchor is None or abs(away := self.page - self.anchor.page) > ANCHOR_REACH:
            return None
        return away


def next_ids(
    ids: Select[int], key: SortColumn, id: InstrumentedAttribute[int], *, descending: bool, place: PagePlace
) -> Select[int]:
    """In the list's order from the anchor on; of a page before it, backwards."""
    anchor, away = place.anchor, place.away
    if anchor is None or away is None:
        return put_in_order(ids, key, id, descending=descending)
    descending = descending == (away >= 0)
    here, row = tuple_(key, id), row_at(key, anchor.key, anchor.id)
    return put_in_order(ids.where(here <= row if descending else here >= row), key, id, descending=descending)


def row_at(key: SortColumn, value: SortValue, row_id: int) -> Tuple:
    """What a row is compared with: its value as the column stores it, which amounts do as millionths."""
    return tuple_(literal(value, type_=key.label(None).type), row_id)


def row_asked(key: SortColumn, row_id: BindParameter[int]) -> Tuple:
    """The same of a row that is named when the statement runs: its value is the parameter `place`."""
    return tuple_(bindparam("place", type_=key.label(None).type), row_id)


def put_in_order(ids: Listed, key: SortColumn, id: InstrumentedAttribute[int], *, descending: bool) -> Listed:
    return ids.order_by(*(part.desc() if descending else part.asc() for part in (key, id)))


def cut_page(ids: Listed, place: PagePlace) -> Listed:
    """The page, and one row more, which tells whether there is a next page."""
    if (away := place.away) is None:
        return ids.offset(place.page * place.size).limit(place.size + 1)
    # Backwards, the anchor's own row is the one row more.
    return ids.offset((away if away >= 0 else -away - 1) * place.size).limit(place.size + 1)


# --- in an address --------------------------------------------------------------------------------------------------


def write_anchor(page: int, id: int, key: SortValue) -> str:
    return f"{page}~{id}~{key.isoformat() if isinstance(key, datetime) else key}"


def read_anchor(value: str, key: SortColumn) -> Anchor | None:
    """Read "<page>~<id>~<key>" of a list that is sorted by this; None for what says nothing."""
    page, _, rest = value.partition("~")
    id, _, text = rest.partition("~")
    if not (
        page.isascii() and page.isdigit() and id.isascii() and id.isdigit() and len(page + id) < 24 and len(id) < 16
    ):
        return None
    if "\0" in text or not is_always_there(key):
        return None
    try:
        return Anchor(int(page), read_key(text, key), int(id))
    except (ValueError, ArithmeticError):
        return None


def read_key(text: str, key: SortColumn) -> SortValue:
    """Raises ValueError or ArithmeticError for what can't be one."""
    kind: object = key.label(None).type
    if isinstance(kind, Moment):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(kind, Integer):
        return int(text[:18])
    if isinstance(kind, ExactDecimal | Numeric):
        return finite(Decimal(text))
    if isinstance(kind, String):
        return text
    raise ValueError("nothing that lists are turned by")


def finite(number: Decimal) -> Decimal:
    if not number.is_finite() or abs(number) >= 10**12:
        raise ValueError("no amount")
    return number


def is_always_there(key: SortColumn) -> bool:
    """Databases don't agree on where rows without a value stand, and compare them with nothing."""
    return not getattr(getattr(key, "expression", key), "nullable", False)
