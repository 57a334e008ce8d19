"""CODA, the statements of Belgian banks: records of 128 letters, whose first digit says what they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from app.amounts.money import ZERO
from app.statements.statement import (
    BankLine,
    BankStatement,
    compact_account,
    find_structured,
    make_iban,
    refuse_cut_off,
    refuse_wrong_sum,
    tidy_text,
    wrong_line,
)

#: Kinds of structured communication that hold a reference of 12 digits.
OGM_KINDS = ("101", "102")

DIRECT_DEBIT = "127"

#: Families of operations that take something back: returned debits, returned transfers.
RETURN_CODES = {"05": ("03", "05", "09"), "01": ("49", "99")}

Record = tuple[int, str]


def read_coda(text: str) -> list[BankStatement]:
    """Several statements may follow one another, each from its header (0) to its trailer (9)."""
    statements: list[BankStatement] = []
    records: list[Record] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        records.append((number, line.ljust(128)))
        if line[0] == "9":
            statements.append(read_records(records))
            records = []
    if records:
        raise refuse_cut_off(_("the record that ends it is missing"))
    return statements


def read_records(records: list[Record]) -> BankStatement:
    counted = sum(1 for _number, line in records if line[0] in "12348")
    number, trailer = records[-1]
    if trailer[16:22].strip() and counted != read_digits(trailer[16:22], number):
        stated = int(trailer[16:22])
        raise refuse_cut_off(_("it should have %(stated)s records and has %(found)s", stated=stated, found=counted))
    opening = next(((at, line) for at, line in records if line[0] == "1"), None)
    closing = next(((at, line) for at, line in records if line[0] == "8"), None)
    if opening is None:
        raise refuse_cut_off(_("the field %(field)s is missing", field="1"))
    account, currency = read_account_field(*opening)
    statement = BankStatement(
        account=account,
        currency=currency,
        lines=tuple(join_batches(list(movements(records)))),
        opening=read_signed(opening[1][42:58], opening[0]),
        closing=read_signed(closing[1][41:57], closing[0]) if closing else None,
        number=opening[1][2:5],
    )
    return refuse_wrong_sum(statement)


def read_account_field(number: int, line: str) -> tuple[str, str]:
    """By the structure that its second letter tells: 0 and 1 are numbers, 2 and 3 are IBANs."""
    if line[1] == "0":
        read_digits(line[5:17], number)
        return make_iban("BE", line[5:17]), line[18:21]
    return compact_account(line[5:39]), line[39:42]


class Movement:
    """The records 21 to 23 of one movement."""

    def __init__(self, number: int, line: str):
        self.sequence, self.detail = line[2:6], line[6:10]
        self.bank_reference = line[10:31].strip()
        self.amount = read_signed(line[31:47], number)
        self.valued_on = read_coda_day(line[47:53], number)
        self.code = line[53:61]
        self.is_structured = line[61] == "1"
        self.communication = line[62:115]
        self.booked_on = read_coda_day(line[115:121], number)
        self.name = self.account = self.client_reference = ""

    def go_on(self, line: str) -> None:
        if line[1] == "2":
            self.communication += line[10:63]
            self.client_reference = line[63:98].strip()
        elif line[1] == "3":
            self.account, self.name = line[10:44], line[47:82]
            self.communication += line[82:125]

    def line(self) -> BankLine:
        said = self.communication
        kind = said[:3] if self.is_structured else ""
        reference = said[3:15].strip() if kind in OGM_KINDS else "" if kind else find_structured(said)
        taken_back = self.code[3:5] in RETURN_CODES.get(self.code[1:3], ())
        booked_on = self.booked_on or self.valued_on
        if booked_on is None:
            raise refuse_cut_off(_("a booking of %(amount)s has no day", amount=self.amount))
        return BankLine(
            booked_on=booked_on,
            amount=self.amount,
            valued_on=self.valued_on,
            name=tidy_text(self.name),
            iban=compact_account(self.account),
            text=tidy_text(self.text_of(kind)),
            reference=reference,
            bank_reference=self.bank_reference,
            end_to_end="" if self.client_reference == "NOTPROVIDED" else self.client_reference,
            is_reversal=taken_back,
        )

    def text_of(self, kind: str) -> str:
        """What was written; of a direct debit (127) it stands behind creditor and mandate."""
        if kind in OGM_KINDS:
            return ""
        return self.communication[82:144] if kind == DIRECT_DEBIT else self.communication[len(kind) :]


def movements(records: list[Record]) -> Iterator[Movement]:
    current: Movement | None = None
    for number, line in records:
        if line[:2] == "21":
            if current:
                yield current
            current = Movement(number, line)
        elif line[:2] in ("22", "23") and current:
            if line[2:6] != current.sequence:
                raise wrong_line(number)
            current.go_on(line)
    if current:
        yield current


def join_batches(found: list[Movement]) -> Iterator[BankLine]:
    """Details that follow a movement under its number are its parts, where they come to it."""
    position = 0
    while position < len(found):
        whole, details = found[position], []
        position += 1
        while position < len(found) and found[position].sequence == whole.sequence and found[position].detail != "0000":
            details.append(found[position].line())
            position += 1
        fits = bool(details) and sum((one.amount for one in details), ZERO) == whole.amount
        yield replace(whole.line(), parts=tuple(details) if fits else ())


def read_signed(text: str, number: int) -> Decimal:
    """ "0" for credit or "1" for debit, then 12 digits and 3 decimals."""
    amount = Decimal(read_digits(text[1:], number)).scaleb(-3)
    return -amount if text[0] == "1" else amount


def read_coda_day(text: str, number: int) -> date | None:
    if text in ("000000", "      "):
        return None
    try:
        return date(2000 + int(text[4:6]), int(text[2:4]), int(text[:2]))
    except ValueError:
        raise wrong_line(number) from None


def read_digits(text: str, number: int) -> int:
    if not text.isascii() or not text.isdigit():
        raise wrong_line(number)
    return int(text)
