"""The form of a record: which field a column of ours has, where its view says nothing else."""

from __future__ import annotations

from typing import Any

from flask_admin.contrib.sqla.form import AdminModelConverter
from flask_admin.model.form import converts

from app.pages.fields import AmountField


class RecordConverter(AdminModelConverter):
    @converts("app.columns.ExactDecimal")
    def amount(self, field_args: dict[str, Any], **column: object) -> AmountField:
        return AmountField(**field_args)
