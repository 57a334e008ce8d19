"""Proving that stock is what moved, that each piece came back once at most, and that none came back that is to go."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import func, or_, select

from app.amounts.money import ZERO
from app.extensions import db
from app.intake.batches import UNDONE
from app.models import (
    MovementKind,
    Order,
    OrderLine,
    Product,
    Return,
    ReturnLine,
    ShipmentLine,
    ShopProduct,
    StockMovement,
)


def stock_findings() -> Iterator[str]:
    yield from product_findings()
    yield from line_stock_findings()
    yield from too_early_findings()
    yield from lost_stock_findings()
    yield from shop_stock_findings()


def product_findings() -> Iterator[str]:
    """A product's stock is the sum of its movements."""
    moved = func.coalesce(func.sum(StockMovement.quantity), 0)
    query = (
        select(Product, moved)
        .outerjoin(StockMovement, StockMovement.product_id == Product.id)
        .group_by(Product.id)
        .having(Product.stock != moved)
        .order_by(Product.id)
    )
    for product, movements in db.session.execute(query):
        yield f"{product.sku or product.name}: {product.stock} in stock, but its movements add up to {movements}"


def line_stock_findings() -> Iterator[str]:
    """A line never put back more than it took, and what somebody said is not put back is out."""
    is_first = StockMovement.kind != MovementKind.LOST
    held = -func.coalesce(func.sum(StockMovement.quantity).filter(is_first), 0)
    moved = select(StockMovement.order_line_id)
    query = (
        select(Order.number, OrderLine.name, held, OrderLine.not_restocked)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .outerjoin(StockMovement, StockMovement.order_line_id == OrderLine.id)
        .where(or_(OrderLine.not_restocked > 0, OrderLine.id.in_(moved)))  # of others nothing is out, and nothing kept
        .group_by(Order.number, OrderLine.id)
        .having(held < OrderLine.not_restocked)
        .order_by(OrderLine.id)
    )
    for number, name, out, kept in db.session.execute(query):
        yield f"{number}: of {name} {out} is out of stock, but {kept} are not put back"
    lines = select(Order.number, OrderLine).join(OrderLine, OrderLine.order_id == Order.id)
    odd = or_(OrderLine.not_restocked < 0, OrderLine.not_restocked > OrderLine.dropped)
    for number, line in db.session.execute(lines.where(odd).order_by(OrderLine.id)):
        decided = line.dropped + count_decided(line.id)
        if not 0 <= line.not_restocked <= decided:
            yield f"{number}: {line.not_restocked} of {line.name} are not put back, but {decided} could have been"


def too_early_findings() -> Iterator[str]:
    """What is still to go, or went and did not come back, is off the shelf: nothing of it was put back."""
    held = -func.coalesce(func.sum(StockMovement.quantity).filter(StockMovement.kind != MovementKind.LOST), 0)
    takes = func.count().filter(StockMovement.kind == MovementKind.ORDERED)
    query = (
        select(Order.number, OrderLine, held)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(StockMovement, StockMovement.order_line_id == OrderLine.id)
        .where(OrderLine.product_id.is_not(None), ~Order.external_id.contains(UNDONE))
        .group_by(Order.number, OrderLine.id)
        .having(held < OrderLine.quantity - OrderLine.dropped, takes > 0)
        .order_by(OrderLine.id)
    )
    for number, line, out in db.session.execute(query).all():
        going, back = line.quantity - line.dropped, count_decided(line.id)
        if out < going - back:
            yield f"{number}: {out} of {line.name} is out, but {going} went or is to go, and {back} came back"


def count_decided(line_id: int) -> Decimal:
    """How many pieces of the line are back, or stand on a return that is credited."""
    query = select(func.sum(ReturnLine.quantity)).join(Return, Return.id == ReturnLine.return_id)
    is_decided = or_(Return.received_at.is_not(None), Return.credit_note_id.is_not(None))
    return db.session.scalar(query.where(ReturnLine.order_line_id == line_id, is_decided)) or ZERO


def lost_stock_findings() -> Iterator[str]:
    """What got lost left the stock once more, no more and no less."""
    lost = select(ShipmentLine.order_line_id, func.sum(ShipmentLine.lost)).where(ShipmentLine.lost > 0)
    moved = select(StockMovement.order_line_id, -func.sum(StockMovement.quantity)).where(
        StockMovement.kind == MovementKind.LOST
    )
    right = dict(db.session.execute(lost.group_by(ShipmentLine.order_line_id)).all())
    stored = dict(db.session.execute(moved.group_by(StockMovement.order_line_id)).all())
    about = OrderLine.id.in_({*right, *stored}), OrderLine.product_id.is_not(None)
    query = select(Order.number, OrderLine.id, OrderLine.name).join(OrderLine, OrderLine.order_id == Order.id)
    for number, line_id, name in db.session.execute(query.where(*about).order_by(OrderLine.id)):
        out, should = stored.get(line_id, ZERO), right.get(line_id, ZERO)
        if out != should:
            yield f"{number}: {out} of {name} left the stock once more, but {should} got lost"


def shop_stock_findings() -> Iterator[str]:
    """What a shop should have is reckoned by movements of that product; what stands for none waits for nothing."""
    rows = select(ShopProduct).order_by(ShopProduct.id)
    of_another = select(StockMovement.id).where(
        StockMovement.id == ShopProduct.base_movement_id, StockMovement.product_id != ShopProduct.product_id
    )
    for row in db.session.scalars(rows.where(of_another.exists())):
        yield f"{row} of shop {row.outside_shop_id}: what it should have is reckoned by another product's movements"
    idle = or_(ShopProduct.product_id.is_(None), ShopProduct.gone_at.is_not(None))
    for row in db.session.scalars(rows.where(ShopProduct.is_due, idle)):
        yield f"{row} of shop {row.outside_shop_id}: waits to be compared, but stands for no product"
