"""Reading orders from files."""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy.exc import OperationalError

from app import queries
from app.actions.outside_shops import hosts_in, keep_shop, note_file_of, proposed_shop, shop_named
from app.cli.commands import EXISTING_FILE, terminal, toonbank
from app.errors import ActionRefused, say_failed
from app.extensions import db, transaction
from app.intake import accept
from app.intake.accept import Foreseen, Taken, take_in
from app.intake.together import as_failed, take_all, take_together
from app.intake_readers import SOURCES, Found, Mapping, UnreadableOrder, orders_in
from app.intake_readers.csv.files import first_look
from app.intake_readers.decoding import decode_file
from app.intake_readers.uploaded import sheets_in, text_of_file
from app.models import Fate, InvoicesFor, ShopKey
from app.queries import planner

log = logging.getLogger(__name__)


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
            ahead = foreseen(orders, shop, chosen)
            lines = [ImportLine.ahead(one) for one in ahead]
        else:
            ahead = []
            lines = list(take(orders, shop, file.name, mail, chosen))
        click.echo(f"{file}: {import_summary(lines)} [{note}]")
        if dry_run:
            click.echo(f"  {invoices_told(ahead)}")
        for line in lines:
            for told in line.told:
                click.echo(f"  {told}")
            unreadable += line.is_unreadable
    if not dry_run:
        db.session.rollback()
        planner.refresh_statistics()
    sys.exit(1 if unreadable else 0)


@dataclass(frozen=True)
class ImportLine:
    """What is said of one payload; nothing of it is held in a session."""

    result: str
    number: str = ""  # of an order that was added
    told: tuple[str, ...] = ()
    is_unreadable: bool = False

    @classmethod
    def of(cls, taken: Taken) -> ImportLine:
        number = taken.order.number if taken.order is not None and taken.fate == Fate.ADDED else ""
        return cls(taken.result, number, tuple(problem_told(taken)), bool(taken.field))

    @classmethod
    def ahead(cls, one: Foreseen) -> ImportLine:
        warnings = one.found.order.warnings if one.found.order else []
        return cls(one.result, told=(*warnings, *problem_told(one)), is_unreadable=bool(one.field))


def problem_told(one: Taken | Foreseen) -> list[str]:
    return [f"{one.field}: {one.reason}"] if one.field else []


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


def take(
    orders: Iterator[Found], shop: ShopKey, origin: str, mail: bool, invoices: InvoicesFor
) -> Iterator[ImportLine]:
    """Many orders to a transaction: what goes wrong with one takes nothing else along."""

    def take_one(found: Found, is_new: bool) -> Taken:
        return take_in(found, shop=shop, origin=origin, by=terminal(), notify=mail, invoices=invoices, is_new=is_new)

    def keep_failed(found: Found, error: Exception) -> Taken:
        if isinstance(error, OperationalError):
            raise error
        log.error("the order %s could not be taken in", found.external_id, exc_info=error)
        return take_one(as_failed(found, say_failed(error)), False)

    def take_some(found: Sequence[Found]) -> list[ImportLine]:
        return [ImportLine.of(one) for one in take_together(found, shop, take=take_one, keep_failed=keep_failed)]

    return take_all(orders, take_some)


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


def import_summary(lines: Sequence[ImportLine]) -> str:
    counts = Counter(line.result for line in lines)
    named = [line.number for line in lines if line.number]
    text = ", ".join(f"{count} {result}" for result, count in counts.items()) or "no orders"
    return f"{text} ({', '.join(named)})" if 0 < len(named) <= 5 else text


def invoices_told(ahead: Sequence[Foreseen]) -> str:
    made, elsewhere = sum(one.invoices for one in ahead), sum(one.is_elsewhere for one in ahead)
    return f"invoices: {made}, dated {queries.today()}; invoiced elsewhere: {elsewhere}"
