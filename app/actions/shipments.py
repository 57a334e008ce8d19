"""Packing slips and sending: what goes, with which Track & Trace code, and the one mail that tells it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement

from app import mails, queries
from app.accounting.states import has_goods, recompute_status
from app.actions.declaration import NOTIFY, Input, InRows, action, has_address
from app.actions.goods import has_sent_something, quantities_to_pack, quantities_to_ship
from app.amounts.money import ZERO
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import MailState, Order, OrderStatus, OutgoingMail, Shipment, ShipmentLine, ShipmentStatus
from app.numbering import draw
from app.queries import search

CODE = Input("tracking_code", _l("Track & Trace code"), most=120, per_order=True)
ITS_CODE = replace(CODE, initial=lambda shipment: shipment.tracking_code)


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


def why_not_create_packing_slip(order: Order) -> str:
    """What is picked up may be packed before it is paid: people pay at the counter."""
    if reason := why_not_go(order):
        return reason
    if not quantities_to_pack(order):
        return why_nothing_to_send(order) or _("Everything that is still to go is on a packing slip.")
    return "" if order.is_pick_up else why_not_unpaid(order)


@action(
    title=_l("Create packing slip"),
    group="shipments",
    icon="package",
    done=_l("Packing slip created"),
    bulk=True,
    why_not=why_not_create_packing_slip,
    inputs=(
        Input(
            "quantities", _l("Quantities"), kind="quantities", initial=quantities_to_pack, choices=quantities_to_pack
        ),
    ),
    dialog="quantities",
    stands="block",
)
def create_packing_slip(order: Order, *, by: Actor, quantities: dict[int, Decimal] | None = None) -> Shipment:
    """Make a packing slip for these quantities per order line; when none are given, for all that is on none yet."""
    left = quantities_to_pack(order)
    wanted = {i: q for i, q in (left if quantities is None else quantities).items() if q > 0}
    if not wanted:
        raise ActionRefused(_("Choose at least one product for the packing slip."))
    for line_id, quantity in wanted.items():
        if quantity > left.get(line_id, ZERO):
            raise ActionRefused(
                _("There is less left to pack than %(quantity)s. Look at the order again.", quantity=quantity)
            )

    shipment = Shipment(
        order=order,
        number=draw("packing_slip", demo=order.is_demo),
        method_title=order.shipping_method_title,
        is_demo=order.is_demo,
        created_at=now(),
        lines=[ShipmentLine(order_line_id=i, quantity=q) for i, q in wanted.items()],
    )
    db.session.add(shipment)
    db.session.flush()
    search.index(order)

    record(Happened.PACKING_SLIP_CREATED, order, by, number=shipment.number)
    return shipment


def packed_up(order: Order, *, by: Actor) -> list[Shipment]:
    """All that is left to go: the open packing slips, and a new one for what is on none."""
    if quantities_to_pack(order):
        create_packing_slip(order, by=by)
    return [shipment for shipment in order.shipments if shipment.is_open]


def why_not_mark_sent(order: Order) -> str:
    if reason := why_not_go(order):
        return reason
    if reason := why_nothing_to_send(order):
        return reason
    if order.is_pick_up:
        return _("The customer picks this order up: use Picked up.")
    return why_not_unpaid(order)


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


def told_of_unsent(order: Order) -> ColumnElement[bool] | None:
    return told_of(*(shipment for shipment in order.shipments if shipment.sent_at is None))


def told_of(*shipments: Shipment) -> ColumnElement[bool] | None:
    """The mails that told of these: Sent was undone since."""
    ids = [shipment.mail_id for shipment in shipments if shipment.mail_id]
    return OutgoingMail.id.in_(ids) if ids else None


@action(
    title=_l("Sent"),
    group="shipments",
    icon="truck",
    done=_l("Order marked as sent"),
    bulk=True,
    mail="order_sent",
    told=told_of_unsent,
    why_not=why_not_mark_sent,
    inputs=(CODE, NOTIFY),
    undo="mark_not_sent",
    right_title=_l("Mark orders as sent"),
    stands="block",
    in_rows=InRows(lambda row: may_go(row) and not row.is_pick_up),
)
def mark_sent(order: Order, *, by: Actor, tracking_code: str = "", notify: bool = True) -> list[Shipment]:
    """Send all open quantities: the open packing slips, and a new one for what is on none.

    The customer gets Order sent or, with a code, Track & Trace instead: one mail for the whole, never both.
    """
    going, at = packed_up(order, by=by), now()
    for shipment in going:
        put_on_the_way(shipment, tracking_code.strip(), at=at, by=by)
    recompute_status(order)
    search.index(order)

    if notify:
        mail_shipment(going[-1], by)
    return going


def why_not_send_shipment(shipment: Shipment) -> str:
    if shipment.sent_at:
        return why_gone(shipment)
    if reason := why_not_go(shipment.order):
        return reason
    return _("This packing slip is withdrawn.") if shipment.withdrawn_at else why_not_unpaid(shipment.order)


@action(
    title=_l("Sent"),
    group="shipments",
    icon="truck",
    done=_l("Packing slip marked as sent"),
    mail="order_sent",
    told=told_of,
    why_not=why_not_send_shipment,
    inputs=(ITS_CODE, NOTIFY),
    undo="set_shipment_not_sent",
    right_title=_l("Mark packing slips as sent"),
    dialog="shipment",
    stands="block",
)
def send_shipment(shipment: Shipment, *, by: Actor, tracking_code: str = "", notify: bool = True) -> Shipment:
    """Set one packing slip sent, with the same effect as Sent on the order; where it is picked up, without a mail."""
    put_on_the_way(shipment, tracking_code.strip(), at=now(), by=by)
    recompute_status(shipment.order)
    search.index(shipment.order)
    if notify and not shipment.order.is_pick_up:
        mail_shipment(shipment, by)
    return shipment


def put_on_the_way(shipment: Shipment, tracking_code: str, *, at: datetime, by: Actor) -> None:
    by_id = {line.id: line for line in shipment.order.lines}
    for packed in shipment.lines:
        by_id[packed.order_line_id].shipped += packed.quantity
    shipment.sent_at = at
    set_code(shipment, tracking_code)
    db.session.flush()
    what = Happened.PICKED_UP if shipment.order.is_pick_up else Happened.ORDER_SENT
    record(what, shipment.order, by, number=shipment.number, code=tracking_code)


def mail_shipment(shipment: Shipment, by: Actor) -> None:
    """Order sent or, with a code, Track & Trace instead; one for all that went at the same moment with that code."""
    kind = "track_and_trace" if shipment.tracking_code else "order_sent"
    key = mails.unused_key(f"sent:{shipment.id}")
    mail = mails.queue(kind, shipment.order, once_key=key, by=by, shipment=shipment)
    for told in shipment.sent_with if mail else []:
        told.mail, told.told_code = mail, told.tracking_code


def tell(parcels: Iterable[Shipment], by: Actor) -> None:
    """One mail for those that went at the same moment with the same code."""
    for shipment in {(one.sent_at, one.tracking_code): one for one in parcels}.values():
        mail_shipment(shipment, by)


def is_told(shipment: Shipment) -> bool:
    """Whether the customer got the mail that says that it went, or may get it any moment."""
    return shipment.mail is not None and shipment.mail.state in (MailState.SENT, MailState.SENDING)


def is_being_told(shipment: Shipment) -> bool:
    """Whether that mail still waits, so that it can be withdrawn."""
    return shipment.mail is not None and shipment.mail.state == MailState.QUEUED


def withdraw_telling(parcels: Iterable[Shipment]) -> list[Shipment]:
    """Take back the mails about these parcels that have not gone; returns all parcels that they told of."""
    waiting = {shipment.mail: shipment.order for shipment in parcels if is_being_told(shipment)}
    withdrawn = {mail for mail in waiting if mail and mails.withdraw_if_waiting(mail)}
    untold = [one for order in set(waiting.values()) for one in order.shipments if one.mail in withdrawn]
    for shipment in untold:
        shipment.mail, shipment.told_code = None, ""
    return untold


def why_not_change_tracking(shipment: Shipment) -> str:
    if shipment.withdrawn_at:
        return _("This packing slip is withdrawn.")
    if shipment.sent_at:
        return ""
    if shipment.order.is_pick_up:
        return why_still_here(shipment)
    return _("The packing slip is not sent yet: enter the code with Sent.")


def is_code_news(shipment: Shipment) -> bool:
    """Whether the customer can be told a code, and knows none, or another one than this.

    Whose parcel came in from another shop knows what that shop knew.
    """
    known = shipment.told_code or (shipment.tracking_code if shipment.external_id else "")
    return has_address(shipment) and (not known or known != shipment.tracking_code)


@action(
    title=_l("Save"),
    group="shipments",
    icon="check",
    done=_l("Track & Trace code saved"),
    mail="track_and_trace",
    why_not=why_not_change_tracking,
    inputs=(ITS_CODE, replace(NOTIFY, initial=is_code_news)),
    right_title=_l("Change Track & Trace codes"),
    dialog="shipment",
    edits=True,
    stands="block",
)
def change_tracking(shipment: Shipment, *, by: Actor, tracking_code: str = "", notify: bool = False) -> Shipment:
    """Add or correct the code of a parcel that is on its way, and tell the customer by Track & Trace if asked.

    A mail about the parcel that still waits is written anew, so that nobody gets the old code.
    """
    code = tracking_code.strip()
    changes = {"tracking_code": [shipment.tracking_code, code]}
    untold = withdraw_telling([shipment]) if code != shipment.tracking_code else []
    waits = not untold and is_being_told(shipment)
    set_code(shipment, code)
    db.session.flush()
    search.index(shipment.order)

    record(Happened.TRACKING_CHANGED, shipment.order, by, number=shipment.number, changes=changes)
    if notify and code and not waits and not shipment.order.is_pick_up:
        untold = [*untold, shipment]
    tell(untold, by)
    return shipment


def set_code(shipment: Shipment, code: str) -> None:
    shipment.tracking_code = code
    shipment.tracking_url = tracking_url(shipment.order, code) if code else ""


def tracking_url(order: Order, code: str) -> str:
    """The carrier's page for the code, by the shipping method's pattern; "" when it has none."""
    pattern = order.shipping_method.tracking_url if order.shipping_method else ""
    address = order.shipping or order.billing
    postcode = address.postcode.replace(" ", "") if address else ""
    country = address.country if address else ""
    for placeholder, value in (("{code}", code), ("{postcode}", postcode), ("{country}", country)):
        pattern = pattern.replace(placeholder, quote(value, safe=""))
    return pattern[:500]
