"""CFONB 120, the statements of French banks: records of 120 letters; the last of an amount carries its sign."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from app.statements.statement import (
    BankLine,
    BankStatement,
    make_iban,
    refuse_cut_off,
    refuse_wrong_sum,
    tidy_text,
    wrong_line,
)

#: The last digit of an amount, and its sign.
POSITIVE, NEGATIVE = "{ABCDEFGHI", "}JKLMNOPQR"

#: What a record 05 adds: the other side's name, its text, its reference.
NAME, TEXTS = "NPY", ("LCC", "LC2", "LCS", "LIB", "RCN", "REF")


def read_cfonb(text: str) -> list[BankStatement]:
    statements: list[BankStatement] = []
    head: tuple[int, str] | None = None
    lines: list[BankLine] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.ljust(120)
        if line[:2] == "01":
            head, lines = (number, line), []
        elif line[:2] == "04" and head:
            lines.append(read_movement_of_120(number, line))
        elif line[:2] == "05" and head and lines:
            lines[-1] = add_to(lines[-1], line[45:48], line[48:118])
        elif line[:2] == "07" and head:
            statements.append(close_statement(head, (number, line), lines))
            head = None
        elif raw.strip():
            raise wrong_line(number)
    if head or not statements:
        raise refuse_cut_off(_("the record that ends it is missing"))
    return statements


def close_statement(head: tuple[int, str], foot: tuple[int, str], lines: list[BankLine]) -> BankStatement:
    (first, above), (last, below) = head, foot
    statement = BankStatement(
        account=french_iban(above[2:7], above[11:16], above[21:32]),
        currency=above[16:19].strip(),
        lines=tuple(lines),
        opening=read_last_sign(above[90:104], above[19], first),
        closing=read_last_sign(below[90:104], below[19], last),
        number=below[34:40],
    )
    return refuse_wrong_sum(statement)


def read_movement_of_120(number: int, line: str) -> BankLine:
    return BankLine(
        booked_on=read_day_first(line[34:40], number),
        amount=read_last_sign(line[90:104], line[19], number),
        valued_on=read_day_first(line[42:48], number),
        text=tidy_text(f"{line[48:79]} {line[104:120]}"),
    )


def add_to(line: BankLine, kind: str, said: str) -> BankLine:
    if kind == NAME:
        return replace(line, name=tidy_text(said))
    return replace(line, text=tidy_text(f"{line.text} {said}")) if kind in TEXTS else line


def read_last_sign(text: str, places: str, number: int) -> Decimal:
    digits, last = text[:-1].strip(), text[-1]
    if not (digits or "0").isdecimal() or last not in POSITIVE + NEGATIVE or not places.isdecimal():
        raise wrong_line(number)
    is_negative = last in NEGATIVE
    digit = (NEGATIVE if is_negative else POSITIVE).index(last)
    amount = Decimal(f"{digits}{digit}").scaleb(-int(places))
    return -amount if is_negative else amount


def read_day_first(text: str, number: int) -> date:
    try:
        return date(2000 + int(text[4:6]), int(text[2:4]), int(text[:2]))
    except ValueError:
        raise wrong_line(number) from None


def french_iban(bank: str, office: str, account: str) -> str:
    """With the key that French accounts end in; a number that can have none stays as it is."""
    if not (bank + office + account).isdecimal():
        return bank + office + account
    key = 97 - (89 * int(bank) + 15 * int(office) + 3 * int(account)) % 97
    return make_iban("FR", f"{bank}{office}{account}{key:02}")
