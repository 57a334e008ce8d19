"""Proving that the database has its guards, indexes and constraints, and that no reference leads nowhere."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from sqlalchemy import ForeignKey, text

from app.extensions import Base, db
from app.operations.order_rows import fetch_stored

#: What triggers the migrations make, per database: name -> the beginning of the SHA-256 of what it does.
GUARDS = Path(__file__).with_name("guards.json")

#: Of one reference so many rows are named.
MOST_NAMED = 20

ON_SQLITE = "SELECT name, sql, '' FROM sqlite_master WHERE type = 'trigger'"
ON_POSTGRESQL = """
    SELECT tgname, pg_get_triggerdef(pg_trigger.oid), prosrc FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE NOT tgisinternal AND tgenabled <> 'D'"""

MADE_BY_SQLITE = "SELECT coalesce(sql, '') || name FROM sqlite_master WHERE type IN ('table', 'index')"
MADE_BY_POSTGRESQL = """
    SELECT conname::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public'"""

REPAIR = "Put back a copy from before it was taken away, or ask who changed the database"


def schema_findings() -> Iterator[str]:
    yield from guard_findings()
    yield from index_findings()
    yield from reference_findings()


def guard_findings() -> Iterator[str]:
    """Triggers that were dropped, switched off or changed: what is issued, paid and written down could be changed."""
    there = read_guards()
    for name, digest in wanted_guards().items():
        if name not in there:
            yield f"the guard {name} is missing in the database. {REPAIR}"
        elif there[name] != digest:
            yield f"the guard {name} was changed in the database. {REPAIR}"


def wanted_guards() -> dict[str, str]:
    of_databases: dict[str, dict[str, str]] = json.loads(GUARDS.read_text("utf-8"))
    return of_databases[db.engine.dialect.name]


def read_guards() -> dict[str, str]:
    query = ON_SQLITE if db.engine.dialect.name == "sqlite" else ON_POSTGRESQL
    rows = db.session.execute(text(query)).all()
    return {name: hashlib.sha256(f"{sql}{body}".encode()).hexdigest()[:16] for name, sql, body in sorted(rows)}


def index_findings() -> Iterator[str]:
    """Indexes and constraints that were dropped."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    written = "\n".join(db.session.scalars(text(MADE_BY_SQLITE if is_sqlite else MADE_BY_POSTGRESQL)))
    made = set(re.findall(r"\w+", written))  # whole names: one may be the beginning of another
    for table in Base.metadata.sorted_tables:
        named = {str(one.name): "index" for one in table.indexes}
        named |= {str(one.name): "constraint" for one in table.constraints if one.name}
        for name, what in sorted(named.items()):
            if name not in made:
                yield f"the {what} {name} of {table.name} is missing in the database. {REPAIR}"


def reference_findings() -> Iterator[str]:
    """Rows that refer to a row that is not there."""
    for table in Base.metadata.sorted_tables:
        if finds_all_references(table.name, table.foreign_keys):
            continue
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
            key_name = next(iter(table.primary_key)).name
            yield from nowhere(table.name, key_name, key.parent.name, *key.target_fullname.split("."))


def finds_all_references(table: str, keys: Collection[ForeignKey]) -> bool:
    """Whether SQLite itself, asked in half the time, finds what each row refers to, by references that it knows."""
    if db.engine.dialect.name != "sqlite" or not keys:
        return not keys
    known: set[object] = {(row[3], row[2], row[4]) for row in fetch_stored(text(f"PRAGMA foreign_key_list({table})"))}
    wanted = {(key.parent.name, *key.target_fullname.split(".")) for key in keys}
    return known.issuperset(wanted) and not fetch_stored(text(f"PRAGMA foreign_key_check({table})"))


def nowhere(table: str, key: str, column: str, target: str, other: str) -> Iterator[str]:
    leads_nowhere = f"NOT EXISTS (SELECT 1 FROM {target} WHERE {target}.{other} = one.{column})"
    where = f"FROM {table} AS one WHERE one.{column} IS NOT NULL AND {leads_nowhere}"
    rows = db.session.execute(text(f"SELECT one.{key}, one.{column} {where} ORDER BY 1 LIMIT {MOST_NAMED}"))
    for record, leads_to in rows:
        yield (
            f"{table} {record}: its {column} leads to {target} {leads_to}, which is not there. Compare it with a backup"
        )
