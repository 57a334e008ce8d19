"""Who may come in and do what: one-time links, live sign-ins, giving rights, and that a shop keeps an owner."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache

from flask_babel import gettext as _
from sqlalchemy import Select, bindparam, delete, func, select, update
from sqlalchemy.orm import joinedload

from app.columns import now
from app.extensions import db
from app.models import (
    ApiToken,
    CustomerLink,
    CustomerSession,
    FormToken,
    IdempotencyKey,
    QuoteLink,
    Role,
    SignInLink,
    Staff,
    StaffSession,
)
from app.security.rights import ROLES, grants
from app.security.security_log import SecurityKind, note_security

LINK_LASTS = timedelta(minutes=30)
#: How long a sign-in lives without being used: in an ordinary browser window, and on a device that stays signed in.
IDLE = timedelta(hours=12)
IDLE_WHEN_STAYING = timedelta(days=30)
#: How long a customer stays signed in to My account.
VISIT_LASTS = timedelta(days=14)
#: How long a program may repeat a request and get the same answer.
ANSWERS_LAST = timedelta(days=7)
#: How long a form may be open, and how long it is known that it was sent.
FORMS_LAST = timedelta(days=30)
#: `seen_at` is this coarse, so that pages which only read hardly ever write.
SEEN_EVERY = timedelta(minutes=15)


def hash_secret(secret: str) -> str:
    """What the database keeps of a secret: whoever reads a copy of it can't sign in with that."""
    return hashlib.sha256(secret.encode()).hexdigest()


def staff_with(email: str) -> Staff | None:
    """The person with this address, in capitals or not."""
    if not email.isprintable():  # PostgreSQL refuses NUL
        return None
    return db.session.scalar(select(Staff).where(func.lower(Staff.email) == email.strip().lower()))


# --- one-time links -------------------------------------------------------------------------------------------------


def sign_in_link(staff: Staff) -> str:
    """The path of a new link that signs this person in, once, within half an hour."""
    token = secrets.token_urlsafe(32)
    db.session.add(SignInLink(id=hash_secret(token), staff_id=staff.id, expires_at=now() + LINK_LASTS))
    note_security(SecurityKind.LINK_MADE, detail=str(staff))
    db.session.flush()
    return f"/sign-in/{token}"


def whose_link(token: str) -> Staff | None:
    """The person whom the link would sign in; it stays usable."""
    query = select(Staff).join(SignInLink, SignInLink.staff_id == Staff.id)
    return db.session.scalar(
        query.where(SignInLink.id == hash_secret(token), SignInLink.expires_at > now(), Staff.active)
    )


def use_link(token: str) -> Staff | None:
    """The person whom the link signs in. One statement finds and removes it, so of two tries at once one succeeds."""
    query = delete(SignInLink).where(SignInLink.id == hash_secret(token), SignInLink.expires_at > now())
    staff_id = db.session.scalar(query.returning(SignInLink.staff_id))
    staff = db.session.get(Staff, staff_id) if staff_id else None
    return staff if staff is not None and staff.active else None


# --- live sign-ins --------------------------------------------------------------------------------------------------


def begin_session(staff: Staff, *, browser: str) -> str:
    """Register a sign-in; returns the secret that belongs in the cookie."""
    secret = secrets.token_urlsafe(32)
    db.session.add(StaffSession(id=hash_secret(secret), staff_id=staff.id, browser=browser[:255]))
    return secret


def signed_in(secret: str, key: str, *, idle: timedelta) -> tuple[Staff, datetime] | None:
    """The person with this `fs_uniquifier`, if the sign-in is alive, with roles, and when last seen. One statement."""
    asked = {"session": hash_secret(secret), "since": now() - idle, "key": key}
    found = db.session.execute(who_is_signed_in(), asked).unique().one_or_none()
    return (found[0], found[1]) if found else None


@cache
def who_is_signed_in() -> Select[Staff, datetime]:
    """Written once: it is asked at each request, and takes as long to write as to ask."""
    return (
        select(Staff, StaffSession.seen_at)
        .join(StaffSession, StaffSession.staff_id == Staff.id)
        .where(StaffSession.id == bindparam("session"), StaffSession.seen_at > bindparam("since"))
        .where(Staff.fs_uniquifier == bindparam("key"), Staff.active)
        .options(joinedload(Staff.roles))
    )


def keep_alive(secret: str) -> None:
    db.session.execute(update(StaffSession).where(StaffSession.id == hash_secret(secret)).values(seen_at=now()))


def end_session(secret: str) -> None:
    db.session.execute(delete(StaffSession).where(StaffSession.id == hash_secret(secret)))


def end_sessions(staff: Staff) -> None:
    """Sign this person out everywhere, and void the links that were still open."""
    db.session.execute(delete(StaffSession).where(StaffSession.staff_id == staff.id))
    db.session.execute(delete(SignInLink).where(SignInLink.staff_id == staff.id))


def purge() -> None:
    """Forget links, sign-ins, tokens of forms and answers to programs that have run out."""
    db.session.execute(delete(CustomerLink).where(CustomerLink.expires_at <= now()))
    db.session.execute(delete(CustomerSession).where(CustomerSession.started_at <= now() - VISIT_LASTS))
    db.session.execute(delete(FormToken).where(FormToken.used_at <= now() - FORMS_LAST))
    db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at <= now() - ANSWERS_LAST))
    db.session.execute(delete(SignInLink).where(SignInLink.expires_at <= now()))
    db.session.execute(delete(StaffSession).where(StaffSession.seen_at <= now() - IDLE_WHEN_STAYING))


# --- customers ------------------------------------------------------------------------------------------------------


def customer_link(email: str) -> str:
    """The token of a new link that signs in whoever reads this mailbox, once, within half an hour from now.

    Others that are still on their way to it stay good: nobody knows which of them arrives.
    """
    token = secrets.token_urlsafe(32)
    db.session.add(CustomerLink(id=hash_secret(token), email=email.lower(), expires_at=now() + LINK_LASTS))
    return token


def is_customer_link(token: str) -> bool:
    query = select(CustomerLink.id).where(CustomerLink.id == hash_secret(token), CustomerLink.expires_at > now())
    return db.session.scalar(query) is not None


def use_customer_link(token: str) -> str | None:
    """The address that the link signs in. One statement finds and removes it, so of two tries at once one succeeds."""
    query = delete(CustomerLink).where(CustomerLink.id == hash_secret(token), CustomerLink.expires_at > now())
    return db.session.scalar(query.returning(CustomerLink.email))


def begin_visit(email: str) -> str:
    """Register a customer's sign-in; returns the secret that belongs in the cookie."""
    secret = secrets.token_urlsafe(32)
    db.session.add(CustomerSession(id=hash_secret(secret), email=email))
    return secret


def visitor(secret: str) -> str | None:
    """The address of the customer with this secret, while the visit lasts."""
    query = select(CustomerSession.email).where(
        CustomerSession.id == hash_secret(secret), CustomerSession.started_at > now() - VISIT_LASTS
    )
    return db.session.scalar(query)


def end_visit(secret: str) -> None:
    db.session.execute(delete(CustomerSession).where(CustomerSession.id == hash_secret(secret)))


# --- quotes ---------------------------------------------------------------------------------------------------------


def quote_link(quote_id: int) -> str:
    """The token of a new link by which whoever reads the mail accepts the quote. The quote itself says until when."""
    token = secrets.token_urlsafe(32)
    db.session.add(QuoteLink(id=hash_secret(token), quote_id=quote_id))
    return token


def linked_quote_id(token: str) -> int | None:
    return db.session.scalar(select(QuoteLink.quote_id).where(QuoteLink.id == hash_secret(token)))


# --- programs -------------------------------------------------------------------------------------------------------


def api_token(key: str) -> ApiToken | None:
    """The token of this key, if it is in use."""
    query = select(ApiToken).where(ApiToken.hash == hash_secret(key), ApiToken.revoked_at.is_(None))
    return db.session.scalar(query)


def note_use(token_id: int) -> None:
    db.session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=now()))


# --- who may give which rights --------------------------------------------------------------------------------------


def why_not_give(rights: Collection[str], *, own: Collection[str]) -> str:
    """Nobody gives more than they hold: else two steps would make an owner of anybody."""
    lacking = sorted(right for right in rights if not grants(own, right))
    return _("You can’t give rights that you lack yourself: %(rights)s.", rights=", ".join(lacking)) if lacking else ""


def why_not_change_staff(rights: Collection[str], *, own: Collection[str]) -> str:
    """Who could change somebody with more rights, or sign in as them, would have those rights."""
    if all(grants(own, right) for right in rights):
        return ""
    return _("This person has rights that you lack yourself. Ask an owner.")


def why_not_change_role(role: Role, *, own: Collection[str]) -> str:
    if role.name in ROLES:
        return _("This role came with Toonbank and stays as it is. Copy it to a role of your own.")
    if not all(grants(own, right) for right in role.permissions):
        return _("This role gives rights that you lack yourself. Ask an owner.")
    return ""


def why_not_delete_role(role: Role, *, own: Collection[str]) -> str:
    """The role is locked, so that nobody is given it meanwhile."""
    if reason := why_not_change_role(role, own=own):
        return reason
    db.session.execute(select(Role.id).where(Role.id == role.id).with_for_update())
    people = db.session.scalars(select(Staff).join(Staff.roles).where(Role.id == role.id).order_by(Staff.id)).all()
    if not people:
        return ""
    return _("%(people)s has this role. Give another one first.", people=", ".join(map(str, people)))


# --- the last owner -------------------------------------------------------------------------------------------------


def why_not_lose_owner(staff: Staff) -> str:
    """Why this person can't be deactivated or cease to be an owner now; "" when they can.

    It locks the owners, so that two of them can't remove each other at the same moment.
    """
    query = select(Staff.id).join(Staff.roles).where(Role.name == "owner", Staff.active).order_by(Staff.id)
    owners = db.session.scalars(query.with_for_update(of=Staff)).all()
    if list(owners) != [staff.id]:
        return ""
    return _("%(name)s is the only owner. Make somebody else an owner first.", name=str(staff))
