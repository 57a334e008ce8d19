"""Signing in by password and by link, what ends a sign-in, and what guessing gets."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask_security.utils import hash_password
from passlib.context import CryptContext
from sqlalchemy import select, update

from app import jobs
from app.actions import ACTIONS
from app.actions.staff import add_staff
from app.admin_views.signin import ASKED_BY_ITSELF
from app.columns import at, now
from app.extensions import db
from app.history import SYSTEM
from app.models import History, JobKind, Staff, StaffSession
from app.security import sessions
from app.security.rights import GROUPS
from tests.clients import Client
from tests.databases import CHEAP_PASSWORDS

EMAIL, PASSWORD = "ann@example.org", "four words are enough"
STATIC = Path(__file__).parents[2] / "app" / "static"
WRONG = "The e-mail address or the password is wrong."


@pytest.fixture(autouse=True)
def _no_tries_counted(app: Flask) -> None:
    for limiter in app.extensions["limiter"]:
        limiter.reset()


@pytest.fixture
def ann(in_app: Any) -> None:
    with in_app():
        staff = add_staff(EMAIL, role="office", by=SYSTEM, name="Ann")
        staff.password = hash_password(PASSWORD)


def sign_in(browser: Client, email: str = EMAIL, password: str = PASSWORD, path: str = "/sign-in", **more: str) -> Any:
    return browser.post(path, data={"email": email, "password": password, **more})


def is_in(browser: Client) -> bool:
    return browser.get("/password/").status_code == 200


def page_without_its_token(response: Any) -> str:
    """Without those of both ways in: by password and by passkey."""
    no_password = re.sub(r'name="csrf_token" type="hidden" value="[^"]+"', "", response.text)
    return re.sub(r'name="(csrf_token|form_token)" value="[^"]+"', "", no_password)


# --- by password ----------------------------------------------------------------------------------------------------


def test_the_right_password_signs_in(ann: None, anonymous: Client, in_app: Any) -> None:
    response = sign_in(anonymous, email=" Ann@Example.org ")

    assert (response.status_code, response.location) == (302, "/")
    assert is_in(anonymous)
    with in_app():
        entry = db.session.scalars(select(History).where(History.what == "signed_in")).one()
        assert (entry.actor_name, entry.facts) == ("Ann", {"way": "password"})


def test_a_wrong_password_an_unknown_address_and_somebody_deactivated_look_alike(
    ann: None, app: Flask, in_app: Any
) -> None:
    with in_app():
        away = add_staff("bob@example.org", role="owner", by=SYSTEM)
        away.password, away.active = hash_password(PASSWORD), False

    pages = []
    for email, password in [(EMAIL, "wrong"), ("nobody@example.org", PASSWORD), ("bob@example.org", PASSWORD)]:
        browser = Client(app)
        response = sign_in(browser, email, password)
        pages.append(page_without_its_token(response).replace(email, "…"))
        assert not is_in(browser)

    assert pages[0] == pages[1] == pages[2]
    assert WRONG in pages[0]
    with in_app():
        assert db.session.scalars(select(StaffSession)).all() == []


@pytest.mark.each_database
def test_an_address_that_no_database_takes_is_a_wrong_one(anonymous: Client) -> None:
    assert WRONG in sign_in(anonymous, email="ann\0@example.org").text


@pytest.mark.parametrize("who", [EMAIL, "ben@example.org"])
def test_signing_in_again_begins_a_session_of_its_own(ann: None, anonymous: Client, in_app: Any, who: str) -> None:
    """Also as somebody else; and whoever has a copy of the cookie of before is out."""
    with in_app():
        add_staff("ben@example.org", role="office", by=SYSTEM, name="Ben").password = hash_password(PASSWORD)
    sign_in(anonymous)
    copied = Client(anonymous.application)
    with anonymous.session_transaction() as kept, copied.session_transaction() as stolen:
        stolen.update(kept)
        before = kept["sid"]
    assert is_in(copied)

    assert sign_in(anonymous, email=who).location == "/"

    assert is_in(anonymous)
    assert not is_in(copied)
    assert who in anonymous.get("/admin/profile/").text
    with anonymous.session_transaction() as kept, in_app():
        assert kept["sid"] != before
        assert len(db.session.scalars(select(StaffSession)).all()) == 1


def test_a_wrong_password_of_whoever_is_signed_in_changes_nothing(ann: None, anonymous: Client) -> None:
    sign_in(anonymous)
    with anonymous.session_transaction() as kept:
        before = kept["sid"]

    assert WRONG in sign_in(anonymous, password="wrong").text

    assert is_in(anonymous)
    with anonymous.session_transaction() as kept:
        assert kept["sid"] == before


def test_after_signing_in_one_goes_where_one_wanted(ann: None, anonymous: Client) -> None:
    assert sign_in(anonymous, path="/sign-in?next=/admin/order/").location == "/admin/order/"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example"])
def test_signing_in_never_leads_to_another_host(ann: None, anonymous: Client, elsewhere: str) -> None:
    response = anonymous.post(
        "/sign-in", query_string={"next": elsewhere}, data={"email": EMAIL, "password": PASSWORD, "next": elsewhere}
    )
    leads_to = urljoin("http://localhost/sign-in", response.location or "")
    assert urlsplit(leads_to).netloc == "localhost"
    assert "\\" not in leads_to


def test_a_stranger_is_stopped_after_ten_tries(ann: None, anonymous: Client) -> None:
    for _try in range(10):
        assert sign_in(anonymous, password="wrong").status_code == 200

    refused = sign_in(anonymous)
    assert refused.status_code == 429
    assert "Wait a few minutes" in refused.text
    assert not is_in(anonymous)

    colleague = Client(anonymous.application)  # from elsewhere
    colleague.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert sign_in(colleague).status_code == 302


def test_many_strangers_keep_nobody_out_of_their_own_browser(ann: None, anonymous: Client, monkeypatch: Any) -> None:
    assert sign_in(anonymous).status_code == 302
    anonymous.post("/sign-out")
    strangers = Client(anonymous.application)
    monkeypatch.setattr("app.admin_views.signin.SignInForm.validate", lambda *_args, **_more: False)  # it takes time
    for number in range(100):
        strangers.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        assert sign_in(strangers, password="wrong").status_code == 200
    monkeypatch.undo()

    strangers.environ_base["REMOTE_ADDR"] = "203.0.113.1"
    assert sign_in(strangers).status_code == 429
    assert sign_in(anonymous).status_code == 302


def test_a_network_of_ipv6_is_one_client(ann: None, anonymous: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("app.admin_views.signin.SignInForm.validate", lambda *_args, **_more: False)
    answers = []
    for number in range(11):
        anonymous.environ_base["REMOTE_ADDR"] = f"2001:db8:1:2::{number:x}"
        answers.append(sign_in(anonymous, password="wrong").status_code)
    anonymous.environ_base["REMOTE_ADDR"] = "2001:db8:1:3::1"

    assert answers == [200] * 10 + [429]
    assert sign_in(anonymous, password="wrong").status_code == 200


def test_signing_in_well_is_never_too_often(ann: None, anonymous: Client) -> None:
    for _time in range(12):
        assert sign_in(anonymous).status_code == 302
        anonymous.post("/sign-out")


def test_checking_a_password_waits_for_nobody_who_writes(ann: None, anonymous: Client, app: Flask) -> None:
    with ThreadPoolExecutor(1) as other, app.app_context():
        db.session.execute(update(Staff).values(name="Ann B."))

        assert other.submit(sign_in, anonymous, password="wrong").result(10).status_code == 200

        db.session.rollback()


# --- by link --------------------------------------------------------------------------------------------------------


def test_a_link_shows_a_button_first_and_signs_in_once(ann: None, anonymous: Client, app: Flask, in_app: Any) -> None:
    with in_app():
        path = sessions.sign_in_link(db.session.scalars(select(Staff)).one())

    for _look in range(2):
        assert "Welcome, Ann" in anonymous.get(path).text
    assert not is_in(anonymous)
    assert anonymous.post(path).location == "/"
    assert is_in(anonymous)

    late = Client(app)
    assert (late.get(path).status_code, late.post(path).status_code) == (410, 410)
    assert not is_in(late)


def test_whoever_has_no_password_is_asked_to_choose_one(anonymous: Client, in_app: Any) -> None:
    with in_app():
        path = sessions.sign_in_link(add_staff(EMAIL, role="packer", by=SYSTEM))
    anonymous.post(path)

    assert "You have no password yet." in anonymous.get("/password/").text


# --- what ends a sign-in --------------------------------------------------------------------------------------------


def test_a_copied_cookie_is_dead_after_signing_out(ann: None, anonymous: Client, app: Flask) -> None:
    sign_in(anonymous)
    copy = Client(app)
    copy.set_cookie("session", anonymous.get_cookie("session").value)  # type: ignore[union-attr]
    assert is_in(copy)

    anonymous.post("/sign-out")

    assert not is_in(copy)
    assert not is_in(anonymous)


def test_deactivating_somebody_signs_them_out_at_once(ann: None, anonymous: Client, in_app: Any) -> None:
    sign_in(anonymous)
    with in_app():
        db.session.execute(update(Staff).values(active=False))

    assert not is_in(anonymous)


def test_the_owner_can_sign_somebody_out_everywhere(ann: None, anonymous: Client, in_app: Any) -> None:
    sign_in(anonymous)
    with in_app():
        sessions.end_sessions(db.session.scalars(select(Staff)).one())

    assert not is_in(anonymous)


@pytest.mark.parametrize(
    ("ticked", "hours", "still_in"),
    [({}, 11, True), ({}, 13, False), ({"remember": "y"}, 24 * 29, True), ({"remember": "y"}, 24 * 31, False)],
)
def test_a_sign_in_lasts_as_long_as_it_is_used(
    ann: None, anonymous: Client, in_app: Any, ticked: dict[str, str], hours: int, still_in: bool
) -> None:
    sign_in(anonymous, **ticked)
    with in_app():
        db.session.execute(update(StaffSession).values(seen_at=now() - timedelta(hours=hours)))

    assert is_in(anonymous) == still_in
    assert anonymous.get_cookie("remember_token") is None


def test_a_sign_in_ends_however_much_it_is_used(ann: None, anonymous: Client, in_app: Any) -> None:
    sign_in(anonymous, remember="y")
    with in_app():
        db.session.execute(update(StaffSession).values(started_at=now() - timedelta(days=31)))

    assert not is_in(anonymous)


def test_tokens_of_the_library_open_nothing(ann: None, anonymous: Client, in_app: Any) -> None:
    with in_app():
        token = db.session.scalars(select(Staff)).one().get_auth_token()

    assert anonymous.get(f"/password/?auth_token={token}").status_code == 302
    assert anonymous.get("/password/", headers={"Authentication-Token": token}).status_code == 302


# --- the cost -------------------------------------------------------------------------------------------------------


def test_looking_who_is_there_costs_one_statement_and_writes_nothing(client: Client, statements: list[str]) -> None:
    client.get("/password/")
    statements.clear()

    client.get("/password/")

    about_people = [one for one in statements if "staff" in one.lower()]
    assert len(about_people) == 1
    assert about_people[0].startswith("SELECT")


def test_being_seen_is_noted_now_and_then(client: Client, in_app: Any) -> None:
    long_ago = now() - timedelta(hours=1)
    with in_app():
        db.session.execute(update(StaffSession).values(seen_at=long_ago))

    client.get("/password/")

    with in_app():
        assert db.session.scalars(select(StaffSession.seen_at)).one() > long_ago


#: As the page of a job asks how far it is, once a second.
PROGRESS = {"HX-Request": "true", "HX-Target": "job-progress"}
#: What is asked, and whether somebody is there who does.
ASKED = [
    ("/admin/news/?since=1", {"HX-Request": "true"}, False),
    ("/admin/jobs/{job}", PROGRESS, False),
    ("/admin/jobs/{job}", {}, True),
    ("/admin/jobs/{job}", {"HX-Request": "true", "HX-Target": "main"}, True),
    ("/admin/order/", PROGRESS, True),
    ("/admin/", {}, True),
]


@pytest.fixture
def job_id(in_app: Any) -> int:
    with in_app():
        job = jobs.start(JobKind.BULK, ["ORD10001"], action="mark_paid", by=SYSTEM, how={}, language="en", once="")
        return job.id


@pytest.mark.parametrize(("path", "headers", "is_use"), ASKED)
def test_what_a_page_asks_for_by_itself_is_no_use_of_the_sign_in(
    client: Client, in_app: Any, job_id: int, path: str, headers: dict[str, str], is_use: bool
) -> None:
    long_ago = now() - timedelta(hours=1)
    with in_app():
        db.session.execute(update(StaffSession).values(seen_at=long_ago))

    assert client.get(path.format(job=job_id), headers=headers).status_code == 200

    with in_app():
        assert (db.session.scalars(select(StaffSession.seen_at)).one() > long_ago) == is_use


@pytest.mark.parametrize(("path", "headers", "is_use"), [ASKED[0], ASKED[1], ASKED[2]])
def test_a_sign_in_ends_unused_though_a_page_goes_on_asking(
    client: Client, in_app: Any, job_id: int, path: str, headers: dict[str, str], is_use: bool
) -> None:
    answers = []
    for hour in range(14):
        with at(now() + timedelta(hours=hour)):
            answers.append(client.get(path.format(job=job_id), headers=headers).status_code)

    assert answers[:12] == [200] * 12
    assert answers[13] == (200 if is_use else 401)


def test_all_that_pages_ask_for_again_and_again_is_known(app: Flask) -> None:
    """Each part of a page that renews itself by the clock, by its id."""
    assert set(ASKED_BY_ITSELF) <= {rule.endpoint for rule in app.url_map.iter_rules()}
    renewed = set()
    for file in (STATIC.parent / "templates").rglob("*.html"):
        for tag in re.findall(r"<[^<]*hx-trigger=\"[^\"]*\bevery [^\"]*\"[^<]*", file.read_text("utf-8")):
            found = re.match(r"<\w+ id=\"([\w-]+)\"", tag)
            assert found, tag
            assert 'hx-target="this"' in tag
            renewed.add(found[1])

    assert renewed == set(ASKED_BY_ITSELF.values()) - {""}


def test_static_files_ask_nothing_of_the_database(client: Client, statements: list[str]) -> None:
    statements.clear()

    assert client.get("/static/logo.svg").status_code == 200

    assert statements == []


# --- passwords ------------------------------------------------------------------------------------------------------


def change(browser: Client, new: str, old: str = "", again: str = "") -> Any:
    return browser.post("/password/", data={"password": old, "new_password": new, "again": again or new})


def test_a_new_password_takes_the_old_one_and_ends_other_sign_ins(ann: None, app: Flask, in_app: Any) -> None:
    here, there = Client(app), Client(app)
    sign_in(here)
    sign_in(there)

    assert change(here, "another four words", old=PASSWORD).status_code == 303

    assert is_in(here)
    assert not is_in(there)
    assert WRONG in sign_in(there).text
    assert sign_in(there, password="another four words").status_code == 302


def test_a_password_is_taken_as_it_was_typed(ann: None, anonymous: Client, in_app: Any) -> None:
    """Of whatever letters, and as a whole."""
    new = "grüße 漢字 🏺 from the kiln, " * 3
    sign_in(anonymous)
    assert change(anonymous, new, old=PASSWORD).status_code == 303

    for other in (new[:64], new.upper()):
        assert WRONG in sign_in(anonymous, password=other).text
    assert sign_in(anonymous, password=new).status_code == 302
    with in_app():
        assert "$argon2id$" in db.session.scalars(select(Staff.password).where(Staff.email == EMAIL)).one()


def test_a_password_is_slow_to_guess_in_a_shop(app: Flask) -> None:
    """Nobody but the tests states how slow: what is kept without that takes as much as one should."""
    stated = {name: value for name, value in app.config.items() if "PASSLIB" in name}
    assert stated == CHEAP_PASSWORDS
    assert app.config["SECURITY_PASSWORD_HASH_OPTIONS"] == {}
    schemes = {"schemes": app.config["SECURITY_PASSWORD_SCHEMES"], "default": app.config["SECURITY_PASSWORD_HASH"]}

    kept = CryptContext(**schemes).hash(PASSWORD)

    memory, times = re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),", kept).groups()
    assert (int(memory) >= 19 * 1024, int(times) >= 2) == (True, True)


def test_no_password_runs_out() -> None:
    """Nothing says since when somebody has theirs."""
    assert {column.name for column in Staff.__table__.columns if "password" in column.name} == {"password"}


def test_passwords_are_hidden_and_may_be_pasted(client: Client, anonymous: Client) -> None:
    pages = anonymous.get("/sign-in").text + client.get("/password/").text
    fields = re.findall(r'<input [^>]*name="[\w-]*(?:password|again)"[^>]*>', pages)

    assert len(fields) == 3
    assert all(
        'type="password"' in field and re.search(r'autocomplete="(current|new)-password"', field) for field in fields
    )
    scripts = "".join(file.read_text() for file in STATIC.glob("*.js"))
    assert not re.search(r"['\"](paste|beforeinput)['\"]", scripts)


@pytest.mark.parametrize(
    ("old", "new", "again", "why"),
    [
        ("wrong", "another four words", "", "This is not your current password."),
        ("", "another four words", "", "This field is required."),
        (PASSWORD, "too short", "", "Field must be between 12 and 128 characters long."),
        (PASSWORD, "a few good words " * 8, "", "Field must be between 12 and 128 characters long."),
        (PASSWORD, "password1234", "", "This password is guessed soon"),
        (PASSWORD, "1q2w3e4r5t6y", "", "This password is guessed soon"),
        (PASSWORD, "Ann Example 2026", "", "This password holds little but your own name"),
        (PASSWORD, "Example Shop 2026!", "", "This password holds little but your own name"),
        (PASSWORD, "another four words", "others", "This is not the same as the new password."),
    ],
)
def test_a_password_is_refused(
    ann: None, anonymous: Client, in_app: Any, old: str, new: str, again: str, why: str
) -> None:
    sign_in(anonymous)
    with in_app():
        before = db.session.scalars(select(Staff.password)).one()

    response = change(anonymous, new, old, again)

    assert response.status_code == 422
    assert why in response.text
    with in_app():
        assert db.session.scalars(select(Staff.password)).one() == before


def test_whoever_forgot_the_password_comes_by_link_and_needs_no_old_one(
    ann: None, anonymous: Client, in_app: Any
) -> None:
    with in_app():
        path = sessions.sign_in_link(db.session.scalars(select(Staff)).one())
    anonymous.post(path)

    assert change(anonymous, "another four words").status_code == 303
    anonymous.post("/sign-out")
    assert sign_in(anonymous, password="another four words").status_code == 302


# --- rights ---------------------------------------------------------------------------------------------------------


def test_each_action_names_a_right_that_exists() -> None:
    assert {action.right.partition(".")[0] for action in ACTIONS.values()} <= set(GROUPS)


def test_nobody_gets_into_the_back_office_without_signing_in(anonymous: Client, app: Flask) -> None:
    pages = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/admin/") and "GET" in rule.methods and not rule.arguments
    ]
    assert "/admin/" in pages
    for page in pages:
        response = anonymous.get(page)
        assert response.status_code in (302, 303), page
        assert response.location.startswith("/sign-in"), page
