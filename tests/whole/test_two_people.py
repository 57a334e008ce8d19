"""Two people at one order, each with a pop-up that was opened before the other one pressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app import queries
from app.actions.shipments import mark_sent
from app.extensions import db
from app.history import SYSTEM
from app.models import Order, ShopChange
from app.security.form_tokens import HEADER
from tests.clients import Client
from tests.every_action import changed_there
from tests.factories import paid_order
from tests.forms import forms_in
from tests.looking import words

NEWS = "This changed after you opened it."


@pytest.fixture
def place(in_app: Any) -> Callable[[str], tuple[str, int, int]]:
    """The address of a paid order, and the ids of its first line and invoice."""

    def make(situation: str) -> tuple[str, int, int]:
        with in_app():
            order = paid_order(language="en")
            if situation == "sent":
                mark_sent(order, by=SYSTEM, notify=False)
            return f"/admin/order/{order.number}", order.lines[0].id, order.invoices[0].id

    return make


def counted(in_app: Any) -> tuple[int, int, int, int]:
    with in_app():
        order = queries.order_numbered("ORD10001")
        assert isinstance(order, Order)
        return len(order.payments), len(order.invoices), len(order.returns), len(order.shipments)


@pytest.mark.parametrize(
    ("situation", "action", "given", "said"),
    [
        ("sent", "enter_payment", {"amount": "10"}, "Payment of €10.00 by Bank transfer (Owner)."),
        ("sent", "enter_refund", {"amount": "10", "sure": "1"}, "Refund of €10.00 (Owner)."),
        ("sent", "create_return", {"quantities-{line}": "1"}, "Return RET00001 created (Owner)."),
        ("sent", "create_credit_note/{invoice}", {"quantities-{line}": "1"}, "invoice INV00001: €12.50 (Owner)."),
        ("packed", "create_packing_slip", {"quantities-{line}": "1"}, "Packing slip PS00001 created (Owner)."),
    ],
)
def test_what_a_colleague_did_meanwhile_is_not_done_once_more_without_a_word(
    place: Any, signed_in_as: Any, in_app: Any, situation: str, action: str, given: dict[str, str], said: str
) -> None:
    url, line, invoice = place(situation)
    path = f"{url}/{action.format(invoice=invoice)}"
    form = {name.format(line=line): value for name, value in given.items()}
    one, other = signed_in_as("owner"), signed_in_as("owner")
    opened = [fields(person, path) | form for person in (one, other)]

    assert one.post(path, data=opened[0]).status_code == 303
    before = counted(in_app)
    asked = other.post(path, data=opened[1])

    assert (asked.status_code, counted(in_app)) == (200, before)
    assert NEWS in words(asked.text)
    assert said in words(asked.text)
    assert other.post(path, data=shown(asked.text, path) | form).status_code == 303
    assert sum(counted(in_app)) > sum(before)


def test_cancel_asks_when_a_colleague_sent_it_meanwhile(place: Any, client: Client, in_app: Any) -> None:
    url, _line, _invoice = place("packed")
    opened = fields(client, f"{url}/cancel_order")
    with in_app():
        order = queries.order_numbered("ORD10001")
        assert order is not None
        mark_sent(order, by=SYSTEM, notify=False)

    asked = client.post(f"{url}/cancel_order", data=opened | {"credit": "y"})

    assert NEWS in words(asked.text)
    with in_app():
        order = queries.order_numbered("ORD10001")
        assert order is not None
        assert order.cancelled_at is None
        assert len(order.invoices) == 1


def test_a_memo_of_a_colleague_stops_nobody(place: Any, client: Client, in_app: Any) -> None:
    url, _line, _invoice = place("packed")
    opened = fields(client, f"{url}/enter_payment")
    client.post(f"{url}/write_memo", data={"text": "Rang twice"})

    assert client.post(f"{url}/enter_payment", data=opened | {"amount": "10"}).status_code == 303


def test_a_mistake_in_a_form_forgets_nothing_of_what_a_colleague_changed(place: Any, client: Client) -> None:
    """A field that was wrong is mended, and what another one saved meanwhile is still not overwritten unseen."""
    url, _line, _invoice = place("packed")
    path = f"{url}/change_address/shipping"
    opened = fields(client, path)
    wrong = client.post(path, data=opened | {"address-city": "x" * 300})
    assert wrong.status_code == 422
    client.post(path, data=fields(client, path) | {"address-city": "Breda"})

    late = client.post(path, data=shown(wrong.text, path) | {"address-city": "Delft"})

    assert late.status_code == 409
    assert "Breda" in late.text


def test_what_its_shop_changed_anew_is_shown_before_it_is_taken_over(client: Client, in_app: Any) -> None:
    with in_app():
        order = changed_there()
        number, total = order.number, order.total
    path = f"/admin/order/{number}/take_over_shop_changes"
    form = fields(client, path)
    with in_app():
        (change,) = db.session.scalars(select(ShopChange)).all()
        change.theirs = change.theirs | {"total": "90.75"}

    asked = client.post(path, data=form)

    assert asked.status_code == 200
    assert NEWS in words(asked.text)
    with in_app():
        assert queries.order_numbered(number).total == total  # type: ignore[union-attr]


def fields(person: Client, path: str) -> dict[str, str]:
    return shown(person.get(path).text, path)


def shown(page: str, path: str) -> dict[str, str]:
    """What its form sends, with the token that says since when it is open."""
    form = next(one for one in forms_in(page) if one.action == path)
    return {name: values[0] for name, values in form.fields.items() if name != "csrf_token"}


def test_one_person_who_presses_twice_is_told_of_no_colleague(place: Any, client: Client, in_app: Any) -> None:
    url, _line, _invoice = place("packed")
    path = f"{url}/enter_payment"
    form, token = fields(client, path) | {"amount": "10"}, {HEADER: client.form_token()}

    first, second = (client.post(path, data=form, headers=token) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 303)
    assert counted(in_app)[0] == 2  # what the provider confirmed, and this one
