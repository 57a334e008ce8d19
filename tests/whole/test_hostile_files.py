"""Hostile values in cells of files, and in parts of what shops send.

Each order comes in whole or is said not to, nothing fails unforeseen, and the books stay right.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.extensions import db, transaction
from app.history import person
from app.intake.batches import keep_file
from app.intake.events import receive
from app.jobs import importing
from app.models import Arrival, Connection, Fate, Job, JobState
from app.operations import checks
from app.operations.worker import read_events
from tests.arrange import work_off
from tests.clients import somebody
from tests.factories import new_connection, outside_shop
from tests.intake_readers.samples_read import SAMPLES, sample
from tests.whole import hostile
from tests.whole.hostile import SEED

TABLES = ("orders.csv", "bol.csv", "etsy.csv", "squarespace.csv")
SENDERS = ("woocommerce", "shopify", "lightspeed", "ecwid", "bigcommerce", "magento", "shopware", "prestashop")

ORDER_ID = re.compile(r"(?i)(order|sales record).*(id|number|no)\b|^bestelnummer|^order id|^name$")


def spoilt_table(random: Random, file: Path, *, copies: int) -> bytes:
    """The rows of the file so many times, in each of which some cells are hostile."""
    text = file.read_text("utf-8-sig")
    mark = csv.Sniffer().sniff(text[:2000], delimiters=",;\t").delimiter
    head, *rows = list(csv.reader(io.StringIO(text), delimiter=mark))
    written = io.StringIO()
    out = csv.writer(written, delimiter=mark)
    out.writerow(head)
    named = [place for place, title in enumerate(head) if ORDER_ID.search(title)]
    assert named, "which column says of which order a row is?"
    for number, row in [(number, list(row)) for number in range(copies) for row in rows if row]:
        for place in named:
            row[place] = f"{row[place]}{number}"
        for place in random.sample(range(len(row)), min(len(row), random.randint(1, 4))):
            row[place] = hostile.pick_text(random)[:20_000]
        out.writerow(row)
    return written.getvalue().encode("utf-8", "surrogatepass")


def spoil_somewhere(random: Random, value: Any) -> None:
    """Replace one part, at any depth."""
    keys: Sequence[Any] = list(value) if isinstance(value, dict) else range(len(value))
    if not keys:
        return
    key = random.choice(keys)
    if isinstance(value[key], dict | list) and value[key] and random.random() < 0.9:
        spoil_somewhere(random, value[key])
    else:
        value[key] = random.choice(
            (hostile.pick_text(random), 10**40, -1, 1e308, None, [], {}, [[]], True, 0.1, float("nan"))
        )


@pytest.fixture
def nothing_unforeseen(app: Flask, caplog: pytest.LogCaptureFixture) -> Any:
    """To be called at the end."""

    def look() -> None:
        assert [one.getMessage() for one in caplog.records if one.levelname in ("ERROR", "CRITICAL")] == []
        with app.app_context():
            assert list(checks.findings()) == []

    return look


@pytest.mark.parametrize("name", TABLES)
def test_each_row_of_a_table_comes_in_or_is_said(app: Flask, in_app: Any, nothing_unforeseen: Any, name: str) -> None:
    random = Random(f"{SEED} {name}")
    with in_app():
        batch = keep_file(
            outside_shop("csv"),
            name,
            spoilt_table(random, SAMPLES / name, copies=15),
            notify=True,
            by=person(somebody("owner")),
        )
        batch_id = batch.id
    with in_app():
        importing.start_import(batch_id, by=person(somebody("owner")), language="en")
    work_off(app)

    with app.app_context():
        assert [job.state for job in db.session.scalars(select(Job))] == [JobState.DONE]
        assert {Fate.ADDED, Fate.QUARANTINED} <= set(db.session.scalars(select(Arrival.result)))
    nothing_unforeseen()


@pytest.mark.parametrize("source", SENDERS)
def test_each_event_of_a_shop_is_read_or_put_aside(
    app: Flask, in_app: Any, nothing_unforeseen: Any, source: str
) -> None:
    random = Random(f"{SEED} {source}")
    with in_app():
        db.session.add(new_connection(source))
    bodies = [json.dumps(spoilt_order(random, source)).encode() for _time in range(25)]
    with app.app_context(), transaction():
        connection = db.session.scalars(select(Connection)).one()
        for body in (*bodies, *hostile.BODIES):
            receive(connection, body, "order.updated")
    with app.app_context():
        while read_events("one"):
            pass

    with app.app_context():
        waiting = select(func.count()).select_from(Arrival).where(Arrival.result == Fate.WAITING)
        assert db.session.scalar(waiting) == 0
    nothing_unforeseen()


def spoilt_order(random: Random, source: str) -> Any:
    order = json.loads(sample(source))
    for _time in range(random.randint(1, 4)):
        spoil_somewhere(random, order)
    return order
