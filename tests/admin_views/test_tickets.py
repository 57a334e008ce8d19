"""Questions of customers on the staff's screens: the tab of the order, the list, the page with its answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.returns import request_return
from app.actions.shipments import mark_sent
from app.actions.tickets import answer_ticket, ask, close_ticket
from app.extensions import db
from app.history import SYSTEM, Actor
from app.models import History, Order, OutgoingMail, Return, Task, Ticket
from tests.clients import Client, somebody
from tests.factories import placed_order

FEMKE = Actor("customer", "femke@example.org")


@pytest.fixture
def ticket(in_app: Any) -> int:
    with in_app():
        return ask(placed_order(), by=FEMKE, subject="A chipped mug", text="What now? <b>").id


def only_ticket() -> Ticket:
    return db.session.scalars(select(Ticket)).one()


def test_the_order_shows_its_questions_and_that_one_waits(client: Client, ticket: int) -> None:
    tab = client.get("/admin/order/ORD10001?tab=tickets").text

    assert "A chipped mug" in tab
    assert f'href="/admin/ticket/{ticket}"' in tab
    assert 'class="tab-alert"' in tab
    assert "Ticket not answered" in client.get("/admin/order/").text


def test_an_answer_goes_out_as_mail_and_stands_on_the_page(client: Client, in_app: Any, ticket: int) -> None:
    answer = client.post(f"/admin/ticket/{ticket}/answer_ticket", data={"text": "We send a new one.", "in_dialog": "1"})

    assert answer.location == f"/admin/ticket/{ticket}"
    page = client.get(answer.location).text
    assert "We send a new one." in page
    assert "What now? &lt;b&gt;" in page
    with in_app():
        assert only_ticket().status == "answered"
        assert not only_ticket().order.has_unanswered_ticket  # type: ignore[union-attr]
        mail = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "ticket_answer")).one()
        assert mail.to_address == "femke@example.org"
    assert 'class="tab-alert"' not in client.get("/admin/order/ORD10001?tab=tickets").text


def test_an_empty_answer_is_shown_again_with_the_reason(client: Client, in_app: Any, ticket: int) -> None:
    answer = client.post(f"/admin/ticket/{ticket}/answer_ticket", data={"text": " ", "in_dialog": "1"})

    assert answer.status_code == 422
    assert "Fill this in." in answer.text
    with in_app():
        assert len(only_ticket().messages) == 1


def test_a_question_is_set_aside_closed_and_opened_again(client: Client, in_app: Any, ticket: int) -> None:
    for name, status in (("set_aside", "to_do"), ("close_ticket", "closed"), ("reopen_ticket", "unanswered")):
        client.post(f"/admin/ticket/{ticket}/{name}")
        with in_app():
            assert only_ticket().status == status


@pytest.mark.parametrize(
    ("name", "reason"),
    [("reopen_ticket", "The ticket is not closed."), ("close_ticket", "The ticket is closed.")],
)
def test_a_refusal_is_said_and_changes_nothing(
    client: Client, in_app: Any, ticket: int, name: str, reason: str
) -> None:
    with in_app():
        if name == "close_ticket":
            close_ticket(only_ticket(), by=SYSTEM)
        before = len(db.session.scalars(select(History)).all())
    client.post(f"/admin/ticket/{ticket}/{name}")

    assert reason in client.get(f"/admin/ticket/{ticket}").text
    with in_app():
        assert len(db.session.scalars(select(History)).all()) == before


def test_it_is_given_to_a_colleague_and_made_a_task(client: Client, in_app: Any, ticket: int) -> None:
    with in_app():
        colleague = somebody("office").id
    client.post(f"/admin/ticket/{ticket}/assign_ticket", data={"assignee_id": str(colleague)})
    task = {"description": "Look for a mug", "assignee_id": str(colleague), "due_at": ""}
    client.post(f"/admin/ticket/{ticket}/make_task", data=task)

    with in_app():
        found = only_ticket()
        assert (found.assignee_id, found.status) == (colleague, "to_do")
        assert found.task == db.session.scalars(select(Task)).one()
        assert found.task.order == found.order  # type: ignore[union-attr]
    again = client.post(f"/admin/ticket/{ticket}/make_task", data={**task, "in_dialog": "1"})
    assert (again.status_code, "a task for this ticket already" in again.text) == (422, True)


def test_the_list_shows_what_waits_longest_first(client: Client, in_app: Any, ticket: int) -> None:
    with in_app():
        order = db.session.scalars(select(Order)).one()
        ask(order, by=FEMKE, subject="Second", text="?")
        answer_ticket(ask(order, by=FEMKE, subject="Done with", text="?"), by=SYSTEM, text="Yes.")

    waiting = client.get("/admin/ticket/").text
    assert waiting.index("A chipped mug") < waiting.index("Second")
    assert "Done with" not in waiting
    assert "Done with" in client.get("/admin/ticket/?state=answered").text
    assert "Second" in client.get("/admin/ticket/?state=all&search=ORD10001").text


def test_who_lacks_the_right_may_read_and_not_answer(
    signed_in_as: Callable[[str], Client], in_app: Any, ticket: int
) -> None:
    reader = signed_in_as("reader")

    assert "answer_ticket" not in reader.get(f"/admin/ticket/{ticket}").text
    assert reader.post(f"/admin/ticket/{ticket}/answer_ticket", data={"text": "Yes."}).status_code == 403
    with in_app():
        assert len(only_ticket().messages) == 1


def test_what_a_customer_asks_to_send_back_is_authorised(client: Client, in_app: Any) -> None:
    with in_app():
        order = placed_order()
        mark_sent(order, by=SYSTEM)
        asked = request_return(order, by=FEMKE, quantities={order.lines[0].id: 1}, reason="Damaged")  # type: ignore[dict-item]
        return_id, number = asked.id, order.number

    assert "Requested" in client.get(f"/admin/order/{number}?tab=returns").text
    client.post(f"/admin/order/{number}/authorise_return/{return_id}")
    with in_app():
        assert db.session.scalars(select(Return.status)).one() == "authorised"
        assert db.session.scalar(select(History.what).where(History.what == "return_authorised"))
