"""Orders that programs place."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.models import Customer, History, Order, OutgoingMail
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


# --- whose id it is --------------------------------------------------------------------------------------------------


def test_the_same_id_from_another_program_is_another_order(program_with: Callable[..., Any], in_app: Any) -> None:
    webshop, cash_desk = (program_with("read", "imports", title=title) for title in ("Webshop", "Cash desk"))
    theirs = {"customer": {"external_id": "7", "name": "Jan Smit", "email": "jan@example.org"}}
    first = webshop.post("/api/orders", json={**ORDER, "customer": {**ORDER["customer"], "external_id": "7"}})
    second = cash_desk.post("/api/orders", json={**ORDER, **theirs})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["number"] != second.json["number"]
    assert (first.json["program"], second.json["program"]) == ("Webshop", "Cash desk")
    for program, placed in ((webshop, first), (cash_desk, second)):
        again = program.post("/api/orders", json=ORDER)
        assert (again.status_code, again.json["number"]) == (200, placed.json["number"])
    with in_app():
        persons = db.session.execute(
            select(Customer.program, Customer.external_id, Customer.name).order_by(Customer.id)
        )
        assert [tuple(one) for one in persons] == [("Webshop", "7", "Femke Jansen"), ("Cash desk", "7", "Jan Smit")]


def test_a_new_key_of_the_same_program_finds_what_the_old_one_placed(program_with: Callable[..., Any]) -> None:
    old, new = program_with("imports", title="Webshop"), program_with("imports", title=" webshop ")
    first, again = old.post("/api/orders", json=ORDER), new.post("/api/orders", json=ORDER)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["number"] == again.json["number"]


@pytest.mark.each_database
def test_the_same_id_of_two_programs_at_once_makes_two_orders(program_with: Callable[..., Any]) -> None:
    """Each of them sends it twice, at once."""
    programs = [program_with("imports", title=title) for title in ("Webshop", "Cash desk") * 2]
    answers = at_once(4, lambda one: programs[one].post("/api/orders", json=ORDER))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 201, 201]
    assert answers[0].json["number"] == answers[2].json["number"] != answers[1].json["number"]
    assert answers[1].json["number"] == answers[3].json["number"]


def test_the_house_comes_in_apart_and_goes_out_with_the_line(program: Any) -> None:
    house = {"street": "Markt", "house_number": "87", "house_extension": "A"}
    answer = program.post("/api/orders", json={**ORDER, "billing_address": {**ORDER["billing_address"], **house}})
    number = answer.json["number"]
    edited = program.post(
        f"/api/orders/{number}/actions/change_address", json={"kind": "billing", "address": {"street": "Kade 3"}}
    )

    assert {name: answer.json["billing_address"][name] for name in house} == {**house, "street": "Markt 87 A"}
    assert [edited.json["order"]["billing_address"][name] for name in house] == ["Kade 3", "", ""]
