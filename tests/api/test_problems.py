"""What programs are told when something is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories import placed_order


def test_nothing_at_an_address_is_a_problem_too(program: Any) -> None:
    for answer in (program.get("/api/nowhere"), program.get("/api/orders/NONE"), program.get("/api/customers/99")):
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_what_is_no_json_is_a_problem(program: Any) -> None:
    answer = program.post("/api/orders", data="{", content_type="application/json")

    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


@pytest.mark.each_database
@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("add_task", {"description": "Pack", "assignee_id": 2**31}, 422),
        ("add_task", {"description": "Pack", "assignee_id": 10**30}, 422),
        ("choose_customer", {"customer_id": -1}, 422),
        ("change_customer", {"phone": "1" * 61}, 422),
        ("mark_sent", {"tracking_code": "3" * 121}, 422),
        ("write_memo", {"text": "a" * 2001}, 422),
        ("change_address", {"kind": "weekend", "address": {"city": "Delft"}}, 422),
        ("enter_payment", {"amount": "999999999999.99"}, 409),
        ("enter_payment", {"amount": "1", "reference": "r" * 256}, 422),
        ("enter_refund", {"amount": "1", "reason": "r" * 256}, 422),
        ("create_packing_slip", {"quantities": {"10000000000000000000000": "1"}}, 409),
    ],
)
def test_what_no_database_holds_is_refused(in_app: Any, program: Any, action: str, body: Any, status: int) -> None:
    with in_app():
        number = placed_order().number

    answer = program.post(f"/api/orders/{number}/actions/{action}", json=body)

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
