"""Keys for programs: made, shown once, and taken out of use."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.actions.declaration import action
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import ApiToken
from app.security.rights import READING, shortest
from app.security.sessions import hash_secret, why_not_give

#: Tells people and leak scanners what it is.
MARK = "toon_"


def why_not_create(rights: Collection[str], *, own: Collection[str]) -> str:
    """A key can do no more than who makes it. Reading is free: everybody of the staff reads everything."""
    return why_not_give([right for right in rights if right not in READING], own=own)


def create_key(title: str, *, rights: list[str], by: Actor) -> tuple[ApiToken, str]:
    """A new key with these rights. The key itself is given back once and never stored."""
    title = title.strip()[:120]
    if not title:
        raise ActionRefused(_("Title: say which program the key is for."))
    if not rights:
        raise ActionRefused(_("Rights: choose at least one."))
    key = MARK + secrets.token_urlsafe(32)
    token = ApiToken(
        title=title, hash=hash_secret(key), beginning=key[:10], rights=shortest(rights), created_by=by.name
    )
    db.session.add(token)
    db.session.flush()

    record(Happened.RECORD_CREATED, None, by, subject=token, record=title, rights=token.rights)
    return token, key


def why_not_revoke(token: ApiToken) -> str:
    return _("This key is out of use already.") if token.revoked_at else ""


@action(
    title=_l("Revoke"),
    group="settings",
    right="settings.api_keys",
    icon="ban",
    done=_l("The key is out of use."),
    final=True,
    why_not=why_not_revoke,
    dialog="revoke_key",
)
def revoke_key(token: ApiToken, *, by: Actor) -> None:
    """Take the key out of use, at once and for good."""
    token.revoked_at = now()

    record(Happened.RECORD_DELETED, None, by, subject=token, record=token.title)
