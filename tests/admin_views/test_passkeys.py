"""Passkeys: added on one's own page, signing in by themselves; what is replayed, foreign, copied or late is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_security.utils import hash_password
from sqlalchemy import select, update

from app import queries
from app.admin_views.passkeys import passkey_site, why_no_passkeys
from app.cli.people import take_factors_away
from app.columns import at, now
from app.extensions import db
from app.models import History, OutgoingMail, Passkey, Role, SecurityEvent, Shop, Staff, StaffSession
from app.security.passkeys import count_on
from tests.arrange import at_once
from tests.authenticator import SecurityKey
from tests.clients import Client, sign_in

PASSWORD = "four words are enough"
UNKNOWN = "This passkey is not known here, or it took too long. Try again."


@pytest.fixture(autouse=True)
def _no_tries_counted(app: Flask) -> None:
    for limiter in app.extensions["limiter"]:
        limiter.reset()


@pytest.fixture
def key() -> SecurityKey:
    return SecurityKey()


def add(browser: Client, key: SecurityKey, title: str = "Ann’s phone") -> Any:
    options = browser.get("/admin/factors/passkey/ask").json
    return browser.post("/admin/factors/passkey", data={"title": title, "credential": key.create(options)})


def answer_of(browser: Client, key: SecurityKey) -> str:
    return key.get(browser.get("/passkey/ask").json)


def enter(browser: Client, answer: str, **more: str) -> Any:
    return browser.post("/passkey/", data={"credential": answer, **more})


def is_in(browser: Client) -> bool:
    return browser.get("/admin/profile/").status_code == 200


@pytest.fixture
def stranger(app: Flask, client: Client, key: SecurityKey) -> Client:
    """A browser in which nobody is signed in; the owner has added the passkey elsewhere."""
    assert add(client, key).status_code == 200
    return Client(app)


# --- adding and removing --------------------------------------------------------------------------------------------


def test_one_is_added_and_told_of(app: Flask, client: Client, key: SecurityKey, in_app: Any) -> None:
    other = sign_in(app, "owner")
    asked = client.get("/admin/factors/passkey/ask").json
    assert (asked["rp"]["id"], asked["user"]["name"]) == ("localhost", "owner@example.org")
    chosen = asked["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")

    codes = re.findall(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}\b", add(client, key).text)

    assert len(set(codes)) == 10
    assert is_in(client)
    assert not is_in(other)
    page = client.get("/admin/factors/").text
    assert "Ann’s phone" in page
    assert len(client.get("/admin/factors/passkey/ask").json["excludeCredentials"]) == 1
    with in_app():
        assert "The passkey “Ann’s phone” was added for you" in db.session.scalars(select(OutgoingMail.subject)).all()
        assert "factor_added" in db.session.scalars(select(History.what)).all()
        noted = db.session.scalars(select(SecurityEvent).where(SecurityEvent.kind == "factor_added")).one()
        assert "Ann’s phone" not in noted.detail


def test_one_is_removed_and_the_recovery_codes_with_the_last(
    client: Client, key: SecurityKey, stranger: Client, in_app: Any
) -> None:
    with in_app():
        passkey_id = db.session.scalars(select(Passkey.id)).one()
    client.post("/admin/factors/remove-passkey", data={"passkey": passkey_id})

    enter(stranger, answer_of(stranger, key))

    assert not is_in(stranger)
    assert (
        "no longer there"
        in client.post("/admin/factors/remove-passkey", data={"passkey": passkey_id}, follow_redirects=True).text
    )
    with in_app():
        assert "Your passkey “Ann’s phone” was removed" in db.session.scalars(select(OutgoingMail.subject)).all()
        assert db.session.scalars(select(Passkey)).all() == []
        kinds = db.session.scalars(select(SecurityEvent.kind)).all()
        assert "factor_removed" in kinds


def test_nobody_removes_that_of_somebody_else(app: Flask, client: Client, stranger: Client, in_app: Any) -> None:
    with in_app():
        passkey_id = db.session.scalars(select(Passkey.id)).one()

    sign_in(app, "packer").post("/admin/factors/remove-passkey", data={"passkey": passkey_id})

    with in_app():
        assert db.session.scalars(select(Passkey.id)).all() == [passkey_id]


def test_adding_takes_a_fresh_sign_in(client: Client, key: SecurityKey, in_app: Any) -> None:
    with in_app():
        db.session.execute(update(StaffSession).values(proved_at=now() - timedelta(hours=1)))

    for path in ("/admin/factors/passkey", "/admin/factors/passkey/ask"):
        assert "data-prove" in client.get(path).text


@pytest.mark.parametrize("fault", ["origin", "host", "unverified", "kind", "bytes", "replayed", "late", "known"])
def test_what_is_not_right_is_not_kept(app: Flask, client: Client, fault: str, in_app: Any) -> None:
    key = SecurityKey(
        origin="https://evil.example" if fault == "origin" else "http://localhost",
        host="evil.example" if fault == "host" else "localhost",
    )
    key.is_verified = fault != "unverified"
    if fault in ("known", "replayed"):
        add(client, key)
    options = client.get("/admin/factors/passkey/ask").json
    answer = key.get(options) if fault == "kind" else "{" if fault == "bytes" else key.create(options)
    if fault == "replayed":
        key.id = b"another"
        answer = key.create({"challenge": "YWJj"})
    with at(datetime.now(UTC) + timedelta(minutes=6 if fault == "late" else 0)):
        sent = client.post("/admin/factors/passkey", data={"title": "Phone", "credential": answer})

    assert sent.status_code == 422
    assert "did not fit, or came too late" in sent.text
    with in_app():
        assert len(db.session.scalars(select(Passkey)).all()) == (fault in ("known", "replayed"))


# --- signing in -----------------------------------------------------------------------------------------------------


def test_it_signs_in_by_itself(stranger: Client, key: SecurityKey, in_app: Any) -> None:
    asked = stranger.get("/passkey/ask").json
    assert asked["userVerification"] == "required"
    assert not asked.get("allowCredentials")  # names nobody

    answer = enter(stranger, key.get(asked), next="/admin/task/")

    assert answer.location == "/admin/task/"
    assert is_in(stranger)
    with in_app():
        passkey = db.session.scalars(select(Passkey)).one()
        assert passkey.sign_count == 1
        assert passkey.used_at is not None


@pytest.mark.parametrize("counts", [True, False])
def test_an_answer_is_taken_once(app: Flask, client: Client, counts: bool) -> None:
    """Also by whoever has a copy of the cookie in which the challenge stands."""
    key = SecurityKey(counts=counts)
    add(client, key)
    first, second = Client(app), Client(app)
    answer = answer_of(first, key)
    with first.session_transaction() as kept, second.session_transaction() as copied:
        copied["passkey_challenge"] = kept["passkey_challenge"]
    assert enter(first, answer).location == "/"

    assert UNKNOWN in second.get(enter(second, answer).location).text
    assert UNKNOWN in Client(app).post("/passkey/", data={"credential": answer}, follow_redirects=True).text

    assert is_in(first)
    assert not is_in(second)


@pytest.mark.each_database
def test_of_two_who_bring_an_answer_at_once_one_gets_in(app: Flask, client: Client) -> None:
    key = SecurityKey(counts=False)
    add(client, key)
    both = [Client(app), Client(app)]
    answer = answer_of(both[0], key)
    with both[0].session_transaction() as kept, both[1].session_transaction() as copied:
        copied["passkey_challenge"] = kept["passkey_challenge"]

    answers = at_once(2, lambda position: enter(both[position], answer))

    assert sorted(answer.location for answer in answers) == ["/", "/sign-in"]


@pytest.mark.each_database
def test_of_a_key_and_its_copy_at_once_one_gets_in(app: Flask, client: Client) -> None:
    """Each signs a challenge of its own, and both count to the same number."""
    key = SecurityKey()
    add(client, key)
    both = [Client(app), Client(app)]
    answers = []
    for browser in both:
        key.count = 7
        answers.append(answer_of(browser, key))

    led_to = at_once(2, lambda position: enter(both[position], answers[position]).location)

    assert sorted(led_to) == ["/", "/sign-in"]


@pytest.mark.parametrize(
    ("last", "said", "grows"), [(5, 6, True), (5, 5, False), (5, 4, False), (5, 0, False), (0, 0, True), (0, 1, True)]
)
def test_a_counter_only_grows(client: Client, key: SecurityKey, in_app: Any, last: int, said: int, grows: bool) -> None:
    """Whatever the library says of it."""
    add(client, key)
    with in_app():
        db.session.execute(update(Passkey).values(sign_count=last))

        assert count_on(db.session.scalars(select(Passkey.id)).one(), said) == grows
        assert db.session.scalars(select(Passkey.sign_count)).one() == (said if grows else last)


@pytest.mark.parametrize(
    "fault", ["origin", "port", "host", "unverified", "other key", "copied", "late", "other challenge", "bytes", "none"]
)
def test_what_is_not_right_lets_nobody_in(stranger: Client, key: SecurityKey, fault: str, in_app: Any) -> None:
    """All with one answer, which says nothing of who is known here."""
    if fault == "copied":
        with in_app():
            db.session.execute(update(Passkey).values(sign_count=5))
    key.origin = {"origin": "https://evil.example", "port": "http://localhost:9999"}.get(fault, key.origin)
    key.host = "evil.example" if fault == "host" else key.host
    key.is_verified = fault != "unverified"
    key.key = SecurityKey().key if fault == "other key" else key.key
    answer = answer_of(stranger, key)
    if fault == "other challenge":
        stranger.get("/passkey/ask")
    answer = {"bytes": "[1]", "none": ""}.get(fault, answer)

    with at(datetime.now(UTC) + timedelta(minutes=6 if fault == "late" else 0)):
        sent = enter(stranger, answer)

    assert sent.location == "/sign-in"
    assert UNKNOWN in stranger.get("/sign-in").text
    assert not is_in(stranger)
    with in_app():
        assert "factor_failed" in db.session.scalars(select(SecurityEvent.kind)).all()


def test_whoever_may_no_longer_sign_in_does_not(stranger: Client, key: SecurityKey, in_app: Any) -> None:
    with in_app():
        db.session.execute(update(Staff).values(active=False))

    assert enter(stranger, answer_of(stranger, key)).location == "/sign-in"


def test_no_header_says_where_a_passkey_belongs(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def site_at(address: str, host: str) -> str:
        monkeypatch.setenv("TOONBANK_ADDRESS", address)
        with app.test_request_context(base_url="http://localhost:5000", headers={"Host": host}):
            site = passkey_site()
            return f"{site.host} {site.origin}" if site else ""

    assert site_at("", "localhost:9999") == "localhost http://localhost:5000"
    assert site_at("", "evil.example") == site_at("", "127.0.0.1:5000") == ""
    assert site_at("https://Desk.example.com:443/", "evil.example") == "desk.example.com https://desk.example.com"
    assert site_at("https://bücher.example:8443", "x") == "xn--bcher-kva.example https://xn--bcher-kva.example:8443"
    assert site_at("http://desk.example.com", "x") == site_at("https://192.0.2.1", "x") == ""


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://192.0.2.1", "192.0.2.1 is only a number. Give Toonbank a name of its own, with https,"),
        ("http://desk.example.com", "Passkeys need an https address of Toonbank’s own: TOONBANK_ADDRESS"),
    ],
)
def test_where_there_are_none_the_page_says_why(
    app: Flask, monkeypatch: pytest.MonkeyPatch, client: Client, address: str, says: str
) -> None:
    monkeypatch.setenv("TOONBANK_ADDRESS", address)

    assert says in client.get("/admin/factors/").text
    assert client.get("/admin/factors/passkey/ask").status_code == 404
    assert "Sign in with a passkey" not in Client(app).get("/sign-in").text


def test_whoever_came_by_a_number_is_told_the_name(app: Flask) -> None:
    with app.test_request_context(base_url="http://127.0.0.1:5000"):
        assert why_no_passkeys().endswith("127.0.0.1 is only a number. Open http://localhost:5000 instead.")
    with app.test_request_context(base_url="http://localhost:5000"):
        assert why_no_passkeys() == ""


# --- as a factor ----------------------------------------------------------------------------------------------------


def with_password(stranger: Client, in_app: Any) -> None:
    """The first step is taken."""
    with in_app():
        db.session.execute(update(Staff).values(password=hash_password(PASSWORD)))
    sent = stranger.post("/sign-in?next=/admin/task/", data={"email": "owner@example.org", "password": PASSWORD})
    assert sent.location == "/second-step/"


def test_it_is_the_second_step_beside_a_code(stranger: Client, key: SecurityKey, in_app: Any) -> None:
    with_password(stranger, in_app)
    assert not is_in(stranger)
    assert "Sign in with a passkey" in stranger.get("/second-step/").text

    assert enter(stranger, "{}").location == "/second-step/"
    assert enter(stranger, answer_of(stranger, key)).location == "/admin/task/"
    assert is_in(stranger)


def test_it_counts_where_a_role_needs_a_factor(app: Flask, in_app: Any, key: SecurityKey) -> None:
    with in_app():
        queries.shop().factor_roles = [db.session.scalars(select(Role.id).where(Role.name == "packer")).one()]
    packer = sign_in(app, "packer")
    assert packer.get("/admin/").location == "/admin/factors/"

    add(packer, key)

    assert packer.get("/admin/").status_code == 200


def test_it_proves_who_is_there(app: Flask, client: Client, key: SecurityKey, stranger: Client, in_app: Any) -> None:
    with in_app():
        db.session.execute(update(StaffSession).values(proved_at=now() - timedelta(hours=1)))
        version = db.session.scalars(select(Shop.version)).one()
    typed = {"name": "Mugs", "country": "NL", "email": "shop@example.org", "seen_version": version}
    assert "Use a passkey" in client.post("/admin/company/?id=1", data=typed).text
    packer, other = sign_in(app, "packer"), SecurityKey()
    add(packer, other)

    foreign = client.post("/admin/company/?id=1", data={**typed, "proof_passkey": answer_of(client, other)})
    assert "This is wrong." in foreign.text

    sent = client.post("/admin/company/?id=1", data={**typed, "proof_passkey": answer_of(client, key)})
    assert sent.status_code == 302


def test_who_lost_it_is_helped(app: Flask, stranger: Client, key: SecurityKey, in_app: Any) -> None:
    done = app.test_cli_runner().invoke(take_factors_away, ["owner@example.org"])

    assert done.exit_code == 0, done.output
    with in_app():
        assert db.session.scalars(select(Passkey)).all() == []
    assert enter(stranger, answer_of(stranger, key)).location == "/sign-in"
