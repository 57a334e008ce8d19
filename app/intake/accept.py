"""Taking in what an outside shop sends: one payload at a time, kept word for word, added once, or put in quarantine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.actions.declaration import Many, action
from app.actions.elsewhere import is_invoiced_at_once, is_invoiced_there, stands_elsewhere
from app.actions.new_orders import follow_up_at_last
from app.columns import now
from app.deferring import add_rows, defer
from app.errors import Problem
from app.extensions import db
from app.history import Actor, Happened, record
from app.intake.external_updates import update_order
from app.intake.placing import place_new, why_not_place_order, why_not_so_few
from app.intake.statements import is_older
from app.intake_readers import Found, NewOrder, only_order_in
from app.intake_readers.over import is_over
from app.models import Arrival, Connection, Customer, Fate, ImportBatch, InvoicesFor, Order, OutsideShop, ShopKey
from app.queries import known_by, order_from
from app.queries import shop as own_shop
from app.queues.leases import free
from app.write_back import from_its_shop


@dataclass(frozen=True)
class Taken:
    """What became of one payload."""

    fate: Fate
    order: Order | None = None
    field: str = ""
    reason: str = ""
    changed: tuple[str, ...] = ()  # of an update: what of the order

    @property
    def result(self) -> str:
        return self.fate.done


def take_in(
    found: Found,
    *,
    shop: ShopKey,
    origin: str,
    by: Actor,
    notify: bool = True,
    invoices: InvoicesFor = InvoicesFor.OPEN,
    arrival: Arrival | None = None,
    batch_id: int | None = None,
    connection_id: int | None = None,
    is_new: bool = False,
) -> Taken:
    """Place or update the order that was read, or keep the payload in quarantine with the reason.

    What became of it is noted on the arrival by which the payload came, or on a new one, of the batch or connection if
    there is one.
    The arrival is younger than all that was written of the order. `is_new`: it is known that the order isn't here yet.
    """
    taken = taken_in(found, shop=shop, by=by, notify=notify, invoices=invoices, is_new=is_new)
    if arrival is not None:
        record_result(arrival, found, taken)
    elif taken.fate == Fate.QUARANTINED:
        quarantine(found, shop, origin, taken, invoices, batch_id, connection_id)
    elif taken.fate != Fate.SAME:
        arrival = new_arrival(found, shop, origin, invoices, batch_id, connection_id)
        record_result(arrival, found, taken)
        defer(add_rows, arrival)
    return taken


@from_its_shop()
def taken_in(
    found: Found, *, shop: ShopKey, by: Actor, notify: bool, invoices: InvoicesFor, is_new: bool = False
) -> Taken:
    if found.problem is not None:
        if (known := erased_order_of(found.external_id, shop)) is not None:
            return Taken(Fate.SAME, known, reason=why_erased())
        return Taken(Fate.QUARANTINED, field=found.problem.field, reason=found.problem.reason)
    assert found.order is not None
    if problem := why_not_so_few(found.order):
        return Taken(Fate.QUARANTINED, field=problem.field, reason=problem.sentence)
    already = None if is_new else order_at(shop, found.order)
    if already is not None:
        move_to_shop(already, shop, by)
        if reason := why_no_news(already, found.order):
            return Taken(Fate.SAME, already, reason=reason)
        changed = bring_up_to_date(already, found.order, by=by, notify=notify, invoices=invoices)
        return Taken(Fate.UPDATED if changed else Fate.SAME, already, changed=tuple(changed))
    if problem := why_not_place_order(found.order):
        return Taken(Fate.QUARANTINED, field=problem.field, reason=problem.sentence)
    return Taken(Fate.ADDED, place_new(found.order, shop=shop, by=by, notify=notify, invoices=invoices))


def why_no_news(order: Order, new: NewOrder) -> str:
    if is_erased(order):
        return why_erased()
    return _("It is older than what its shop has told of since.") if is_older(order, new) else ""


@from_its_shop()
def bring_up_to_date(order: Order, new: NewOrder, *, by: Actor, notify: bool, invoices: InvoicesFor) -> list[str]:
    """Add what its shop tells since; names what changed, "placed" where the customer finished the checkout."""
    changed = update_order(order, new, by=by, invoices=invoices)
    if order.is_unplaced and is_placed(new):
        follow_up_at_last(order, by=by, notify=notify and not is_over(new))
        if not changed:
            record(Happened.ORDER_UPDATED, order, by, source=new.source, changed=["placed"])
        changed.append("placed")
    return changed


def is_erased(order: Order) -> bool:
    return order.customer is not None and order.customer.erased_at is not None


def why_erased() -> str:
    return _("Its customer’s personal data was erased: what the shop tells of it since is not stored.")


def erased_order_of(external_id: str, shop: ShopKey) -> Order | None:
    """The order of this id, where its customer was erased: what can't be read of it isn't kept either."""
    if not external_id:
        return None
    known = known_by(Order, shop, shop.source, external_id)
    erased = select(Order).join(Order.customer).where(known, Customer.erased_at.is_not(None))
    return db.session.scalars(erased.order_by(Order.id).limit(1)).first()


def is_placed(new: NewOrder) -> bool:
    """Whether its customer has finished the checkout."""
    return not (new.is_unplaced or new.has_failed or new.cancelled_at)


def order_at(shop: ShopKey, new: NewOrder) -> Order | None:
    """The order that the shop has told of before."""
    return order_from(shop, shop.source, new.external_id, placed_at=new.placed_at)


def move_to_shop(order: Order, shop: ShopKey, by: Actor) -> None:
    """An order that stood with a mixed shop belongs to the one that tells of it."""
    if order.outside_shop_id == shop.id:
        return
    old, new = order.outside_shop, db.session.get_one(OutsideShop, shop.id)
    order.outside_shop = new
    db.session.flush()

    record(Happened.RECORD_CHANGED, order, by, record=order.number, changes={"shop": [str(old), new.title]})


def record_result(arrival: Arrival, found: Found, taken: Taken) -> None:
    """Write on the arrival what became of it."""
    arrival.external_id = found.external_id[:60]
    arrival.result = taken.fate
    arrival.field, arrival.reason, arrival.changed = taken.field[:255], taken.reason, list(taken.changed)
    arrival.order_id = taken.order.id if taken.order else None
    if taken.order is not None and is_erased(taken.order):
        arrival.payload = ""
    free(arrival)


@dataclass(frozen=True)
class Foreseen:
    """What would become of one payload."""

    fate: Fate
    found: Found
    order: Order | None = None  # the one that is there already
    changes: tuple[str, ...] = ()  # of an update: what of the order, in the words of `update_order`
    invoices: int = 0  # how many would be made, dated today
    is_elsewhere: bool = False  # of a new one: it would stand as invoiced elsewhere
    is_doubled: bool = False  # an invoice would be made though its own shop states one
    field: str = ""
    reason: str = ""

    @property
    def result(self) -> str:
        return self.fate.ahead


def dry_run(
    orders: Iterable[Found], *, shop: ShopKey, by: Actor, invoices: InvoicesFor = InvoicesFor.OPEN
) -> Iterator[Foreseen]:
    """Tell of each payload what `take_in` would make of it, and change nothing.

    What an update would add is tried in a savepoint that is rolled back. On SQLite that keeps other writers waiting
    until the transaction ends; whoever previews a long file ends it now and then.
    """
    new: dict[str, int] = {}
    for found in orders:
        foreseen = foresee(found, shop, by, invoices)
        if foreseen.fate == Fate.ADDED:
            facts = hash(repr(found.order))
            if found.external_id in new:
                foreseen = Foreseen(Fate.SAME if new[found.external_id] == facts else Fate.UPDATED, found)
            new[found.external_id] = facts
        yield foreseen


def problem_of(found: Found, shop: ShopKey) -> Problem | None:
    """Why it can't be taken in; None for an order that can, or that is there already."""
    if found.problem is not None:
        return Problem(found.problem.field, found.problem.reason)
    assert found.order is not None
    if problem := why_not_so_few(found.order):
        return problem
    problem = why_not_place_order(found.order)
    return problem if problem and order_at(shop, found.order) is None else None


def foresee(found: Found, shop: ShopKey, by: Actor, invoices: InvoicesFor) -> Foreseen:
    if found.problem is not None:
        if (known := erased_order_of(found.external_id, shop)) is not None:
            return Foreseen(Fate.SAME, found, known, reason=why_erased())
        return Foreseen(Fate.QUARANTINED, found, field=found.problem.field, reason=found.problem.reason)
    assert found.order is not None
    if problem := why_not_so_few(found.order):
        return Foreseen(Fate.QUARANTINED, found, field=problem.field, reason=problem.sentence)
    already = order_at(shop, found.order)
    if already is not None:
        if reason := why_no_news(already, found.order):
            return Foreseen(Fate.SAME, found, already, reason=reason)
        changes, made = tried_update(already, found.order, by, invoices)
        return Foreseen(Fate.UPDATED if changes else Fate.SAME, found, already, changes, made)
    if problem := problem_of(found, shop):
        return Foreseen(Fate.QUARANTINED, found, field=problem.field, reason=problem.sentence)
    return foreseen_new(found, invoices)


def foreseen_new(found: Found, invoices: InvoicesFor) -> Foreseen:
    assert found.order is not None
    makes_one = is_invoiced_at_once(found.order, invoices)
    return Foreseen(
        Fate.ADDED,
        found,
        invoices=int(makes_one),
        is_elsewhere=stands_elsewhere(found.order, invoices),
        is_doubled=makes_one and is_invoiced_there(found.order),
    )


def tried_update(already: Order, new: NewOrder, by: Actor, invoices: InvoicesFor) -> tuple[tuple[str, ...], int]:
    """What an update would add, and how many invoices it would make."""
    before = len(already.invoices)
    savepoint = db.session.begin_nested()
    try:
        changes = tuple(bring_up_to_date(already, new, by=by, notify=False, invoices=invoices))
        return changes, len(already.invoices) - before
    finally:
        savepoint.rollback()


def why_not_try_again(arrival: Arrival) -> str:
    return "" if arrival.is_quarantined else _("This payload was read already.")


@action(
    title=_l("Try again"),
    group="imports",
    right="imports.orders",
    icon="refresh",
    why_not=why_not_try_again,
    many=Many(_l("What waits in quarantine is read once more. The rest stays as it is.")),
    in_vain=lambda taken: "" if taken.order else f"{taken.field}: {taken.reason}",
)
def try_again(arrival: Arrival, *, by: Actor) -> Taken:
    """Read a payload from quarantine once more, with readers and settings as they are now."""
    own = own_shop()
    found = only_order_in(arrival.source, arrival.payload, currency=own.currency, time_zone=own.time_zone)
    if found.problem is not None:
        arrival.field, arrival.reason = found.problem.field[:255], found.problem.reason
        return Taken(Fate.QUARANTINED, field=arrival.field, reason=arrival.reason)
    taken = taken_in(found, shop=arrival.shop_key, by=by, notify=notifies(arrival), invoices=invoices_for(arrival))
    record_result(arrival, found, taken)
    if taken.order is not None:
        arrival.result = Fate.READ_LATER
    return taken


def notifies(arrival: Arrival) -> bool:
    """Whether the customer hears of a new order, as the connection or the file it came by says."""
    way = way_of(arrival)
    return way is not None and way.notify


def invoices_for(arrival: Arrival) -> InvoicesFor:
    """Which orders are invoiced here, as the connection or the file it came by says; else as was said when it came."""
    return (way_of(arrival) or arrival).invoices_for


def way_of(arrival: Arrival) -> Connection | ImportBatch | None:
    """By what it came; None for a file of the command line."""
    connection = db.session.get(Connection, arrival.connection_id) if arrival.connection_id else None
    batch = db.session.get(ImportBatch, arrival.batch_id) if arrival.batch_id else None
    return connection or batch


def quarantine(
    found: Found,
    shop: ShopKey,
    origin: str,
    taken: Taken,
    invoices: InvoicesFor,
    batch_id: int | None = None,
    connection_id: int | None = None,
) -> None:
    """The same payload of a shop waits in quarantine only once, for the batch in which it came last."""
    row = new_arrival(found, shop, origin, invoices, batch_id, connection_id)
    same = select(Arrival).where(
        Arrival.sha256 == row.sha256, Arrival.outside_shop_id == shop.id, Arrival.result == Fate.QUARANTINED
    )
    waiting = db.session.scalar(same.order_by(Arrival.id).limit(1))
    if waiting is None:
        record_result(row, found, taken)
        db.session.add(row)
        return
    waiting.invoices_for = invoices
    if batch_id:
        record_result(waiting, found, taken)
        waiting.batch_id = batch_id


def new_arrival(
    found: Found,
    shop: ShopKey,
    origin: str,
    invoices: InvoicesFor,
    batch_id: int | None = None,
    connection_id: int | None = None,
) -> Arrival:
    return Arrival(
        batch_id=batch_id,
        connection_id=connection_id,
        invoices_for=invoices,
        arrived_at=now(),
        source=shop.source,
        outside_shop_id=shop.id,
        origin=origin[:255],
        external_id=found.external_id[:60],
        sha256=hashlib.sha256(found.raw.encode()).hexdigest(),
        payload=found.raw,
    )
