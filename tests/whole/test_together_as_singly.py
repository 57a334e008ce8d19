"""What comes in is the same to the last column, whether its orders come many to a transaction or each alone."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.customers import create_customer
from app.columns import now
from app.extensions import db
from app.history import SYSTEM, person
from app.intake import together
from app.intake.batches import keep_file
from app.jobs import importing
from app.models import Arrival, InvoicesFor, Look, Product
from app.operations import checks
from tests.arrange import order_14, run, work_off
from tests.clients import somebody
from tests.connections.reading import look, read_all, read_by_api
from tests.factories import outside_shop
from tests.intake_readers.samples_read import SAMPLES
from tests.looking import everything
from tests.simulators.woocommerce import FEMKE, WooShop
from tests.simulators.woocommerce.order import WooOrder

SOURCES = {"amazon.txt": "amazon", "orders.csv": "csv", "shopify-graphql.json": "shopify"}
STATUSES = ("pending", "on-hold", "processing", "completed", "cancelled", "failed", "refunded")

#: What no two runs have in common: what the clock says with microseconds, and names of mails that are drawn by lot.
DRAWN = re.compile(r"datetime\.datetime\((\d+, ){6}\d+[^)]*\)|\d{4}-\d\d-\d\d[T ][\d:]+\.\d{6}|<[\w.]+@[^>]+>")


def orders() -> list[dict[str, Any]]:
    """Of people who come again by id, by address and by one with capitals; some bad, cancelled, refunded or doubled."""
    mug = [{**line, "sku": "MUG"} for line in order_14()["line_items"]]

    def order(number: int, email: str = "", **stated: Any) -> dict[str, Any]:
        billing = {"first_name": "Bo", "email": email or f"bo{number}@example.org", "country": "NL", "city": "Delft"}
        return order_14(id=number, number=str(number), billing=billing, **{"line_items": mug, **stated})

    refund = [{"id": 9, "total": "-12.50", "reason": "Broken"}]
    return [
        order(1), order(4, "BO1@Example.org"), order(2, customer_id=7), order(3, "else@example.org", customer_id=7),
        order(5, "Émile@example.org"), order(6, "émile@example.org"), order(7, "known@example.org", customer_id=8),
        order(8, total="abc"), order(9, line_items=[]), order(10, status="cancelled"), order(11, status="completed"),
        order(12, refunds=refund), order(13, status="on-hold", date_paid_gmt=None), order(14, status="failed"),
        order(1, status="completed"), order(15, line_items=[*mug, {**mug[0], "id": 2, "quantity": 2}], total="37.50"),
        order(16, "known@example.org", status="refunded", refunds=refund), order(17, customer_id=9), order(17),
        order(18, total="0.00", line_items=[{**mug[0], "subtotal": "0.00", "total": "0.00", "price": 0}]),
    ]  # fmt: skip


def bring_in(app: Flask, in_app: Any, names: list[Path]) -> dict[str, list[str]]:
    """All rows of the shop that brought in these files, and then the orders above, twice."""
    with in_app():
        open_shop()
    again = json.dumps(orders()).encode()
    files = [(SOURCES.get(path.name, path.stem), path.name, path.read_bytes()) for path in names]
    for source, name, content in [*files, ("woocommerce", "1.json", again), ("woocommerce", "2.json", again)]:
        with in_app():
            shop = outside_shop(source)
            batch = keep_file(shop, name, content, notify=True, invoices=InvoicesFor.ALL, by=SYSTEM)
            importing.start_import(batch.id, by=person(somebody("owner")), language="en")
        work_off(app)
    with in_app():
        return all_rows(without=("job", "staff"))


def type_in(app: Flask, in_app: Any, file: Path) -> dict[str, list[str]]:
    """All rows of the shop in which somebody brought in the file at a terminal, twice."""
    with in_app():
        open_shop()
    for _time in range(2):
        code, told = run(app, "import", "--from", "woocommerce", "--mail", "--invoices", "all", file)
        assert (code, "total: " in told) == (1, True), told
    with in_app():
        return all_rows()


def open_shop() -> None:
    create_customer({"name": "Known", "email": "Known@example.org"}, by=SYSTEM)
    db.session.add_all([Product(name="Mug", sku="MUG"), Product(name="Pot", sku="POT-1")])


def all_rows(without: Collection[str] = ()) -> dict[str, list[str]]:
    assert not list(checks.findings())
    kept = everything(without=without)
    kept["unsealed"] = sorted(row[1:] for row in kept["unsealed"])  # what waits for its seal, in whatever turn
    return {table: [DRAWN.sub("", repr(row)) for row in rows] for table, rows in kept.items()}


@pytest.mark.each_database
def test_together_they_become_what_they_become_singly(
    app: Flask, in_app, database_kind, database_of_kind, monkeypatch: pytest.MonkeyPatch
):
    files = sorted(SAMPLES.iterdir())
    monkeypatch.setattr(together, "TOGETHER_FOR", 600)
    many = bring_in(app, in_app, files)
    database_of_kind(database_kind).renew()
    monkeypatch.setattr(together, "MOST_TOGETHER", 1)
    singly = bring_in(app, in_app, files)

    assert len(many["orders"]) > 25
    assert len(many["arrival"]) > len(many["orders"])
    for table, rows in singly.items():
        assert many[table] == rows, table


def test_at_a_terminal_they_do_too(
    app: Flask, in_app, database_kind, database_of_kind, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    file = tmp_path / "orders.json"
    file.write_text(json.dumps(orders()), "utf-8")
    monkeypatch.setattr(together, "TOGETHER_FOR", 600)
    many = type_in(app, in_app, file)
    database_of_kind(database_kind).renew()
    monkeypatch.setattr(together, "MOST_TOGETHER", 1)
    singly = type_in(app, in_app, file)

    assert len(many["orders"]) > 15
    for table, rows in singly.items():
        assert many[table] == rows, table


# --- read by its API ------------------------------------------------------------------------------------------------


def evolve(woo: WooShop) -> list[dict[int, WooOrder]]:
    """What the shop has when it is read first, and at a later look: known orders among new ones, some that can't be
    read at first or later, of people who come again."""
    past = now().replace(microsecond=0) - timedelta(days=5)

    def add(number: int, email: str, **stated: Any) -> WooOrder:
        return woo.add_order(at=past + timedelta(minutes=number), billing={**FEMKE, "email": email}, **stated)

    emails = ["bo@example.org", "BO@example.org", "Émile@example.org", "émile@example.org", "known@example.org"]
    there = [add(number, email) for number, email in enumerate(emails)]
    there += [add(10 + number, f"{status}@example.org", status=status) for number, status in enumerate(STATUSES)]
    broken, later_broken = add(30, "odd@example.org"), add(31, "later@example.org", status="on-hold")
    broken.currency = "???"
    woo.refund(there[0], "12.50", reason="Broken")
    first = deepcopy(woo.orders)

    broken.currency, later_broken.currency = "EUR", "???"
    for order, status in [(there[1], "completed"), (there[2], "cancelled"), (there[3], "on-hold"), (broken, "on-hold")]:
        woo.set_status(order, status)
    add(40, "new@example.org"), woo.refund(there[4], "12.50"), add(41, "known@example.org", status="completed")
    for number, order in enumerate(woo.orders.values()):
        order.modified_at = now().replace(microsecond=0) + timedelta(seconds=number)
    return [first, deepcopy(woo.orders)]


def read_shop(in_app: Any, woo: WooShop, states: list[dict[int, WooOrder]]) -> dict[str, list[str]]:
    """All rows of the shop that read it since a day, and then looked for what changed, twice."""
    with in_app():
        open_shop()
        connection = read_by_api(woo, notify=True, invoices_for=InvoicesFor.ALL)
        woo.orders = deepcopy(states[0])
        look()
        read_all(connection)
        woo.orders = deepcopy(states[1])
        for _time in range(2):
            assert look().trouble is None
    with in_app():
        counts = [str(one) for one in db.session.execute(select(Look.kind, Look.found, Look.taken, Look.quarantined))]
        fates = [str(one) for one in db.session.scalars(select(Arrival.result).order_by(Arrival.id))]
        return all_rows(without=("connection", "pull", "look")) | {"counts": counts, "fates": fates}


@pytest.mark.each_database
def test_read_from_a_shop_they_do_too(
    app: Flask, in_app, database_kind, database_of_kind, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(together, "TOGETHER_FOR", 600)
    with WooShop() as woo:
        states = evolve(woo)
        many = read_shop(in_app, woo, states)
        database_of_kind(database_kind).renew()
        monkeypatch.setattr(together, "MOST_TOGETHER", 1)
        singly = read_shop(in_app, woo, states)

    assert len(many["orders"]) == len(states[1])
    assert set(many["fates"]) == {"quarantined", "added", "updated", "not read"}
    for table, rows in singly.items():
        assert many[table] == rows, table
