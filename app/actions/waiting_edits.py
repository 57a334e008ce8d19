"""What an order's own shop changed and that waits for somebody: nobody has to decide it any more."""

from __future__ import annotations

from collections.abc import Collection

from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Order, ShopPart

#: What of an order its shop can edit; the other parts say what becomes of the whole.
EDITS = (ShopPart.LINES, ShopPart.BILLING, ShopPart.SHIPPING, ShopPart.CONTACT)


def settle_changes(order: Order, parts: Collection[ShopPart]) -> list[ShopPart]:
    """Nothing of these parts waits any more; answers those of which something did."""
    waiting = [one for one in order.shop_changes if one.part in parts]
    for change in waiting:
        order.shop_changes.remove(change)
    if waiting:
        db.session.flush()
    return [change.part for change in waiting]


def call_off_changes(order: Order, parts: Collection[ShopPart], *, by: Actor) -> None:
    """Its shop says the same as we do again, so that nobody has to decide it any more."""
    if gone := settle_changes(order, parts):
        record(Happened.SHOP_CHANGE_GONE, order, by, shop_parts=[part.value for part in gone])


def settle_edits(order: Order) -> None:
    """The order is cancelled. What its shop edited is news once more when the order is taken up again."""
    settled = settle_changes(order, EDITS)
    if settled and "parts" in (order.stated or {}):
        unseen = {part.value: "" for part in settled}
        order.stated = {**order.stated, "parts": {**order.stated["parts"], **unseen}}
        db.session.flush()
