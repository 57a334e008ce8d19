"""What an invoice says is fixed at issue, and adds up to the smallest unit of its currency."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.amounts.money import closed
from app.documents.invoice_page import invoice_page
from app.extensions import db
from app.intake_readers.new_order import NewCustomer, NewTax
from app.models import Invoice, Order
from tests.documents.printed_text import SHOP, day_in_delft, shop_in_delft
from tests.factories import address, line, paid_order, placed_order

pytestmark = pytest.mark.usefixtures("database")


def issued(order: Order) -> Invoice:
    (invoice,) = order.invoices
    return invoice


def sums(snapshot: dict) -> dict[str, Decimal]:
    """What lines and VAT rows add up to."""
    vat = snapshot["vat"]
    return {
        "lines": sum(Decimal(row["amount"]) for row in snapshot["lines"]),
        "bases": sum(Decimal(row["base"]) for row in vat),
        "taxes": sum(Decimal(row["tax"]) for row in vat),
    }


def test_a_snapshot_says_everything() -> None:
    shop_in_delft()
    invoice = issued(placed_order())
    order = invoice.order

    def line_said(kind: str, name: str, sku: str, quantity: str, price: str, amount: str, base: str, tax: str) -> dict:
        taxes = [{"name": "", "rate": "21", "base": base, "tax": tax}]
        return {
            "kind": kind, "name": name, "variant": "", "sku": sku, "quantity": quantity,
            "unit_price": price, "discount": "0", "taxes": taxes, "amount": amount,
        }  # fmt: skip

    buyer = {
        "name": "Femke Jansen", "company": "", "street": "Markt 87", "street2": "", "postcode": "2611 GS",
        "city": "Delft", "region": "", "country": "NL", "vat_id": "", "email": "femke@example.org",
    }  # fmt: skip
    assert invoice.snapshot == {
        "kind": "invoice",
        "number": "INV00001",
        "payment_reference": "ORD10001",
        "structured_reference": "RF25INV00001",
        "currency": "EUR",
        "issued_on": day_in_delft(invoice.issued_at).isoformat(),
        "due_on": invoice.due_on.isoformat(),
        "delivered_on": "",
        "credits": None,
        "time_zone": "Europe/Amsterdam",
        "shop_language": "en",
        "seller": SHOP,
        "buyer": buyer,
        "contact": ["femke@example.org", "+31 15 555 0101"],
        "ship_to": None,
        "order": {"number": "ORD10001", "external_number": order.external_number, "placed_on": "2026-03-14"},
        "buyer_reference": "",
        "purchase_order": "",
        "payment_method": "Bank transfer",
        "own_words": {
            "nl": {
                "delivery_time": {
                    "1-2 working days": "1-2 werkdagen",
                    "3-5 working days": "3-5 werkdagen",
                    "1-2 weeks": "1-2 weken",
                }
            }
        },
        "paid_before": "0",
        "to_pay_back": "0",
        "prices_include_tax": True,
        "lines": [
            line_said("product", "Stoneware mug", "MUG-30", "3", "12.5", "37.50", "30.99", "6.51"),
            line_said("product", "Teapot", "POT-1", "1", "24.2", "24.20", "20.00", "4.20"),
            line_said("shipping", "Parcel post", "", "1", "6.05", "6.05", "5.00", "1.05"),
        ],
        "vat": [{"name": "", "rate": "21", "base": "55.99", "tax": "11.76"}],
        "supply_inside_eu": False,
        "export": False,
        "small_business": False,
        "net": "55.99",
        "tax": "11.76",
        "total": "67.75",
        "einvoice": {
            "nets": ["30.99", "20.00", "5.00"],
            "units": ["C62", "C62", "C62"],
            "vat": [{"category": "S", "reason": ""}],
            "seller_id": {"scheme": "0106", "id": "12345678"},
            "seller_address": {"scheme": "0106", "id": "12345678"},
            "buyer_address": None,
            "deliver_to": "NL",
        },
        "zero_rate": "",
    }
    assert json.loads(json.dumps(invoice.snapshot)) == invoice.snapshot


def test_vat_is_summed_per_rate() -> None:
    lines = [line("Mug", quantity="1", unit_price="12.10"), line("Book", quantity="2", unit_price="10.90", rate="9")]
    snapshot = issued(placed_order(lines=lines, total=Decimal("33.90"))).snapshot

    assert snapshot["vat"] == [
        {"name": "", "rate": "21", "base": "10.00", "tax": "2.10"},
        {"name": "", "rate": "9", "base": "20.00", "tax": "1.80"},
    ]


def test_a_difference_that_the_shop_stated_is_a_line_without_vat() -> None:
    snapshot = issued(placed_order(total=Decimal("67.78"))).snapshot

    assert snapshot["lines"][-1] == {
        "kind": "difference", "name": "", "variant": "", "sku": "", "quantity": "1",
        "unit_price": "0.03", "discount": "0", "taxes": [], "amount": "0.03",
    }  # fmt: skip
    assert snapshot["vat"][-1] == {"name": "", "rate": None, "base": "0.03", "tax": "0.00"}
    assert sums(snapshot) == {"lines": Decimal("67.78"), "bases": Decimal("56.02"), "taxes": Decimal("11.76")}


def test_parts_of_cents_close_to_the_totals() -> None:
    """Some shops state six decimals per line."""
    lines = [line(f"Cup {n}", quantity="1", unit_price="6.6667") for n in range(3)]
    for one in lines:
        one.taxes = [NewTax("VAT", Decimal("1.157031"), Decimal("21"))]
    snapshot = issued(placed_order(lines=lines, total=Decimal("20.00"))).snapshot

    assert (snapshot["net"], snapshot["tax"], snapshot["total"]) == ("16.53", "3.47", "20.00")
    assert sums(snapshot) == {"lines": Decimal("20.00"), "bases": Decimal("16.53"), "taxes": Decimal("3.47")}


def test_a_difference_of_less_than_a_cent_is_not_said() -> None:
    mug = line("Mug", quantity="1", unit_price="10.0025", rate="0")
    snapshot = issued(placed_order(lines=[mug], total=Decimal("10.00"))).snapshot

    assert [said["amount"] for said in snapshot["lines"]] == ["10.00"]
    assert snapshot["vat"] == [{"name": "", "rate": "0", "base": "10.00", "tax": "0.00"}]


def test_two_taxes_on_a_line_are_two_rows_with_their_names() -> None:
    mug = line("Mug", quantity="1", unit_price="100")
    mug.taxes = [NewTax("GST", Decimal("5.00"), Decimal("5")), NewTax("PST", Decimal("7.00"), Decimal("7"))]
    snapshot = issued(
        placed_order(lines=[mug], total=Decimal("112"), prices_include_tax=False, currency="CAD")
    ).snapshot

    assert snapshot["vat"] == [
        {"name": "PST", "rate": "7", "base": "100.00", "tax": "7.00"},
        {"name": "GST", "rate": "5", "base": "100.00", "tax": "5.00"},
    ]


@pytest.mark.parametrize(("currency", "total"), [("JPY", "68"), ("KWD", "67.750")])
def test_amounts_have_the_decimals_of_their_currency(currency: str, total: str) -> None:
    snapshot = issued(placed_order(currency=currency)).snapshot

    assert snapshot["total"] == total
    assert sums(snapshot)["lines"] == Decimal(total)


def test_what_was_paid_before_the_invoice_is_kept() -> None:
    assert issued(paid_order()).snapshot["paid_before"] == "67.75"


def test_prices_without_vat_stay_without() -> None:
    pot = line("Pot", quantity="2", unit_price="10")
    pot.taxes = [NewTax("VAT", Decimal("4.20"), Decimal("21"))]
    snapshot = issued(placed_order(lines=[pot], total=Decimal("24.20"), prices_include_tax=False)).snapshot

    assert snapshot["lines"][0]["amount"] == "20.00"
    assert sums(snapshot) == {"lines": Decimal("20.00"), "bases": Decimal("20.00"), "taxes": Decimal("4.20")}


def business(vat_id: str, country: str, rate: str = "0", postcode: str = "10115") -> Invoice:
    shop_in_delft()
    mug = line("Mug", quantity="1", unit_price="100", rate=rate)
    to = address(country=country, postcode=postcode, company="Töpfe GmbH")
    customer = NewCustomer(name="Jan", vat_id=vat_id, email="jan@example.org")
    return issued(placed_order(lines=[mug], total=Decimal("100"), customer=customer, billing=to, shipping=to))


def test_a_supply_without_vat_to_a_business_abroad_is_said_to_be_one() -> None:
    assert business("DE123456789", "DE").snapshot["supply_inside_eu"] is True


@pytest.mark.parametrize(
    ("vat_id", "country", "rate"),
    [
        ("", "DE", "0"),  # a consumer
        ("NL999999999B01", "NL", "0"),  # at home
        ("DE123456789", "NL", "0"),  # the goods stay at home
        ("GB123456789", "GB", "0"),  # outside the EU
        ("DE123456789", "DE", "21"),  # with VAT
    ],
)
def test_nothing_is_said_of_a_supply_that_is_not_surely_one(vat_id: str, country: str, rate: str) -> None:
    assert business(vat_id, country, rate).snapshot["supply_inside_eu"] is False


@pytest.mark.parametrize(
    ("vat_id", "country", "postcode", "rate", "inside_eu", "export"),
    [
        ("", "CH", "8001", "0", False, True),  # case 49 a: a consumer in Switzerland
        ("DE811907980", "GB", "EC1A 1BB", "0", False, True),  # b: billed to Germany, sent to London
        ("XI123456789", "GB", "BT1 5GS", "0", True, False),  # c: Northern Ireland is under the EU's rules for goods
        ("XI123456789", "XI", "", "0", True, False),
        ("", "GB", "bt15gs", "0", False, False),  # a consumer there: as in a member state
        ("GB123456789", "GB", "BT1 5GS", "0", False, False),
        ("", "ES", "35001", "0", False, True),  # the Canaries
        ("ESB12345678", "ES", "28001", "0", True, False),
        ("ESB12345678", "ES", "38001", "0", False, True),
        ("FR12345678901", "MC", "98000", "0", True, False),  # Monaco
        ("", "FR", "97110", "0", False, True),  # Guadeloupe
        ("", "US", "10001", "0", False, True),
        ("", "CH", "8001", "21", False, False),  # with VAT
        ("", "NL", "2611 GS", "0", False, False),
        ("", "", "", "0", False, False),  # nobody knows where it goes
    ],
)
def test_an_invoice_without_vat_says_why_where_that_is_sure(
    vat_id: str, country: str, postcode: str, rate: str, inside_eu: bool, export: bool
) -> None:
    says = business(vat_id, country, rate, postcode).snapshot

    assert (says["supply_inside_eu"], says["export"]) == (inside_eu, export)


def test_a_shop_without_vat_id_says_nothing_of_exports() -> None:
    shop_in_delft().vat_id = ""
    mug = line("Mug", quantity="1", unit_price="100", rate="0")
    there = address(country="CH")

    assert (
        issued(placed_order(lines=[mug], total=Decimal(100), billing=there, shipping=there)).snapshot["export"] is False
    )


AMOUNTS = st.lists(st.decimals(-1000, 1000, places=6), min_size=1, max_size=30)


@given(AMOUNTS)
def test_closed_amounts_add_up_and_move_by_less_than_a_unit(amounts: list[Decimal]) -> None:
    total = round(sum(amounts), 2)

    parts = closed(amounts, total, "EUR")

    assert sum(parts) == total
    assert all(abs(part - amount) < Decimal("0.02") for part, amount in zip(parts, amounts, strict=True))


@pytest.mark.parametrize(
    ("hide_email", "hide_phone", "said"),
    [
        (False, False, ["femke@example.org", "+31 15 555 0101"]),
        (True, False, ["+31 15 555 0101"]),
        (False, True, ["femke@example.org"]),
        (True, True, []),
    ],
)
def test_an_invoice_says_how_to_reach_the_buyer_as_the_shop_wanted_then(hide_email, hide_phone, said) -> None:
    shop = shop_in_delft()
    shop.hide_email_on_invoices, shop.hide_phone_on_invoices = hide_email, hide_phone
    invoice = issued(placed_order())
    shop.hide_email_on_invoices = shop.hide_phone_on_invoices = not hide_email

    assert invoice.snapshot["contact"] == said
    page = invoice_page(invoice, "en")
    assert [one for one in ("femke@example.org", "+31 15 555 0101") if one in page] == said


def test_an_invoice_from_before_that_setting_stays_without_them() -> None:
    invoice = issued(placed_order())
    invoice.snapshot = {name: said for name, said in invoice.snapshot.items() if name != "contact"}

    assert "femke@example.org" not in invoice_page(invoice, "en")
    db.session.expunge(invoice)
