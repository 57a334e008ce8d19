"""What the sample orders of all platforms say, in our words."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from app.intake_readers.new_order import (
    NewAddress,
    NewCustomer,
    NewLine,
    NewNote,
    NewOrder,
    NewPayment,
    NewRefund,
    NewShipment,
    NewTax,
)
from tests.intake_readers.more_samples import CUPS, LANTERNS, PAPER, TEAPOTS, WINE

SAMPLES = Path(__file__).parent / "samples"


def sample(source: str) -> str:
    return (SAMPLES / f"{source}.json").read_text("utf-8")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def low(amount: str) -> NewTax:
    return NewTax("BTW laag", Decimal(amount), rate=Decimal(9))


def high(amount: str) -> NewTax:
    return NewTax("BTW hoog", Decimal(amount), rate=Decimal(21))


def gst_and_pst(gst: str, pst: str) -> list[NewTax]:
    return [NewTax("GST", Decimal(gst), rate=Decimal(5)), NewTax("PST", Decimal(pst), rate=Decimal(7))]


def vat(amount: str) -> list[NewTax]:
    return [NewTax("VAT", Decimal(amount), rate=Decimal(21))]


TEA = NewOrder(
    source="woocommerce",
    external_id="40217",
    number="T-40217",
    placed_at=at(2025, 2, 3, 9, 15),
    updated_at=at(2025, 2, 5, 16, 0, 30),
    currency="EUR",
    total=Decimal("59.2"),
    tax_total=Decimal("9.15"),
    prices_include_tax=True,
    lines=[
        NewLine(
            "Earl Grey & bergamot",
            quantity=Decimal("1.5"),
            unit_price=Decimal(12),
            total=Decimal("16.2"),
            discount=Decimal("1.8"),
            taxes=[low("1.3374")],
            sku="TEA-EG",
            variant="Grind: loose",
            external_id="71",
        ),
        NewLine(
            "Чайник 茶壺",
            quantity=Decimal(1),
            unit_price=Decimal(40),
            total=Decimal(40),
            taxes=[high("6.9426")],
            external_id="72",
        ),
        NewLine(
            "Pakketpost",
            Decimal(1),
            unit_price=Decimal(5),
            total=Decimal(5),
            kind="shipping",
            taxes=[high("0.8673")],
            external_id="90",
        ),
        NewLine(
            "Trouwe klant",
            Decimal(1),
            unit_price=Decimal(-2),
            total=Decimal(-2),
            kind="discount",
            external_id="91",
        ),
    ],
    language="nl",
    customer=NewCustomer(
        external_id="318",
        name="Θεοδώρα Παππά",
        company="Παππά & Co",
        vat_id="NL000099998B57",
        email="theodora@example.org",
        phone="+31 118 555 010",
        language="nl",
    ),
    billing=NewAddress(
        name="Θεοδώρα Παππά",
        company="Παππά & Co",
        street="Haven 12",
        street2="2e etage",
        postcode="4381 CJ",
        city="Vlissingen",
        region="ZE",
        country="NL",
        phone="+31 118 555 010",
        email="theodora@example.org",
    ),
    shipping=NewAddress(name="Theodora Pappa", street="Kaai 3", postcode="9000", city="Gent", country="BE"),
    payment_method="iDEAL",
    payment_method_code="mollie_wc_gateway_ideal",
    shipping_method="Pakketpost",
    shipping_method_code="flat_rate:3",
    customer_note="Bel aan bij de buren ☕",
    discount_codes=["thee10"],
    payments=[NewPayment(Decimal("59.2"), at(2025, 2, 3, 9, 16, 12), method="iDEAL", reference="tr_example_7")],
    refunds=[NewRefund(Decimal(5), reason="Deksel stuk", external_id="40230")],
    shipments=[
        NewShipment({}, sent_at=at(2025, 2, 5), tracking_code="3SEXAMPLE01", carrier="postnl", external_id="a1b2")
    ],
    channel="thee.example",
    is_completed=True,
)

BIKES = NewOrder(
    source="shopify",
    external_id="9007199254740993123",
    number="#V2041",
    placed_at=at(2025, 3, 9, 15, 30),
    updated_at=at(2025, 3, 12, 17),
    currency="CAD",
    total=Decimal("175.29"),
    tax_total=Decimal("18.79"),
    prices_include_tax=False,
    lines=[
        NewLine(
            "Pannier",
            quantity=Decimal(2),
            unit_price=Decimal(80),
            total=Decimal(144),
            discount=Decimal(16),
            taxes=gst_and_pst("7.2", "10.08"),
            sku="PAN-R",
            variant="Red, Initials: NŁ",
            external_id="11",
        ),
        NewLine(
            "鈴 bell",
            Decimal(1),
            unit_price=Decimal("12.5"),
            total=Decimal("12.5"),
            taxes=gst_and_pst("0.63", "0.88"),
            external_id="12",
        ),
        NewLine(
            "Ground",
            Decimal(1),
            unit_price=Decimal(9),
            total=Decimal(0),
            kind="shipping",
            discount=Decimal(9),
            external_id="21",
        ),
    ],
    language="fr",
    customer=NewCustomer(
        external_id="7012", name="Noor Łęcka", email="noor@example.org", phone="+1 604 555 0101", language="fr"
    ),
    billing=NewAddress(
        name="Noor Łęcka",
        street="12 Harbour Lane",
        street2="Unit 4",
        postcode="V5K 0A1",
        city="Vancouver",
        region="British Columbia",
        country="CA",
    ),
    payment_method="gift_card, cards",
    payment_method_code="gift_card",
    shipping_method="Ground",
    shipping_method_code="GROUND",
    customer_note="Sonnez deux fois\ngift wrap: yes",
    discount_codes=["VELO10"],
    payments=[
        NewPayment(Decimal("25.29"), at(2025, 3, 9, 15, 30, 1), method="Gift card", external_id="50"),
        NewPayment(Decimal(150), at(2025, 3, 9, 15, 30, 2), method="cards", reference="auth-9", external_id="51"),
    ],
    refunds=[NewRefund(Decimal("14.01"), at(2025, 3, 12, 17), reason="Bell arrived bent", external_id="41")],
    shipments=[
        NewShipment(
            {"11": Decimal(1)},
            sent_at=at(2025, 3, 10, 19),
            tracking_code="CP1, CP2",
            tracking_url="https://track.example/CP1",
            carrier="Canada Post",
            external_id="31",
        ),
        NewShipment({"12": Decimal(1)}, external_id="32"),
        NewShipment({}, external_id="33", is_called_off=True),
    ],
    notes=[NewNote("Fulfilment cancelled: CP0", written_at=at(2025, 3, 9, 20), author="Shopify")],
    channel="velo.example",
)

LAMPS = NewOrder(
    source="lightspeed",
    external_id="88001",
    number="L00071",
    placed_at=at(2025, 5, 6, 18),
    updated_at=at(2025, 5, 9, 9),
    currency="EUR",
    total=Decimal("90.41"),
    tax_total=Decimal("15.690992"),
    prices_include_tax=True,
    lines=[
        NewLine(
            "Desk lamp",
            quantity=Decimal(2),
            unit_price=Decimal("49.95"),
            total=Decimal("89.91"),
            discount=Decimal("9.99"),
            taxes=vat("15.604215"),
            sku="LAMP-B",
            variant="Brass",
            external_id="65",
        ),
        NewLine("Collect at the shop", Decimal(1), unit_price=Decimal(0), total=Decimal(0), kind="shipping"),
        NewLine(
            "Cash", Decimal(1), unit_price=Decimal("0.5"), total=Decimal("0.5"), kind="payment", taxes=vat("0.086777")
        ),
    ],
    language="nl",
    customer=NewCustomer(
        external_id="9301",
        name="Anke van der Meer",
        company="Meerlicht",
        vat_id="NL000099998B57",
        email="anke@example.org",
        phone="+31 6 5550 0102",
        language="nl",
    ),
    billing=NewAddress(
        name="Anke van der Meer",
        company="Meerlicht",
        street="Lange Nieuwstraat 5 bis",
        house_number="5",
        house_extension="bis",
        postcode="3512 PA",
        city="Utrecht",
        country="NL",
        phone="+31 6 5550 0102",
        email="anke@example.org",
    ),
    payment_method="Cash",
    payment_method_code="cash",
    shipping_method="Collect at the shop",
    shipping_method_code="core|1|2",
    pick_up=True,
    customer_note="Ik kom vrijdag",
    discount_codes=["LAMP"],
    payments=[NewPayment(Decimal("90.41"), at(2025, 5, 9, 8, 58), method="Cash")],
    refunds=[NewRefund(Decimal(20), at(2025, 5, 10, 7), reason="INV2", external_id="62")],
    notes=[
        NewNote("Doos is licht beschadigd", written_at=at(2025, 5, 9, 9)),
        NewNote("In cash", written_at=at(2025, 5, 9, 8, 58), author="manual"),
    ],
    picked_up_at=at(2025, 5, 9, 8, 59),
    channel="main",
    is_completed=True,
    is_invoiced=True,
    invoice_numbers=["INV1"],
)

READ = {
    "woocommerce": TEA,
    "shopify": BIKES,
    "lightspeed": LAMPS,
    "ecwid": WINE,
    "bigcommerce": LANTERNS,
    "magento": PAPER,
    "prestashop": TEAPOTS,
    "shopware": CUPS,
}
