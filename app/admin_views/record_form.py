"""The form of a record: which field a column of ours has, where its view says nothing else."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask_admin.contrib.sqla.form import AdminModelConverter
from flask_admin.form import BaseForm
from flask_admin.model.form import converts
from sqlalchemy import inspect
from wtforms import Field, StringField
from wtforms.validators import Length

from app.extensions import ShownText
from app.pages.fields import AmountField
from app.pages.labels import COLUMN_TITLES
from app.pages.localized_forms import PAGE_TEXTS


class RecordForm(BaseForm):
    """What the form of each record is made from."""

    class Meta(BaseForm.Meta):
        _translations = PAGE_TEXTS


class RecordConverter(AdminModelConverter):
    @converts("app.columns.ExactDecimal")
    def amount(self, field_args: dict[str, object], **column: object) -> AmountField:
        return AmountField(**field_args)

    def _get_label(self, name: str, field_args: dict[str, object]) -> ShownText:
        """As the lists call it."""
        own = getattr(self.view, "column_labels", None) or {}
        return own.get(name) or COLUMN_TITLES.get(name) or super()._get_label(name, field_args)

    def _get_field_override(self, name: str) -> type[Field] | partial[Field] | None:
        """A field of the view's own for a text takes no more of it than the column, as the stock one does."""
        override = super()._get_field_override(name)
        column = inspect(self.view.model).columns.get(name)
        longest = getattr(column.type, "length", None) if column is not None else None
        is_text = isinstance(override, type) and issubclass(override, StringField)
        return partial(limit_length, override, longest) if is_text and longest else override


def limit_length(made: type[Field], longest: int, **field_args: Any) -> Field:
    return made(**{**field_args, "validators": [*field_args.get("validators", ()), Length(max=longest)]})
