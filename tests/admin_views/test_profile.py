"""A page of one's own, where one is signed in, and what one is told of by mail."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_security.utils import hash_password
from sqlalchemy import select, update

from app.admin_views.browsers import name_browser
from app.columns import now
from app.extensions import db
from app.models import History, OutgoingMail, Role, Staff, StaffSession
from tests.clients import Client, sign_in

PROFILE = "/admin/profile/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def save(browser: Client, **given: str) -> Any:
    return browser.post(PROFILE, data={"name": "Owner", "language": "en", "time_zone": "", **given})


def mails(in_app: Any) -> list[tuple[str, str, str]]:
    with in_app():
        found = db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()
        return [(mail.to_address, mail.subject, mail.body) for mail in found]


def test_everybody_changes_their_own_page(app: Flask, in_app: Any) -> None:
    packer = sign_in(app, "packer")

    assert save(packer, name=" Piet ", language="nl", time_zone="America/New_York").status_code == 303

    assert 'value="Piet"' in packer.get(PROFILE).text
    assert '<html lang="nl"' in packer.get(PROFILE).text
    with in_app():
        changed = db.session.scalars(select(History).where(History.what == "record_changed")).one()
        assert changed.facts["changes"] == {
            "name": ["Packer", "Piet"],
            "language": ["en", "nl"],
            "time_zone": ["", "America/New_York"],
        }


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"name": " "}, "Fill this in."),
        ({"language": "xx"}, "Not a valid choice"),
        ({"time_zone": "Mars"}, "Not a valid"),
    ],
)
def test_what_makes_no_sense_is_refused(client: Client, in_app: Any, given: dict[str, str], why: str) -> None:
    answer = save(client, **given)

    assert answer.status_code == 422
    assert why in answer.text
    with in_app():
        assert db.session.scalars(select(Staff.name)).one() == "Owner"


def test_times_follow_ones_own_clock_and_days_the_shops(client: Client, in_app: Any) -> None:
    def since() -> str:
        page = client.get(PROFILE).text
        return re.findall(r'data-label="Since"[^>]*>([^<]*)<', page)[0]

    with in_app():
        db.session.execute(update(StaffSession).values(seen_at=now(), started_at=now() - timedelta(days=1)))
    here = since()
    save(client, time_zone="Pacific/Kiritimati")  # fourteen hours before UTC

    assert since() != here


def test_the_language_menu_is_kept_with_the_person(client: Client, app: Flask) -> None:
    client.set_cookie("language", "fr")

    client.post("/preferences/", data={"language": "de", "next": "/admin/"})

    assert client.get_cookie("language") is None
    assert '<html lang="de"' in client.get(PROFILE).text
    assert '<html lang="de"' in sign_in(app, "owner").get(PROFILE).text


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge on Linux"),
        ("curl/8.5", "curl"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_named(app: Flask, header: str, name: str) -> None:
    with app.test_request_context():
        assert name_browser(header) == name


# --- where one is signed in -----------------------------------------------------------------------------------------


def test_own_sign_ins_are_listed_and_ended_one_by_one(app: Flask, client: Client) -> None:
    other = sign_in(app, "owner")
    other.get("/password/", headers={"User-Agent": FIREFOX})
    page = client.get(PROFILE).text
    (place,) = re.findall(r'name="place" value="(\w+)"', page)
    assert page.count("This one") == 1

    client.post(f"{PROFILE}sign-out-there", data={"place": place})

    assert other.get(PROFILE).status_code == 302
    assert client.get(PROFILE).status_code == 200


def test_all_others_are_ended_at_once(app: Flask, client: Client) -> None:
    others = [sign_in(app, "owner"), sign_in(app, "owner")]

    client.post(f"{PROFILE}sign-out-there")

    assert [browser.get(PROFILE).status_code for browser in (client, *others)] == [200, 302, 302]


def test_nobody_ends_a_sign_in_of_somebody_else_there(app: Flask, client: Client, in_app: Any) -> None:
    packer = sign_in(app, "packer")
    with in_app():
        place = db.session.scalars(select(StaffSession.id).join(Staff).where(Staff.name == "Packer")).one()

    client.post(f"{PROFILE}sign-out-there", data={"place": place})
    client.post(f"{PROFILE}sign-out-there")

    assert packer.get(PROFILE).status_code == 200


def test_an_owner_ends_those_of_a_colleague(app: Flask, client: Client, in_app: Any) -> None:
    packer = sign_in(app, "packer")
    with in_app():
        staff_id = db.session.scalars(select(Staff.id).where(Staff.name == "Packer")).one()
    assert "Where Packer is signed in" in client.get(f"/admin/staff/edit/?id={staff_id}").text

    client.post(f"/admin/staff/{staff_id}/sign-out")

    assert packer.get(PROFILE).status_code == 302


def test_nobody_signs_out_somebody_with_more_rights(app: Flask, client: Client, in_app: Any) -> None:
    with in_app():
        role = Role(name="manager", permissions=["staff"])
        db.session.add(role)
        owner = db.session.scalars(select(Staff.id)).one()
    manager = sign_in(app, "manager")

    manager.post(f"/admin/staff/{owner}/sign-out")

    assert client.get(PROFILE).status_code == 200


# --- mails ----------------------------------------------------------------------------------------------------------


def test_a_person_is_told_that_their_password_changed(client: Client, in_app: Any) -> None:
    with in_app():
        db.session.execute(update(Staff).values(language="de"))
    new = "another four words"
    client.post("/password/", data={"new_password": new, "again": new}, headers={"User-Agent": FIREFOX})

    ((address, subject, body),) = mails(in_app)
    assert (address, subject) == ("owner@example.org", "Ihr Passwort wurde geändert")
    assert "Von: Firefox unter Windows, 127.0.0.1" in body
    assert new not in body


def test_both_addresses_are_told_when_one_takes_the_others_place(app: Flask, client: Client, in_app: Any) -> None:
    sign_in(app, "packer")
    with in_app():
        packer = db.session.scalars(select(Staff).where(Staff.name == "Packer")).one()
        url, role, version = f"/admin/staff/edit/?id={packer.id}", packer.roles[0].id, packer.version
    form = {"name": "Packer", "language": "en", "roles": role, "active": "y", "seen_version": version}

    assert client.post(url, data={**form, "email": "packer@example.org"}).status_code == 302
    assert mails(in_app) == []
    assert client.post(url, data={**form, "email": "piet@example.org"}).status_code == 302

    told = mails(in_app)
    assert [mail[0] for mail in told] == ["packer@example.org", "piet@example.org"]
    assert {mail[1] for mail in told} == {"Your e-mail address for signing in was changed to piet@example.org"}
    assert "By: Owner" in told[0][2]


def test_a_person_is_told_of_a_browser_that_was_not_known(app: Flask, in_app: Any) -> None:
    first = sign_in(app, "packer")
    assert mails(in_app) == []  # whoever was let in has just come

    sign_in(app, "packer")
    assert [mail[1] for mail in mails(in_app)] == ["Somebody signed in as you with a browser that was not known yet"]

    with in_app():
        db.session.execute(update(Staff).values(password=hash_password("four words are enough")))
    first.post("/sign-out")
    again = {"email": "packer@example.org", "password": "four words are enough"}
    assert first.post("/sign-in", data=again).status_code == 302
    assert len(mails(in_app)) == 1
