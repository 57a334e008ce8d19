"""An answer says no more than the key may read: asked of everything that can be done, with the one right it takes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.actions import ACTIONS
from app.api.acting import route_of
from app.api.shapes import BriefOrderShape
from app.columns import now
from app.extensions import db
from app.models import ApiToken, Customer, IdempotencyKey, Order
from tests.factories import paid_order, placed_order

BRIEF = set(BriefOrderShape().fields)
ORDER = {"external_id": "77", "lines": [{"name": "Mug", "quantity": "1", "unit_price": "5"}], "notify": False}
PERSON = {"customer": {"name": "Femke", "email": "femke@example.org"}}


def test_what_is_done_by_a_key_with_one_right_answers_number_states_and_version(
    app: Flask, program_with: Any, in_app: Any
) -> None:
    of_orders = [one for one in ACTIONS.values() if (place := route_of(one)) and place.record is Order]
    answered = []
    for action in of_orders:
        with in_app():
            numbers = [placed_order().number, paid_order().number]
        program = program_with(action.right)
        for number in numbers:
            answer = program.post(f"/api/orders/{number}/actions/{action.name}", json={})
            assert "femke" not in answer.text.lower(), action.name
            if answer.status_code == 200:
                assert set(answer.json) <= {"done", "order", "warning"}
                assert set(answer.json["order"]) == BRIEF, action.name
                answered.append(action.name)

    assert len(set(answered)) > 8


def test_who_may_read_orders_is_answered_the_whole(program_with: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number

    answer = program_with("read.orders", "payments").post(f"/api/orders/{number}/actions/mark_paid", json={})

    assert answer.json["order"]["email"] == "femke@example.org"


@pytest.mark.parametrize("right", ["imports.place_order", "customers.create_customer"])
def test_what_is_made_answers_no_more_either(program_with: Any, in_app: Any, right: str) -> None:
    path, body = {
        "imports.place_order": ("orders", {**ORDER, **PERSON}),
        "customers.create_customer": ("customers", PERSON["customer"]),
    }[right]

    answer = program_with(right).post(f"/api/{path}", json=body, headers={"Idempotency-Key": "1"})

    assert answer.status_code == 201
    assert "femke" not in answer.text.lower()
    with in_app():
        assert "femke" not in db.session.scalars(select(IdempotencyKey.body)).one().lower()


def test_a_refusal_names_nobody_to_whom_may_read_no_customers(program_with: Any, in_app: Any) -> None:
    with in_app():
        femke = placed_order().customer_id
        people = [Customer(name=name, email=f"{name}@example.org") for name in ("Noor", "Mila")]
        db.session.add_all(people)
        db.session.flush()
        noor, mila = [one.id for one in people]
    merger, reader = program_with("customers"), program_with("customers", "read.customers")
    paths = {one: f"/api/customers/{one}/actions/merge_customers" for one in (femke, noor, mila)}
    assert merger.post(paths[noor], json={"into": femke}).status_code == 200

    for path, into in ((paths[noor], mila), (paths[mila], noor)):  # it is merged already, and so is the other
        answer, told = merger.post(path, json={"into": into}), reader.post(path, json={"into": into})
        assert (answer.status_code, told.status_code) == (409, 409)
        assert not {"femke", "noor", "mila", "jansen"} & set(answer.json["detail"].lower().split())
        assert "merged into" in told.json["detail"]


def test_an_order_of_another_program_is_not_answered(app: Flask, program_with: Any, in_app: Any) -> None:
    first = program_with("imports.place_order")
    placed = first.post("/api/orders", json=ORDER)
    assert placed.status_code == 201
    assert first.post("/api/orders", json=ORDER).status_code == 200
    second = program_with("imports.place_order")
    with in_app():
        newest = select(ApiToken.id).order_by(ApiToken.id.desc()).limit(1).scalar_subquery()
        db.session.execute(update(ApiToken).where(ApiToken.id == newest).values(title="Till"))

    answer = second.post("/api/orders", json=ORDER)

    assert answer.status_code == 201
    assert placed.json["number"] not in answer.text


def test_a_draft_is_no_order_to_read(program_with: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
    program = program_with("read.orders", "orders")
    draft = program.post(f"/api/orders/{number}/actions/copy_order", json={}).json["order"]["number"]

    assert program.get(f"/api/orders/{draft}").status_code == 404
    assert program.get(f"/api/orders/{number}").status_code == 200


def test_reading_counts_as_use_once_a_minute(program_with: Any, in_app: Any, statements: list[str]) -> None:
    program = program_with("read.orders")
    assert program.get("/api/orders").status_code == 200
    with in_app():
        token = db.session.scalars(select(ApiToken)).one()
        assert token.used_at is not None
        token.used_at = now() - timedelta(seconds=50)

    statements.clear()
    program.get("/api/orders")
    assert not [one for one in statements if one.startswith("UPDATE")]
