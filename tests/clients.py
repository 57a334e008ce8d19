"""Browsers for tests of pages: they keep cookies and send along the token that every form carries."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Flask, has_app_context
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.actions.staff import add_staff
from app.columns import now
from app.extensions import db, reading
from app.history import SYSTEM
from app.models import Staff
from app.security import form_tokens
from app.security.sessions import sign_in_link


class Caller(FlaskClient):
    """Reads the whole answer. What its thread does next is no part of the request, and may write."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        try:
            return super().open(*args, **{"buffered": True, **kwargs})
        finally:
            reading.set(False)


class Client(Caller):
    def __init__(self, app: Flask):
        super().__init__(app, app.response_class, use_cookies=True)

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        assert not has_app_context(), "end the `with in_app():` first: test and request must not share a session"
        return super().open(*args, **kwargs)

    def post(self, *args: Any, **kwargs: Any) -> TestResponse:
        """A press on a form that was opened just now; one that was opened before says its token as `form_token`."""
        return super().post(*args, headers={**self.tokens(), **dict(kwargs.pop("headers", None) or {})}, **kwargs)

    def tokens(self) -> dict[str, str]:
        return {"X-CSRFToken": self.csrf_token(), form_tokens.HEADER: self.form_token()}

    def form_token(self) -> str:
        """A new token as the forms of this browser carry it."""
        return form_tokens.new_token(form_tokens.signer_of(self.application, self.secret()), now())

    def csrf_token(self) -> str:
        """The token as Flask-WTF makes it: a secret of the session, signed."""
        return str(URLSafeTimedSerializer(self.application.secret_key, salt="wtf-csrf-token").dumps(self.secret()))

    def secret(self) -> str:
        with self.session_transaction() as session:
            return str(session.setdefault("csrf_token", secrets.token_hex(20)))


def sign_in(app: Flask, role: str) -> Client:
    """Somebody with this role signs in by a one-time link."""
    with app.app_context():
        path = sign_in_link(somebody(role))
        db.session.commit()
    browser = Client(app)
    assert browser.post(path).status_code in (302, 303)
    return browser


def somebody(role: str) -> Staff:
    email = f"{role}@example.org"
    known = db.session.scalar(select(Staff).where(Staff.email == email))
    return known or add_staff(email, role=role, by=SYSTEM, name=role.title())


class Program(Caller):
    """Sends its key along with every request."""

    key = ""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", **dict(kwargs.pop("headers", None) or {})}
        return super().open(*args, headers=headers, **kwargs)
