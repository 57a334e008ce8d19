"""What an invoice or credit note says, fixed at issue: parties, lines, VAT per rate and totals, amounts as text.

It holds facts and no words, so that it can be printed in any language. Amounts are rounded to the currency here, once,
such that lines and VAT rows add up to the totals; other systems state parts of cents on their lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict
from zoneinfo import ZoneInfo

from app.accounting.crediting import rows_to_say
from app.accounting.margins import Bill, margins_of
from app.accounting.tax_bases import LineTax
from app.accounting.tax_rows import Key, Rows, Statement, TaxRow, highest_first, is_margin, rows_of_order, signed
from app.amounts.money import ZERO, closed, decimals, plain, rounded
from app.documents.einvoice_facts import Says, derive_einvoice_facts, is_all_taxed
from app.documents.look import look_of
from app.documents.structured_references import structured_reference, write_reference
from app.documents.vat import has_goods, is_exempt_as_small, is_export, is_supply_inside_eu
from app.documents.wording import spoken
from app.models import AddressColumns, Invoice, InvoiceKind, InvoiceLine, Order, OrderAddress, OrderLine, Shop, WordKind

ADDRESS = ("name", "company", "street", "street2", "postcode", "city", "region", "country")
SELLER = (
    "name", "street", "postcode", "city", "country", "vat_id", "registration",
    "email", "phone", "website", "iban", "bic", "footer",
)  # fmt: skip


def fix(document: Invoice, order: Order, shop: Shop) -> None:
    """What the document says, for good. Its net and tax are those that are printed: in whole units."""
    document.snapshot = of_invoice(document, order, shop)
    document.tax_total = Decimal(str(document.snapshot["tax"]))
    document.net_total = document.total - document.tax_total


def payment_reference(invoice: Invoice) -> str:
    """What the invoice asks to mention with a transfer; older ones ask for a number without check digits."""
    if structured := structured_of(invoice):
        return write_reference(structured)
    return str(invoice.snapshot.get("payment_reference", invoice.number))


def reference_to_mention(order: Order) -> str:
    """What who pays an order is asked to mention: what its one unpaid invoice says, else its number."""
    unpaid = [one for one in order.invoices if one.kind == InvoiceKind.INVOICE and not one.is_paid]
    return payment_reference(unpaid[0]) if len(unpaid) == 1 else order.payment_reference


def structured_of(invoice: Invoice) -> str:
    """The structured reference that it was issued with, as banks compare it; "" for none."""
    return str(invoice.snapshot.get("structured_reference", ""))


def reference_to_pay_by(invoice: Invoice, shop: Shop) -> dict[str, str]:
    """Of an invoice of a seller with a bank account: with its check digits no payer mistypes it unseen."""
    country = "".join(shop.iban.split())[:2].upper()
    reference = structured_reference(invoice.number, country) if country and invoice.kind == InvoiceKind.INVOICE else ""
    return {"structured_reference": reference} if reference else {}


def of_invoice(invoice: Invoice, order: Order, shop: Shop) -> dict[str, object]:
    """The snapshot of an invoice that is about to be issued; its lines and totals are there already."""
    says = printed_facts(invoice, order, shop)
    facts = derive_einvoice_facts(says, is_service=not has_goods(order))
    original = credited_by(invoice, order)
    says |= margins_fixed(invoice, order, shop, says)
    zero_rate = original.snapshot.get("zero_rate") if original else None
    return says | {"einvoice": facts, "zero_rate": shop.zero_rate.value if zero_rate is None else zero_rate}


def printed_facts(invoice: Invoice, order: Order, shop: Shop) -> dict[str, object]:
    total = rounded(invoice.total, invoice.currency)
    rows = rows_to_say(invoice)
    original = credited_by(invoice, order)
    tax = rounded(sum((row.tax for row in rows.values()), ZERO), invoice.currency)
    vat = vat_said(rows, invoice.currency)
    return {
        "kind": invoice.kind,
        "number": invoice.number,
        "payment_reference": order.payment_reference,
        **reference_to_pay_by(invoice, shop),
        "currency": invoice.currency,
        "issued_on": local_day(invoice.issued_at, shop).isoformat(),
        "due_on": invoice.due_on.isoformat() if invoice.due_on else "",
        "delivered_on": delivered_on(order, shop),
        "credits": credited(original, shop),
        "time_zone": shop.time_zone,
        "shop_language": shop.language,
        "seller": seller_of(shop),
        **parties(order, shop, original),
        "order": {
            "number": order.number,
            "external_number": order.external_number,
            "placed_on": local_day(order.placed_at, shop).isoformat(),
        },
        **references(order, original),
        "payment_method": order.payment_method_title,
        **words_fixed(shop, invoice.language, rows, WordKind.PAYMENT_METHOD, WordKind.DELIVERY_TIME),
        "paid_before": str(paid_before(invoice, order)),
        "to_pay_back": str(to_pay_back(invoice, order)),
        "prices_include_tax": order.prices_include_tax,
        "lines": lines_of(invoice, order, rows),
        "vat": vat,
        **exemptions(invoice, order, shop, original, vat),
        "net": str(total - tax),
        "tax": str(tax),
        "total": str(total),
    }


def of_quote(
    order: Order, shop: Shop, lines: list[InvoiceLine], *, made_on: date, valid_until: date
) -> dict[str, object]:
    """What a quote of the draft says: what its invoice would say, with these lines."""
    rows = rows_of_order(order)
    total = rounded(order.total, order.currency)
    tax = rounded(sum((row.tax for row in rows.values()), ZERO), order.currency)
    vat = vat_said(rows, order.currency)
    whole = Invoice(lines=lines, currency=order.currency, total=order.total, tax_total=tax, net_total=total - tax)
    return {
        "kind": "quote",
        "number": order.number,
        **references(order, None),
        "currency": order.currency,
        "issued_on": made_on.isoformat(),
        "valid_until": valid_until.isoformat(),
        "time_zone": shop.time_zone,
        "shop_language": shop.language,
        "seller": seller_of(shop),
        **parties(order, shop, None),
        "payment_method": order.payment_method_title,
        "shipping_method": order.shipping_method_title,
        **words_fixed(shop, order.language, rows, WordKind.PAYMENT_METHOD, WordKind.SHIPPING_METHOD),
        "prices_include_tax": order.prices_include_tax,
        "lines": lines_of(whole, order, rows),
        "vat": vat,
        **exemptions(whole, order, shop, None, vat),
        "net": str(total - tax),
        "tax": str(tax),
        "total": str(total),
    }


def words_fixed(shop: Shop, wanted: str, rows: Rows, *kinds: WordKind) -> dict[str, object]:
    """The shop's own words of these kinds in the language of the document, where it has any in it.

    All of them: by which methods an invoice was paid, and how long delivery takes, is known at later revisions. Of the
    names of taxes those that it says.
    """
    language = spoken(wanted, shop.language)
    words = {kind.value: words_in_language(shop.own_words.get(kind, {}), language) for kind in kinds}
    taxes = words_in_language(shop.own_words.get(WordKind.TAX, {}), language)
    words[WordKind.TAX.value] = {name: taxes[name] for name, _rate in rows if name in taxes}
    said = {kind: texts for kind, texts in words.items() if texts}
    return {"own_words": {language: said}} if said else {}


def words_in_language(words: Mapping[str, Mapping[str, str]], language: str) -> dict[str, str]:
    return {word: texts[language] for word, texts in words.items() if language in texts}


def seller_of(shop: Shop) -> dict[str, object]:
    """Its words, and how its documents look."""
    return {**{name: getattr(shop, name) or "" for name in SELLER}, **looks_of(shop)}


def looks_of(shop: Shop) -> dict[str, object]:
    """The id of its logo where it has one (a later logo is another file), and what else of the look isn't usual."""
    logo: dict[str, object] = {"logo": shop.logo_id} if shop.logo_id else {}
    look = look_of(shop)
    return logo | ({"look": look} if look else {})


def local_day(moment: datetime, shop: Shop) -> date:
    return moment.astimezone(ZoneInfo(shop.time_zone)).date()


def delivered_on(order: Order, shop: Shop) -> str:
    """The day the last parcel went, when the goods went before the invoice."""
    sent = [shipment.sent_at for shipment in order.shipments if shipment.sent_at]
    return local_day(max(sent), shop).isoformat() if sent else ""


def credited_by(document: Invoice, order: Order) -> Invoice | None:
    """The invoice that a credit note credits."""
    return next((one for one in order.invoices if document.credits_id and one.id == document.credits_id), None)


def credited(original: Invoice | None, shop: Shop) -> dict[str, str] | None:
    if original is None:
        return None
    return {"number": original.number, "issued_on": local_day(original.issued_at, shop).isoformat()}


def parties(order: Order, shop: Shop, original: Invoice | None) -> dict[str, object]:
    """A credit note names whom its invoice named, whatever the order says by now."""
    if original and "buyer" in original.snapshot:
        says = original.snapshot
        return {"buyer": says["buyer"], "contact": says.get("contact", []), "ship_to": says.get("ship_to")}
    return {"buyer": buyer_of(order), "contact": contact_of(order, shop), "ship_to": ship_to(order)}


def references(order: Order, original: Invoice | None) -> dict[str, str]:
    """What the buyer wants named; on a credit note what its invoice names."""
    names = ("buyer_reference", "purchase_order")
    if original:
        return {name: original.snapshot.get(name, "") for name in names}
    return {name: getattr(order, name) or "" for name in names}


def exemptions(
    document: Invoice, order: Order, shop: Shop, original: Invoice | None, vat: list[TaxSaid]
) -> dict[str, bool]:
    """What the law wants said where no VAT is charged; of a credit note as its invoice says."""
    is_taxed = is_all_taxed([dict(row) for row in vat])
    rated = [(row["name"], row["rate"]) for row in vat if row["rate"] is not None]  # a stated difference has no rate
    is_all_margin = bool(rated) and all(map(is_margin, rated))  # which is taxed here (article 139)
    now = {
        "supply_inside_eu": not (is_taxed or is_all_margin) and is_supply_inside_eu(document, order, shop),
        "export": not is_taxed and is_export(document, order, shop),
        "small_business": is_exempt_as_small(document, shop),
    }
    if original is None:
        return now
    then = {name: bool(original.snapshot.get(name, said)) for name, said in now.items()}
    return then | {"supply_inside_eu": then["supply_inside_eu"] and not is_all_margin}


def buyer_of(order: Order) -> dict[str, str]:
    address = order.billing or order.shipping or OrderAddress()
    buyer = address_of(address)
    buyer["name"] = buyer["name"] or order.customer_name
    buyer["company"] = buyer["company"] or order.company
    return {**buyer, "vat_id": order.vat_id, "email": order.email}


def contact_of(order: Order, shop: Shop) -> list[str]:
    """How to reach the buyer, as far as the shop prints it."""
    billing = order.billing or order.shipping or OrderAddress()
    email = "" if shop.hide_email_on_invoices else order.email
    phone = "" if shop.hide_phone_on_invoices else billing.phone or order.phone
    return [one for one in (email, phone) if one]


def ship_to(order: Order) -> dict[str, str] | None:
    """Where it goes, if that is not where the invoice goes."""
    if not order.billing or not order.shipping:
        return None
    is_same = all(getattr(order.shipping, name) == getattr(order.billing, name) for name in ADDRESS)
    return None if is_same else address_of(order.shipping)


def address_of(address: AddressColumns) -> dict[str, str]:
    """What is printed, and the parts of the house's number where they are known."""
    known = {name: getattr(address, name) for name in ("house_number", "house_extension") if getattr(address, name)}
    return {name: getattr(address, name) or "" for name in ADDRESS} | known


def paid_before(invoice: Invoice, order: Order) -> Decimal:
    """What of this invoice was paid when it was issued, earlier invoices first."""
    left = order.paid - order.refunded - (order.invoiced - order.credited)
    return max(ZERO, min(rounded(left, invoice.currency), rounded(invoice.total, invoice.currency)))


def to_pay_back(note: Invoice, order: Order) -> Decimal:
    """What of a credit note is paid back: at most what was paid too much once it is issued. None of one made anew."""
    if not note.credits_id or note.makes_anew:
        return ZERO
    left = order.ledger._replace(credited=order.credited - note.total).open
    return max(ZERO, min(rounded(-left, note.currency), rounded(-note.total, note.currency)))


# --- lines ----------------------------------------------------------------------------------------------------------


def lines_of(invoice: Invoice, order: Order, rows: Rows) -> list[dict[str, object]]:
    """The lines; prices and amounts include VAT when the order's prices do."""
    by_id = {line.id: line for line in order.lines}
    said = said_bills(invoice, order, rows)
    taxes = taxes_said([bill for bill, _amount in said], order, rows)
    return [
        ordered_line(bill, by_id[bill.order_line_id], amount, taxed)
        if bill.order_line_id
        else difference_line(bill, amount)
        for (bill, amount), taxed in zip(said, taxes, strict=True)
    ]


def is_said(bill: InvoiceLine, amount: Decimal) -> bool:
    """A difference or a rest of parts of cents is none on paper."""
    return bool(amount or (bill.order_line_id and bill.quantity))


def said_bills(invoice: Invoice, order: Order, rows: Rows) -> list[tuple[InvoiceLine, Decimal]]:
    """The lines that are said, with their amounts."""
    exact = [bill.net + bill.tax if order.prices_include_tax else bill.net for bill in invoice.lines]
    total = rounded(invoice.total, invoice.currency)
    wanted = total if order.prices_include_tax else total - sum((row.tax for row in rows.values()), ZERO)
    amounts = closed(exact, wanted, invoice.currency)
    return [(bill, amount) for bill, amount in zip(invoice.lines, amounts, strict=True) if is_said(bill, amount)]


def ordered_line(bill: InvoiceLine, line: OrderLine, amount: Decimal, taxes: list[TaxSaid]) -> dict[str, object]:
    unit_price, discount = price_of(bill, line, amount)
    return {
        "kind": line.kind,
        "name": line.name,
        "variant": line.variant,
        "sku": line.sku,
        "quantity": str(plain(bill.quantity)),
        "unit_price": str(plain(unit_price)),
        "discount": str(discount),
        "taxes": taxes,
        "amount": str(amount),
    }


def price_of(bill: InvoiceLine, line: OrderLine, amount: Decimal) -> tuple[Decimal, Decimal]:
    """Unit price and discount as ordered; what is left after an amount was credited has a price of its own."""
    discount, currency = discount_of(bill, line), line.order.currency
    if not bill.quantity:
        return ZERO, ZERO
    may_be_rest = bill.quantity < 0 or any(one.makes_anew for one in line.order.invoices)
    is_rest = may_be_rest and abs(bill.quantity * line.unit_price - discount - amount) > tolerance(currency)
    return (round(amount / bill.quantity, decimals(currency) + 2), ZERO) if is_rest else (line.unit_price, discount)


def tolerance(currency: str) -> Decimal:
    """By so much an amount may differ from quantity times price, for it was rounded."""
    return 2 * Decimal(1).scaleb(-decimals(currency))


def discount_of(bill: InvoiceLine, line: OrderLine) -> Decimal:
    """The discount on the billed part of the line."""
    if not line.discount or not line.quantity:
        return ZERO
    share = line.discount * bill.quantity / line.quantity
    return rounded(share, line.order.currency)


def difference_line(bill: InvoiceLine, amount: Decimal) -> dict[str, object]:
    """By how much the shop's stated total differs from its lines: stated, and therefore billed."""
    return {
        "kind": "difference",
        "name": "",
        "variant": "",
        "sku": "",
        "quantity": str(bill.quantity),
        "unit_price": str(amount),
        "discount": "0",
        "taxes": [],
        "amount": str(amount),
    }


# --- the margin scheme ----------------------------------------------------------------------------------------------


def margins_fixed(invoice: Invoice, order: Order, shop: Shop, says: Says) -> dict[str, object]:
    """What is kept of goods under the margin scheme beside what is said; it is neither printed nor sent."""
    if not any(is_margin((tax["name"], tax["rate"])) for line in says["lines"] for tax in line["taxes"]):
        return {}
    bills = list(margin_bills(invoice, order, says["lines"]))
    original = credited_by(invoice, order)
    return {"margins": margins_of(invoice, shop, bills, original, is_export=bool(says["export"]))}


def margin_bills(invoice: Invoice, order: Order, lines: Sequence[Says]) -> Iterator[Bill]:
    by_id = {line.id: line for line in order.lines}
    said = [bill for bill, _amount in said_bills(invoice, order, rows_to_say(invoice))]
    for bill, line in zip(said, lines, strict=True):
        for tax in line["taxes"]:
            if is_margin((tax["name"], tax["rate"])) and bill.order_line_id:
                yield Bill(by_id[bill.order_line_id], bill.quantity, tax["name"], Decimal(tax["base"]))


# --- VAT ------------------------------------------------------------------------------------------------------------


class TaxSaid(TypedDict):
    """A tax as it is printed: percent and amounts as text."""

    name: str
    rate: str | None
    base: str
    tax: str


def vat_said(rows: Rows, currency: str) -> list[TaxSaid]:
    """Per tax its base and amount, highest rate first; without those of which there is nothing."""
    found = [tax_said(key, row.base, row.tax, currency) for key, row in highest_first(rows)]
    return [one for one in found if Decimal(one["base"]) or Decimal(one["tax"])] or found[:1]


def tax_said(key: Key, base: Decimal, tax: Decimal, currency: str) -> TaxSaid:
    name, rate = key
    return {"name": name, "rate": rate, "base": str(rounded(base, currency)), "tax": str(rounded(tax, currency))}


def taxes_said(said: Sequence[InvoiceLine], order: Order, rows: Rows) -> list[list[TaxSaid]]:
    """Per line the taxes on it and their bases, such that those of all lines add up to the rows."""
    statement = Statement(order)
    shares: dict[Key, list[tuple[int, LineTax]]] = {}
    for position, bill in enumerate(said):
        for key, tax in statement.taxes((bill.order_line_id, signed(bill, 1))):
            shares.setdefault(key, []).append((position, tax))
    found: list[list[TaxSaid]] = [[] for _bill in said]
    for key, own in shares.items():
        row = rows.get(key, TaxRow())
        bases = closed([tax.base for _position, tax in own], row.base, order.currency)
        amounts = closed([tax.amount for _position, tax in own], row.tax, order.currency)
        for (position, _tax), base, amount in zip(own, bases, amounts, strict=True):
            found[position].append(tax_said(key, base, amount, order.currency))
    return found
