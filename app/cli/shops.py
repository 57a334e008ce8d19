"""Connected shops: letting Toonbank in, and looking for news at once."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from typing import TextIO

import click
from sqlalchemy import select

from app.actions.outside_shops import NEW, shops_of
from app.cli.commands import terminal, toonbank
from app.connections import managing
from app.connections.client import Access
from app.connections.failures import SENTENCES, ShopFailure
from app.connections.platform import CheckState
from app.connections.pulling import pull_now
from app.connections.shops import PLATFORMS
from app.connections.turns import Turn
from app.errors import ActionRefused
from app.extensions import db, read_only, transaction
from app.intake.connections import add_connection
from app.models import Connection, InvoicesFor, Pull, PullKind, PullState, Source

#: What is said as NAME=VALUE beside the credentials.
SHOP_ADDRESS = "address"

SIGNS = {CheckState.WORKS: "yes", CheckState.NOT_NEEDED: "note", CheckState.MISSING: "NO"}

#: What is read when somebody asks for it.
READ = (PullKind.POLL, PullKind.BACKFILL)


@toonbank.command("connect")
@click.argument("source", type=click.Choice([source.value for source in PLATFORMS]))
@click.argument("title")
@click.argument("given", nargs=-1, metavar="[NAME=VALUE]...")
@click.option(
    "--shop",
    "shop_title",
    default="",
    help="The shop by whose orders it is known already, of an earlier file or connection; otherwise it is a new one.",
)
@click.option(
    "--invoices",
    type=click.Choice([choice.value for choice in InvoicesFor]),
    default=None,
    help="Which of its orders are invoiced here; of a new connection the open ones.",
)
@click.option("--mail/--no-mail", default=None, help="Confirm its new orders by mail, beside the shop's own.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Read the older orders too that were placed since that day."
)
@click.option("--minutes", type=int, default=None, help="Between two looks; of a new connection 2.")
@click.option("--certificate", type=click.File(), help="In PEM, of whoever vouches for a shop of its own.")
def connect(
    source: str,
    title: str,
    given: tuple[str, ...],
    shop_title: str,
    invoices: str | None,
    mail: bool | None,
    since: datetime | None,
    minutes: int | None,
    certificate: TextIO | None,
) -> None:
    """Connect a shop by its API, or give the connection of that title another access; what isn't named stays.

    By NAME=VALUE it is told the address (address=https://shop.example.com) and what the shop system asks for, such as
    consumer_key=ck_…; credentials that are left out are asked for at a terminal, unseen. All is tried first, and what
    doesn't work is not kept.
    """
    platform = Source(source)
    values, pem = named_values(platform, given), certificate.read() if certificate else ""
    try:
        access = tried_access(platform, title, values, pem)
        with transaction():
            connection = found_connection(platform, title) or add_connection(
                platform, title, chosen=chosen_shop_id(platform, shop_title), by=terminal()
            )
            managing.change_choices(connection, said_choices(invoices, mail=mail), by=terminal())
            managing.keep_access(connection, access, minutes=minutes or connection.poll_minutes, by=terminal())
            if since:
                managing.begin_backfill(connection, since.date(), by=terminal())
    except ActionRefused as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(f"{title} is connected.")


def said_choices(invoices: str | None, *, mail: bool | None) -> dict[str, object]:
    """By their columns; what isn't said stays as it is."""
    said: dict[str, object] = {} if invoices is None else {"invoices_for": InvoicesFor(invoices)}
    return said if mail is None else {**said, "notify": mail}


def named_values(source: Source, given: tuple[str, ...]) -> dict[str, str]:
    """What was said by name, and the credentials that are asked for at a terminal."""
    credentials = PLATFORMS[source].credentials
    known = [SHOP_ADDRESS, *(one.name for one in credentials)]
    values = dict(one.partition("=")[::2] for one in given)
    if unknown := [name for name in values if name not in known]:
        raise click.ClickException(f"there is no {unknown[0]}; what {source.value} asks for: {', '.join(known)}")
    if not values.get(SHOP_ADDRESS):
        raise click.ClickException("address: say where the shop is (address=https://shop.example.com)")
    if sys.stdin.isatty():
        for one in credentials:
            if one.is_required and one.name not in values:
                values[one.name] = click.prompt(str(one.title), hide_input=one.is_secret)
    return values


def tried_access(source: Source, title: str, values: dict[str, str], certificate: str) -> Access:
    """By which it was found to work. Each line that was tried is printed. Raises ActionRefused."""
    with read_only():
        connection = found_connection(source, title) or Connection(source=source, title=title, address="")
        access = managing.entered_access(
            connection, address=values[SHOP_ADDRESS], given=values, certificate=certificate
        )
        db.session.rollback()
    try:
        trial = managing.try_access(source, access)
    except ShopFailure as failure:
        raise ActionRefused(failure.sentence) from None
    for check in trial.checks:
        click.echo(f"{SIGNS[check.state]}: {check.title}{f' ({check.hint})' if check.hint else ''}")
    if not trial.works:
        raise ActionRefused("Nothing was kept, for orders can't be read.")
    return trial.access


def chosen_shop_id(source: Source, title: str) -> str:
    """As the form has it: an id, or that it is a new one."""
    if not title:
        return NEW if shops_of(source) else ""
    found = next((shop for shop in shops_of(source) if shop.title.casefold() == title.strip().casefold()), None)
    if found is None:
        raise ActionRefused(f"There is no shop “{title}” of {source.value}.")
    return str(found.id)


def found_connection(source: Source, title: str) -> Connection | None:
    """Compared here, for SQLite knows capitals of English only: an “Ölmühle” not found again would be a second shop."""
    known = db.session.scalars(select(Connection).where(Connection.source == source).order_by(Connection.id))
    return next((one for one in known if one.title.casefold() == title.strip().casefold()), None)


# --- looking for news -----------------------------------------------------------------------------------------------


@toonbank.command("pull")
@click.argument("title", default="")
def pull(title: str) -> None:
    """Look for news now, in the shop of that title or in all, and go on with older orders that are being read."""
    failed = False
    for name, kind, pull_id in what_to_read(title):
        said, is_well = read_now(pull_id)
        click.echo(f"{name}: {'older orders: ' if kind == PullKind.BACKFILL else ''}{said}")
        failed = failed or not is_well
    sys.exit(1 if failed else 0)


def what_to_read(title: str) -> list[tuple[str, PullKind, int]]:
    """The title of a connection, what is read of it, and the id of that."""
    query = select(Pull, Connection.title).join(Connection).where(Connection.address != "", Connection.is_active)
    waiting = query.where(Pull.kind.in_(READ), Pull.state == PullState.WAITING)
    with read_only():
        rows = db.session.execute(waiting.order_by(Connection.title, Pull.kind.desc(), Pull.id)).all()
        found = [(name, one.kind, one.id) for one, name in rows if not title or name.casefold() == title.casefold()]
        db.session.rollback()
    if not found:
        which = f"no shop “{title}” is read" if title else "no shop is read"
        raise click.ClickException(f"{which} by its API, or it is switched off (toonbank connect)")
    return found


def read_now(pull_id: int) -> tuple[str, bool]:
    """What came of it, and whether all is well."""
    worker = f"command line {os.getpid()}"
    try:
        slices = list(pull_now(pull_id, worker))
    except ActionRefused as refused:
        return str(refused), False
    done = db.session.get_one(Pull, pull_id, populate_existing=True)
    trouble, detail = done.trouble, done.detail
    db.session.rollback()
    if trouble is not None:
        return f"{SENTENCES[trouble]}{f' ({detail})' if detail else ''}", False
    return summary_of(slices), not any(one.quarantined for one in slices)


def summary_of(slices: list[Turn]) -> str:
    """How many orders brought something new, and how many wait in quarantine."""
    new, quarantined = sum(one.new for one in slices), sum(one.quarantined for one in slices)
    said = [f"{new} new or changed"] * bool(new) + [f"{quarantined} in quarantine"] * bool(quarantined)
    return ", ".join(said) or "nothing new"
