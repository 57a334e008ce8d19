"""Taking packing slips back and changing them, as long as they are not sent."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.actions.declaration import REASON, Input, action
from app.actions.goods import (
    Quantities,
    change_contents,
    count_packed,
    quantities_to_pack,
    restore_slip,
    withdraw_slip,
)
from app.actions.leaving import why_gone, why_not_go
from app.amounts.money import ZERO
from app.errors import ActionRefused
from app.history import Actor
from app.models import Shipment


def why_not_open(shipment: Shipment) -> str:
    if shipment.sent_at:
        return why_gone(shipment)
    return _("This packing slip is withdrawn.") if shipment.withdrawn_at else ""


def packable_on(shipment: Shipment) -> Quantities:
    """What the slip could hold: what is on it counts as not packed here."""
    most = quantities_to_pack(shipment.order)
    for line_id, quantity in count_packed(shipment).items():
        most[line_id] = most.get(line_id, ZERO) + quantity
    return {line.id: most[line.id] for line in shipment.order.lines if line.id in most}


def why_not_change_packing_slip(shipment: Shipment) -> str:
    return why_not_open(shipment) or why_not_go(shipment.order)


@action(
    title=_l("Change packing slip"),
    group="shipments",
    icon="pencil",
    done=_l("Packing slip changed"),
    why_not=why_not_change_packing_slip,
    inputs=(Input("quantities", _l("Quantities"), kind="quantities", initial=count_packed, choices=packable_on),),
    dialog="quantities",
    edits=True,
    stands="block",
)
def change_packing_slip(shipment: Shipment, *, by: Actor, quantities: dict[int, Decimal]) -> Shipment:
    """Put other quantities per order line on a packing slip that is not sent; it is printed anew, as a new revision."""
    wanted = {line_id: quantity for line_id, quantity in quantities.items() if quantity}
    if not wanted:
        raise ActionRefused(_("Choose at least one product, or withdraw the packing slip."))
    most = packable_on(shipment)
    for line_id, quantity in wanted.items():
        if not ZERO < quantity <= most.get(line_id, ZERO):
            raise ActionRefused(
                _("There is less left to pack than %(quantity)s. Look at the order again.", quantity=quantity)
            )

    if wanted != count_packed(shipment):
        change_contents(shipment, wanted, by=by)
    return shipment


@action(
    title=_l("Withdraw packing slip"),
    group="shipments",
    icon="ban",
    done=_l("Packing slip withdrawn"),
    why_not=why_not_open,
    inputs=(REASON,),
    undo="restore_packing_slip",
    stands="block",
)
def withdraw_packing_slip(shipment: Shipment, *, by: Actor, reason: str = "") -> Shipment:
    """Take a packing slip back that is not sent: what is on it is to pack again. Its number stays used."""
    withdraw_slip(shipment, by=by, reason=reason)
    return shipment


def why_not_restore_packing_slip(shipment: Shipment) -> str:
    if not shipment.withdrawn_at:
        return _("This packing slip is not withdrawn.")
    if reason := why_not_go(shipment.order):
        return reason
    left = quantities_to_pack(shipment.order)
    if not all(quantity <= left.get(line_id, ZERO) for line_id, quantity in count_packed(shipment).items()):
        if not left:
            return _("What was on it is not to pack any more.")
        return _("What was on it is not to pack any more. Create a new packing slip.")
    return ""


@action(
    title=_l("Take up packing slip again"),
    group="shipments",
    icon="arrow-back-up",
    done=_l("Packing slip taken up again"),
    why_not=why_not_restore_packing_slip,
    inputs=(REASON,),
    undo="withdraw_packing_slip",
    is_undo=True,
    stands="block",
)
def restore_packing_slip(shipment: Shipment, *, by: Actor, reason: str = "") -> Shipment:
    """Take back that a packing slip is withdrawn: what is on it is packed again."""
    restore_slip(shipment, count_packed(shipment), by=by, reason=reason)
    return shipment
