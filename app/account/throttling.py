"""Slowing down whoever has links mailed: neither a mailbox nor the shop's mail server is to be flooded."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

LINKS_FROM_AN_ADDRESS = "10 per minute; 40 per hour"
LINKS_TO_A_MAILBOX = "3 per 10 minutes; 10 per day"


def throttle_links(app: Flask) -> None:
    app.config.setdefault("RATELIMIT_STORAGE_URI", "memory://")
    limiter = Limiter(get_remote_address, app=app)
    from_an_address = limiter.limit(LINKS_FROM_AN_ADDRESS, methods=["POST"])
    to_a_mailbox = limiter.limit(LINKS_TO_A_MAILBOX, key_func=mailbox, methods=["POST"])

    views: dict[str, Any] = app.view_functions
    views["signing_in.ask"] = from_an_address(to_a_mailbox(views["signing_in.ask"]))


def mailbox() -> str:
    return "mailbox:" + request.form.get("email", "").strip().lower()[:255]
