"""Tables of banks that nobody knows: which column is what is guessed by its name, said by somebody, and kept.

What is kept is a recipe: the columns by their names, and how days and amounts are written. It goes by the header, so
the next file of that bank is read at once.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from flask_babel import gettext as _

from app.amounts.money import ZERO
from app.intake_readers.csv.cells import date_readings, number_readings
from app.intake_readers.csv.fields import words
from app.statements.bank_csv import (
    COLUMN_NAMES,
    LOOKED_AT_ROWS,
    NOT_BOOKED,
    SIGN_WORDS,
    account_above,
    bare_number,
)
from app.statements.statement import (
    BankLine,
    BankStatement,
    UnreadableStatement,
    compact_account,
    compact_reference,
    find_iban,
    find_structured,
    tidy_text,
)

SEPARATORS = ";,\t|"

#: A table has so many columns at least: a day, an amount and a text; and so many at most.
FEWEST_COLUMNS, MOST_COLUMNS = 3, 100

#: What a column can be, each with what it may be called besides the names of banks that are known: in words without
#: accents, in English, Dutch, German, French and Spanish.
MORE_NAMES: dict[str, str] = {
    "booked_on": """day, transaction date, posting date, entry date, booked on, post date, boekdatum, boeking,
        transactie datum, tag, umsatzdatum, datum der buchung, jour, date de comptabilisation, date d operation, date de
        transaction, dia, fecha operacion, fecha de operacion, fecha contable, fecha de la operacion""",
    "amount": """sum, value, transaction amount, net amount, bedrag eur, waarde, mutatie, transactiebedrag, umsatz,
        umsatz in eur, summe, wert, betrag in eur, betrag eur, montant eur, somme, valeur, importe eur, cantidad, monto,
        importe operacion""",
    "debit": """debits, paid out, money out, withdrawal, withdrawals, payments, af, uitgaven, uitgave,
        debet eur, belastung, ausgang, lastschrift, abgang, sortie, depense, montant debit, debito, cargos, salida,
        adeudo, pagos""",
    "credit": """credits, paid in, money in, deposit, deposits, receipts, bij, inkomsten, ontvangst, credit eur,
        gutschrift, eingang, zugang, entree, recette, montant credit, credito, abonos, entrada, ingreso, ingresos""",
    "side": """debit credit, dr cr, d c, dc, cd, sign, type of movement, transaction type, type, indicator, af of bij,
        af bij code, bij af, richting, code, s h, soll haben, soll haben kennzeichen, vorzeichen, kennzeichen, sens,
        debit ou credit, signe, signo, debe haber, tipo de movimiento, cargo abono""",
    "name": """name, other party, payer, payee, beneficiary, sender, counter party, account holder, naam, tegenrekening
        naam, naam rekeninghouder, begunstigde, opdrachtgever, auftraggeber, empfanger, gegenpartei, zahler,
        kontoinhaber, name des partners, zahlungspflichtiger, nom, contrepartie, tiers, beneficiaire, donneur d ordre,
        nombre, contraparte, beneficiario, ordenante, titular""",
    "iban": """counterparty iban, counterparty account, their account, payer account, account number of counterparty,
        tegenpartij iban, iban tegenpartij, gegenkonto, gegenkonto iban, kontonummer, konto des partners, compte
        contrepartie, iban contrepartie, compte beneficiaire, cuenta contraparte, iban contraparte, cuenta ordenante""",
    "text": """details, detail, particulars, narrative, memo, remarks, note, message, purpose, transaction details,
        transaction description, remittance information, toelichting, betaalomschrijving, opmerking, buchungstext,
        zweck, beschreibung, text, notiz, intitule, motif, communication, details de l operation, nature, remarque,
        descripcion, detalle, observacion, texto, mensaje""",
    "reference": """payment reference, structured reference, structured communication, creditor reference, kenmerk,
        ogm, zahlungsreferenz, referenznummer, communication structuree, reference de paiement, referencia de pago""",
    "bank_reference": """transaction id, reference number, bank reference, transaction reference, transactie id,
        transaktionsnummer, umsatz id, vorgangsnummer, numero d operation, reference bancaire, numero de operacion,
        referencia bancaria, id de transaccion""",
    "valued_on": """value day, valutadag, date valeur, dia valor, fecha de valor""",
    "account": """own account, account number, my account, account iban, eigen rekening, rekening nummer, eigenes konto,
        konto, kontonummer auftragskonto, compte, numero de compte, cuenta, numero de cuenta""",
    "currency": "valuta, muntsoort, monnaie, moneda, divisa",
    "status": "statut, etat, estado, toestand",
}  # fmt: skip

#: Fields that somebody can choose a column for. The text may stand in several.
BANK_FIELDS = (
    "booked_on", "amount", "credit", "debit", "side", "name", "iban", "text", "text2", "text3", "reference",
    "bank_reference", "valued_on", "account", "currency", "status",
)  # fmt: skip

#: What says in a column of its own that money went out.
OUT_WORDS = frozenset(
    "af d debet debit dbit dr s soll out paid out uit uitgaand belastung sortie cargo debe salida -".split()
)


@dataclass(frozen=True)
class UnknownTable:
    """A table as it stands in the file: its header, its rows by the numbers of their lines, and what stands above."""

    columns: list[str]
    rows: list[tuple[int, list[str]]]
    above: list[list[str]]
    has_header: bool = True

    @property
    def digest(self) -> str:
        """By which a file of the same bank is known; one without a header by what its first row looks like."""
        shape = [] if self.has_header else [shape_of(cell) for cell in self.rows[0][1]]
        names = [words(name) or name for name in self.columns]
        return hashlib.sha256("\x1f".join([*names, *shape]).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True)
class BankRecipe:
    """Which column is what, by its name in the file, and how days and amounts are written; "" as the column shows."""

    columns: dict[str, str]
    decimal_mark: str = ""
    date_form: str = ""
    out_words: str = ""  # in the column of signs, what means that money went out; several with commas between
    account: str = ""  # whose it is, where the file doesn't say


@dataclass
class ReadTable:
    """What a recipe makes of a table: its lines with the numbers they have in the file, and what was left out."""

    lines: list[tuple[int, BankLine]] = field(default_factory=list)
    accounts: list[tuple[str, str]] = field(default_factory=list)  # account and currency of each line
    left_out: list[int] = field(default_factory=list)  # below the table, or not booked
    problems: list[str] = field(default_factory=list)
    decimal_mark: str = ""
    date_form: str = ""
    is_doubted: bool = False  # days that can be read in two ways


class UnknownColumns(UnreadableStatement):
    """A table that nobody has said the columns of yet."""

    def __init__(self, table: UnknownTable):
        self.table = table
        super().__init__(_("This is the CSV of a bank that is not known. Say which column is what."))


# --- finding the table ----------------------------------------------------------------------------------------------


def find_unknown_table(text: str) -> UnknownTable | None:
    """The widest table with a day and a number in its rows; None where there is none."""
    tables = [table for separator in SEPARATORS if (table := table_in_rows(rows_by(text, separator)))]
    return max(tables, key=lambda one: (len(one.rows), len(one.columns)), default=None)


def find_known_table(text: str, digests: Container[str]) -> UnknownTable | None:
    """The table below a header that is known, or one that is known without; whatever stands in its rows."""
    for separator in SEPARATORS:
        filled = rows_by(text, separator)
        for place, (_line, row) in enumerate(filled[:LOOKED_AT_ROWS]):
            above = [cells for _at, cells in filled[:place]]
            table = UnknownTable(named_columns(row), filled[place + 1 :], above)
            if table.digest in digests:
                return table
    found = find_unknown_table(text)
    return found if found is not None and found.digest in digests else None


Rows: TypeAlias = list[tuple[int, list[str]]]


def rows_by(text: str, separator: str) -> Rows:
    """Those that say something, by the numbers of their lines; none where that is no separator of this file."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        rows = [(reader.line_num, [tidy_text(cell) for cell in row]) for row in reader]
    except csv.Error:
        return []
    return [(line, row) for line, row in rows if any(row)]


def table_in_rows(filled: Rows) -> UnknownTable | None:
    for place, (_line, row) in enumerate(filled[:LOOKED_AT_ROWS]):
        if any(is_header(row, below) for _at, below in filled[place + 1 : place + 4]):
            return UnknownTable(named_columns(row), filled[place + 1 :], [cells for _at, cells in filled[:place]])
        if is_movement(row):
            letters = [chr(ord("A") + at % 26) * (at // 26 + 1) for at in range(len(row))]
            above = [cells for _at, cells in filled[:place]]
            return UnknownTable(letters, filled[place:], above, has_header=False)
    return None


def is_header(row: Sequence[str], below: Sequence[str]) -> bool:
    names = [cell for cell in row if cell]
    if len(names) < FEWEST_COLUMNS or any(shape_of(cell) in "dn" for cell in names):
        return False
    return is_movement(below) and len(below) >= len(names) - 1


def is_movement(row: Sequence[str]) -> bool:
    """Whether it has a day and an amount."""
    if not FEWEST_COLUMNS <= len(row) <= MOST_COLUMNS:
        return False
    shapes = [shape_of(cell) for cell in row]
    return "d" in shapes and "n" in shapes


def shape_of(cell: str) -> str:
    """A day, a number, a text or nothing."""
    if not cell:
        return " "
    if date_readings(cell) or re.fullmatch(r"20\d{6}", cell):
        return "d"
    return "n" if number_readings(bare_number(cell)) else "t"


def named_columns(row: Sequence[str]) -> list[str]:
    """Each by a name of its own: a second "Date" is "Date (2)"."""
    seen: Counter[str] = Counter()
    names = []
    for place, cell in enumerate(row, 1):
        name = cell.strip('\ufeff"')[:200] or f"({place})"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


# --- known banks ----------------------------------------------------------------------------------------------------


def choose_recipe(table: UnknownTable, recipes: Sequence[BankRecipe]) -> BankRecipe | None:
    """The only one, or that of the account which stands above the table; None where somebody has to say."""
    own = compact_account(iban_above(table.above))
    named = [one for one in recipes if own and compact_account(one.account) == own]
    return next((found[0] for found in (named, recipes) if len(found) == 1), None)


# --- guessing -------------------------------------------------------------------------------------------------------


def guess_recipe(table: UnknownTable, account: str = "") -> BankRecipe:
    """By the names of the columns, in five languages; `account` is taken where the file says none."""
    columns: dict[str, str] = {}
    side = find_side(table)
    for name in table.columns:
        fields = ["side"] if name == side else [one for one in fields_called(words(name)) if one != "side"]
        if chosen := next((one for one in fields if one not in columns), ""):
            columns[chosen] = name
        elif "text" in fields and (more := next((one for one in ("text2", "text3") if one not in columns), "")):
            columns[more] = name
    if "credit" in columns and "amount" not in columns:
        columns.pop("side", None)
    out = out_words_in(table, columns["side"]) if "side" in columns else ""
    own = "" if "account" in columns else iban_above(table.above) or account
    return BankRecipe(columns, out_words=out, account=own)


def find_side(table: UnknownTable) -> str:
    """The column that says nothing but in or out: one that is called so, else one that says both."""
    said = {name: signs_in(table, place) for place, name in enumerate(table.columns)}
    named = [name for name, signs in said.items() if signs and "side" in fields_called(words(name))]
    telling = [name for name, signs in said.items() if len(signs) > 1 and any(is_out(one) for one in signs)]
    return next(iter([*named, *telling]), "")


def signs_in(table: UnknownTable, place: int) -> set[str]:
    """What stands in the column, where that is nothing but words for in and out."""
    said = {cell.casefold() for _line, cells in table.rows if (cell := cell_at(cells, place))}
    return said if said <= SIGN_WORDS else set()


def fields_called(name: str) -> list[str]:
    """What a column of this name can be, the likeliest first."""
    return [one for one, names in names_of_fields().items() if name in names]


def names_of_fields() -> dict[str, set[str]]:
    known = {one: {words(name) for name in names} for one, names in COLUMN_NAMES.items() if one in BANK_FIELDS}
    more = {one: {" ".join(name.split()) for name in names.split(",")} for one, names in MORE_NAMES.items()}
    return {one: (known.get(one, set()) | more.get(one, set())) - {""} for one in BANK_FIELDS}


def out_words_in(table: UnknownTable, name: str) -> str:
    """Of the few words that stand in the column, those that say that money went out."""
    place = table.columns.index(name)
    said = {cells[place] for _line, cells in table.rows if place < len(cells) and cells[place]}
    return ", ".join(sorted(one for one in said if is_out(one))) if len(said) <= 6 else ""


def is_out(word: str) -> bool:
    return (words(word) or word.strip()) in OUT_WORDS


# --- reading --------------------------------------------------------------------------------------------------------


def read_mapped(table: UnknownTable, recipe: BankRecipe) -> ReadTable:
    """Each line, or what is wrong with which line and column; nothing is left out in silence."""
    found = ReadTable()
    if missing := missing_columns(table, recipe):
        found.problems = missing
        return found
    places = {one: table.columns.index(name) for one, name in recipe.columns.items()}
    rows, found.left_out = split_footer(table, places)
    reader = RowReader(places, recipe, rows)
    found.decimal_mark, found.date_form, found.is_doubted = reader.mark, reader.form, reader.is_doubted
    own = iban_above(table.above) or recipe.account or account_above(table.above)
    for number, cells in rows:
        reader.begin(number, cells)
        if NOT_BOOKED.search(reader.get("status")):
            found.left_out.append(number)
            continue
        line = reader.read_line()
        if line is not None:
            account = compact_account(reader.get("account")) or compact_account(own)
            found.lines.append((number, line))
            found.accounts.append((account, reader.get("currency").upper()[:3]))
    found.problems = reader.problems
    return found


def iban_above(rows: list[list[str]]) -> str:
    return next((iban for row in rows for cell in row if (iban := find_iban(cell))), "")


def statements_of(read: ReadTable) -> list[BankStatement]:
    """Raises UnreadableStatement with the first things that are wrong."""
    if read.problems:
        raise UnreadableStatement(" ".join(read.problems[:3]))
    by_account: dict[tuple[str, str], list[BankLine]] = {}
    for (_number, line), account in zip(read.lines, read.accounts, strict=True):
        by_account.setdefault(account, []).append(line)
    return [BankStatement(account, currency, tuple(lines)) for (account, currency), lines in by_account.items()]


def missing_columns(table: UnknownTable, recipe: BankRecipe) -> list[str]:
    said = recipe.columns
    problems = []
    if "booked_on" not in said:
        problems.append(_("Choose a column for the day."))
    if not {"amount", "credit", "debit"} & said.keys():
        problems.append(_("Choose a column for the amount, or two: what came in, and what went out."))
    if "side" in said and not recipe.out_words.strip():
        problems.append(_("Say which word in the column of signs means that money went out."))
    gone = [name for name in said.values() if name not in table.columns]
    return problems + [_("There is no column “%(name)s” in this file.", name=name) for name in gone]


def split_footer(table: UnknownTable, places: dict[str, int]) -> tuple[list[tuple[int, list[str]]], list[int]]:
    """The rows, without those below them that are no movements: sums, and sentences."""
    rows, footer = list(table.rows), []
    while rows and is_below(rows[-1][1], places):
        footer.append(rows.pop()[0])
    return rows, sorted(footer)


def is_below(cells: Sequence[str], places: dict[str, int]) -> bool:
    """Whether it has no day, and either no digit where that would stand, or no amount."""
    day = cell_at(cells, places["booked_on"])
    has_amount = any(cell_at(cells, places[name]) for name in AMOUNT_FIELDS if name in places)
    return not day_readings(day) and not (re.search(r"\d", day) and has_amount)


def cell_at(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


AMOUNT_FIELDS = ("amount", "credit", "debit")


class RowReader:
    """Reads one row after the other, as the columns show that they are written, and notes what it can't."""

    def __init__(self, places: dict[str, int], recipe: BankRecipe, rows: Sequence[tuple[int, list[str]]]):
        self.places, self.recipe = places, recipe
        self.problems: list[str] = []
        self.out = {(words(one) or one.strip()) for one in recipe.out_words.split(",") if one.strip()}
        amounts = [
            bare_number(cell) for name in AMOUNT_FIELDS if name in places for cell in column_in(rows, places[name])
        ]
        marks, _doubt = forms_of(amounts, number_readings, ",.")
        self.mark = recipe.decimal_mark or marks
        form, self.is_doubted = forms_of(column_in(rows, places["booked_on"]), day_readings, ("dmy", "mdy", "ymd"))
        self.form = recipe.date_form or form
        self.is_doubted = self.is_doubted and not recipe.date_form
        self.number, self.cells = 0, list[str]()

    def begin(self, number: int, cells: list[str]) -> None:
        self.number, self.cells = number, cells

    def get(self, name: str) -> str:
        return cell_at(self.cells, self.places[name]) if name in self.places else ""

    def read_line(self) -> BankLine | None:
        before = len(self.problems)
        day, amount = self.read_day("booked_on"), self.read_amount()
        valued = self.read_day("valued_on") if self.get("valued_on") else None
        if day is None or amount is None or len(self.problems) > before:
            return None
        text = " ".join(dict.fromkeys(filter(None, (self.get(one) for one in ("text", "text2", "text3")))))
        return BankLine(
            booked_on=day,
            amount=amount,
            valued_on=valued,
            name=self.get("name"),
            iban=compact_account(self.get("iban")) or find_iban(text),
            text=text,
            reference=compact_reference(self.get("reference") or find_structured(text)),
            bank_reference=self.get("bank_reference"),
        )

    def read_day(self, name: str) -> date | None:
        cell = self.get(name)
        readings = day_readings(cell)
        day = readings.get(self.form) or (next(iter(readings.values())) if len(readings) == 1 else None)
        if day is None:
            self.note(name, cell, _("is no day"))
        return day

    def read_amount(self) -> Decimal | None:
        if self.get("amount"):
            amount = self.read_number("amount")
            is_out = "side" in self.places and (words(self.get("side")) or self.get("side")) in self.out
            return -abs(amount) if amount is not None and is_out else amount
        filled = [name for name in ("credit", "debit") if self.get(name)]
        if not filled:
            self.note(next(name for name in AMOUNT_FIELDS if name in self.places), "", _("is no amount"))
            return None
        sums = {name: self.read_number(name) for name in filled}
        if None in sums.values():
            return None
        return abs(sums.get("credit") or ZERO) - abs(sums.get("debit") or ZERO)

    def read_number(self, name: str) -> Decimal | None:
        readings = number_readings(bare_number(self.get(name)))
        amount = readings.get(self.mark)
        if amount is None and len(readings) == 1 and not self.recipe.decimal_mark:
            amount = next(iter(readings.values()))
        if amount is None:
            self.note(name, self.get(name), _("is no amount"))
        return amount

    def note(self, name: str, cell: str, what: str) -> None:
        self.problems.append(
            _(
                "Line %(line)s, column “%(column)s”: “%(cell)s” %(what)s.",
                line=self.number,
                column=self.recipe.columns[name],
                cell=cell[:40],
                what=what,
            )
        )


def column_in(rows: Sequence[tuple[int, list[str]]], place: int) -> Iterator[str]:
    return (cell for _line, cells in rows if (cell := cell_at(cells, place)))


def day_readings(cell: str) -> dict[str, date]:
    """ "20261130" is one, too."""
    if re.fullmatch(r"(19|20)\d{6}", cell):
        cell = f"{cell[:4]}-{cell[4:6]}-{cell[6:]}"
    return {form: moment.date() for form, moment in date_readings(cell).items()}


def forms_of(
    cells: Iterable[str], read: Callable[[str], Mapping[str, object]], forms: Sequence[str]
) -> tuple[str, bool]:
    """The way in which most cells can be read, the first of several; and whether day and month could be the other."""
    counts: Counter[str] = Counter()
    differ = False
    for cell in cells:
        readings = read(cell)
        counts.update(readings.keys())
        differ = differ or len(set(readings.values())) > 1
    best = max(forms, key=lambda form: counts[form])
    return best, differ and best == "dmy" and counts["mdy"] == counts["dmy"]
