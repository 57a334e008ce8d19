"""Reading what happened to a Shopify order: payments, refunds, fulfilments."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from app.amounts.money import ZERO
from app.intake_readers.new_order import NewNote, NewPayment, NewRefund, NewShipment
from app.intake_readers.reading import NAME, SKU, TEXT, Fields

#: Financial statuses of orders whose customer paid everything, whatever was paid back afterwards.
PAID = ("paid", "partially_refunded", "refunded")

#: Fulfilment statuses under which nothing left the house.
NOT_SENT = ("cancelled", "error", "failure")


def payments(order: Fields, method: str) -> list[NewPayment]:
    """The transactions when they add up to what the order says is paid; else one payment of what it says."""
    paid = paid_amount(order)
    if paid <= 0:
        return []
    found = [payment(given, method) for given in transactions(order) if given.text("kind") in ("sale", "capture")]
    if sum((one.amount for one in found), ZERO) == paid:
        return found
    paid_at = order.maybe_moment("processed_at") or order.moment("created_at")
    one = found[0] if len(found) == 1 else NewPayment(paid, paid_at, method=method)
    one.amount, one.is_derived = paid, order.text("financial_status") in PAID
    return [one]


def paid_amount(order: Fields) -> Decimal:
    status = order.text("financial_status")
    if status in PAID:
        return order.amount("total_price")
    if status == "partially_paid":
        outstanding = order.amount("total_outstanding")
        return order.exact("total_outstanding", order.amount("total_price") - outstanding)
    return ZERO


def transactions(order: Fields) -> list[Fields]:
    """The transactions that succeeded, in the order's currency."""
    currency = order.currency("currency")
    return [
        given
        for given in order.objects("transactions")
        if given.text("status") == "success" and given.text("currency") in ("", currency)
    ]


def payment(given: Fields, method: str) -> NewPayment:
    return NewPayment(
        given.amount("amount"),
        given.maybe_moment("processed_at") or given.moment("created_at"),
        method="Gift card" if given.text("gateway") == "gift_card" else given.text("gateway") or method,
        reference=given.identifier("payment_id", longest=TEXT) or given.identifier("authorization", longest=TEXT),
        external_id=given.identifier("id"),
    )


def refunds(order: Fields) -> list[NewRefund]:
    """Refunds as far as money went back; a line that was only taken off pays nothing back."""
    return [refund for refund in map(refund_of, order.objects("refunds")) if refund.amount]


def refund_of(given: Fields) -> NewRefund:
    paid_back = [
        transaction.amount("amount")
        for transaction in given.objects("transactions")
        if transaction.text("kind") == "refund" and transaction.text("status") == "success"
    ]
    return NewRefund(
        abs(given.exact("transactions", sum(paid_back, ZERO))),
        refunded_at=given.maybe_moment("created_at"),
        reason=given.text("note"),
        external_id=given.identifier("id"),
    )


def shipments(order: Fields, *, is_pick_up: bool) -> tuple[datetime | None, list[NewShipment]]:
    """When a pick-up order became ready, and the parcels: sent, or packed while the fulfilment is still open."""
    ready_at, found = None, []
    for given in order.objects("fulfillments"):
        if given.text("status") in NOT_SENT:
            continue
        if is_pick_up and given.text("shipment_status") == "ready_for_pickup":
            ready_at = given.maybe_moment("updated_at") or given.moment("created_at")
        else:
            found.append(shipment(given))
    return ready_at, found


def called_off(order: Fields) -> list[NewShipment]:
    """Fulfilments that were made and cancelled: what was in them is to go again."""
    cancelled = [given for given in order.objects("fulfillments") if given.text("status") == "cancelled"]
    ids = [given.identifier("id") for given in cancelled]
    return [NewShipment({}, external_id=external_id, is_called_off=True) for external_id in ids if external_id]


def shipment(given: Fields) -> NewShipment:
    lines = {line.identifier("id", required=True): line.quantity("quantity") for line in given.objects("line_items")}
    return NewShipment(
        lines={line: quantity for line, quantity in lines.items() if quantity},
        sent_at=given.moment("created_at") if given.text("status") == "success" else None,
        tracking_code=tracking_codes(given),
        tracking_url=given.identifier("tracking_url", longest=NAME),
        carrier=given.text("tracking_company"),
        external_id=given.identifier("id"),
    )


def tracking_codes(given: Fields) -> str:
    """The parcel's code; several, with commas, when it went in several boxes."""
    numbers = given.value.get("tracking_numbers")
    if not isinstance(numbers, list) or len(numbers) < 2:
        return given.identifier("tracking_number", longest=SKU)
    joined = ", ".join(str(number) for number in numbers)
    return Fields({"tracking_numbers": joined}, given.path).identifier("tracking_numbers", longest=SKU)


def notes(order: Fields) -> list[NewNote]:
    """Fulfilments that failed sent nothing, but staff should know of their codes."""
    failed = [given for given in order.objects("fulfillments") if given.text("status") in NOT_SENT]
    return [NewNote(failure(given), written_at=given.maybe_moment("updated_at"), author="Shopify") for given in failed]


def failure(given: Fields) -> str:
    """What failed, and under which code: "Fulfilment failure: PostNL 3STOON1"."""
    carried = " ".join(filter(None, [given.text("tracking_company"), tracking_codes(given)]))
    return f"Fulfilment {given.text('status')}" + (f": {carried}" if carried else "")
