"""A mail server that is away is seen: since when, why, how many mails wait, and Try now."""

from __future__ import annotations

import smtplib
import socket
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.columns import now
from app.extensions import db
from app.mails import Postman, deliver_due
from app.mails.smtp import Away, away_because
from app.models import Outage, Outside
from app.operations import surroundings
from app.queries import shop
from tests.clients import Client
from tests.mails.outgoing import connect, queued
from tests.postbox import Postbox


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


def set_server_away() -> None:
    shop().smtp_host, shop().smtp_port, shop().smtp_security = "127.0.0.1", free_port(), "none"
    shop().mail_sender = shop().email = "desk@example.org"
    db.session.commit()


@pytest.mark.each_database
def test_an_outage_is_noted_and_ends_with_the_first_mail_that_can_go(database: None, postbox: Postbox) -> None:
    set_server_away()
    postman = Postman()
    queued()
    assert deliver_due(postman) == 0
    first = db.session.scalars(select(Outage)).one()
    since, tried = first.since, first.tried_at
    assert (first.what, first.reason) == (Outside.MAIL, Away.NO_ANSWER)
    assert "refused" in first.detail

    assert deliver_due(postman) == 0  # it stays away for a while
    assert db.session.scalars(select(Outage.tried_at)).one() == tried
    first.asked_at = now()
    db.session.commit()
    assert deliver_due(postman) == 0  # somebody wants it tried now
    again = db.session.scalars(select(Outage)).one()
    db.session.refresh(again)
    assert again.since == since
    assert again.tried_at > tried
    assert not again.is_wanted_now

    connect(postbox)
    assert deliver_due(postman) == 1
    assert db.session.scalars(select(Outage)).all() == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(), Away.NO_ANSWER),
        (socket.gaierror(), Away.UNKNOWN_HOST),
        (TimeoutError(), Away.TOO_SLOW),
        (ssl.SSLCertVerificationError(), Away.CERTIFICATE),
        (smtplib.SMTPAuthenticationError(535, b"no"), Away.SIGN_IN),
        (smtplib.SMTPServerDisconnected(), Away.NO_ANSWER),
        (smtplib.SMTPDataError(421, b"later"), Away.REFUSES),
        (None, Away.NO_ANSWER),
    ],
)
def test_the_reason_is_known(error: BaseException | None, reason: Away) -> None:
    assert away_because(error) == reason


def test_home_and_the_outbox_say_it_and_try_now(client: Client, in_app: Any, signed_in_as: Any) -> None:
    with in_app():
        set_server_away()
        queued()
        queued()
        deliver_due(Postman())
    for page in ("/admin/", "/admin/outbox/"):
        said = client.get(page).text
        assert "No mail has gone out since" in said
        assert "The mail server does not answer. 2 mails wait, and go by themselves." in " ".join(said.split())
        assert "/admin/outbox/try-now" in said
        assert "/admin/outbox/try-now" not in signed_in_as("reader").get(page).text
    assert signed_in_as("reader").post("/admin/outbox/try-now").status_code == 403

    assert client.post("/admin/outbox/try-now").status_code == 303
    with in_app():
        assert db.session.scalars(select(Outage)).one().is_wanted_now
        shop().smtp_host = ""
    assert "No mail has gone out since" not in client.get("/admin/outbox/").text


def test_a_disk_that_is_nearly_full_is_said_until_it_has_room(
    client: Client, in_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surroundings.shutil, "disk_usage", lambda _folder: (100 * 1024**3, 0, 300 * 1024**2))
    with in_app():
        surroundings.look_at_disk()
    assert "The disk is nearly full: 300 MB are left." in client.get("/admin/").text
    monkeypatch.setattr(surroundings.shutil, "disk_usage", lambda _folder: (100 * 1024**3, 0, 3 * 1024**3))
    with in_app():
        surroundings.look_at_disk()
    assert "The disk is nearly full" not in client.get("/admin/").text


def test_a_certificate_that_runs_out_is_said(client: Client, in_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOONBANK_ADDRESS", "https://desk.example.com")
    soon = datetime(2030, 1, 15, 12, tzinfo=UTC)
    for lacks, sentence in (
        (("ends", soon.isoformat()), "The certificate of https://desk.example.com runs out on"),
        (("ended", ""), "The certificate of https://desk.example.com has run out"),
    ):
        monkeypatch.setattr(surroundings, "what_lacks", lambda _host, _port, lacks=lacks: lacks)
        with in_app():
            surroundings.look_at_certificate()
        assert sentence in client.get("/admin/").text
    monkeypatch.setattr(surroundings, "what_lacks", lambda _host, _port: ("", ""))
    with in_app():
        surroundings.look_at_certificate()
        assert db.session.scalars(select(Outage)).all() == []
    assert surroundings.when_it_ends(now() + timedelta(days=30)) == ("", "")
    assert surroundings.when_it_ends(now() + timedelta(days=3))[0] == "ends"
    assert surroundings.what_lacks("127.0.0.1", free_port()) == ("", "")
