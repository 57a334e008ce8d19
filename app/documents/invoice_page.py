"""The page of an invoice or credit note: its snapshot, and the two things that may change after issue.

Those are the delivery time and whether it is paid, as they stand on the record at this revision.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import accumulate, groupby
from typing import Any
from zoneinfo import ZoneInfo

from app.accounting.crediting import is_fully_credited
from app.accounting.tax_rows import MARGIN_SCHEMES, is_margin
from app.amounts.money import ZERO
from app.documents.drawing import ONE_PAGE, PageLayout
from app.documents.einvoice_facts import Says, row_key
from app.documents.layout import Columns, Sums, columns_for, sums_for
from app.documents.look import Look, read_look
from app.documents.pages import address_lines, party_names, render_page
from app.documents.payment_code import payment_code, space_iban
from app.documents.snapshots import payment_reference, structured_of
from app.documents.vat_texts import vat_sentences
from app.documents.wording import Writing, words_in
from app.models import COLUMNS_TO_CHOOSE, Invoice, InvoiceKind, SkuPlace, WordKind

#: Shares of the page's width, in percent, that the columns of lines take at least; the description takes the rest.
WIDTHS = {"quantity": 9, "unit_price": 12, "discount": 11, "vat": 8, "amount": 13}

#: Of the column of SKUs, where the shop wants one.
SKU_WIDTH = 14

#: Of the column of VAT, where a word stands in it instead of a rate.
WITH_SCHEME = 12


@dataclass(frozen=True)
class Settlement:
    """How far an invoice is paid: amounts, and what is said about it."""

    paid: Decimal
    open: Decimal
    lines: list[str]
    code: str  # scan-to-pay, or ""


def invoice_page(invoice: Invoice, language: str, layout: PageLayout = ONE_PAGE) -> str:
    """The document in HTML."""
    writing = Writing(language, invoice.snapshot["currency"])
    settlement = settlement_of(invoice, writing)
    return page_of_lines(invoice.snapshot, settlement, writing, invoice.delivery_time, layout)


def page_of_lines(
    says: Says,
    settlement: Settlement,
    writing: Writing,
    delivery_time: str,
    layout: PageLayout,
) -> str:
    country, look = says["seller"]["country"], read_look(says["seller"].get("look"))
    return render_page(
        "invoice.html",
        writing,
        says["seller"],
        says=says,
        seller_lines=address_lines(says["seller"], writing, from_country=""),
        buyer=[*party_names(says["buyer"]), *address_lines(says["buyer"], writing, from_country=country)],
        ship_to=receiver(says["ship_to"], writing, country),
        delivery_time=say_own_word(says, writing, WordKind.DELIVERY_TIME, delivery_time),
        own_word=partial(say_own_word, says, writing),
        margins=MARGIN_SCHEMES,
        vat_sentences=list(vat_sentences(says, words_in(writing.language))),
        columns=columns_of(says, writing),
        has_vat=has_vat(says),
        beside=partial(beside_name, says, look, writing),
        rate_of=partial(rate_said, says, writing),
        closing=look.below(says["seller"]["footer"], writing.language),
        settlement=settlement,
        sums=sums_of(says, settlement, writing),
        parts=parts_of(says["lines"], list(layout.breaks)),
        pages=layout.pages,
        is_measured=layout.is_measured,
    )


def say_own_word(says: Says, writing: Writing, kind: WordKind, word: str) -> str:
    """A word of the shop's own in the document's language, as it was at issue; in any other one as the shop says it."""
    words: dict[str, dict[str, str]] = says.get("own_words", {}).get(writing.language, {})
    return words.get(kind, {}).get(word, word)


@dataclass(frozen=True)
class LinesOnPage:
    """The lines on one page, and what those before it and those up to its end add up to."""

    lines: list[dict[str, Any]]
    brought: Decimal | None
    carried: Decimal | None


def parts_of(lines: list[dict[str, Any]], breaks: list[int]) -> list[LinesOnPage]:
    """The lines per page; a document of one page has no subtotal."""
    sums = dict(enumerate(subtotals(lines), start=1))
    ends = zip([0, *breaks], [*breaks, len(lines)], strict=True)
    return [
        LinesOnPage(lines[start:end], sums[start] if start else None, sums[end] if end in breaks else None)
        for start, end in ends
    ]


def receiver(ship_to: dict[str, str] | None, writing: Writing, country: str) -> list[str]:
    return [*party_names(ship_to), *address_lines(ship_to, writing, from_country=country)] if ship_to else []


def columns_of(says: Says, writing: Writing) -> Columns:
    """Discount and VAT take no room where there is none, nor does what the shop leaves out."""
    lines, look = says["lines"], read_look(says["seller"].get("look"))
    least = {name: width for name, width in WIDTHS.items() if name not in COLUMNS_TO_CHOOSE or look.has(name)}
    if look.sku_on_invoices == SkuPlace.COLUMN and any(line["sku"] for line in lines):
        least = {"sku": SKU_WIDTH, **least}
    numbers = {
        "quantity": [writing.number(line["quantity"]) for line in lines],
        "unit_price": [writing.price(line["unit_price"]) for line in lines],
        "discount": ["+" + writing.amount(line["discount"]) for line in lines],
        "amount": [writing.amount(amount) for amount in [line["amount"] for line in lines] + subtotals(lines)],
    }
    if not any(Decimal(line["discount"]) for line in lines):
        least.pop("discount", None)
    if not has_vat(says):
        least.pop("vat", None)
    elif "vat" in least and any(is_margin(row_key(row)) for row in says["vat"]):
        least["vat"] = WITH_SCHEME
    return columns_for(least, numbers, rest="item")


def beside_name(says: Says, look: Look, writing: Writing, line: Says) -> Iterator[str]:
    """What stands small below a line's name: what tells it from others, and what the law wants that has no column.

    That is the price of a piece, where the amount isn't it, the discount, and the rate where there are several.
    """
    words, is_product = words_in(writing.language), line["kind"] == "product"
    yield from filter(None, (line["variant"], line["sku"] if look.sku_on_invoices == SkuPlace.BELOW else ""))
    discount = Decimal(line["discount"])
    if is_product and not look.has("unit_price") and (discount or line["quantity"] not in ("0", "1")):
        yield words["each"].format(price=writing.price(line["unit_price"]))
    if discount and not look.has("discount"):
        yield words["discount"] + words["colon"] + writing.amount(abs(discount))
    if has_vat(says) and not look.has("vat") and len(says["vat"]) > 1:
        yield from (f"{words['vat']} {rate_said(says, writing, tax)}" for tax in line["taxes"])


def rate_said(says: Says, writing: Writing, tax: Says) -> str:
    """A rate with the name of its tax, or the word of its scheme."""
    if is_margin(row_key(tax)):
        return words_in(writing.language)["margin_scheme"]
    own = say_own_word(says, writing, WordKind.TAX, tax["name"])
    name = writing.tax_name(own, has_vat=bool(says["seller"]["vat_id"])) if own else ""
    rate = writing.percent(tax["rate"]) if tax["rate"] is not None else ""
    return f"{name} {rate}".strip() or "–"


def subtotals(lines: list[dict[str, Any]]) -> list[Decimal]:
    """What the lines add up to, after each of them."""
    return list(accumulate(Decimal(line["amount"]) for line in lines))


def sums_of(says: Says, settlement: Settlement, writing: Writing) -> Sums:
    words, total = words_in(writing.language), writing.money(says["total"])
    return sums_for(
        bases=[writing.amount(row["base"]) for row in says["vat"]],
        taxes=[writing.amount(row["tax"]) for row in says["vat"]],
        amounts=[writing.money(one) for one in (says["net"], says["tax"], settlement.paid, settlement.open)],
        total=total,
        labels=[words["total_with_vat"], words["net"], words["pay_back"]],
    )


def has_vat(says: Says) -> bool:
    """A seller without VAT id who charges none doesn't speak of VAT, nor one of margin goods (article 325)."""
    if all(is_margin(row_key(row)) for row in says["vat"]):
        return False
    return bool(says["seller"]["vat_id"] or Decimal(says["tax"]))


def settlement_of(invoice: Invoice, writing: Writing) -> Settlement:
    total = Decimal(invoice.snapshot["total"])
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        back = Decimal(invoice.snapshot.get("to_pay_back", -total))  # documents from before say all of it
        return Settlement(paid=ZERO, open=back, lines=[], code="")
    if is_fully_credited(invoice):
        return Settlement(paid=ZERO, open=ZERO, lines=[words_in(writing.language)["nothing_to_pay"]], code="")
    if invoice.paid_at:
        return Settlement(paid=total, open=ZERO, lines=[how_paid(invoice, writing)], code="")
    paid = paid_so_far(invoice)
    return asked(invoice, writing, paid=paid, left=total - paid)


def paid_so_far(invoice: Invoice) -> Decimal:
    """Of an invoice that is not paid; those from before payments were kept on them know it from their issue."""
    if invoice.settled_by is None:
        return Decimal(invoice.snapshot["paid_before"])
    return sum((Decimal(one["amount"]) for one in invoice.settled_by), ZERO)


def how_paid(invoice: Invoice, writing: Writing) -> str:
    """By which payments, each with its method and day. Of older invoices only the day is known."""
    says, words = invoice.snapshot, words_in(writing.language)
    if Decimal(says["total"]) == 0 or not invoice.paid_at or invoice.settled_by == []:
        return words["nothing_to_pay"]
    settled_by = payments_by_day(invoice)
    if len(settled_by) > 1 or (settled_by and len(settled_by[0][1]) > 1):
        return words["paid_by"].format(payments=payments_said(says, settled_by, writing))
    if settled_by:
        [(on, [payment])] = settled_by
        method = payment["method"]
    else:
        on, method = invoice.paid_at.astimezone(ZoneInfo(says["time_zone"])).date(), says["payment_method"]
    sentence = words["paid_on"] if method else words["paid_on_day"]
    said = say_own_word(says, writing, WordKind.PAYMENT_METHOD, method)
    return sentence.format(date=writing.day(on), method=said)


def payments_by_day(invoice: Invoice) -> list[tuple[date, list[dict[str, str]]]]:
    """The payments that settle it, those of one day by the seller's clock together."""

    def local_day(payment: dict[str, str]) -> date:
        return datetime.fromisoformat(payment["at"]).astimezone(ZoneInfo(invoice.snapshot["time_zone"])).date()

    payments = sorted(invoice.settled_by or [], key=local_day)
    return [(on, list(of_day)) for on, of_day in groupby(payments, key=local_day)]


def payments_said(says: Says, settled_by: list[tuple[date, list[dict[str, str]]]], writing: Writing) -> str:
    """ "Gift card 100.00, iDEAL 92.60 on 20 November 2026"."""
    sentence = words_in(writing.language)["payments_on"]
    method = partial(say_own_word, says, writing, WordKind.PAYMENT_METHOD)
    days = []
    for on, payments in settled_by:
        amounts = [f"{method(one['method'])} {writing.amount(one['amount'])}".strip() for one in payments]
        days.append(sentence.format(payments=", ".join(amounts), date=writing.day(on)))
    return ", ".join(days)


def keep_together(reference: str) -> str:
    """Its groups stay beside each other: nobody types half of it."""
    return reference.replace(" ", "\u00a0")


def asked(invoice: Invoice, writing: Writing, *, paid: Decimal, left: Decimal) -> Settlement:
    """What is asked of the customer: how much, until when, to which account."""
    says, words = invoice.snapshot, words_in(writing.language)
    if left <= 0:
        return Settlement(paid=paid, open=left, lines=[words["nothing_to_pay"]], code="")
    sentence = words["please_pay"] if says["due_on"] else words["please_pay_now"]
    received = payments_by_day(invoice)
    lines = [words["received"].format(payments=payments_said(says, received, writing))] if received else []
    lines.append(
        sentence.format(amount=writing.money(left), date=writing.day(says["due_on"]) if says["due_on"] else "")
    )
    seller, reference = says["seller"], payment_reference(invoice)
    if seller["iban"]:
        to = {"iban": space_iban(seller["iban"]), "name": seller["name"], "number": keep_together(reference)}
        lines.append(words["transfer_to"].format(**to))
    code = payment_code(
        iban=seller["iban"],
        bic=seller["bic"],
        name=seller["name"],
        amount=left,
        currency=says["currency"],
        reference=reference,
        structured=structured_of(invoice),
    )
    return Settlement(paid=paid, open=left, lines=lines, code=code)
