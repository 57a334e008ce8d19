"""No link in any mail is made of the name that a request says, whatever made the mail.

Mails and actions know no request (a contract in pyproject.toml), so it could only come from what the pages give them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import OutgoingMail
from tests.clients import Client, Program
from tests.whole.marked_person import put_in

APP = Path(__file__).parents[2] / "app"
OURS, ANOTHER = "https://desk.example.com", "desk.lan"

#: What Flask makes of the name in the request.
OF_REQUEST = re.compile(r"_external=|\brequest\.(host_url|url_root|root_url|base_url|url)\b")

#: Mails that the pages and programs of the marked person set off, by another name of ours.
SET_OFF = {
    "account_link",
    "quote",
    "order_sent",
    "order_confirmation",
    "order_paid",
    "notify_customer",
    "ticket_answer",
}


def test_whatever_name_was_called_mails_lead_to_our_own_address(
    app: Flask, client: Client, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOONBANK_ADDRESS", OURS)
    monkeypatch.setitem(app.config, "HOSTS", [ANOTHER])
    for browser in (client, program):
        monkeypatch.setitem(browser.environ_base, "HTTP_HOST", ANOTHER)

    put_in(app, client, program)

    with app.app_context():
        mails = db.session.scalars(select(OutgoingMail)).all()
        said = " ".join(f"{mail.subject} {mail.body}" for mail in mails)
        assert {mail.kind for mail in mails} >= SET_OFF
        assert set(re.findall(r"https?://[^/\s]+", said)) == {OURS}
        assert ANOTHER not in said


def test_no_module_makes_an_address_of_the_name_in_the_request() -> None:
    made = [
        f"{file.relative_to(APP)}: {line.strip()}"
        for file in sorted(APP.rglob("*.py"))
        for line in file.read_text("utf-8").splitlines()
        if OF_REQUEST.search(line)
    ]

    assert made == [], "take app.serving.callers.own_address"
