"""Moving stock: what an order takes off the shelf, and what comes back, each once per document.

The stock of a product is the sum of its movements. Only lines whose product is in the catalogue move anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select, update

from app.amounts.money import ZERO
from app.extensions import db
from app.history import Actor, Recorded, subject_key
from app.models import MovementKind, Order, OrderLine, Product, StockMovement


@dataclass(frozen=True)
class Move:
    line: OrderLine
    quantity: Decimal  # negative: off the shelf


def take_from_stock(order: Order, *, by: Actor) -> None:
    """Take what was ordered off the shelf. Nothing for an order that was finished elsewhere before it came in."""
    if order.is_finished:
        return
    moves = [Move(line, -line.quantity) for line in order.lines if line.is_shippable and line.product_id]
    move(moves, order, kind=MovementKind.ORDERED, document=subject_key(order), by=by)


def follow_lines(order: Order, had: dict[int, Decimal], *, document: Recorded, by: Actor) -> None:
    """After the order's lines were edited: take what was added, put back what is less. `had` are the quantities before.

    At most what the order took comes back.
    """
    held = {line_id: -moved for line_id, moved in moved_by_line(order).items()}
    moves = [
        Move(line, min(had.get(line.id, ZERO) - line.quantity, max(held.get(line.id, ZERO), ZERO)))
        for line in order.lines
        if line.is_shippable and line.product_id
    ]
    move(moves, order, kind=MovementKind.ORDERED, document=subject_key(document), by=by)


def put_back(
    order: Order, quantities: dict[int, Decimal], *, kind: MovementKind, document: Recorded, by: Actor
) -> None:
    """Put quantities per order line back on the shelf; at most what the order took and what is not back yet.

    `kind` is cancelled or returned; `document` is the record by which it comes back. An order that is cancelled took
    its goods by the same document, so the kind is part of what makes a movement one and the same.
    """
    left = {line_id: -moved for line_id, moved in moved_by_line(order).items()}
    back = {line.id: min(quantities.get(line.id, ZERO), left.get(line.id, ZERO)) for line in order.lines}
    key = f"{subject_key(document)}:{kind}"
    move([Move(line, back[line.id]) for line in order.lines], order, kind=kind, document=key, by=by)


def moved_by_line(order: Order) -> dict[int, Decimal]:
    """Per order line what the order has moved so far; negative is what it holds."""
    query = (
        select(StockMovement.order_line_id, func.sum(StockMovement.quantity))
        .where(StockMovement.order_id == order.id)
        .group_by(StockMovement.order_line_id)
    )
    return {line_id: moved for line_id, moved in db.session.execute(query) if line_id is not None}


def move(moves: Iterable[Move], order: Order, *, kind: MovementKind, document: str, by: Actor) -> None:
    real = [one for one in moves if one.quantity and one.line.product_id]
    if not real:
        return
    db.session.add_all(
        StockMovement(
            product_id=one.line.product_id,
            quantity=one.quantity,
            kind=kind,
            document=document,
            order_id=order.id,
            order_line_id=one.line.id,
            entered_by=by.name,
            is_demo=order.is_demo,
        )
        for one in real
    )
    db.session.flush()
    for product_id in sorted({one.line.product_id for one in real if one.line.product_id}):
        add_to_stock(product_id, sum((one.quantity for one in real if one.line.product_id == product_id), ZERO))


def add_to_stock(product_id: int, quantity: Decimal) -> None:
    """In the database, so that two orders at once both count. The version tells a form that was opened before."""
    db.session.execute(
        update(Product)
        .where(Product.id == product_id)
        .values(stock=Product.stock + quantity, version=Product.version + 1)
        .execution_options(synchronize_session="fetch")
    )


def count_stock(product: Product, quantity: Decimal, *, by: Actor) -> None:
    """Somebody counted: the difference is a movement of its own. The caller sets `product.stock`."""
    if difference := quantity - moved_in_all(product):
        db.session.add(
            StockMovement(
                product_id=product.id,
                quantity=difference,
                kind=MovementKind.COUNTED,
                entered_by=by.name,
                is_demo=product.is_demo,
            )
        )


def moved_in_all(product: Product) -> Decimal:
    query = select(func.sum(StockMovement.quantity)).where(StockMovement.product_id == product.id)
    return db.session.scalar(query) or ZERO
