"""Why goods of an order may not leave the house now, what to think of before they do, and why there are none to."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from app import queries
from app.accounting.owed import say_amount
from app.accounting.states import has_goods
from app.actions.goods import has_sent_something, quantities_to_ship
from app.models import Order, OrderStatus, Shipment, ShipmentStatus


def why_not_go(order: Order) -> str:
    """Why nothing of the order may leave the house now, whatever there is to send."""
    if order.is_draft:
        return _("A draft is not sent. Place the order first.")
    if order.cancelled_at:
        return _("This order is cancelled.")
    return _("The order is on hold. Resume it first.") if order.held_at else ""


def may_go(row: Any) -> bool:
    """Whether something of the order in this row of the list can still leave the house, as far as a row tells."""
    is_left = row.shipment_status in (ShipmentStatus.NOT_SHIPPED, ShipmentStatus.PARTIALLY_SHIPPED)
    return is_left and row.status not in (OrderStatus.ON_HOLD, OrderStatus.NEEDS_DECISION)


def why_not_unpaid(order: Order) -> str:
    """The shop may forbid to send what is not paid, or no longer; otherwise people are only warned."""
    is_undecided = order.status == OrderStatus.NEEDS_DECISION
    if not ((order.is_unpaid or is_undecided) and queries.shop().forbid_unpaid_shipping):
        return ""
    if is_undecided and order.ledger.no_longer_owed <= 0:
        return _("All of this order is credited, and the shop sends nothing unpaid. Cancel what is not to go.")
    if is_undecided:
        return _("Money went back on this order, and the shop sends nothing unpaid. Credit what is not to go first.")
    if order.ledger.kept > 0:
        return _("Only a part of the order is paid, and the shop sends nothing before all of it is.")
    return _("The order is not paid, and the shop sends nothing before that. Set it to Paid first.")


def unpaid_warning(order: Order) -> str:
    """What to think of before it goes; "" when it is paid, gone, or may not go anyway."""
    can_go = not why_not_go(order) and bool(quantities_to_ship(order))
    if not can_go or why_not_unpaid(order):
        return ""
    if order.status == OrderStatus.NEEDS_DECISION:
        return undecided_warning(order)
    if not order.is_unpaid:
        return ""
    if order.ledger.kept > 0:
        still = say_amount(order, order.open_amount)
        return _("Only a part is paid: %(amount)s is still open.", amount=still)
    return _("Not paid yet: %(amount)s is open.", amount=say_amount(order, order.open_amount))


def undecided_warning(order: Order) -> str:
    if order.ledger.no_longer_owed <= 0:
        return _("All of this order is credited, and nobody pays for what is still to go.")
    back = say_amount(order, order.ledger.went_back)
    return _("%(amount)s of this order went back to the customer. Credit what is not to go.", amount=back)


def why_nothing_to_send(order: Order) -> str:
    """Why no goods of the order are to go, in the words that fit; "" when there are some."""
    if quantities_to_ship(order):
        return ""
    if not has_goods(order):
        return _("There are no goods on this order to send.")
    if not has_sent_something(order):
        return why_nothing_went(order)
    if any(line.dropped > 0 for line in order.lines):
        if order.is_pick_up:
            return _("Everything that was not credited or cancelled is picked up.")
        return _("Everything that was not credited or cancelled is sent.")
    return _("Everything on this order is picked up.") if order.is_pick_up else _("Everything on this order is sent.")


def why_nothing_went(order: Order) -> str:
    """Of an order that is not cancelled, and of which nothing is to go: only credit notes bring that about."""
    if order.is_pick_up:
        return _("All of it is credited: nothing is left to pick up.")
    return _("All of it is credited: nothing is left to send.")


def why_gone(shipment: Shipment) -> str:
    return _("This packing slip is picked up.") if shipment.order.is_pick_up else _("This packing slip is sent.")


def why_still_here(shipment: Shipment) -> str:
    if shipment.order.is_pick_up:
        return _("This packing slip is not picked up.")
    return _("This packing slip is not sent.")
