"""Second factors: an app's codes and recovery codes, who needs one, and the way back in for whoever lost theirs."""

from __future__ import annotations

import base64
import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_security.utils import hash_password
from sqlalchemy import select, update

from app import queries
from app.cli.people import take_factors_away
from app.columns import at
from app.extensions import db
from app.models import History, OutgoingMail, RecoveryCode, Role, Staff
from app.security import second_factors, sessions
from tests.arrange import at_once
from tests.authenticator import code_of
from tests.clients import Client, sign_in

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "four words are enough"
WRONG = "This code is wrong, or was used already."


@pytest.fixture(autouse=True)
def _no_tries_counted(app: Flask) -> None:
    for limiter in app.extensions["limiter"]:
        limiter.reset()


@pytest.fixture
def packer(app: Flask, in_app: Any) -> Client:
    """A packer with a password and an app that is set up, who has just taken the first step of signing in."""
    sign_in(app, "packer")
    with in_app():
        staff = db.session.scalars(select(Staff).where(Staff.name == "Packer")).one()
        staff.password = hash_password(PASSWORD)
        assert second_factors.keep_secret(staff, SECRET, code_of(SECRET, later=-30))
        sessions.end_sessions(staff)
    return first_step(app)


def first_step(app: Flask) -> Client:
    browser = Client(app)
    answer = browser.post("/sign-in", data={"email": "packer@example.org", "password": PASSWORD})
    assert answer.location == "/second-step/"
    return browser


def second_step(browser: Client, code: str) -> Any:
    return browser.post("/second-step/", data={"code": code})


def is_in(browser: Client) -> bool:
    return browser.get("/admin/profile/").status_code == 200


def subjects(in_app: Any) -> list[str]:
    with in_app():
        return list(db.session.scalars(select(OutgoingMail.subject).order_by(OutgoingMail.id)))


# --- the second step ------------------------------------------------------------------------------------------------


def test_a_password_alone_signs_nobody_in_who_has_an_app(packer: Client) -> None:
    assert not is_in(packer)
    assert packer.get("/second-step/").status_code == 200

    code = code_of(SECRET)
    assert second_step(packer, f" {code[:3]} {code[3:]} ").location == "/"

    assert is_in(packer)


def test_a_code_is_taken_once(app: Flask, packer: Client) -> None:
    code, other = code_of(SECRET), first_step(app)
    assert second_step(packer, code).status_code == 303

    answer = second_step(other, code)

    assert answer.status_code == 422
    assert WRONG in answer.text
    assert not is_in(other)


@pytest.mark.each_database
def test_of_two_who_send_a_code_at_once_one_gets_in(app: Flask, packer: Client) -> None:
    code, both = code_of(SECRET), [packer, first_step(app)]

    answers = at_once(2, lambda position: second_step(both[position], code))

    assert sorted(answer.status_code for answer in answers) == [303, 422]


def test_a_code_of_before_or_of_later_is_wrong(packer: Client) -> None:
    for later in (-120, 120):
        assert second_step(packer, code_of(SECRET, later=later)).status_code == 422
    assert not is_in(packer)


def test_the_first_step_counts_for_ten_minutes_and_for_that_password(app: Flask, packer: Client, in_app: Any) -> None:
    with at(datetime.now(UTC) + timedelta(minutes=11)):
        assert packer.get("/second-step/").location == "/sign-in"
    other = first_step(app)
    with in_app():
        db.session.execute(update(Staff).values(fs_uniquifier="new"))  # as a new password makes it

    assert second_step(other, code_of(SECRET)).location == "/sign-in"


def test_wrong_codes_are_counted_for_the_person(app: Flask, packer: Client) -> None:
    for _try in range(5):
        assert second_step(packer, "000000").status_code == 422

    other = first_step(app)
    other.environ_base["REMOTE_ADDR"] = "10.1.2.3"

    assert second_step(other, code_of(SECRET)).status_code == 429


def test_a_link_stands_for_the_password_only(app: Flask, packer: Client, in_app: Any) -> None:
    with in_app():
        path = sessions.sign_in_link(db.session.scalars(select(Staff)).one())
    browser = Client(app)

    assert browser.post(path).location == "/second-step/"
    assert not is_in(browser)
    assert second_step(browser, code_of(SECRET)).status_code == 303
    assert Client(app).post(path).status_code == 410


def test_one_goes_where_one_wanted(app: Flask, packer: Client) -> None:
    browser = Client(app)
    browser.post("/sign-in?next=/admin/task/", data={"email": "packer@example.org", "password": PASSWORD})

    assert second_step(browser, code_of(SECRET)).location == "/admin/task/"


def test_the_secret_can_not_be_read_in_the_database(packer: Client, in_app: Any) -> None:
    with in_app():
        assert SECRET not in db.session.connection().exec_driver_sql("SELECT totp_secret FROM staff").scalar_one()


# --- setting one up -------------------------------------------------------------------------------------------------


def set_up(browser: Client) -> tuple[str, Any]:
    """The secret that the page shows, and the answer to its code."""
    page = browser.get("/admin/factors/app").text
    secret = re.findall(r'class="secret-text">([A-Z2-7 ]+)<', page)[0].replace(" ", "")
    return secret, browser.post("/admin/factors/app", data={"code": code_of(secret)})


def test_an_app_is_set_up_with_a_picture_and_a_code(app: Flask, client: Client, in_app: Any) -> None:
    other = sign_in(app, "owner")
    assert "<svg" in client.get("/admin/factors/app").text

    _secret, answer = set_up(client)

    codes = re.findall(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}\b", answer.text)
    assert len(set(codes)) == 10
    assert is_in(client)
    assert not is_in(other)
    assert "An authenticator app was set up for you" in subjects(in_app)
    with in_app():
        assert len(db.session.scalars(select(RecoveryCode)).all()) == 10
        stored = " ".join(db.session.scalars(select(RecoveryCode.id)))
        assert not [code for code in codes if code.replace("-", "") in stored]
        assert db.session.scalars(select(History.what).where(History.what == "factor_added")).all() == ["factor_added"]


def test_a_wrong_code_sets_nothing_up(client: Client, in_app: Any) -> None:
    page = client.get("/admin/factors/app").text
    answer = client.post("/admin/factors/app", data={"code": "000000"})

    assert answer.status_code == 422
    assert "This is not the code that the app shows now." in answer.text
    shown = r'class="secret-text">([A-Z2-7 ]+)<'
    assert re.findall(shown, answer.text) == re.findall(shown, page)
    with in_app():
        assert not db.session.scalars(select(Staff)).one().totp_secret


def test_a_recovery_code_lets_in_once(app: Flask, packer: Client, in_app: Any) -> None:
    with in_app():
        first, *_others = second_factors.renew_codes(db.session.scalars(select(Staff.id)).one())

    assert second_step(packer, first.lower()).status_code == 303

    assert "9 are left" in packer.get("/admin/profile/").text
    assert WRONG in second_step(first_step(app), first).text
    assert "Somebody signed in as you with a recovery code; 9 are left" in subjects(in_app)


def test_codes_and_secrets_are_long_random_and_kept_as_hashes(packer: Client, in_app: Any) -> None:
    with in_app():
        codes = second_factors.renew_codes(db.session.scalars(select(Staff.id)).one())
        stored = set(db.session.scalars(select(RecoveryCode.id)))
    letters = [code.replace("-", "") for code in codes]

    assert len(set(letters)) == 10
    assert all(math.log2(len(second_factors.LETTERS)) * len(one) > 56 for one in letters)
    assert all(len(one) == 64 and not any(code in one.upper() for code in letters) for one in stored)
    assert len(stored) == 10
    secrets = {second_factors.generate_app_secret() for _once in range(20)}
    assert (len(secrets), {len(base64.b32decode(one)) for one in secrets}) == (20, {20})


def test_new_codes_void_the_old_ones(packer: Client, in_app: Any) -> None:
    second_step(packer, code_of(SECRET))
    first = packer.post("/admin/factors/codes").text
    second = packer.post("/admin/factors/codes").text

    assert "They are not shown again" in second
    old = re.findall(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}\b", first)[0]
    with in_app():
        staff_id = db.session.scalars(select(Staff.id)).one()
        assert not second_factors.use_code(staff_id, old)
        assert second_factors.codes_left(staff_id) == 10


def test_without_the_app_the_recovery_codes_are_gone_too(packer: Client, in_app: Any) -> None:
    second_step(packer, code_of(SECRET))
    packer.post("/admin/factors/codes")

    packer.post("/admin/factors/remove-app")

    with in_app():
        staff = db.session.scalars(select(Staff)).one()
        assert (bool(staff.totp_secret), second_factors.codes_left(staff.id)) == (False, 0)
    assert "Your authenticator app was removed" in subjects(in_app)
    assert "Set one up first" in packer.post("/admin/factors/codes", follow_redirects=True).text


# --- who needs one --------------------------------------------------------------------------------------------------


def need(in_app: Any, role: str) -> None:
    with in_app():
        queries.shop().factor_roles = [db.session.scalars(select(Role.id).where(Role.name == role)).one()]


def test_whose_role_needs_one_sets_it_up_before_anything_else(app: Flask, client: Client, in_app: Any) -> None:
    need(in_app, "packer")
    packer = sign_in(app, "packer")

    for path in ("/admin/", "/admin/order/", "/admin/profile/"):
        assert packer.get(path).location == "/admin/factors/"
    assert packer.post("/admin/task/add", data={"description": "Call"}).location == "/admin/factors/"
    assert packer.get("/admin/order/", headers={"HX-Request": "true"}).status_code == 403
    assert "Your role needs a second factor." in packer.get("/admin/factors/").text
    assert client.get("/admin/").status_code == 200

    assert set_up(packer)[1].status_code == 200
    assert packer.get("/admin/").status_code == 200


def test_an_owner_says_which_roles_need_one(client: Client, in_app: Any) -> None:
    with in_app():
        role = db.session.scalars(select(Role.id).where(Role.name == "office")).one()
        version = queries.shop().version
    form = {"factor_roles": role, "signin_hours": 8, "signin_days": 20, "fresh_minutes": 10, "seen_version": version}

    assert client.post("/admin/sign-in-settings/?id=1", data=form).status_code == 302

    with in_app():
        shop = queries.shop()
        assert (shop.factor_roles, shop.signin_hours, shop.signin_days, shop.fresh_minutes) == ([role], 8, 20, 10)
    assert client.get("/admin/sign-in-settings/?id=1").text.count("Office") == 2  # to tick, and in what was changed
    assert client.post("/admin/sign-in-settings/?id=1", data={**form, "signin_days": 400}).status_code == 200


# --- who lost them --------------------------------------------------------------------------------------------------


def test_an_owner_takes_the_factors_of_a_colleague_away(
    app: Flask, client: Client, packer: Client, in_app: Any
) -> None:
    second_step(packer, code_of(SECRET))
    with in_app():
        staff_id = db.session.scalars(select(Staff.id).where(Staff.name == "Packer")).one()
    assert "Take second factors away" in client.get(f"/admin/staff/edit/?id={staff_id}").text

    client.post(f"/admin/staff/{staff_id}/reset-factors")

    assert not is_in(packer)
    browser = Client(app)
    browser.post("/sign-in", data={"email": "packer@example.org", "password": PASSWORD})
    assert is_in(browser)
    assert "Your second factors were taken away; you sign in with the password alone" in subjects(in_app)
    assert "has no second factor" in client.post(f"/admin/staff/{staff_id}/reset-factors", follow_redirects=True).text


def test_the_terminal_takes_them_away_from_the_last_owner(app: Flask, packer: Client, in_app: Any) -> None:
    answer = app.test_cli_runner().invoke(take_factors_away, ["packer@example.org"])

    assert answer.exit_code == 0, answer.output
    assert "toonbank sign-in packer@example.org" in answer.output
    with in_app():
        assert not db.session.scalars(select(Staff)).one().totp_secret


def test_a_lost_key_of_encryption_leaves_the_recovery_codes(app: Flask, packer: Client, in_app: Any) -> None:
    with in_app():
        first, *_others = second_factors.renew_codes(db.session.scalars(select(Staff.id)).one())
    kept, app.config["CREDENTIALS_KEY"] = app.config["CREDENTIALS_KEY"], "another"
    try:
        assert WRONG in second_step(packer, code_of(SECRET)).text
        assert second_step(packer, first).status_code == 303
    finally:
        app.config["CREDENTIALS_KEY"] = kept
