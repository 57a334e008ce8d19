"""What an action does to many orders is the same to the last column, whether they share a transaction or are alone."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import jobs
from app.actions.payments import enter_payment, mark_paid
from app.actions.shipments import create_packing_slip
from app.admin_views.bulk import bulk_actions
from app.extensions import Base, db
from app.history import SYSTEM, person
from app.jobs import bulk
from app.models import CustomStatus, Job, JobKind, Order, Product
from tests.arrange import work_off
from tests.clients import somebody
from tests.databases import Sqlite
from tests.every_action import with_parts
from tests.factories import paid_order, placed_order
from tests.looking import everything

#: What no two runs have in common: what the clock says with microseconds, and names of mails that are drawn by lot.
DRAWN = re.compile(r"datetime\.datetime\((\d+, ){6}\d+[^)]*\)|\d{4}-\d\d-\d\d[T ][\d:]+\.\d{6}|<[\w.]+@[^>]+>")

#: What is entered where an action can't do without.
ENTERED: dict[str, object] = {"text": "Ring twice", "description": "Call", "reason": "No stock", "title": "Packed"}


@pytest.fixture
def kept(app: Flask, in_app: Any, database_of_kind: Any) -> tuple[Sqlite, Path]:
    """A shop with orders in some states each, two of which share a product of which little is there."""
    with in_app():
        db.session.add_all([Product(name="Mug", sku="MUG"), CustomStatus(title="Packed")])
        for _each in range(2):
            placed_order()
            paid_order()
            with_parts()
            mark_paid(placed_order(), by=SYSTEM)
            enter_payment(placed_order(), by=SYSTEM, amount=Decimal(1))
            create_packing_slip(paid_order(), by=SYSTEM)
        somebody("owner")
    database = database_of_kind("sqlite")
    return database, database.keep("bulk")


def rows_after(
    app: Flask, in_app: Any, name: str, how: dict[str, object]
) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """All rows of the shop in which somebody did that to all orders, some of them twice, and what the job reports."""
    with in_app():
        numbers = list(db.session.scalars(select(Order.number).order_by(Order.id)))
        numbers += [*numbers[:3], "ORD99999"]
        by = person(somebody("owner"))
        job_id = jobs.start(JobKind.BULK, numbers, action=name, by=by, how=how, language="en", once="").id
    work_off(app)
    with in_app():
        report = db.session.get_one(Job, job_id).report
        rows = everything(without=("job", "unsealed"))
        return {table: sorted(shown(table, row) for row in found) for table, found in rows.items()}, report


def shown(table: str, row: tuple[Any, ...]) -> str:
    """But for how often it was written, which says nothing: what is loaded ahead makes no step of its own."""
    named = zip(Base.metadata.tables[table].columns.keys(), row, strict=True)
    return DRAWN.sub("", repr([value for name, value in named if name != "version"]))


@pytest.mark.parametrize("name", [action.name for action in bulk_actions()])
def test_together_they_become_what_they_become_singly(
    app: Flask, in_app: Any, kept: tuple[Sqlite, Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    database, file = kept
    action = next(one for one in bulk_actions() if one.name == name)
    how = {one: ENTERED.get(one, True) for one, stated in action.parameters.items() if stated.is_required}
    found = []
    for at_once in (1, 25):
        for constant in ("FIRST_AT_ONCE", "MOST_AT_ONCE"):
            monkeypatch.setattr(bulk, constant, at_once)
        monkeypatch.setattr(bulk, "AT_ONCE_FOR", 600)
        database.put_back(file)
        found.append(rows_after(app, in_app, name, how))

    (singly, said), (together, said_together) = found
    assert said_together == said
    assert "failed" not in said
    for table, rows in singly.items():
        assert together[table] == rows, table
