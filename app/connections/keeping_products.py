"""Keeping what a connected shop sells, and which product that is here, as far as its SKU says so.

A SKU that one product has there and one has here matches by itself. Where two have it there, or none here, somebody
has to say. What people said stays, whatever the SKU becomes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select

from app.amounts.money import MOST_PIECES
from app.columns import now
from app.connections.catalogue import PulledProduct
from app.connections.taking_in import Intake
from app.extensions import db, transaction
from app.models import Connection, LinkState, Product, ShopProduct, StockMode
from app.write_back import mark_due


def keep_products(into: Intake, products: Sequence[PulledProduct]) -> int:
    """One page, in a transaction of its own; answers how many are new, or are something else now."""
    if not products:
        return 0
    with transaction():
        return keep_page(into, products)


def keep_page(into: Intake, products: Sequence[PulledProduct]) -> int:
    held = held_products(into, products)
    news = 0
    for told in products:
        row = held.get(told.key.external_id)
        if row is None:
            row = held[told.key.external_id] = ShopProduct(
                outside_shop_id=into.shop.id, external_id=told.key.external_id, state=LinkState.TO_MATCH
            )
            db.session.add(row)
        news += write_product(row, told)
    db.session.flush()
    news += match_by_sku(into, [held[one.key.external_id] for one in products])
    ask_where_they_differ(into, [held[one.key.external_id] for one in products])
    return news


def held_products(into: Intake, products: Sequence[PulledProduct]) -> dict[str, ShopProduct]:
    """In the order of their ids, for whoever else locks several."""
    query = select(ShopProduct).where(
        ShopProduct.outside_shop_id == into.shop.id,
        ShopProduct.external_id.in_([one.key.external_id for one in products]),
    )
    rows = db.session.scalars(query.order_by(ShopProduct.id).with_for_update()).all()
    return {row.external_id: row for row in rows}


def write_product(row: ShopProduct, told: PulledProduct) -> bool:
    """As it is stated now; True when that is news."""
    stated: dict[str, object] = {
        "parent_id": told.key.parent_id,
        "facts": dict(told.key.facts),
        "sku": told.sku[:120],
        "title": (told.title or row.title or "")[:255],
        "variant": told.variant[:255],
        "price": told.price,
        "includes_tax": told.includes_tax,
        "vat_rate": told.vat_rate,
        "tax_class": told.tax_class[:120],
        "stock": None if told.stock is None or abs(told.stock) > MOST_PIECES else told.stock,
        "is_counted": told.is_counted,
        "is_offered": told.is_offered,
        "is_shippable": told.is_shippable,
        "gone_at": None,
    }
    changes = {name: value for name, value in stated.items() if row.id is None or getattr(row, name) != value}
    for name, value in changes.items():
        setattr(row, name, value)
    row.seen_at = now()
    return bool(changes)


# --- matching -------------------------------------------------------------------------------------------------------


def match_by_sku(into: Intake, rows: Sequence[ShopProduct]) -> int:
    """Match what nobody decided on; answers how many are matched now that were not."""
    open_rows = [row for row in rows if row.state in (LinkState.TO_MATCH, LinkState.MATCHED)]
    skus = sorted({row.sku for row in open_rows if row.sku})
    ours = dict(db.session.execute(select(Product.sku, Product.id).where(Product.sku.in_(skus))).all()) if skus else {}
    often = count_there(into, skus)
    news = 0
    for row in open_rows:
        product_id = ours.get(row.sku) if often[row.sku] == 1 else None
        news += put_product(row, product_id)
    part_doubles(into, [sku for sku in skus if often[sku] > 1])
    return news


def put_product(row: ShopProduct, product_id: int | None) -> bool:
    """By its SKU, or by none any more; True when it is matched now and was not so."""
    if row.product_id == product_id:
        return False
    row.state = LinkState.MATCHED if product_id else LinkState.TO_MATCH
    row.product_id = product_id
    row.forget_numbers()
    return product_id is not None


def count_there(into: Intake, skus: Sequence[str]) -> Counter[str]:
    query = select(ShopProduct.sku).where(
        ShopProduct.outside_shop_id == into.shop.id, ShopProduct.sku.in_(skus), ShopProduct.gone_at.is_(None)
    )
    return Counter(db.session.scalars(query)) if skus else Counter()


def part_doubles(into: Intake, skus: Sequence[str]) -> None:
    """Two there have the same SKU by now: which of them is ours, somebody has to say."""
    if not skus:
        return
    query = select(ShopProduct).where(
        ShopProduct.outside_shop_id == into.shop.id,
        ShopProduct.sku.in_(skus),
        ShopProduct.state == LinkState.MATCHED,
    )
    for row in db.session.scalars(query.order_by(ShopProduct.id).with_for_update()):
        put_product(row, None)


# --- stock ----------------------------------------------------------------------------------------------------------


def ask_where_they_differ(into: Intake, rows: Sequence[ShopProduct]) -> None:
    """Have the numbers compared of what changed there, or was never compared: a read of its own decides."""
    counted = [row for row in rows if row.product_id and row.is_counted]
    if not counted or not is_counting(into):
        return
    db.session.flush()
    unequal = [row.id for row in counted if row.base is None or row.stock != row.told]
    if unequal:
        mark_due(ShopProduct.id.in_(unequal), ShopProduct.is_due.is_(False))


def is_counting(into: Intake) -> bool:
    mode = select(Connection.stock_mode).where(Connection.id == into.connection_id)
    return db.session.scalar(mode) != StockMode.OFF
