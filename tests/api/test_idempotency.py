"""A request that is sent again is done once."""

from __future__ import annotations

from typing import Any

from tests.api.sent import ORDER
from tests.factories import placed_order


def test_the_same_idempotency_key_is_done_once(program: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
    path, key = f"/api/orders/{number}/actions/mark_paid", {"Idempotency-Key": "k-1"}

    first = program.post(path, json={}, headers=key)
    again = program.post(path, json={}, headers=key)

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert program.post(path, json={}).status_code == 409


def test_an_idempotency_key_with_another_request_is_refused(program: Any) -> None:
    key = {"Idempotency-Key": "k-2"}
    program.post("/api/orders", json=ORDER, headers=key)

    answer = program.post("/api/orders", json={**ORDER, "external_id": "A-2"}, headers=key)

    assert answer.status_code == 422
    assert "another request" in answer.json["detail"]


def test_an_idempotency_key_is_known_to_the_program_alone_that_sent_it(program_with: Any) -> None:
    key = {"Idempotency-Key": "k-4"}
    first, second = (
        program_with("read", "imports", title=title).post("/api/orders", json=ORDER, headers=key)
        for title in ("Webshop", "Cash desk")
    )

    assert (first.status_code, second.status_code) == (201, 201)
    assert "Idempotent-Replayed" not in second.headers
    assert (first.json["program"], second.json["program"]) == ("Webshop", "Cash desk")


def test_a_refusal_is_not_kept(program: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
    path, key = f"/api/orders/{number}/actions/mark_not_paid", {"Idempotency-Key": "k-3"}

    assert program.post(path, json={}, headers=key).status_code == 409
    program.post(f"/api/orders/{number}/actions/mark_paid", json={})
    assert program.post(path, json={}, headers=key).status_code == 200
