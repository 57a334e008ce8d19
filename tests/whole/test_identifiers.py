"""Ids that a spreadsheet has shortened are no ids: refused wherever they come from, with the field named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from marshmallow import ValidationError

from app.api.new_orders import NewOrderShape
from app.intake_readers import Found, only_order_in, orders_in
from app.intake_readers.csv.mapping import Mapping
from app.intake_readers.reading import SCIENTIFIC
from tests.arrange import order_14

pytestmark = pytest.mark.usefixtures("database")

SHORTENED = ("5.27763E+12", "5,27763E+12", "5.27763e+12", "5E+12", "5.27763E12", "-1.5E-3")
IDS = ("5277630000000", "24E1001", "1E5", "12E", "E+12", "5.27763", "#1001", "wc_1.5E+3")

CSV = "Order;Date;Item;Price;SKU\n{number};2026-11-20;Mug;12.50;{sku}\n"
COLUMNS = {"number": "Order", "placed_at": "Date", "line_name": "Item", "line_price": "Price", "line_sku": "SKU"}


def in_csv(number: str, sku: str = "MUG") -> Found:
    return next(orders_in("csv", CSV.format(number=number, sku=sku), currency="EUR", mapping=Mapping(COLUMNS)))


@pytest.mark.parametrize("text", SHORTENED)
def test_a_shortened_number_is_refused_and_the_field_named(text: str) -> None:
    for found, field in ((in_csv(text), "row 2, Order"), (in_csv("1", text), "row 2, SKU")):
        assert found.problem is not None
        assert found.problem.field == field
        assert text in found.problem.reason
        assert "Export it anew" in found.problem.reason


@pytest.mark.parametrize("text", IDS)
def test_an_id_stays_one(text: str) -> None:
    assert not SCIENTIFIC.fullmatch(text)
    found = in_csv(text)
    assert found.order is not None
    assert found.order.external_id == text


@pytest.mark.parametrize("field", ["id", "number", "customer_id", "transaction_id"])
def test_so_it_is_in_json_as_text_and_as_a_number(field: str) -> None:
    as_text = json.dumps(order_14(**{field: "5.27763E+12"}))

    for payload in (as_text, as_text.replace('"5.27763E+12"', "5.27763e12")):
        problem = only_order_in("woocommerce", payload).problem
        assert problem is not None
        assert (problem.field, "Export it anew" in problem.reason) == (field, True)


@pytest.mark.parametrize("field", ["external_id", "number"])
def test_so_it_is_through_the_api(field: str) -> None:
    order: dict[str, Any] = {"external_id": "1", "lines": [{"name": "Mug", "unit_price": "12.50"}]}

    with pytest.raises(ValidationError) as refused:
        NewOrderShape().load({**order, field: "5.27763E+12"})

    assert list(refused.value.normalized_messages()) == [field]
