"""Statistics for the planner: gathered by themselves, seen by connections that are open, and never in anybody's way."""

from __future__ import annotations

import subprocess
import sys
from itertools import count
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import text

from app.extensions import db, sqlite_module
from app.mails import Postman
from app.operations import setup
from app.operations.worker import attend, duties
from app.queries import planner
from tests.factories import placed_order
from tests.looking import known_statistics

turns = count()

#: Another process that keeps a connection open, and says how it would find a row, twice.
OTHER_PROCESS = """
import sys
from itertools import count
from typing import Any
from tests.queries.test_planner import opened, way_to
connection = opened(sys.argv[1])
print(way_to(connection), flush=True)
input()
print(way_to(connection), flush=True)
"""


@pytest.mark.usefixtures("database")
def test_what_has_statistics_is_left_alone_until_it_has_outgrown_them() -> None:
    placed_order()
    db.session.commit()
    planner.gather_statistics()
    first = db.session.scalar(text("SELECT stat FROM sqlite_stat1 WHERE idx = 'ix_orders_placed_total'"))
    db.session.rollback()
    placed_order()
    db.session.commit()
    planner.refresh_statistics()
    same = db.session.scalar(text("SELECT stat FROM sqlite_stat1 WHERE idx = 'ix_orders_placed_total'"))
    db.session.rollback()
    for _ in range(40):
        placed_order()
    db.session.commit()
    planner.refresh_statistics()

    grown = db.session.scalar(text("SELECT stat FROM sqlite_stat1 WHERE idx = 'ix_orders_placed_total'"))
    assert (first, same) == ("1 1 1", "1 1 1")
    assert str(grown).startswith("42 ")


@pytest.mark.usefixtures("database")
def test_the_worker_gathers_them_and_so_does_an_upgrade() -> None:
    placed_order()
    db.session.commit()
    db.session.execute(text("DELETE FROM sqlite_stat1"))
    db.session.commit()
    setup.upgrade()
    after_upgrade = known_statistics()
    db.session.execute(text("DELETE FROM sqlite_stat1"))
    db.session.commit()
    db.engine.dispose()
    (duty,) = [duty for duty in duties(Postman()) if duty.name == "statistics"]
    attend(duty, current_app._get_current_object())  # type: ignore[attr-defined]

    assert after_upgrade > 10
    assert known_statistics() > 10


def opened(file: str) -> Any:
    return sqlite_module().connect(file, isolation_level=None)


def way_to(connection: Any) -> str:
    """How a row is found. It is looked for first, as EXPLAIN notices no change, and is never the same text twice."""
    question = "SELECT id FROM thing WHERE colour = 1 AND number = 7"
    connection.execute(question).fetchall()
    ((*_, way),) = connection.execute(f"EXPLAIN QUERY PLAN {question} -- {next(turns)}").fetchall()
    return str(way)


@pytest.mark.usefixtures("database")
def test_connections_that_are_open_see_them_here_and_in_other_processes() -> None:
    file = str(db.engine.url.database)
    here = opened(file)
    for index in ("colour", "number"):
        here.execute("CREATE TABLE IF NOT EXISTS thing (id INTEGER PRIMARY KEY, colour, number)")
        here.execute(f"CREATE INDEX ix_thing_{index} ON thing ({index})")
    here.execute("INSERT INTO thing VALUES (1, 1, 1)")
    planner.gather_statistics()
    command = [sys.executable, "-c", OTHER_PROCESS, file]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as there:
        assert there.stdin
        assert there.stdout
        before = [way_to(here), there.stdout.readline().strip()]
        many = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT i, 1, i FROM n"
        here.execute(f"INSERT INTO thing {many}")
        planner.refresh_statistics()
        print(file=there.stdin, flush=True)
        after = [way_to(here), there.stdout.readline().strip()]
    here.close()

    assert before == ["SCAN thing"] * 2
    assert after == ["SEARCH thing USING INDEX ix_thing_number (number=?)"] * 2
