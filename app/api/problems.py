"""Errors as RFC 9457 tells them: application/problem+json, naming the field that is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NoReturn

from flask import Response
from flask_smorest import abort
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException

from app.errors import ActionRefused, ChangedMeanwhile
from app.extensions import db
from app.security.security_log import SecurityKind, note_security, where_asked

MEDIA_TYPE = "application/problem+json"


#: What is refused -> what the security log calls it.
REFUSED = {401: SecurityKind.KEY_REFUSED, 403: SecurityKind.NOT_ALLOWED, 429: SecurityKind.THROTTLED}


class FieldProblem(Schema):
    field = fields.String(metadata={"description": "Where in the request, such as lines.0.quantity"})
    detail = fields.String()


class Problem(Schema):
    """An error, as RFC 9457 tells it."""

    type = fields.String(metadata={"description": "about:blank: the status says what kind of problem it is"})
    title = fields.String()
    status = fields.Integer()
    detail = fields.String(metadata={"description": "Why, and what to do"})
    errors = fields.List(fields.Nested(FieldProblem))


def stop(status: int, message: str, **more: object) -> NoReturn:
    """Answer with a problem. `messages` are those of fields, `headers` go along."""
    abort(status, message=message, **more)
    raise AssertionError  # abort never returns


def problem(status: int, title: str, detail: str = "", errors: list[dict[str, str]] | None = None) -> Response:
    told: dict[str, object] = {"type": "about:blank", "title": title, "status": status}
    if detail:
        told["detail"] = detail
    if errors:
        told["errors"] = errors
    return Response(json.dumps(told), status, mimetype=MEDIA_TYPE)


def http_problem(error: HTTPException) -> Response:
    """The answer to what was wrong with a request. Nothing of it is kept."""
    db.session.rollback()
    if error.code in REFUSED:
        note_security(REFUSED[error.code], detail=where_asked())
    data = getattr(error, "data", None) or {}
    errors = [entry for part in data.get("messages", {}).values() for entry in flat(part)] if data else []
    detail = data.get("message") or (error.description or "")
    if errors:
        detail = "Some fields are missing or wrong; errors names them."
    answer = problem(error.code or 500, error.name, detail, errors)
    for name, value in [*error.get_headers(), *(data.get("headers") or {}).items()]:
        if name in ("WWW-Authenticate", "Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def answer_refusal(error: ActionRefused | ChangedMeanwhile) -> Response:
    db.session.rollback()
    return problem(409, "Refused", str(error))


def flat(messages: object, path: str = "") -> Iterator[dict[str, str]]:
    """{"lines": {0: {"quantity": ["Missing."]}}} -> lines.0.quantity: Missing."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from flat(inner, f"{path}.{name}" if path else str(name))
    else:
        texts = messages if isinstance(messages, list) else [messages]
        yield {"field": path.removeprefix("_schema").strip(".") or "body", "detail": " ".join(map(str, texts))}
