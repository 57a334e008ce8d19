"""What bringing a file in would do, told beforehand: read for a while, order by order, and nothing is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from math import inf

from app import queries
from app.extensions import db
from app.history import Actor
from app.intake.accept import Foreseen, dry_run, problem_of
from app.intake.batches import mapping_of, text_of
from app.intake_readers import Found, orders_in
from app.jobs.time_slices import turns
from app.models import ImportBatch, LineKind
from app.queries import shop
from app.queries.periods import Period

#: So many orders of each result are shown.
SHOWN = 10


@dataclass(frozen=True)
class Expected:
    """One order of the file, and what would become of it."""

    position: int  # in the file, from 1
    external_id: str
    number: str = ""  # here for one that is there already, else in the other shop
    is_here: bool = False
    customer_name: str = ""
    placed_at: datetime | None = None
    total: Decimal | None = None
    currency: str = ""
    lines: int = 0  # products, not what is paid for shipping
    changes: tuple[str, ...] = ()
    field: str = ""
    reason: str = ""
    warnings: tuple[str, ...] = ()


@dataclass
class Outlook:
    """What would become of the orders that were looked at: the first ones of the file, or all of them."""

    counts: Counter[str] = field(default_factory=Counter)  # by what previews call it
    first: dict[str, list[Expected]] = field(default_factory=dict)
    is_whole: bool = False
    invoices: int = 0  # made at once, all dated today
    elsewhere: int = 0  # new orders that stand as invoiced elsewhere
    doubled: int = 0  # of the invoices: their own shop states one, too
    warned: int = 0  # orders that can't be read quite as they were meant...
    first_warned: list[Expected] = field(default_factory=list)  # ...the first of them
    late: int = 0  # of the invoices: for orders that were placed before this quarter...
    first_late: datetime | None = None  # ...the earliest of them

    @property
    def looked_at(self) -> int:
        return self.counts.total()

    def count(self, foreseen: Foreseen, quarter: datetime) -> None:
        self.counts[foreseen.result] += 1
        self.invoices += foreseen.invoices
        self.elsewhere += foreseen.is_elsewhere
        self.doubled += foreseen.is_doubled
        new = foreseen.found.order
        if foreseen.invoices and new and new.placed_at < quarter:
            self.late += foreseen.invoices
            self.first_late = min(self.first_late or new.placed_at, new.placed_at)

    def warn(self, one: Expected) -> None:
        self.warned += 1
        if len(self.first_warned) < SHOWN:
            self.first_warned.append(one)


def found_in(batch: ImportBatch) -> Iterator[Found]:
    own = shop()
    return orders_in(
        batch.source, text_of(batch), currency=own.currency, mapping=mapping_of(batch), time_zone=own.time_zone
    )


def foresee(batch: ImportBatch, *, by: Actor, seconds: float = inf) -> Outlook:
    """Look at the file's orders one by one until the time is over. Nobody waits longer than for one of them."""
    orders = dry_run(found_in(batch), shop=batch.shop_key, by=by, invoices=batch.invoices_for)
    quarter = start_of_quarter()
    db.session.rollback()
    outlook = Outlook()
    for _turn in turns(seconds):
        foreseen = next(orders, None)
        if foreseen is None:
            outlook.is_whole = True
            break
        outlook.count(foreseen, quarter)
        shown = outlook.first.setdefault(foreseen.result, [])
        if len(shown) < SHOWN:
            shown.append(expected(foreseen, outlook.looked_at))
        if foreseen.found.order and foreseen.found.order.warnings:
            outlook.warn(expected(foreseen, outlook.looked_at))
        db.session.rollback()
    return outlook


def start_of_quarter() -> datetime:
    """Since when invoices of the VAT period were made that today's belong to: by quarter, as most shops declare."""
    day = queries.today()
    first = day.replace(month=day.month - (day.month - 1) % 3, day=1)
    return Period(first, None, queries.shop().time_zone).start_of(first)


def expected(foreseen: Foreseen, position: int) -> Expected:
    new, here = foreseen.found.order, foreseen.order
    if new is None:
        return Expected(position, foreseen.found.external_id, field=foreseen.field, reason=foreseen.reason)
    people = [new.customer, new.billing, new.shipping]
    return Expected(
        position,
        new.external_id,
        number=here.number if here else new.number,
        is_here=here is not None,
        customer_name=next((one.name for one in people if one and one.name), ""),
        placed_at=new.placed_at,
        total=new.total,
        currency=new.currency,
        lines=sum(line.kind == LineKind.PRODUCT for line in new.lines),
        changes=foreseen.changes,
        field=foreseen.field,
        reason=foreseen.reason,
        warnings=tuple(new.warnings),
    )


def errors_in(batch: ImportBatch) -> Iterator[tuple[int, str, str, str]]:
    """Of all the file: position, id, field and reason of each order that can't be taken in."""
    shop_key = batch.shop_key
    for position, found in enumerate(found_in(batch), start=1):
        if problem := problem_of(found, shop_key):
            yield position, found.external_id, problem.field, problem.sentence
