"""The CSV of a bank that nobody knows: which column is what, with the first lines as they would be read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import SelectField, StringField
from wtforms.validators import Length

from app.actions.bank_files import recipe_of
from app.admin_views.import_forms import DATE_FORMS, DECIMAL_MARKS
from app.models import StatementFile, StatementRecipe
from app.pages.company_numbers import is_iban
from app.pages.localized_forms import LocalizedForm
from app.queries import shop
from app.queries.bank import recipes_of_header
from app.statements.mapped_csv import (
    BANK_FIELDS,
    BankRecipe,
    ReadTable,
    UnknownTable,
    guess_recipe,
    out_words_in,
    read_mapped,
)

#: So many lines are shown as they would be read, and so many rows of the file.
LINES_SHOWN, ROWS_SHOWN = 8, 5
#: ... and so many things that are wrong.
PROBLEMS_SHOWN = 10

TITLES_OF_FIELDS = {
    "booked_on": _l("Day"),
    "amount": _l("Amount"),
    "credit": _l("What came in"),
    "debit": _l("What went out"),
    "side": _l("In or out"),
    "name": _l("Name of the other side"),
    "iban": _l("IBAN of the other side"),
    "text": _l("Text"),
    "text2": _l("Text, continued"),
    "text3": _l("Text, continued"),
    "reference": _l("Payment reference"),
    "bank_reference": _l("Number that the bank gives each movement"),
    "valued_on": _l("Value date"),
    "account": _l("Your account"),
    "currency": _l("Currency"),
    "status": _l("Whether it is booked"),
}
NEEDED_FIELDS = ("booked_on", "amount", "credit", "debit", "side")
USUAL_FIELDS = ("name", "iban", "text", "text2", "reference", "bank_reference")


class ColumnsForm(LocalizedForm):
    """A select for each of our fields; `columns_form` makes them for a file."""

    out_words = StringField(
        _l("Means that money went out"),
        [Length(max=255)],
        description=_l("Of the column “In or out”, such as Af, D or Soll; several with commas between."),
    )
    decimal_mark = SelectField(_l("Decimal sign"), choices=list(DECIMAL_MARKS.items()), default="")
    date_form = SelectField(_l("Dates"), choices=list(DATE_FORMS.items()), default="")
    own_account = StringField(
        _l("Your account, where the file doesn’t say it"), [Length(max=60), is_iban], description=_l("Its IBAN.")
    )

    def recipe(self) -> BankRecipe:
        columns = {name: self[name].data for name in BANK_FIELDS if self[name].data}
        return BankRecipe(
            columns,
            self.decimal_mark.data or "",
            self.date_form.data or "",
            (self.out_words.data or "").strip(),
            (self.own_account.data or "").strip(),
        )

    @property
    def others(self) -> list[str]:
        return [name for name in BANK_FIELDS if name not in (*NEEDED_FIELDS, *USUAL_FIELDS)]


def columns_form(table: UnknownTable, given: MultiDict[str, str] | None, known: BankRecipe | None) -> ColumnsForm:
    choices = [("", "–"), *((name, name) for name in table.columns)]
    fields = {name: SelectField(TITLES_OF_FIELDS[name], choices=choices, default="") for name in BANK_FIELDS}
    guess = known or guess_recipe(table, shop().iban)
    written = {"decimal_mark": guess.decimal_mark, "date_form": guess.date_form}
    start = {**guess.columns, **written, "out_words": guess.out_words, "own_account": guess.account}
    form: ColumnsForm = type("FileColumnsForm", (ColumnsForm,), fields)(given, data=None if given else start)
    side = form["side"].data
    if given and side in table.columns and not form.out_words.data:
        form.out_words.data = out_words_in(table, side)
    return form


@dataclass(frozen=True)
class ColumnsShown:
    """What the page shows of a file."""

    file: StatementFile
    table: UnknownTable
    form: ColumnsForm
    read: ReadTable
    known: list[StatementRecipe]  # other accounts with this header

    @property
    def lines(self) -> list[tuple[int, object, str, str]]:
        """Number, line, account and currency of the first ones."""
        own = shop().currency
        pairs = list(zip(self.read.lines, self.read.accounts, strict=True))[:LINES_SHOWN]
        return [(number, line, account, currency or own) for (number, line), (account, currency) in pairs]

    @property
    def recipe(self) -> BankRecipe:
        """With how it is written, as this file shows: the next one may leave it open."""
        return replace(self.form.recipe(), decimal_mark=self.read.decimal_mark, date_form=self.read.date_form)

    @property
    def problems(self) -> list[str]:
        if self.known and any(not account for account, _currency in self.read.accounts):
            return [_("Other accounts have the same columns: enter which account this file is of.")]
        return self.read.problems[:PROBLEMS_SHOWN]

    @property
    def rows(self) -> list[tuple[int, list[str]]]:
        return self.table.rows[:ROWS_SHOWN]


def show_columns(
    file: StatementFile, table: UnknownTable, given: MultiDict[str, str] | None, chosen: int | None = None
) -> ColumnsShown:
    """`chosen`: the recipe of the account that it is of, where several have its header."""
    known = recipes_of_header(table.digest)
    form = columns_form(table, given, recipe_to_start_with(known, chosen))
    read = read_mapped(table, form.recipe()) if given is None or form.validate() else ReadTable()
    return ColumnsShown(file, table, form, read, known)


def recipe_to_start_with(known: list[StatementRecipe], chosen: int | None) -> BankRecipe | None:
    """That of the account; of another one the columns only, for the account is what has to be said."""
    mine = next((one for one in known if one.id == chosen), None)
    return recipe_of(mine) if mine else replace(recipe_of(known[-1]), account="") if known else None
