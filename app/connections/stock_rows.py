"""Writing down what came of comparing a product's stock with a shop's, while the row is still in hand.

Whoever changes a product's stock holds the product first, then the rows of the shops that sell it: so does this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import bindparam, or_, select, update

from app.actions.stock import take_over_count
from app.columns import Moment, now
from app.connections.catalogue import ProductKey
from app.connections.failures import ShopFailure
from app.connections.stock_decisions import Decision, Numbers, Rules, Verdict, decide
from app.connections.stock_moved import another_counts, coming_back, last_movement_id, own_of, own_since, was_counted
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import (
    LINKED,
    ActorKind,
    Connection,
    Product,
    Pull,
    PullKind,
    PullState,
    ShopProduct,
    StockMode,
)
from app.queries.concerns import as_indexed
from app.queues.leases import LeasedQueue, free
from app.write_back.listeners import COUNTS

#: So long a shop's list of orders may lag behind its orders, and so soon its orders are read for a difference.
LIST_LAGS = timedelta(seconds=20)
#: How often it is looked whether they were, at first, and later on.
LOOK_AGAIN, LOOK_SELDOM = timedelta(seconds=30), timedelta(minutes=15)
SOON = timedelta(minutes=10)
#: How soon a product is tried again that the shop refuses: something moves it sooner, mostly.
REFUSED_FOR = timedelta(hours=6)

STOCKS = LeasedQueue(
    ShopProduct,
    unfinished=as_indexed("is_due"),
    allowed=ShopProduct.outside_shop_id.in_(
        select(Connection.outside_shop_id).where(
            Connection.is_active,
            Connection.address != "",
            COUNTS,
            or_(
                Connection.stock_after.is_(None),
                Connection.stock_after <= bindparam(None, callable_=now, type_=Moment()),
            ),
        )
    ),
    lease=timedelta(minutes=8),  # longer than the requests of one claim, each with its deadline
    most_attempts=2**31 - 1,  # the number that counts is the newest: it is never given up
    pause_after=lambda attempts: timedelta(seconds=min(900, 15 * 2 ** min(attempts, 10))),
)


@dataclass(frozen=True)
class ComparedRow:
    """A row that a worker has in hand, out of the database so that nothing is held meanwhile."""

    worker: str
    row_id: int
    product_id: int | None
    shop_id: int
    key: ProductKey
    asked: int

    @classmethod
    def of(cls, row: ShopProduct) -> ComparedRow:
        key = ProductKey(row.external_id, row.parent_id, row.facts)
        return cls(row.worker, row.id, row.product_id, row.outside_shop_id, key, row.asked)


@dataclass(frozen=True)
class Seen:
    """The shop's number, and by its clock when that was read."""

    stock: Decimal
    shop_time: datetime


def lock_numbers(one: ComparedRow) -> tuple[Product, ShopProduct] | None:
    """The product, then its row, both locked; None when there is nothing to compare any more."""
    product = db.session.scalar(
        select(Product).where(Product.id == one.product_id).with_for_update().execution_options(populate_existing=True)
    )
    row = STOCKS.held_by(one.worker, one.row_id)
    if row is None:
        return None
    if product is None or row.product_id != product.id or row.state not in LINKED or not product.keeps_stock:
        end(row, one.asked)
        row.differs_at = None
        return None
    return product, row


def settle_numbers(
    one: ComparedRow, connection: Connection, seen: Seen, poll: Pull | None, overlap: timedelta
) -> Decision:
    """What becomes of the two numbers. What is to be told is written down before it is, as being tried."""
    held = lock_numbers(one)
    if held is None:
        return Decision(Verdict.AGREE)
    product, row = held
    note_whether_it_arrived(row, seen)
    rules = Rules(connection.stock_mode, connection.stock_buffer, connection.stock_wins)
    is_counted = row.base is not None or was_counted(product)
    numbers = Numbers(seen.stock, product.stock - coming_back(row), row.base, own_since(row), is_counted)
    is_read = row.differs_at is not None and orders_read_since(row.differs_at, poll, overlap)
    if rules.mode == StockMode.SHOP and another_counts(row):
        decision = Decision(Verdict.AGREE, base=seen.stock)
    else:
        decision = decide(rules, numbers, orders_are_read=is_read)
    row.stock, row.seen_at, row.is_counted = seen.stock, now(), True
    row.differs_at = (row.differs_at or seen.shop_time) if decision.differs else None
    row.trouble, row.last_error = None, ""
    if decision.verdict == Verdict.TELL:
        row.trying, row.trying_base = decision.number, decision.base
        row.trying_movement_id = last_movement_id(product)
        return decision
    if decision.verdict == Verdict.TAKE_OVER:
        take_over(product, connection, decision.number)
    if decision.base is not None:
        row.base, row.base_movement_id = decision.base, last_movement_id(product)
    finish_row(row, one.asked, decision, connection)
    return decision


def note_whether_it_arrived(row: ShopProduct, seen: Seen) -> None:
    """An answer was lost: what the shop has now tells whether it has taken what it was told."""
    if row.trying is None or row.trying_base is None:
        return
    if_told = seen.stock - row.trying - own_of(row, row.trying_movement_id)
    if_not = None if row.base is None else seen.stock - row.base - own_of(row, row.base_movement_id)
    if if_not is None or abs(if_told) <= abs(if_not):
        row.told, row.told_at = row.trying, now()
        row.base, row.base_movement_id = row.trying_base, row.trying_movement_id
    row.trying = row.trying_base = row.trying_movement_id = None


def note_told(one: ComparedRow, decision: Decision, connection: Connection) -> None:
    """The shop has it. One that is asked for again meanwhile is compared once more."""
    held = lock_numbers(one)
    if held is None:
        return
    _product, row = held
    row.stock = row.told = decision.number
    row.told_at = row.seen_at = now()
    row.base, row.base_movement_id = row.trying_base, row.trying_movement_id
    row.trying = row.trying_base = row.trying_movement_id = None
    finish_row(row, one.asked, decision, connection)


def take_over(product: Product, connection: Connection, difference: Decimal) -> None:
    by, before = Actor(ActorKind.PROGRAM, connection.title), product.stock
    take_over_count(product, difference, connection.outside_shop_id, by=by)
    db.session.flush()
    changes = {"stock": [str(before), str(before + difference)]}
    record(Happened.RECORD_CHANGED, None, by, subject=product, record=product.name, changes=changes)


# --- how the row goes on --------------------------------------------------------------------------------------------


def finish_row(row: ShopProduct, asked: int, decision: Decision, connection: Connection) -> None:
    if decision.verdict == Verdict.TAKE_OVER:  # ours moved: what the shop may sell of it is another number now
        free(row)
        row.due_at = now()
    elif decision.differs:
        look_again(row, connection)
    else:
        end(row, asked)


def end(row: ShopProduct, asked: int) -> None:
    """Unless it was asked for again meanwhile."""
    free(row)
    if row.asked == asked:
        row.is_due = False
    else:
        row.due_at = now()


def look_again(row: ShopProduct, connection: Connection) -> None:
    """The shop's orders may explain the difference: they are read first, and soon."""
    free(row)
    since = now() - (row.differs_at or now())
    row.due_at = now() + (LOOK_AGAIN if since < SOON else LOOK_SELDOM)
    soon = now() + LIST_LAGS
    poll = (Pull.connection_id == connection.id, Pull.kind == PullKind.POLL, Pull.state == PullState.WAITING)
    this = update(Pull).where(*poll, Pull.worker == "", Pull.due_at > soon, Pull.trouble.is_(None))
    db.session.execute(this.values(due_at=soon).execution_options(synchronize_session=False))


def note_refused_stock(one: ComparedRow, failure: ShopFailure) -> None:
    """The shop refuses this one: it is shown, and tried again some hours later, or when its stock moves."""
    row = STOCKS.held_by(one.worker, one.row_id)
    if row is not None:
        row.trouble, row.last_error = failure.trouble, failure.detail
        free(row)
        row.due_at = now() + REFUSED_FOR if row.asked == one.asked else now()


def release_row(one: ComparedRow, due_at: datetime) -> None:
    row = STOCKS.held_by(one.worker, one.row_id)
    if row is not None:
        free(row)
        row.due_at = due_at


def note_uncounted(one: ComparedRow, *, is_gone: bool) -> None:
    """It is not there any more, or the shop keeps no number of it."""
    row = STOCKS.held_by(one.worker, one.row_id)
    if row is None:
        return
    row.is_counted, row.stock, row.differs_at = False, None, None
    row.trying = row.trying_base = row.trying_movement_id = row.base = row.base_movement_id = None
    row.gone_at = now() if is_gone else None
    end(row, one.asked)


# --- when it is compared ---------------------------------------------------------------------------------------------


def orders_read_since(moment: datetime, poll: Pull | None, overlap: timedelta) -> bool:
    """Whether a look at the shop's orders began after that moment, by its clock, and came to its end."""
    return poll is not None and poll.since_at is not None and poll.since_at + overlap >= moment + LIST_LAGS


def is_compared(connection: Connection) -> bool:
    return connection.stock_mode != StockMode.OFF and connection.is_active and bool(connection.address)
