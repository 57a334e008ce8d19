"""OFX, version 1 (SGML without closing tags) and 2 (XML): read by its tags alone, so that no entity is resolved."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _

from app.statements.statement import (
    BankLine,
    BankStatement,
    UnreadableStatement,
    compact_account,
    find_iban,
    find_structured,
    refuse_cut_off,
    tidy_text,
)

#: Of a bank account, and of a credit card.
STATEMENT = re.compile(r"<(STMTRS|CCSTMTRS)>")
MOVEMENTS = re.compile(r"<STMTTRN>(.*?)(?=<STMTTRN>|</STMTTRN>|</BANKTRANLIST>)", re.DOTALL)
TAGGED = re.compile(r"<([A-Z0-9.]+)>([^<]*)")


def read_ofx(text: str) -> list[BankStatement]:
    if "</OFX>" not in text:
        raise refuse_cut_off(_("the record that ends it is missing"))
    found = [read_response(body) for body in bodies_in(text)]
    if not found:
        raise UnreadableStatement(_("This OFX file has no statement of a bank account."))
    return found


def bodies_in(text: str) -> Iterator[str]:
    """What stands between the tags of each statement; where one has no end, neither has a later one."""
    after = 0
    while match := STATEMENT.search(text, after):
        end = text.find(f"</{match[1]}>", match.end())
        if end < 0:
            raise refuse_cut_off(_("the record that ends it is missing"))
        yield text[match.end() : end]
        after = end


def read_response(body: str) -> BankStatement:
    head, _mark, rest = body.partition("<BANKTRANLIST>")
    named = tags_in(head)
    number = compact_account(named.get("ACCTID", ""))
    if not number:
        raise refuse_cut_off(_("it names no account"))
    account = number if number[:2].isalpha() else named.get("BANKID", "") + named.get("BRANCHID", "") + number
    closing = tags_in(rest.partition("<LEDGERBAL>")[2]).get("BALAMT", "")
    return BankStatement(
        account=account,
        currency=named.get("CURDEF", ""),
        lines=tuple(read_transactions(rest)),
        closing=read_ofx_amount(closing) if closing else None,
    )


def read_transactions(body: str) -> Iterator[BankLine]:
    for match in MOVEMENTS.finditer(body):
        said = tags_in(match[1])
        name, memo = tidy_text(said.get("NAME", "") or said.get("PAYEE", "")), tidy_text(said.get("MEMO", ""))
        yield BankLine(
            booked_on=read_ofx_day(said.get("DTPOSTED", "")),
            amount=read_ofx_amount(said.get("TRNAMT", "")),
            name=name,
            iban=find_iban(f"{name} {memo}"),
            text=memo or name,
            reference=find_structured(memo),
            bank_reference=said.get("FITID", ""),
            end_to_end=said.get("CHECKNUM", ""),
        )


def tags_in(text: str) -> dict[str, str]:
    """The first value of each tag."""
    found: dict[str, str] = {}
    for tag, value in TAGGED.findall(text):
        if value.strip():
            found.setdefault(tag, html.unescape(value).strip())
    return found


def read_ofx_amount(text: str) -> Decimal:
    try:
        amount = Decimal(text.replace(" ", "").replace(",", "."))
    except InvalidOperation:
        raise refuse_cut_off(_("“%(text)s” is no amount", text=text[:40])) from None
    if not amount.is_finite() or abs(amount) >= 10**12:
        raise refuse_cut_off(_("“%(text)s” is no amount", text=text[:40]))
    return amount


def read_ofx_day(text: str) -> date:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        raise refuse_cut_off(_("“%(text)s” is no day", text=text[:40])) from None
