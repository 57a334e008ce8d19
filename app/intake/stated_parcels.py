"""Parcels as an outside shop states them: added, sent, given a code, called off; and those that were sent from here."""

from __future__ import annotations

from decimal import Decimal

from app.actions.goods import count_packed, quantities_to_pack, restore_slip, withdraw_slip
from app.actions.parcels import take_back_parcels, why_not_take_back
from app.actions.shipments import put_on_the_way
from app.actions.tracking import set_code
from app.amounts.money import ZERO
from app.columns import now
from app.extensions import db
from app.history import Actor, Happened, record
from app.intake_readers.new_order import NewOrder, NewShipment
from app.models import Order, Shipment, ShipmentLine, ShopWriteKind
from app.numbering import draw
from app.queries import search
from app.write_back import is_our_news

#: The parcel that stands for all of an order whose shop only says that it is done.
COMPLETED = "completed"

#: The one that stands for all of an order whose shop only says that it was picked up.
PICKED_UP = "picked-up"

#: Parcels that are there only because their shop says that the order is done.
WHOLE = (COMPLETED, PICKED_UP)

#: Where the order keeps which parcels people sent here, of those that its shop told of later, by their ids here.
BY_HAND = "by_hand"


def add_shipments(order: Order, new: NewOrder, by: Actor) -> bool:
    """Bring the parcels up to what is stated, as far as there is anything left to send; True when that is news."""
    changed = False
    for external_id, parcel in named(new):
        known = next((one for one in order.shipments if one.external_id == external_id), None)
        if known is None and not parcel.is_called_off:
            known = match_by_hand(order, parcel, external_id)
            changed = changed or (known is not None and not is_told_from_here(order, known))
        if known is None:
            changed = bool(not parcel.is_called_off and new_shipment(order, parcel, external_id, by)) or changed
        elif parcel.is_called_off:
            changed = call_off(known, by) or changed
        else:
            changed = went_elsewhere(known, parcel, by) or changed
            changed = follow_code(known, parcel, by) or changed
    return changed


def named(new: NewOrder) -> list[tuple[str, NewShipment]]:
    """The parcels by their ids there; what is called off comes first, for its goods may be in another one."""
    given = list(new.shipments)
    if new.picked_up_at and not given:
        given = [NewShipment(lines={}, sent_at=new.picked_up_at, external_id=PICKED_UP)]
    ids = [
        ((parcel.external_id or f"shipment-{position}")[:60], parcel) for position, parcel in enumerate(given, start=1)
    ]
    return sorted(ids, key=lambda one: not one[1].is_called_off)


def has_new_parcels(order: Order, new: NewOrder) -> bool:
    """Whether it may get packing slips."""
    known = {shipment.external_id for shipment in order.shipments}
    return any(external_id not in known for external_id, parcel in named(new) if not parcel.is_called_off)


def stated_codes(new: NewOrder) -> dict[str, str]:
    """The Track & Trace code of each parcel, by its id there."""
    return {external_id: parcel.tracking_code[:120] for external_id, parcel in named(new) if parcel.tracking_code}


# --- the same parcel, told of twice ---------------------------------------------------------------------------------


def match_by_hand(order: Order, parcel: NewShipment, external_id: str) -> Shipment | None:
    """A parcel that people sent here, or that stands for the whole order, and that its shop tells of now by an id."""
    for shipment in order.shipments:
        if shipment.withdrawn_at or shipment.external_id not in (None, COMPLETED) or shipment.lost_at:
            continue
        if is_the_same(order, shipment, parcel):
            if shipment.external_id is None:
                order.stated = {**(order.stated or {}), BY_HAND: [*sent_by_hand(order), shipment.id]}
            shipment.external_id = external_id
            db.session.flush()
            return shipment
    return None


def is_told_from_here(order: Order, shipment: Shipment) -> bool:
    """Whether its shop only tells what it was told."""
    return is_our_news(order, ShopWriteKind.SENT, part_ids=[shipment.id])


def sent_by_hand(order: Order) -> list[int]:
    return list((order.stated or {}).get(BY_HAND, ()))


def is_the_same(order: Order, shipment: Shipment, parcel: NewShipment) -> bool:
    """By its code; else by what is in it, where neither has another code."""
    if parcel.tracking_code and shipment.tracking_code:
        return shipment.tracking_code == parcel.tracking_code
    if shipment.sent_at is None or parcel.sent_at is None:
        return False
    if not parcel.lines:
        return not quantities_to_pack(order) and len([one for one in order.shipments if one.sent_at]) == 1
    by_line = {line.id: parcel.lines.get(line.external_id, ZERO) for line in order.lines}
    return count_packed(shipment) == {line_id: quantity for line_id, quantity in by_line.items() if quantity}


# --- one that is known ----------------------------------------------------------------------------------------------


def follow_code(shipment: Shipment, parcel: NewShipment, by: Actor) -> bool:
    """A code that came later, or was corrected there; one that people changed here stays."""
    code, before = parcel.tracking_code[:120], codes_before(shipment.order).get(shipment.external_id or "", "")
    if not code or code == shipment.tracking_code or shipment.sent_at is None:
        return False
    if shipment.tracking_code not in ("", before):
        return False
    changes = {"tracking_code": [shipment.tracking_code, code]}
    set_code(shipment, code)
    shipment.tracking_url = parcel.tracking_url[:500] or shipment.tracking_url
    db.session.flush()
    search.index(shipment.order)

    record(Happened.TRACKING_CHANGED, shipment.order, by, number=shipment.number, changes=changes)
    return True


def codes_before(order: Order) -> dict[str, str]:
    codes = (order.stated or {}).get("codes", {})
    return codes if isinstance(codes, dict) else {}


def call_off(shipment: Shipment, by: Actor) -> bool:
    """Its shop took it back: what was in it is to go again. It stays readable, withdrawn."""
    if shipment.withdrawn_at or why_not_take_back(shipment.order, [shipment]):
        return False
    if shipment.sent_at:
        take_back_parcels(shipment.order, [shipment], by=by, reason="")
    record(Happened.PARCEL_CALLED_OFF, shipment.order, by, number=shipment.number)
    if shipment.is_open:
        withdraw_slip(shipment, by=by)
    return True


def went_elsewhere(shipment: Shipment, parcel: NewShipment, by: Actor) -> bool:
    """Send a packing slip that its shop says went, also one that was withdrawn here, for what is still to go of it."""
    if not is_sent_since(parcel, shipment):
        return False
    if shipment.withdrawn_at:
        left = quantities_of(shipment.order, parcel)
        if not left:
            return False
        restore_slip(shipment, left, by=by)
    send_elsewhere(shipment, parcel, by)
    return True


def is_sent_since(parcel: NewShipment, shipment: Shipment) -> bool:
    """Whether it went and is open here; what was said before somebody took Sent back is no news."""
    if parcel.sent_at is None or shipment.sent_at:
        return False
    return shipment.not_sent_at is None or parcel.sent_at > shipment.not_sent_at


# --- a new one ------------------------------------------------------------------------------------------------------


def new_shipment(order: Order, parcel: NewShipment, external_id: str, by: Actor) -> Shipment | None:
    """A shipment for what is left of it. A second code without contents stays, as a parcel with nothing listed."""
    quantities = quantities_of(order, parcel)
    says_what_is_in_it = bool(parcel.lines) or not parcel.tracking_code
    if not quantities and says_what_is_in_it:
        return None
    created_at = parcel.sent_at or now()
    shipment = Shipment(
        order=order,
        number=draw("packing_slip", demo=order.is_demo, at=created_at),
        external_id=external_id,
        method_title=(parcel.carrier or order.shipping_method_title)[:255],
        created_at=created_at,
        sent_at=parcel.sent_at,  # it need not be written once more
        is_demo=order.is_demo,
        lines=[ShipmentLine(order_line_id=line_id, quantity=quantity) for line_id, quantity in quantities.items()],
    )
    db.session.add(shipment)
    db.session.flush()
    record(Happened.PACKING_SLIP_CREATED, order, by, number=shipment.number)
    if parcel.sent_at:
        send_elsewhere(shipment, parcel, by)
    return shipment


def quantities_of(order: Order, parcel: NewShipment) -> dict[int, Decimal]:
    """Per order line what the parcel holds, at most what is not packed yet; all of that when it names no lines."""
    left = quantities_to_pack(order)
    if parcel.lines:
        asked = {line.id: parcel.lines.get(line.external_id, ZERO) for line in order.lines}
        left = {line_id: min(quantity, asked[line_id]) for line_id, quantity in left.items()}
    return {line_id: quantity for line_id, quantity in left.items() if quantity > 0}


def send_elsewhere(shipment: Shipment, parcel: NewShipment, by: Actor) -> None:
    """Set a parcel sent. No mail: the shop that sent it told the customer."""
    put_on_the_way(shipment, parcel.tracking_code[:120], at=parcel.sent_at or now(), by=by)
    shipment.tracking_url = parcel.tracking_url[:500] or shipment.tracking_url
