"""Making a PostgreSQL database as it was when it was new, by its rows: copying a database takes ten times as long."""

from __future__ import annotations

import psycopg

from tests import postgresql

#: After so many tests a copy is made all the same: what was deleted still takes room, for nothing sweeps it up here.
MOST_TIMES = 100

OF_KIND = """
    SELECT oid::regclass::text FROM pg_class
    WHERE relkind = %s AND relnamespace = 'public'::regnamespace ORDER BY oid"""
COLUMNS = """
    SELECT quote_ident(attname) FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""

#: What else of a database a test may change: columns, constraints, triggers, functions, settings, statistics. Each
#: change leaves a row with a later transaction, or one row fewer.
CATALOGUES = (
    "pg_class", "pg_attribute", "pg_constraint", "pg_trigger", "pg_proc", "pg_index", "pg_attrdef", "pg_type",
    "pg_namespace", "pg_extension", "pg_statistic", "pg_db_role_setting",
)  # fmt: skip
SHAPE = " UNION ALL ".join(
    [f"SELECT count(*)::float8, max(xmin::text::int8)::float8 FROM {table}" for table in CATALOGUES]
    + ["SELECT sum(reltuples)::float8, sum(relpages)::float8 FROM pg_class WHERE relkind = 'r' AND oid >= 16384"]
)

OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


class Rows:
    """All rows of a new shop, and how far its sequences are."""

    def __init__(self, database: str):
        self.address = {"dbname": database, "user": postgresql.USER, "host": str(postgresql.folder())}
        self.times = 0
        with self.connection() as connection:
            self.tables = [name for (name,) in connection.execute(OF_KIND, ["r"])]
            self.sequences = [name for (name,) in connection.execute(OF_KIND, ["S"])]
            self.kept = {table: kept for table in self.tables if (kept := self.copy_of(connection, table))}
            self.reset = self.statements(connection)
            self.shape = self.shape_of(connection)

    def connection(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(**self.address)  # type: ignore[arg-type]

    def put_back(self) -> bool:
        """Throw everybody else out, and put the rows back; False when more changed, or it is time for a copy."""
        self.times += 1
        if self.times > MOST_TIMES:
            return False
        with self.connection() as connection:
            connection.execute(OTHERS)
            if self.shape_of(connection) != self.shape:
                return False
            connection.execute(self.reset)
            for table, (columns, rows) in self.kept.items():
                with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    copy.write(rows)
        return True

    def copy_of(self, connection: psycopg.Connection[tuple[object, ...]], table: str) -> tuple[str, bytes] | None:
        columns = ", ".join(str(name) for (name,) in connection.execute(COLUMNS, [table]))
        with connection.cursor().copy(f"COPY {table} ({columns}) TO STDOUT") as copy:
            rows = b"".join(bytes(part) for part in copy)
        return (columns, rows) if rows else None

    def statements(self, connection: psycopg.Connection[tuple[object, ...]]) -> str:
        """No trigger and no foreign key asks about it meanwhile."""
        at = {
            name: connection.execute(f"SELECT last_value, is_called FROM {name}").fetchone() for name in self.sequences
        }
        return "; ".join(
            ["SET LOCAL session_replication_role = replica"]
            + [f"DELETE FROM {table}" for table in self.tables]
            + [f"SELECT setval('{name}', {row[0]}, {row[1]})" for name, row in at.items() if row]
        )

    def shape_of(self, connection: psycopg.Connection[tuple[object, ...]]) -> list[tuple[object, ...]]:
        return connection.execute(SHAPE).fetchall()
