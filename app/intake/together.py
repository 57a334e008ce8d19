"""Taking in orders of one shop many to a transaction: of a file, at a terminal, of a page that its API answered.

Each is in a savepoint, so that it fails by itself. What they have in common is asked for once, their numbers are drawn
from counters that are held, and what nobody reads before the end of the transaction is written together then. What
comes of it is the same, to the last column, as if each had come alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError

from app.actions.customers import look_up_customers
from app.deferring import Deferred, deferring
from app.extensions import db, give_way, remembering, transaction
from app.intake.accept import Taken
from app.intake_readers import Found, UnreadableOrder
from app.intake_readers.payloads import FILE
from app.models import ShopKey
from app.numbering import hold_ahead, hold_counters, savepoint
from app.queries import ids_unknown

log = logging.getLogger(__name__)

Came = TypeVar("Came")

#: So many orders at most are taken in by one transaction, for so many seconds: others who write wait for its end.
MOST_TOGETHER, TOGETHER_FOR = 25, 0.2


class NotTogether(Exception):
    """What orders left to the end of their transaction can't be written: whose fault that is, is seen singly."""


def take_all(orders: Iterable[Found], take: Callable[[Sequence[Found]], Sequence[Came]]) -> Iterator[Came]:
    """Have all of them taken in, many to a transaction: what became of each, once that is committed.

    `take` answers what became of the first ones, of one at least.
    """
    orders, rest = iter(orders), list[Found]()
    while found := [*rest, *islice(orders, MOST_TOGETHER - len(rest))]:
        taken = in_one_transaction(found, take)
        yield from taken
        rest = found[len(taken) :]


def in_one_transaction(found: Sequence[Found], take: Callable[[Sequence[Found]], Came]) -> Came:
    """Have them taken in by one transaction; the first alone where somebody else holds, or threw away, what they need.

    What the first fails by, when it is alone, is raised.
    """
    try:
        with transaction():
            return take(found)
    except (OperationalError, IntegrityError, NotTogether):
        log.info("%s orders could not be taken in together, so one is alone", len(found), exc_info=True)
    with transaction():
        return take(found[:1])


def take_together(
    found: Sequence[Found],
    shop: ShopKey,
    *,
    take: Callable[[Found, bool], Taken],
    keep_failed: Callable[[Found, Exception], Taken],
) -> list[Taken]:
    """In the transaction of whoever calls: what became of the first ones, as far as the time reaches.

    `take` is `take_in` for one of them, and whether it is known not to be here yet. `keep_failed` keeps one that fails
    in quarantine, or raises what is not its own fault. Of what is answered, nothing is to be read after the commit.

    Together they hold counters and stock while they wait for the next order, which whoever has that may be waiting for.
    """
    ids = [one.order.external_id for one in found if one.order]
    hand = InHand(take, keep_failed, ids_unknown(shop, ids) if ids else set(), Deferred() if len(found) > 1 else None)
    taken: list[Taken] = []
    with remembering(), hold_counters():
        if hand.unknown:
            hold_ahead("order")  # as long as it takes: somebody else may be taking in many
        if len(found) > 1:
            give_way()
            look_up_customers([one.order for one in found if hand.is_unknown(one) and one.order], shop)
        ends = monotonic() + TOGETHER_FOR
        for one in found:
            taken.append(hand.take_next(one))
            if monotonic() >= ends:
                break
        hand.write_waiting()
    return taken


@dataclass
class InHand:
    """The orders of one transaction: how each is taken in, and what waits for its end."""

    take: Callable[[Found, bool], Taken]
    keep_failed: Callable[[Found, Exception], Taken]
    unknown: set[str]  # ids of orders that were not here when the transaction began
    deferred: Deferred | None  # what the new ones write at its end

    def is_unknown(self, found: Found) -> bool:
        return found.order is not None and found.order.external_id in self.unknown

    def take_next(self, found: Found) -> Taken:
        """Take one order in; if that fails, only what it did is taken back, and it is kept as failed.

        One that was not here may have come in by another way since: the database says so, and it is brought up to
        date. Nobody reads what a new one has before the end of the transaction; of any other it may be asked what
        there is, as when it comes a second time.
        """
        is_new = self.is_unknown(found)
        self.unknown.discard(found.order.external_id if found.order else "")
        try:
            if is_new:
                with suppress(IntegrityError), deferring(self.deferred), savepoint():
                    return self.take(found, True)
            self.write_waiting()
            with savepoint():
                return self.take(found, False)
        except NotTogether:
            raise
        except Exception as error:
            return self.keep_failed(found, error)

    def write_waiting(self) -> None:
        """What the orders before left to the end; where that fails, none of it is the fault of the next one."""
        try:
            if self.deferred:
                self.deferred.write_down()
                db.session.flush()
        except Exception as error:
            raise NotTogether from error


def as_failed(found: Found, reason: str) -> Found:
    """The payload of an order that could not be taken in, to be kept in quarantine with the reason."""
    return Found(found.external_id, found.raw, problem=UnreadableOrder(FILE, reason))
