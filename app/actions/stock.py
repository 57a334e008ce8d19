"""Moving stock: what an order takes off the shelf, and what comes back, each piece once at most.

The stock of a product is the sum of its movements. Only lines whose product is in the catalogue move anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import count
from typing import cast

from sqlalchemy import Integer, Table, Update, bindparam, func, select, update
from sqlalchemy.orm.util import identity_key

from app.amounts.money import ZERO
from app.deferring import add_rows, defer, write_deferred
from app.extensions import db
from app.history import Actor, Recorded, subject_key
from app.models import MovementKind, Order, OrderLine, Product, Return, StockMovement
from app.write_back import ask_to_compare_stock, telling_shop_id


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


def hold_products(order: Order, more: Iterable[int | None] = ()) -> None:
    """Before a number of an invoice, a credit note or a return is drawn in a transaction that moves stock afterwards.

    `more` are ids of products that the order is to have. The order of locks stands in `app/numbering.py`.
    """
    ids = {id for id in (*(line.product_id for line in order.lines), *more) if id}
    if ids:
        products = select(Product.id).where(Product.id.in_(ids)).order_by(Product.id)
        with db.session.no_autoflush:
            db.session.execute(products.with_for_update(key_share=True)).all()


def follow_lines(order: Order, had: Mapping[OrderLine, Decimal], *, document: Recorded, by: Actor) -> None:
    """After the order's lines were edited: take what was added, put back what is less. `had` are the quantities before.

    At most what the order took comes back. Lines are told apart as objects: SQLite gives the id of one that was removed
    to the next one.
    """
    held = held_by_line(order)
    moves = [
        Move(line, min(had.get(line, ZERO) - line.quantity, count_undecided(line, held)))
        for line in order.lines
        if line.is_shippable and line.product_id
    ]
    move(moves, order, kind=MovementKind.ORDERED, document=subject_key(document), by=by)


def put_back_lines(order: Order, lines: Iterable[OrderLine], *, by: Actor) -> None:
    """Put back what these lines hold, before they become lines of another product."""
    held = held_by_line(order)
    moves = [Move(line, count_undecided(line, held)) for line in lines]
    document = unused_document(order, f"{subject_key(order)}:other")
    move(moves, order, kind=MovementKind.ORDERED, document=document, by=by)


def put_back_unsent(
    order: Order, quantities: Mapping[int, Decimal], *, restock: bool, kind: MovementKind, document: Recorded, by: Actor
) -> None:
    """Decide what becomes of pieces that will never go: back on the shelf, or with `restock` False never again.

    `kind` is cancelled or returned; `document` is the record by which it is decided. An order that is cancelled took
    its goods by the same document, so the kind is part of what makes a movement one and the same.
    """
    held = held_by_line(order)
    back = {line: min(quantities.get(line.id, ZERO), count_undecided_unsent(line, held)) for line in order.lines}
    decide(order, back, restock=restock, kind=kind, document=document, by=by)


def put_back_returned(goods_return: Return, *, restock: bool, by: Actor) -> None:
    """Decide what becomes of pieces that are back: on the shelf, or with `restock` False never again."""
    order, held = goods_return.order, held_by_line(goods_return.order)
    back = {one.order_line: min(one.quantity, count_undecided(one.order_line, held)) for one in goods_return.lines}
    decide(order, back, restock=restock, kind=MovementKind.RETURNED, document=goods_return, by=by)


def put_back_all(order: Order, *, document: Recorded, by: Actor) -> None:
    """Put everything back that the order holds, also what went: it is as if it had never come in."""
    held = held_by_line(order)
    back = {line: count_undecided(line, held) for line in order.lines}
    decide(order, back, restock=True, kind=MovementKind.CANCELLED, document=document, by=by)


def decide(
    order: Order,
    back: Mapping[OrderLine, Decimal],
    *,
    restock: bool,
    kind: MovementKind,
    document: Recorded,
    by: Actor,
) -> None:
    """The one place where goods of an order come back, each piece once; what is not put back is remembered."""
    if restock:
        moves = [Move(line, quantity) for line, quantity in back.items()]
        move(moves, order, kind=kind, document=unused_document(order, f"{subject_key(document)}:{kind}"), by=by)
        return
    for line, quantity in back.items():
        line.not_restocked += quantity
    db.session.flush()


def unused_document(order: Order, key: str) -> str:
    """The key, numbered where the order has movements by it: what was sent may be lost after the rest was cancelled."""
    write_deferred()
    query = select(StockMovement.document).where(StockMovement.order_id == order.id)
    used = set(db.session.scalars(query))
    keys = (key if number == 1 else f"{key}:{number}" for number in count(1))
    return next(one for one in keys if one not in used)


def count_undecided(line: OrderLine, held: Mapping[int, Decimal]) -> Decimal:
    """How many pieces of the line are off the shelf, and nobody said that they stay so."""
    return max(held.get(line.id, ZERO) - line.not_restocked, ZERO)


def count_undecided_unsent(line: OrderLine, held: Mapping[int, Decimal]) -> Decimal:
    """Of these the ones that did not go: what went is decided on when it is received."""
    received = [on_it for one in line.order.returns if one.received_at for on_it in one.lines]
    decided = sum((on_it.quantity for on_it in received if on_it.order_line_id == line.id), ZERO)
    return max(count_undecided(line, held) - (line.shipped - decided), ZERO)


def held_by_line(order: Order) -> dict[int, Decimal]:
    """Per order line what the order took off the shelf and did not put back. Only lines that ever moved are named.

    What went a second time, for the first parcel got lost, stands for the first: that never comes back.
    """
    write_deferred()
    query = (
        select(StockMovement.order_line_id, func.sum(StockMovement.quantity))
        .where(StockMovement.order_id == order.id, StockMovement.kind != MovementKind.LOST)
        .group_by(StockMovement.order_line_id)
    )
    return {line_id: -moved for line_id, moved in db.session.execute(query) if line_id is not None}


def move(moves: Iterable[Move], order: Order, *, kind: MovementKind, document: str, by: Actor) -> None:
    """The products first: who holds them writes the movements, so that their ids are in the order of their commits."""
    real = [one for one in moves if one.quantity and one.line.product_id]
    if not real:
        return
    sums: dict[int, Decimal] = {}
    for one in real:
        if one.line.product_id:
            sums[one.line.product_id] = sums.get(one.line.product_id, ZERO) + one.quantity
    defer(add_to_stock, *sums.items())
    movements = (
        StockMovement(
            product_id=one.line.product_id,
            quantity=one.quantity,
            kind=kind,
            document=document,
            order_id=order.id,
            order_line_id=one.line.id,
            outside_shop_id=telling_shop_id(order),
            entered_by=by.name,
            is_demo=order.is_demo,
        )
        for one in real
    )
    defer(add_rows, *movements)


def add_to_stock(moved: Sequence[tuple[int, Decimal]]) -> None:
    """In the database, so that two orders at once both count; in the order of ids, so that none waits for another.

    `moved` are ids of products, each with a quantity. The version tells a form that was opened before.
    """
    quantities: dict[int, list[Decimal]] = {}
    for id, quantity in moved:
        quantities.setdefault(id, []).append(quantity)
    more = [{"product": id, "more": sum(all_of), "times": len(all_of)} for id, all_of in sorted(quantities.items())]
    db.session.connection().execute(stock_added(), more)
    known = (db.session.identity_map.get(identity_key(Product, id)) for id in quantities)
    for product in filter(None, known):
        db.session.expire(product, ["stock", "version"])
    ask_to_compare_stock(quantities)


@cache
def stock_added() -> Update:
    products = cast(Table, Product.__table__)
    more = bindparam("more", type_=products.c.stock.type)
    changed = {"stock": products.c.stock + more, "version": products.c.version + bindparam("times", type_=Integer)}
    return update(products).where(products.c.id == bindparam("product")).values(**changed)


def count_stock(product: Product, quantity: Decimal, *, by: Actor) -> None:
    """Somebody counted: the difference is a movement of its own. The caller sets `product.stock`."""
    if product.id:
        ask_to_compare_stock([product.id])
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


def take_over_count(product: Product, difference: Decimal, shop_id: int, *, by: Actor) -> None:
    """A connected shop counted so many more, or less: its number is right. The caller holds the product."""
    add_to_stock([(product.id, difference)])
    db.session.add(
        StockMovement(
            product_id=product.id,
            quantity=difference,
            kind=MovementKind.COUNTED_THERE,
            outside_shop_id=shop_id,
            entered_by=by.name,
            is_demo=product.is_demo,
        )
    )
