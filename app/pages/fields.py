"""Form fields of our own: exact amounts, moments, lists of texts, numbers or ticks, and files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from wtforms import (
    DateTimeLocalField,
    Field,
    FileField,
    Form,
    PasswordField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.amounts.money import BadAmount, parse
from app.columns import in_utc
from app.extensions import ShownText
from app.pages.clock import zone_here

#: Looks at a field of a form, and raises ValidationError when something is wrong with it.
Check = Callable[[Form, Field], None]


class AmountField(StringField):
    """An exact number as people type it: "12,50" and "12.50" are the same."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return str(self.data) if self.data is not None else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = as_amount(text) if text else Decimal(0)


class MaybeAmountField(AmountField):
    """An amount that may be left empty: then it is None."""

    data: Decimal | None  # type: ignore[assignment]

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = as_amount(text) if text else None


def as_amount(text: str) -> Decimal:
    """Raises ValueError for what is no amount. Separators of thousands are refused: they read differently elsewhere."""
    if text.count(",") + text.count(".") > 1:
        raise ValueError(_("Write the amount without separators of thousands, such as 1234.50."))
    try:
        return parse(text.replace(",", "."))
    except BadAmount:
        raise ValueError(_("“%(text)s” is not an amount. Enter one such as 12.50.", text=text)) from None


class MomentField(DateTimeLocalField):
    """A date and time of day as the reader's clock shows it; its data is aware and in UTC."""

    def __init__(self, label: ShownText | None = None, validators: Sequence[Check] | None = None, **more: object):
        super().__init__(label, validators, format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], **more)

    def process_data(self, value: datetime | None) -> None:
        self.data = value.astimezone(zone_here()).replace(tzinfo=None) if value and value.tzinfo else value

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            try:
                super().process_formdata(valuelist)
                typed: datetime = self.data  # type: ignore[assignment]
                self.data = in_utc(typed.replace(tzinfo=zone_here()))
            except (ValueError, OverflowError):
                self.data = None
                raise ValueError(_("This is not a date and time. Enter one such as 2026-11-24 16:00.")) from None

    def _value(self) -> str:
        if self.raw_data:
            return " ".join(self.raw_data)
        return self.data.strftime("%Y-%m-%dT%H:%M") if self.data else ""


class LinesField(TextAreaField):
    """A list of short texts, one a line."""

    def _value(self) -> str:
        return "\n".join(self.data or []) if not self.raw_data else str(self.raw_data[0])

    def process_formdata(self, valuelist: list[str]) -> None:
        lines = (valuelist[0] if valuelist else "").replace("\0", "").splitlines()
        self.data = [line.strip() for line in lines if line.strip()]


def not_negative(form: Form, field: Field) -> None:
    if field.data is not None and field.data < 0:
        raise ValidationError(_("This can't be less than 0."))


class NumbersField(StringField):
    """Whole numbers beside each other: "14, 21, 28"."""

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ", ".join(map(str, self.data or []))

    def process_formdata(self, valuelist: list[str]) -> None:
        words = re.split(r"[\s,;]+", (valuelist[0] if valuelist else "").strip())
        for word in filter(None, words):
            if not re.fullmatch("[0-9]{1,9}", word):
                raise ValueError(
                    _("“%(text)s” is not a whole number. Enter whole numbers such as 14, 21, 28.", text=word)
                )
        self.data = [int(word) for word in words if word]


class SecretField(PasswordField):
    """A secret that is never shown; left empty, the one that is stored stays."""

    def populate_obj(self, obj: object, name: str) -> None:
        if self.data:
            super().populate_obj(obj, name)


class TickList(SelectMultipleField):
    """Several of a list, each with a tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class FileUpload(FileField):
    """A file that is sent along; its data is (name, content), or None when none was chosen."""

    def process_formdata(self, valuelist: list[FileStorage]) -> None:
        file = valuelist[0] if valuelist and hasattr(valuelist[0], "read") else None
        self.data = (file.filename, file.read()) if file is not None and file.filename else None

    def process_data(self, value: object) -> None:
        self.data = None

    def populate_obj(self, obj: object, name: str) -> None:
        """What becomes of the file is the page's business."""
