"""Reading what was refunded of a WooCommerce order: the money, and which goods will not be sent because of it."""

from __future__ import annotations

from decimal import Decimal

from app.amounts.money import ZERO
from app.intake_readers.new_order import NewOrder, NewPayment, NewRefund
from app.intake_readers.reading import Fields


def refund(given: Fields) -> NewRefund:
    """A refund as the order lists it, or as it stands by itself: with a positive amount, its moment and its lines.

    On the order it is a negative total; "refund" held the reason in older versions.
    """
    return NewRefund(
        abs(given.amount("total" if "total" in given else "amount")),
        refunded_at=given.maybe_moment("date_created_gmt", is_utc=True),
        reason=given.text("reason") or given.text("refund"),
        external_id=given.identifier("id"),
    )


def add_whole_refund(new: NewOrder) -> None:
    """Set to refunded as a whole: all that was paid went back, also what no refund tells of."""
    if not new.payments and new.total > 0:
        new.payments = [NewPayment(new.total, new.placed_at, new.payment_method, is_derived=True)]
    refunded = sum((one.amount for one in new.refunds), ZERO)
    if refunded < new.total:
        new.refunds.append(NewRefund(new.total - refunded, refunded_at=new.updated_at, external_id="whole"))


def add_what_is_gone(new: NewOrder, order: Fields) -> None:
    """What was refunded with its line is not to be sent: as the refunds list it, or as it is noted on the line."""
    gone: dict[str, Decimal] = {}
    for given in order.objects("refunds"):
        for line in given.objects("line_items"):
            of = next((m.identifier("value") for m in line.objects("meta_data") if is_key(m, "_refunded_item_id")), "")
            gone[of] = gone.get(of, ZERO) + abs(line.amount("quantity", ZERO))  # stated as -1
    for line in order.objects("line_items"):
        noted = [m for m in line.objects("meta_data") if is_key(m, "_restock_refunded_items")]
        put_back = sum((abs(meta.amount("value", ZERO)) for meta in noted), ZERO)
        line_id = line.identifier("id")
        gone[line_id] = max(gone.get(line_id, ZERO), put_back)
    for one in new.lines:
        one.gone = min(gone.get(one.external_id, ZERO), one.quantity)


def is_key(meta: Fields, key: str) -> bool:
    return meta.maybe_text("key") == key
