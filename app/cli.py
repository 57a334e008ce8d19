"""Commands: `flask --app wsgi toonbank …`, each a few lines over an action or a tool."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import func, select

from app import queries
from app.actions.api_keys import create_key
from app.actions.outside_shops import hosts_in, keep_shop, note_file_of, proposed_shop, shop_named
from app.actions.staff import add_staff
from app.errors import ActionRefused
from app.extensions import db, read_only, transaction
from app.history import Actor
from app.intake import accept
from app.intake.accept import Foreseen, Taken, take_in
from app.intake_readers import SOURCES, Found, Mapping, UnreadableOrder, orders_in
from app.intake_readers.csv.files import first_look
from app.intake_readers.decoding import decode_file
from app.intake_readers.uploaded import sheets_in, text_of_file
from app.locking.database import DatabaseInUse
from app.models import ActorKind, Fate, InvoicesFor, Order, ShopKey, Staff
from app.operations import backups, checks, restoring, setup
from app.queries import planner
from app.security.rights import GROUPS, READING
from app.security.sessions import sign_in_link

#: Signs in by the printed link, and is renamed under GENERAL > Staff.
FIRST_OWNER = "owner@shop.example"

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Commands(AppGroup):
    """Commands that say in one sentence when the database is not to be had."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except DatabaseInUse as reason:
            raise click.ClickException(str(reason)) from None


toonbank = Commands("toonbank", help="Toonbank, the order desk.")


def terminal() -> Actor:
    return Actor(ActorKind.PROGRAM, "command line")


# --- set-up and serving ---------------------------------------------------------------------------------------------


@toonbank.command("init")
@click.option("--demo", is_flag=True, help="Plant the demo shop when there are no orders yet.")
def init(demo: bool) -> None:
    """Bring the database up to date and give it what a new shop needs; it may be run again at any time."""
    setup.upgrade()
    with transaction():
        setup.first_rows()
        if db.session.scalar(select(Staff.id).limit(1)) is None:
            add_staff(FIRST_OWNER, role="owner", name="Owner", by=terminal())
    if demo and not db.session.scalar(select(func.count()).select_from(Order)):
        plant_demo()


@toonbank.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--worker/--no-worker", default=True, show_default=True, help="Background work in the same process.")
def serve(host: str, port: int, worker: bool) -> None:
    """Serve the back office, with a one-time sign-in link for the first owner."""
    from app.operations import server

    owner = queries.first_owner()
    if owner is not None:
        click.echo(f"Sign in as {owner.email}:  http://{host}:{port}{link_for(owner)}")
    db.session.rollback()
    planner.refresh_statistics()
    server.serve(host, port, worker=worker)


@toonbank.command("worker")
def work() -> None:
    """Deliver mail and print documents until interrupted; any number of workers may run."""
    from app.operations import server

    server.run_worker_alone()


# --- orders ---------------------------------------------------------------------------------------------------------


@toonbank.command("import")
@click.option("--from", "source", type=click.Choice([source.value for source in SOURCES]), required=True)
@click.option(
    "--mail/--no-mail", default=False, help="Order confirmations beside the shop's own, for open orders (default: no)."
)
@click.option(
    "--invoices",
    type=click.Choice([choice.value for choice in InvoicesFor]),
    default=InvoicesFor.OPEN.value,
    show_default=True,
    help="Which orders are invoiced here: open ones (not completed there, nor invoiced there), all, or none.",
)
@click.option("--mapping", type=EXISTING_FILE, help="Which column of a CSV file is what, as `columns` prints it.")
@click.option("--dry-run", is_flag=True, help="Only tell what would happen.")
@click.option(
    "--shop",
    "shop_title",
    default="",
    help="The shop whose orders these are, made when there is none of this name. Otherwise it is the one whose host "
    "name the file states, or the one for which a file was read last.",
)
@click.option("--sheet", default="", help="The sheet of a spreadsheet, where several hold a table.")
@click.argument("files", nargs=-1, required=True, type=EXISTING_FILE)
def import_files(
    source: str,
    mail: bool,
    invoices: str,
    mapping: Path | None,
    dry_run: bool,
    shop_title: str,
    sheet: str,
    files: tuple[Path, ...],
) -> None:
    """Read orders from files; what can't be read is kept in quarantine with the reason."""
    unreadable, chosen = 0, InvoicesFor(invoices)
    for file in files:
        shop, note = shop_of(file, source, mapping, shop_title, sheet, is_kept=not dry_run)
        orders = orders_of(file, source, mapping, sheet)
        if dry_run:
            taken: Sequence[Taken | Foreseen] = foreseen(orders, shop, chosen)
        else:
            taken = [take(found, shop, file.name, mail, chosen) for found in orders]
        click.echo(f"{file}: {import_summary(taken)} [{note}]")
        if dry_run:
            click.echo(f"  {invoices_told(taken)}")
        for one in taken:
            for warning in warnings_of(one) if dry_run else ():
                click.echo(f"  {warning}")
            if one.field:
                unreadable += 1
                click.echo(f"  {one.field}: {one.reason}")
    if not dry_run:
        db.session.rollback()
        planner.refresh_statistics()
    sys.exit(1 if unreadable else 0)


def warnings_of(one: Taken | Foreseen) -> list[str]:
    new = one.found.order if isinstance(one, Foreseen) else None
    return new.warnings if new else []


def shop_of(
    file: Path, source: str, mapping: Path | None, title: str, sheet: str, *, is_kept: bool
) -> tuple[ShopKey, str]:
    """The shop whose orders the file holds, and how to say so."""
    try:
        hosts = hosts_in(orders_of(file, source, mapping, sheet))
        shop = shop_named(source, title) if title else proposed_shop(source, hosts)
    except ActionRefused as refused:
        raise click.ClickException(f"{file}: {refused} (--shop)") from None
    note = f"{'shop' if shop.id else 'new shop'} {shop.title}"
    if is_kept:
        with transaction():
            shop = keep_shop(shop)
            note_file_of(shop, hosts)
    key = shop.key
    db.session.rollback()
    return key, note


def orders_of(file: Path, source: str, mapping: Path | None, sheet: str) -> Iterator[Found]:
    shop = queries.shop()
    stated = read_mapping(mapping) if mapping else None
    text = file_text(file, sheet)
    return orders_in(source, text, currency=shop.currency, mapping=stated, time_zone=shop.time_zone)


def file_text(file: Path, sheet: str) -> str:
    """Of a spreadsheet the sheet of that name, which has to be said where several hold a table."""
    data = file.read_bytes()
    try:
        sheets = sheets_in(data)
        if sheets and (sheet not in sheets.titles if sheet else not sheets.is_clear):
            titles = ", ".join(f"“{title}”" for title in sheets.titles)
            raise click.ClickException(f"{file}: Say which sheet to read, one of {titles} (--sheet).")
        return text_of_file(data, sheet)
    except UnreadableOrder as problem:
        raise click.ClickException(f"{file}: {problem.reason}") from None


def read_mapping(file: Path) -> Mapping:
    try:
        return Mapping.from_facts(json.loads(decode_file(file.read_bytes())))
    except (ValueError, UnreadableOrder) as error:
        raise click.ClickException(f"{file}: {getattr(error, 'reason', error)}") from None


def take(found: Found, shop: ShopKey, origin: str, mail: bool, invoices: InvoicesFor) -> Taken:
    """One order, one transaction: what went wrong with it takes nothing else along."""
    with transaction():
        return take_in(found, shop=shop, origin=origin, by=terminal(), notify=mail, invoices=invoices)


def foreseen(orders: Iterator[Found], shop: ShopKey, invoices: InvoicesFor) -> list[Foreseen]:
    told = []
    for one in accept.dry_run(orders, shop=shop, by=terminal(), invoices=invoices):
        told.append(one)
        db.session.rollback()  # nothing is to be kept, and nobody waits
    return told


@toonbank.command("columns")
@click.option("--sheet", default="", help="The sheet of a spreadsheet, where several hold a table.")
@click.argument("file", type=EXISTING_FILE)
def columns(file: Path, sheet: str) -> None:
    """Guess which column of a CSV file is what, as a mapping to correct and hand to `import --mapping`."""
    try:
        look = first_look(file_text(file, sheet))
    except UnreadableOrder as problem:
        raise click.ClickException(f"{file}: {problem.reason}") from None
    if look.is_known:
        click.echo("This is an export that is known; it needs no mapping.", err=True)
    click.echo(json.dumps(look.guess.as_facts(look.columns), ensure_ascii=False, indent=2))


def import_summary(taken: Sequence[Taken | Foreseen]) -> str:
    counts = Counter(one.result for one in taken)
    named = [one.order.number for one in taken if one.order is not None and one.fate == Fate.ADDED]
    text = ", ".join(f"{count} {result}" for result, count in counts.items()) or "no orders"
    return f"{text} ({', '.join(named)})" if 0 < len(named) <= 5 else text


def invoices_told(foreseen: Sequence[Taken | Foreseen]) -> str:
    told = [one for one in foreseen if isinstance(one, Foreseen)]
    made, elsewhere = sum(one.invoices for one in told), sum(one.is_elsewhere for one in told)
    return f"invoices: {made}, dated {queries.today()}; invoiced elsewhere: {elsewhere}"


@toonbank.command("seed")
@click.option("--orders", type=click.IntRange(1), required=True)
def seed(orders: int) -> None:
    """Add realistic orders in bulk, for load tests."""
    from app import seeding

    click.echo(f"{seeding.seed(orders)} orders added")


@toonbank.command("demo")
@click.option("--remove", is_flag=True)
def demo(remove: bool) -> None:
    """Plant the demo shop, or remove it."""
    if not remove:
        plant_demo()
        return
    from app.demo import remove_demo

    with transaction():
        removed = remove_demo(by=terminal())
    click.echo(f"{removed} demo orders removed")


def plant_demo() -> None:
    from app.demo import plant

    with transaction():
        planted = plant(queries.today())
    click.echo(f"Demo shop: {planted} orders")


@toonbank.command("check")
def check() -> None:
    """Look for gaps in numbers, states that don't follow from the facts, ledgers and prints that don't fit.

    A warning is no fault of the books, but something that the shop should mend.
    """
    with read_only():
        findings, warnings = list(checks.findings()), list(checks.warnings())
    for finding in findings:
        click.echo(finding)
    for warning in warnings:
        click.echo(f"warning: {warning}")
    said = [f"{len(findings)} findings"] * bool(findings) + [f"{len(warnings)} warnings"] * bool(warnings)
    click.echo(", ".join(said) or "All is well.")
    sys.exit(1 if findings else 0)


# --- people ---------------------------------------------------------------------------------------------------------

user = AppGroup("user", help="Staff.")
toonbank.add_command(user)


@user.command("add")
@click.argument("email")
@click.option("--role", default="owner", show_default=True)
@click.option("--name", default="")
def add_user(email: str, role: str, name: str) -> None:
    """Add a member of staff and print a one-time sign-in link."""
    try:
        with transaction():
            staff = add_staff(email, role=role, name=name, by=terminal())
    except ActionRefused as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(link_for(staff))


key = AppGroup("key", help="Keys of programs.")
toonbank.add_command(key)


@key.command("add")
@click.argument("title")
@click.option("--rights", default="", help="all, or groups of rights or single ones: read,imports,payments.mark_paid.")
@click.option("--right", "single", multiple=True, help="One of them; repeatable.")
def add_key(title: str, rights: str, single: tuple[str, ...]) -> None:
    """Make a key for a program and print it, this once: it is the last word."""
    asked = [right.strip() for right in rights.split(",") if right.strip()] + list(single)
    every = ["read", *GROUPS]
    if unknown := [right for right in asked if right != "all" and not is_right(right)]:
        raise click.ClickException(f"there is no right {unknown[0]}; choose of: {', '.join(['all', *every])}")
    try:
        with transaction():
            _token, made = create_key(title, rights=every if "all" in asked else asked, by=terminal())
    except ActionRefused as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(made)


def is_right(right: str) -> bool:
    from app.admin_views.rights_list import rights

    known = {single for some in rights().values() for single, _title in some}
    return right in known or right in GROUPS or right in READING


@toonbank.command("sign-in")
@click.argument("email")
def sign_in(email: str) -> None:
    """Print a one-time sign-in link for a member of staff."""
    staff = db.session.scalar(select(Staff).where(func.lower(Staff.email) == email.lower()))
    if staff is None or not staff.active:
        raise click.ClickException(f"there is no active member of staff with the e-mail address {email}")
    click.echo(link_for(staff))


def link_for(staff: Staff) -> str:
    with transaction():
        return sign_in_link(staff)


# --- settings -------------------------------------------------------------------------------------------------------


@toonbank.command("settings")
@click.argument("given", nargs=-1, metavar="[NAME | NAME=VALUE]...")
def settings(given: tuple[str, ...]) -> None:
    """Read the settings by their names, or set them: all that are given, or none of them."""
    from app.admin_views.settings.by_name import change_settings, read_settings

    values = dict(one.split("=", 1) for one in given if "=" in one)
    try:
        changed = change_settings(values, by=terminal()) if values else {}
        read = read_settings([one for one in given if "=" not in one]) if len(values) < len(given) or not given else {}
    except ActionRefused as refused:
        raise click.ClickException(str(refused)) from None
    for name, (before, after) in changed.items():
        click.echo(f"{name}={after}  (was: {before})" if before else f"{name}={after}")
    for name, value in read.items():
        click.echo(f"{name}={value}")


# --- keeping --------------------------------------------------------------------------------------------------------


@toonbank.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write a consistent copy of everything to FILE, also while people work."""
    try:
        backups.backup(file)
    except (FileExistsError, backups.ToolFailed) as reason:
        raise click.ClickException(str(reason)) from None
    click.echo(f"Copied to {file}")


@toonbank.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Don't ask, also at a terminal.")
def restore(file: Path, yes: bool) -> None:
    """Put a copy back, while nothing runs; what was there is kept beside it."""
    try:
        with restoring.exchange(file) as change:
            for loss in change.losses:
                click.echo(loss)
            if sys.stdin.isatty() and not yes:
                click.confirm("This replaces everything in the database. Go on?", abort=True)
            kept = change.carry_out()
    except restoring.CanNotRestore as reason:
        raise click.ClickException(str(reason)) from None
    planner.gather_statistics()
    click.echo(f"Restored from {file}")
    if kept:
        click.echo(f"What was there before is kept in {kept}")
    if change.is_older:
        click.echo("It is of an older version: `flask --app wsgi toonbank init` brings it up to date.")
