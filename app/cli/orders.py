"""Reading orders from files."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from app import queries
from app.actions.outside_shops import hosts_in, keep_shop, note_file_of, proposed_shop, shop_named
from app.cli.commands import EXISTING_FILE, terminal, toonbank
from app.errors import ActionRefused
from app.extensions import db, transaction
from app.intake import accept
from app.intake.accept import Foreseen, Taken, take_in
from app.intake_readers import SOURCES, Found, Mapping, UnreadableOrder, orders_in
from app.intake_readers.csv.files import first_look
from app.intake_readers.decoding import decode_file
from app.intake_readers.uploaded import sheets_in, text_of_file
from app.models import Fate, InvoicesFor, ShopKey
from app.queries import planner


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
