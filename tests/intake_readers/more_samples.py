"""What the sample orders of Ecwid, BigCommerce, Magento, PrestaShop and Shopware say, in our words."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

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


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def tax(name: str, amount: str, rate: str | None) -> NewTax:
    return NewTax(name, Decimal(amount), rate=rate and Decimal(rate))


def cost(name: str, amount: str, *taxes: NewTax, kind: str = "shipping") -> NewLine:
    return NewLine(name, Decimal(1), Decimal(amount), Decimal(amount), kind=kind, taxes=list(taxes))


WINE = NewOrder(
    source="ecwid",
    external_id="WIJN-7QX2",
    number="WIJN-7QX2",
    placed_at=at(2025, 6, 1, 9, 30),
    updated_at=at(2025, 6, 3, 14, 0, 5),
    currency="EUR",
    total=Decimal("53.63"),
    tax_total=Decimal("8.96"),
    prices_include_tax=True,
    lines=[
        NewLine(
            "Rode wijn 75 cl",
            quantity=Decimal(3),
            unit_price=Decimal("13.5"),
            total=Decimal("35.17"),
            discount=Decimal("5.33"),
            taxes=[tax("BTW 21%", "6.1", "21")],
            sku="WIJN-R",
            variant="Jaar: 2021, Op het kaartje: Gefeliciteerd, Şükrü!",
            external_id="901",
        ),
        NewLine(
            "Kurkentrekker",
            quantity=Decimal(1),
            unit_price=Decimal("13.9"),
            total=Decimal("12.51"),
            discount=Decimal("1.39"),
            taxes=[tax("Tax", "2.17", None)],
            external_id="902",
        ),
        cost("Pakket", "5.95", tax("BTW 21%", "1.03", "21")),
        cost("Breekbaar", "1.5", tax("BTW 21%", "0.26", "21"), kind="fee"),
        cost("Kistje", "1", kind="fee"),
        cost("PROEF10", "-2.5", kind="discount"),
    ],
    language="nl",
    customer=NewCustomer(
        external_id="55501",
        name="Noor Özdemir",
        company="Proeflokaal Özdemir",
        vat_id="NL000099998B57",
        email="noor@example.org",
        phone="+31 15 555 0109",
        language="nl",
    ),
    billing=NewAddress(
        name="Noor Özdemir",
        company="Proeflokaal Özdemir",
        street="Oude Delft 9",
        street2="2e etage",
        postcode="2611 BA",
        city="Delft",
        region="Zuid-Holland",
        country="NL",
        phone="+31 15 555 0109",
    ),
    shipping=NewAddress(name="Timo Özdemir", street="Voldersgracht 2", postcode="2611 ET", city="Delft", country="NL"),
    payment_method="iDEAL",
    payment_method_code="MOLLIE",
    shipping_method="Pakket",
    shipping_method_code="6589-1709547151",
    customer_note="Niet schudden\nIk ben 18 of ouder: ja",
    discount_codes=["PROEF10"],
    payments=[
        NewPayment(Decimal(10), at(2025, 6, 1, 9, 30), method="Gift card", external_id="gift-card"),
        NewPayment(Decimal("43.63"), at(2025, 6, 1, 9, 30), "iDEAL", "tr_Wijn7", external_id="payment"),
    ],
    refunds=[NewRefund(Decimal("12.15"), at(2025, 6, 3, 12), reason="Fles gebroken")],
    shipments=[NewShipment({}, at(2025, 6, 3, 14, 0, 5), "3SWIJN0007", carrier="PostNL", external_id="parcel")],
    notes=[NewNote("Kurk van fles 2 nagekeken", written_at=at(2025, 6, 3, 14, 0, 5))],
)

LANTERNS = NewOrder(
    source="bigcommerce",
    external_id="2087",
    number="2087",
    placed_at=at(2025, 7, 5, 21, 10, 9),
    updated_at=at(2025, 7, 8, 13),
    currency="USD",
    total=Decimal("102.43"),
    tax_total=Decimal("7.68"),
    prices_include_tax=False,
    lines=[
        NewLine(
            "Brass lantern",
            quantity=Decimal(2),
            unit_price=Decimal(40),
            total=Decimal(75),
            discount=Decimal(5),
            taxes=[tax("State", "4.13", "5.5"), tax("County", "2.06", "2.75")],
            sku="LANT-B",
            variant="Wick: Cotton, Engraving: A.Q.",
            external_id="301",
        ),
        NewLine(
            "Lamp oil, 1.5 l",
            quantity=Decimal(1),
            unit_price=Decimal("13.5"),
            total=Decimal("13.5"),
            taxes=[tax("Tax", "0.83", None)],  # the listed 0.74 isn't all of it
            external_id="302",
        ),
        cost("Shipping", "8", tax("State", "0.66", "8.25")),
        cost("Handling", "2", kind="fee"),
        cost("LIGHT5", "-3.75", kind="discount"),
    ],
    language="en",
    customer=NewCustomer(
        external_id="44",
        name="Ada Quill",
        company="Quill & Co",
        email="ada@example.com",
        phone="207-555-0120",
        language="en",
    ),
    billing=NewAddress(
        name="Ada Quill",
        company="Quill & Co",
        street="12 Harbor Rd",
        street2="Unit 3",
        postcode="04530",
        city="Bath",
        region="Maine",
        country="US",
        phone="207-555-0120",
        email="ada@example.com",
    ),
    shipping=NewAddress(
        name="Ben Quill", street="4 Ferry Ln", postcode="04530", city="Bath", region="Maine", country="US"
    ),
    payment_method="Test Payment Gateway",
    payment_method_code="Test Payment Gateway",
    shipping_method="UPS (Ground)",
    customer_note="Ring twice",
    discount_codes=["LIGHT5"],
    payments=[
        NewPayment(Decimal(12), at(2025, 7, 5, 21, 10, 9), "Store credit", external_id="store_credit_amount"),
        NewPayment(
            Decimal("90.43"), at(2025, 7, 5, 21, 10, 9), "Test Payment Gateway", "pay_2087", external_id="payment"
        ),
    ],
    refunds=[NewRefund(Decimal("10.5"))],
    shipments=[
        NewShipment(
            {"301": Decimal(2), "302": Decimal(1)},
            at(2025, 7, 7, 10),
            "1Z0000000000002087",
            "https://ups.example/1Z0000000000002087",
            "ups",
            external_id="61",
        )
    ],
    notes=[NewNote("Left at the porch", written_at=at(2025, 7, 8, 13))],
    channel="www",
)

PAPER = NewOrder(
    source="magento",
    external_id="7301",
    number="2000004471",
    placed_at=at(2025, 8, 11, 18, 2, 30),
    updated_at=at(2025, 8, 13, 8),
    currency="EUR",
    total=Decimal("48.7"),
    tax_total=Decimal("7.78"),
    prices_include_tax=True,
    lines=[
        NewLine(
            "Skizzenbuch",
            quantity=Decimal(2),
            unit_price=Decimal("11.9"),
            total=Decimal("19.04"),
            discount=Decimal("4.76"),
            taxes=[tax("MwSt", "3.04", "19")],
            sku="BUCH-A5-BLAU",
            variant="Skizzenbuch A5 blau",
            external_id="501",
        ),
        NewLine(
            "Tusche «Łódź» 0.5 l",
            quantity=Decimal(1),
            unit_price=Decimal("23.8"),
            total=Decimal("23.8"),
            taxes=[tax("MwSt", "3.8", "19")],
            sku="TUSCHE",
            external_id="503",
        ),
        cost("DHL - Paket", "5.86", tax("MwSt", "0.94", "19")),
    ],
    customer=NewCustomer(
        external_id="612",
        name="Klaus Weiß",
        company="Weiß Grafik",
        vat_id="DE000000012",
        email="klaus@example.org",
        phone="+49 40 555 0130",
    ),
    billing=NewAddress(
        name="Klaus Weiß",
        company="Weiß Grafik",
        street="Hafenstraße 4",
        street2="Hinterhaus",
        postcode="20457",
        city="Hamburg",
        region="Hamburg",
        country="DE",
        phone="+49 40 555 0130",
        email="klaus@example.org",
    ),
    shipping=NewAddress(name="Mia Weiß", street="Am Kai 1", postcode="20457", city="Hamburg", country="DE"),
    payment_method="PayPal",
    payment_method_code="paypal_express",
    shipping_method="DHL - Paket",
    shipping_method_code="dhl_paket",
    customer_note="Bitte klingeln",
    discount_codes=["SOMMER"],
    payments=[
        NewPayment(Decimal("43.7"), at(2025, 8, 11, 18, 3), "PayPal", "PP-7301"),
        NewPayment(Decimal(5), at(2025, 8, 11, 18, 2, 30), "Gift card", external_id="gift-card"),
    ],
    refunds=[NewRefund(Decimal("11.9"), refunded_at=at(2025, 8, 13, 8))],
    shipments=[NewShipment({}, at(2025, 8, 13, 8), external_id="complete")],
    notes=[
        NewNote("Paket kommt morgen", written_at=at(2025, 8, 12, 9), to_customer=True),
        NewNote("Eckschaden", written_at=at(2025, 8, 13, 8)),
    ],
    channel="Papier, Papierwinkel, Duits",
    is_completed=True,
)

TEAPOTS = NewOrder(
    source="prestashop",
    external_id="812",
    number="ŒUFDURXYZ",
    placed_at=at(2025, 9, 1, 21, 5),
    updated_at=at(2025, 9, 3, 9),
    currency="EUR",
    total=Decimal("64.33"),
    tax_total=Decimal("10.21"),
    prices_include_tax=True,
    lines=[
        NewLine(
            "Théière en fonte - Couleur : noir",
            quantity=Decimal(2),
            unit_price=Decimal(25),
            total=Decimal(50),
            taxes=[tax("VAT", "8.33", "20")],
            sku="TH-N",
            external_id="1201",
        ),
        NewLine(
            "Thé « Œillet » 50 g",
            quantity=Decimal(3),
            unit_price=Decimal(3),
            total=Decimal(9),
            taxes=[tax("VAT", "0.47", "5.5")],
            external_id="1202",
        ),
        cost("Shipping", "7.78", tax("VAT", "1.3", "20")),
        NewLine(
            "Gift wrapping",
            quantity=Decimal(1),
            unit_price=Decimal("3.55"),
            total=Decimal("3.55"),
            kind="fee",
            taxes=[tax("VAT", "0.59", "20")],
        ),
        NewLine(
            "Discount",
            quantity=Decimal(1),
            unit_price=Decimal(-6),
            total=Decimal(-6),
            kind="discount",
            taxes=[
                NewTax("VAT", Decimal("-0.84"), rate=Decimal(20), base=Decimal("-4.24")),
                NewTax("VAT", Decimal("-0.05"), rate=Decimal("5.5"), base=Decimal("-0.87")),
            ],
        ),
    ],
    language="fr",
    customer=NewCustomer(
        external_id="77",
        name="Zoë Lefèvre",
        company="Lefèvre SARL",
        vat_id="FR00000000012",
        email="zoe@example.org",
        phone="+33 6 55 50 10 00",
        language="fr",
    ),
    billing=NewAddress(
        name="Zoë Lefèvre",
        company="Lefèvre SARL",
        street="3 rue du Port",
        street2="Bât. B",
        postcode="29200",
        city="Brest",
        country="FR",
        phone="+33 6 55 50 10 00",
    ),
    shipping=NewAddress(
        name="Luc Maes", street="Kaai 7", postcode="9000", city="Gent", country="BE", phone="+32 9 555 01 00"
    ),
    payment_method="Virement",
    payment_method_code="ps_wirepayment",
    shipping_method="Colissimo",
    customer_note="Joyeux anniversaire, Zoë !",
    payments=[NewPayment(Decimal("64.33"), at(2025, 9, 2, 10, 14, 30), "Virement", "V-812", external_id="60")],
    refunds=[NewRefund(Decimal(3), refunded_at=at(2025, 9, 3, 8, 59), external_id="15")],
    shipments=[NewShipment({}, at(2025, 9, 3, 9), "6A00000000812", carrier="Colissimo", external_id="71")],
    notes=[NewNote("Fragile", written_at=at(2025, 9, 3, 9))],
    is_invoiced=True,
    invoice_numbers=["56"],
)

CUPS = NewOrder(
    source="shopware",
    external_id="0191a2c4d5e67f8091a2b3c4d5e6f708",
    number="10042",
    placed_at=at(2026, 3, 2, 19, 5),
    updated_at=at(2026, 3, 4, 8),
    currency="EUR",
    total=Decimal("37.64"),
    tax_total=Decimal("5.64"),
    prices_include_tax=True,
    lines=[
        NewLine(
            "Becher",
            quantity=Decimal(2),
            unit_price=Decimal("12.1"),
            total=Decimal("24.2"),
            taxes=[tax("VAT", "4.2", "21")],
            sku="BE-1",
            variant="Farbe: Blau, Größe: M",
            external_id="0191a2c4d5e67f8091a2b3c4d5e6f711",
        ),
        NewLine(
            "Buch",
            quantity=Decimal(1),
            unit_price=Decimal("10.9"),
            total=Decimal("10.9"),
            taxes=[tax("VAT", "0.9", "9")],
            sku="BU-1",
            external_id="0191a2c4d5e67f8091a2b3c4d5e6f712",
        ),
        NewLine(
            "Frühling",
            quantity=Decimal(1),
            unit_price=Decimal("-3.51"),
            total=Decimal("-3.51"),
            kind="discount",
            taxes=[
                NewTax("VAT", Decimal("-0.42"), rate=Decimal(21), base=Decimal(-2)),
                NewTax("VAT", Decimal("-0.09"), rate=Decimal(9), base=Decimal(-1)),
            ],
            external_id="0191a2c4d5e67f8091a2b3c4d5e6f713",
        ),
        cost("Shipping", "6.05", tax("VAT", "1.05", "21")),
    ],
    language="de",
    customer=NewCustomer(
        external_id="0191a2c4d5e67f8091a2b3c4d5e6f7c1",
        name="Jette Øster",
        company="Øster & Co",
        vat_id="DE000000099",
        email="jette@example.org",
        phone="+49 40 555 0199",
        language="de",
    ),
    billing=NewAddress(
        name="Jette Øster",
        company="Øster & Co, Einkauf",
        street="Deichstraße 9",
        street2="2. Stock",
        postcode="20459",
        city="Hamburg",
        region="Hamburg",
        country="DE",
        phone="+49 40 555 0199",
    ),
    shipping=NewAddress(name="Ole Øster", street="Kai 3", postcode="8011", city="Zürich", country="CH"),
    payment_method="Vorkasse",
    payment_method_code="payment_prepayment",
    shipping_method="DHL Paket",
    shipping_method_code="shipping_dhl",
    customer_note="Bitte klingeln",
    discount_codes=["LENZ"],
    payments=[
        NewPayment(Decimal("37.64"), at(2026, 3, 3, 10), "Vorkasse", external_id="0191a2c4d5e67f8091a2b3c4d5e6f7e2")
    ],
    shipments=[
        NewShipment(
            {}, at(2026, 3, 4, 8), "JJD0001", carrier="DHL Paket", external_id="0191a2c4d5e67f8091a2b3c4d5e6f7d1"
        ),
        NewShipment(
            {}, at(2026, 3, 4, 8), "JJD0002", carrier="DHL Paket", external_id="0191a2c4d5e67f8091a2b3c4d5e6f7d1-2"
        ),
    ],
    channel="Keramik",
)
