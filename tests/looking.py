"""Looking at what is there: what is stored, what happened, which mails wait, what a page says."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from sqlalchemy import Select, TextClause, select, text

from app.actions import ACTIONS
from app.amounts.money import parse
from app.errors import ActionRefused
from app.extensions import Base, db
from app.history import SYSTEM
from app.models import History, Order, OutgoingMail

#: In which what is refused is noted.
OF_ATTEMPTS = ("security_event", "security_event_search")


def everything(*, without: Collection[str] = ()) -> dict[str, list[Any]]:
    """All rows of all tables but these, to prove that nothing changed; that it was tried is noted."""
    db.session.flush()
    filled = {*db.session.scalars(filled_tables())}
    looked_at = {name: query for name, query in every_table().items() if name not in (*without, *OF_ATTEMPTS)}
    return {
        name: [tuple(row) for row in db.session.execute(query)] if name in filled else []
        for name, query in looked_at.items()
    }


@cache
def every_table() -> dict[str, Select[Any]]:
    return {table.name: select(table).order_by(*table.primary_key) for table in Base.metadata.sorted_tables}


@cache
def filled_tables() -> TextClause:
    """One statement for the names of those that have rows: most tests fill a quarter of them."""
    return text(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in every_table()))


#: Of what the planner of each database knows: statistics of the orders.
STATISTICS = {
    "sqlite": "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'orders'",
    "postgresql": "SELECT count(*) FROM pg_stats WHERE tablename = 'orders'",
}


def known_statistics() -> int:
    return int(db.session.scalar(text(STATISTICS[db.engine.dialect.name])) or 0)


def kinds_of_mail() -> list[str]:
    return list(db.session.scalars(select(OutgoingMail.kind).order_by(OutgoingMail.id)))


def happened(order: Order) -> list[str]:
    return list(db.session.scalars(select(History.what).where(History.order_id == order.id).order_by(History.id)))


def refused(act: Callable[[], Any], sentence: str) -> None:
    """A refusal changes nothing."""
    before = everything()
    with pytest.raises(ActionRefused, match=sentence):
        act()
    assert everything() == before


def refused_on(order: Order, name: str, sentence: str) -> None:
    """The action of this name is refused on the order."""
    refused(lambda: ACTIONS[name](order, by=SYSTEM), sentence)


def words(html: str) -> str:
    """What a person reads: no markup, single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\xa0", " ").split())


def is_storable(value: Any) -> bool:
    """No text that a database refuses, no amount that the columns would round, no moment without a zone."""
    if isinstance(value, dict):
        return all(is_storable(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return all(is_storable(part) for part in value)
    if isinstance(value, str):
        return value == value.encode("utf-8", "replace").decode() and "\x00" not in value
    if isinstance(value, Decimal):
        return parse(value) == value
    return not isinstance(value, datetime) or value.tzinfo is UTC
