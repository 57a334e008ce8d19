"""SERVICES > E-mails & texts: own texts, their preview, a trial to oneself, and switching a kind of mail off."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from app.extensions import db
from app.mails import Postman, deliver_due
from app.mails.kinds import KINDS
from app.mails.texts import standard
from app.models import History, MailText, OutgoingMail
from app.queries import shop
from tests.clients import Client
from tests.factories import paid_order, placed_order
from tests.mails.outgoing import connect
from tests.postbox import Postbox

PAGE = "/admin/mail-texts/order_paid/nl"


def filled_in(page: str, **changed: str) -> dict[str, str]:
    """The form of the page as a browser would send it."""
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', page)
    assert seen
    return {"subject": "Betaald: {order_number}", "body": "Dank u!\r\n\r\n{shop_name}", "seen": seen[1], **changed}


def texts() -> list[tuple[str, str, str, str]]:
    query = select(MailText.kind, MailText.language, MailText.subject, MailText.body).order_by(MailText.id)
    return [tuple(row) for row in db.session.execute(query)]


def events() -> list[tuple[str, dict[str, Any], str]]:
    query = select(History).where(History.subject.startswith("mail_text:")).order_by(History.id)
    return [(event.facts["record"], event.facts["changes"], event.actor_name) for event in db.session.scalars(query)]


def counts() -> list[Any]:
    return [db.session.scalar(select(func.count()).select_from(table)) for table in (MailText, History, OutgoingMail)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_pages(client: Client, in_app: Any, kind: str) -> None:
    with in_app():
        paid_order(language="nl")

    assert f"/admin/mail-texts/{kind}/fr" in client.get("/admin/mail-texts/").text
    assert client.get(f"/admin/mail-texts/{kind}/fr").status_code == 200


@pytest.mark.parametrize("path", ["/admin/mail-texts/nothing/nl", "/admin/mail-texts/order_paid/xx"])
def test_what_is_no_text_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.each_database
def test_an_own_text_is_saved_is_in_the_history_and_goes(client: Client, in_app: Any) -> None:
    answer = client.post(PAGE, data=filled_in(client.get(PAGE).text))

    assert (answer.status_code, answer.location) == (303, PAGE)
    old = standard("order_paid", "nl")
    with in_app():
        assert texts() == [("order_paid", "nl", "Betaald: {order_number}", "Dank u!\n\n{shop_name}")]
        assert events() == [
            (
                "Order paid (Nederlands)",
                {
                    "subject": [old.subject, "Betaald: {order_number}"],
                    "body": [old.body, "Dank u!\n\n{shop_name}"],
                },
                "Owner",
            )
        ]
        number = placed_order(language="nl").number
    client.post(f"/admin/order/{number}/mark_paid", data={"notify": "y"})
    with in_app():
        (mail,) = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "order_paid"))
        assert (mail.subject, mail.body) == (f"Betaald: {number}", "Dank u!\n\nMy shop\n")
    assert "own text" in client.get("/admin/mail-texts/").text
    assert "Order paid (Nederlands) changed" in client.get(PAGE).text


def test_the_standard_text_is_no_own_text(client: Client, in_app: Any) -> None:
    old = standard("order_paid", "nl")

    client.post(PAGE, data=filled_in(client.get(PAGE).text))
    client.post(PAGE, data=filled_in(client.get(PAGE).text, subject=old.subject, body=old.body + "\r\n"))

    with in_app():
        assert texts() == []


def test_restoring_takes_the_own_text_away_and_keeps_it_in_the_history(client: Client, in_app: Any) -> None:
    client.post(PAGE, data=filled_in(client.get(PAGE).text))

    answer = client.post(f"{PAGE}/restore_text")
    again = client.post(f"{PAGE}/restore_text")

    assert answer.location == again.location == PAGE
    assert "This is the standard text already." in client.get(PAGE).text
    with in_app():
        assert texts() == []
        assert [changes["subject"][0] for _record, changes, _who in events()] == [
            standard("order_paid", "nl").subject,
            "Betaald: {order_number}",
        ]


@pytest.mark.parametrize(
    ("page", "changed", "said"),
    [
        (PAGE, {"subject": ""}, "Fill this in."),
        (PAGE, {"body": " "}, "Fill this in."),
        (PAGE, {"subject": "x" * 301}, "At most 300 letters."),
        (PAGE, {"body": "Hello {nobody}"}, "There is no word {nobody}. These can be used: {shop_name}"),
        (PAGE, {"body": "Hello {order_number"}, "A brace stands alone."),
        ("/admin/mail-texts/notify_customer/en", {"body": "Hello"}, "Without {message} this mail says nothing."),
    ],
)
def test_a_text_with_a_mistake_is_not_saved(
    client: Client, in_app: Any, page: str, changed: dict[str, str], said: str
) -> None:
    data = filled_in(client.get(page).text, **changed)
    with in_app():
        before = counts()

    answer = client.post(page, data=data)

    assert answer.status_code == 422
    assert said in answer.text
    with in_app():
        assert counts() == before


def test_of_two_who_edit_the_second_sees_the_text_of_the_first(client: Client, signed_in_as: Any, in_app: Any) -> None:
    other = signed_in_as("owner")
    first, second = filled_in(client.get(PAGE).text), filled_in(other.get(PAGE).text, body="Mine\r\n{shop_name}")

    client.post(PAGE, data=first)
    conflict = other.post(PAGE, data=second)

    assert conflict.status_code == 409
    assert "Somebody else changed this text after you opened it." in conflict.text
    assert "Dank u!" in conflict.text
    assert "Mine" in conflict.text
    with in_app():
        assert texts()[0][3] == "Dank u!\n\n{shop_name}"
    assert other.post(PAGE, data=filled_in(conflict.text, body="Mine\r\n{shop_name}")).status_code == 303
    with in_app():
        assert texts()[0][3] == "Mine\n{shop_name}"


# --- preview and trial ----------------------------------------------------------------------------------------------


def test_the_preview_shows_what_is_typed_on_the_order_that_is_asked_for(client: Client, in_app: Any) -> None:
    with in_app():
        first = placed_order(language="nl").number
        latest = paid_order(language="nl").number
        before = counts()
    data = filled_in(client.get(PAGE).text, body="See https://shop.example\r\n{payment_method} <b>\r\n{invoice_number}")

    shown = client.post(f"{PAGE}/preview", data=data).text
    older = client.post(f"{PAGE}/preview", data={**data, "order": first}).text
    unknown = client.post(f"{PAGE}/preview", data={**data, "order": "ORD99"}).text

    assert f"Betaald: {latest}" in shown
    assert '<a href="https://shop.example">https://shop.example</a><br>\nBank transfer &lt;b&gt;' in shown
    assert "INV00002.pdf" in shown
    assert f"Betaald: {first}" in older
    assert "There is no order ORD99." in unknown
    with in_app():
        assert counts() == before


def test_words_that_no_order_has_show_their_meaning(client: Client, in_app: Any) -> None:
    with in_app():
        placed_order()

    assert "‹what somebody wrote to the customer›" in client.get("/admin/mail-texts/notify_customer/en").text


def test_without_an_order_there_is_no_preview_and_no_trial(client: Client, in_app: Any) -> None:
    page = client.get(PAGE).text

    assert "A preview needs an order." in page
    assert client.post(f"{PAGE}/trial", data=filled_in(page)).status_code == 422


def test_a_trial_goes_to_oneself_and_belongs_to_no_order(client: Client, in_app: Any, postbox: Postbox) -> None:
    with in_app():
        connect(postbox)
        number = placed_order(language="nl").number
        deliver_due(Postman())

    client.post(f"{PAGE}/trial", data=filled_in(client.get(PAGE).text))

    with in_app():
        deliver_due(Postman())
        mail = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id.desc())).first()
        assert (mail.order_id, mail.to_address, mail.state) == (None, "owner@example.org", "sent")
        assert texts() == []
    assert [mail["Subject"] for mail in postbox.mails][1:] == [f"[Trial] Betaald: {number}"]


# --- on and off -----------------------------------------------------------------------------------------------------


def test_a_kind_that_is_switched_off_goes_no_more_until_it_is_on_again(client: Client, in_app: Any) -> None:
    client.post(f"{PAGE}/switch_mail_off")
    client.post(f"{PAGE}/switch_mail_off")
    with in_app():
        first, second = placed_order().number, placed_order().number
    client.post(f"/admin/order/{first}/mark_paid", data={"notify": "y"})

    assert "Switched off" in client.get("/admin/mail-texts/").text
    client.post(f"{PAGE}/switch_mail_on")
    client.post(f"/admin/order/{second}/mark_paid", data={"notify": "y"})

    with in_app():
        sent = db.session.scalars(select(OutgoingMail.order_id).where(OutgoingMail.kind == "order_paid")).all()
        assert sent == [2]
        assert shop().mails_off == []
        assert [changes for _record, changes, _who in events()] == [{"goes": [True, False]}, {"goes": [False, True]}]


def test_what_somebody_writes_can_not_be_switched_off(client: Client, in_app: Any) -> None:
    answer = client.post("/admin/mail-texts/notify_customer/nl/switch_mail_off")

    assert "This mail is sent only when somebody writes it." in client.get(answer.location).text
    with in_app():
        assert shop().mails_off == []


def test_switching_reminders_on_again_duns_nobody_for_the_time_between(client: Client, in_app: Any) -> None:
    from app.columns import now

    page = "/admin/mail-texts/payment_reminder/nl"
    with in_app():
        began = shop().reminders_since = now()
    client.post(f"{page}/switch_mail_off")
    client.post(f"{page}/switch_mail_on")

    with in_app():
        assert shop().reminders_since > began


@pytest.mark.parametrize("name", ["", "/restore_text", "/switch_mail_off", "/switch_mail_on", "/trial"])
def test_who_may_not_change_texts_only_looks(signed_in_as: Any, in_app: Any, name: str) -> None:
    browser = signed_in_as("office")
    page = browser.get(PAGE).text
    with in_app():
        before = counts()

    assert "You lack the right to change the texts of mails." in page
    assert browser.post(PAGE + name, data=filled_in(page)).status_code == 403
    with in_app():
        assert counts() == before
