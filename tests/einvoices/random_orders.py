"""Orders of all kinds, drawn by hypothesis, issued and credited: what e-invoices are tried on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from sqlalchemy import select

from app.actions.credit_notes import create_credit_note, creditable, creditable_amounts
from app.actions.invoices import issue_invoice
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer, NewLine, NewPayment, NewTax
from app.models import Invoice, InvoiceMoment, LineKind, MarginScheme, Order, Product, Shop, ZeroRate
from app.queries import shop
from tests.factories import PLACED_AT, address, new_order, place, placed_order

#: Per country a seller: VAT number, registration, and the rates there.
SELLERS = {
    "NL": ("NL853746333B01", "KvK 12345678", ("21", "9")),
    "BE": ("BE0123456749", "BE 0123.456.749", ("21", "12", "6")),
    "DE": ("DE136695976", "HRB 1234 Berlin", ("19", "7")),
    "FR": ("FR83404833048", "404833048", ("20", "5.5", "2.1")),
    "GB": ("XI123456789", "Companies House 0123", ("20", "5")),
}
BUYERS = {
    "NL": ("NL004495445B01", "2611 GS", "Delft"),
    "BE": ("BE0456810810", "9000", "Gent"),
    "DE": ("DE111111125", "10115", "Berlin"),
    "FR": ("FR61954506077", "75001", "Paris"),
    "CH": ("", "8001", "Zürich"),
    "GB": ("", "BT1 5GS", "Belfast"),
    "ES": ("ESX9999999J", "35001", "Las Palmas"),
}
#: What a buyer in another member state pays where the seller's country reckons by One Stop Shop.
RATES_THERE = {country: rates for country, (_vat_id, _registration, rates) in SELLERS.items() if country != "GB"}
NAMES = ("Stoneware mug", "Bücher & Hefte", "Thé «vert» <bio>", "  ", "Kop\x0b met oor", "花瓶", "A" * 300)


def move_shop(random: Random) -> Shop:
    """The shop somewhere in Europe, with all that a seller can enter."""
    own, country = shop(), random.choice(list(SELLERS))
    vat_id, registration, _rates = SELLERS[country]
    own.name, own.country, own.vat_id, own.registration = "Stil & Zn", country, vat_id, registration
    own.street, own.postcode, own.city = "Oude Delft 12", "2611 CD", "Delft"
    own.phone, own.email = "+31 15 555 0101", "books@example.org"
    own.iban, own.bic = random.choice([("NL91 ABNA 0417 1643 00", "ABNANL2A"), ("NL91ABNA0417164300", "")])
    own.zero_rate = random.choice([one for one in ZeroRate if one])
    own.invoice_moment = InvoiceMoment.MANUAL
    own.is_small_business = random.random() < 0.2
    if own.is_small_business:
        own.vat_id = random.choice([vat_id, ""])
    return own


def invoice_of_a_business() -> Invoice:
    own = move_shop(Random(0))
    own.country, own.vat_id, own.registration = "NL", "NL853746333B01", "KvK 12345678"
    buyer = NewCustomer(name="Femke Jansen", company="Kopje BV", vat_id="NL004495445B01", email="femke@example.org")
    return issue_invoice(placed_order(customer=buyer), by=SYSTEM)


def random_documents(random: Random) -> Iterator[Invoice]:
    """The invoice or invoices of an order, and credit notes of some. What is refused as an order has none."""
    try:
        order = place(random_order(random, move_shop(random)), notify=False)
    except ActionRefused:
        return
    put_under_margin_scheme(order, Random(len(order.lines) * 1000 + int(order.total)))
    for invoice in invoices_of(order, random):
        yield invoice
        yield from credits_of(invoice, random)


def put_under_margin_scheme(order: Order, random: Random) -> None:
    """Some of what bears no VAT: other articles beside them may be exempt, or supplied to another member state."""
    for line in order.lines:
        if line.kind == LineKind.PRODUCT and not line.tax_total and random.random() < 0.6:
            line.product_id = second_hand(random.choice([one for one in MarginScheme if one])).id
            line.purchase_price = round(line.unit_price * random.randint(0, 15) / 10, 2)


def second_hand(scheme: MarginScheme) -> Product:
    product = db.session.scalars(select(Product).filter_by(sku=scheme.value)).first()
    if product is None:
        product = Product(sku=scheme.value, name=scheme.value, margin_scheme=scheme, vat_rate=Decimal(0))
        db.session.add(product)
        db.session.flush()
    return product


def random_order(random: Random, own: Shop) -> Any:
    currency = random.choices(["EUR", "SEK", "JPY", "KWD"], [8, 1, 1, 1])[0]
    unit = {"JPY": Decimal(1), "KWD": Decimal("0.010")}.get(currency, Decimal("0.01"))
    gross, country = random.random() < 0.6, random.choice([own.country, *BUYERS])
    vat_id, postcode, city = BUYERS[country]
    is_untaxed = own.is_small_business or (country != own.country and random.random() < 0.6)
    taxed_at = RATES_THERE.get(country, ()) if random.random() < 0.5 else ()
    taxed_rates = (*(taxed_at or SELLERS[own.country][2]), *random.choices([("0",), ()], [1, 3])[0])
    rates = ("0",) if is_untaxed else taxed_rates
    kind = random.choices(["product", "fee"], [8, 1])[0]  # of an order of services nothing is sent
    lines = [goods(random, random.choice(rates), unit, gross, kind) for _ in range(random.randint(1, 6))]
    lines += extras(random, lines, rates, unit, gross)
    company = random.choices(["Kopje & Co BV", ""], [6, 1])[0]
    total = sum((line.total + (0 if gross else tax_of(line)) for line in lines), Decimal(0))
    stated = total + (random.choices([Decimal(0), unit, -2 * unit], [8, 1, 1])[0] if total else 0)
    to = address(country=country, postcode=postcode, city=city, company=company)
    new = new_order(
        currency=currency,
        total=stated,
        prices_include_tax=gross,
        lines=lines,
        tax_total=sum((tax_of(line) for line in lines), Decimal(0)),
        customer=NewCustomer(
            name="Femke Jansen",
            email="femke@example.org",
            company=company,
            vat_id=vat_id if company else "",
            buyer_reference=reference_in(country, len(lines)),
        ),
        billing=to,
        shipping=random.choice([to, address(country=country, postcode=postcode, city=city, name="Jan")]),
        language=random.choice(["nl", "en", "de", "fr", "es"]),
    )
    if stated > 0 and (share := random.choice([0, 0, 1, 2])):
        whole = (stated / share).quantize(unit, ROUND_HALF_UP)
        new.payments = [NewPayment(amount=whole, paid_at=PLACED_AT, method="Gift card", external_id=f"tr_{new.number}")]
    return new


def reference_in(country: str, lines: int) -> str:
    """A German business has a cost centre of its own, or is an authority with its Leitweg-ID."""
    return ("", "991-03730-19", "Kostenstelle 4711")[lines % 3] if country == "DE" else ""


def tax_of(line: NewLine) -> Decimal:
    return sum((tax.amount for tax in line.taxes), Decimal(0))


def goods(random: Random, rate: str, unit: Decimal, gross: bool, kind: str) -> NewLine:
    quantity = Decimal(random.choice(["1", "2", "3", "7", "12", "0.5", "1.25", "2500", "150000"]))
    price = unit * random.randint(0, 9_999) if random.random() < 0.9 else unit * random.randint(1, 999_999) / 100
    discount = random.choice([Decimal(0), Decimal(0), (quantity * price / 10).quantize(unit, ROUND_HALF_UP)])
    total = (quantity * price).quantize(unit, ROUND_HALF_UP) - discount
    name = random.choice(NAMES)
    sku = random.choice(["", "MUG-30"])
    line = taxed(kind, name, quantity, price, total, {rate: total}, unit, gross)
    line.discount, line.sku, line.variant = discount, sku, random.choice(["", "Blue, 30 cl"])
    return line


def extras(
    random: Random, lines: list[NewLine], rates: tuple[str, ...], unit: Decimal, gross: bool
) -> Iterator[NewLine]:
    """Shipping, costs of paying, fees, and a discount on the whole order, which is on each rate in proportion."""
    for kind in ("shipping", "payment", "fee"):
        if random.random() < 0.4:
            amount = unit * random.choice([0, 495, 1_000, -150 if kind == "payment" else 150])
            name = random.choice(["", "Parcel post"])
            yield taxed(kind, name, Decimal(1), amount, amount, {random.choice(rates): amount}, unit, gross)
    if random.random() < 0.35:
        parts: dict[str, Decimal] = {}
        for line in lines:
            part = (-line.total * random.choice([1, 1, 10]) / 10).quantize(unit, ROUND_HALF_UP)
            rate = str(line.taxes[0].rate)
            parts[rate] = parts.get(rate, Decimal(0)) + part
        whole = sum(parts.values(), Decimal(0))
        yield taxed("discount", random.choice(["", "SUMMER"]), Decimal(1), whole, whole, parts, unit, gross)


def taxed(
    kind: str,
    name: str,
    quantity: Decimal,
    price: Decimal,
    total: Decimal,
    parts: dict[str, Decimal],
    unit: Decimal,
    gross: bool,
) -> NewLine:
    taxes = []
    for rate, part in parts.items():
        divisor = 100 + Decimal(rate) if gross else Decimal(100)
        amount = (part * Decimal(rate) / divisor).quantize(unit, ROUND_HALF_UP)
        taxes.append(NewTax("VAT", amount, Decimal(rate)))
    return NewLine(name, quantity, price, total, kind=kind, taxes=taxes)


def invoices_of(order: Order, random: Random) -> Iterator[Invoice]:
    """All of it at once, or a part first; an order that owes nothing was invoiced when it was placed."""
    yield from order.invoices
    several = [line for line in order.lines if line.quantity > 1]
    if several and random.random() < 0.3 and not issue_invoice.why_not(order):
        yield issue_invoice(order, by=SYSTEM, quantities={several[0].id: Decimal(1)})
        db.session.flush()
    if not issue_invoice.why_not(order):
        yield issue_invoice(order, by=SYSTEM)
        db.session.flush()


def credits_of(invoice: Invoice, random: Random) -> Iterator[Invoice]:
    """By lines, by amount, or all of it."""
    how = random.choice(["", "", "lines", "amount", "all"])
    pieces, amounts = creditable(invoice), creditable_amounts(invoice)
    try:
        if how == "lines" and pieces:
            line_id, most = random.choice(list(pieces.items()))
            yield create_credit_note(invoice, by=SYSTEM, quantities={line_id: min(most, Decimal(1))}, kept=True)
        if how == "amount" and amounts:
            line_id, most = random.choice(list(amounts.items()))
            yield create_credit_note(
                invoice, by=SYSTEM, amounts={line_id: most / 2 if most == int(most / 2) * 2 else most}
            )
        if how:
            yield create_credit_note(invoice, by=SYSTEM, everything=True, kept=True)
    except ActionRefused:
        return  # nothing is left to credit
