"""A shop that comes into PostgreSQL: in a schema of its own first, and in its place in one moment, when it is whole.

Whenever this is interrupted, what was there is there as before; and what has come so far need not come again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, inspect, text

from app.operations.databases_beside import migrate_to
from app.operations.row_copying import NOT_COPIED, TableTotal, compare_tables, copy_table, shared_tables

SIDE = "toonbank_incoming"
#: The table in which it is kept how to make the references anew, and what comes.
NOTES = "incoming_notes"

REFERENCES = """SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY conrelid::regclass::text, conname"""

#: What is ours in the schema of before: tables and functions, but for those of extensions.
EMPTY = """DO $$ DECLARE statement text; BEGIN
FOR statement IN
  SELECT format('DROP TABLE IF EXISTS public.%I CASCADE', tablename) FROM pg_tables WHERE schemaname = 'public'
  UNION ALL
  SELECT format('DROP ROUTINE public.%I(%s) CASCADE', proname, pg_get_function_identity_arguments(oid)) FROM pg_proc
  WHERE pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
LOOP EXECUTE statement; END LOOP; END $$"""

BRING_IN = f"""DO $$ DECLARE statement text; BEGIN
FOR statement IN
  SELECT format('ALTER TABLE {SIDE}.%I SET SCHEMA public', tablename) FROM pg_tables
  WHERE schemaname = '{SIDE}' AND tablename <> '{NOTES}'
  UNION ALL
  SELECT format('ALTER ROUTINE {SIDE}.%I(%s) SET SCHEMA public', proname, pg_get_function_identity_arguments(oid))
  FROM pg_proc WHERE pronamespace = '{SIDE}'::regnamespace
LOOP EXECUTE statement; END LOOP; END $$"""


#: Made before the migrations run, or they would find that of the shop that is there.
VERSIONS = f"""CREATE TABLE {SIDE}.{NOT_COPIED}
(version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"""


@contextmanager
def side_of(url: URL) -> Iterator[Engine]:
    options = f"-c search_path={SIDE},public -c timezone=UTC -c lock_timeout=10s"
    engine = create_engine(
        url,
        poolclass=NullPool,
        connect_args={"options": options, "application_name": "toonbank", "prepare_threshold": None},
    )
    try:
        yield engine
    finally:
        engine.dispose()


def bring_in(source: Connection, schema: str, what: str, side: Engine) -> dict[str, TableTotal]:
    """Copy all rows into the schema at the side; goes on where it was, if the same comes again (`what` says which).

    Answers what each table holds. Raises CopyFailed.
    """
    if left_at(side) != (what, schema):
        make_side(side, schema, what)
    with side.connect() as connection:
        tables = shared_tables(connection, SIDE)  # what is in the place of a newer version has others
    tables = [table for table in tables if table.name != NOTES]
    totals = {table: copy_table(table, source, side) for table in tables}
    compare_tables(totals, side)
    return {table.name: total for table, total in totals.items()}


def left_at(side: Engine) -> tuple[str, str] | None:
    """What has begun to come in before, and its schema; None for nothing, or not enough."""
    with side.connect() as connection:
        if not inspect(connection).has_table(NOTES, schema=SIDE):
            return None
        found = connection.execute(text(f"SELECT what, schema FROM {SIDE}.{NOTES} WHERE what <> ''")).first()
        return (str(found[0]), str(found[1])) if found else None


def make_side(side: Engine, schema: str, what: str) -> None:
    with side.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public"))
        connection.execute(text(f"DROP SCHEMA IF EXISTS {SIDE} CASCADE"))
        connection.execute(text(f"CREATE SCHEMA {SIDE}"))
        connection.execute(text(VERSIONS))
    migrate_to(schema, side)
    with side.begin() as connection:
        connection.execute(text(f"CREATE TABLE {SIDE}.{NOTES} (statement text, what text DEFAULT '', schema text)"))
        for table, name, definition in connection.execute(text(REFERENCES)).all():
            statement = f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"
            connection.execute(text(f"INSERT INTO {SIDE}.{NOTES} (statement) VALUES (:it)"), {"it": statement})
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
        for name in inspect(connection).get_table_names(schema=SIDE):
            if name not in (NOT_COPIED, NOTES):  # rows that migrations made come with the others
                connection.execute(text(f"ALTER TABLE {SIDE}.{name} DISABLE TRIGGER USER"))
                connection.execute(text(f"DELETE FROM {SIDE}.{name}"))
        connection.execute(
            text(f"INSERT INTO {SIDE}.{NOTES} (what, schema) VALUES (:what, :schema)"), {"what": what, "schema": schema}
        )


def take_the_place(side: Engine, statements: list[str]) -> None:
    """In one transaction: references and counts of ids, what was there goes, and what came stands in its place."""
    with side.begin() as connection:
        for statement in connection.scalars(
            text(f"SELECT statement FROM {SIDE}.{NOTES} WHERE statement IS NOT NULL")
        ).all():
            run_literally(connection, statement)
        for name in inspect(connection).get_table_names(schema=SIDE):
            connection.execute(text(f"ALTER TABLE {SIDE}.{name} ENABLE TRIGGER USER"))
        set_sequences(connection)
        for statement in statements:
            run_literally(connection, statement)
        run_literally(connection, EMPTY)
        run_literally(connection, BRING_IN)
        connection.execute(text(f"DROP SCHEMA {SIDE} CASCADE"))


def run_literally(connection: Connection, statement: str) -> None:
    """As it stands: with no parameter, whatever signs there are in it."""
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.cursor().execute(statement)


def set_sequences(connection: Connection) -> None:
    """The next row of a table gets the id after the highest."""
    owned = """SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = :side AND (column_default LIKE 'nextval(%' OR is_identity = 'YES')"""
    for table, column in connection.execute(text(owned), {"side": SIDE}).all():
        run_literally(
            connection,
            f"SELECT setval(pg_get_serial_sequence('{SIDE}.{table}', '{column}'), "
            f"coalesce(max({column}), 0) + 1, false) FROM {SIDE}.{table}",
        )
