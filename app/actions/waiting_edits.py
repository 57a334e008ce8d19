"""What an order's own shop edited and that waits for somebody, once the order is cancelled: nobody has to decide it."""

from __future__ import annotations

from app.extensions import db
from app.models import Order, ShopPart

#: What of an order its shop can edit; the other parts say what becomes of the whole.
EDITS = (ShopPart.LINES, ShopPart.BILLING, ShopPart.SHIPPING, ShopPart.CONTACT)


def settle_edits(order: Order) -> None:
    """Nothing of them waits any more. They are news once more when the order is taken up again."""
    waiting = [one for one in order.shop_changes if one.part in EDITS]
    if not waiting:
        return
    if "parts" in (order.stated or {}):
        unseen = {change.part.value: "" for change in waiting}
        order.stated = {**order.stated, "parts": {**order.stated["parts"], **unseen}}
    for change in waiting:
        order.shop_changes.remove(change)
    db.session.flush()
