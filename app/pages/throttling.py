"""Slowing down whoever guesses passwords. Only failures count, so a busy office behind one address isn't hindered.

Counts are kept in the memory of each process; with several processes, name a shared store that Flask-Limiter knows
as RATELIMIT_STORAGE_URI in instance/config.py. Somebody who is kept out still has one-time links.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

TRIES_FROM_AN_ADDRESS = "10 per minute; 60 per hour"
TRIES_FOR_A_PERSON = "20 per hour"


def throttle_sign_in(app: Flask) -> None:
    app.config.setdefault("RATELIMIT_STORAGE_URI", "memory://")
    limiter = Limiter(get_remote_address, app=app)
    from_an_address = limiter.limit(TRIES_FROM_AN_ADDRESS, methods=["POST"], deduct_when=was_refused)
    for_a_person = limiter.limit(TRIES_FOR_A_PERSON, key_func=person_tried, methods=["POST"], deduct_when=was_refused)

    views: dict[str, Any] = app.view_functions
    views["security.login"] = from_an_address(for_a_person(views["security.login"]))
    views["passwords.choose"] = from_an_address(views["passwords.choose"])


def person_tried() -> str:
    return "person:" + request.form.get("email", "").strip().lower()[:255]


def was_refused(response: Response) -> bool:
    """The form came back; a success redirects."""
    return response.status_code not in (302, 303)
