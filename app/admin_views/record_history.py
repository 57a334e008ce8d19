"""Who changed what in a record, below its form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Enum
from wtforms import Field, Form
from wtforms.fields import SelectFieldBase

from app import queries
from app.admin_views.dashboard.history import who
from app.columns import ExactDecimal, Moment
from app.extensions import Model
from app.history import Recorded
from app.models import History
from app.pages.formatting import happened, readable

#: So many of the latest events are shown.
LATEST = 20


@dataclass(frozen=True)
class PastEvent:
    """One event as it is read: its sentence, when, who, and the fields that changed with their values."""

    text: str
    at: datetime
    who: str
    changes: list[tuple[str, str, str]]


class RecordHistory:
    """What a list of records shows below each form; mixed into RecordView."""

    model: type[Model]
    edit_template: str

    def render(self, template: str, **kwargs: Any) -> str:
        record = kwargs.get("model")
        if template == self.edit_template and record is not None:
            kwargs["record_history"] = list(self.past_events(record, kwargs["form"]))
        return super().render(template, **kwargs)  # type: ignore[misc, no-any-return]

    def past_events(self, record: Recorded, form: Form) -> Iterator[PastEvent]:
        for event in queries.history_of(record, most=LATEST):
            yield PastEvent(happened(event), event.at, who(event), list(self.changes_in(event, form)))

    def changes_in(self, event: History, form: Form) -> Iterator[tuple[str, str, str]]:
        for name, (old, new) in event.facts.get("changes", {}).items():
            yield self.title_of(name, form), self.past_value(name, old, form), self.past_value(name, new, form)

    def title_of(self, name: str, form: Form) -> str:
        return str(form[name].label.text) if name in form else str(self.get_column_name(name))  # type: ignore[attr-defined]

    def past_value(self, name: str, value: object, form: Form) -> str:
        """A value of the history as a person reads it in this form: of a choice its text."""
        column = self.model.__table__.columns.get(name)
        return chosen_text(form._fields.get(name), value if column is None else as_was(column, value))


def as_was(column: ColumnElement[Any], value: Any) -> object:
    """What was kept as JSON, as it was in its column."""
    if value is None or value == "…":
        return value
    if isinstance(column.type, ExactDecimal):
        return Decimal(value)
    if isinstance(column.type, Moment):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Enum) and column.type.enum_class:
        return column.type.enum_class(value)
    return value


def chosen_text(field: Field, value: object) -> str:
    """A value as a person reads it in this field: of a choice its text."""
    choices = field.iter_choices() if isinstance(field, SelectFieldBase) else ()
    texts = {str(key): str(text) for key, text, *_more in choices}
    if isinstance(value, list):
        return ", ".join(texts.get(str(one), readable(one)) for one in value)
    return texts.get(str(value)) or readable(value)
