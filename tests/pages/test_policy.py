"""Security headers, CSRF, error pages and the addresses of static files."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, NoReturn

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app import queries
from app.extensions import db
from app.models import StaffSession
from app.pages.context import static_url
from tests.clients import Client
from tests.databases import make_app

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
PAGES = ["/sign-in", "/password/", "/nothing-here", "/healthz"]


@pytest.fixture
def broken_pages(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors become pages, as in service, and this page has one."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "health.alive", lambda: 1 / 0)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_policy_and_is_kept_nowhere(client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert headers["Content-Security-Policy"] == CSP
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_what_the_policy_forbids(client: Client, path: str) -> None:
    page = client.get(path).text

    for forbidden in ("<style", "style=", "onclick=", "<script>", "http://", "https://"):
        assert forbidden not in page


def test_a_pdf_may_be_shown_by_the_browsers_viewer(app: Flask, anonymous: Client, monkeypatch: Any) -> None:
    monkeypatch.setitem(app.view_functions, "health.alive", lambda: app.response_class("", mimetype="application/pdf"))

    headers = anonymous.get("/healthz").headers

    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert headers["Cache-Control"] == "no-store"


def test_over_https_browsers_are_told_to_stay_there(app: Flask, anonymous: Client, monkeypatch: Any) -> None:
    assert "Strict-Transport-Security" not in anonymous.get("/sign-in").headers
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    assert anonymous.get("/sign-in").headers["Strict-Transport-Security"] == "max-age=31536000"


def test_names_below_ours_are_meant_once_somebody_says_that_they_are_ours(
    app: Flask, anonymous: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert app.config["HTTPS_BELOW"] is False
    monkeypatch.setenv("TOONBANK_HTTPS_BELOW", "1")
    stating = make_app(f"sqlite:///{tmp_path / 'shop.sqlite'}", sites=()).config["HTTPS_BELOW"]
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    monkeypatch.setitem(app.config, "HTTPS_BELOW", stating)

    stated = anonymous.get("/sign-in").headers["Strict-Transport-Security"]

    assert stated == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize("path", ["/static/x.css", "/static/../x.css", "/admin/x.css", "/account/x.css", "/x.css"])
def test_what_is_no_file_of_ours_is_kept_nowhere_whatever_it_is_called(client: Client, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, response.headers["Cache-Control"]) == (404, "no-store")


# --- forms from elsewhere -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/sign-out", "/sign-in", "/password/", "/preferences/"])
def test_a_form_without_its_token_is_refused(client: Client, in_app: Any, path: str) -> None:
    response = client.post(path, headers={"X-CSRFToken": "from elsewhere"})

    assert response.status_code == 400
    assert "This page was open too long. Go back, reload it and try again." in response.text
    with in_app():
        assert len(db.session.scalars(select(StaffSession)).all()) == 1


# --- error pages ----------------------------------------------------------------------------------------------------


def test_an_unknown_address_gets_a_page_that_leads_on(anonymous: Client) -> None:
    response = anonymous.get("/nothing-here")

    assert response.status_code == 404
    assert "There is nothing at this address." in response.text
    assert 'href="/admin/"' in response.text


@pytest.mark.parametrize("path", ["/admin/nothing-here", "/admin/customer/details/?id=999", "/admin/connection/999"])
def test_what_is_not_there_leaves_who_is_signed_in_the_menu_and_the_search(
    client: Client, anonymous: Client, path: str
) -> None:
    seen, refused = client.get(path, follow_redirects=True), anonymous.get(path)

    assert ('id="sidebar"' in seen.text, 'id="search-everything"' in seen.text) == (True, True)
    assert "sidebar" not in refused.text
    assert refused.status_code in (302, 404)


def test_what_is_not_allowed_names_the_right_and_leaves_the_menu(signed_in_as: Any) -> None:
    response = signed_in_as("packer").get("/admin/staff/")

    assert response.status_code == 403
    assert "Ask the owner for the right" in response.text
    assert 'id="sidebar"' in response.text


def test_a_pop_up_and_a_mistake_of_ours_get_no_menu(client: Client, app: Flask, broken_pages: None) -> None:
    in_pop_up = client.get("/admin/nothing-here", headers={"HX-Request": "true"})
    mistake = client.get("/healthz")

    assert (in_pop_up.status_code, mistake.status_code) == (404, 500)
    assert "sidebar" not in in_pop_up.text + mistake.text


def test_an_address_that_takes_another_method_says_which(client: Client) -> None:
    response = client.put("/admin/")

    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.usefixtures("broken_pages")
def test_a_busy_database_says_what_to_do_next(app: Flask, client: Client, monkeypatch: Any) -> None:
    def is_busy() -> NoReturn:
        raise OperationalError("", {}, sqlite3.OperationalError("disk is full"))

    monkeypatch.setitem(app.view_functions, "health.alive", is_busy)
    monkeypatch.setitem(app.view_functions, "preferences.save", is_busy)
    looked, sent = client.get("/healthz?a=%2F%2Fb&c=d"), client.post("/preferences/", data={"theme": "dark"})

    assert (looked.status_code, sent.status_code) == (503, 503)
    assert looked.headers["Retry-After"] == sent.headers["Retry-After"] == "5"
    assert '<a class="btn btn-primary" href="/healthz?a=%2F%2Fb&amp;c=d">Try again</a>' in looked.text
    assert "Go back: what you typed is still there, to be sent again." in sent.text


def test_a_program_gets_its_error_as_json(anonymous: Client) -> None:
    response = anonymous.get("/nothing-here", headers={"Accept": "application/json"})

    assert (response.status_code, response.mimetype) == (404, "application/json")
    assert list(response.get_json()) == ["error"]


@pytest.mark.usefixtures("broken_pages")
def test_a_mistake_of_ours_gets_a_page_too(client: Client) -> None:
    response = client.get("/healthz")

    assert response.status_code == 500
    assert "It is our mistake, not yours." in response.text
    assert "ZeroDivisionError" not in response.text


@pytest.mark.usefixtures("broken_pages")
def test_a_database_that_is_away_gets_a_page_too(client: Client, in_app: Any) -> None:
    with in_app():
        file = Path(str(db.engine.url.database))
        db.engine.dispose()
    file.write_bytes(b"this is no database")
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)

    response = client.get("/password/")

    assert response.status_code == 500
    assert "It is our mistake, not yours." in response.text


def test_too_large_a_request_gets_a_page_too(app: Flask, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 10)

    response = client.post("/password/", data={"new_password": "x" * 100})

    assert response.status_code == 413
    assert "Choose a smaller file." in response.text


# --- static files and languages -------------------------------------------------------------------------------------


def test_a_static_files_address_changes_with_its_content(
    app: Flask, anonymous: Client, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(app, "static_folder", str(tmp_path / "static"))
    file = tmp_path / "static" / "one.css"
    file.parent.mkdir()
    addresses = []
    for content in ("a {}", "a { color: red }"):
        file.write_text(content)
        with app.test_request_context():
            addresses.append(static_url("one.css"))
        served = anonymous.get(addresses[-1])
        assert (served.text, served.headers["Cache-Control"]) == (content, "public, max-age=31536000, immutable")

    assert addresses[0] != addresses[1]
    assert anonymous.get("/static/one.css").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("cookie", "own", "asked", "shown"),
    [
        ("de", "nl", "fr", "de"),
        ("", "nl", "fr", "nl"),
        ("xx", "nl", "fr", "nl"),
        ("", "", "fr-CH, en;q=0.5", "fr"),
        ("", "", "ja", "en"),
    ],
)
def test_the_language_is_the_picked_one_else_ones_own_else_the_browsers(
    client: Client, in_app: Any, cookie: str, own: str, asked: str, shown: str
) -> None:
    with in_app():
        owner = queries.first_owner()
        assert owner is not None
        owner.language = own
    if cookie:
        client.set_cookie("language", cookie)

    assert f'<html lang="{shown}">' in client.get("/password/", headers={"Accept-Language": asked}).text


def test_what_waits_to_be_said_outlives_an_error_page(client: Client, broken_pages: None) -> None:
    with client.session_transaction() as session:
        session["_flashes"] = [("success", "Saved with care")]

    pages = [client.get(path).text for path in ("/healthz", "/nothing-here")]

    assert not any("Saved with care" in page for page in pages)
    assert "Saved with care" in client.get("/admin/").text
