"""What other systems report of an order: payments, refunds, shipments, notes. It undoes nothing that staff did."""

from __future__ import annotations

from decimal import Decimal

from app.accounting.settling import is_taken_back, settle
from app.accounting.states import recompute_status
from app.actions.cancelling import cancel
from app.actions.elsewhere import note_elsewhere
from app.actions.goods import quantities_to_pack, restore_slip
from app.actions.invoices import issue_when_paid
from app.actions.shipments import put_on_the_way
from app.amounts.money import ZERO
from app.columns import now
from app.extensions import db
from app.history import Actor, Happened, record
from app.intake_readers.new_order import NewNote, NewOrder, NewPayment, NewRefund, NewShipment
from app.models import InvoicesFor, Order, Payment, PaymentKind, Shipment, ShipmentLine
from app.numbering import draw
from app.queries import search


def update_order(order: Order, new: NewOrder, *, by: Actor, invoices: InvoicesFor = InvoicesFor.OPEN) -> list[str]:
    """Add what happened elsewhere since the order came in; names what changed, nothing when it was all known."""
    changed = []
    if add_payments(order, new.payments, by):
        changed.append("payments")
    if add_refunds(order, new.refunds, by):
        changed.append("refunds")
    if add_shipments(order, new, by):
        changed.append("shipments")
    if cancel_elsewhere(order, new, by):
        changed.append("cancelled")
    if note_elsewhere(order, new, invoices, by):
        changed.append("invoiced")
    if not changed:
        return []
    settle(order)
    search.index(order)

    record(Happened.ORDER_UPDATED, order, by, source=new.source, changed=changed)
    issue_when_paid(order, by=by)
    return changed


def add_payments(order: Order, payments: list[NewPayment], by: Actor) -> list[Payment]:
    """Record payments that are not known yet. What staff marked paid already stays as it is: money is counted once."""
    known = {p.external_id for p in order.payments}
    added = []
    for position, given in enumerate(payments, start=1):
        external_id = (given.external_id or f"payment-{position}")[:60]
        if external_id in known or given.amount <= 0 or (known and order.open_amount <= 0):
            continue
        payment = Payment(
            order=order,
            amount=given.amount,
            method=(given.method or order.payment_method_title)[:255],
            confirmed_itself=bool(order.payment_method and order.payment_method.confirms_itself),
            reference=given.reference[:255],
            external_id=external_id,
            paid_at=given.paid_at,
            entered_by=by.name,
        )
        db.session.add(payment)
        db.session.flush()
        recompute_status(order)
        record(Happened.PAYMENT_ENTERED, order, by, amount=payment.amount, method=payment.method)
        added.append(payment)
    return added


def add_refunds(order: Order, refunds: list[NewRefund], by: Actor) -> list[Payment]:
    """Record refunds that are not known yet. Of the same amount as one that staff entered it is that one."""
    known, entered = {p.external_id for p in order.payments}, refunds_entered_here(order)
    added = []
    for position, given in enumerate(refunds, start=1):
        external_id = f"refund-{given.external_id or position}"[:60]
        if external_id in known or given.amount <= 0:
            continue
        if given.amount in entered:
            entered.remove(given.amount)
            continue
        refund = Payment(
            order=order,
            kind=PaymentKind.REFUND,
            amount=-given.amount,
            method=order.payment_method_title,
            reason=given.reason[:255],
            external_id=external_id,
            paid_at=given.refunded_at or now(),
            entered_by=by.name,
        )
        db.session.add(refund)
        record(Happened.REFUND_ENTERED, order, by, amount=given.amount, reason=given.reason)
        added.append(refund)
    if added:
        db.session.flush()
    return added


def refunds_entered_here(order: Order) -> list[Decimal]:
    """What went back by refunds that stand and that no other system told of: money is counted once."""
    standing = (p for p in order.payments if p.kind == PaymentKind.REFUND and not is_taken_back(p))
    return [-refund.amount for refund in standing if not refund.external_id]


def add_shipments(order: Order, new: NewOrder, by: Actor) -> list[Shipment]:
    """Record shipments that are not known yet, as far as there is anything left to send."""
    known = {shipment.external_id: shipment for shipment in order.shipments}
    given = list(new.shipments)
    if new.picked_up_at and not given:
        given = [NewShipment(lines={}, sent_at=new.picked_up_at, external_id="picked-up")]
    changed = []
    for position, parcel in enumerate(given, start=1):
        external_id = (parcel.external_id or f"shipment-{position}")[:60]
        if external_id in known:
            if went_elsewhere(known[external_id], parcel, by):
                changed.append(known[external_id])
        elif shipment := new_shipment(order, parcel, external_id, by):
            changed.append(shipment)
    return changed


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


def cancel_elsewhere(order: Order, new: NewOrder, by: Actor) -> bool:
    """What was not sent goes back in stock. Invoices stay as they are: crediting them is for people to decide."""
    if new.cancelled_at is None or order.cancelled_at or order.is_finished:
        return False
    cancel(order, at=new.cancelled_at, restock=True, by=by)
    record(Happened.ORDER_CANCELLED, order, by)
    return True


def add_notes(order: Order, notes: list[NewNote], by: Actor) -> None:
    for note in notes:
        record(
            Happened.NOTE_RECEIVED,
            order,
            by,
            text=note.text,
            author=note.author,
            written_at=note.written_at,
            to_customer=note.to_customer,
        )
