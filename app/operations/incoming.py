"""A shop that comes into PostgreSQL: in a schema of its own first, and in its place in one moment, when it is whole.

Whenever this is interrupted, what was there is there as before; and what has come so far need not come again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, inspect, text

from app.operations.databases_beside import migrate_to
from app.operations.row_copying import NOT_COPIED, TableTotal, compare_tables, copy_tables, shared_tables

SIDE = "toonbank_incoming"
#: The table in which it is kept how to make the references anew, and what comes.
NOTES = "incoming_notes"

TAKE_OFF_REFERENCES = f"""DO $$ DECLARE one record; BEGIN
CREATE TABLE {SIDE}.{NOTES} (statement text, what text DEFAULT '', schema text);
FOR one IN
  SELECT conrelid::regclass::text AS place, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
  FROM pg_constraint WHERE contype = 'f' AND connamespace = '{SIDE}'::regnamespace ORDER BY 1, conname
LOOP
  INSERT INTO {SIDE}.{NOTES} (statement)
  VALUES (format('ALTER TABLE %s ADD CONSTRAINT %s %s', one.place, one.name, one.definition));
  EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %s', one.place, one.name);
END LOOP; END $$"""

PUT_ON_REFERENCES = f"""DO $$ DECLARE one text; BEGIN
FOR one IN SELECT statement FROM {SIDE}.{NOTES} WHERE statement IS NOT NULL
LOOP EXECUTE one; END LOOP; END $$"""

#: Rows that migrations made come with the others.
DELETE_ROWS = f"""DO $$ DECLARE name text; BEGIN
FOR name IN
  SELECT tablename FROM pg_tables WHERE schemaname = '{SIDE}' AND tablename NOT IN ('{NOT_COPIED}', '{NOTES}')
LOOP
  EXECUTE format('ALTER TABLE {SIDE}.%I DISABLE TRIGGER USER', name);
  EXECUTE format('DELETE FROM {SIDE}.%I', name);
END LOOP; END $$"""

WAKE_TRIGGERS = f"""DO $$ DECLARE name text; BEGIN
FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = '{SIDE}'
LOOP EXECUTE format('ALTER TABLE {SIDE}.%I ENABLE TRIGGER USER', name); END LOOP; END $$"""

#: The next row of a table gets the id after the highest.
SET_SEQUENCES = f"""DO $$ DECLARE one record; BEGIN
FOR one IN
  SELECT quote_ident(table_name) AS place, quote_ident(column_name) AS key FROM information_schema.columns
  WHERE table_schema = '{SIDE}' AND (column_default LIKE 'nextval(%' OR is_identity = 'YES')
LOOP
  EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, %L), coalesce(max(%s), 0) + 1, false) FROM {SIDE}.%s',
                 '{SIDE}.' || one.place, one.key, one.key, one.place);
END LOOP; END $$"""

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
    with side.connect() as target:
        totals = copy_tables(tables, source, target)
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
        run_literally(connection, TAKE_OFF_REFERENCES)
        run_literally(connection, DELETE_ROWS)
        connection.execute(
            text(f"INSERT INTO {SIDE}.{NOTES} (what, schema) VALUES (:what, :schema)"), {"what": what, "schema": schema}
        )


def take_the_place(side: Engine, statements: list[str]) -> None:
    """In one transaction: references and counts of ids, what was there goes, and what came stands in its place."""
    with side.begin() as connection:
        run_literally(connection, PUT_ON_REFERENCES)
        run_literally(connection, WAKE_TRIGGERS)
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
    run_literally(connection, SET_SEQUENCES)
