"""Norma 43 (AEB), the statements of Spanish banks: records of 80 letters, whose first two digits say what they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from app.amounts.money import ZERO
from app.statements.coda import read_digits
from app.statements.statement import (
    BankLine,
    BankStatement,
    find_iban,
    make_iban,
    refuse_cut_off,
    refuse_wrong_sum,
    tidy_text,
    wrong_line,
)

#: Numbers of currencies (ISO 4217).
CURRENCIES = {"978": "EUR", "840": "USD", "826": "GBP", "756": "CHF"}

WEIGHTS = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)


def read_norma43(text: str) -> list[BankStatement]:
    statements: list[BankStatement] = []
    records: list[tuple[int, str]] = []
    count, ended = 0, False
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.ljust(80)
        if not raw.strip("\x1a "):
            continue
        if ended:
            raise wrong_line(number)
        if line[:2] == "88":
            ended = True
            if count != read_digits(line[20:26], number):
                stated = int(line[20:26])
                raise refuse_cut_off(
                    _("it should have %(stated)s records and has %(found)s", stated=stated, found=count)
                )
            continue
        count += 1
        if line[:2] == "11":
            records = []
        records.append((number, line))
        if line[:2] == "33":
            statements.append(read_account_records(records))
            records = []
    if not ended or records:
        raise refuse_cut_off(_("the record that ends it is missing"))
    return statements


def read_account_records(records: list[tuple[int, str]]) -> BankStatement:
    (first, head), (last, foot) = records[0], records[-1]
    if head[:2] != "11":
        raise wrong_line(first)
    lines: list[BankLine] = []
    texts: list[str] = []
    for number, line in records[1:-1]:
        if line[:2] == "22":
            lines.append(read_movement_record(number, line))
            texts.append("")
        elif line[:2] == "23" and lines:
            texts[-1] += f"{line[4:42]} {line[42:80]} "
        elif line[:2] != "24":
            raise wrong_line(number)
    statement = BankStatement(
        account=spanish_iban(head[2:6], head[6:10], head[10:20]),
        currency=CURRENCIES.get(head[47:50], ""),
        lines=tuple(join_text(line, text) for line, text in zip(lines, texts, strict=True)),
        opening=read_cents(head[32], head[33:47], first),
        closing=read_cents(foot[58], foot[59:73], last),
        number=head[26:32],
    )
    refuse_wrong_sums(statement, foot, last)
    return refuse_wrong_sum(statement)


def read_movement_record(number: int, line: str) -> BankLine:
    return BankLine(
        booked_on=read_year_first(line[10:16], number),
        amount=read_cents(line[27], line[28:42], number),
        valued_on=read_year_first(line[16:22], number),
        text=tidy_text(f"{line[52:64].strip('0 ')} {line[64:80]}"),
    )


def join_text(line: BankLine, text: str) -> BankLine:
    """The texts of records 23 come first; the reference stays behind them."""
    said = tidy_text(f"{text} {'' if line.text in text else line.text}")
    return replace(line, text=said, iban=find_iban(text))


def refuse_wrong_sums(statement: BankStatement, foot: str, number: int) -> None:
    """How many debits and credits there are, and what they come to, stands in record 33."""
    for sign, at in ((-1, 20), (1, 39)):
        of_sign = [line.amount for line in statement.lines if line.amount * sign > 0]
        count, total = read_digits(foot[at : at + 5], number), read_digits(foot[at + 5 : at + 19], number)
        if count != len(of_sign) or abs(sum(of_sign, ZERO)) != Decimal(total).scaleb(-2):
            raise refuse_cut_off(
                _("it should have %(stated)s records and has %(found)s", stated=count, found=len(of_sign))
            )


def read_cents(sign: str, digits: str, number: int) -> Decimal:
    """1 is debit, 2 is credit."""
    if sign not in "12":
        raise wrong_line(number)
    amount = Decimal(read_digits(digits, number)).scaleb(-2)
    return -amount if sign == "1" else amount


def read_year_first(text: str, number: int) -> date:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        raise wrong_line(number) from None


def spanish_iban(bank: str, office: str, account: str) -> str:
    return make_iban("ES", bank + office + control_digit(f"00{bank}{office}") + control_digit(account) + account)


def control_digit(ten: str) -> str:
    rest = 11 - sum(weight * int(digit) for weight, digit in zip(WEIGHTS, ten, strict=True)) % 11
    return {10: "1", 11: "0"}.get(rest, str(rest))
