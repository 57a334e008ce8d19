"""Exports of WooCommerce's plug-ins are known by their headers."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.intake_readers import NewOrder, orders_in
from app.intake_readers.csv.files import first_look
from app.intake_readers.new_order import NewAddress, NewCustomer, NewLine, NewPayment, NewRefund, NewShipment, NewTax

IN_WORDS = """\
"Order ID","Order Number","Order Status","Order Date","Paid Date","Customer Note","First Name (Billing)",\
"Last Name (Billing)","Company (Billing)","Address 1&2 (Billing)","City (Billing)","State Code (Billing)",\
"Postcode (Billing)","Country Code (Billing)","Email (Billing)","Phone (Billing)","First Name (Shipping)",\
"Last Name (Shipping)","Address 1&2 (Shipping)","City (Shipping)","Postcode (Shipping)","Country Code (Shipping)",\
"Payment Method Title","Shipping Method Title","Order Shipping Amount","Order Refund Amount","Order Total Amount",\
"Order Total Tax Amount","SKU","Item #","Item Name","Quantity","Item Cost","Coupon Code"
91,T-91,Completed,"2025-07-01 10:00","2025-07-01 10:05",Thanks,Ana,Ruiz,,"Calle Mayor 1, 2º",Madrid,M,28013,ES,\
ana@example.org,'+34910000000,Ana,Ruiz,Plaza 2,Toledo,45001,ES,Tarjeta,Correos,5,2.5,30.25,5.25,TAZA,1,Taza,2,7.5,VERANO
91,T-91,Completed,"2025-07-01 10:00","2025-07-01 10:05",Thanks,Ana,Ruiz,,"Calle Mayor 1, 2º",Madrid,M,28013,ES,\
ana@example.org,'+34910000000,Ana,Ruiz,Plaza 2,Toledo,45001,ES,Tarjeta,Correos,5,2.5,30.25,5.25,,2,Plato,1,5,VERANO
"""

CUPS = NewOrder(
    source="csv",
    external_id="91",
    number="T-91",
    placed_at=datetime(2025, 7, 1, 8, tzinfo=UTC),
    currency="EUR",
    total=Decimal("30.25"),
    tax_total=Decimal("5.25"),
    prices_include_tax=False,
    lines=[
        NewLine("Taza", Decimal(2), Decimal("7.5"), Decimal(15), taxes=[NewTax("Tax", Decimal("3.94"))], sku="TAZA"),
        NewLine("Plato", Decimal(1), Decimal(5), Decimal(5), taxes=[NewTax("Tax", Decimal("1.31"))]),
        NewLine("Correos", Decimal(1), Decimal(5), Decimal(5), kind="shipping"),
    ],
    customer=NewCustomer(name="Ana Ruiz", email="ana@example.org", phone="+34910000000"),
    billing=NewAddress("Ana Ruiz", "", "Calle Mayor 1, 2º", "", "28013", "Madrid", "M", "ES"),
    shipping=NewAddress("Ana Ruiz", "", "Plaza 2", "", "45001", "Toledo", "", "ES"),
    payment_method="Tarjeta",
    payment_method_code="Tarjeta",
    shipping_method="Correos",
    customer_note="Thanks",
    discount_codes=["VERANO"],
    payments=[NewPayment(Decimal("30.25"), datetime(2025, 7, 1, 8, 5, tzinfo=UTC), method="Tarjeta")],
    refunds=[NewRefund(Decimal("2.5"))],
    shipments=[NewShipment({}, datetime(2025, 7, 1, 8, 5, tzinfo=UTC))],
    is_completed=True,
)

AS_FIELDS = """\
order_id,order_number,date,status,shipping_total,shipping_tax_total,tax_total,order_total,order_currency,payment_method,\
billing_first_name,billing_last_name,billing_email,billing_address_1,billing_postcode,billing_city,billing_country,\
item_name,item_sku,item_quantity,item_total,item_total_tax
55,1055,2025-07-02 12:00:00,{status},10.00,2.10,6.30,36.30,EUR,bacs,Jan,Smid,jan@example.org,Kade 3,1011 AB,Amsterdam,\
NL,Hamer,HAM,1,20.00,4.20
"""


def read(text: str) -> NewOrder:
    (found,) = orders_in("csv", text, currency="EUR", time_zone="Europe/Madrid")
    assert found.order, found.problem
    return found.order


def test_headers_in_words_are_known() -> None:
    assert first_look(IN_WORDS).is_known
    assert read(IN_WORDS) == CUPS


def test_headers_as_fields_are_known() -> None:
    order = read(AS_FIELDS.format(status="processing"))

    assert (order.external_id, order.number, order.total) == ("55", "1055", Decimal("36.3"))
    assert order.lines == [
        NewLine("Hamer", Decimal(1), Decimal(20), Decimal(20), taxes=[NewTax("Tax", Decimal("4.2"))], sku="HAM"),
        NewLine("Shipping", Decimal(1), Decimal(10), Decimal(10), "shipping", taxes=[NewTax("Tax", Decimal("2.1"))]),
    ]
    assert order.payments == [NewPayment(Decimal("36.3"), order.placed_at, method="bacs")]


@pytest.mark.parametrize(
    ("status", "is_paid", "is_sent", "is_cancelled"),
    [
        ("wc-completed", True, True, False),
        ("processing", True, False, False),
        ("on-hold", False, False, False),
        ("pending", False, False, False),
        ("cancelled", False, False, True),
        ("refunded", True, False, False),
    ],
)
def test_the_status_tells_what_happened(status: str, is_paid: bool, is_sent: bool, is_cancelled: bool) -> None:
    order = read(AS_FIELDS.format(status=status))

    assert bool(order.payments) is is_paid
    assert bool(order.shipments) is is_sent
    assert bool(order.cancelled_at) is is_cancelled
    assert not order.held


def test_a_status_of_the_shop_s_own_is_refused_by_its_name() -> None:
    (found,) = orders_in("csv", AS_FIELDS.format(status="laser-engraving"), currency="EUR")

    assert found.problem is not None
    assert found.problem.field == "row 2, status"


def test_two_orders_of_one_name_in_shopify_s_export_do_not_become_one() -> None:
    text = """\
Name,Email,Currency,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price
#1,kim@example.org,EUR,5.00,2025-03-09 08:30:00 +0100,1,Mug,5.00
#1,lotte@example.org,EUR,7.00,2026-03-09 08:30:00 +0100,1,Plate,7.00
"""

    (found,) = orders_in("csv", text, currency="EUR")

    assert found.problem
    assert (found.problem.field, "kim@example.org, lotte@example.org" in found.problem.reason) == ("row 2, Email", True)
