"""Filters of lists: by a record, and by days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask_admin.contrib.sqla.filters import BaseSQLAFilter, FilterEqual
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from app.admin_views.base import Conditions, RecordView
from app.admin_views.forms import as_id
from app.extensions import ShownText, db
from app.models import Connection, OutsideShop, WebhookEndpoint
from app.queries import shop
from app.queries.order_list import start_of


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
                if isinstance(chosen, FilterByRecord):
                    one["options"] = chosen.choices()
                    if not one["options"]:
                        del groups[name]
        return groups
