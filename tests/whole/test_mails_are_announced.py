"""Nobody mails a customer unasked: wherever an action that mails is offered, who gets which mail is said before."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import ACTIONS
from app.admin_views import bulk
from app.admin_views.dashboard.offered_actions import offered_actions
from app.extensions import db
from app.mails.kinds import mail_title
from app.models import MailState, Order, OutgoingMail
from app.queries import shop
from tests.arrange import work_off
from tests.every_action import possible
from tests.looking import everything

MAILING = sorted(name for name, action in offered_actions().items() if action.mail)
FOR_MANY = sorted(action.name for action in bulk.bulk_actions() if action.mail)
UNDONE_FOR_MANY = sorted(action.name for action in bulk.bulk_actions() if action.undo)

#: What does nothing but mail needs no tick: its button sends it.
IS_THE_MAIL = {"notify_customer", "send_invoice", "send_payment_reminder", "send_quote"}

FORM = re.compile(r'<form method="post" action="([^"]*)".*?</form>', re.DOTALL)
NAME, VALUE = re.compile(r'name="([^"]*)"'), re.compile(r'value="([^"]*)"')
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def arranged(name: str) -> tuple[str, int | None]:
    found = possible(name)
    assert found is not None
    for waiting in db.session.scalars(select(OutgoingMail)):
        waiting.state = MailState.SENT  # a mail that waits needs no tick: what it says goes along with it
    order, record_id = found
    return order.number, record_id


def says_who_gets_it(text: str, name: str) -> bool:
    kinds = filter(None, (ACTIONS[name].mail, ACTIONS[name].mail_beside))
    return "femke@example.org" in text and all(mail_title(kind) in html.unescape(text) for kind in kinds)


def has_tick(text: str) -> bool:
    return (
        re.search(r'<input [^>]*type="checkbox"[^>]*name="notify"|name="notify"[^>]*type="checkbox"', text) is not None
    )


def boxes_ticked(text: str) -> dict[str, str]:
    """What a form sends of its boxes that are ticked when it opens."""
    boxes = [one for one in re.findall(r"<input [^>]*>", text) if 'type="checkbox"' in one and " checked" in one]
    return {name[1]: value[1] for box in boxes if (name := NAME.search(box)) and (value := VALUE.search(box))}


# --- by itself ------------------------------------------------------------------------------------------------------


def test_what_has_no_tick_does_nothing_but_mail() -> None:
    without = {name for name in MAILING if "notify" not in {one.name for one in ACTIONS[name].inputs}}

    assert without == IS_THE_MAIL


@pytest.mark.parametrize("name", MAILING)
def test_a_pop_up_says_who_gets_which_mail_beside_its_tick(client: Any, in_app: Any, name: str) -> None:
    with in_app():
        number, record_id = arranged(name)

    page = client.get(f"/admin/order/{number}/{name}" + (f"/{record_id}" if record_id else "")).text

    assert "femke@example.org" in page
    assert name in IS_THE_MAIL or (has_tick(page) and says_who_gets_it(page, name))


@pytest.mark.parametrize("name", sorted(set(MAILING) - IS_THE_MAIL))
def test_a_button_of_the_order_page_that_is_just_pressed_has_its_tick_there(
    client: Any, in_app: Any, name: str
) -> None:
    with in_app():
        number, record_id = arranged(name)
    where = f"/admin/order/{number}/{name}" + (f"/{record_id}" if record_id else "")

    page = client.get(f"/admin/order/{number}").text

    for form in (found for found in FORM.finditer(page) if found[1].partition("?")[0] == where):
        elsewhere = re.search(r'<form [^>]*id="([\w-]+)"', form[0])
        assert has_tick(form[0]) or (elsewhere and f'form="{elsewhere[1]}"' in page)
        assert says_who_gets_it(page, name)


# --- in a row -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [action.name for action in bulk.row_actions()])
def test_a_row_button_that_mails_opens_its_pop_up_and_leads_back(client: Any, in_app: Any, name: str) -> None:
    with in_app():
        number, _record_id = arranged(name)

    page = client.get("/admin/order/?search=" + number).text
    pressed, link = f'value="{name}:{number}"' in page, re.search(rf'href="([^"]*/{number}/{name}\?[^"]*)"', page)

    assert pressed != bool(ACTIONS[name].mail)
    if link:
        pop_up = client.get(html.unescape(link[1])).text
        assert has_tick(pop_up)
        answer = client.post(html.unescape(link[1]), data={**boxes_ticked(pop_up), "in_dialog": "1", "notify": "y"})
        assert answer.location.startswith("/admin/order/?search=")
        assert str(ACTIONS[name].done) in client.get(answer.location).text


def test_sent_in_a_row_asks_for_the_code_and_warns_when_it_is_not_paid(client: Any, in_app: Any) -> None:
    with in_app():
        number, _record_id = arranged("mark_sent")

    pop_up = client.get(f"/admin/order/{number}/mark_sent?url=/admin/order/").text

    assert 'name="tracking_code"' in pop_up
    assert "Not paid yet: €67.75 is open." in pop_up
    assert f"<strong>{number}</strong> <bdi>Femke Jansen</bdi>" in pop_up
    assert "<bdi>Femke Jansen</bdi>" not in client.get(f"/admin/order/{number}/mark_sent").text
    assert all(f"“{kind}”" in pop_up for kind in ("Order sent", "Track &amp; Trace"))


# --- for many -------------------------------------------------------------------------------------------------------


def ticked(client: Any, numbers: list[str], name: str, **more: Any) -> Any:
    return client.post("/admin/order/bulk", data={"rowid": numbers, "action": name, "url": "/admin/order/", **more})


@pytest.mark.parametrize("name", FOR_MANY)
def test_a_few_ticked_orders_are_shown_before_anybody_is_mailed(client: Any, in_app: Any, name: str) -> None:
    with in_app():
        numbers = [arranged(name)[0] for _ in range(2)]
        before = everything()

    page = ticked(client, numbers, name)

    assert page.status_code == 200
    assert name in IS_THE_MAIL or has_tick(page.text)
    if not ACTIONS[name].inputs_for_many or any(one.initial for one in ACTIONS[name].inputs_for_many):
        assert says_who_gets_it(page.text, name)
    with in_app():
        assert {table for table, rows in everything().items() if rows != before[table]} <= {"form_token"}


# --- Undo for many --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", UNDONE_FOR_MANY)
def test_what_a_few_orders_report_offers_undo_and_undo_takes_it_back(client: Any, in_app: Any, name: str) -> None:
    with in_app():
        shop().mail_hold = 30
        numbers = [arranged(name)[0] for _ in range(2)]

    said = client.get(ticked(client, numbers, name, step="do", notify="y").location).text
    (form,) = [found[0] for found in FORM.finditer(said) if found[1] == "/admin/order/bulk-undo"]
    fields: dict[str, list[str]] = {}
    for field, value in FIELD.findall(form):
        fields.setdefault(field, []).append(html.unescape(value))
    assert fields["rowid"] == numbers
    fields.pop("csrf_token")
    undone = client.get(client.post("/admin/order/bulk-undo", data=fields).location).text

    assert "2 orders changed" in undone
    assert_taken_back(in_app, name, numbers)


@pytest.mark.parametrize("name", UNDONE_FOR_MANY)
def test_the_report_of_a_job_offers_undo_and_undo_takes_it_back(
    app: Any, client: Any, in_app: Any, monkeypatch: Any, name: str
) -> None:
    monkeypatch.setattr(bulk, "IN_REQUEST", 1)
    with in_app():
        shop().mail_hold = 30
        numbers = [arranged(name)[0] for _ in range(2)]

    report = ticked(client, numbers, name, step="do", notify="y").location
    work_off(app)
    assert f'action="{report}/undo"' in client.get(report).text
    undone = client.post(f"{report}/undo").location
    work_off(app)

    assert "2 orders changed" in client.get(undone).text
    assert f'href="{undone}"' in client.get(report).text
    client.post(f"{report}/undo")
    assert "This job has been undone." in client.get(report).text
    assert_taken_back(in_app, name, numbers)


def assert_taken_back(in_app: Any, name: str, numbers: list[str]) -> None:
    """It could be done again, and no mail tells of it."""
    with in_app():
        orders = db.session.scalars(select(Order).where(Order.number.in_(numbers))).all()
        assert [ACTIONS[name].why_not(order) for order in orders] == ["", ""]
        mails = select(OutgoingMail.state).where(OutgoingMail.kind == ACTIONS[name].mail, OutgoingMail.undone_by != "")
        told = db.session.scalars(mails).all()
        assert set(told) <= {"withdrawn"}
        assert bool(told) == bool(ACTIONS[name].mail)
