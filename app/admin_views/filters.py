"""Filters of lists: by a value that rows have, by what their orders say, by a record, by an amount, and by days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_admin.contrib.sqla.filters import BaseSQLAFilter, FilterEqual
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from app.admin_views.base import Conditions, RecordView
from app.admin_views.forms import as_id
from app.extensions import ShownText, db
from app.models import Connection, Order, OutsideShop, Staff, WebhookEndpoint
from app.pages.fields import as_amount
from app.pages.formatting import country
from app.queries import shop
from app.queries.narrowing import (
    Column,
    OfOrders,
    Way,
    by_columns,
    by_country_of_customer,
    by_order,
    by_range,
    values_there,
)
from app.queries.order_list import NO_DRAFT, WITHOUT_VAT, reversed_vat, start_of
from app.queries.search import hide_from_indexes


class FilterByRecord(FilterEqual):
    """Narrows a list to what belongs to one record, chosen by its title."""

    def __init__(
        self,
        column: InstrumentedAttribute[int | None],
        name: ShownText,
        model: type[OutsideShop] | type[Connection] | type[WebhookEndpoint],
    ):
        super().__init__(column, name)
        self.model = model

    def clean(self, value: str) -> int:
        """0, which no record has, for what can't be an id."""
        return as_id(value) or 0

    def validate(self, value: str) -> bool:
        """Whether there is such a record still."""
        return as_id(value) is not None and value in dict(self.choices())

    def choices(self) -> list[tuple[str, str]]:
        rows = db.session.execute(select(self.model.id, self.model.title).order_by(self.model.title, self.model.id))
        return [(str(id), title) for id, title in rows]


class FilterByChoice(BaseSQLAFilter):
    """Narrows a list to the rows that have one of some values. Its choices are those of the moment."""

    def __init__(self, column: Column, name: ShownText, key_name: str = ""):
        super().__init__(column, name, data_type="choice")
        self.key_name = key_name or column.key

    def choices(self) -> list[tuple[str, ShownText]]:
        raise NotImplementedError

    def way(self, value: str) -> Way:
        raise NotImplementedError

    def validate(self, value: str) -> bool:
        return value in dict(self.choices())

    def apply(self, query: Conditions, value: str, alias: object = None) -> Conditions:
        return query.by_way(self.way(value))

    def operation(self) -> ShownText:
        return ""


def as_said(value: str) -> str:
    return value


class FilterByValue(FilterByChoice):
    """By a column of the list's own, of which an index knows the values that there are."""

    def __init__(
        self,
        column: Column,
        name: ShownText,
        titles: Callable[[str], ShownText] = as_said,
        *always: ColumnElement[bool],
        read: Callable[[str], object] = as_said,
    ):
        super().__init__(column, name)
        self.titles, self.always, self.read = titles, always, read

    def choices(self) -> list[tuple[str, ShownText]]:
        found = db.session.scalars(values_there(self.column, *self.always))
        return by_title([(str(value), self.titles(str(value))) for value in found if value != ""])

    def way(self, value: str) -> Way:
        return by_columns(self.column.class_, self.column == self.read(value), *self.always)


def by_title(choices: list[tuple[str, ShownText]]) -> list[tuple[str, ShownText]]:
    return sorted(choices, key=lambda choice: str(choice[1]).casefold())


class FilterByOneOf(FilterByChoice):
    """By conditions that are declared, each with an index."""

    def __init__(
        self,
        column: Column,
        name: ShownText,
        key_name: str,
        conditions: dict[str, tuple[ShownText, tuple[ColumnElement[bool], ...]]],
    ):
        super().__init__(column, name, key_name)
        self.conditions = conditions

    def choices(self) -> list[tuple[str, ShownText]]:
        return [(value, title) for value, (title, _conditions) in self.conditions.items()]

    def way(self, value: str) -> Way:
        return by_columns(self.column.class_, *self.conditions[value][1])


class FilterByOrder(FilterByChoice):
    """By what the order says that a row belongs to."""

    def __init__(
        self,
        model: OfOrders,
        column: InstrumentedAttribute[str],
        name: ShownText,
        key_name: str,
        titles: Callable[[str], ShownText] = as_said,
    ):
        super().__init__(column, name, key_name)
        self.of_orders, self.titles = model, titles

    def choices(self) -> list[tuple[str, ShownText]]:
        found = db.session.scalars(values_there(self.column, NO_DRAFT))
        return by_title([(value, self.titles(value)) for value in found if value])

    def way(self, value: str) -> Way:
        return by_order(self.of_orders, self.column == value, NO_DRAFT)


class FilterByReversal(FilterByChoice):
    """To what belongs to orders of which VAT is reversed to the buyer."""

    def __init__(self, model: OfOrders):
        super().__init__(Order.vat_id, _l("VAT"), "vat")
        self.of_orders = model

    def choices(self) -> list[tuple[str, ShownText]]:
        return [("reversed", _l("Reversed to the buyer"))]

    def way(self, value: str) -> Way:
        return by_order(self.of_orders, WITHOUT_VAT, reversed_vat())


class FilterByCustomersCountry(FilterByChoice):
    def choices(self) -> list[tuple[str, ShownText]]:
        return by_title([(code, country(code)) for code in db.session.scalars(values_there(self.column)) if code])

    def way(self, value: str) -> Way:
        return by_country_of_customer(value)


class FilterByStaff(FilterByChoice):
    """By who has it, or to what nobody has."""

    nobody = "nobody"

    def choices(self) -> list[tuple[str, ShownText]]:
        rows = db.session.execute(select(Staff.id, Staff.name, Staff.email).order_by(Staff.name, Staff.id))
        return [(self.nobody, _l("Nobody")), *((str(id), name or email) for id, name, email in rows)]

    def way(self, value: str) -> Way:
        none = hide_from_indexes(self.column.is_(None))  # of nearly all rows, which no index narrows
        own = none if value == self.nobody else self.column == int(value)
        return by_columns(self.column.class_, own)


class FilterByAmount(BaseSQLAFilter):
    """From an amount on, or up to one, typed as people write it."""

    def __init__(self, column: InstrumentedAttribute[Decimal], name: ShownText, *, until: bool):
        super().__init__(column, name, data_type="amount")
        self.is_end = until
        self.key_name = f"{column.key}_{'to' if until else 'from'}"

    def clean(self, value: str) -> Decimal:
        """ValueError for what is no amount."""
        return as_amount(value.strip())

    def apply(self, query: Conditions, value: Decimal, alias: object = None) -> Conditions:
        return query.by_way(by_range(self.column.class_, self.column, **{"most" if self.is_end else "least": value}))

    def operation(self) -> ShownText:
        return _l("Up to") if self.is_end else _l("From")

    def why_not(self, value: str) -> str:
        try:
            self.clean(value)
        except ValueError as no:
            return f"{self.name}, {self.operation()}: {no}"
        return ""


def amounts_of(column: InstrumentedAttribute[Decimal], name: ShownText) -> tuple[FilterByAmount, FilterByAmount]:
    return FilterByAmount(column, name, until=False), FilterByAmount(column, name, until=True)


class FilterByDay(BaseSQLAFilter):
    """From a day on, or until the end of one, in the shop's time zone. The list is sorted by it then, by an index."""

    sorts_list = True

    def __init__(self, column: InstrumentedAttribute[datetime], name: ShownText, *, until: bool):
        super().__init__(column, name, data_type="datepicker")
        self.is_end = until
        self.key_name = f"{column.key}_{'until' if until else 'since'}"

    def clean(self, value: str) -> date:
        """ValueError for what is no day."""
        return date.fromisoformat(value)

    def apply(self, query: Conditions, value: date, alias: object = None) -> Conditions:
        zone = shop().time_zone
        if self.is_end:
            return query.filter(self.column < start_of(value + timedelta(days=1), zone))
        return query.filter(self.column >= start_of(value, zone))

    def operation(self) -> ShownText:
        return _l("Until") if self.is_end else _l("From")


def days_of(column: InstrumentedAttribute[datetime], name: ShownText) -> tuple[FilterByDay, FilterByDay]:
    return FilterByDay(column, name, until=False), FilterByDay(column, name, until=True)


class FilteredByRecords(RecordView):
    """A list with such filters: the library asks for choices once and for all, here they are those of the moment."""

    def _get_filter_groups(self) -> dict[str, object]:
        groups: dict[str, Any] = super()._get_filter_groups()
        for name, filters in list(groups.items()):
            for one in filters:
                chosen = self._filters[one["index"]]
                if isinstance(chosen, FilterByRecord | FilterByChoice):
                    one["options"] = chosen.choices()
                    if not one["options"]:
                        del groups[name]
        return groups
