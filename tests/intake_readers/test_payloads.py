"""Taking files apart: wrappers, exact numbers, and texts that aren't sound JSON."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest

from app.intake_readers import orders_in
from app.intake_readers.new_order import UnreadableOrder
from app.intake_readers.payloads import Payload, payloads
from tests.intake_readers.samples_read import SAMPLES, sample


@pytest.mark.parametrize(
    "text",
    [
        '{"id": 1}',
        ' [ {"id": 1} ] ',
        '{"order": {"id": 1}}',
        '{"orders": [{"id": 1}]}',
        '{"data": {"id": 1}}',
        '{"meta": {"order": 5}, "data": [{"id": 1}], "links": ["]"]}',
        '{"data": {"orders": [{"order": {"id": 1}}]}}',
        '\ufeff{"id": 1}',
    ],
)
def test_an_order_is_found_in_any_wrapper(text: str) -> None:
    assert list(payloads(text)) == [Payload('{"id": 1}', {"id": 1})]


def test_each_order_keeps_its_own_text() -> None:
    text = '{"orders": [{ "id": 1, "note": "a ]} \\" b" },\n {"id":2}, {"id": 3.10}], "count": 3}'

    assert [payload.raw for payload in payloads(text)] == [
        '{ "id": 1, "note": "a ]} \\" b" }',
        '{"id":2}',
        '{"id": 3.10}',
    ]


def test_a_number_too_large_for_arithmetic_is_refused_by_its_field() -> None:
    text = sample("woocommerce").replace('"quantity": 1.5', '"quantity": 1e9999999')

    (found,) = orders_in("woocommerce", text)

    assert found.problem is not None
    assert (found.order, found.problem.field) == (None, "line_items[0].quantity")


def test_what_stands_beside_an_order_stays_with_it() -> None:
    text = '{"order": {"id": 1}, "transactions": {"id": 2}}'

    assert list(payloads(text)) == [Payload(text, {"id": 1}, {"transactions": {"id": 2}})]


def test_no_orders_are_no_orders() -> None:
    assert list(payloads("[]")) == list(payloads('{"orders": []}')) == []


def test_numbers_are_exact() -> None:
    (payload,) = payloads('{"id": 9007199254740993, "price": 8.025000000000002, "huge": 1%s}' % ("0" * 5000))

    assert payload.value["id"] == 9007199254740993
    assert payload.value["price"] == Decimal("8.025000000000002")
    assert payload.value["huge"] == Decimal(10) ** 5000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "This is not JSON: Expecting value at line 1, column 1."),
        ('{"id": 1,\n "total": }', "This is not JSON: Expecting value at line 2, column 11."),
        ('{"id": 1} {"id": 2}', "This is not JSON: Extra data at line 1, column 11."),
        ('{"total": NaN}', "NaN is not a number that JSON knows."),
        ('{"total": -Infinity}', "-Infinity is not a number that JSON knows."),
        ('{"total": 1e99999999999999999999}', "The number 1e99999999999999999999 is out of range."),
        ('{"total": 1, "total": 2}', "The key 'total' stands twice in one object, with different values."),
        ("[" * 100_000, "Lists and objects are nested too deeply. An order has fewer than ten levels."),
        ('{"id": 1}\x00', "This is not JSON: Extra data at line 1, column 10."),
    ],
)
def test_a_text_that_is_not_sound_is_one_problem_of_the_file(text: str, reason: str) -> None:
    (found,) = orders_in("woocommerce", text)

    assert found.problem is not None
    assert (found.order, found.problem.field, found.problem.reason) == (None, "(file)", reason)
    assert "\x00" not in found.raw


@pytest.mark.parametrize("quantity", ["1000000000", "123456789012"])
def test_a_bar_code_in_place_of_a_quantity_is_refused_by_a_sentence(quantity: str) -> None:
    order = json.loads(sample("woocommerce"))
    order["line_items"][0] |= {"quantity": int(quantity), "total": "1.00", "subtotal": "1.00"}
    (of_shop,) = orders_in("woocommerce", json.dumps(order))
    head, first, *_others = csv.reader(io.StringIO((SAMPLES / "orders.csv").read_text("utf-8")))
    first[head.index("Lineitem quantity")], first[head.index("Lineitem price")] = quantity, "0.01"
    table = io.StringIO()
    csv.writer(table).writerows((head, first))
    (of_file,) = orders_in("csv", table.getvalue())

    for found in (of_shop, of_file):
        assert found.problem is not None
        assert found.problem.field == "quantity"
        assert f"is there {quantity} times. Is that a bar code" in str(found.problem.reason)


def test_a_key_that_says_the_same_twice_does_no_harm() -> None:
    (payload,) = payloads('{"id": 1, "tax_lines": [], "tax_lines": []}')

    assert payload.value == {"id": 1, "tax_lines": []}


@pytest.mark.parametrize("text", ["5", '"order"', "null", "[[[[[[[[1]]]]]]]]", "[true]"])
def test_what_is_not_an_object_is_a_problem(text: str) -> None:
    (found,) = orders_in("shopify", text)

    assert found.problem is not None
    assert found.problem.field == "(file)"


@pytest.mark.parametrize("character", ["\\u0000", "\\ud800"])
def test_characters_that_no_database_stores_are_replaced(character: str) -> None:
    text = sample("lightspeed").replace("Ik kom vrijdag", f"Ik kom{character} vrijdag")

    (found,) = orders_in("lightspeed", text, currency="EUR")

    assert found.order is not None
    assert found.order.customer_note == "Ik kom\ufffd vrijdag"


@pytest.mark.parametrize(
    ("source", "value", "field"),
    [
        ("woocommerce", {"id": 5, "note": "Called back", "customer_note": False}, "note"),
        ("woocommerce", {"id": 5, "amount": "3.00", "refunded_by": 1, "line_items": []}, "refunded_by"),
        ("shopify", {"refund": {"id": 5}}, "refund"),
        ("shopify", {"id": 5, "refund_line_items": []}, "refund_line_items"),
        (
            "shopify",
            {"id": 5, "total_price": "1.00", "invoice_url": "https://velo.example/5"},
            "invoice_url",
        ),
        ("lightspeed", {"invoice": {"id": 5, "isCreditNote": True}}, "invoice"),
        ("lightspeed", {"id": 5, "priceIncl": 3, "isCreditNote": True}, "isCreditNote"),
        ("lightspeed", {"orderProduct": {"id": 5}}, "orderProduct"),
    ],
)
def test_what_is_something_else_is_refused_by_the_field_that_shows_it(source: str, value: object, field: str) -> None:
    (found,) = orders_in(source, json.dumps(value))

    assert isinstance(found.problem, UnreadableOrder)
    assert found.problem.field == field
    assert found.problem.reason.startswith("This is not an order but something else: ")
