"""Databases beside that of this installation: migrated to any version, and SQLite files that are filled row by row."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from flask import current_app
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, inspect, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from app.compression.texts import add_uncompressed
from app.extensions import sqlite_module
from app.operations.row_copying import NOT_COPIED, CopyFailed, TableTotal, compare_tables, copy_tables, shared_tables
from app.operations.starting import is_known


def migrate_to(schema: str, engine: Engine) -> None:
    """Raises CopyFailed."""
    if not is_known(schema):
        raise CopyFailed(f"The database is of a newer Toonbank (schema {schema}): update Toonbank first.")
    config = current_app.extensions["migrate"].migrate.get_config()
    config.attributes["engine"] = engine
    command.upgrade(config, schema)


def schema_there(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def sqlite_engine(file: Path) -> Engine:
    """Of a file that nobody else knows of."""
    engine = create_engine(f"sqlite:///{file}", module=sqlite_module(), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        add_uncompressed(connection)
        for what in ("foreign_keys=OFF", "journal_mode=DELETE", "synchronous=OFF", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {what}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def fill_sqlite(file: Path, source: Engine) -> dict[str, TableTotal]:
    """Make the file, and copy all rows of the PostgreSQL database into it, as they are at one moment.

    Answers what each table holds. Raises CopyFailed.
    """
    with source.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True) as there:
        there.execute(text("SET LOCAL timezone = 'UTC'"))
        there.execute(text("SET LOCAL statement_timeout = 0"))
        empty, asleep = empty_sqlite(schema_there(there))
        file.write_bytes(empty)
        target = sqlite_engine(file)
        try:
            with target.connect() as into:
                totals = copy_tables(shared_tables(there), there, into)
                with into.begin():
                    for statement in asleep:
                        into.exec_driver_sql(statement)
            compare_tables(totals, target)
        finally:
            target.dispose()
    return {table.name: total for table, total in totals.items()}


@lru_cache(maxsize=1)
def empty_sqlite(schema: str) -> tuple[bytes, list[str]]:
    """A file with the tables of this version, nothing in them and triggers asleep, and how those are made again.

    Running all migrations takes longer than copying a small shop. Raises CopyFailed.
    """
    with TemporaryDirectory(prefix="toonbank-empty-") as folder:
        target = sqlite_engine(file := Path(folder) / "shop.sqlite")
        try:
            migrate_to(schema, target)
            with target.begin() as connection:
                asleep = put_triggers_to_sleep(connection)
                for name in inspect(connection).get_table_names():
                    if name != NOT_COPIED and "_search_" not in name:
                        connection.exec_driver_sql(f"DELETE FROM {name}")
        finally:
            target.dispose()
        return file.read_bytes(), asleep


def put_triggers_to_sleep(connection: Connection) -> list[str]:
    """What they note of each row is copied as well. Those that keep the index of the search stay awake.

    Answers how to make them again.
    """
    others = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name NOT LIKE '%_search_%'"
    found = connection.execute(text(others)).all()
    for name, _statement in found:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    return [str(statement) for _name, statement in found]
