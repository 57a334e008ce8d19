"""Packing slips and sending: what goes, and that it went."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement

from app.accounting.states import recompute_status
from app.actions.declaration import NOTIFY, Input, InRows, Step, action
from app.actions.goods import quantities_to_pack
from app.actions.leaving import may_go, unpaid_warning, why_gone, why_not_go, why_not_unpaid, why_nothing_to_send
from app.actions.tracking import CODE, ITS_CODE, mail_shipment, set_code
from app.amounts.money import ZERO
from app.columns import now
from app.deferring import write_changes, write_new
from app.errors import ActionRefused
from app.history import Actor, Happened, record
from app.models import Order, OrderStatus, OutgoingMail, Shipment, ShipmentLine
from app.numbering import draw
from app.queries import search


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
    warning=unpaid_warning,
    inputs=(
        Input(
            "quantities", _l("Quantities"), kind="quantities", initial=quantities_to_pack, choices=quantities_to_pack
        ),
    ),
    dialog="quantities",
    stands="block",
    step=Step(2, lambda row: row.status == OrderStatus.AWAITING_SHIPMENT and not row.has_open_slip),
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
        lines=[ShipmentLine(order_line=line, quantity=wanted[line.id]) for line in order.lines if line.id in wanted],
    )
    write_new(shipment, *shipment.lines)
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
    warning=unpaid_warning,
    inputs=(CODE, NOTIFY),
    undo="mark_not_sent",
    right_title=_l("Mark orders as sent"),
    stands="block",
    in_rows=InRows(lambda row: may_go(row) and not row.is_pick_up),
    step=Step(3, lambda row: row.status == OrderStatus.AWAITING_SHIPMENT),
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
    warning=lambda shipment: unpaid_warning(shipment.order),
    inputs=(ITS_CODE, NOTIFY),
    undo="set_shipment_not_sent",
    right_title=_l("Mark packing slips as sent"),
    dialog="shipment",
    stands="block",
    step=Step(1, lambda shipment: shipment.is_open),
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
    write_changes()
    what = Happened.PICKED_UP if shipment.order.is_pick_up else Happened.ORDER_SENT
    record(what, shipment.order, by, subject=shipment, number=shipment.number, code=tracking_code)
