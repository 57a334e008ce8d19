"""Connecting a shop by its credentials, and what people do with what is read from it: backfill, pause, go on, retry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from app.actions.outside_shops import learn_host
from app.columns import now
from app.connections.client import Access, tidy_address
from app.connections.comparing import next_night
from app.connections.failures import ShopFailure
from app.connections.platform import Credential, Trial
from app.connections.shops import CATALOGUES, PLATFORMS, access_of, open_shop
from app.connections.trying_products import products_check
from app.encryption.sealed import CanNotOpen, Sealed
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, as_json, record
from app.intake.events import tell_of
from app.models import Arrival, Connection, Fate, OutsideShop, Pull, PullKind, PullState, Source
from app.queries import shop as own_shop
from app.queues.leases import free

#: Seconds for each thing that is tried: somebody waits at a screen.
TRIAL_DEADLINE = 10
FEWEST_MINUTES, MOST_MINUTES = 1, 1440


def is_readable(connection: Connection) -> bool:
    """Whether its platform can be read by its API."""
    return connection.source in PLATFORMS


# --- access ---------------------------------------------------------------------------------------------------------


def entered_access(connection: Connection, *, address: str, given: Mapping[str, str], certificate: str = "") -> Access:
    """What was typed, with what is kept of it where nothing was typed; a new address wants all of it anew."""
    platform = PLATFORMS[connection.source]
    where = platform.own_address(tidy_address(address))
    kept = {} if is_elsewhere(connection, where) else opened_or_nothing(connection.credentials)
    credentials = {one.name: given.get(one.name, "").strip() for one in platform.credentials}
    if is_other_shop(platform.shop_id_by, kept, credentials):
        refuse_other_shop(connection, platform.shop_id_by, kept)
        kept = {}
    credentials = {name: value or kept.get(name, "") for name, value in credentials.items()}
    if lacking := missing_credential(connection, credentials):
        raise ActionRefused(why_enter(connection, lacking, where))
    if reason := platform.why_incomplete(credentials):
        raise ActionRefused(str(reason))
    return Access(where, credentials, certificate.strip())


def is_elsewhere(connection: Connection, address: str) -> bool:
    """Whether it is another address than the one that the key was entered for; the kind of permalinks is no other."""
    return connection.address.removesuffix("/?rest_route=") != address


def is_other_shop(name: str, kept: Mapping[str, str], entered: Mapping[str, str]) -> bool:
    """Whether it is the id of another shop at the same address."""
    return bool(name and kept.get(name) and entered[name] and entered[name] != kept[name])


def refuse_other_shop(connection: Connection, name: str, kept: Mapping[str, str]) -> None:
    """Once its orders came: those of another shop would be taken for changes of them, and what is open for deleted."""
    if any(pull.looked_at for pull in pulls_of(connection).values()):
        field = next(one.title for one in PLATFORMS[connection.source].credentials if one.name == name)
        raise ActionRefused(
            _(
                "%(field)s: this connection reads the shop %(id)s. Make a new connection for another one.",
                field=field,
                id=kept[name],
            )
        )


def opened_or_nothing(sealed: Sealed) -> dict[str, str]:
    try:
        return sealed.open()
    except CanNotOpen:
        return {}


def missing_credential(connection: Connection, credentials: Mapping[str, str]) -> Credential | None:
    asked = PLATFORMS[connection.source].credentials
    return next((one for one in asked if one.is_required and not credentials[one.name]), None)


def why_enter(connection: Connection, lacking: Credential, address: str) -> str:
    if connection.address and is_elsewhere(connection, address):
        return _("%(field)s: enter it again, for the address is another one.", field=lacking.title)
    return _("%(field)s: enter it.", field=lacking.title)


def try_access(source: Source, access: Access) -> Trial:
    """Try all that is needed. No transaction may be open: the shop takes its time. Raises ShopFailure."""
    with open_shop(source, access) as shop:
        shop.client.seconds = TRIAL_DEADLINE
        trial = shop.try_out()
        products = products_check(source, shop) if trial.works else None
        return replace(trial, checks=[*trial.checks, products]) if products else trial


def why_not_connect(connection: Connection) -> str:
    """Why it gets no address and is not switched on: what came through it would go with the demo shop."""
    if not connection.outside_shop.is_demo:
        return ""
    return _("This connection belongs to the demo shop and stays switched off: connect your own shop.")


def note_access(connection: Connection, access: Access) -> None:
    """The access by which it was found to work; that is no edit of it."""
    tell_of(connection, address=access.address, credentials=Sealed.of(access.credentials))


def keep_access(connection: Connection, access: Access, *, minutes: int, by: Actor) -> None:
    """Read the shop by its API from now on; the credentials are sealed, and never shown again."""
    refuse_address(connection, access)
    if not FEWEST_MINUTES <= minutes <= MOST_MINUTES:
        raise ActionRefused(_("Minutes between two looks: from 1 to 1440."))
    try:
        open_shop(connection.source, access)
    except ShopFailure as failure:
        raise ActionRefused(failure.sentence) from None
    changes = changes_of(connection, access, minutes)
    connection.address, connection.certificate, connection.poll_minutes = access.address, access.certificate, minutes
    connection.credentials = Sealed.of(access.credentials)
    begin_pulls(connection)
    host = PLATFORMS[connection.source].own_host(access.address)
    learn_host(db.session.get_one(OutsideShop, connection.outside_shop_id), [host])

    record(Happened.RECORD_CHANGED, None, by, subject=connection, record=connection.title, changes=changes)


def refuse_address(connection: Connection, access: Access) -> None:
    """One of the demo has none; and the same shop under two names would bring each of its orders twice."""
    if reason := why_not_connect(connection):
        raise ActionRefused(reason)
    others = select(Connection).where(
        Connection.source == connection.source,
        Connection.outside_shop_id != connection.outside_shop_id,
        Connection.address == access.address,
    )
    for other in db.session.scalars(others.options(joinedload(Connection.outside_shop))):
        theirs = opened_or_nothing(other.credentials)
        named = PLATFORMS[connection.source].told_apart_by
        if all(theirs.get(name, "") == access.credentials.get(name, "") for name in named):
            raise ActionRefused(
                _(
                    "The orders of this shop come in by “%(title)s” already, and would come in twice. Make the "
                    "connection anew, and choose “%(shop)s” as its shop.",
                    title=other.title,
                    shop=other.outside_shop.title,
                )
            )


def change_choices(connection: Connection, chosen: Mapping[str, object], *, by: Actor) -> None:
    """What else is chosen of a connection, by its columns."""
    before = {name: getattr(connection, name) for name in chosen}
    if not (changed := {name: value for name, value in chosen.items() if value != before[name]}):
        return
    for name, value in changed.items():
        setattr(connection, name, value)

    changes = {name: [as_json(before[name]), as_json(value)] for name, value in changed.items()}
    record(Happened.RECORD_CHANGED, None, by, subject=connection, record=connection.title, changes=changes)


def changes_of(connection: Connection, access: Access, minutes: int) -> dict[str, list[object]]:
    """For History, which holds no secret."""
    changes: dict[str, list[object]] = {}
    for name, new in (("address", access.address), ("poll_minutes", minutes)):
        if getattr(connection, name) != new:
            changes[name] = [getattr(connection, name), new]
    if opened_or_nothing(connection.credentials) != dict(access.credentials):
        changes["credentials"] = ["…", "…"]
    if connection.certificate != access.certificate:
        changes["certificate"] = ["…", "…"]
    return changes


def begin_pulls(connection: Connection) -> None:
    """Look at once; what failed before is tried again, for the access may have been mended."""
    first = {PullKind.POLL: now(), PullKind.WEBHOOKS: now(), PullKind.COMPARISON: next_night(connection.id)}
    held = pulls_of(connection)
    for kind, due_at in first.items():
        if kind not in held:
            since_at = now() if kind == PullKind.COMPARISON else None
            db.session.add(Pull(connection_id=connection.id, kind=kind, due_at=due_at, since_at=since_at))
    for pull in held.values():
        if pull.trouble:
            retry_now(pull)


def watch_webhooks_soon(connection: Connection) -> None:
    """Their secret may be another one now."""
    of_it = (Pull.connection_id == connection.id, Pull.kind == PullKind.WEBHOOKS)
    db.session.execute(update(Pull).where(*of_it).values(due_at=now()).execution_options(synchronize_session=False))


def forget_access(connection: Connection, *, by: Actor) -> None:
    """Its webhooks alone tell of orders again. What the key opened stays open there: it is for people to take back."""
    changes: dict[str, list[object]] = {"address": [connection.address, ""], "credentials": ["…", "…"]}
    connection.address, connection.credentials, connection.certificate = "", Sealed(), ""
    for pull in pulls_of(connection).values():
        db.session.delete(pull)
    read_bodies(connection)
    tell_of(connection, key_digest="", key_until=None)  # who was asked for a key comes too late

    record(Happened.RECORD_CHANGED, None, by, subject=connection, record=connection.title, changes=changes)


def read_bodies(connection: Connection) -> None:
    """Of the events that said where to look: nobody looks there any more."""
    waiting = (Arrival.connection_id == connection.id, Arrival.result == Fate.HINTED)
    values = {"result": Fate.WAITING, "reason": "", "attempts": 0, "due_at": now(), "worker": "", "leased_until": None}
    db.session.execute(update(Arrival).where(*waiting).values(values).execution_options(synchronize_session=False))


def kept_access(connection: Connection) -> Access:
    """Raises ShopFailure when our key is another one."""
    return access_of(connection)


# --- what is read ---------------------------------------------------------------------------------------------------


def pulls_of(connection: Connection) -> dict[PullKind, Pull]:
    found = db.session.scalars(select(Pull).where(Pull.connection_id == connection.id).order_by(Pull.id))
    return {pull.kind: pull for pull in found}


def locked_pull(connection: Connection, kind: PullKind) -> Pull | None:
    query = select(Pull).where(Pull.connection_id == connection.id, Pull.kind == kind)
    return db.session.scalar(query.with_for_update())


def why_not_read_catalogue(connection: Connection) -> str:
    if connection.source not in CATALOGUES:
        return _("Products of this shop system can’t be read yet.")
    return why_not_backfill(connection)


def begin_catalogue(connection: Connection, *, by: Actor) -> Pull:
    """Read all products, now and each night, and what changes of them in between."""
    if reason := why_not_read_catalogue(connection):
        raise ActionRefused(reason)
    whole = locked_pull(connection, PullKind.CATALOGUE) or Pull(connection_id=connection.id, kind=PullKind.CATALOGUE)
    changed = locked_pull(connection, PullKind.PRODUCTS) or Pull(connection_id=connection.id, kind=PullKind.PRODUCTS)
    for pull in (whole, changed):
        pull.state, pull.until_at, pull.place = PullState.WAITING, None, {}
        pull.found = pull.taken = 0
        retry_now(pull)
        db.session.add(pull)
    changed.due_at = now() + timedelta(minutes=connection.catalogue_minutes)

    changes = {"catalogue": ["", "…"]}
    record(Happened.RECORD_CHANGED, None, by, subject=connection, record=connection.title, changes=changes)
    return whole


def why_not_backfill(connection: Connection) -> str:
    if reason := why_not_connect(connection):
        return reason
    if not connection.address:
        return _("Enter the access first: orders are read by the shop’s API.")
    return "" if connection.is_active else _("The connection is switched off.")


def begin_backfill(connection: Connection, since: date, *, by: Actor) -> Pull:
    """Read all orders that were placed since that day, in the shop's own time; one that is under way begins anew."""
    if reason := why_not_backfill(connection):
        raise ActionRefused(reason)
    begins = datetime.combine(since, time(), ZoneInfo(own_shop().time_zone))
    if begins > now():
        raise ActionRefused(_("Since: enter a day that is not in the future."))
    pull = locked_pull(connection, PullKind.BACKFILL) or Pull(connection_id=connection.id, kind=PullKind.BACKFILL)
    pull.state, pull.since_at, pull.until_at, pull.place = PullState.WAITING, begins, None, {}
    pull.found = pull.taken = 0
    pull.total = pull.finished_at = None
    retry_now(pull)
    db.session.add(pull)
    compare_since(connection, begins)

    changes = {"backfill": ["", since.isoformat()]}
    record(Happened.RECORD_CHANGED, None, by, subject=connection, record=connection.title, changes=changes)
    return pull


def compare_since(connection: Connection, begins: datetime) -> None:
    """What was never asked for is not missing: the comparison looks back no further than reading does."""
    of_it = (Pull.connection_id == connection.id, Pull.kind == PullKind.COMPARISON, Pull.since_at > begins)
    db.session.execute(update(Pull).where(*of_it).values(since_at=begins))


def why_not_pause(pull: Pull) -> str:
    return "" if pull.state == PullState.WAITING else _("It is not running.")


def pause(pull: Pull, *, by: Actor) -> None:
    """Whoever reads just now takes the page in hand in, and stops; its place is not kept, so that it is read again."""
    if reason := why_not_pause(pull):
        raise ActionRefused(reason)
    pull.state = PullState.PAUSED
    free(pull)
    note_change(pull, PullState.WAITING, by)


def why_not_go_on(pull: Pull) -> str:
    return "" if pull.state == PullState.PAUSED else _("It is not paused.")


def go_on(pull: Pull, *, by: Actor) -> None:
    if reason := why_not_go_on(pull):
        raise ActionRefused(reason)
    pull.state = PullState.WAITING
    retry_now(pull)
    note_change(pull, PullState.PAUSED, by)


def why_not_retry(pull: Pull) -> str:
    if pull.state != PullState.WAITING:
        return _("It is not running.")
    is_held = pull.worker and pull.leased_until and pull.leased_until > now()
    return _("It is being read just now.") if is_held else ""


def retry(pull: Pull) -> None:
    """Look now instead of when it would be its turn."""
    if reason := why_not_retry(pull):
        raise ActionRefused(reason)
    retry_now(pull)


def retry_now(pull: Pull) -> None:
    pull.due_at, pull.attempts, pull.trouble, pull.detail, pull.trouble_at = now(), 0, None, "", None
    free(pull)


def note_change(pull: Pull, before: PullState, by: Actor) -> None:
    connection = db.session.get_one(Connection, pull.connection_id)
    changes = {pull.kind.value: [before.value, pull.state.value]}
    record(Happened.RECORD_CHANGED, None, by, subject=connection, record=connection.title, changes=changes)
