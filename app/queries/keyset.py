"""Pages of a list by keyset: a link carries the first row that was shown, so the next page is an index seek, however
deep it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Date,
    Integer,
    Numeric,
    Select,
    SQLColumnExpression,
    String,
    Tuple,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from app.columns import ExactDecimal, Moment
from app.extensions import Model

#: Further than this from the anchor, a page is found by OFFSET over the index.
ANCHOR_REACH = 20

LONGEST_NUMBER = 12

#: The values that a list is sorted by.
SortValue = str | datetime | date | Decimal | int

#: What sorts it.
SortColumn: TypeAlias = SQLColumnExpression[Any]

#: What stands for an empty value, by the type of its column.
STANDS_FOR_EMPTY: tuple[tuple[tuple[type, ...], str], ...] = (
    ((Moment,), "'9999-12-31 00:00:00.000000'"),
    ((Date,), "'9999-12-31'"),
    ((String,), "''"),
    ((ExactDecimal,), "-999999999999000000"),
    ((Integer, Numeric), "-1"),
)

#: What is put in the order of a list: ids, numbers or both.
Listed = TypeVar("Listed", bound="Select[*tuple[object, ...]]")


@dataclass(frozen=True)
class ListSort:
    """What a list is sorted by: a value that it shows, what decides between equal ones, and at last the id."""

    key: SortColumn
    then: tuple[SortColumn, ...] = ()
    via: InstrumentedAttribute[Model] | None = None  # leads from a row to the record whose values these are
    is_for_few: bool = False  # no index has this order: only short lists are put in it

    @property
    def type(self) -> TypeEngine[SortValue]:
        return self.key.label(None).type

    def place(self, id: InstrumentedAttribute[int]) -> Tuple:
        return tuple_(self.key, *self.then, id)

    def rest_of(
        self, id: InstrumentedAttribute[int], row_id: int | BindParameter[int]
    ) -> list[ColumnElement[SortValue]]:
        """Of the row with this id: what its place is told by, besides the value."""
        rows = (select(column).select_from(id.class_).where(id == row_id).correlate(None) for column in self.then)
        return [self.join_other(values).scalar_subquery() for values in rows]

    def join_other(self, ids: Listed) -> Listed:
        """With the record whose values these are."""
        return ids if self.via is None else ids.join(self.via)  # type: ignore[arg-type]


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
    ids: Select[int], sort: ListSort, id: InstrumentedAttribute[int], *, descending: bool, place: PagePlace
) -> Select[int]:
    """In the list's order from the anchor on; of a page before it, backwards."""
    ids = sort.join_other(ids)
    anchor, away = place.anchor, place.away
    if anchor is None or away is None:
        return put_in_order(ids, sort, id, descending=descending)
    descending = descending == (away >= 0)
    here, row = sort.place(id), row_at(sort, id, anchor.key, anchor.id)
    ids = ids.where(here <= row if descending else here >= row)
    if sort.via is not None:  # an index knows nothing of both tables, but of the one by which the rows are found
        here, row = tuple_(*list(here)[:-1]), tuple_(*list(row)[:-1])
        ids = ids.where(here <= row if descending else here >= row)
    elif not isinstance(sort.key, InstrumentedAttribute):  # SQLite seeks no row by what is worked out, but one value
        value = literal(anchor.key, type_=sort.type)
        ids = ids.where(sort.key <= value if descending else sort.key >= value)
    return put_in_order(ids, sort, id, descending=descending)


def row_at(sort: ListSort, id: InstrumentedAttribute[int], value: SortValue, row_id: int) -> Tuple:
    """What a row is compared with: its value as the column stores it, which amounts do as millionths."""
    return tuple_(literal(value, type_=sort.type), *sort.rest_of(id, row_id), row_id)


def row_asked(sort: ListSort, id: InstrumentedAttribute[int], row_id: BindParameter[int]) -> Tuple:
    """The same of a row that is named when the statement runs: its value is the parameter `place`."""
    return tuple_(bindparam("place", type_=sort.type), *sort.rest_of(id, row_id), row_id)


def put_in_order(ids: Listed, sort: ListSort, id: InstrumentedAttribute[int], *, descending: bool) -> Listed:
    return ids.order_by(*(part.desc() if descending else part.asc() for part in (sort.key, *sort.then, id)))


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
    if isinstance(kind, Date):
        return date.fromisoformat(text)
    if isinstance(kind, Boolean):
        return text == "True"
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


def or_last(column: SortColumn, *, then: tuple[SortColumn, ...] = (), is_for_few: bool = False) -> ListSort:
    """By a column that may be empty. No day comes after all days; no text and no number before all others.

    Written out, not as a parameter: that is how an index knows it.
    """
    is_there = isinstance(column, InstrumentedAttribute) and is_always_there(column)
    return ListSort(column if is_there else fill_empty(column), then, is_for_few=is_for_few)


def for_few(column: SortColumn) -> ListSort:
    """By what no index has."""
    return or_last(column, is_for_few=True)


def each_for_few(*columns: InstrumentedAttribute[object]) -> dict[str, ListSort]:
    return {column.key: for_few(column) for column in columns}


def of_other(column: InstrumentedAttribute[object], key: InstrumentedAttribute[object]) -> ListSort:
    """By a value of the record that a foreign key names, if any; no index has that."""
    other = column.class_
    named = select(column).where(other.id == key).correlate(key.class_)
    return for_few(named.scalar_subquery())


def fill_empty(column: SortColumn) -> SortColumn:
    kind: TypeEngine[SortValue] = column.label(None).type
    empty = next(sql for types, sql in STANDS_FOR_EMPTY if isinstance(kind, types))
    return func.coalesce(column, literal_column(empty, kind), type_=kind)


def is_always_there(key: SortColumn) -> bool:
    """Databases don't agree on where rows without a value stand, and compare them with nothing."""
    return not getattr(getattr(key, "expression", key), "nullable", False)
