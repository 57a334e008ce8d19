"""Doing once what a program may send twice: `Idempotency-Key`, and the one transaction of a request that changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Response, g, request
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app.api.problems import stop
from app.errors import ChangedMeanwhile
from app.extensions import db, transaction
from app.models import IdempotencyKey

Asked = ParamSpec("Asked")
View = Callable[Asked, tuple[object, int, str]]
HEADER = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same key with the same request is done once; what was answered then is answered again.",
}


def idempotent(view: View[Asked]) -> Callable[Asked, Response]:
    """Run the view in a transaction of its own and commit; it answers (what to tell, status, location or "").

    With an Idempotency-Key the answer is kept in that same transaction. A key that came with another request is 422.
    """

    @wraps(view)
    def run(*args: Asked.args, **kwargs: Asked.kwargs) -> Response:
        key = asked_key()
        if key and (kept := kept_answer(key)):
            return kept
        try:
            return run_once(key, view, *args, **kwargs)
        except IntegrityError:  # its twin was quicker, or somebody made what it has in common with this one
            db.session.rollback()
            return (kept_answer(key) if key else None) or run_once(key, view, *args, **kwargs)

    run._apidoc = dict(getattr(view, "_apidoc", {}))  # type: ignore[attr-defined]
    return run


def run_once(key: str, view: View[Asked], *args: Asked.args, **kwargs: Asked.kwargs) -> Response:
    try:
        with transaction():
            told, status, location = view(*args, **kwargs)
            body = json.dumps(told)
            if key:
                keep(key, status, body, location)
    except StaleDataError:
        raise ChangedMeanwhile(0, 0) from None
    return answer(status, body, location)


def asked_key() -> str:
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > 255 or not key.isprintable():
        stop(422, "The Idempotency-Key may have 255 printable letters at most.")
    return key


def fingerprint() -> str:
    said = b"\n".join([request.method.encode(), request.full_path.encode(), request.get_data()])
    return hashlib.sha256(said).hexdigest()


def kept_answer(key: str) -> Response | None:
    query = select(IdempotencyKey).where(IdempotencyKey.token_id == g.token_id, IdempotencyKey.key == key)
    kept = db.session.scalar(query)
    if kept is None:
        return None
    if kept.request != fingerprint():
        stop(422, "This Idempotency-Key came with another request before. Take a new one.")
    response = answer(kept.status, kept.body, kept.location)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def keep(key: str, status: int, body: str, location: str) -> None:
    row = IdempotencyKey(
        token_id=g.token_id, key=key, request=fingerprint(), status=status, body=body, location=location
    )
    db.session.add(row)
    db.session.flush()


def answer(status: int, body: str, location: str) -> Response:
    response = Response(body, status, mimetype="application/json")
    if location:
        response.headers["Location"] = location
    return response
