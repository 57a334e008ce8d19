"""Who asks: a program, known by the bearer key it sends along."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g, request

from app.api.problems import stop
from app.columns import now
from app.extensions import Sideline, db, transaction, writing
from app.history import Actor
from app.models import ActorKind, ApiToken
from app.pages.throttling import client
from app.security.api_keys import SentKey, find_key, note_use
from app.security.rights import grants

#: `used_at` is this coarse, so that requests which only read hardly ever write.
USED_EVERY = timedelta(minutes=1)

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
View = Callable[Given, Answer]


def needs(right: str) -> Callable[[View[Given, Answer]], View[Given, Answer]]:
    """The key must have this right: 401 without a key that counts, 403 without the right."""

    def guarded(view: View[Given, Answer]) -> View[Given, Answer]:
        @wraps(view)
        def checked(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
            token = who_asks()
            if not grants(token.rights, right):
                stop(403, f"This key lacks the right {right}.")
            return view(*args, **kwargs)

        checked._apidoc = {**getattr(view, "_apidoc", {})}  # type: ignore[attr-defined]
        checked.right = right  # type: ignore[attr-defined]
        return checked

    return guarded


def is_known_key() -> bool:
    sent = sent_key()
    return sent is not None and not sent.why_not


def sent_key() -> SentKey | None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return find_key(key.strip(), client()) if scheme.lower() == "bearer" and key.isascii() else None


def who_asks() -> ApiToken:
    """The key that was sent along. The transaction is over afterwards: what the view does begins its own."""
    sent = sent_key()
    if sent is None or sent.why_not:
        reason = sent.why_not if sent else "Send a key that is in use: Authorization: Bearer …"
        db.session.rollback()
        stop(401, reason, headers={"WWW-Authenticate": "Bearer"})
    token = sent.token
    g.token_id, g.actor, g.key_rights = token.id, Actor(ActorKind.PROGRAM, token.title), frozenset(token.rights)
    is_stale = token.used_at is None or now() - token.used_at > USED_EVERY
    db.session.expunge(token)
    db.session.rollback()
    if is_stale or not sent.is_known_client:
        with writing(Sideline.KEY_USED), transaction():
            note_use(sent)
    return token


def program() -> Actor:
    """The program that asks, as history names it."""
    actor: Actor = g.actor
    return actor


def may_read(right: str) -> bool:
    """Whether the key that asks may read such records: what is done with it answers no more than it may read."""
    return grants(g.key_rights, right)
