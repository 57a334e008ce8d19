"""Work on many orders answers for each of them, and no page says that nothing was saved when something was."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from app import queries
from app.actions.payments import mark_paid
from app.models import Order
from tests.clients import Client
from tests.factories import paid_order, placed_order


def failing_on(monkeypatch: pytest.MonkeyPatch, number: str, error: Exception) -> None:
    """Let whatever is done to this order go wrong in a way that nobody expected."""
    run = mark_paid.run

    def fail_or_run(order: Order, **how: Any) -> Any:
        if order.number == number:
            raise error
        return run(order, **how)

    monkeypatch.setitem(mark_paid.__dict__, "run", fail_or_run)


def pay(client: Client, numbers: list[str]) -> str:
    press = {"action": "mark_paid", "rowid": numbers, "step": "do", "url": "/admin/order/"}
    return client.get(client.post("/admin/order/bulk", data=press).location).text


def payments_of(in_app: Any, numbers: list[str]) -> list[int]:
    with in_app():
        found = [queries.order_numbered(number) for number in numbers]
        return [len(order.payments) for order in found if order]


def test_each_order_says_what_became_of_it(client: Client, in_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with in_app():
        first, odd, last = (placed_order().number for _ in range(3))
        paid = paid_order().number
    failing_on(monkeypatch, odd, ZeroDivisionError())

    said = pay(client, [first, odd, paid, last])

    assert "2 orders changed" in said
    assert f"{odd}: An error that nobody expected; it is in the log." in said
    assert f"{paid}: Nothing is open: the order is paid." in said
    assert payments_of(in_app, [first, odd, last]) == [1, 0, 1]


def test_when_the_database_goes_away_the_others_are_not_tried(
    client: Client, in_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_app():
        first, odd, last = (placed_order().number for _ in range(3))
    failing_on(monkeypatch, odd, OperationalError("UPDATE", {}, Exception("gone")))

    said = pay(client, [first, odd, last])

    assert "1 order changed" in said
    assert f"{odd}: An error that nobody expected; it is in the log." in said
    assert f"{last}: not tried, and unchanged." in said
    assert payments_of(in_app, [first, odd, last]) == [1, 0, 0]


def test_a_page_that_fails_after_something_was_saved_says_so(
    client: Client, in_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_app():
        number = placed_order().number
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    client.application.testing = False
    try:
        monkeypatch.setattr("app.admin_views.dashboard.action_dialog.flash", 1)  # what comes after the commit
        answer = client.post(f"/admin/order/{number}/mark_paid")
    finally:
        client.application.testing = True
        client.application.config["PROPAGATE_EXCEPTIONS"] = None

    assert (answer.status_code, answer.headers["X-Saved"]) == (500, "yes")
    assert "What you did was saved" in answer.text
    assert "Nothing was saved" not in answer.text
    assert payments_of(in_app, [number]) == [1]


def test_a_page_that_fails_before_anything_was_saved_says_so(
    client: Client, in_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_app():
        number = placed_order().number
    failing_on(monkeypatch, number, ZeroDivisionError())
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    client.application.testing = False
    try:
        answer = client.post(f"/admin/order/{number}/mark_paid")
    finally:
        client.application.testing = True
        client.application.config["PROPAGATE_EXCEPTIONS"] = None

    assert answer.status_code == 500
    assert "Nothing was saved" in answer.text
    assert payments_of(in_app, [number]) == [0]
