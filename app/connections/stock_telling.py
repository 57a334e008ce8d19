"""Comparing the stock of products with that of the shops that sell them, and telling the shops.

A worker takes a few rows of `ShopProduct` that are due, reads the shop's numbers just then, and decides of each. The
shop is told one number, the newest; being told it twice changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from app.columns import now
from app.connections.catalogue import Catalogue, PulledProduct, StockMoved
from app.connections.client import Access
from app.connections.failures import Remedy, ShopFailure
from app.connections.shops import CATALOGUES, access_of, open_shop
from app.connections.stock_decisions import Decision, Verdict
from app.connections.stock_rows import (
    STOCKS,
    ComparedRow,
    Seen,
    note_refused_stock,
    note_told,
    note_uncounted,
    release_row,
    settle_numbers,
)
from app.connections.writing import SHORTEST_REST, rest_after
from app.extensions import db, transaction
from app.models import Connection, Pull, PullKind, Source, StockMode, Trouble
from app.write_back.listeners import COUNTS

log = logging.getLogger(__name__)

#: Rows of one claim: they are read at once, and told one by one.
AT_ONCE = 20
#: So often in a row a shop may say that its number is another one by now.
MOST_TRIES = 3


@dataclass(frozen=True)
class StockTurn:
    """How a shop is reached, and how its stock is compared."""

    connection_id: int
    source: Source
    access: Access
    place: str


def compare_stock_due(worker: str = "") -> int:
    """Compare and tell a few products that are due; answers how many there were."""
    with transaction():
        rows = [ComparedRow.of(row) for row in STOCKS.claim(worker, most=AT_ONCE)]
    for shop_id in dict.fromkeys(one.shop_id for one in rows):
        compare_shop(shop_id, [one for one in rows if one.shop_id == shop_id])
    return len(rows)


def compare_shop(shop_id: int, rows: Sequence[ComparedRow]) -> None:
    turn = None
    try:
        turn = open_turn(shop_id)
        if turn is None:
            note_later(rows, now() + SHORTEST_REST)
            return
        compare_rows(turn, rows)
        note_stock_trouble(turn.connection_id, None)
    except ShopFailure as failure:
        rest(shop_id, rows, failure)
    except Exception as error:
        log.exception("the stock of shop %s could not be compared", shop_id)
        rest(shop_id, rows, ShopFailure(Trouble.OURS, type(error).__name__))


def open_turn(shop_id: int) -> StockTurn | None:
    with transaction():
        connection = counting_connection(shop_id)
        if connection is None or connection.source not in CATALOGUES:
            return None
        return StockTurn(connection.id, connection.source, access_of(connection), connection.stock_place)


def counting_connection(shop_id: int) -> Connection | None:
    query = select(Connection).where(Connection.outside_shop_id == shop_id, COUNTS)
    return db.session.scalar(query)


def compare_rows(turn: StockTurn, rows: Sequence[ComparedRow]) -> None:
    with open_shop(turn.source, turn.access) as shop:
        catalogue = CATALOGUES[turn.source](shop)
        found = read_numbers(catalogue, rows, turn.place)
        for one in rows:
            try:
                compare_row(turn, catalogue, one, found.get(one.key.external_id))
            except ShopFailure as failure:
                if failure.remedy not in (Remedy.RECORD, Remedy.OURS):
                    raise
                with transaction():
                    note_refused_stock(one, failure)


def read_numbers(catalogue: Catalogue, rows: Sequence[ComparedRow], place: str) -> Mapping[str, PulledProduct]:
    found: list[PulledProduct] = []
    for start in range(0, len(rows), catalogue.at_once):
        found += catalogue.these([one.key for one in rows[start : start + catalogue.at_once]], place)
    return {one.key.external_id: one for one in found}


def compare_row(turn: StockTurn, catalogue: Catalogue, one: ComparedRow, product: PulledProduct | None) -> None:
    for _try in range(MOST_TRIES):
        decision = decide_on(turn, catalogue, one, product)
        if decision.verdict != Verdict.TELL or product is None:
            return
        try:
            catalogue.set_stock(product, int(decision.number), turn.place)
        except StockMoved:
            product = read_numbers(catalogue, [one], turn.place).get(one.key.external_id)
            continue
        with transaction():
            note_told(one, decision, db.session.get_one(Connection, turn.connection_id))
        return
    note_later([one], now() + SHORTEST_REST)


def decide_on(turn: StockTurn, catalogue: Catalogue, one: ComparedRow, product: PulledProduct | None) -> Decision:
    with transaction():
        connection = db.session.get_one(Connection, turn.connection_id)
        is_told = connection.stock_mode != StockMode.US or catalogue.tells_stock
        if product is None or product.stock is None or not product.is_counted or not is_told:
            note_uncounted(one, is_gone=product is None)
            return Decision(Verdict.AGREE)
        poll = db.session.scalar(
            select(Pull).where(Pull.connection_id == turn.connection_id, Pull.kind == PullKind.POLL)
        )
        seen = Seen(product.stock, catalogue.platform.client.shop_time or now())
        return settle_numbers(one, connection, seen, poll, catalogue.platform.overlap)


# --- when the shop can't be asked -----------------------------------------------------------------------------------


def rest(shop_id: int, rows: Sequence[ComparedRow], failure: ShopFailure) -> None:
    """The shop is left alone for a while; its numbers are compared afterwards, as they are then."""
    with transaction():
        connection = counting_connection(shop_id)
        connection_id = connection.id if connection else None
    if connection_id is not None:
        note_stock_trouble(connection_id, failure)
    note_later(rows, now() + SHORTEST_REST)


def note_later(rows: Sequence[ComparedRow], due_at: datetime) -> None:
    for one in rows:
        with transaction():
            release_row(one, due_at)


def note_stock_trouble(connection_id: int, failure: ShopFailure | None) -> None:
    """How comparing fares. That is no change of the connection, so its form never collides with it."""
    this = update(Connection).where(Connection.id == connection_id)
    if failure is None:
        this = this.where(Connection.stock_trouble.is_not(None))
        values: dict[str, object] = {"stock_trouble": None, "stock_detail": "", "stock_trouble_at": None}
        values["stock_after"] = None
    else:
        since = db.session.scalar(select(Connection.stock_trouble_at).where(Connection.id == connection_id)) or now()
        values = {"stock_trouble": failure.trouble, "stock_detail": failure.detail, "stock_trouble_at": since}
        values["stock_after"] = now() + rest_after(failure, since)
    with transaction():
        db.session.execute(this.values(values).execution_options(synchronize_session=False))
