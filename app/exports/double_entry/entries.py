"""The journal in double entry: what documents, payments, fees and payouts do to accounts. Each entry comes to 0.

An invoice stands on the receivables; a payment takes it off them and stands where its method says, or on the bank when
a line of a statement told of it. What a payment provider keeps is a fee of the clearing account, and what it pays out
goes from there to the bank, once the bank tells of it: so nothing is on the bank that its statements don't say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select, tuple_

from app import queries
from app.accounting.margins import booked_rows
from app.accounting.posted_lines import fee_in_books, is_posted_aside
from app.accounting.tax_rows import is_margin
from app.amounts.money import ZERO, rounded
from app.documents.einvoice_facts import Says
from app.exports.bookkeeping import ROWS_AT_ONCE, country_of, documents, payments
from app.exports.double_entry.accounts import Account, Accounts
from app.extensions import db
from app.models import (
    LATE,
    Invoice,
    LineBooking,
    LineState,
    Order,
    Payment,
    PaymentKind,
    SetAside,
    StatementFile,
    StatementFormat,
    StatementLine,
)
from app.queries.periods import Period

SALES, MONEY = "S", "B"

LEDGER_COLUMNS = (
    "date", "journal", "document", "order_number", "customer", "vat_id", "country", "account", "account_use",
    "debit", "credit", "currency", "vat_rate", "vat", "description",
)  # fmt: skip


@dataclass(frozen=True)
class Posting:
    """So much on one account: more than 0 is debit. What was sold says the VAT on it as well."""

    account: Account
    amount: Decimal
    rate: Decimal | None = None
    vat: Decimal = ZERO
    vat_account: Account | None = None


@dataclass(frozen=True)
class BookEntry:
    journal: str
    day: date
    document: str  # its number, or what the bank or provider calls the payment
    text: str
    currency: str
    order_number: str = ""
    customer: str = ""
    customer_key: str = ""
    vat_id: str = ""
    country: str = ""
    is_credit: bool = False
    postings: list[Posting] = field(default_factory=list)


def make_entries(period: Period, accounts: Accounts | None = None, currency: str = "") -> Iterator[BookEntry]:
    """Sales first, then money; of one currency, or of all."""
    accounts = accounts or Accounts(queries.shop())
    for part in (sales_of, money_of, statements_of):
        yield from (one for one in part(period, accounts) if one.postings and currency in ("", one.currency))


# --- sales ----------------------------------------------------------------------------------------------------------


def sales_of(period: Period, accounts: Accounts) -> Iterator[BookEntry]:
    for invoice, order in documents(period):
        says, day = invoice.snapshot, period.day_of(invoice.issued_at)
        buyer = says["buyer"]
        yield BookEntry(
            journal=SALES,
            day=day,
            document=invoice.number,
            text=_("Credit note %(number)s", number=invoice.number)
            if invoice.is_credit_note
            else _("Invoice %(number)s", number=invoice.number),
            currency=invoice.currency,
            order_number=order.number,
            customer=buyer["company"] or buyer["name"],
            customer_key=key_of_customer(order),
            vat_id=buyer["vat_id"],
            country=country_of(says),
            is_credit=invoice.is_credit_note,
            postings=without_zeros(postings_of_document(invoice, says, accounts, day_of_rates(says, day))),
        )


def postings_of_document(invoice: Invoice, says: Says, accounts: Accounts, day: date) -> Iterator[Posting]:
    """What the document comes to is owed; against that stand net and VAT of each rate, and what was rounded."""
    total = Decimal(says["total"])
    yield Posting(accounts.of("receivables"), total)
    left = total
    stated = sum((Decimal(line["amount"]) for line in says["lines"] if line["kind"] == "difference"), ZERO)
    for (name, rate), sold, row in booked_rows(invoice):
        if not name and rate is None:
            sold -= stated
        percent = None if rate is None else Decimal(rate)
        scheme, tier = accounts.scheme(says, percent, row.tax, day), ""
        if is_margin((name, rate)):
            scheme, tier = accounts.scheme_of_margin(says, percent, day)
        vat_account = accounts.of(use if (use := f"vat_{tier or scheme}") in accounts.numbers else "vat_other")
        yield Posting(accounts.of(f"revenue_{scheme}"), -sold, percent or ZERO, -row.tax, vat_account)
        yield Posting(vat_account, -row.tax, percent)
        left -= sold + row.tax
    yield Posting(accounts.of("rounding"), -left)


def day_of_rates(says: Says, day: date) -> date:
    """A credit note stands on the accounts of its invoice, whatever its country's rates are since."""
    credited = says.get("credits")
    return date.fromisoformat(credited["issued_on"]) if credited else day


def key_of_customer(order: Order) -> str:
    return f"C{order.customer_id}" if order.customer_id else f"O{order.number}"


def without_zeros(postings: Iterator[Posting]) -> list[Posting]:
    return [one for one in postings if one.amount]


# --- money ----------------------------------------------------------------------------------------------------------


def money_of(period: Period, accounts: Accounts) -> Iterator[BookEntry]:
    told = TellersOfPayments()
    for payment, order in payments(period):
        teller = ADJUSTMENTS.get(payment.kind) or told.find_teller(payment)
        account = accounts.of(teller) if teller else accounts.of_method(payment.method)
        amount = rounded(payment.amount, order.currency)
        yield BookEntry(
            journal=MONEY,
            day=period.day_of(payment.paid_at),
            document=payment.reference or f"P{payment.id}",
            text=" ".join(filter(None, (TEXTS_OF_PAYMENTS[payment.kind.value](), order.number, payment.method))),
            currency=order.currency,
            order_number=order.number,
            customer=order.company or order.customer_name,
            customer_key=key_of_customer(order),
            vat_id=order.vat_id,
            country=order.country,
            postings=without_zeros(iter([Posting(account, amount), Posting(accounts.of("receivables"), -amount)])),
        )


TEXTS_OF_PAYMENTS = {
    "payment": lambda: _("Payment"),
    "refund": lambda: _("Refund"),
    "reversal": lambda: _("Taken back"),
    "write_off": lambda: _("Written off"),
    "late_costs": lambda: _("Costs of late payment"),
    "interest": lambda: _("Interest"),
}

#: What no money moved for, and what its account is used for.
ADJUSTMENTS = {PaymentKind.WRITE_OFF: "written_off", **dict.fromkeys(LATE, "late_charges")}


class TellersOfPayments:
    """Whose line told of a payment: of a bank, or of a provider, whose fees and payouts stand on that account too.
    One that is taken back leaves the account it came on.
    """

    def __init__(self) -> None:
        self.by_block: dict[int, dict[int, str]] = {}

    def find_teller(self, payment: Payment) -> str:
        """What the account is used for; "" where no line told of it."""
        asked = payment.reverses_id or payment.id
        block = asked // ROWS_AT_ONCE
        if block not in self.by_block:
            self.by_block[block] = find_tellers(block * ROWS_AT_ONCE)
        return self.by_block[block].get(asked, "")


def find_tellers(first: int) -> dict[int, str]:
    """Of the next payments those that a line told of."""
    query = select(LineBooking.payment_id, StatementFile.form).join(
        StatementLine, StatementLine.id == LineBooking.line_id
    )
    query = query.join(StatementFile, StatementFile.id == StatementLine.file_id)
    query = query.where(LineBooking.payment_id.between(first, first + ROWS_AT_ONCE - 1))
    told = db.session.execute(query)
    return {payment_id: "clearing" if form == StatementFormat.PAYOUT else "bank" for payment_id, form in told}


# --- what banks and providers keep, and pay out ---------------------------------------------------------------------


def statements_of(period: Period, accounts: Accounts) -> Iterator[BookEntry]:
    for line, form in decided_lines(period):
        is_bank = form != StatementFormat.PAYOUT
        account = accounts.of("bank" if is_bank else "clearing")
        against, amount = "fees", -fee_in_books(line, form)
        if line.aside == SetAside.FEE:
            amount = line.amount
        if line.aside == SetAside.PAYOUT:
            against, amount = "clearing", line.amount if is_bank else ZERO
        amount = rounded(amount, line.currency)
        yield BookEntry(
            journal=MONEY,
            day=line.booked_on,
            document=line.bank_reference or f"B{line.id}",
            text=" ".join(filter(None, (_("Fee") if against == "fees" else _("Payout"), line.name or line.account))),
            currency=line.currency,
            postings=without_zeros(iter([Posting(account, amount), Posting(accounts.of(against), -amount)])),
        )


def decided_lines(period: Period) -> Iterator[tuple[StatementLine, StatementFormat]]:
    """Lines that are booked, or set aside as what is in the books; by state and day, some at a time. No demo's."""
    query = select(StatementLine, StatementFile.form).join(StatementFile, StatementFile.id == StatementLine.file_id)
    query = query.where(StatementFile.is_demo.is_(False))
    if period.since:
        query = query.where(StatementLine.booked_on >= period.since)
    if period.until:
        query = query.where(StatementLine.booked_on <= period.until)
    for state in (LineState.BOOKED, LineState.SET_ASIDE):
        last: tuple[date, int] | None = None
        of_state = query.where(StatementLine.state == state).order_by(StatementLine.booked_on, StatementLine.id)
        while True:
            place = tuple_(StatementLine.booked_on, StatementLine.id) > last if last else StatementLine.id > 0
            rows = db.session.execute(of_state.where(place).limit(ROWS_AT_ONCE)).all()
            for line, form in rows:
                if state == LineState.BOOKED or is_posted_aside(line, form, line.aside):
                    yield line, form
            if len(rows) < ROWS_AT_ONCE:
                break
            last = (rows[-1][0].booked_on, rows[-1][0].id)


# --- as a table -----------------------------------------------------------------------------------------------------


def ledger_rows(period: Period) -> Iterator[Sequence[object]]:
    """A row per posting."""
    for entry in make_entries(period):
        for one in entry.postings:
            debit, credit = max(one.amount, ZERO) or None, max(-one.amount, ZERO) or None
            yield (
                entry.day, entry.journal, entry.document, entry.order_number, entry.customer, entry.vat_id,
                entry.country, one.account.number, one.account.use, debit, credit, entry.currency, one.rate,
                -one.vat if one.vat_account else None, entry.text,
            )  # fmt: skip
