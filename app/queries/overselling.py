"""Of which products more is sold than there is. It is said, and nothing is refused for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from sqlalchemy import select

from app.amounts.money import ZERO
from app.extensions import db
from app.models import Order, Product

NOTHING: Mapping[int, Decimal] = MappingProxyType({})


@dataclass(frozen=True)
class Shortage:
    """Of a product more is sold than there is. `stock` is as it stands; `short` is what is missing over all orders."""

    product_id: int
    name: str
    sku: str
    needed: Decimal  # by this order
    stock: Decimal
    short: Decimal
    is_sold: bool  # the order took it from the stock already


def shortages(order: Order, known: Sequence[Product] | None = None) -> list[Shortage]:
    """Of which products of the order more is sold than there is: of a draft, as it would be once it is placed.

    Nothing for what is on its way already, and for products whose stock is not kept. One statement at most, and none
    where its products are `known`.
    """
    if order.cancelled_at:
        return []
    needs = needs_of((line.product_id, line.quantity if order.is_draft else line.to_ship) for line in order.lines)
    return shortages_of(needs, is_sold=not order.is_draft, known=known)


def needs_of(pieces: Iterable[tuple[int | None, Decimal]]) -> dict[int, Decimal]:
    """Product id -> how many pieces are needed in all."""
    needs: dict[int, Decimal] = {}
    for product_id, quantity in pieces:
        if product_id and quantity > 0:
            needs[product_id] = needs.get(product_id, ZERO) + quantity
    return needs


def shortages_of(
    needs: Mapping[int, Decimal],
    *,
    is_sold: bool,
    had: Mapping[int, Decimal] = NOTHING,
    known: Sequence[Product] | None = None,
) -> list[Shortage]:
    """`had` is what the order holds already of what it needs, where it is about to change."""
    if not needs:
        return []
    if known is None:
        query = select(Product).where(Product.id.in_(needs), Product.keeps_stock).order_by(Product.id)
        known = db.session.scalars(query).all()
    found = []
    for product in (one for one in known if one.id in needs and one.keeps_stock):
        needed, stock = needs[product.id], product.stock + had.get(product.id, ZERO)
        if (short := (ZERO if is_sold else needed) - stock) > 0:
            found.append(Shortage(product.id, product.name, product.sku or "", needed, stock, short, is_sold))
    return found
