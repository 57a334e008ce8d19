"""A form does its work once: the token that each form carries is used up in the transaction of what the form does.

A token is random, signed for one browser, and stored, hashed, only when it is used: its row comes and goes with the
change. Whoever sends the same form again is answered with what the first one led to. Why it is a hook on the session,
and not a call in each page: docs/decisions/forms-once.md.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypedDict
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, flash, g, has_request_context, redirect, request, session
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadSignature, Signer
from sqlalchemy import event, exists, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.sql.dml import ReturningInsert
from werkzeug.exceptions import BadRequest, HTTPException

from app.columns import now
from app.csrf import SAFE_METHODS
from app.errors import DoneAlready
from app.extensions import db, read_only, reading
from app.models import FormToken
from app.security.identity import current_staff
from app.security.sessions import FORMS_LAST, hash_secret

FIELD, HEADER = "form_token", "X-Form-Token"
#: The same form filled in twice, in two tabs, is taken for one within this time.
TABS = timedelta(minutes=15)
#: What a form carries besides what somebody entered or pressed.
CARRIED = {"csrf_token", FIELD, "in_dialog", "next", "seen", "seen_version", "up_to", "url"}

#: Forms that need no token, each with the reason. Everything else that is posted needs one.
REPEATABLE = {
    "security.login": "signing in twice is being signed in",
    "security.logout": "signing out twice is being signed out",
    "links.use": "the link in the address is used up itself",
    "passkey_signin.enter": "a challenge is used up itself",
    "proving.lead_on": "only leads on",
    "second_step.enter_code": "a code is used up itself",
    "passwords.choose": "the same password once more changes nothing, and checking it takes long",
    "customer.ajax_update": "what was seen of the customer is used up itself: its version",
    "order.ajax_update": "what was seen of the order is used up itself",
    "product.ajax_update": "what was seen of the product is used up itself: its version",
    "preferences.save": "the same once more changes nothing",
    "account.language": "a cookie; nothing is stored",
    "signing_in.ask": "whoever asks again wants another link",
    "signing_in.use_link": "the link in the address is used up itself",
    "signing_in.sign_out": "signing out twice is being signed out",
    "mail_texts.preview": "only looks, while somebody types",
    "document_settings.preview": "only looks, while somebody changes something",
    "customer.give_personal_data": "a file to take away, as often as wanted; its page stays as it is",
}
#: Programs send no forms: they have Idempotency-Key, and what shops tell carries ids.
PROGRAMS = ("/api/", "/hooks/")


class Answer(TypedDict):
    """What a form led to: where, and what was said."""

    location: str
    message: dict[str, str]


class NoToken(BadRequest):
    """A form without a token of this browser, or one that was open too long."""


@dataclass
class Claim:
    """The token of the request that is being answered."""

    id: str
    work: str  # what the form says, hashed; "" where nothing was entered
    minted_at: datetime
    way_back: str = ""
    held_by: SessionTransaction | None = None
    is_used: bool = False
    is_over: bool = False  # the form did its work before


def init_app(app: Flask) -> None:
    app.jinja_env.globals["form_token"] = mint
    app.jinja_env.globals["mark_of_owner"] = mark_of_owner
    app.before_request(take)
    app.after_request(answer_again)
    app.register_error_handler(DoneAlready, lambda error: first_answer())


# --- the token ------------------------------------------------------------------------------------------------------


def mint() -> str:
    """A new token for a form of this browser."""
    return new_token(signer_here(), now() - TABS if has_come_back() else now(), mark_of_owner)


def new_token(signer: Signer, opened_at: datetime, mark: Callable[[str], str] = lambda _nonce: "") -> str:
    """`mark` tells by whom the form can be taken along into another session; by default by nobody."""
    nonce = f"{secrets.token_urlsafe(12)}.{int(opened_at.timestamp() * 1_000_000)}"
    return signer.sign(f"{mark(nonce)}.{nonce}").decode()


def mark_of_owner(nonce: str) -> str:
    """By which the same person is known in another session; of nobody on the staff it means nothing."""
    staff = current_staff()
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"{FIELD} {staff.id if staff else 0} {nonce}".encode(), "sha256").hexdigest()[:20]


def has_come_back() -> bool:
    """Whether the browser went back to this page, and has put in again what was typed: it is the form of before.

    Pages are never kept, so the browser asks for them anew. Only then does a navigation lack the user.
    """
    return request.headers.get("Sec-Fetch-Mode") == "navigate" and "Sec-Fetch-User" not in request.headers


def renew() -> dict[str, str]:
    """Headers with tokens of this session for a form that its person opened in another one, unless it did its work."""
    given = request.form.get(FIELD, "")
    if not is_own(given) or not is_young(given) or db.session.get(FormToken, hash_secret(given)) is not None:
        return {}
    return {"X-CSRF-Token": generate_csrf(), HEADER: mint()}


def is_own(given: str) -> bool:
    """Whether the person at the screen opened the form: nobody's text is sent in another's name."""
    mark, _dot, nonce = given.rpartition(":")[0].partition(".")
    return current_staff() is not None and hmac.compare_digest(mark.encode(), mark_of_owner(nonce).encode())


def is_young(given: str) -> bool:
    """By what it says itself: the session that could tell is gone. The row of an older one may be gone as well."""
    unsigned = given.rpartition(":")[0]
    try:
        return datetime.fromtimestamp(int(unsigned.rpartition(".")[2]) / 1_000_000, UTC) >= now() - FORMS_LAST
    except (ValueError, OverflowError, OSError):
        return False


def signer_here() -> Signer:
    """One for all forms of a page."""
    if "form_signer" not in g:
        generate_csrf()
        g.form_signer = signer_of(current_app, session["csrf_token"])
    signer: Signer = g.form_signer
    return signer


def signer_of(app: Flask, secret: str) -> Signer:
    """Signs for one browser, known by the secret that its session has against foreign forms."""
    return Signer(app.config["SECRET_KEY"], salt=f"{FIELD} {secret}", sep=":")


def take() -> None:
    """Read the token that the form brought along. Nothing is stored yet."""
    if request.method not in SAFE_METHODS and request.endpoint and not needs_none():
        given = request.form.get(FIELD) or request.headers.get(HEADER, "")
        g.form_claim = Claim(hash_secret(given), work_of_form(), minted_at(given))


def needs_none() -> bool:
    """Who isn't signed in is turned away by the page itself."""
    is_stranger = not request.path.startswith("/account/") and current_staff() is None
    return request.endpoint in REPEATABLE or request.path.startswith(PROGRAMS) or is_stranger


def minted_at(given: str) -> datetime:
    try:
        at = datetime.fromtimestamp(int(signer_here().unsign(given).decode().rpartition(".")[2]) / 1_000_000, UTC)
    except (BadSignature, ValueError):
        raise NoToken from None
    if at < now() - FORMS_LAST:  # its row may be gone
        raise NoToken
    return at


def work_of_form() -> str:
    """Two forms of this browser with the same hash say the same; "" when nothing was entered, or files came along."""
    entered = [pair for pair in request.form.items(multi=True) if pair[0] not in CARRIED]
    if not any(value for _name, value in entered) or any(file.filename for file in request.files.values()):
        return ""
    return hash_secret(repr((session.get("csrf_token"), request.full_path, entered)))


# --- using it up ----------------------------------------------------------------------------------------------------


def claim_here() -> Claim | None:
    return g.get("form_claim") if has_request_context() else None


@event.listens_for(db.session, "after_begin")
def use_up(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    """A writing transaction begins with the token's row. Its twin waits here for the end of the first one."""
    claim = claim_here()
    if claim and not claim.is_used and not transaction.nested and not reading.get():
        hold(claim, transaction, connection)


@event.listens_for(db.session, "before_commit")
def use_up_late(session: Session) -> None:
    """What began by reading only may have written all the same."""
    claim, transaction = claim_here(), session.get_transaction()
    if claim is None or transaction is None or claim.is_used or session.in_nested_transaction() or reading.get():
        return
    if claim.held_by is not transaction:
        hold(claim, transaction, session.connection())


@event.listens_for(db.session, "after_commit")
def note_used(session: Session) -> None:
    claim = claim_here()
    if claim and not session.in_nested_transaction() and claim.held_by is session.get_transaction():
        claim.is_used = True


def hold(claim: Claim, transaction: SessionTransaction, connection: Connection) -> None:
    claim.held_by = transaction
    if connection.scalar(row_of(claim, connection.dialect.name)) is None:
        claim.is_over = True
        raise DoneAlready


def row_of(claim: Claim, dialect: str) -> ReturningInsert[tuple[str]]:
    """The token's row, unless it is there or the same was done in another tab since this form was opened."""
    values = [literal(claim.id), literal(claim.work), literal(now(), FormToken.used_at.type)]
    since = max(claim.minted_at, now() - TABS)
    elsewhere = exists().where(FormToken.work == claim.work, FormToken.work != "", FormToken.used_at > since)
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(FormToken)
    names = [FormToken.id, FormToken.work, FormToken.used_at]
    return insert.from_select(names, select(*values).where(~elsewhere)).on_conflict_do_nothing().returning(FormToken.id)


def begin_anew() -> None:
    """Forget what was read, so that facts come after the lock; a transaction that holds the token goes on."""
    claim, transaction = claim_here(), db.session().get_transaction()
    if claim and claim.held_by is not None and claim.held_by is transaction:
        db.session.expire_all()
    else:
        db.session.rollback()


def is_done_here() -> bool:
    """Whether the form of this request has changed something for good, whatever went wrong afterwards."""
    claim = claim_here()
    return claim is not None and claim.is_used


def stay_usable() -> None:
    """What this form does may be done again: its page stays open, and is used for other things."""
    db.session.rollback()
    g.pop("form_claim", None)


def use_once(what: str) -> bool:
    """Use up something that is no form, whatever it is; False when that was done before, by whichever process."""
    insert = (sqlite if db.engine.dialect.name == "sqlite" else postgresql).insert(FormToken)
    row = insert.values(id=hash_secret(what), work="", used_at=now()).on_conflict_do_nothing()
    return db.session.scalar(row.returning(FormToken.id)) is not None


# --- the answer to whoever sends it again ---------------------------------------------------------------------------


def lead_back_to(url: str) -> None:
    """Where this form leads, unless an answer that was kept says otherwise."""
    if claim := claim_here():
        claim.way_back = url


def keep_answer(location: str = "", message: dict[str, str] | None = None) -> None:
    """Keep in this transaction where the form led, and what was said, for its twin."""
    claim = claim_here()
    if claim and not claim.is_used:
        answer = Answer(location=location, message=message or {})
        db.session.execute(update(FormToken).where(FormToken.id == claim.id).values(answer=answer))


def answer_again(response: Response) -> Response:
    """Whatever the page made of it: nobody is told that something failed which was done."""
    claim = claim_here()
    return first_answer() if claim and claim.is_over else response


def first_answer() -> Response:
    """Where the first one led, and that it was done."""
    claim: Claim = g.pop("form_claim")
    db.session.rollback()
    kept = kept_answer(claim)
    session.pop("_flashes", None)
    flash(said_again(kept["message"]), "success")  # type: ignore[arg-type]
    return redirect(kept["location"] or claim.way_back or page_of_form(), code=303)  # type: ignore[return-value]


def kept_answer(claim: Claim) -> Answer:
    same = or_(FormToken.id == claim.id, (FormToken.work == claim.work) & (FormToken.work != ""))
    with read_only():
        kept: Answer | None = db.session.scalar(
            select(FormToken.answer).where(same).order_by(FormToken.used_at.desc()).limit(1)
        )
        db.session.rollback()
    return kept or Answer(location="", message={})


def said_again(message: dict[str, str]) -> str | dict[str, str]:
    if "text" not in message:
        return _("This was done already.")
    text = _("This was done already: %(what)s", what=message["text"])
    return {**message, "text": text} if len(message) > 1 else text


def page_of_form() -> str:
    """The page on which the form stood, as it is now."""
    came_from = urlsplit(request.referrer or "")
    if came_from.netloc == request.host and can_be_opened(came_from.path):
        return came_from._replace(scheme="", netloc="", fragment="").geturl()
    return request.full_path.rstrip("?") if can_be_opened(request.path) else "/"


def can_be_opened(path: str) -> bool:
    try:
        current_app.create_url_adapter(request).match(path, method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return False
    return True
