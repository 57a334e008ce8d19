"""Nothing personal in the log: neither in what is said, nor in what failed."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from sqlalchemy import text

from app.extensions import db
from app.pages.log_scrubbing import scrub


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("mail to Femke <femke@example.org> failed", "mail to Femke <…@…> failed"),
        ("Key (email)=(femke@example.org) exists", "Key (email)=(…@…) exists"),
        ("GET /account/sign-in/aVeryLongTokenOf_30-letters12", "GET /account/sign-in/…"),
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
