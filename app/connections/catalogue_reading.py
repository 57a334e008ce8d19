"""Reading the catalogue of a connected shop: what changed, every so often, and all of it, by hand and at night.

What is not met any more while all of it is read is asked for by its ids, before it is said to be gone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from sqlalchemy import select, update

from app.columns import now
from app.connections.catalogue import Catalogue, PageOfProducts, ProductKey
from app.connections.comparing import next_night
from app.connections.failures import ShopFailure
from app.connections.keeping_products import keep_products
from app.connections.platform import Place, Platform
from app.connections.shops import CATALOGUES
from app.connections.turns import SLICE, Turn, note_end, note_place, note_rest
from app.extensions import db, read_only, transaction
from app.models import ShopProduct, Trouble

#: What is asked for by its ids stands in the place under this name.
MISSED = "missed_id"


def catalogue_of(turn: Turn, shop: Platform) -> Catalogue:
    make = CATALOGUES.get(turn.intake.shop.source)
    if make is None:
        raise ShopFailure(Trouble.NO_API)
    return make(shop)


def read_changed_products(turn: Turn, shop: Platform) -> None:
    """What changed since the last look, by the shop's own dates."""
    catalogue, since = catalogue_of(turn, shop), turn.since_at or now() - shop.overlap

    if read_pages_of_products(turn, lambda place: catalogue.changed_since(since, place, turn.stock_place)):
        assert turn.until_at
        note_end(turn, now() + timedelta(minutes=turn.catalogue_minutes), since_at=turn.until_at - shop.overlap)


def read_catalogue(turn: Turn, shop: Platform) -> None:
    """All that the shop sells. `until_at` is when that began, by our clock, for what was seen since was met."""
    catalogue = catalogue_of(turn, shop)
    if not turn.place:
        turn.until_at = now()
        turn.seen = {one.external_id: one.title for one in catalogue.stock_places()}  # for the form, to choose from
    if MISSED not in turn.place:
        if not read_pages_of_products(turn, lambda place: catalogue.all_products(place, turn.stock_place)):
            return
        turn.place = {MISSED: 0}
        note_place(turn)
    if look_for_missed(turn, catalogue):
        with transaction():
            night = next_night(turn.intake.connection_id)
        note_end(turn, night, found=turn.found, taken=turn.taken, total=turn.total)


def read_pages_of_products(turn: Turn, ask: Callable[[Place], PageOfProducts]) -> bool:
    """Keep page after page; True at the end, False when there is more for the next slice."""
    while True:
        page = ask(turn.place)
        turn.until_at = turn.until_at or page.shop_time
        turn.total = turn.total if page.total is None else max(page.total, turn.total or 0)
        count_news(turn, keep_products(turn.intake, page.products))
        turn.found += len(page.products)
        if page.next is None:
            return True
        turn.place = page.next
        note_place(turn)
        if turn.seconds >= SLICE or page.pause:
            note_rest(turn, page.pause)
            return False


def count_news(turn: Turn, news: int) -> None:
    turn.taken, turn.new = turn.taken + news, turn.new + news


# --- what was not met -----------------------------------------------------------------------------------------------


def look_for_missed(turn: Turn, catalogue: Catalogue) -> bool:
    """It may have moved to a page that was read before; what isn't found by its id either is gone. True at the end."""
    while missed := missed_products(turn, catalogue.at_once):
        found = catalogue.these([key for _id, key in missed], turn.stock_place)
        keep_products(turn.intake, found)
        there = {one.key.external_id for one in found}
        note_gone([row_id for row_id, key in missed if key.external_id not in there])
        turn.place = {MISSED: missed[-1][0]}
        note_place(turn)
        if turn.seconds >= SLICE:
            note_rest(turn)
            return False
    return True


def missed_products(turn: Turn, most: int) -> list[tuple[int, ProductKey]]:
    query = select(ShopProduct).where(
        ShopProduct.outside_shop_id == turn.intake.shop.id,
        ShopProduct.seen_at < turn.until_at,
        ShopProduct.gone_at.is_(None),
        ShopProduct.id > int(turn.place[MISSED]),
    )
    with read_only():
        rows = db.session.scalars(query.order_by(ShopProduct.id).limit(most)).all()
        found = [(one.id, ProductKey(one.external_id, one.parent_id, one.facts)) for one in rows]
        db.session.rollback()
    return found


def note_gone(row_ids: Sequence[int]) -> None:
    """It is gone there: nothing is told of it, and nothing is asked about it."""
    if row_ids:
        values = {"gone_at": now(), "is_due": False, "differs_at": None, "stock": None}
        this = update(ShopProduct).where(ShopProduct.id.in_(row_ids)).values(values)
        with transaction():
            db.session.execute(this.execution_options(synchronize_session=False))
