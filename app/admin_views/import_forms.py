"""The forms of an import: the upload, and which column of a CSV file is what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, SelectField, StringField

from app.admin_views.dashboard.header import SOURCES as TITLES
from app.admin_views.outside_shops import shop_choices, shop_of_file
from app.errors import ActionRefused
from app.extensions import put_in_quotes
from app.intake_readers import SOURCES, Mapping, UnreadableOrder
from app.intake_readers.csv.fields import COLUMNS, REQUIRED, CellKind, title_of
from app.intake_readers.csv.files import FirstLook, find_undecided
from app.intake_readers.recognising import recognise_source
from app.intake_readers.uploaded import text_of_file
from app.models import InvoicesFor, OutsideShop
from app.pages.fields import FileUpload
from app.pages.labels import INVOICES_FOR
from app.pages.localized_forms import LocalizedForm

#: One of these has to be there: something that was ordered, or at least what it came to.
ONE_OF = ("line_name", "line_sku", "total")

#: What a mapping says beside the columns.
DECIMAL_MARKS = {"": _l("As each column shows"), ",": _l("Comma: 12,50"), ".": _l("Point: 12.50")}
DATE_FORMS = {
    "": _l("As each column shows"),
    "dmy": _l("Day, month, year: 31-12-2026"),
    "mdy": _l("Month, day, year: 12/31/2026"),
    "ymd": _l("Year, month, day: 2026-12-31"),
}
TAX = {"": _l("As the order’s total shows"), "yes": _l("Prices include tax"), "no": _l("Prices exclude tax")}


class ShopForm(LocalizedForm):
    """Which shop a file is of."""

    shop = SelectField(_l("Shop"), default="")
    new_shop = StringField(_l("Or a new shop, named"))

    def __init__(self, *args: Any, **kwargs: object):
        super().__init__(*args, **kwargs)
        self.shop.choices = [("", _("The one that the file names, else the one of the last file")), *shop_choices()]

    def shop_of(self, source: str, hosts: Sequence[str]) -> OutsideShop | None:
        """The shop; None, with the reason beside the field, when it isn't clear which."""
        try:
            return shop_of_file(source, self.shop.data or "", self.new_shop.data or "", hosts)
        except ActionRefused as refused:
            self.shop.errors = [str(refused)]
            return None


class UploadForm(ShopForm):
    file = FileUpload(
        _l("File"),
        description=_l("JSON as the shop’s own API gives it, CSV, or a spreadsheet (XLSX)."),
    )
    source = SelectField(
        _l("From"),
        choices=[("", _l("Detect automatically")), *((source, TITLES[source]) for source in SOURCES)],
        default="",
    )
    notify = BooleanField(_l("Confirm new open orders to the customers by mail"))

    invoices_for = SelectField(
        _l("Invoices for"),
        choices=list(INVOICES_FOR.items()),
        default=InvoicesFor.OPEN,
        description=_l(
            "Open orders: not those that are completed or invoiced where they come from; these stand as invoiced "
            "elsewhere. Invoices carry the day on which they are made here, also for orders of years ago."
        ),
    )

    def validate_source(self, field: Field) -> None:
        """Settle whose file it is; also where the person left that to us."""
        if not self.file.data:
            self.file.errors = [_("Choose a file.")]
            return
        content = self.file.data[1]
        try:
            text = text_of_file(content)
        except UnreadableOrder as problem:
            self.file.errors = [problem.reason]
            return
        if not content.strip():
            self.file.errors = [_("This file is empty.")]
        elif not field.data and not (known := recognise_source(text)):
            field.errors = [_("This is no order file that is known. Choose which shop wrote it.")]
        elif not field.data:
            field.data = known

    def validate(self, extra_validators: object = None) -> bool:
        return super().validate(extra_validators) and not self.errors


class MappingForm(LocalizedForm):
    """A select for each of our fields; those of the subclass that `mapping_form` makes for a file."""

    known: Mapping | None = None  # of an export that needs no mapping

    decimal_mark = SelectField(_l("Decimal sign"), choices=list(DECIMAL_MARKS.items()), default="")
    date_form = SelectField(_l("Dates"), choices=list(DATE_FORMS.items()), default="")
    prices_include_tax = SelectField(_l("Tax"), choices=list(TAX.items()), default="")

    def columns(self) -> Iterator[Field]:
        return (self[name] for name in COLUMNS)

    @property
    def needed(self) -> list[Field]:
        return [self[name] for name in (*REQUIRED, *ONE_OF)]

    @property
    def found(self) -> list[Field]:
        """Those that a column was found for, or that something is wrong with."""
        needed = self.needed
        return [one for one in self.columns() if one not in needed and (one.data or one.errors)]

    @property
    def others(self) -> list[Field]:
        needed = self.needed
        return [one for one in self.columns() if one not in needed and not one.data and not one.errors]

    def mapping(self) -> Mapping:
        tax = {"yes": True, "no": False}.get(self.prices_include_tax.data)
        named = {one.name: one.data for one in self.columns() if one.data}
        known = self.known or Mapping({})
        per_row = tuple(name for name in known.per_row if named.get(name) == known.columns[name])
        return Mapping(named, self.decimal_mark.data, self.date_form.data, tax, per_row=per_row)

    def check(self, text: str) -> bool:
        """Whether the file can be read by it; else each field says what is missing."""
        if not self.validate():
            return False
        for name in REQUIRED:
            if not self[name].data:
                self[name].errors = [_("Choose a column: no order can be read without it.")]
        if not any(self[name].data for name in ONE_OF):
            self[ONE_OF[0]].errors = [_("Choose a column for the product, the SKU or the total.")]
        if not self.errors:
            self.check_what_is_doubted(text)
        return not self.errors

    def check_what_is_doubted(self, text: str) -> None:
        mapping = self.mapping()
        try:
            doubted = find_undecided(text, mapping)
        except UnreadableOrder as problem:
            self.form_errors = [problem.reason]
            return
        for kind, field in ((CellKind.AMOUNT, self.decimal_mark), (CellKind.MOMENT, self.date_form)):
            names = [put_in_quotes(mapping.columns[name]) for name in doubted if COLUMNS[name].kind == kind]
            if names and not field.data:
                field.errors = [_("%(columns)s can be read in two ways. Choose one.", columns=", ".join(names))]


def mapping_form(look: FirstLook, kept: dict[str, Any] | None, given: MultiDict[str, str] | None = None) -> MappingForm:
    """Filled in with what was kept of a file with the same columns, else with the guess."""
    headers = list(dict.fromkeys(header for header in look.columns if header))
    choices = [("", "–"), *((header, header) for header in headers)]
    fields = {
        name: SelectField(title_of(name), choices=choices, default="", description=hint(look, name)) for name in COLUMNS
    }
    form: MappingForm = type("FileMappingForm", (MappingForm,), fields)(
        given, data=None if given else start(look, kept)
    )
    form.known = look.known
    for name in REQUIRED:
        form[name].flags.required = True
    return form


def start(look: FirstLook, kept: dict[str, Any] | None) -> dict[str, object]:
    if kept is None and look.known:
        kept = look.known.as_facts()
    if kept is None:
        return dict(look.guess.columns)
    tax = kept.get("prices_include_tax")
    said = {"prices_include_tax": "" if tax is None else "yes" if tax else "no"}
    return kept["columns"] | {name: kept.get(name, "") for name in ("decimal_mark", "date_form")} | said


def hint(look: FirstLook, name: str) -> str:
    """How sure the guess is, and what stands in its column first."""
    known = look.known.columns if look.known else {}
    header = known.get(name) or look.guess.columns.get(name)
    if header is None:
        return ""
    place = look.columns.index(header)
    first = next((row[place].strip() for row in look.rows if place < len(row) and row[place].strip()), "")
    if name in known:
        return first[:60]
    sure = _("guessed, %(score)s %% sure", score=round(look.guess.scores[name] * 100))
    return f"{first[:60]} · {sure}" if first else sure
