"""Proving that each value is one that its column takes: a known word, a number, a day, and within the table's rules.

The database refuses most of it. What was written past it, or in another program, is found here, in tables as well that
no other check reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Boolean, CheckConstraint, Column, Constraint, Date, DateTime, Enum, Integer
from sqlalchemy.types import TypeDecorator

from app.extensions import Base, db, let_others_write

#: Of one table so many rows are named.
MOST_ROWS = 20


def value_findings() -> Iterator[str]:
    """One look through each table; which rule a row breaks is asked of the rows that break any."""
    for table in Base.metadata.sorted_tables:
        if broken := dict(broken_rules(table.constraints, table.columns)):
            key = f'"{next(iter(table.primary_key)).name}"'
            either = " OR ".join(broken)
            for (row,) in fetch_rows(f'SELECT {key} FROM "{table.name}" WHERE {either} ORDER BY 1 LIMIT {MOST_ROWS}'):
                for condition, what in broken.items():
                    if fetch_rows(f'SELECT 1 FROM "{table.name}" WHERE {key} = {row!r} AND {condition}'):
                        yield f"{table.name} {row}: {what}. Compare it with a backup"
            let_others_write()


def fetch_rows(statement: str) -> list[tuple[object, ...]]:
    """As it is written: a colon in a rule is no parameter."""
    return [tuple(row) for row in db.session.connection().exec_driver_sql(statement)]


def broken_rules(rules: Iterable[Constraint], columns: Iterable[Column[object]]) -> Iterator[tuple[str, str]]:
    """What is so of a row that is damaged, in SQL and in words."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    for rule in rules:
        if isinstance(rule, CheckConstraint):
            yield f"NOT ({rule.sqltext})", f"it is not so that {rule.sqltext}"
    for column in columns:
        if words := allowed_words(column):
            yield f'"{column.name}" NOT IN ({words})', f"its {column.name} is no word that is known"
        elif is_sqlite and (condition := is_of_another_type(column)):
            yield condition, f"its {column.name} is not what stands in this column"


def allowed_words(column: Column[object]) -> str:
    """Of a column that takes some words only, those."""
    return ", ".join(f"'{word}'" for word in column.type.enums) if isinstance(column.type, Enum) else ""


def is_of_another_type(column: Column[object]) -> str:
    """PostgreSQL keeps to the types of its columns; SQLite takes anything."""
    kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    if isinstance(kind, Integer | Boolean):  # amounts, too, are stored in their smallest unit
        return f'"{column.name}" IS NOT CAST("{column.name}" AS INTEGER)'
    return f"\"{column.name}\" NOT GLOB '[0-9]*-[0-9]*-[0-9]*'" if isinstance(kind, Date | DateTime) else ""
