"""The next and the previous row of a list, and how many-th a row is: by keyset, and counted no further than the cap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Select, SQLColumnExpression, and_, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from app.extensions import Model
from app.queries.counting import COUNT_CAP, count_capped, rows_in
from app.queries.keyset import ListSort, SortValue, put_in_order, row_asked, row_at

#: So many rows on either side are asked whether they are in a list that no index finds.
LOOKED_THROUGH = 10_000

#: What is told of the rows above and below: their ids or their numbers.
Beside = TypeVar("Beside", int, str)


@dataclass(frozen=True)
class Listing:
    """A list as it is asked for: which rows it has, and in which order."""

    model: type[Model]
    id: InstrumentedAttribute[int]
    where: Sequence[ColumnElement[bool]]
    sort: ListSort
    descending: bool
    met: Sequence[ColumnElement[bool]] = ()  # what no index finds: asked of one row after the other, of the next ones
    count: int | None = None  # where it is known already

    @property
    def is_counted(self) -> bool:
        return not self.met


@dataclass(frozen=True)
class Neighbours(Generic[Beside]):
    """What stands above and below a row of a list, how many rows are above it, and how many there are."""

    before: Beside | None
    after: Beside | None
    above: int
    count: int
    is_listed: bool  # whether the row is still in the list: what was paid is not unpaid any more

    @property
    def place(self) -> int | None:
        """How many-th it is, as far as anybody counts."""
        return self.above + 1 if self.is_listed and self.above < COUNT_CAP else None


def neighbour_columns(
    listing: Listing, row_id: int | BindParameter[int], value: SortValue, shown: SQLColumnExpression[Beside]
) -> list[ColumnElement[Beside] | ColumnElement[int]]:
    """The fields of `Neighbours` as parts of a statement; `shown` is what is told of those above and below.

    The row is named now, or by parameters when the statement runs.
    """
    here, sort, id = listing.sort.place(listing.id), listing.sort, listing.id
    row = row_at(sort, id, value, row_id) if isinstance(row_id, int) else row_asked(sort, id, row_id)
    is_above, is_below = (here > row, here < row) if listing.descending else (here < row, here > row)
    before = first_of(listing, is_above, descending=not listing.descending)
    after = first_of(listing, is_below, descending=listing.descending)
    columns: list[ColumnElement[Beside] | ColumnElement[int]] = []
    for one in (before, after):
        columns.append(select(shown).where(listing.id == one.scalar_subquery()).scalar_subquery())
    if listing.is_counted:
        columns.append(count_capped(rows_in(listing.model, *listing.where, is_above)))
        every = count_capped(rows_in(listing.model, *listing.where))
        columns.append(every if listing.count is None else literal(listing.count))
        this = select(func.count()).select_from(listing.model).where(listing.id == row_id, *listing.where)
        columns.append(this.scalar_subquery())
    else:
        columns += [literal(0)] * 3
    return columns


def first_of(listing: Listing, beyond: ColumnElement[bool], *, descending: bool) -> Select[int]:
    """The id of the first row on that side, as far as it is looked for."""
    ids = select(listing.id.label("id")).where(*listing.where, beyond)
    ids = put_in_order(ids, listing.sort, listing.id, descending=descending)
    if not listing.met:
        return ids.limit(1)
    near = ids.limit(LOOKED_THROUGH).subquery()
    is_met = select(and_(*listing.met)).where(listing.id == near.c.id).correlate(near).scalar_subquery()
    return select(near.c.id).where(is_met).limit(1)


def neighbours_in(
    before: Beside | None, after: Beside | None, above: int, count: int, listed: int
) -> Neighbours[Beside]:
    """What the columns of `neighbour_columns` held."""
    return Neighbours(before, after, above, count, bool(listed))
