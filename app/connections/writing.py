"""Telling shops what is done here: whose turn it is, doing it, and writing down what came of it.

The rows of an order go one after the other. A worker claims a row, tells the shop without holding anything, and writes
down what came of it; one that dies in between leaves a lease, and whoever takes over looks first what is there.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import aliased

from app.columns import Moment, now
from app.connections.bigcommerce_writer import BigCommerceWriter
from app.connections.client import Access
from app.connections.ecwid_writer import EcwidWriter
from app.connections.failures import Remedy, ShopFailure
from app.connections.lightspeed_writer import LightspeedWriter
from app.connections.magento_writer import MagentoWriter
from app.connections.news import news_of
from app.connections.prestashop_writer import PrestaShopWriter
from app.connections.shopify_writer import ShopifyWriter
from app.connections.shops import access_of, open_shop
from app.connections.shopware_writer import ShopwareWriter
from app.connections.woocommerce_writer import WooCommerceWriter
from app.connections.writer import News, Writer, WriteResult
from app.extensions import db, transaction
from app.history import SYSTEM, Happened, record_left, record_write
from app.models import Connection, Order, ShopWrite, ShopWriteKind, ShopWriteState, Source, Telling, Trouble
from app.queues.leases import LeasedQueue, free
from app.write_back import ask_to_compare_stock, still_holds, take_back_write
from app.write_back.listeners import CHOICES

log = logging.getLogger(__name__)

WRITERS: Mapping[Source, type[Writer]] = {
    Source.WOOCOMMERCE: WooCommerceWriter,
    Source.SHOPIFY: ShopifyWriter,
    Source.BIGCOMMERCE: BigCommerceWriter,
    Source.MAGENTO: MagentoWriter,
    Source.PRESTASHOP: PrestaShopWriter,
    Source.SHOPWARE: ShopwareWriter,
    Source.LIGHTSPEED: LightspeedWriter,
    Source.ECWID: EcwidWriter,
}

#: Whatever the shop's trouble is, it is left alone for so long after it.
SHORTEST_REST, LONGEST_REST = timedelta(seconds=15), timedelta(minutes=30)
#: How soon a shop is tried again that somebody has to mend first.
REST_TO_MEND = timedelta(minutes=10)
#: A shop that can't be told for so long is not told any more, nor is a row that failed so often, others aside.
TOO_LONG = timedelta(days=7)
MOST_FAILURES = 350

earlier = aliased(ShopWrite)

WRITES = LeasedQueue(
    ShopWrite,
    unfinished=ShopWrite.state == ShopWriteState.WAITING,
    allowed=(
        ShopWrite.connection_id.in_(
            select(Connection.id).where(
                Connection.is_active,
                Connection.address != "",
                or_(
                    Connection.tell_after.is_(None),
                    Connection.tell_after <= bindparam(None, callable_=now, type_=Moment()),
                ),
            )
        )
        & ~select(earlier.id)
        .where(
            earlier.order_id == ShopWrite.order_id,
            earlier.connection_id == ShopWrite.connection_id,  # one that rests, or is switched off, holds up no other
            earlier.state == ShopWriteState.WAITING,
            earlier.id < ShopWrite.id,
        )
        .exists()
    ),
    lease=timedelta(minutes=8),  # longer than the few requests of one row, each with its deadline
    most_attempts=8,  # of those that fail by a fault of ours
    pause_after=lambda attempts: timedelta(seconds=min(3600, 15 * 2**attempts)),
)


@dataclass(frozen=True)
class WriteTurn:
    """A row that a worker has in hand, and how its shop is reached."""

    worker: str
    write_id: int
    source: Source
    access: Access
    news: News


def tell_due(worker: str = "") -> int:
    """Tell one shop one thing that is due; 1 when there was one."""
    with transaction():
        claimed = [write.id for write in WRITES.claim(worker)]
    for write_id in claimed:
        try:
            turn = begin(worker, write_id)
            if turn is not None:
                result = tell_shop_of(turn)
                note_told(worker, write_id, result)
        except ShopFailure as failure:
            note_refusal(worker, write_id, failure)
        except Exception as error:
            log.exception("what shops are told: row %s failed", write_id)
            note_refusal(worker, write_id, ShopFailure(Trouble.OURS, type(error).__name__))
    return len(claimed)


def begin(worker: str, write_id: int) -> WriteTurn | None:
    """What is told, as it is now. None when it is not to be told any more: that is written down."""
    with transaction():
        lock_order_of_write(write_id)
        write = WRITES.held_by(worker, write_id)
        if write is None:
            return None
        if write.undone_at or not still_holds(write):
            withdraw(write)
            return None
        is_off = getattr(write.connection, CHOICES[write.kind].key) == Telling.OFF
        if (is_off and not write.decided_by) or write.kind not in WRITERS[write.connection.source].kinds:
            leave(write)
            return None
        return WriteTurn(worker, write.id, write.connection.source, access_of(write.connection), news_of(write))


def tell_shop_of(turn: WriteTurn) -> WriteResult:
    with open_shop(turn.source, turn.access) as shop:
        return WRITERS[turn.source](shop).tell(turn.news)


def lock_order_of_write(write_id: int) -> None:
    """Everybody locks the order before what belongs to it."""
    of_write = select(ShopWrite.order_id).where(ShopWrite.id == write_id).scalar_subquery()
    db.session.execute(select(Order.id).where(Order.id == of_write).with_for_update(key_share=True))


# --- what came of it ------------------------------------------------------------------------------------------------


def note_told(worker: str, write_id: int, result: WriteResult) -> None:
    with transaction():
        lock_order_of_write(write_id)
        write = WRITES.held_by(worker, write_id)
        if write is None:
            log.warning("row %s took longer than its lease; another worker has it", write_id)
            return
        write.state, write.told_at = ShopWriteState.TOLD, now()
        write.external_id = result.external_id[:255] or write.external_id
        write.trouble, write.last_error = None, ""
        free(write)
        note_trouble(write.connection_id, None)
        compare_what_came_back(write)

        record_write(Happened.SHOP_KNEW if result.was_known else Happened.SHOP_TOLD, write, SYSTEM)
        if write.undone_at:
            take_back_write(write)
            record_write(Happened.SHOP_TOLD_BEFORE, write, SYSTEM)


def compare_what_came_back(write: ShopWrite) -> None:
    """A shop that hears of a cancelled order puts its goods back by itself: what else there is to tell is told now."""
    if write.kind == ShopWriteKind.CANCELLED:
        db.session.flush()
        ask_to_compare_stock({line.product_id for line in write.order.lines if line.product_id})


def note_refusal(worker: str, write_id: int, failure: ShopFailure) -> None:
    """Wait, stop the connection until it is mended, or leave this one to people."""
    with transaction():
        lock_order_of_write(write_id)
        write = WRITES.held_by(worker, write_id)
        if write is None:
            return
        write.trouble, write.last_error = failure.trouble, failure.detail
        if write.undone_at and failure.remedy != Remedy.WAIT:
            withdraw(write)
        elif failure.trouble == Trouble.OURS and WRITES.retry(write):
            return
        elif failure.remedy in (Remedy.WAIT, Remedy.MEND):
            wait_for_shop(write, failure)
        else:
            refuse(write)


def wait_for_shop(write: ShopWrite, failure: ShopFailure) -> None:
    """Nothing is told it until it has had its rest; then the row that waited longest goes first."""
    at = now()
    waited = min(at - write.created_at, at - (write.connection.tell_trouble_at or at))
    if waited > TOO_LONG or write.attempts >= MOST_FAILURES:
        write.trouble = Trouble.GIVEN_UP
        refuse(write)
        return
    note_trouble(write.connection_id, failure)
    free(write)
    write.due_at = at + SHORTEST_REST


def rest_after(failure: ShopFailure, since: datetime) -> timedelta:
    """A quarter of the time that the trouble lasts, or what the shop asks for."""
    if failure.retry_after is not None:
        return timedelta(seconds=max(1, failure.retry_after))
    if failure.remedy == Remedy.MEND:
        return REST_TO_MEND
    return min(max((now() - since) / 4, SHORTEST_REST), LONGEST_REST)


def note_trouble(connection_id: int, failure: ShopFailure | None) -> None:
    """How the connection fares. That is no change of it, so its form never collides with it."""
    this = update(Connection).where(Connection.id == connection_id)
    if failure is None:
        values: dict[str, object] = {"tell_trouble": None, "tell_detail": "", "tell_trouble_at": None}
        this = this.where(Connection.tell_trouble.is_not(None))
        values["tell_after"] = None
    else:
        since = db.session.scalar(select(Connection.tell_trouble_at).where(Connection.id == connection_id)) or now()
        values = {"tell_trouble": failure.trouble, "tell_detail": failure.detail, "tell_trouble_at": since}
        values["tell_after"] = now() + rest_after(failure, since)
    db.session.execute(this.values(values).execution_options(synchronize_session=False))


def refuse(write: ShopWrite) -> None:
    write.state = ShopWriteState.REFUSED
    free(write)
    compare_what_came_back(write)
    record_write(Happened.SHOP_REFUSED, write, SYSTEM, error=write.last_error)


def withdraw(write: ShopWrite) -> None:
    """What it tells was taken back while a worker had it in hand, and did not reach the shop."""
    write.state = ShopWriteState.WITHDRAWN
    free(write)
    compare_what_came_back(write)
    record_write(Happened.SHOP_NOT_TOLD, write, SYSTEM)


def leave(write: ShopWrite) -> None:
    """The shop is not told of this kind any more."""
    write.state = ShopWriteState.LEFT
    free(write)
    compare_what_came_back(write)
    record_left(write, SYSTEM)
