"""Rows as they are stored, in a database of any version: in a SQLite file, in PostgreSQL, in what pg_dump made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine, inspect

from app.extensions import sqlite_module
from app.operations import backups

#: How COPY of PostgreSQL writes what would break its lines.
ESCAPES = {"\\N": None}


class StoredRows(Protocol):
    def columns(self, table: str) -> set[str]:
        """Of a table that is not there, none."""
        ...

    def rows(self, table: str, *columns: str) -> Iterator[tuple[object, ...]]: ...


class SqliteFile:
    def __init__(self, file: Path):
        self.file = file

    def columns(self, table: str) -> set[str]:
        with closing(sqlite_module().connect(self.file)) as connection:
            return {name for _id, name, *_rest in connection.execute(f"PRAGMA table_info({table})")}

    def rows(self, table: str, *columns: str) -> Iterator[tuple[object, ...]]:
        with closing(sqlite_module().connect(self.file)) as connection:
            yield from connection.execute(f"SELECT {', '.join(columns)} FROM {table}")


class Postgresql:
    def __init__(self, engine: Engine):
        self.engine = engine

    def columns(self, table: str) -> set[str]:
        with self.engine.connect() as connection:
            seen = inspect(connection)
            return {column["name"] for column in seen.get_columns(table)} if seen.has_table(table) else set()

    def rows(self, table: str, *columns: str) -> Iterator[tuple[object, ...]]:
        with self.engine.connect() as connection:
            for row in connection.exec_driver_sql(f"SELECT {', '.join(columns)} FROM {table}"):
                yield tuple(row)


class DumpFile:
    """A copy that pg_dump made, which knows tables only as what COPY reads: every value is a text."""

    def __init__(self, file: Path):
        self.file = file

    def columns(self, table: str) -> set[str]:
        for line in self.lines(table):
            if line.startswith(f"COPY public.{table} ("):
                return set(names_in(line))
        return set()

    def rows(self, table: str, *columns: str) -> Iterator[tuple[object, ...]]:
        places: list[int] | None = None
        for line in self.lines(table):
            if line.startswith(f"COPY public.{table} ("):
                names = names_in(line)
                places = [names.index(column) for column in columns]
            elif line == "\\.":
                places = None
            elif places is not None:
                values = line.split("\t")
                yield tuple(ESCAPES.get(values[place], values[place]) for place in places)

    def lines(self, table: str) -> Iterator[str]:
        return backups.dump_lines("pg_restore", "--data-only", f"--table={table}", "--file=-", str(self.file))


def names_in(copy_line: str) -> list[str]:
    return copy_line.partition("(")[2].partition(")")[0].replace('"', "").split(", ")
