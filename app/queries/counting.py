"""Counting no further than anybody needs to know."""

from __future__ import annotations

from sqlalchemy import ColumnElement, GenerativeSelect, ScalarSelect, Select, TextClause, func, literal_column, select

from app.extensions import Model

#: Nobody needs to know how many more there are.
COUNT_CAP = 1_000


def count_capped(query: GenerativeSelect, most: int | None = None) -> ScalarSelect[int]:
    """How many rows it finds, as part of a statement; it stops at one more than the cap, or at `most`."""
    some = query.limit(COUNT_CAP + 1 if most is None else most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def rows_in(table: type[Model] | TextClause, *where: ColumnElement[bool] | TextClause) -> Select[str]:
    """Its rows, of which nothing is read."""
    return select(literal_column("1")).select_from(table).where(*where)
