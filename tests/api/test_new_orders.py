"""Orders that programs place."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import History, Order, OutgoingMail
from tests.api.sent import ORDER
from tests.arrange import at_once

# --- placing ---------------------------------------------------------------------------------------------------------


def test_an_order_is_placed_and_what_it_leaves_out_is_added_up(program: Any, in_app: Any) -> None:
    answer = program.post("/api/orders", json=ORDER)

    assert answer.status_code == 201, answer.json
    assert answer.headers["Location"] == "/api/orders/ORD10001"
    assert answer.json["total"] == "43.55"
    assert answer.json["tax_total"] == "7.56"
    assert answer.json["billing_address"]["country"] == "NL"
    assert [invoice["total"] for invoice in answer.json["invoices"]] == ["43.55"]
    with in_app():
        order = db.session.scalars(select(Order)).one()
        assert (order.total, order.source, order.external_id) == (Decimal("43.55"), "api", "A-1")
        assert db.session.scalar(select(History.actor_name).where(History.what == "order_placed")) == "Warehouse"
        assert db.session.scalar(select(OutgoingMail.kind)) == "order_confirmation"


def test_the_same_order_again_answers_with_the_one_that_is_there(program: Any, in_app: Any) -> None:
    first = program.post("/api/orders", json=ORDER)
    again = program.post("/api/orders", json={**ORDER, "customer_note": "Please hurry"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["number"] == again.json["number"]
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(Order)) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [{"name": "Mug", "unit_price": "12,50"}]}, "lines.0.unit_price"),
        ({"lines": [{"name": "Mug", "unit_price": "1", "quantity": "0"}]}, "lines.0.quantity"),
        ({"lines": [{"name": "Mug", "unit_price": "1", "vat_rate": "101"}]}, "lines.0.vat_rate"),
        ({"lines": [{"unit_price": "1"}]}, "lines.0.name"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "XXQ"}, "currency"),
        ({"external_id": ""}, "external_id"),
        ({"placed_at": "yesterday"}, "placed_at"),
        ({"placed_at": "0001-01-01T00:00:00+14:00"}, "placed_at"),
        ({"lines": [{"name": "Mug", "unit_price": "0.01", "quantity": "1000000000"}]}, "lines.0.quantity"),
        ({"customer": {"name": "A\0B"}}, "customer.name"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_placed(program: Any, in_app: Any, wrong: Any, field: str) -> None:
    answer = program.post("/api/orders", json={**ORDER, **wrong})

    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert [error["field"] for error in answer.json["errors"]] == [field]
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(Order)) == 0


# --- what is strange -------------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_the_same_order_sent_by_several_at_once_is_placed_once(program_with: Callable[..., Any]) -> None:
    programs = [program_with("imports") for _ in range(4)]

    answers = at_once(4, lambda one: programs[one].post("/api/orders", json=ORDER))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json["number"] for answer in answers}) == 1


def test_the_house_comes_in_apart_and_goes_out_with_the_line(program: Any) -> None:
    house = {"street": "Markt", "house_number": "87", "house_extension": "A"}
    answer = program.post("/api/orders", json={**ORDER, "billing_address": {**ORDER["billing_address"], **house}})
    number = answer.json["number"]
    edited = program.post(
        f"/api/orders/{number}/actions/change_address", json={"kind": "billing", "address": {"street": "Kade 3"}}
    )

    assert {name: answer.json["billing_address"][name] for name in house} == {**house, "street": "Markt 87 A"}
    assert [edited.json["order"]["billing_address"][name] for name in house] == ["Kade 3", "", ""]
