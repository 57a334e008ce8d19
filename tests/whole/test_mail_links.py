"""No link in any mail is made of the name that a request says, whatever made the mail.

Mails and actions know no request (a contract in pyproject.toml), so it could only come from what the pages give them.
Each kind of mail is set off once, by another name of ours: a kind that is new fails the test until it is, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.actions.api_keys import create_key
from app.actions.tasks import add_task
from app.admin_views.dashboard.offered_actions import offered_actions
from app.columns import now
from app.extensions import db
from app.history import person
from app.mails.kinds import ALL
from app.models import Order, OutgoingMail
from app.operations import worker
from app.queries import today
from tests.clients import Client, Program, somebody
from tests.every_action import filled_form
from tests.factories import placed_order
from tests.whole.marked_person import put_in

APP = Path(__file__).parents[2] / "app"
OURS, ANOTHER = "https://desk.example.com", "desk.lan"

#: What Flask makes of the name in the request.
OF_REQUEST = re.compile(r"_external=|\brequest\.(host_url|url_root|root_url|base_url|url)\b")

#: Kind of mail -> the action of the order page that sends it.
SENT_BY = {kind: name for name, action in offered_actions().items() for kind in (action.mail_beside, action.mail)}
#: A pop-up that fills itself in with what changes nothing.
SENT_BY |= {"invoice": "send_invoice", "credit_note": "credit_order", "return_authorised": "authorise_return"}


def test_whatever_name_was_called_mails_lead_to_our_own_address(
    app: Flask, in_app: Any, client: Client, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOONBANK_ADDRESS", OURS)
    monkeypatch.setitem(app.config, "HOSTS", [ANOTHER])
    for browser in (client, program):
        monkeypatch.setitem(browser.environ_base, "HTTP_HOST", ANOTHER)

    put_in(app, client, program)
    for kind in SENT_BY.keys() & ALL.keys() - kinds_of_mails(in_app):
        press(client, in_app, SENT_BY[kind])
    remind_thrice(client, in_app)
    with in_app():
        remind_staff()
    client.post("/password/", data=dict.fromkeys(("new_password", "again"), "a kiln that is never cold"))

    assert kinds_of_mails(in_app) >= set(ALL), "set them off here, too"
    with in_app():
        said = " ".join(f"{mail.subject} {mail.body}" for mail in db.session.scalars(select(OutgoingMail)))
    assert set(re.findall(r"https?://[^/\s]+", said)) - {"https://carrier.example"} == {OURS}
    assert ANOTHER not in said


def kinds_of_mails(in_app: Any) -> set[str]:
    with in_app():
        return set(db.session.scalars(select(OutgoingMail.kind).distinct()))


def press(client: Client, in_app: Callable[[], Any], name: str) -> None:
    url, form = filled_form(client, in_app, name)
    answer = client.post(url, data={**form.fields, "notify": "y"})
    assert answer.status_code == 303, (name, answer.status_code)


def remind_thrice(client: Client, in_app: Callable[[], Any]) -> None:
    """Each reminder of an order is a mail of its own."""
    with in_app():
        number = placed_order().number
    for _time in range(3):
        assert client.post(f"/admin/order/{number}/send_payment_reminder").status_code == 303
        with in_app():
            db.session.execute(update(Order).values(reminded_at=now() - timedelta(days=1)))


def remind_staff() -> None:
    """Of a task and of a key."""
    owner = person(somebody("owner"))
    create_key("Till", rights=["read"], by=owner, expires_on=today() + timedelta(days=3))
    soon = now() + timedelta(hours=1)
    add_task(None, by=owner, description="Call", assignee_id=owner.staff_id, remind_at=soon).remind_at = now()
    db.session.commit()
    assert worker.remind_of_tasks() == worker.remind_of_keys() == 1


def test_no_module_makes_an_address_of_the_name_in_the_request() -> None:
    made = [
        f"{file.relative_to(APP)}: {line.strip()}"
        for file in sorted(APP.rglob("*.py"))
        for line in file.read_text("utf-8").splitlines()
        if OF_REQUEST.search(line)
    ]

    assert made == [], "take app.serving.callers.own_address"
