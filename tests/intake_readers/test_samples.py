"""Whole orders, read from sample payloads of all platforms."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from app.intake_readers import Found, UnreadableOrder, orders_in
from tests.intake_readers.samples_read import READ, sample


def read_one(source: str, text: str) -> Found:
    (found,) = orders_in(source, text, currency="EUR")
    return found


@pytest.mark.parametrize("source", READ)
def test_a_sample_is_read_as_it_was_meant(source: str) -> None:
    found = read_one(source, sample(source))

    assert found.problem is None
    assert found.order == READ[source]
    assert found.external_id == READ[source].external_id


@pytest.mark.parametrize("source", READ)
def test_the_raw_text_of_an_order_reads_the_same_again(source: str) -> None:
    found = read_one(source, f'{{"data": [{sample(source)}]}}')

    assert found.raw in sample(source)
    assert read_one(source, found.raw) == found


@pytest.mark.parametrize("source", READ)
def test_amounts_are_decimals(source: str) -> None:
    order = read_one(source, sample(source)).order

    assert order is not None
    amounts = [order.total, *(a for line in order.lines for a in (line.quantity, line.unit_price, line.total))]
    assert {type(amount) for amount in amounts} == {Decimal}


@pytest.mark.parametrize("source", READ)
def test_an_order_without_customer_and_addresses_is_read(source: str) -> None:
    payload = json.loads(sample(source))
    order = payload.get("order", payload)
    for key in list(order):
        if key.startswith(("address", "billing", "shipping_address", "customer", "company")) or key in PERSONAL:
            del order[key]
    if source == "woocommerce":
        del order["shipping"]
        order["meta_data"] = []
    if source == "prestashop":
        del payload["customers"], payload["addresses"]
    if source == "shopware":
        del order["orderCustomer"]
        del order["deliveries"][0]["shippingOrderAddress"]
    if source == "magento":
        del order["extension_attributes"]["shipping_assignments"]

    read = read_one(source, json.dumps(payload)).order

    assert read is not None
    assert (read.customer, read.billing, read.shipping) == (None, None, None)


CHANGED_AT = {
    "bigcommerce": "date_modified",
    "ecwid": "updateDate",
    "lightspeed": "updatedAt",
    "magento": "updated_at",
    "prestashop": "date_upd",
    "shopware": "createdAt",
    "shopify": "updated_at",
    "woocommerce": "date_modified_gmt",
}


@pytest.mark.parametrize("source", READ)
def test_what_does_not_say_when_it_was_changed_is_not_dated(source: str) -> None:
    """When it was placed says nothing of which of two payloads is its shop's last word."""
    order = read_one(source, changed(source, **{CHANGED_AT[source]: None})).order

    assert order is not None
    assert order.updated_at is None


PERSONAL = ("shippingPerson", "email", "contact_email", "phone", "mobile", "firstname", "middlename", "lastname")


def changed(source: str, **values: object) -> str:
    payload = json.loads(sample(source))
    payload.get("order", payload).update(values)
    return json.dumps(payload)


@pytest.mark.parametrize(
    ("source", "field", "value"),
    [
        ("woocommerce", "currency", "EURO"),
        ("woocommerce", "total", "12,50"),
        ("woocommerce", "total", "NaN"),
        ("woocommerce", "total", "1e9999999"),
        ("woocommerce", "total", "999999999999.9999999"),
        ("woocommerce", "total", True),
        ("woocommerce", "date_created_gmt", None),
        ("woocommerce", "date_paid_gmt", "yesterday"),
        ("woocommerce", "id", "x" * 61),
        ("woocommerce", "status", "checkout-draft"),
        ("woocommerce", "line_items", "tea"),
        ("woocommerce", "customer_note", ["tea"]),
        ("shopify", "total_price", "1e15"),
        ("shopify", "processed_at", "2025-03-09T08:30:00"),
        ("shopify", "payment_gateway_names", "cards"),
        ("lightspeed", "priceIncl", {}),
        ("lightspeed", "createdAt", 20250506),
        ("lightspeed", "shipmentIsPickup", "perhaps"),
        ("ecwid", "paymentStatus", "INCOMPLETE"),
        ("ecwid", "total", "43,63"),
        ("ecwid", "createDate", "2025-06-01 09:30:00"),
        ("ecwid", "items", "wine"),
        ("bigcommerce", "status_id", 0),
        ("bigcommerce", "status_id", 15),
        ("bigcommerce", "date_created", "last Saturday"),
        ("bigcommerce", "total_inc_tax", "free"),
        ("bigcommerce", "products", {"url": "https://lamps.example/products", "resource": "/orders/2087/products"}),
        ("magento", "grand_total", None),
        ("magento", "increment_id", None),
        ("magento", "created_at", "11.08.2025"),
        ("magento", "order_currency_code", "EURO"),
        ("prestashop", "total_paid_tax_incl", "64,33"),
        ("prestashop", "date_add", "1/9/2025"),
        ("prestashop", "associations", None),
        ("prestashop", "total_shipping_tax_excl", "x"),
        ("shopware", "amountTotal", "37,64"),
        ("shopware", "orderDateTime", "2.3.2026"),
        ("shopware", "taxStatus", "brutto"),
        ("shopware", "lineItems", None),
    ],
)
def test_a_bad_value_is_refused_by_its_field(source: str, field: str, value: object) -> None:
    found = read_one(source, changed(source, **{field: value}))

    assert found.order is None
    assert found.problem is not None
    assert found.problem.field == field
    assert found.problem.reason.endswith(".")


@pytest.mark.parametrize(
    ("source", "before", "after", "field", "reason"),
    [
        (
            "woocommerce",
            '"quantity": 1.5',
            '"quantity": -1.5',
            "line_items[0].quantity",
            "Found “-1.5”, expected a quantity of 0 or more.",
        ),
        (
            "woocommerce",
            '"total": "6.9426"',
            '"total": "six"',
            "line_items[1].taxes[0].total",
            "Found “six”, expected an exact amount, such as 12.50.",
        ),
        (
            "woocommerce",
            '"country": "BE"',
            '"country": "XX"',
            "shipping.country",
            "Found “XX”, expected a country of ISO 3166, such as NL.",
        ),
        (
            "shopify",
            '"price": "80.00"',
            '"price": null',
            "line_items[0].price",
            "This is missing. Expected an exact amount, such as 12.50.",
        ),
        (
            "lightspeed",
            '"quantityOrdered": 2',
            '"quantityOrdered": "two"',
            "products.resource.embedded[0].quantityOrdered",
            "Found “two”, expected an exact amount, such as 12.50.",
        ),
        (
            "prestashop",
            '"product_quantity": "3"',
            '"product_quantity": "-3"',
            "associations.order_rows[1].product_quantity",
            "Found “-3”, expected a quantity of 0 or more.",
        ),
        (
            "prestashop",
            '"iso_code": "BE"',
            '"iso_code": "XX"',
            "countries[1].iso_code",
            "Found “XX”, expected a country of ISO 3166, such as NL.",
        ),
    ],
)
def test_the_reason_says_what_was_found_and_expected(
    source: str, before: str, after: str, field: str, reason: str
) -> None:
    text = sample(source)
    assert before in text

    problem = read_one(source, text.replace(before, after, 1)).problem

    assert problem is not None
    assert (problem.field, problem.reason, problem.external_id) == (field, reason, READ[source].external_id)


def test_a_problem_keeps_the_other_orders_of_the_file() -> None:
    good = sample("woocommerce")
    bad = changed("woocommerce", id=1, currency="???")

    first, second, third = orders_in("woocommerce", f"[{good}, {bad}, {good}]")

    assert (first.order, third.order) == (READ["woocommerce"], READ["woocommerce"])
    assert isinstance(second.problem, UnreadableOrder)
    assert (second.external_id, second.raw) == ("1", bad)


def test_an_order_of_more_than_can_be_stored_is_refused() -> None:
    text = changed("shopify", total_price="999999999999.99", total_tax="0", financial_status="paid")

    problem = read_one("shopify", text).problem

    assert problem is not None
    assert problem.field == "total"
