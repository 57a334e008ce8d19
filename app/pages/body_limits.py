"""How large a body may be: that of a form for everybody, more where it is needed, for those who are let in.

Werkzeug goes by it before it reads a body, and so does our own server, before it takes one from the network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, current_app, request

from app.csrf import SAFE_METHODS
from app.extensions import end_session, read_only

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FORM = 1024 * 1024
JSON = 5 * 1024 * 1024
WITH_FILES = 25 * 1024 * 1024


@dataclass(frozen=True)
class LargeBodies:
    largest: int
    is_let_in: Callable[[], bool]


def register_body_limits(app: Flask) -> None:
    """Before anything that reads a form."""
    app.extensions["large_bodies"] = {}
    app.before_request(limit_body)


def allow_large_bodies(app: Flask, where: str, *, largest: int, to: Callable[[], bool]) -> None:
    """Let those for whom `to` is true send more to this endpoint, or to all of this blueprint."""
    app.extensions["large_bodies"][where] = LargeBodies(largest, to)


def limit_body() -> None:
    if request.method not in SAFE_METHODS and (request.content_length or 0) > ordinary():
        request.max_content_length = largest_body()


def largest_body() -> int:
    """What this sender may send in this request."""
    known: dict[str, LargeBodies] = current_app.extensions["large_bodies"]
    rule = known.get(request.endpoint or "") or known.get(request.blueprint or "")
    if rule is None or request.method in SAFE_METHODS:
        return ordinary()
    with read_only():
        is_let_in = rule.is_let_in()
        end_session()
    return rule.largest if is_let_in else ordinary()


def ordinary() -> int:
    return int(current_app.config["MAX_CONTENT_LENGTH"])


def largest_body_of(app: Flask, environ: WSGIEnvironment) -> int:
    """The same for a server that has read no more than the headers."""
    with read_only(), app.request_context(environ):
        return largest_body()
