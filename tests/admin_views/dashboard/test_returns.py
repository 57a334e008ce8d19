"""Returns on the order page, from the pop-up to the credit note."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.actions.returns import create_return
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.models import Invoice, Order, Return, ReturnStatus
from tests.clients import Client
from tests.factories import PLACED_AT


def credit_notes() -> list[Invoice]:
    return list(db.session.scalars(select(Invoice).where(Invoice.kind == "credit_note").order_by(Invoice.id)))


def test_a_return_from_the_pop_up_to_its_credit_note(client: Client, in_app: Any, order_ids: dict[str, Any]) -> None:
    page = client.get(f"{order_ids['url']}/create_return").text
    assert "The return period ended" not in page
    client.post(f"{order_ids['url']}/create_return", data={f"quantities-{order_ids['mugs']}": "1", "note": "Chipped"})
    tab = client.get(f"{order_ids['url']}?tab=returns").text
    assert "RET00001" in tab
    assert "€12.50" in tab
    assert "Chipped" in tab

    changed = client.get(f"{order_ids['url']}/change_return/1").text
    assert "€12.50 to refund" in changed
    client.post(
        f"{order_ids['url']}/change_return/1", data={f"quantities-{order_ids['mugs']}": "2", "reason": "Too blue"}
    )
    assert "Put back in stock" in client.get(f"{order_ids['url']}/credit_return/1").text
    client.post(f"{order_ids['url']}/receive_return/1", data={"restock": "y"})
    asked = client.get(f"{order_ids['url']}/credit_return/1").text
    assert "Create credit note · RET00001" in asked
    assert "€25.00 is credited." in asked
    assert "Put back in stock" not in asked  # that was answered when it was received
    client.post(f"{order_ids['url']}/credit_return/1", data={})

    with in_app():
        (back,) = db.session.scalars(select(Return))
        assert (back.reason, back.note, back.status) == ("Too blue", "Chipped", ReturnStatus.COMPLETED)
        assert [note.total for note in credit_notes()] == [Decimal("-25.00")]
    frozen = client.get(f"{order_ids['url']}/change_return/1").text
    assert "A credit note settles this return: it can’t be modified any more." in frozen


def test_a_return_that_somebody_else_changed_meanwhile_shows_both(
    client: Client, in_app: Any, order_ids: dict[str, Any]
) -> None:
    with in_app():
        (order,) = db.session.scalars(select(Order))
        create_return(order, by=SYSTEM, quantities={order_ids["mugs"]: Decimal(1)})
    url = f"{order_ids['url']}/change_return/1"
    seen = client.get(url).text.partition('name="seen" value="')[2].partition('"')[0]
    client.post(url, data={f"quantities-{order_ids['mugs']}": "1", "note": "Theirs", "seen": seen})

    answer = client.post(url, data={f"quantities-{order_ids['mugs']}": "1", "note": "Mine", "seen": seen})

    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert "Mine" in answer.text


def test_outside_the_return_period_there_is_a_warning(client: Client, in_app: Any, order_ids: dict[str, Any]) -> None:
    with in_app():
        (order,) = db.session.scalars(select(Order))
        order.shipments[0].sent_at = PLACED_AT
    assert now() > PLACED_AT

    page = client.get(f"{order_ids['url']}/create_return").text
    assert "The return period ended on 28 Mar 2026." in page
    client.post(f"{order_ids['url']}/create_return", data={f"quantities-{order_ids['mugs']}": "1"})

    with in_app():
        assert len(db.session.scalars(select(Return)).all()) == 1
