"""Set-up, serving, and orders to try it out with."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from sqlalchemy import func, select

from app import queries
from app.actions.staff import add_staff
from app.cli.commands import MakesDatabase, terminal, toonbank
from app.cli.people import link_for
from app.config import close_to_others
from app.extensions import db, transaction
from app.models import Order, Staff, StaffSession
from app.operations import setup
from app.queries import planner

#: Signs in by the printed link, and is renamed under GENERAL > Staff.
FIRST_OWNER = "owner@shop.example"


@toonbank.command("init", cls=MakesDatabase)
@click.option("--demo", is_flag=True, help="Plant the demo shop when there are no orders yet.")
@click.option("--new", is_flag=True, help="Begin a new shop although the folder holds the keys of an older one.")
def init(demo: bool, new: bool) -> None:
    """Bring the database up to date and give it what a new shop needs; it may be run again at any time."""
    setup.upgrade(with_copy=True)
    close_to_others(Path(current_app.instance_path))
    with transaction():
        setup.first_rows()
        if db.session.scalar(select(Staff.id).limit(1)) is None:
            add_staff(FIRST_OWNER, role="owner", name="Owner", by=terminal())
    if demo and not db.session.scalar(select(func.count()).select_from(Order)):
        plant_demo()


@toonbank.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--worker/--no-worker", default=True, show_default=True, help="Background work beside it.")
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    help="Web processes; with one, the background work is done in it. By default one for each core, 8 at most.",
)
@click.option("--link", is_flag=True, help="Print a one-time sign-in link for the first owner, who has one already.")
def serve(host: str, port: int, worker: bool, processes: int | None, link: bool) -> None:
    """Serve the back office; as long as nobody has come in, with a one-time sign-in link for the first owner."""
    from app.operations import server
    from app.operations.processes import count_cores

    planner.refresh_statistics()
    server.serve(
        host,
        port,
        worker=worker,
        processes=processes or count_cores(),
        announce=lambda: print_link(f"http://{host}:{port}", asked=link),
    )


def print_link(address: str, *, asked: bool) -> None:
    """What is printed stands in logs: a link is only printed where the owner has no other way in, or for the asking."""
    owner = queries.first_owner()
    if owner is not None and (asked or has_never_come_in(owner)):
        click.echo(f"Sign in as {owner.email}:  {address}{link_for(owner)}")
    db.session.rollback()


def has_never_come_in(owner: Staff) -> bool:
    return not owner.password and db.session.scalar(select(StaffSession.id).limit(1)) is None


@toonbank.command("worker")
def work() -> None:
    """Deliver mail and print documents until interrupted; any number of workers may run."""
    from app.operations import server

    server.run_worker_alone()


@toonbank.command("seed")
@click.option("--orders", type=click.IntRange(1), required=True)
@click.option("--unpaid", is_flag=True, help="Only such as wait for payment.")
def seed(orders: int, unpaid: bool) -> None:
    """Add realistic orders in bulk, for load tests."""
    from app import seeding

    click.echo(f"{seeding.seed(orders, unpaid=unpaid)} orders added")


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
        planted = plant()
    click.echo(f"Demo shop: {planted} orders")
