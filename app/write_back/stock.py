"""Asking for the stock of products to be compared with that of the shops that sell them, and told.

A row for each shop and product waits already (`ShopProduct`): it is only marked, in the transaction of what moved the
stock, so that many movements are told as one number, the newest.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, select, update

from app.columns import now
from app.extensions import db
from app.models import ShopProduct
from app.write_back.listeners import counting_shops


def ask_to_compare_stock(product_ids: Collection[int]) -> None:
    """Their stock moved. No statement while no shop counts with us, else one.

    Whoever moved it holds the products, so that no two of these wait for one another.
    """
    shops = counting_shops() if product_ids else ()
    if shops:
        mark_due(ShopProduct.product_id.in_(sorted(product_ids)), ShopProduct.outside_shop_id.in_(sorted(shops)))


def mark_due(*which: ColumnElement[bool]) -> None:
    """In the order of ids, as all who lock several. Of one that somebody has in hand, `asked` tells it."""
    open_rows = (*which, ShopProduct.product_id.is_not(None), ShopProduct.gone_at.is_(None))
    chosen = select(ShopProduct.id).where(*open_rows).order_by(ShopProduct.id).with_for_update().cte("chosen")
    values = {"is_due": True, "due_at": now(), "asked": ShopProduct.asked + 1, "attempts": 0}
    this = update(ShopProduct).where(ShopProduct.id.in_(select(chosen.c.id))).values(values)
    db.session.execute(this.execution_options(synchronize_session=False))
