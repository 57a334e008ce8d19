"""Deriving an order's sums, statuses and marks from its facts. Nothing else writes them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from app.amounts.ledger import Ledger
from app.amounts.money import ZERO
from app.mails import outbox
from app.models import (
    UNPAID,
    Order,
    OrderStatus,
    Payment,
    PaymentKind,
    PaymentStatus,
    ShipmentStatus,
    TaskStatus,
)


def recompute_status(order: Order) -> None:
    """Recompute the stored sums and statuses of an order from its rows and moments.

    A payment reminder that waits to be sent is withdrawn when it would ask for something else than is owed now.
    """
    asked = asked_for(order) if order.reminders else None
    write(order, sums_and_statuses(order))

    if order.reminders and asked_for(order) != asked:
        outbox.withdraw_reminders(order)


def recompute_marks(order: Order) -> None:
    """Recompute whether it has memos and open tasks: for what changes those, as nothing else needs to read them."""
    write(order, marks(order))


def write(order: Order, facts: Mapping[str, object]) -> None:
    for name, value in facts.items():
        if getattr(order, name) != value:
            setattr(order, name, value)


def asked_for(order: Order) -> Decimal:
    """What a payment reminder may ask for."""
    return order.open_amount if order.status == OrderStatus.AWAITING_PAYMENT else ZERO


def derived(order: Order) -> dict[str, object]:
    """What all of it ought to be; `toonbank check` compares it with what is stored."""
    return {**sums_and_statuses(order), **marks(order)}


def sums_and_statuses(order: Order) -> dict[str, object]:
    sums = ledger_sums(order)
    payment = payment_status(order, **sums)
    shipment = shipment_status(order)
    return {
        **sums,
        "payment_status": payment,
        "shipment_status": shipment,
        "status": order_status(order, payment, shipment, **sums),
    }


def marks(order: Order) -> dict[str, object]:
    return {
        "has_memo": bool(order.memos),
        "has_open_task": any(task.status != TaskStatus.DONE for task in order.tasks),
    }


def ledger_sums(order: Order) -> dict[str, Decimal]:
    """What documents and payments add up to. A reversal counts on the side of what it takes back.

    So does a credit note whose amount is invoiced anew: it lowers what is invoiced.
    """
    invoiced = credited = paid = refunded = adjusted = ZERO
    for document in order.invoices:
        if document.bills:
            invoiced += document.total
        else:
            credited -= document.total
    for payment in order.payments:
        if not payment.is_money:
            adjusted -= payment.amount
        elif is_about_paying_back(payment):
            refunded -= payment.amount
        else:
            paid += payment.amount
    return {"invoiced": invoiced, "credited": credited, "paid": paid, "refunded": refunded, "adjusted": adjusted}


def is_about_paying_back(payment: Payment) -> bool:
    """A refund, or the positive counter row that takes one back."""
    return payment.kind == PaymentKind.REFUND or (payment.kind == PaymentKind.REVERSAL and payment.amount > 0)


def payment_status(order: Order, **sums: Decimal) -> PaymentStatus:
    if order.cancelled_at:
        return PaymentStatus.CANCELLED
    ledger = Ledger(claim=order.total, **sums)
    if ledger.open > 0:
        return PaymentStatus.PARTIALLY_PAID if ledger.kept > 0 else PaymentStatus.NOT_PAID
    if ledger.kept > 0:
        return PaymentStatus.PARTIALLY_REFUNDED if ledger.went_back > 0 else PaymentStatus.PAID
    return PaymentStatus.REFUNDED if ledger.paid > 0 else PaymentStatus.NOTHING_OWED


def shipment_status(order: Order) -> ShipmentStatus:
    if order.cancelled_at:
        return ShipmentStatus.CANCELLED
    is_to_go = any(line.to_ship > 0 for line in order.lines)
    if any(line.shipped > 0 for line in order.lines):
        return ShipmentStatus.PARTIALLY_SHIPPED if is_to_go else ShipmentStatus.SHIPPED
    return ShipmentStatus.NOT_SHIPPED if is_to_go else ShipmentStatus.NOTHING_TO_SHIP


#: Nothing is to go any more.
GONE = (ShipmentStatus.SHIPPED, ShipmentStatus.NOTHING_TO_SHIP)


def order_status(order: Order, payment: PaymentStatus, shipment: ShipmentStatus, **sums: Decimal) -> OrderStatus:
    if order.is_draft:
        return OrderStatus.DRAFT
    if order.cancelled_at:
        return OrderStatus.CANCELLED
    is_over = payment not in UNPAID and shipment in GONE
    if order.held_at and not (is_over and has_goods(order)):
        return OrderStatus.ON_HOLD
    if payment in UNPAID:
        return OrderStatus.AWAITING_PAYMENT
    if is_over:
        return OrderStatus.CREDITED if is_all_credited(order, shipment, **sums) else OrderStatus.COMPLETED
    if is_undecided(order, **sums):
        return OrderStatus.NEEDS_DECISION
    if not order.is_pick_up:
        return OrderStatus.AWAITING_SHIPMENT
    return OrderStatus.READY_FOR_PICKUP if order.ready_at else OrderStatus.AWAITING_PICKUP


def is_undecided(order: Order, **sums: Decimal) -> bool:
    """Whether goods are to go that nobody pays for: their money went back, or credit notes took all of the order."""
    if not any(line.to_ship > 0 for line in order.lines):
        return False
    ledger = Ledger(claim=order.total, **sums)
    return ledger.no_longer_owed > 0 or 0 < ledger.claim <= ledger.credited


def has_goods(order: Order) -> bool:
    return any(line.is_shippable and line.quantity > 0 for line in order.lines)


def is_all_credited(order: Order, shipment: ShipmentStatus, **sums: Decimal) -> bool:
    """Nothing went, for all of it was dropped; of an order without goods, its whole amount was credited."""
    if shipment != ShipmentStatus.NOTHING_TO_SHIP:
        return False
    return has_goods(order) or 0 < order.total <= sums["credited"]
