"""Keys of programs: which of them counts, and from where each was used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import contains_eager

from app.columns import now
from app.extensions import db
from app.models import ApiToken, ApiTokenClient, Shop, Staff
from app.security.security_log import SecurityKind, note_security
from app.security.sessions import hash_secret

#: New addresses of one key that are noted in an hour: a program in somebody's cloud may come from ever new ones.
NOTED_AN_HOUR = 3


@dataclass(frozen=True)
class SentKey:
    """A key that was made here, and came along with a request."""

    token: ApiToken
    why_not: str  # it does not count, as programs are told; "" when it does
    client: str  # by which the address is known again
    is_known_client: bool


def find_key(key: str, address: str) -> SentKey | None:
    """What was sent, if it was ever made here, and has a right to know what became of it. One statement."""
    client = hash_secret(f"{key} {address}")
    is_known = exists().where(ApiTokenClient.id == client)
    query = select(ApiToken, Shop.time_zone, is_known).join(Shop, Shop.id == 1).outerjoin(ApiToken.staff)
    query = query.options(contains_eager(ApiToken.staff)).where(ApiToken.hash == hash_secret(key))
    found = db.session.execute(query).one_or_none()
    if found is None:
        return None
    token, zone, is_known_client = found
    today = now().astimezone(ZoneInfo(zone)).date()
    return SentKey(token, why_not_use(token, today), client, is_known_client)


def why_not_use(token: ApiToken, today: date) -> str:
    """In English, as programs are spoken to."""
    if token.revoked_at:
        return "This key was taken out of use. Make a new one under Settings, API keys."
    if is_orphaned(token):
        return "Whoever held this key may no longer sign in. Make a new one under Settings, API keys."
    if has_expired(token, today):
        return (
            f"This key ran out after {token.expires_on}. Set a later day under Settings, API keys, or make a new one."
        )
    return ""


def is_orphaned(token: ApiToken) -> bool:
    return token.staff is not None and not token.staff.active


def has_expired(token: ApiToken, today: date) -> bool:
    return token.expires_on is not None and token.expires_on < today


def note_use(sent: SentKey) -> None:
    """That the key was used just now, and from where. An address that is new for a key in use is worth a look."""
    token = sent.token
    db.session.execute(update(ApiToken).where(ApiToken.id == token.id).values(used_at=now()))
    insert = (sqlite if db.engine.dialect.name == "sqlite" else postgresql).insert(ApiTokenClient)
    new = insert.values(id=sent.client, token_id=token.id, begun_at=now(), seen_at=now())
    seen_again = {"seen_at": new.excluded.seen_at}
    db.session.execute(new.on_conflict_do_update(index_elements=["id"], set_=seen_again))
    if not sent.is_known_client and is_worth_a_note(sent):
        note_security(SecurityKind.KEY_FROM_NEW_ADDRESS, account=token.title)


def is_worth_a_note(sent: SentKey) -> bool:
    """The first address ever is none that is new."""
    others = (ApiTokenClient.token_id == sent.token.id, ApiTokenClient.id != sent.client)
    begun = select(func.count(), func.count().filter(ApiTokenClient.begun_at > now() - timedelta(hours=1)))
    all_of_them, lately = db.session.execute(begun.where(*others)).one()
    return all_of_them > 0 and lately <= NOTED_AN_HOUR


def keys_held_by(staff: Staff) -> list[ApiToken]:
    """Those that would end with the person."""
    held = select(ApiToken).where(ApiToken.staff_id == staff.id, ApiToken.revoked_at.is_(None))
    return list(db.session.scalars(held.order_by(ApiToken.id)))
