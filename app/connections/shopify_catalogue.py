"""Variants of a Shopify shop, and how many are available at one of its places.

The shop compares by itself: a number is set only while the one before is still what was read. A second telling has a
key of its own, as what was read before it may be another number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from uuid import uuid4

from app.connections.catalogue import (
    Catalogue,
    PageOfProducts,
    ProductKey,
    PulledProduct,
    StockMoved,
    StockPlace,
)
from app.connections.failures import ShopFailure
from app.connections.platform import Place
from app.connections.shopify import Shopify, utc_moment
from app.connections.shopify_answers import cost_in, object_in, objects_in, told_in
from app.connections.shopify_queries import PAGE_INFO
from app.models import Trouble

VARIANT = """
fragment SoldVariant on ProductVariant {
  id legacyResourceId title sku price
  product { id legacyResourceId title status hasOnlyDefaultVariant }
  inventoryItem {
    id tracked requiresShipping
    inventoryLevel(locationId: $place) { id quantities(names: ["available"]) { name quantity } }
  }
}
"""

PRODUCTS = (
    """
query Products($first: Int!, $after: String, $query: String, $place: ID!) {
  shop { taxesIncluded }
  productVariants(first: $first, after: $after, query: $query, sortKey: ID) {
    nodes { ...SoldVariant }
    """
    + PAGE_INFO
    + """
  }
}
"""
    + VARIANT
)

THESE = (
    """
query Some($ids: [ID!]!, $place: ID!) {
  shop { taxesIncluded }
  nodes(ids: $ids) { ...SoldVariant }
}
"""
    + VARIANT
)

PLACES = "query Places { locations(first: 50) { nodes { id legacyResourceId name isActive } } }"

SET_STOCK = """
mutation SetStock($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { field message code }
  }
}
"""

#: The number there is another one than was read.
STALE = "CHANGE_FROM_QUANTITY_STALE"


class ShopifyCatalogue(Catalogue):
    tells_stock = True
    compares = True
    at_once = 50
    read_rights = ("read_products", "read_inventory", "read_locations")
    write_rights = ("write_inventory",)

    platform: Shopify

    def all_products(self, place: Place, stock_place: str = "") -> PageOfProducts:
        return self.page(None, place, stock_place)

    def changed_since(self, since: datetime, place: Place, stock_place: str = "") -> PageOfProducts:
        return self.page(f"updated_at:>='{utc_moment(since)}'", place, stock_place)

    def page(self, narrowed: str | None, place: Place, stock_place: str) -> PageOfProducts:
        """By id: the cursor holds the last one's."""
        how = {"after": place.get("after"), "query": narrowed, "place": self.place_id(stock_place)}
        answer = self.platform.ask(PRODUCTS, first=self.at_once, **how)
        told = told_in(answer)
        data = object_in(told, "data")
        listed = object_in(data, "productVariants")
        info = object_in(listed, "pageInfo")
        following = {"after": str(info.get("endCursor"))} if info.get("hasNextPage") else None
        products = list(products_told(objects_in(listed, "nodes"), data))
        return PageOfProducts(products, answer.shop_time, following, pause=cost_in(told).pause)

    def these(self, keys: Sequence[ProductKey], stock_place: str = "") -> list[PulledProduct]:
        ids = [f"gid://shopify/ProductVariant/{one.external_id}" for one in keys]
        data = object_in(told_in(self.platform.ask(THESE, ids=ids, place=self.place_id(stock_place))), "data")
        return list(products_told(objects_in(data, "nodes"), data))

    def set_stock(self, product: PulledProduct, quantity: int, stock_place: str = "") -> None:
        line = {
            "inventoryItemId": f"gid://shopify/InventoryItem/{product.key.facts['item']}",
            "locationId": self.place_id(stock_place),
            "quantity": quantity,
            "changeFromQuantity": int(product.stock or 0),
        }
        stated = {"name": "available", "reason": "correction", "quantities": [line]}
        data = object_in(told_in(self.platform.ask(SET_STOCK, input=stated, key=uuid4().hex)), "data")
        for error in objects_in(object_in(data, "inventorySetQuantities"), "userErrors"):
            if error.get("code") == STALE:
                raise StockMoved
            raise ShopFailure(Trouble.REFUSED, str(error.get("message", "")), code=str(error.get("code") or ""))

    # --- where it counts ---

    def stock_places(self) -> list[StockPlace]:
        return [StockPlace(str(one["legacyResourceId"]), str(one.get("name", ""))) for one in self.locations]

    @cached_property
    def locations(self) -> list[dict[str, object]]:
        """Those that are in use, the first one first."""
        data = object_in(told_in(self.platform.ask(PLACES)), "data")
        return [one for one in objects_in(object_in(data, "locations"), "nodes") if one.get("isActive")]

    def place_id(self, stock_place: str) -> str:
        if stock_place:
            return f"gid://shopify/Location/{stock_place}"
        if not self.locations:
            raise ShopFailure(Trouble.NO_RIGHT, "locations")
        return str(self.locations[0]["id"])


def products_told(nodes: Sequence[Mapping[str, object]], data: Mapping[str, object]) -> Iterator[PulledProduct]:
    includes_tax = object_in(data, "shop").get("taxesIncluded")
    for facts in nodes:
        if facts.get("legacyResourceId"):
            yield product_told(facts, includes_tax if isinstance(includes_tax, bool) else None)


def product_told(facts: Mapping[str, object], includes_tax: bool | None) -> PulledProduct:
    product, item = object_in(facts, "product"), object_in(facts, "inventoryItem")
    available = available_in(object_in(item, "inventoryLevel")) if item.get("tracked") else None
    item_id = str(item.get("id", "")).rpartition("/")[2]
    has_variants = product.get("hasOnlyDefaultVariant") is False
    return PulledProduct(
        key=ProductKey(str(facts["legacyResourceId"]), str(product.get("legacyResourceId", "")), {"item": item_id}),
        title=str(product.get("title") or ""),
        variant=str(facts.get("title") or "") if has_variants else "",
        sku=str(facts.get("sku") or "").strip(),
        price=price_in(facts),
        includes_tax=includes_tax,
        stock=available,
        is_counted=available is not None,
        is_offered=product.get("status") == "ACTIVE",
        is_shippable=item.get("requiresShipping") is not False,
    )


def available_in(level: Mapping[str, object]) -> Decimal | None:
    """None where it is not kept at that place."""
    for one in objects_in(level, "quantities"):
        quantity = one.get("quantity")
        if one.get("name") == "available" and isinstance(quantity, int):
            return Decimal(quantity)
    return None


def price_in(facts: Mapping[str, object]) -> Decimal | None:
    try:
        return Decimal(str(facts["price"])) if facts.get("price") is not None else None
    except InvalidOperation:
        return None
