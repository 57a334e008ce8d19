"""What moved a product's stock since a shop was told, and whether its number here, or there, is the one that counts."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, select

from app.actions.stock import moved_in_all
from app.amounts.money import ZERO
from app.extensions import db
from app.models import (
    Connection,
    MovementKind,
    Order,
    Product,
    ShopProduct,
    ShopWrite,
    ShopWriteKind,
    ShopWriteState,
    StockMode,
    StockMovement,
)


def last_movement_id(product: Product) -> int:
    query = select(func.max(StockMovement.id)).where(StockMovement.product_id == product.id)
    return db.session.scalar(query) or 0


def coming_back(row: ShopProduct) -> Decimal:
    """Pieces of orders that were cancelled here, of which the shop is about to be told: it puts them back by itself,
    so that telling them as well would put them up for sale twice.
    """
    query = (
        select(func.sum(StockMovement.quantity))
        .join(Order, Order.id == StockMovement.order_id)
        .where(
            StockMovement.product_id == row.product_id,
            StockMovement.kind == MovementKind.CANCELLED,
            StockMovement.outside_shop_id.is_(None),
            Order.outside_shop_id == row.outside_shop_id,
            StockMovement.order_id.in_(
                select(ShopWrite.order_id).where(
                    ShopWrite.state == ShopWriteState.WAITING, ShopWrite.kind == ShopWriteKind.CANCELLED
                )
            ),
        )
    )
    return db.session.scalar(query) or ZERO


def was_counted(product: Product) -> bool:
    """Whether its number here says how many there are: somebody counted, or it began with more than none."""
    counts = StockMovement.kind.in_((MovementKind.COUNTED, MovementKind.COUNTED_THERE))
    query = select(StockMovement.id).where(StockMovement.product_id == product.id, counts)
    return db.session.scalar(query.limit(1)) is not None or moved_in_all(product) != product.stock


def another_counts(row: ShopProduct) -> bool:
    """Two numbers that both stood would be taken over in turn for ever: of several, the one that was read first."""
    is_there = (ShopProduct.gone_at.is_(None), ShopProduct.is_counted.is_(True), Connection.is_active)
    query = (
        select(ShopProduct.id)
        .join(Connection, Connection.outside_shop_id == ShopProduct.outside_shop_id)
        .where(ShopProduct.product_id == row.product_id, ShopProduct.id < row.id, *is_there)
        .where(Connection.stock_mode == StockMode.SHOP)
    )
    return db.session.scalar(query.limit(1)) is not None


def own_since(row: ShopProduct) -> Decimal:
    return own_of(row, row.base_movement_id)


def own_of(row: ShopProduct, movement_id: int | None) -> Decimal:
    """What moved since of which the shop told us: it has counted that itself."""
    if movement_id is None:
        return ZERO
    query = select(func.sum(StockMovement.quantity)).where(
        StockMovement.product_id == row.product_id,
        StockMovement.id > movement_id,
        StockMovement.outside_shop_id == row.outside_shop_id,
        StockMovement.kind != MovementKind.COUNTED_THERE,
    )
    return db.session.scalar(query) or ZERO
