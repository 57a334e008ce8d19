"""Tables of banks as CSV: whose columns they are is told by their names, in the first lines of the file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from app.amounts.money import ZERO
from app.intake_readers.csv.cells import date_readings, number_readings
from app.statements.statement import (
    BankLine,
    BankStatement,
    UnreadableStatement,
    compact_account,
    compact_reference,
    find_iban,
    find_structured,
    refuse_cut_off,
    tidy_text,
)

#: Our fields, each with the names that banks give its column; of several in one file the first that is filled in.
COLUMN_NAMES: dict[str, tuple[str, ...]] = {
    "booked_on": (
        "datum", "buchungstag", "buchungsdatum", "buchung", "boekingsdatum", "booking date", "completed date",
        "transactiedatum", "uitvoeringsdatum", "date operation", "date de l'opération", "dateop", "fecha", "date",
        "date comptable", "f.contable", "started date",
    ),
    "valued_on": (
        "rentedatum", "valutadatum", "wertstellung", "valuta", "fecha valor", "f.valor", "value date", "date valeur",
        "date de valeur", "dateval",
    ),
    "amount": (
        "bedrag", "bedrag (eur)", "betrag", "betrag (€)", "betrag (eur)", "importe", "amount", "amount (eur)",
        "montant", "montant(euros)", "montant operation en euro", "montant de l'opération",
    ),
    "debit": ("soll", "débit", "debit", "débit euros", "debet", "debit euros", "cargo"),
    "credit": ("haben", "crédit", "credit", "crédit euros", "credit euros", "abono"),
    "side": ("af bij", "creditdebet", "debit/credit"),
    "name": (
        "naam tegenpartij", "naam tegenpartij bevat", "naam van de tegenpartij", "naam / omschrijving", "counterparty",
        "tegenrekeninghouder", "partner name", "payer name", "name zahlungsbeteiligter",
        "beguenstigter/zahlungspflichtiger", "begünstigter / auftraggeber", "auftraggeber/empfänger",
        "zahlungspflichtige*r",
    ),
    "payee": ("zahlungsempfänger*in",),
    "iban": (
        "tegenrekening iban/bban", "tegenrekening", "tegenrekeningnummer", "rekening tegenpartij", "tegenpartij",
        "rekeningnummer tegenpartij", "kontonummer/iban", "iban zahlungsbeteiligter", "iban / kontonummer",
        "partner iban", "iban",
    ),
    "text": (
        "omschrijving-1", "omschrijving-2", "omschrijving-3", "mededelingen", "mededeling", "vrije mededeling",
        "bericht", "verwendungszweck", "payment reference", "description", "omschrijving", "detail de l'écriture",
        "détail de l'écriture", "libelle operation", "libellé", "libelle", "label", "movimiento", "más datos",
        "concepto", "buchungstext", "transactie", "observaciones",
    ),
    "reference": ("betalingskenmerk", "gestructureerde mededeling"),
    "bank_reference": ("volgnr", "transactienummer", "omzetnummer", "volgnummer", "transferwise id", "id"),
    "end_to_end": ("transactiereferentie", "kundenreferenz (end-to-end)"),
    "account": ("iban/bban", "rekening", "rekeningnummer", "auftragskonto", "account"),
    "currency": ("munt", "devies", "waehrung", "währung", "currency", "devise"),
    "status": ("status", "info", "state"),
    "fee": ("fee",),
}  # fmt: skip
FIELD_OF = {name: field for field, names in COLUMN_NAMES.items() for name in names}

#: So many lines may stand above the header.
LOOKED_AT_ROWS = 25

#: What says that money only may move, or did not.
NOT_BOOKED = re.compile(r"vorgemerkt|pending|reverted|failed|declined|geweigerd|refusé|rechazad", re.IGNORECASE)

#: What says that money went out.
OUT = ("af", "d", "debet", "debit", "s")

#: What a column has that says nothing but in or out.
SIGN_WORDS = frozenset(
    "af bij d c debet credit debit dr cr s h soll haben out in - + uit débit crédit cargo abono debe haber".split()
)


class NoKnownTable(UnreadableStatement):
    """No bank is known that writes such a header."""


@dataclass(frozen=True)
class BankTable:
    columns: list[str]
    rows: list[tuple[int, list[str]]]  # number of the row, and its cells
    above: list[list[str]]


def read_bank_csv(text: str) -> list[BankStatement]:
    table = find_table(text)
    if table is None or says_too_little(table) or has_unknown_signs(table):
        raise NoKnownTable(
            _(
                "This is no statement that is known: CAMT.053, CAMT.054, MT940, CODA, Norma 43, CFONB, OFX, or the CSV "
                "of a bank. Expected a header with a day and an amount."
            )
        )
    by_account: dict[tuple[str, str], list[BankLine]] = {}
    mark = decimal_mark(table)
    for number, cells in table.rows:
        said = Cells(table.columns, cells, number)
        if NOT_BOOKED.search(said.get("status")):
            continue
        account = compact_account(said.get("account")) or account_above(table.above)
        by_account.setdefault((account, said.get("currency").upper()), []).append(read_row(said, mark))
    return [BankStatement(account, currency, tuple(lines)) for (account, currency), lines in by_account.items()]


def says_too_little(table: BankTable) -> bool:
    """Whether nobody could tell from it what a movement was: then somebody says which column is what."""
    return not {FIELD_OF.get(name) for name in table.columns} & {"name", "payee", "iban", "text", "reference"}


def has_unknown_signs(table: BankTable) -> bool:
    """Whether all that it has may have gone out as well, as a column says that no bank that is known writes."""
    known = {FIELD_OF.get(name) for name in table.columns}
    if {"side", "debit"} & known or any("-" in cell or "(" in cell for cell in amounts_in(table)):
        return False
    unknown = [place for place, name in enumerate(table.columns) if name and name not in FIELD_OF]
    said = [{cells[place].strip().casefold() for _n, cells in table.rows if place < len(cells)} for place in unknown]
    return any(words <= SIGN_WORDS and words & {*OUT, "out", "uit"} for words in (one - {""} for one in said))


def find_table(text: str) -> BankTable | None:
    """By the separator and the row that know most columns; there has to be a day and an amount."""
    found: tuple[int, BankTable] | None = None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for separator in ";,\t":
        try:
            rows = [(at, row) for at, row in enumerate(csv.reader(io.StringIO(text), delimiter=separator), 1)]
        except csv.Error:
            continue
        for place, (_at, row) in enumerate(rows[:LOOKED_AT_ROWS]):
            columns = [clean_header(cell) for cell in row]
            known = {FIELD_OF.get(name, "") for name in columns} - {""}
            if "booked_on" in known and known & {"amount", "credit"} and (not found or len(known) > found[0]):
                below = [(number, cells) for number, cells in rows[place + 1 :] if any(cell.strip() for cell in cells)]
                found = len(known), BankTable(columns, below, [cells for _number, cells in rows[:place]])
    return found[1] if found else None


def clean_header(cell: str) -> str:
    """Also one that was encoded twice: "MÃ¡s datos"."""
    if "Ã" in cell:
        with suppress(UnicodeError):
            cell = cell.encode("cp1252").decode("utf-8")
    return tidy_text(cell.strip("\ufeff")).casefold()


class Cells:
    """The cells of a row by our fields."""

    def __init__(self, columns: list[str], cells: list[str], number: int):
        if len(cells) < len(columns) and any(columns[len(cells) :]):
            raise refuse_cut_off(
                _(
                    "row %(number)s has %(found)s cells of %(count)s",
                    number=number,
                    found=len(cells),
                    count=len(columns),
                )
            )
        self.number = number
        self.filled: dict[str, list[str]] = {}
        for name, cell in zip(columns, cells, strict=False):
            if (field := FIELD_OF.get(name)) and (text := tidy_text(cell)):
                self.filled.setdefault(field, []).append(text)

    def get(self, field: str) -> str:
        return next(iter(self.filled.get(field, [])), "")

    def all(self, field: str) -> str:
        return " ".join(dict.fromkeys(self.filled.get(field, [])))


def read_row(said: Cells, mark: str) -> BankLine:
    text, amount = cut_ing(said.all("text")), row_amount(said, mark)
    name = (said.get("payee") if amount < 0 else "") or said.get("name")
    account = compact_account(said.get("iban"))
    structured = said.get("reference") or find_structured(text)
    end_to_end = said.get("end_to_end")
    return BankLine(
        booked_on=row_day(said, "booked_on") or refuse_row(said),
        amount=amount,
        valued_on=row_day(said, "valued_on"),
        name=name,
        iban=account or find_iban(text),
        text=text,
        reference=compact_reference(structured),
        bank_reference=said.get("bank_reference"),
        end_to_end="" if end_to_end == "NOTPROVIDED" else end_to_end,
        fee=abs(read_cell(said.get("fee"), mark) or ZERO),
    )


def cut_ing(text: str) -> str:
    """ING writes "Naam: … Omschrijving: … IBAN: …" into one cell; what the payer wrote is the middle of it."""
    found = re.search(r"\bOmschrijving: (.*?)(?: (?:IBAN|Kenmerk|Datum/Tijd|Valutadatum):|$)", text)
    return found[1] if found and text.startswith("Naam:") else text


def row_amount(said: Cells, mark: str) -> Decimal:
    amount = read_cell(said.get("amount"), mark)
    if amount is not None:
        return -abs(amount) if said.get("side").casefold() in OUT else amount
    credit, debit = read_cell(said.get("credit"), mark), read_cell(said.get("debit"), mark)
    if credit is None and debit is None:
        refuse_row(said)
    return abs(credit or ZERO) - abs(debit or ZERO)


def refuse_row(said: Cells) -> date:
    raise refuse_cut_off(_("row %(number)s has no day, or no amount", number=said.number))


def amounts_in(table: BankTable) -> Iterator[str]:
    for _number, cells in table.rows:
        for name, cell in zip(table.columns, cells, strict=False):
            if FIELD_OF.get(name) in ("amount", "credit", "debit"):
                yield cell


def decimal_mark(table: BankTable) -> str:
    """As a cell shows that can be read in one way; else that of the language of the header."""
    for cell in amounts_in(table):
        if len(marks := number_readings(bare_number(cell))) == 1:
            return next(iter(marks))
    return "." if {"amount", "date", "completed date", "booking date"} & set(table.columns) else ","


def bare_number(cell: str) -> str:
    return re.sub(r"\s*(EUR|€)\s*", "", cell).strip()


def read_cell(cell: str, mark: str) -> Decimal | None:
    readings = number_readings(bare_number(cell))
    return readings.get(mark, next(iter(readings.values()), None))


def row_day(said: Cells, field: str) -> date | None:
    """Day, month, year, unless the year stands first in four digits."""
    cell = said.get(field)
    readings = date_readings(cell)
    if not readings:
        return None
    form = "ymd" if re.match(r"\d{4}", cell) or "dmy" not in readings else "dmy"
    return readings[form].date()


def account_above(rows: list[list[str]]) -> str:
    """Above the header some banks say whose account it is."""
    for row in rows:
        for cell in row:
            if account := find_iban(cell):
                return account
            if numbered := re.search(r"\b(\d{10,14})\b", cell):
                return numbered[1]
    return ""
