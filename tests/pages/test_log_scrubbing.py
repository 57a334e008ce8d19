"""Nothing personal in the log: neither in what is said, nor in what failed."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, request
from sqlalchemy import text

from app.extensions import db
from app.operations.json_log import JsonLines
from app.pages.log_scrubbing import scrub
from tests.clients import Client


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("mail to Femke <femke@example.org> failed", "mail to Femke <…@…> failed"),
        ("Key (email)=(femke@example.org) exists", "Key (email)=(…@…) exists"),
        ("GET /account/sign-in/aVeryLongTokenOf_30-letters12", "GET /account/sign-in/…"),
        ("POST /hooks/shopify/aVeryLongTokenOf_30-letters12", "POST /hooks/shopify/…"),
        ("GET /account/quote/aVeryLongTokenOf_30-letters12", "GET /account/quote/…"),
        ("broken\nDETAIL:  Failing row contains (1, Femke).\nCONTEXT: x", "broken\nDETAIL: …\nCONTEXT: x"),
        ("3 orders @ 12.50, see https://shop.example/a", "3 orders @ 12.50, see https://shop.example/a"),
    ],
)
def test_what_names_somebody_is_left_out(said: str, left: str) -> None:
    assert scrub(said) == left


@pytest.mark.each_database
def test_a_failure_is_logged_without_what_it_was_about(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    marker = "zx9-marker"
    with app.app_context():
        try:
            db.session.execute(text("INSERT INTO staff (email) VALUES (:email)"), {"email": f"{marker}@example.org"})
        except Exception:
            logging.getLogger("app").exception("%s could not be added", f"{marker}@example.org")
        db.session.rollback()

    assert "could not be added" in caplog.text
    assert "test_log_scrubbing.py" in caplog.text, "where it failed is still told"
    assert marker not in caplog.text


#: Put together here, so that it stands in no line of source that a traceback shows.
MARKER = "-".join(("zx9", "marker", "qy7"))


def fail_with_values() -> str:
    """What a mistake of ours says of what was entered, in the ways in which mistakes say it."""
    given = request.values.get("secret") or request.headers.get("Idempotency-Key") or request.get_json()["inner"][0]
    how = request.args["how"]
    if how == "sql":
        db.session.execute(text("INSERT INTO staff (email, nothing) VALUES (:email, 1)"), {"email": given})
    if how == "row":
        db.session.execute(text("INSERT INTO staff (email) VALUES (:email)"), {"email": given})
    if how == "chained":
        try:
            int(given)
        except ValueError as error:
            raise RuntimeError(f"could not read {given}") from error
    if how == "logged":
        logging.getLogger("app").warning("%s is not known", given)
    raise {"value": ValueError, "key": KeyError}.get(how, Exception)(f"{given} is wrong")


#: In a form, an address, a header, JSON.
SENT: list[dict[str, Any]] = [
    {"data": {"secret": MARKER}},
    {"query_string": {"secret": MARKER}},
    {"headers": {"Idempotency-Key": MARKER}},
    {"json": {"inner": [MARKER]}},
]


@pytest.mark.each_database
@pytest.mark.parametrize("how", ["sql", "row", "chained", "logged", "value", "key"])
def test_what_a_request_came_with_stands_in_no_log(app: Flask, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "signing_in.ask", fail_with_values)
    handlers = [logging.StreamHandler(io.StringIO()) for _kind in "jt"]
    handlers[0].setFormatter(JsonLines())
    with log_to(handlers):
        for sent in SENT:
            query = {"how": how, **sent.get("query_string", {})}
            assert Client(app).post("/account/sign-in/", **{**sent, "query_string": query}).status_code == 500

    for handler in handlers:
        said = handler.stream.getvalue()
        assert said.count("in fail_with_values") >= len(SENT), "where it failed is still told"
        assert MARKER not in said


@contextmanager
def log_to(handlers: Sequence[logging.Handler]) -> Iterator[None]:
    for handler in handlers:
        logging.getLogger().addHandler(handler)
    yield
    for handler in handlers:
        logging.getLogger().removeHandler(handler)


def test_what_is_quoted_begins_no_entry_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    forged = "x\r\n2026-11-29 ERROR app: forged\x1b[2J"
    try:
        raise OSError(forged)
    except OSError:
        logging.getLogger("app").exception("no order %s", forged)

    assert not any(line.startswith("2026-11-29") for line in caplog.text.splitlines())
    assert "\x1b" not in caplog.text
    assert "forged" in caplog.text


def test_passwords_and_tokens_stand_in_no_log(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    for path in ("/sign-in", "/password/", f"/sign-in/{MARKER * 3}", f"/account/sign-in/{MARKER * 3}"):
        Client(app).post(path, data={"email": "owner@example.org", "password": MARKER})
    app.test_client().get("/api/orders", headers={"Authorization": f"Bearer {MARKER}"})

    assert MARKER not in caplog.text
