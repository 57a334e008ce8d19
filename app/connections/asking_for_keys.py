"""Letting a shop hand over a key by itself: somebody here asks, somebody of the shop allows it, the shop posts the key.

Whoever posts it is nobody that we know. So it is believed only with a token that we made at random for this one
question, of one connection and one address, within half an hour, and once. Of the token only a digest is kept. It
stands in the address that the shop posts to: all else that we give it comes back in the address that people return to,
where browsers and logs keep it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from flask_babel import gettext as _
from sqlalchemy import select, update

from app.columns import now
from app.config import site_address
from app.connections import woocommerce_keys
from app.connections.client import Access, tidy_address
from app.connections.failures import ShopFailure
from app.connections.managing import is_elsewhere, keep_access, refuse_address
from app.connections.shops import PLATFORMS, open_shop
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM, Actor, Happened, record
from app.intake.events import tell_of
from app.models import Connection, Source

#: So long somebody may take to sign in to the shop and allow it.
TIME_TO_ALLOW = timedelta(minutes=30)


@dataclass(frozen=True)
class KeyQuestion:
    """Where somebody is sent to allow a key."""

    url: str
    host: str


def can_ask(connection: Connection) -> bool:
    """Whether its platform has such a page."""
    return connection.source == Source.WOOCOMMERCE


def why_not_ask() -> str:
    """The shop posts its key to an encrypted address only."""
    if site_address().startswith("https://"):
        return ""
    return _(
        "The shop hands a key over only to an address with https:// that it can reach. Say in TOONBANK_ADDRESS where "
        "Toonbank is reached by one, or enter a key yourself."
    )


def ask_for_key(
    connection: Connection, address: str, *, callback: Callable[[str], str], back: str, by: Actor
) -> KeyQuestion:
    """Begin it: an earlier question of this connection is void. `callback` gives the path of ours that a key is posted
    to with this token; `back` is the one that people come back to.
    """
    if not can_ask(connection):
        raise ActionRefused(_("This shop system hands no key over by itself. Enter one."))
    where = PLATFORMS[connection.source].own_address(tidy_address(address))
    refuse_address(connection, Access(where, {}))
    if reason := why_not_ask():
        raise ActionRefused(reason)
    try:
        open_shop(connection.source, Access(where, {}))
    except ShopFailure as failure:
        raise ActionRefused(failure.sentence) from None
    token = secrets.token_urlsafe(32)
    tell_of(connection, key_digest=digest_of(token), key_address=where, key_until=now() + TIME_TO_ALLOW)

    changes = {"credentials": ["", f"{where} …"]}
    record(Happened.RECORD_CHANGED, None, by, subject=connection, record=connection.title, changes=changes)
    ours = site_address()
    told = {"return_url": ours + back, "callback_url": ours + callback(token)}
    url = woocommerce_keys.key_page(where, user_id=str(connection.id), **told)
    return KeyQuestion(url, where.partition("://")[2].partition("/")[0])


def take_key(token: str, told: Mapping[str, object]) -> bool:
    """Keep the key that a shop posts; False where nobody asked, it is too late, or it came already, and where it may
    not be kept: the connection says why.

    The token alone says whose key it is, and for which address; it is used up in the same transaction.
    """
    credentials = woocommerce_keys.credentials_in(told)
    if credentials is None:
        return False
    asked = Connection.key_digest == digest_of(token)
    query = select(Connection).where(asked, Connection.key_until > now()).with_for_update()
    connection = db.session.scalar(query)
    if connection is None:
        return False
    used = (
        update(Connection).where(Connection.id == connection.id, asked).values(key_digest="").returning(Connection.id)
    )
    if db.session.scalar(used.execution_options(synchronize_session=False)) is None:
        return False
    kept = "" if is_elsewhere(connection, connection.key_address) else connection.certificate
    access = Access(connection.key_address, credentials, kept)
    try:
        with db.session.begin_nested():
            keep_access(connection, access, minutes=connection.poll_minutes, by=SYSTEM)
    except ActionRefused as refused:
        tell_of(connection, key_address="", last_error=why_not_kept(refused), last_error_at=now())
        return False
    return True


def why_not_kept(refused: ActionRefused) -> str:
    return _("The key that the shop handed over was not kept. %(reason)s", reason=str(refused))


def say_what_came(connection: Connection) -> tuple[str, bool]:
    """What became of the last question, and whether that is good; by what we know, whatever the address says."""
    if connection.key_until is None:
        return _("No key was asked for."), False
    if not connection.key_digest and not connection.key_address:
        return connection.last_error or _("No key was asked for."), False
    if not connection.key_digest:
        return _("The shop gave Toonbank a key. Press “Try it” to see what works."), True
    return _(
        "The shop gave no key. Either nobody allowed it there, or the shop can’t reach %(address)s. Ask again, or "
        "enter a key under Access.",
        address=site_address(),
    ), False


def digest_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()
