"""Lists that are narrowed by a value: found by an index where few rows have it, met on the way through the list where
so many have it that the next ones hold a page. Which it is, a planner can't know: it depends on the value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from sqlalchemy import ColumnElement, GenerativeSelect, Select, and_, exists, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.extensions import Model, db
from app.models import Customer, CustomerAddress, Invoice, MarginScheme, Order, Product, Shipment
from app.queries import counting, order_list, record_search
from app.queries.counting import count_capped, rows_in
from app.queries.search import hide_from_indexes

#: So many values of a column are offered.
MOST_VALUES = 300

#: Whose rows belong to an order each.
OfOrders = type[Invoice] | type[Shipment]

#: What is narrowed by amounts.
OfAmounts = type[Invoice] | type[Product]

#: By whose values a list is narrowed.
Column: TypeAlias = (
    InstrumentedAttribute[str]
    | InstrumentedAttribute[Decimal]
    | InstrumentedAttribute[int | None]
    | InstrumentedAttribute[bool]
    | InstrumentedAttribute[MarginScheme]
)


@dataclass(frozen=True)
class Way:
    """A condition as it is looked up by an index, and as it is asked of one row after the other."""

    looked_up: ColumnElement[bool]
    asked: ColumnElement[bool]
    source: GenerativeSelect  # the rows of the index that have it
    alone: ColumnElement[bool]  # to count by, where the list is narrowed by nothing else


def by_columns(model: type[Model], *conditions: ColumnElement[bool]) -> Way:
    """Conditions on the list's own columns, which one index knows."""
    condition = and_(*conditions)
    return Way(condition, hide_from_indexes(condition), rows_in(model, condition), condition)


def by_range(model: OfAmounts, column: InstrumentedAttribute[Decimal], **limits: Decimal) -> Way:
    """From `least`, or up to `most`. Looked up before it is sorted: else the whole list is read to meet few."""
    others = aliased(model)
    inside = select(others.id).where(within(getattr(others, column.key), **limits))
    return replace(by_columns(model, within(column, **limits)), looked_up=model.id.in_(inside))


def within(
    column: InstrumentedAttribute[Decimal], least: Decimal | None = None, most: Decimal | None = None
) -> ColumnElement[bool]:
    return column >= least if most is None else column <= most


def by_order(model: OfOrders, *of_order: ColumnElement[bool]) -> Way:
    """Conditions on the order that a row belongs to, which one index of the orders knows."""
    orders = select(Order.id).where(*of_order)
    some = select(model.id).join(Order, Order.id == model.order_id).where(*of_order).limit(counting.COUNT_CAP + 1)
    return Way(
        model.order_id.in_(orders),
        exists().where(Order.id == model.order_id, *of_order),
        orders,
        model.id.in_(select(some.subquery().c.id)),
    )


def by_country_of_customer(country: str) -> Way:
    """Of one of their addresses."""
    here = CustomerAddress.country == country
    customers = select(CustomerAddress.customer_id).where(here)
    looked_up = Customer.id.in_(customers)
    return Way(looked_up, exists().where(CustomerAddress.customer_id == Customer.id, here), customers, looked_up)


def is_met_on_the_way(ways: Sequence[Way], listed: Select[int], id: InstrumentedAttribute[int], *, enough: int) -> bool:
    """Whether the next rows of the list, of which `listed` selects the ids in its order, hold a page of such rows."""
    near = listed.limit(record_search.NEAR_ROWS).subquery()
    is_met = select(and_(*[way.asked for way in ways])).where(id == near.c.id).correlate(near).scalar_subquery()
    some = select(near.c.id).where(is_met).limit(enough).subquery()
    few = order_list.FEW
    counts = [count_capped(way.source, few + 1) for way in ways]
    here = select(func.count()).select_from(some).scalar_subquery()
    *found, met = db.session.execute(select(*counts, here)).one()
    return min(found) > few and met >= enough


def meet_on_the_way(where: Sequence[ColumnElement[bool]], ways: Sequence[Way]) -> list[ColumnElement[bool]]:
    """The same conditions, asked of one row after the other instead of looked up."""
    asked = {id(way.looked_up): way.asked for way in ways}
    return [asked.get(id(one), one) for one in where]


# --- which values there are -----------------------------------------------------------------------------------------


def values_there(column: Column, *where: ColumnElement[bool]) -> Select[str]:
    """Those that a column has, each found by its index behind the one before: however many rows have it."""
    found = select(func.min(column).label("value")).where(*where).cte(f"values_of_{column.key}", recursive=True)
    further = select(func.min(column)).where(column > found.c.value, *where).correlate(found).scalar_subquery()
    all_of_them = found.union_all(select(further).where(found.c.value.is_not(None)))
    return select(all_of_them.c.value).where(all_of_them.c.value.is_not(None)).limit(MOST_VALUES)


def values_of_orders(columns: Sequence[InstrumentedAttribute[str]]) -> list[list[str]]:
    """Of several columns of the orders that are no drafts, in one statement."""
    parts = [values_there(column, order_list.NO_DRAFT).subquery(f"of_{column.key}") for column in columns]
    first, *others = [select(literal(at).label("at"), part.c.value) for at, part in enumerate(parts)]
    found: list[list[str]] = [[] for _column in columns]
    for at, value in db.session.execute(first.union_all(*others)):
        if value:
            found[at].append(value)
    return found
