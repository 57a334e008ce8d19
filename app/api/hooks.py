"""Where connected shops send their events: /hooks/<source>/<key of the connection>.

An event is checked by its signature over the raw bytes, stored and answered at once; the worker reads it afterwards.
"""

from __future__ import annotations

from flask import Blueprint, Response, request
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.api.problems import problem
from app.columns import now
from app.connections.asking_for_keys import take_key
from app.extensions import db, transaction
from app.intake.events import DELIVERIES, SIGNATURES, is_signed, receive, tell_of, topic_in
from app.models import Connection, Source
from app.security.security_log import SecurityKind, note_security

hooks = Blueprint("hooks", __name__, url_prefix="/hooks")

LARGEST_KEY = 16 * 1024


@hooks.post("/<source>/<key>")
def take_event(source: str, key: str) -> Response:
    body = request.get_data()
    connection = connection_of(source, key)
    if connection is None:
        return problem(404, "Not found", "There is no such connection, or it is switched off.")
    signature, _made, header = SIGNATURES[source]
    if is_ping(source, body):
        return Response("ready\n", 200, mimetype="text/plain")
    if not is_signed(connection, body, request.headers.get(signature, "")):
        error = f"An event came with a wrong signature ({signature}). Is the secret the same there?"
        with transaction():
            tell_of(connection, last_error=error, last_error_at=now())
        note_security(SecurityKind.WRONG_SIGNATURE, detail=connection.title)
        return problem(401, "Unauthorized", f"The signature in {signature} does not fit the body and the secret.")
    delivery = request.headers.get(DELIVERIES.get(source, ""), "")
    try:
        with transaction():
            receive(connection, body, topic_in(source, request.headers.get(header, ""), body), delivery)
    except IntegrityError:  # its twin was quicker
        pass
    return Response("stored\n", 200, mimetype="text/plain")


@hooks.post("/keys/<token>")
def take_asked_key(token: str) -> Response:
    """A shop hands over the key that somebody asked it for; it deletes the key unless it is answered with 200."""
    request.max_content_length = LARGEST_KEY
    told = request.get_json(force=True, silent=True)
    with transaction():
        is_taken = isinstance(told, dict) and take_key(token, told)
    if not is_taken:
        return problem(404, "Not found", "Nobody asked for this key, it came too late, or it came before.")
    return Response("stored\n", 200, mimetype="text/plain")


def is_for_a_connection() -> bool:
    """Whether somebody may tell so much by the address of this request; the signature is made of all of it."""
    return connection_of(**request.view_args) is not None if request.view_args else False


def connection_of(source: str, key: str) -> Connection | None:
    if source not in SIGNATURES or "\0" in key:
        return None
    query = select(Connection).where(Connection.source == source, Connection.key == key, Connection.is_active)
    return db.session.scalar(query)


def is_ping(source: str, body: bytes) -> bool:
    """WooCommerce asks with an unsigned form whether anybody is there before it saves a webhook."""
    return source == Source.WOOCOMMERCE and request.mimetype == "application/x-www-form-urlencoded" and len(body) < 200
