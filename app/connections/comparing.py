"""The nightly comparison: what no look brought of the last thirty days, and of what is still open here.

No shop tells of everything that changed: WooCommerce leaves an order's date alone when its lines are edited, a look can
miss what was moved while it read. So ids and content are compared with what is held here, whatever the dates say.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import select, text, tuple_

from app.columns import now
from app.connections.platform import Platform, PulledOrder
from app.connections.taking_in import Brought, known_by_heart, take_deletion, take_orders
from app.connections.turns import SLICE, Turn, note_end, note_place, note_rest, note_taken
from app.extensions import db, read_only, transaction
from app.models import OPEN_ORDERS, Order, Pull, PullKind
from app.queries import known_by
from app.queries import shop as own_shop

#: How far back it looks at every order, whatever became of it.
COMPARED = timedelta(days=30)
#: When it begins, in the shop's own time; each connection a little later than the one before.
NIGHT = time(2, 30)
#: In the night that has an hour twice, half past two may come again: so long it rests at least.
SHORTEST_REST = timedelta(hours=2)
#: Orders that are asked for by their ids at once.
AT_ONCE = 50


def compare(turn: Turn, shop: Platform) -> None:
    """First all that the shop lists of that time, then what is open here and was not listed, by its ids."""
    turn.until_at = turn.until_at or now()
    turn.seen = turn.seen if turn.place else {}
    if "open_id" not in turn.place and not compare_listed(turn, shop):
        return
    if compare_open(turn, shop):
        with transaction():
            night = next_night(turn.intake.connection_id)
        note_end(turn, night, seen={})


def compare_listed(turn: Turn, shop: Platform) -> bool:
    assert turn.until_at
    since = max(turn.until_at - COMPARED, turn.since_at or turn.until_at - COMPARED)
    while True:
        page = shop.placed_between(since, turn.until_at, turn.place)
        compare_page(turn, shop, page.orders)
        turn.seen |= dict.fromkeys(open_among(turn, page.orders), "")
        turn.place = page.next or {"open_at": turn.until_at.isoformat(), "open_id": 0}
        note_place(turn)
        if page.next is None:
            return True
        if turn.seconds >= SLICE or page.pause:
            note_rest(turn, page.pause)
            return False


def compare_page(turn: Turn, shop: Platform, orders: Sequence[PulledOrder]) -> None:
    known, told_until = known_by_heart(shop, orders, turn.intake), polled_until(turn)
    turn.found += len(orders)
    news = [order for order in orders if order.external_id not in known]
    for brought in take_orders(shop, news, turn.intake, notify=turn.intake.notify, note=partial(note_taken, turn)):
        turn.count(brought)
        turn.missed += is_missed(brought, told_until)


def open_among(turn: Turn, orders: Sequence[PulledOrder]) -> list[str]:
    """The ids of those that are open here: what is open and was listed need not be asked for by its id."""
    ids = [order.external_id for order in orders]
    query = select(Order.external_id).where(
        text(OPEN_ORDERS), known_by(Order, turn.intake.shop, turn.intake.shop.source, ids)
    )
    with read_only():
        found = list(db.session.scalars(query))
        db.session.rollback()
    return found


def is_missed(brought: Brought, told_until: datetime | None) -> bool:
    """Whether a look should have brought it: news that is older than what was asked for last."""
    if not brought.is_news or told_until is None:
        return False
    return brought.stated_at is None or brought.stated_at < told_until


def polled_until(turn: Turn) -> datetime | None:
    query = select(Pull.since_at).where(Pull.connection_id == turn.intake.connection_id, Pull.kind == PullKind.POLL)
    with read_only():
        found = db.session.scalar(query)
        db.session.rollback()
    return found


# --- what is open here ----------------------------------------------------------------------------------------------


def compare_open(turn: Turn, shop: Platform) -> bool:
    """Downwards from where the list ended, for what was deleted lately is missing in it; True at the end."""
    while held := older_open_orders(turn):
        asked = [order.external_id for order in held if order.external_id not in turn.seen]
        found = {order.external_id: order for order in shop.many(asked)} if asked else {}
        compare_page(turn, shop, list(found.values()))
        for external_id in asked:
            if external_id not in found:
                look_for(turn, shop, external_id)
        turn.place = {"open_at": held[-1].placed_at.isoformat(), "open_id": held[-1].id}
        note_place(turn)
        if turn.seconds >= SLICE:
            note_rest(turn)
            return False
    return True


def look_for(turn: Turn, shop: Platform, external_id: str) -> None:
    """In the bin, or gone for good: of the latter no shop tells."""
    order = shop.one(external_id)
    if order is not None:
        compare_page(turn, shop, [order])
    elif not shop.hides_some() and take_deletion(external_id, turn.intake):
        turn.taken, turn.new, turn.missed = turn.taken + 1, turn.new + 1, turn.missed + 1


def older_open_orders(turn: Turn) -> list[Order]:
    before = tuple_(Order.placed_at, Order.id) < (
        datetime.fromisoformat(str(turn.place["open_at"])),
        int(turn.place["open_id"]),
    )
    query = select(Order).where(text(OPEN_ORDERS), Order.outside_shop_id == turn.intake.shop.id, before)
    with read_only():
        found = list(db.session.scalars(query.order_by(Order.placed_at.desc(), Order.id.desc()).limit(AT_ONCE)))
        db.session.expunge_all()
        db.session.rollback()
    return found


def next_night(connection_id: int) -> datetime:
    """In the shop's own time zone, spread over an hour, so that several shops don't begin at once."""
    zone = ZoneInfo(own_shop().time_zone)
    here = now().astimezone(zone)
    night = datetime.combine(here.date(), NIGHT, zone) + timedelta(minutes=connection_id * 7 % 60)
    night = night if night > here else night + timedelta(days=1)
    return max(night.astimezone(UTC), now() + SHORTEST_REST)
