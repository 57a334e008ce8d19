"""Products of a Magento 2 shop: the simple ones, of which those with options consist, too.

What is sold of a configurable product is a simple one, with a stock of its own. Stock is a number without a condition:
it is read just before it is set. In a shop with several sources it is that of the usual one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.connections.bigcommerce_catalogue import exact_in
from app.connections.catalogue import Catalogue, PageOfProducts, ProductKey, PulledProduct
from app.connections.failures import ShopFailure
from app.connections.magento import Criterion, Magento, moment_there
from app.connections.magento_answers import items_told, total_told
from app.connections.platform import Place
from app.connections.stated_facts import ShopFacts
from app.models import Trouble

#: Products on a page; the stock of each is asked for besides.
PRODUCTS_ON_PAGE = 25

#: Kinds of products that are sold as they are; the others consist of these.
SOLD = ("simple", "virtual", "downloadable")
ENABLED = 1


class MagentoCatalogue(Catalogue):
    tells_stock = True
    at_once = PRODUCTS_ON_PAGE
    read_rights = (_l("Catalog > Inventory > Products"),)
    write_rights = (_l("Stores > Settings > Configuration > Inventory Section"),)

    platform: Magento

    def all_products(self, place: Place, stock_place: str = "") -> PageOfProducts:
        return self.page([], place)

    def changed_since(self, since: datetime, place: Place, stock_place: str = "") -> PageOfProducts:
        return self.page([("updated_at", "gteq", moment_there(since))], place)

    def page(self, narrowed: Sequence[Criterion], place: Place) -> PageOfProducts:
        """On from the id of the last one, so that nothing can shift."""
        behind = [("entity_id", "gt", str(place["after"]))] if "after" in place else []
        criteria = [*narrowed, *behind, ("type_id", "in", ",".join(SOLD))]
        answer = self.platform.search("/products", criteria, PRODUCTS_ON_PAGE)
        told = items_told(answer)
        following = {"after": str(told[-1]["id"])} if len(told) >= PRODUCTS_ON_PAGE else None
        return PageOfProducts(self.with_stock(told), answer.shop_time, following, total_told(answer))

    def these(self, keys: Sequence[ProductKey], stock_place: str = "") -> list[PulledProduct]:
        ids = ",".join(one.external_id for one in keys)
        if not ids:
            return []
        return self.with_stock(items_told(self.platform.search("/products", [("entity_id", "in", ids)], len(keys))))

    def with_stock(self, listed: Sequence[ShopFacts]) -> list[PulledProduct]:
        """No list tells how many there are."""
        found = []
        for facts in listed:
            try:
                stock = self.platform.ask("GET", f"/stockItems/{quote(str(facts['sku']), safe='')}").json
            except ShopFailure as failure:
                if failure.trouble not in (Trouble.NOT_THERE, Trouble.WRONG_KEY):
                    raise
                stock = {}
            found.append(product_sold(facts, stock if isinstance(stock, dict) else {}))
        return found

    def set_stock(self, product: PulledProduct, quantity: int, stock_place: str = "") -> None:
        """It marks what is sold out by itself, as far as it takes no orders for it."""
        sku, item = product.key.facts["sku"], product.key.facts["item"]
        stated = {"qty": quantity, **({"is_in_stock": True} if quantity > 0 else {})}
        self.platform.ask("PUT", f"/products/{quote(sku, safe='')}/stockItems/{item}", body={"stockItem": stated})
        (after,) = self.these([product.key]) or [replace(product, stock=None)]
        if after.stock != quantity:
            raise ShopFailure(Trouble.REFUSED, _("Stock management is switched off for this product there."))


def product_sold(facts: ShopFacts, stock: ShopFacts) -> PulledProduct:
    is_counted = stock.get("manage_stock") is True
    own = {"sku": str(facts["sku"]), **({"item": str(stock["item_id"])} if stock.get("item_id") else {})}
    return PulledProduct(
        key=ProductKey(str(facts["id"]), facts=own),
        title=str(facts.get("name") or ""),
        sku=str(facts["sku"]),
        price=exact_in(facts, "price"),
        tax_class=attribute_of(facts, "tax_class_id"),
        stock=exact_in(stock, "qty") if is_counted else None,
        is_counted=is_counted,
        is_offered=facts.get("status") == ENABLED,
        is_shippable=facts.get("type_id") == "simple",
    )


def attribute_of(facts: ShopFacts, code: str) -> str:
    given = facts.get("custom_attributes")
    attributes = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    return next((str(one.get("value")) for one in attributes if one.get("attribute_code") == code), "")
