"""Slowing down whoever guesses passwords, or floods a mailbox with links. Each site says what of it is slowed down.

Counts are kept in the memory of each process; with several processes, name a shared store that Flask-Limiter knows
as RATELIMIT_STORAGE_URI in instance/config.py.
"""

from __future__ import annotations

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address


def register_throttling(app: Flask) -> None:
    app.config.setdefault("RATELIMIT_STORAGE_URI", "memory://")
    Limiter(get_remote_address, app=app)


def throttle(
    app: Flask, endpoint: str, *, from_an_address: str, for_an_email: str = "", only_refused: bool = False
) -> None:
    """Count what is posted to this view, per network address and per e-mail address in the form: "10 per minute; …".

    With `only_refused`, failures alone count, so a busy office behind one address isn't hindered.
    """
    (limiter,) = app.extensions["limiter"]
    counted = was_refused if only_refused else None
    view = app.view_functions[endpoint]
    if for_an_email:
        view = limiter.limit(for_an_email, key_func=email_in_form, methods=["POST"], deduct_when=counted)(view)
    app.view_functions[endpoint] = limiter.limit(from_an_address, methods=["POST"], deduct_when=counted)(view)


def email_in_form() -> str:
    return "email:" + request.form.get("email", "").strip().lower()[:255]


def was_refused(response: Response) -> bool:
    """The form came back; a success redirects."""
    return response.status_code not in (302, 303)
