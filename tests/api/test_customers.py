"""Customers and their questions, by program."""

from __future__ import annotations

from typing import Any

from tests.factories import placed_order


def test_a_customer_is_added_and_read(program: Any) -> None:
    given = {"name": "Jan Vis", "email": "jan@example.org", "billing_address": {"city": "Delft", "country": "NL"}}
    answer = program.post("/api/customers", json=given)

    assert answer.status_code == 201, answer.json
    assert program.get(answer.headers["Location"]).json["billing_address"]["city"] == "Delft"
    assert program.get("/api/customers?email=JAN@example.org").json["items"][0]["id"] == answer.json["id"]
    assert program.post("/api/customers", json={**given, "name": "Twin"}).status_code == 409
    assert program.post("/api/customers", json={}).status_code == 409


def test_a_question_is_passed_on_and_read(program: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
    question = {"order_number": number, "subject": "A chipped mug", "text": "What now?"}

    asked = program.post("/api/tickets", json=question)

    assert asked.status_code == 201, asked.json
    assert program.get(asked.headers["Location"]).json["messages"][0]["text"] == "What now?"
    assert program.get("/api/tickets?status=unanswered").json["items"][0]["order_number"] == number
    refusals = [
        program.post("/api/tickets", json={**question, **wrong}) for wrong in ({"order_number": "X"}, {"text": ""})
    ]
    assert [(r.status_code, r.json["errors"][0]["field"]) for r in refusals] == [(422, "order_number"), (422, "text")]
