"""The security log: what stands in it, that a rollback loses none of it, and that a flood fills no disk."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_security.utils import hash_password
from sqlalchemy import func, select, text

from app.cli import keeping
from app.columns import now
from app.extensions import db, transaction
from app.models import SecurityEvent, Shop
from app.operations.copies import make_due
from app.queues.networks import NotAllowed, refuse_private
from app.security import security_log
from app.security.security_log import SecurityKind, note_security, purge_security_log
from tests.clients import Client, somebody

PASSWORD = "a horse that nobody guessed"


def kinds() -> list[str]:
    return list(db.session.scalars(select(SecurityEvent.kind).order_by(SecurityEvent.id)))


def rows(kind: SecurityKind) -> list[SecurityEvent]:
    found = select(SecurityEvent).where(SecurityEvent.kind == kind.value).order_by(SecurityEvent.id)
    return list(db.session.scalars(found))


def test_sign_ins_done_and_failed_and_signing_out_stand_in_it(app, anonymous, in_app):
    with in_app():
        staff = somebody("office")
        staff.password = hash_password(PASSWORD)
        email, staff_id, name = staff.email, staff.id, str(staff)

    for password in ("not the password", "nor this one here", PASSWORD):
        anonymous.post("/sign-in", data={"email": email, "password": password})
    anonymous.post("/sign-out")

    with in_app():
        (failed,) = rows(SecurityKind.SIGN_IN_FAILED)
        assert (failed.account, failed.times, failed.client) == (email, 2, "127.0.0.1")
        (signed_in,) = rows(SecurityKind.SIGNED_IN)
        assert (signed_in.account, signed_in.staff_id, signed_in.detail) == (name, staff_id, "password")
        assert [row.staff_id for row in rows(SecurityKind.SIGNED_OUT)] == [staff_id]


def test_what_was_typed_instead_of_an_address_may_be_a_password(anonymous, in_app):
    anonymous.post("/sign-in", data={"email": "correct horse battery", "password": "typed too early"})

    with in_app():
        assert [row.account for row in rows(SecurityKind.SIGN_IN_FAILED)] == [""]


def test_a_refusal_stands_in_it_though_its_transaction_was_rolled_back(app, signed_in_as, in_app):
    reader = signed_in_as("reader")

    assert reader.get("/admin/staff/").status_code == 403
    assert reader.post("/admin/staff/new/", data={"name": "Mallory"}).status_code == 403  # in a writing transaction

    with in_app():
        refused = rows(SecurityKind.NOT_ALLOWED)
        assert all(one.staff_id is not None for one in refused)
        assert [one.detail for one in refused] == ["GET staff.index_view", "POST staff.create_view"]


def test_a_page_of_another_site_stands_in_it(client, in_app):
    client.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"})

    with in_app():
        assert [row.detail for row in rows(SecurityKind.FROM_OTHER_SITE)] == ["POST security.logout"]


def test_a_key_that_is_not_in_use_stands_in_it_without_the_key(app, program_with, in_app):
    program = program_with("read")
    program.key = "toon_stolen-and-ended"

    assert program.get("/api/orders").status_code == 401

    with in_app():
        (refused,) = rows(SecurityKind.KEY_REFUSED)
        assert "stolen" not in f"{refused.account} {refused.detail}"
        assert "key_made" in kinds()


def test_what_is_rolled_back_was_not_done(database):
    note_security(SecurityKind.ROLE_CHANGED, account="Femke", detail="Office")
    db.session.rollback()

    assert kinds() == []


@pytest.mark.each_database
def test_the_same_within_a_minute_is_one_row_that_counts(app: Flask) -> None:
    for _again in range(3):
        refuse(app, "a@example.org", "192.0.2.1")
    refuse(app, "b@example.org", "192.0.2.1")

    with app.app_context():
        assert [(row.account, row.times) for row in rows(SecurityKind.SIGN_IN_FAILED)] == [
            ("a@example.org", 3),
            ("b@example.org", 1),
        ]


@pytest.mark.each_database
def test_a_flood_fills_no_disk(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security_log, "MOST_AN_HOUR", 5)
    with app.app_context(), transaction():
        note_security(SecurityKind.KEY_MADE, account="Femke")

    for number in range(20):
        refuse(app, f"{number}@example.org", f"192.0.2.{number}")

    with app.app_context():
        failed = rows(SecurityKind.SIGN_IN_FAILED)
        assert len(failed) == 6
        assert sum(row.times for row in failed) == 20
        assert (failed[-1].account, failed[-1].client) == ("", "")
        monkeypatch.setattr(security_log, "MOST_REFUSALS", 2)
        with transaction():
            purge_security_log()
        assert len(rows(SecurityKind.SIGN_IN_FAILED)) == 2
        assert len(rows(SecurityKind.KEY_MADE)) == 1, "what was done is not washed away by what was tried"


def test_it_is_kept_as_long_as_the_shop_says(database):
    db.session.get_one(Shop, 1).security_log_days = 30
    for days in (29, 31):
        db.session.add(SecurityEvent(kind="signed_in", at=now() - timedelta(days=days), client="192.0.2.1"))
    db.session.commit()

    with transaction():
        purge_security_log()

    assert db.session.scalar(select(func.count()).select_from(SecurityEvent)) == 1


def test_its_page_is_for_those_with_its_right(client, signed_in_as, in_app):
    page = client.get("/admin/security-log/").text
    assert "Signed in" in page
    assert "127.0.0.1" in page
    assert client.get("/admin/security-log/?flt0_0=sign_in_failed").status_code == 200
    assert signed_in_as("office").get("/admin/security-log/").status_code == 403


def refuse(app: Flask, account: str, client: str) -> None:
    with app.app_context():
        note_security(SecurityKind.SIGN_IN_FAILED, account=account, client=client)


def test_a_log_that_cannot_be_written_keeps_nobody_out(app, anonymous: Client, monkeypatch):
    monkeypatch.setattr(security_log, "write_row", lambda noted: 1 / 0)

    assert anonymous.post("/sign-in", data={"email": "a@example.org", "password": "wrong password"}).status_code < 500


def test_whoever_was_refused_does_not_wait_for_others_who_write(app: Flask) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE shop SET city = city"))
        began = time.monotonic()
        with app.app_context():
            note_security(SecurityKind.THROTTLED, account="a@example.org")
        assert time.monotonic() - began < 5
        assert len(security_log.waiting) == 1
        db.session.rollback()
    refuse(app, "b@example.org", "192.0.2.1")

    with app.app_context():
        assert kinds() == ["throttled", "sign_in_failed"]


# --- each kind is noted by somebody ---------------------------------------------------------------------------------

APP = Path(security_log.__file__).parents[1]


@pytest.mark.parametrize("kind", SecurityKind)
def test_each_kind_that_can_be_looked_for_is_noted_somewhere(kind: SecurityKind) -> None:
    named = re.compile(rf"\bSecurityKind\.{kind.name}\b")

    assert [file.name for file in sorted(APP.rglob("*.py")) if named.search(file.read_text("utf-8"))]


def test_an_unknown_host_name_stands_in_it(anonymous, in_app):
    assert anonymous.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400

    with in_app():
        assert [row.detail for row in rows(SecurityKind.WRONG_HOST)] == ["GET security.login"]


def test_an_address_in_the_own_network_stands_in_it(app, in_app):
    with app.app_context(), pytest.raises(NotAllowed):
        refuse_private("10.0.0.8")

    with in_app():
        assert [row.detail for row in rows(SecurityKind.ADDRESS_REFUSED)] == ["10.0.0.8"]


def test_copies_and_putting_one_back_stand_in_it(app, in_app, tmp_path):
    run = app.test_cli_runner().invoke
    assert run(keeping.backup, [str(tmp_path / "copy.zip"), "--without-keys"]).exit_code == 0
    with app.app_context(), transaction():
        own = db.session.get_one(Shop, 1)
        own.copies_folder, own.copies_hour = str(tmp_path), 0
    with app.app_context():
        assert make_due("worker") == 1

    with in_app():
        made = [(row.account, row.detail) for row in rows(SecurityKind.BACKED_UP)]
    assert made[0] == ("command line", "copy.zip")
    assert made[1][0] == "Toonbank"
