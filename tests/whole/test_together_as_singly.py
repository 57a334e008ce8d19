"""What a file brings in is the same to the last column, whether its orders come many to a transaction or each alone."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.actions.customers import create_customer
from app.extensions import db
from app.history import SYSTEM, person
from app.intake.batches import keep_file
from app.jobs import importing
from app.models import InvoicesFor, Product
from app.operations import checks
from tests.arrange import order_14, work_off
from tests.clients import somebody
from tests.factories import outside_shop
from tests.intake_readers.samples_read import SAMPLES
from tests.looking import everything

SOURCES = {"amazon.txt": "amazon", "orders.csv": "csv", "shopify-graphql.json": "shopify"}

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
        create_customer({"name": "Known", "email": "Known@example.org"}, by=SYSTEM)
        db.session.add_all([Product(name="Mug", sku="MUG"), Product(name="Pot", sku="POT-1")])
    again = json.dumps(orders()).encode()
    files = [(SOURCES.get(path.name, path.stem), path.name, path.read_bytes()) for path in names]
    for source, name, content in [*files, ("woocommerce", "1.json", again), ("woocommerce", "2.json", again)]:
        with in_app():
            shop = outside_shop(source)
            batch = keep_file(shop, name, content, notify=True, invoices=InvoicesFor.ALL, by=SYSTEM)
            importing.start_import(batch.id, by=person(somebody("owner")), language="en")
        work_off(app)
    with in_app():
        assert not list(checks.findings())
        kept = everything(without=("job", "staff"))
    return {table: [DRAWN.sub("", repr(row)) for row in rows] for table, rows in kept.items()}


@pytest.mark.each_database
def test_together_they_become_what_they_become_singly(
    app: Flask, in_app, database_kind, database_of_kind, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(importing, "TOGETHER_FOR", 600)
    files = sorted(SAMPLES.iterdir())
    together = bring_in(app, in_app, files)
    database_of_kind(database_kind).renew()
    monkeypatch.setattr(importing, "MOST_TOGETHER", 1)
    singly = bring_in(app, in_app, files)

    assert len(together["orders"]) > 25
    assert len(together["arrival"]) > len(together["orders"])
    for table, rows in singly.items():
        assert together[table] == rows, table
