"""What must hold after any sequence: rules 6.1 to 6.5 of docs/order-life.md, each a function that says what breaks it.

Those about documents and mails stand in modules of their own; what a step must not do, in `watching`.
All is counted anew from documents, payments, parcels and movements, and compared with what Toonbank says of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from sqlalchemy import select

from app.accounting.allotting import settling_payments
from app.accounting.crediting import left_to_pay
from app.accounting.receivables import open_items
from app.actions.goods import quantities_to_pack
from app.amounts.money import ZERO, rounded
from app.extensions import db
from app.models import (
    InvoiceKind,
    MovementKind,
    Order,
    OrderLine,
    Payment,
    PaymentKind,
    Product,
    ReturnStatus,
    StockMovement,
)
from app.queries import order_list
from tests.whole.invariants_of_documents import broken_documents, is_billing, total
from tests.whole.invariants_of_mails import broken_mails

UNDONE = "~undone-"  # in the id of an order whose import was undone: also what went is put back


def broken(orders: Sequence[Order]) -> list[str]:
    """A sentence for everything about these orders, and about all stock, that can't be."""
    found = [*broken_stock(orders), *broken_mails(orders)]
    standing = lists_by_order()
    for order in orders:
        own = [*broken_goods(order), *broken_money(order), *broken_documents(order), *broken_lists(order, standing)]
        found += [f"{order.number}: {sentence}" for sentence in own]
    return found


# --- 6.1 ------------------------------------------------------------------------------------------------------------


def broken_goods(order: Order) -> Iterator[str]:
    """Each counter is what the documents say, none is below 0, and what was ordered is the sum of where it is."""
    if order.is_draft and (order.invoices or order.payments or order.shipments or order.returns):
        yield "a draft has documents"
    to_pack = quantities_to_pack(order)
    for line in order.lines:
        counted = counted_of(order, line)
        stored = {name: getattr(line, name) for name in counted if name != "packed"}
        if stored != {name: counted[name] for name in stored}:
            yield f"{line.name}: {stored} is stored, {counted} follows"
        shipped, packed, left = counted["shipped"], counted["packed"], to_pack.get(line.id, ZERO)
        parts = (shipped, packed, left, line.dropped)
        is_sum = total(parts) == (line.quantity if line.is_shippable else ZERO)
        if not is_sum or min(*parts, *counted.values()) < 0:
            yield f"{line.name}: {line.quantity} ordered, but {parts} shipped, packed, to pack and dropped"
        if counted["returned"] > shipped or counted["credited"] > counted["invoiced"]:
            yield f"{line.name}: more is returned than was sent, or more credited than was invoiced: {counted}"
        if line.is_shippable and counted["credited"] > shipped + line.dropped:
            yield f"{line.name}: {counted['credited']} is credited, and some of it is still to go"


def counted_of(order: Order, line: OrderLine) -> dict[str, Decimal]:
    """How many pieces of the line each kind of document is about."""
    on_slips = [(slip, on_it) for slip in order.shipments for on_it in slip.lines if on_it.order_line_id == line.id]
    billed = [(document, on_it) for document in order.invoices for on_it in document.lines]
    own = [(document, on_it.quantity) for document, on_it in billed if on_it.order_line_id == line.id]
    standing = [one for one in order.returns if one.status != ReturnStatus.REJECTED]
    return {
        "shipped": total(on_it.quantity - on_it.lost for slip, on_it in on_slips if slip.sent_at),
        "packed": total(
            on_it.quantity for slip, on_it in on_slips if slip.sent_at is None and slip.withdrawn_at is None
        ),
        "returned": total(back.quantity for one in standing for back in one.lines if back.order_line_id == line.id),
        "invoiced": total(quantity for document, quantity in own if is_billing(document)),
        "credited": -total(quantity for document, quantity in own if not is_billing(document)),
    }


# --- 6.2 ------------------------------------------------------------------------------------------------------------


def broken_money(order: Order) -> Iterator[str]:
    """The ledger closes over documents and payments, and what is said of it is so."""
    owed, kept = owed_of(order)
    if owed != order.open_amount:
        yield f"{order.open_amount} is open, but {owed} follows"
    if order.payment_status == "paid" and not kept > 0:
        yield f"it says paid, and {kept} came"
    if not order.cancelled_at and (owed > 0) != order.is_unpaid:
        yield f"{owed} is open, and it says {order.payment_status}"
    settling = [Decimal(one["amount"]) for each in settling_payments(order).values() for one in each]
    if any(amount <= 0 for amount in settling) or total(settling) > max(kept, ZERO):
        yield f"its invoices print payments of {settling}, and {kept} came"
    yield from broken_receivables(order)
    for invoice in order.invoices:
        if invoice.kind == InvoiceKind.INVOICE and invoice.total >= 0 > left_to_pay(invoice):
            yield f"{invoice.number} is credited for more than it says: {left_to_pay(invoice)}"


def broken_receivables(order: Order) -> Iterator[str]:
    """What a statement of account lists of the order is what it owes, without what no invoice says yet."""
    if order.is_draft or order.is_invoiced_elsewhere:
        return
    items, owed = open_items(order), order.open_amount
    not_invoiced = max((ZERO if order.cancelled_at else order.total) - order.invoiced, ZERO)
    listed = min(owed, ZERO) if order.cancelled_at else owed - min(not_invoiced, max(owed, ZERO))
    if total(item.open for item in items) != rounded(listed, order.currency):
        yield f"its open items are {[item.open for item in items]}, and {listed} is owed"
    if any(item.invoice and not 0 < item.open <= item.total for item in items):
        yield f"more of an invoice is open than it says: {[item.open for item in items]}"


def owed_of(order: Order) -> tuple[Decimal, Decimal]:
    """What is open, and what of the customer's money is kept: from documents and payments alone.

    What was paid back though no credit note and no overpayment called for it is no longer owed.
    """
    invoiced = total(document.total for document in order.invoices if is_billing(document))
    credited = -total(document.total for document in order.invoices if not is_billing(document))
    beside = (PaymentKind.WRITE_OFF, PaymentKind.LATE_COSTS, PaymentKind.INTEREST)
    money = [payment for payment in order.payments if payment.kind not in beside]
    refunded = -total(payment.amount for payment in money if is_about_refund(payment))
    paid = total(payment.amount for payment in money if not is_about_refund(payment))
    written_off = total(payment.amount for payment in order.payments if payment.kind in beside)
    claim = (invoiced if order.cancelled_at else order.total) - written_off
    went_back = max(refunded - max(paid - claim, ZERO), ZERO)
    return claim - credited - max(went_back - max(credited, ZERO), ZERO) - paid + refunded, paid - refunded


def is_about_refund(payment: Payment) -> bool:
    if payment.kind != PaymentKind.REVERSAL:
        return payment.kind == PaymentKind.REFUND
    return next(one.kind for one in payment.order.payments if one.id == payment.reverses_id) == PaymentKind.REFUND


# --- 6.3 ------------------------------------------------------------------------------------------------------------


def broken_stock(orders: Sequence[Order]) -> Iterator[str]:
    """Stock is what its movements add up to; each is of a line, of which no piece moves twice."""
    moved: dict[int, Decimal] = defaultdict(Decimal)
    by_line: dict[int, list[StockMovement]] = defaultdict(list)
    for movement in db.session.scalars(select(StockMovement).order_by(StockMovement.id)):
        moved[movement.product_id] += movement.quantity
        if movement.order_line_id is None and movement.kind != MovementKind.COUNTED:
            yield f"movement {movement.id} of {movement.quantity} is of no order line"
        elif movement.order_line_id is not None:
            by_line[movement.order_line_id].append(movement)
    for product in db.session.scalars(select(Product).order_by(Product.id)):
        if product.stock != moved[product.id]:
            yield f"{product.name}: {product.stock} in stock, {moved[product.id]} follows"
    for order in orders:
        for line in order.lines:
            for sentence in broken_movements(line, by_line[line.id]):
                yield f"{order.number}: {line.name}: {sentence}"


def broken_movements(line: OrderLine, movements: list[StockMovement]) -> Iterator[str]:
    """A line holds no more than was ordered, no less than what may not come back, and gave back what was decided."""
    held = -total(one.quantity for one in movements if one.kind != MovementKind.LOST)
    lost_again = -total(one.quantity for one in movements if one.kind == MovementKind.LOST)
    lost = total(on_it.lost for slip in line.order.shipments for on_it in slip.lines if on_it.order_line_id == line.id)
    taken = [one for one in movements if one.kind == MovementKind.ORDERED]
    if not line.not_restocked <= held <= line.quantity:
        yield f"{held} is off the shelf, of {line.quantity} ordered and {line.not_restocked} that stay out"
    if line.product_id and lost_again != lost:  # what stands in no catalogue has no stock
        yield f"{lost_again} left once more, and {lost} got lost"
    received = [back for one in line.order.returns if one.received_at or one.credit_note_id for back in one.lines]
    may_be_back = line.dropped + total(back.quantity for back in received if back.order_line_id == line.id)
    is_counted = taken and line.product_id and UNDONE not in line.order.external_id
    if is_counted and held < line.quantity - may_be_back:
        yield f"{held} is off the shelf, though of {line.quantity} only {may_be_back} came back or will never go"


# --- 6.4 ------------------------------------------------------------------------------------------------------------


def lists_by_order() -> dict[int, set[str]]:
    """Per order the views of the list that it stands in."""
    standing: dict[int, set[str]] = defaultdict(set)
    for view, condition in order_list.VIEWS.items():
        for order_id in db.session.scalars(select(Order.id).where(condition, order_list.NO_DRAFT)):
            standing[order_id].add(view)
    return standing


def broken_lists(order: Order, standing: dict[int, set[str]]) -> Iterator[str]:
    """Who has nothing to do with an order doesn't find it in a work list; who has, in one."""
    views = standing.get(order.id, set())
    if order.is_draft:
        if views:
            yield f"a draft stands in {views}"
        return
    owed, _kept = owed_of(order)
    is_to_go = any(counted > 0 for counted in still_to_go(order))
    lists = {view for view in ("unpaid", "to_ship", "needs_decision") if view in views}
    lists |= {order.status.value} & {"awaiting_pickup", "ready_for_pickup", "on_hold"}
    if order.cancelled_at and is_to_go:
        yield "it is cancelled, and something is to go"
    if not is_to_go and (owed <= 0 or order.cancelled_at) and has_nothing_open(order):
        if lists or "open" in views or order.status not in ("completed", "credited", "cancelled"):
            yield f"nothing is to go and nothing owed, but it is {order.status} and stands in {views}"
    elif "open" not in views:
        yield f"{owed} is owed or something to go ({is_to_go}), but it is {order.status} and in no work list"
    if is_to_go and owed <= 0 and not order.held_at and len(lists) != 1:
        yield f"goods are to go and nothing is in the way, but it stands in {lists}"


def has_nothing_open(order: Order) -> bool:
    """An order of no goods at all that is on hold waits for whoever suspended it."""
    return not order.held_at or bool(order.cancelled_at) or any(line.is_shippable for line in order.lines)


def still_to_go(order: Order) -> list[Decimal]:
    return [
        line.quantity - counted_of(order, line)["shipped"] - line.dropped for line in order.lines if line.is_shippable
    ]
