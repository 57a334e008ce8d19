"""Who may come in and do what: one-time links, live sign-ins, giving rights, and that a shop keeps an owner."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, Text, bindparam, case, cast, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload

from app.columns import now
from app.extensions import db
from app.models import (
    ApiTokenClient,
    CustomerLink,
    CustomerSession,
    FormToken,
    IdempotencyKey,
    Passkey,
    QuoteLink,
    Role,
    Shop,
    SignInLink,
    Staff,
    StaffBrowser,
    StaffSession,
)
from app.security.rights import ROLES, grants
from app.security.security_log import SecurityKind, note_security

LINK_LASTS = timedelta(minutes=30)
#: No shop lets a sign-in live longer.
LONGEST_SIGN_IN = timedelta(days=90)
#: How long a browser is known that nobody signs in with, and an address that no key is used from.
BROWSERS_LAST = timedelta(days=400)
#: How long a customer stays signed in to My account, and how long without looking at it.
VISIT_LASTS = timedelta(days=14)
VISIT_IDLE = timedelta(days=7)
VISIT_SEEN_EVERY = timedelta(hours=6)
#: How long a program may repeat a request and get the same answer.
ANSWERS_LAST = timedelta(days=7)
#: How long a form may be open, and how long it is known that it was sent.
FORMS_LAST = timedelta(days=30)
#: `seen_at` is this coarse, so that pages which only read hardly ever write.
SEEN_EVERY = timedelta(minutes=5)
#: Who was not seen for so long was away, and is told what came in meanwhile.
AWAY = timedelta(hours=1)


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


@dataclass(frozen=True)
class Limits:
    """When the shop lets a sign-in end: unused after `hours`, in any case after `days`; fresh it is for `minutes`."""

    hours: int
    days: int
    minutes: int

    def let_live(self, live: StaffSession) -> bool:
        longest = timedelta(days=self.days)
        idle = longest if live.stays else timedelta(hours=self.hours)
        return live.started_at > now() - longest and live.seen_at > now() - idle

    def fresh_until(self, live: StaffSession) -> datetime:
        return (live.proved_at or live.started_at) + timedelta(minutes=self.minutes)


LIMITS = (Shop.signin_hours, Shop.signin_days, Shop.fresh_minutes)


def limits() -> Limits:
    return Limits(*db.session.execute(select(*LIMITS)).one())


@dataclass(frozen=True)
class SignIn:
    """A sign-in that is alive: of whom, when last seen, until when it counts as fresh, and what it still lacks."""

    staff: Staff
    seen_at: datetime
    fresh_until: datetime
    lacks_factor: bool  # that the role of the person needs


def begin_session(staff: Staff, *, browser: str, address: str = "", stays: bool = False) -> str:
    """Register a sign-in; returns the secret that belongs in the cookie. `stays`: it lives long without being used."""
    secret = secrets.token_urlsafe(32)
    here = {"browser": browser[:255], "address": address[:60], "stays": stays}
    db.session.add(StaffSession(id=hash_secret(secret), staff_id=staff.id, proved_at=now(), **here))
    note_presence(staff.id)
    return secret


def signed_in(secret: str, key: str) -> SignIn | None:
    """The sign-in of the person with this `fs_uniquifier`, if it is alive; the person with roles. One statement."""
    found = db.session.execute(who_is_signed_in(), {"session": hash_secret(secret), "key": key}).unique().one_or_none()
    if found is None:
        return None
    staff, live, factor_roles, has_passkey, *ends = found
    limits = Limits(*ends)
    if not limits.let_live(live):
        return None
    lacks_factor = not (staff.totp_secret or has_passkey) and any(
        role.id in json.loads(factor_roles) for role in staff.roles
    )
    return SignIn(staff, live.seen_at, limits.fresh_until(live), lacks_factor)


@cache
def who_is_signed_in() -> Select[Staff, StaffSession, str, bool, int, int, int]:
    """Written once: it is asked at each request, and takes as long to write as to ask. The shop says what ends it."""
    return (
        select(
            Staff, StaffSession, cast(Shop.factor_roles, Text), exists().where(Passkey.staff_id == Staff.id), *LIMITS
        )
        .join(StaffSession, StaffSession.staff_id == Staff.id)
        .join(Shop, Shop.id == 1)
        .where(StaffSession.id == bindparam("session"))
        .where(Staff.fs_uniquifier == bindparam("key"), Staff.active)
        .options(joinedload(Staff.roles))
    )


def keep_alive(secret: str, staff_id: int) -> None:
    db.session.execute(update(StaffSession).where(StaffSession.id == hash_secret(secret)).values(seen_at=now()))
    note_presence(staff_id)


def note_presence(staff_id: int) -> None:
    """That the person is here; who comes back after a while was away since they were last seen."""
    was_away = case((Staff.seen_at < now() - AWAY, Staff.seen_at), else_=Staff.away_since)
    here = update(Staff).where(Staff.id == staff_id).values(away_since=was_away, seen_at=now())
    db.session.execute(here.execution_options(synchronize_session=False))


def prove(secret: str) -> None:
    """The person of this sign-in has just shown who they are."""
    db.session.execute(update(StaffSession).where(StaffSession.id == hash_secret(secret)).values(proved_at=now()))


def live_sessions(staff_id: int) -> list[StaffSession]:
    """Where somebody is signed in, the latest use first."""
    query = select(StaffSession, *LIMITS).join(Shop, Shop.id == 1).where(StaffSession.staff_id == staff_id)
    found = db.session.execute(query.order_by(StaffSession.seen_at.desc(), StaffSession.id))
    return [live for live, *limits in found if Limits(*limits).let_live(live)]


def end_one(staff_id: int, session_id: str) -> bool:
    """Sign this person out in one place; False when they are not signed in there."""
    query = delete(StaffSession).where(StaffSession.id == session_id, StaffSession.staff_id == staff_id)
    return db.session.scalar(query.returning(StaffSession.id)) is not None


def end_others(staff_id: int, *, but: str) -> None:
    """Sign this person out everywhere else than in the session with this secret, and void the open links."""
    others = delete(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.id != hash_secret(but))
    db.session.execute(others)
    db.session.execute(delete(SignInLink).where(SignInLink.staff_id == staff_id))


def end_session(secret: str) -> None:
    db.session.execute(delete(StaffSession).where(StaffSession.id == hash_secret(secret)))


def end_sessions(staff: Staff) -> None:
    """Sign this person out everywhere, and void the links that were still open."""
    db.session.execute(delete(StaffSession).where(StaffSession.staff_id == staff.id))
    db.session.execute(delete(SignInLink).where(SignInLink.staff_id == staff.id))


def purge() -> None:
    """Forget links, sign-ins, tokens of forms, addresses and answers to programs that have run out."""
    db.session.execute(delete(CustomerLink).where(CustomerLink.expires_at <= now()))
    db.session.execute(delete(CustomerSession).where(CustomerSession.started_at <= now() - VISIT_LASTS))
    db.session.execute(delete(StaffBrowser).where(StaffBrowser.seen_at <= now() - BROWSERS_LAST))
    db.session.execute(delete(ApiTokenClient).where(ApiTokenClient.seen_at <= now() - BROWSERS_LAST))
    db.session.execute(delete(FormToken).where(FormToken.used_at <= now() - FORMS_LAST))
    db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at <= now() - ANSWERS_LAST))
    db.session.execute(delete(SignInLink).where(SignInLink.expires_at <= now()))
    db.session.execute(delete(StaffSession).where(has_run_out(limits())))


def has_run_out(limits: Limits) -> ColumnElement[bool]:
    """The same as `let_live` says of one, for all of them."""
    unused = ~StaffSession.stays & (StaffSession.seen_at <= now() - timedelta(hours=limits.hours))
    longest = now() - timedelta(days=limits.days)
    return unused | (StaffSession.seen_at <= longest) | (StaffSession.started_at <= longest)


# --- browsers that are known ----------------------------------------------------------------------------------------


def recognise(staff: Staff, mark: str) -> bool:
    """Whether this person has signed in before with the browser that carries this mark; from now on they have."""
    known = hash_secret(f"{staff.id} {mark}")
    seen = update(StaffBrowser).where(StaffBrowser.id == known).values(seen_at=now()).returning(StaffBrowser.id)
    if db.session.scalar(seen) is not None:
        return True
    insert = (sqlite if db.engine.dialect.name == "sqlite" else postgresql).insert(StaffBrowser)
    db.session.execute(insert.values(id=known, staff_id=staff.id, seen_at=now()).on_conflict_do_nothing())
    return False


def is_recognised(staff: Staff, mark: str) -> bool:
    """The same, and nothing is noted."""
    known = select(StaffBrowser.id).where(StaffBrowser.id == hash_secret(f"{staff.id} {mark}"))
    return db.session.scalar(known) is not None


def has_browsers(staff: Staff) -> bool:
    return db.session.scalar(select(StaffBrowser.id).where(StaffBrowser.staff_id == staff.id).limit(1)) is not None


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


def visit(secret: str) -> tuple[str, datetime] | None:
    """The address of the customer with this secret, while the visit lasts, and when they were last seen."""
    query = select(CustomerSession.email, CustomerSession.seen_at).where(
        CustomerSession.id == hash_secret(secret),
        CustomerSession.started_at > now() - VISIT_LASTS,
        CustomerSession.seen_at > now() - VISIT_IDLE,
    )
    found = db.session.execute(query).one_or_none()
    return (found.email, found.seen_at) if found else None


def keep_visit(secret: str) -> None:
    db.session.execute(update(CustomerSession).where(CustomerSession.id == hash_secret(secret)).values(seen_at=now()))


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
