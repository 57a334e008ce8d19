"""Customers in their browsers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from app.account.visiting import COOKIE, PATH
from app.extensions import db
from app.security import sessions
from tests.clients import Client


@pytest.fixture
def customer_with(app: Flask) -> Callable[[str], Client]:
    """The browser of whoever reads this mailbox, signed in to My account."""

    def come_in(email: str) -> Client:
        with app.app_context():
            secret = sessions.begin_visit(email)
            db.session.commit()
        browser = Client(app)
        browser.set_cookie(COOKIE, secret, path=PATH)
        return browser

    return come_in


@pytest.fixture
def femke(customer_with: Callable[[str], Client]) -> Client:
    """Who has placed the orders of the factories."""
    return customer_with("femke@example.org")
