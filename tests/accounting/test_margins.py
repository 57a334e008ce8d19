"""The VAT in the margin of second-hand goods: to the cent, never below 0, turned back by credit notes, said nowhere."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from app.accounting.margins import margins_said, sold_so_far, take_margins, why_no_purchase_price
from app.actions.credit_notes import create_credit_note, credit_order
from app.actions.invoices import issue_invoice
from app.actions.reverse_charge import why_not_reverse_charge
from app.documents.invoice_page import invoice_page
from app.errors import ActionRefused
from app.exports.bookkeeping import journal, margins, vat_summary
from app.exports.double_entry import make_entries
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer
from app.models import Invoice, InvoiceMoment, LineKind, MarginScheme, Order, Product, ZeroRate
from app.operations.document_checks import margin_findings
from app.queries import shop
from app.queries.periods import Period
from tests.factories import address, line, placed_order

pytestmark = pytest.mark.usefixtures("database")

YEAR = Period(date(2026, 1, 1), date(2027, 12, 31), "Europe/Amsterdam")
ZERO = Decimal(0)


def product(sku: str, price: str | None, scheme: MarginScheme = MarginScheme.GOODS, rate: str = "21") -> None:
    bought = None if price is None else Decimal(price)
    db.session.add(Product(sku=sku, name=sku, margin_scheme=scheme, purchase_price=bought, vat_rate=Decimal(rate)))
    db.session.flush()


def sold(*lines: object, **stated: object) -> Order:
    """An order of a shop that invoices by hand; prices include VAT."""
    own = shop()
    own.invoice_moment, own.country, own.vat_id = InvoiceMoment.MANUAL, "NL", "NL853746333B01"
    total = sum((one.total for one in lines), ZERO)  # type: ignore[attr-defined]
    tax = sum((one.taxes[0].amount for one in lines), ZERO)  # type: ignore[attr-defined]
    return placed_order(**{"lines": list(lines), "total": total, "tax_total": tax, **stated})


def used(name: str, price: str, quantity: str = "1", **stated: object) -> object:
    return line(name, quantity=quantity, unit_price=price, rate="0", sku=name, **stated)


def vat_in(*documents: Invoice) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for document in documents:
        for one in margins_said(document):
            found[one["name"]] = found.get(one["name"], ZERO) + Decimal(one["vat"])
    return found


def test_margin_goods_beside_goods_under_normal_vat() -> None:
    """A camera at a profit, a lens at a loss, a new bag, shipping at 21 %: books, page, check and credit note."""
    product("Camera", "60")
    product("Lens", "80")
    order = sold(
        used("Camera", "181.00"),
        used("Lens", "50.00"),
        line("Bag", quantity="1", unit_price="24.20"),
        line("Parcel post", quantity="1", unit_price="6.05", kind="shipping"),
    )

    invoice = issue_invoice(order, by=SYSTEM)

    assert vat_in(invoice) == {"Camera": Decimal("21.00"), "Lens": ZERO}  # 121 × 21/121; a loss is 0, not less
    assert invoice.tax_total == Decimal("5.25")  # no VAT of a margin is on the document
    page = invoice_page(invoice, "en")
    assert "Margin scheme – second-hand goods, article 313 of Directive 2006/112/EC. (28b Wet OB 1968)" in page
    assert "60.00" not in page
    assert "bought" not in page
    assert "VAT-exempt" not in page

    by_rate = {(row[2], row[3]): row[4:6] for row in vat_summary(YEAR)}
    assert by_rate == {
        ("", Decimal(21)): (Decimal("25.00"), Decimal("5.25")),
        ("margin_goods", Decimal(0)): (Decimal("110.00"), ZERO),
        ("margin_goods", Decimal(21)): (Decimal("100.00"), Decimal("21.00")),
    }
    assert sum(row[12] for row in journal(YEAR)) == invoice.total
    postings = {one.account.use: one.amount for entry in make_entries(YEAR) for one in entry.postings if one.vat == 0}
    assert postings["receivables"] == invoice.total
    assert postings["revenue_margin"] == Decimal("-110.00")
    of_vat = [one.amount for entry in make_entries(YEAR) for one in entry.postings if one.account.use == "vat_standard"]
    assert sorted(of_vat) == [Decimal("-21.00"), Decimal("-5.25")]
    rows = list(margins(YEAR))
    assert [row[9:] for row in rows] == [
        ("Camera", 1, Decimal(60), Decimal(181), Decimal(121), Decimal(121), Decimal(21), Decimal(21)),
        ("Lens", 1, Decimal(80), Decimal(50), Decimal(-30), ZERO, Decimal(21), ZERO),
    ]
    assert list(margin_findings(order)) == []

    credit_order(order, by=SYSTEM)

    assert vat_in(*order.invoices) == {"Camera": ZERO, "Lens": ZERO}
    assert {row[4:6] for row in vat_summary(YEAR)} == {(ZERO, ZERO)}
    assert {amount for amount in balance().values() if amount} == set()
    assert list(margin_findings(order)) == []


def balance() -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for entry in make_entries(YEAR):
        for one in entry.postings:
            sums[one.account.use] = sums.get(one.account.use, ZERO) + one.amount
    return sums


def test_shipping_and_discounts_are_part_of_the_margin_and_parts_turn_it_back() -> None:
    """Two of three come back, then an amount of the last one, then all: each time the VAT is that of what is left."""
    product("Chair", "40")
    order = sold(
        used("Chair", "100.00", "3"),
        used("Parcel post", "30.00", kind="shipping"),
        used("Off", "-60.00", kind="discount"),
    )
    invoice = issue_invoice(order, by=SYSTEM)
    assert vat_in(invoice) == {"Chair": Decimal("26.03")}  # (300 + 30 - 60 - 120) × 21/121
    chair = next(one for one in order.lines if one.kind == LineKind.PRODUCT)

    create_credit_note(invoice, by=SYSTEM, quantities={chair.id: Decimal(2)})
    assert vat_in(*order.invoices) == {"Chair": Decimal("12.15")}  # (100 - 20 + 30 - 40) × 21/121
    create_credit_note(invoice, by=SYSTEM, amounts={chair.id: Decimal(40)})
    assert sum(vat_in(*order.invoices).values()) == Decimal("5.21")  # 30 × 21/121
    credit_order(order, by=SYSTEM)
    assert vat_in(*order.invoices) == {"Chair": ZERO}
    assert {amount for amount in balance().values() if amount} == set()
    assert list(margin_findings(order)) == []


def test_what_is_not_under_the_scheme_and_what_is_exported() -> None:
    """VAT that was charged stays; a small business has none; what leaves the EU bears none; a supply in it does."""
    product("Print", "10", MarginScheme.ART, "9")
    with_vat = sold(line("Print", quantity="1", unit_price="109.00", rate="9", sku="Print"))
    assert margins_said(issue_invoice(with_vat, by=SYSTEM)) == []
    assert with_vat.lines[0].margin_scheme == MarginScheme.NONE
    in_francs = sold(used("Print", "119.00"), currency="CHF")
    with pytest.raises(ActionRefused, match="not in CHF"):
        issue_invoice(in_francs, by=SYSTEM)
    reversed_before = sold(used("Print", "119.00"))
    reversed_before.before_reversal = {"totals": {}, "lines": {}}
    take_margins(reversed_before, shop())
    assert reversed_before.lines[0].margin_scheme == MarginScheme.NONE
    twice_taxed = sold(used("Print", "119.00"), line("Bag", quantity="1", unit_price="30.00"))
    bag = twice_taxed.lines[1]
    bag.taxes = [*bag.taxes, {**bag.taxes[0], "name": "Eco"}]
    take_margins(twice_taxed, shop())
    assert twice_taxed.lines[0].margin_scheme == MarginScheme.NONE

    abroad = NewCustomer(name="An", company="An BV", vat_id="BE0456810810", email="an@example.org")
    belgium = sold(
        used("Print", "119.00"), customer=abroad, billing=address(country="BE"), shipping=address(country="BE")
    )
    belgium.total += Decimal("0.01")  # as its shop stated it
    belgium.net_total += Decimal("0.01")
    inside = issue_invoice(belgium, by=SYSTEM)
    assert vat_in(inside) == {"Print": Decimal("9.00")}
    assert not inside.snapshot["supply_inside_eu"]
    assert inside.snapshot["einvoice"]["vat"][0] == {"category": "E", "reason": "VATEX-EU-I"}
    assert [row["rate"] for row in inside.snapshot["vat"]] == ["0", None]
    assert {row[0] for row in vat_summary(YEAR) if row[2] == "margin_art"} == {"NL"}  # due where the seller is

    swiss = sold(used("Print", "119.00"), billing=address(country="CH"), shipping=address(country="CH"))
    exported = issue_invoice(swiss, by=SYSTEM)
    assert vat_in(exported) == {"Print": ZERO}
    assert exported.snapshot["einvoice"]["vat"][0]["category"] == "G"
    assert "article 313" not in invoice_page(exported, "en")

    shop().is_small_business = True
    assert margins_said(issue_invoice(sold(used("Print", "119.00")), by=SYSTEM)) == []
    assert list(margin_findings(belgium)) == []


def test_an_invoice_waits_for_the_purchase_price_and_no_later_price_changes_it() -> None:
    product("Vase", None, MarginScheme.ANTIQUES)
    order = sold(used("Vase", "100.00"))
    with pytest.raises(ActionRefused, match="purchase price"):
        issue_invoice(order, by=SYSTEM)
    db.session.rollback()
    shop().invoice_moment = InvoiceMoment.DIRECT
    product("Vase", None, MarginScheme.ANTIQUES)
    waiting = placed_order(lines=[used("Vase", "100.00")], total=Decimal(100), tax_total=ZERO)
    assert waiting.invoice_waits
    assert "page of the product" in why_no_purchase_price(waiting, shop())
    waiting.currency = "SEK"
    assert "not in SEK" in why_no_purchase_price(waiting, shop())
    waiting.currency = "EUR"
    vase = db.session.scalars(select(Product).filter_by(sku="Vase")).one()

    vase.purchase_price = Decimal("39.50")
    invoice = issue_invoice(waiting, by=SYSTEM)
    vase.purchase_price, vase.margin_scheme = Decimal(1), MarginScheme.NONE
    take_margins(waiting, shop())

    assert waiting.lines[0].purchase_price == Decimal("39.50")
    assert vat_in(invoice) == {"Vase": Decimal("10.50")}
    credit_order(waiting, by=SYSTEM)
    assert vat_in(*waiting.invoices) == {"Vase": ZERO}

    shop().zero_rate = ZeroRate.MARGIN_GOODS  # a shop that said so of all it sells: reckoned where the price is known
    by_shop = placed_order(lines=[used("Vase", "122.00")], total=Decimal(122), tax_total=ZERO)
    assert vat_in(by_shop.invoices[0]) == {"Vase": Decimal("21.00")}


def test_goods_under_two_schemes_and_cents_that_sharing_leaves() -> None:
    """Each scheme has its own row and VAT; taken back article by article, each comes to 0, also where shares don't."""
    product("Radio", "10")
    product("Etching", "20", MarginScheme.ART, "9")
    order = sold(
        used("Radio", "33.33"),
        used("Etching", "33.33"),
        used("Parcel post", "0.05", kind="shipping"),
        used("Off", "-10.01", kind="discount"),
    )
    invoice = issue_invoice(order, by=SYSTEM)
    rows = {(row[2], row[3]): row[5] for row in vat_summary(YEAR) if row[3]}
    assert rows == {
        ("margin_goods", Decimal(21)): vat_in(invoice)["Radio"],
        ("margin_art", Decimal(9)): vat_in(invoice)["Etching"],
    }
    assert list(margin_findings(order)) == []

    credit_order(order, by=SYSTEM)
    assert left_of(order) == {(ZERO,) * 4}

    product("Lamp", "20")
    shared = sold(
        used("Radio", "19.09", "3"),
        used("Lamp", "31.98", "2"),
        used("Parcel post", "7.99", kind="shipping"),
        used("Off", "-1.77", kind="discount"),
    )
    invoice = issue_invoice(shared, by=SYSTEM)
    radio, lamp = shared.lines[:2]
    had = sold_so_far([invoice])[radio.id]
    create_credit_note(invoice, by=SYSTEM, quantities={lamp.id: Decimal(1)})
    assert sold_so_far(shared.invoices)[radio.id] == had  # the discount of a lamp is none of the radio's
    credit_order(shared, by=SYSTEM)

    assert left_of(shared) == {(ZERO,) * 4}  # a cent of shipping is shared otherwise by then
    assert [one for each in (order, shared) for one in margin_findings(each)] == []


def left_of(order: Order) -> set[tuple[Decimal, ...]]:
    return {(one.sold, one.bought, one.taxed, one.vat) for one in sold_so_far(order.invoices).values()}


def test_vat_in_a_margin_is_never_reversed() -> None:
    product("Harp", "100")
    business = NewCustomer(name="An", company="An BV", vat_id="BE0456810810", email="an@example.org")
    there = {"customer": business, "billing": address(country="BE"), "shipping": address(country="BE")}
    order = sold(used("Harp", "300.00"), line("Case", quantity="1", unit_price="24.20"), **there)
    assert "“Harp” is sold under the margin scheme" in why_not_reverse_charge(order)
    assert why_not_reverse_charge(sold(line("Case", quantity="1", unit_price="24.20"), **there)) == ""


def test_what_a_quote_took_is_mended_until_there_is_an_invoice() -> None:
    product("Desk", "10")
    order = sold(used("Desk", "131.00"))
    take_margins(order, shop())
    desk = db.session.scalars(select(Product).filter_by(sku="Desk")).one()
    desk.purchase_price = Decimal(110)
    assert vat_in(issue_invoice(order, by=SYSTEM)) == {"Desk": Decimal("3.64")}
    assert order.lines[0].purchase_price == 110


def test_check_sees_a_damaged_margin() -> None:
    product("Clock", "20")
    order = sold(used("Clock", "141.00"))
    invoice = issue_invoice(order, by=SYSTEM)
    right = json.dumps(invoice.snapshot)
    for was, other in (
        ('"bought": "20"', '"bought": "2"'),
        ('"rate": "21", "vat": "21"', '"rate": "21", "vat": "1"'),
        ('"sold": "141"', '"sold": "1"'),
        ('"margins":', '"gone":'),
    ):
        assert was in right
        set_committed_value(invoice, "snapshot", json.loads(right.replace(was, other)))
        assert list(margin_findings(order)), was
    set_committed_value(invoice, "snapshot", json.loads(right))
    assert list(margin_findings(order)) == []
