"""Filters of lists that choose among records."""

from __future__ import annotations

from typing import Any

from flask_admin.contrib.sqla.filters import FilterEqual
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from app.admin_views.base import RecordView
from app.admin_views.forms import as_id
from app.extensions import ShownText, db
from app.models import Connection, OutsideShop, WebhookEndpoint


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
