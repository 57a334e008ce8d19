"""Keys for programs: made, shown once, handed over, given another last day, and taken out of use."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import date, timedelta
from functools import partial

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import mails, queries
from app.actions.declaration import Input, action
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM, Actor, Happened, changes, record
from app.models import ApiToken, OutgoingMail, Staff
from app.security.api_keys import keys_held_by
from app.security.rights import READING, grants, shortest
from app.security.sessions import hash_secret, why_not_give

#: Tells people and leak scanners what it is.
MARK = "toon_"


def why_not_create(rights: Collection[str], *, own: Collection[str]) -> str:
    """A key can do no more than who makes it. Reading is free: everybody of the staff reads everything."""
    return why_not_give([right for right in rights if right not in READING], own=own)


def create_key(title: str, *, rights: list[str], by: Actor, expires_on: date | None = None) -> tuple[ApiToken, str]:
    """A new key with these rights, until the end of its last day. It ends with its maker, unless it is handed over.

    The key itself is given back once and never stored.
    """
    title = as_spelled_before(title.strip()[:120])
    if not title:
        raise ActionRefused(_("Title: say which program the key is for."))
    if not rights:
        raise ActionRefused(_("Rights: choose at least one."))
    refuse_past(expires_on)
    key = MARK + secrets.token_urlsafe(32)
    token = ApiToken(
        title=title,
        hash=hash_secret(key),
        beginning=key[:10],
        rights=shortest(rights),
        created_by=by.name,
        expires_on=expires_on,
        staff_id=by.staff_id,
    )
    db.session.add(token)
    db.session.flush()

    record(Happened.RECORD_CREATED, None, by, subject=token, record=title, rights=token.rights)
    return token, key


def as_spelled_before(title: str) -> str:
    """As the last key of this program has it: by its title a program finds what it placed with another key."""
    titles = db.session.scalars(select(ApiToken.title).order_by(ApiToken.id.desc()))
    return next((known for known in titles if known.casefold() == title.casefold()), title)


def refuse_past(expires_on: date | None) -> None:
    if expires_on is not None and expires_on < queries.today():
        raise ActionRefused(_("Last day: it is over already. Choose a later one, or tick “Never runs out”."))


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


def end_keys_of(staff: Staff, *, by: Actor) -> list[ApiToken]:
    """Take out of use all that the person holds, who may no longer sign in."""
    held = keys_held_by(staff)
    for token in held:
        revoke_key(token, by=by)
    return held


# --- until when -----------------------------------------------------------------------------------------------------

#: What is proposed for a new key.
USUAL_LIFE = timedelta(days=365)


def propose_last_day(token: ApiToken | None = None) -> date:
    usual: date = queries.today() + USUAL_LIFE
    return token.expires_on if token and token.expires_on and token.expires_on >= queries.today() else usual


@action(
    title=_l("Extend"),
    dialog_title=_l("Change last day"),
    group="settings",
    right="settings.api_keys",
    icon="clock",
    done=_l("The key’s last day is changed."),
    why_not=why_not_revoke,
    inputs=(
        Input("expires_on", _l("Last day"), kind="day", initial=propose_last_day),
        Input("never", _l("Never runs out"), kind="tick", initial=lambda token: token.expires_on is None),
    ),
)
def change_last_day(token: ApiToken, *, by: Actor, expires_on: date | None = None, never: bool = False) -> None:
    """Let the key go on until the end of another day, or for good. One that has run out works again."""
    until = None if never else expires_on
    if until is None and not never:
        raise ActionRefused(_("Last day: choose one, or tick “Never runs out”."))
    refuse_past(until)
    changed = changes(token, ("expires_on",), {"expires_on": until})
    token.expires_on = until

    if changed:
        record(Happened.RECORD_CHANGED, None, by, subject=token, record=token.title, changes=changed)


def remind_of_key(token_id: int) -> OutgoingMail | None:
    """Queue the mail to the holder that the key runs out soon: once for each last day."""
    token = db.session.get(ApiToken, token_id, with_for_update=True)
    if token is None or token.staff is None or token.expires_on is None or token.reminded_of == token.expires_on:
        return None
    token.reminded_of = token.expires_on
    return mails.queue_to_staff(
        "key_reminder",
        token.staff,
        partial(mails.words_of_key, token),
        once_key=f"key_reminder:{token.id}:{token.expires_on}",
        by=SYSTEM,
    )


# --- whose ----------------------------------------------------------------------------------------------------------


def people_for(token: ApiToken) -> list[tuple[int, str]]:
    """Whoever may sign in, and does not hold the key already."""
    people = db.session.scalars(select(Staff).where(Staff.active).order_by(Staff.email))
    return [(one.id, str(one)) for one in people if one.id != token.staff_id]


@action(
    title=_l("Hand over"),
    group="settings",
    right="settings.api_keys",
    icon="users",
    done=_l("The key is handed over."),
    why_not=why_not_revoke,
    inputs=(
        Input(
            "staff_id",
            _l("To"),
            kind="select",
            choices=people_for,
            hint=_l("The key ends with this person: when they may no longer sign in."),
        ),
    ),
)
def hand_over_key(token: ApiToken, *, by: Actor, staff_id: int) -> None:
    """Let somebody else hold the key, with whom it ends from now on: it goes on when its maker leaves."""
    to = db.session.get(Staff, staff_id)
    if to is None or not to.active:
        raise ActionRefused(_("To: this person may not sign in. Choose somebody else."))
    lacking = sorted(right for right in token.rights if right not in READING and not grants(to.rights, right))
    if lacking:
        raise ActionRefused(
            _("To: %(name)s lacks rights that the key has: %(rights)s.", name=str(to), rights=", ".join(lacking))
        )
    before, token.staff = str(token.staff or ""), to

    if before != str(to):
        record(
            Happened.RECORD_CHANGED, None, by, subject=token, record=token.title, changes={"staff": [before, str(to)]}
        )
