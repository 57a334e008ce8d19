"""Reading from connected shops: what changed, all since a day, and what was missed. A slice at a time, by the worker.

What is under way keeps its place in the database after each page, so that whoever goes on repeats one page at most. The
shop is asked without a transaction, and what it answers is stored, as is what that brought, before the place moves on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial

from app.columns import now
from app.connections.catalogue_reading import read_catalogue, read_changed_products
from app.connections.comparing import compare
from app.connections.failures import ShopFailure
from app.connections.managing import retry
from app.connections.platform import PageOfOrders, Place, Platform, PulledOrder
from app.connections.shops import open_shop
from app.connections.taking_in import take_orders
from app.connections.turns import (
    SLICE,
    LeaseLost,
    Turn,
    claim_turn,
    note_end,
    note_failure,
    note_place,
    note_rest,
    note_taken,
    ways_due,
)
from app.connections.webhook_watch import watch_webhooks
from app.extensions import db, read_only, transaction
from app.models import Pull, PullKind, PullState, Trouble

log = logging.getLogger(__name__)

#: Of so many orders it is kept in mind what was seen of them, for the overlap of the next look.
MOST_SEEN = 1000


def pull_due(worker: str = "") -> int:
    """Do a slice of what is due; 1 when there was something."""
    if not (ways := ways_due()):
        return 0
    with transaction():
        turn = claim_turn(worker, ways)
    if turn is None:
        return 0
    take_turn(turn)
    return 1


def pull_now(pull_id: int, worker: str) -> Iterator[Turn]:
    """All that there is to read of it, slice by slice, each when it is done, up to its end or the first failure.

    Between two slices the shop has the rest that it wants. Where somebody else holds it, nothing is done.
    """
    with transaction():
        retry(db.session.get_one(Pull, pull_id))
    while True:
        with transaction():
            turn = claim_turn(worker, {}, pull_id)
        if turn is None:
            return
        take_turn(turn)
        yield turn
        with read_only():
            pull = db.session.get_one(Pull, pull_id, populate_existing=True)
            is_over = pull.trouble is not None or pull.state != PullState.WAITING or not pull.place
            rest = (pull.due_at - now()).total_seconds()
            db.session.rollback()
        if is_over:
            return
        time.sleep(max(0, rest))


def take_turn(turn: Turn) -> None:
    """Do a slice, and write down what came of it."""
    try:
        with open_shop(turn.intake.shop.source, turn.access) as shop:
            SLICES[turn.kind](turn, shop)
    except LeaseLost:
        log.warning("%s of connection %s was paused, or its lease ran out", turn.kind.value, turn.intake.connection_id)
    except ShopFailure as failure:
        note_failure(turn, failure)
    except Exception as error:
        log.exception("%s of connection %s failed", turn.kind.value, turn.intake.connection_id)
        note_failure(turn, ShopFailure(Trouble.OURS, type(error).__name__))


def poll(turn: Turn, shop: Platform) -> None:
    """What changed since the last look. The first one only sets the clock: what is older, a backfill brings."""
    since = turn.since_at or now() - shop.overlap

    if read_pages(turn, shop, lambda place: shop.changed_since(since, place), notify=turn.intake.notify):
        assert turn.until_at
        note_end(turn, now() + timedelta(minutes=turn.minutes), since_at=turn.until_at - shop.overlap)


def backfill(turn: Turn, shop: Platform) -> None:
    """All that was placed since a day, until it began. Nobody is written to: these orders are of the past."""
    since, until = turn.since_at or now(), turn.until_at or now()
    turn.until_at = until

    if read_pages(turn, shop, lambda place: shop.placed_between(since, until, place), notify=False):
        note_end(turn, now(), state=PullState.DONE, found=turn.found, taken=turn.taken, total=turn.total)


def read_pages(turn: Turn, shop: Platform, ask: Callable[[Place], PageOfOrders], *, notify: bool) -> bool:
    """Take in page after page; True at the end, False when there is more for the next slice."""
    seen = dict(turn.seen) if turn.place else {}
    while True:
        page = ask(turn.place)
        turn.until_at = turn.until_at or page.shop_time
        turn.total = turn.total if page.total is None else max(page.total, turn.total or 0)
        take_page(turn, shop, page.orders, seen, notify=notify)
        turn.found += len(page.orders)
        turn.seen = dict(list(seen.items())[-MOST_SEEN:]) if turn.kind == PullKind.POLL else {}
        if page.next is None:
            return True
        turn.place = page.next
        note_place(turn)
        if turn.seconds >= SLICE or page.pause:
            note_rest(turn, page.pause)
            return False


def take_page(turn: Turn, shop: Platform, orders: Sequence[PulledOrder], seen: dict[str, str], *, notify: bool) -> None:
    """What was seen just so before is no news, and costs nothing."""
    news = []
    for order in orders:
        known = seen.get(order.external_id) or turn.seen.get(order.external_id)
        if known != order.digest:
            news.append(order)
        seen[order.external_id] = order.digest
    for brought in take_orders(shop, news, turn.intake, notify=notify, note=partial(note_taken, turn)):
        turn.count(brought)


SLICES: Mapping[PullKind, Callable[[Turn, Platform], None]] = {
    PullKind.POLL: poll,
    PullKind.BACKFILL: backfill,
    PullKind.COMPARISON: compare,
    PullKind.WEBHOOKS: watch_webhooks,
    PullKind.PRODUCTS: read_changed_products,
    PullKind.CATALOGUE: read_catalogue,
}
