"""A page of a record is shown also when what usually stands beside it is not there: rows put in by hand, or lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, update

from app.admin_views.base import RecordView
from app.extensions import Base, db
from app.models import Connection
from tests.clients import Client
from tests.whole.asks import Shop

#: What addresses name records by -> their table.
NAMED = {
    "number": "order",
    "batch_id": "import_batch",
    "connection_id": "connection",
    "customer_id": "customer",
    "endpoint_id": "webhook_endpoint",
    "invoice_id": "invoice",
    "job_id": "job",
    "return_id": "return",
    "shipment_id": "shipment",
    "task_id": "task",
    "ticket_id": "ticket",
}
#: What every page stands on.
GROUND = {"role", "shop", "staff", "staff_session"}


@pytest.fixture
def connected(samples: dict[str, list[Any]], in_app: Any) -> dict[str, list[Any]]:
    """Its shop is read by an API, and nothing of that is there yet."""
    with in_app():
        db.session.execute(update(Connection).values(address="http://127.0.0.1:9"))
    return samples


def test_a_page_is_shown_without_what_stands_beside_its_record(
    app: Flask, connected: dict[str, list[Any]], owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    shop, pages = Shop(app), dict(pages_of_records(app, connected))
    assert len(pages) > 25
    wrong = [path for path in pages if owner.get(path).status_code >= 500]

    for table in Base.metadata.sorted_tables:
        beside = {key.column.table.name for key in table.foreign_keys}
        shown = [path for path, name in pages.items() if name in beside and name != table.name]
        if table.name in GROUND or not shown or not empty(shop, table):
            continue
        for path in shown:
            if (status := owner.get(path).status_code) >= 500:
                wrong.append(f"without {table.name}: {path}: {status}")
        shop.restore()

    assert wrong == []


def pages_of_records(app: Flask, samples: dict[str, list[Any]]) -> Iterator[tuple[str, str]]:
    """Each with its record’s table: what an address names by an id of its own, and the form and facts of each list."""
    to = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if len(rule.arguments) == 1 and "GET" in (rule.methods or ()) and (name := min(rule.arguments)) in NAMED:
            yield to.build(rule.endpoint, {name: samples[name][0]}), NAMED[name]
    for view in app.extensions["admin"][0]._views:
        if isinstance(view, RecordView):
            yield to.build(f"{view.endpoint}.edit_view", {"id": 1}), view.model.__table__.name
            yield to.build(f"{view.endpoint}.details_view", {"id": 1}), view.model.__table__.name


def empty(shop: Shop, table: Table) -> bool:
    """Whether there was anything in it; what guards it is gone with it."""
    with closing(shop.connect()) as now:
        now.execute("PRAGMA foreign_keys = OFF")
        guards = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        for (guard,) in now.execute(guards, (table.name,)).fetchall():
            now.execute(f'DROP TRIGGER "{guard}"')
        gone: int = now.execute(f'DELETE FROM "{table.name}"').rowcount
        now.commit()
        return gone > 0
