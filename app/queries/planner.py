"""Statistics for the database's planner: without them it guesses, and may read a whole table to find a few rows.

PostgreSQL gathers them by itself, but a while after many rows came in; SQLite only when it is asked. Here it is done
piece by piece, each in a transaction of its own, so that nobody who writes waits long.
"""

from __future__ import annotations

import logging

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.extensions import db

log = logging.getLogger(__name__)

#: What gathers them, piece by piece: SQLite locks out others who write, for 0.06 s per index of a million orders.
ALL = {
    "sqlite": "SELECT format('ANALYZE \"%w\"', name) FROM sqlite_schema WHERE type = 'index'",
    "postgresql": "SELECT format('ANALYZE %I', relname) FROM pg_stat_user_tables",
}

#: The same for tables that have none or have outgrown them. SQLite is asked what it would do (1), about all tables
#: (0x10000), with ANALYZE (2); for PostgreSQL it is the rule of its own, which it looks at once a minute.
OUTGROWN = {
    "sqlite": "SELECT format('ANALYZE \"%w\"', name) FROM pragma_optimize(0x10003) AS needed CROSS JOIN sqlite_schema"
    " WHERE type = 'index' AND needed.optimize = format('ANALYZE \"main\".\"%w\"', tbl_name)",
    "postgresql": "SELECT format('ANALYZE %I', relname) FROM pg_stat_user_tables"
    " WHERE n_mod_since_analyze > 50 + n_live_tup / 10",
}

#: A connection of SQLite that is open already, here or in another process, reads statistics again when the schema
#: changes, and at no other time.
SCHEMA_CHANGE = ("CREATE VIEW new_statistics AS SELECT 1", "DROP VIEW new_statistics")


def gather_statistics() -> None:
    """Of all tables: after indexes were built, or very much was written. The caller has no transaction open."""
    run_each_of(ALL)


def refresh_statistics() -> None:
    """Of the tables that need it, which takes some milliseconds. The caller has no transaction open."""
    run_each_of(OUTGROWN)


def run_each_of(question: dict[str, str]) -> None:
    """Nothing fails for want of statistics: when somebody else has the database to himself, they wait."""
    kind = db.engine.dialect.name
    try:
        statements = run_statements(question[kind])
        for statement in statements:
            run_statements(statement)
        if statements and kind == "sqlite":
            run_statements(*SCHEMA_CHANGE)
    except OperationalError as error:
        log.warning("statistics were not gathered: %s", error)


def run_statements(*statements: str) -> list[str]:
    """In one transaction; answers what the last one says."""
    with db.engine.begin() as connection:
        results = [connection.execute(text(statement)) for statement in statements]
        return [str(row[0]) for row in results[-1]] if results[-1].returns_rows else []
