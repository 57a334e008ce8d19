"""The page of an invoice or credit note: its snapshot, and the two things that may change after issue.

Those are the delivery time and whether it is paid, as they stand on the record at this revision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.accounting.crediting import is_fully_credited
from app.amounts.money import ZERO
from app.documents.pages import address_lines, party_names, render_page
from app.documents.payment_code import payment_code, spaced
from app.documents.snapshots import payment_reference
from app.documents.wording import Writing, words_in
from app.models import Invoice, InvoiceKind

#: Shares of the page's width, in percent, that the columns of lines take at least; the description takes the rest.
WIDTHS = {"quantity": 9, "unit_price": 12, "discount": 11, "vat": 8, "amount": 13}


@dataclass(frozen=True)
class Settlement:
    """How far an invoice is paid: amounts, and what is said about it."""

    paid: Decimal
    open: Decimal
    lines: list[str]
    code: str  # scan-to-pay, or ""


def invoice_page(invoice: Invoice, language: str) -> str:
    says = invoice.snapshot
    writing = Writing(language, says["currency"])
    country = says["seller"]["country"]
    return render_page(
        "invoice.html",
        writing,
        says=says,
        seller_lines=address_lines(says["seller"], writing, from_country=""),
        buyer=[*party_names(says["buyer"]), *address_lines(says["buyer"], writing, from_country=country)],
        ship_to=receiver(says["ship_to"], writing, country),
        delivery_time=invoice.delivery_time,
        columns=columns_of(says, writing),
        settlement=settlement_of(invoice, writing),
    )


def receiver(ship_to: dict[str, str] | None, writing: Writing, country: str) -> list[str]:
    return [*party_names(ship_to), *address_lines(ship_to, writing, from_country=country)] if ship_to else []


def columns_of(says: dict[str, Any], writing: Writing) -> dict[str, int]:
    """Column -> its width in percent. Discount and VAT take no room where there is none, and no number is broken."""
    widths = {
        "quantity": room_for(says, "quantity", writing.number),
        "unit_price": room_for(says, "unit_price", writing.price),
        "discount": room_for(says, "discount", writing.amount),
        "vat": WIDTHS["vat"],
        "amount": room_for(says, "amount", writing.amount),
    }
    if not any(Decimal(line["discount"]) for line in says["lines"]):
        del widths["discount"]
    if not has_vat(says):
        del widths["vat"]
    return {"item": 100 - sum(widths.values()), **widths}


def room_for(says: dict[str, Any], column: str, write: Callable[[str], str]) -> int:
    """A digit takes about 1.2 % of the width, the space between columns 1 %."""
    longest = max((len(write(line[column])) for line in says["lines"]), default=0)
    return max(WIDTHS[column], round(longest * 1.2) + 1)


def has_vat(says: dict[str, Any]) -> bool:
    """A seller without VAT id who charges none doesn't speak of VAT."""
    return bool(says["seller"]["vat_id"] or Decimal(says["tax"]))


def settlement_of(invoice: Invoice, writing: Writing) -> Settlement:
    total = Decimal(invoice.snapshot["total"])
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        return Settlement(paid=ZERO, open=-total, lines=[], code="")
    if is_fully_credited(invoice):
        return Settlement(paid=ZERO, open=ZERO, lines=[words_in(writing.language)["nothing_to_pay"]], code="")
    if invoice.paid_at:
        return Settlement(paid=total, open=ZERO, lines=[how_paid(invoice, writing)], code="")
    paid = Decimal(invoice.snapshot["paid_before"])
    return asked(invoice, writing, paid=paid, left=total - paid)


def how_paid(invoice: Invoice, writing: Writing) -> str:
    says, words = invoice.snapshot, words_in(writing.language)
    if Decimal(says["total"]) == 0 or not invoice.paid_at:
        return words["nothing_to_pay"]
    day = writing.day(invoice.paid_at.astimezone(ZoneInfo(says["time_zone"])).date())
    sentence = words["paid_on"] if says["payment_method"] else words["paid_on_day"]
    return sentence.format(date=day, method=says["payment_method"])


def asked(invoice: Invoice, writing: Writing, *, paid: Decimal, left: Decimal) -> Settlement:
    """What is asked of the customer: how much, until when, to which account."""
    says, words = invoice.snapshot, words_in(writing.language)
    if left <= 0:
        return Settlement(paid=paid, open=left, lines=[words["nothing_to_pay"]], code="")
    sentence = words["please_pay"] if says["due_on"] else words["please_pay_now"]
    lines = [sentence.format(amount=writing.money(left), date=writing.day(says["due_on"]) if says["due_on"] else "")]
    seller, reference = says["seller"], payment_reference(invoice)
    if seller["iban"]:
        to = {"iban": spaced(seller["iban"]), "name": seller["name"], "number": reference}
        lines.append(words["transfer_to"].format(**to))
    code = payment_code(
        iban=seller["iban"],
        bic=seller["bic"],
        name=seller["name"],
        amount=left,
        currency=says["currency"],
        reference=reference,
    )
    return Settlement(paid=paid, open=left, lines=lines, code=code)
