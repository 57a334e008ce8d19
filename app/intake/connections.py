"""Shops elsewhere that send their orders here: connected, and tried out with a sample that leaves nothing behind."""

from __future__ import annotations

import secrets

from flask_babel import gettext as _

from app.actions.outside_shops import keep_shop, shop_of_connection
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.intake.accept import Foreseen, dry_run
from app.intake.events import NAMING_ONLY, SIGNATURES, is_signed, receive
from app.intake_readers import only_order_in
from app.intake_readers.samples import TOPICS, sample
from app.models import Connection, InvoicesFor, Source
from app.queries import shop


def add_connection(
    source: Source,
    title: str,
    *,
    chosen: str,
    by: Actor,
    invoices_for: InvoicesFor = InvoicesFor.OPEN,
    notify: bool = False,
) -> Connection:
    """A connection of a new shop, or of the one that is `chosen` by its id. Raises ActionRefused."""
    title = " ".join(title.split())
    connection = Connection(source=source, title=title, invoices_for=invoices_for, notify=notify)
    connection.outside_shop = keep_shop(shop_of_connection(source, title, chosen))
    give_keys(connection)
    db.session.add(connection)
    db.session.flush()

    record(Happened.RECORD_CREATED, None, by, subject=connection, record=connection.title)
    return connection


#: Whose webhooks carry a secret of ours; others have one of their own.
SECRET_MADE_HERE = (Source.WOOCOMMERCE, Source.BIGCOMMERCE)


def give_keys(connection: Connection) -> None:
    """Of a new one: its address, whose last part nobody guesses, and a secret where it is we who make that."""
    connection.key = secrets.token_urlsafe(24)
    connection.secret = connection.secret or (new_secret() if connection.source in SECRET_MADE_HERE else "")


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def dismiss_error(connection: Connection, *, by: Actor) -> None:
    """Take the last error off the connection's page; history keeps it."""
    if not connection.last_error:
        return
    changes = {"last_error": [connection.last_error, ""]}
    connection.last_error, connection.last_error_at = "", None

    record(Happened.RECORD_CHANGED, None, by, subject=connection, record=connection.title, changes=changes)


def sends_events(connection: Connection) -> bool:
    """Whether shops of its platform tell by themselves; others are only read."""
    return connection.source in SIGNATURES


def why_not_try_out(connection: Connection) -> str:
    if not sends_events(connection):
        return _("This shop system sends no events: Toonbank reads it by itself.")
    if not connection.is_active:
        return _("The connection is switched off: events are refused.")
    if connection.source in NAMING_ONLY:
        return _("This shop system sends no orders by itself: press “Try it” instead.")
    return "" if connection.secret else _("The connection has no secret yet.")


def try_out(connection: Connection, *, by: Actor) -> Foreseen:
    """What would become of a sample order that this shop signs and sends. Nothing of it stays.

    The sample takes the way of a real event: signed with the connection's secret, checked, stored and read.
    """
    if reason := why_not_try_out(connection):
        raise ActionRefused(reason)
    _header, sign, _topic = SIGNATURES[connection.source]
    body = sample(connection.source).encode()
    savepoint = db.session.begin_nested()
    try:
        if not is_signed(connection, body, sign(body, connection.secret)):
            raise ActionRefused(_("The signature of the sample does not fit the secret."))
        arrival = receive(connection, body, TOPICS[connection.source])
        assert arrival is not None, "the sample is never kept, so it never came before"
        own = shop()
        found = only_order_in(connection.source, arrival.payload, currency=own.currency, time_zone=own.time_zone)
        return next(dry_run([found], shop=connection.shop_key, by=by, invoices=connection.invoices_for))
    finally:
        savepoint.rollback()
