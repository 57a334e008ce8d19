"""Which products of the catalogue the lines of an order are: as its shop's products are matched, else by the SKU."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import null, or_, select

from app.extensions import db, remember
from app.models import LINKED, LinkState, Product, ShopProduct


@dataclass(frozen=True)
class KnownProducts:
    """Ids of products here; None where somebody said that it is none of ours."""

    by_key: Mapping[str, int | None] = field(default_factory=dict)  # by the id of what is sold there
    by_sku_there: Mapping[str, int | None] = field(default_factory=dict)
    by_sku: Mapping[str, int] = field(default_factory=dict)

    def product_of(self, sku: str, key: str = "") -> int | None:
        if key in self.by_key:
            return self.by_key[key]
        if sku in self.by_sku_there:
            return self.by_sku_there[sku]
        return self.by_sku.get(sku)


def products_of_shop(shop_id: int | None, skus: Iterable[str], keys: Iterable[str] = ()) -> KnownProducts:
    """By their SKUs, and by the ids that they have in that shop; one statement, none where nothing is stated."""
    some_skus = tuple(sorted({sku for sku in skus if sku}))
    some_keys = tuple(sorted({key for key in keys if key})) if shop_id is not None else ()
    if not some_skus and not some_keys:
        return KnownProducts()
    rows = remember(("products", shop_id, some_skus, some_keys), lambda: ask_for(shop_id, some_skus, some_keys))
    ours = {sku: id for key, sku, id in rows if key is None and sku and id}
    there = [(key, sku or "", id) for key, sku, id in rows if key is not None]
    by_key = {key: id for key, _sku, id in there if key in some_keys}
    by_sku: dict[str, set[int | None]] = {}
    for _key, sku, id in there:
        by_sku.setdefault(sku, set()).add(id)
    clear = {sku: next(iter(ids)) for sku, ids in by_sku.items() if sku and len(ids) == 1}
    return KnownProducts(by_key, clear, ours)


#: Id there, None of ours; SKU; id of ours.
ProductRow: TypeAlias = tuple[str | None, str | None, int | None]


def ask_for(shop_id: int | None, skus: tuple[str, ...], keys: tuple[str, ...]) -> list[ProductRow]:
    """Ours, and what the shop has under these; what is still to be matched there says nothing."""
    ours = select(null().label("key"), Product.sku, Product.id).where(Product.sku.in_(skus))
    if shop_id is None:
        return [(None, sku, id) for _key, sku, id in db.session.execute(ours)]
    decided = ShopProduct.state.in_((*LINKED, LinkState.NOT_OURS))
    named = or_(ShopProduct.external_id.in_(keys), ShopProduct.sku.in_(skus))
    there = select(ShopProduct.external_id, ShopProduct.sku, ShopProduct.product_id)
    rows = db.session.execute(ours.union_all(there.where(ShopProduct.outside_shop_id == shop_id, decided, named)))
    return [(key, sku, id) for key, sku, id in rows]
