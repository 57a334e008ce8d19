"""Products of an Ecwid shop, and each variation of those that vary.

A product whose variations leave a choice out is sold itself, too. Stock is told as a difference, so that a sale in
between is counted; the number that it is taken from is looked up just before, so that it is never told twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from math import prod
from urllib.parse import quote

from flask_babel import gettext as _

from app.connections.bigcommerce_catalogue import exact_in
from app.connections.catalogue import Catalogue, PageOfProducts, ProductKey, PulledProduct, StockMoved
from app.connections.client import ShopAnswer
from app.connections.ecwid import Ecwid, object_told, total_of, unix_text
from app.connections.failures import ShopFailure
from app.connections.platform import Place
from app.connections.stated_facts import ShopFacts
from app.models import Trouble

#: Products on a page; their variations come along.
PRODUCTS_LISTED = 50
#: Everything, from the first product on.
BEGINNING = "0"


class EcwidCatalogue(Catalogue):
    tells_stock = True
    compares = True
    at_once = 20  # each product is a question: its list is a search
    read_rights = ("read_catalog",)
    write_rights = ("update_catalog",)

    platform: Ecwid

    def all_products(self, place: Place, stock_place: str = "") -> PageOfProducts:
        return self.page({}, place)

    def changed_since(self, since: datetime, place: Place, stock_place: str = "") -> PageOfProducts:
        return self.page({"updatedFrom": unix_text(since)}, place)

    def page(self, narrowed: Mapping[str, str], place: Place) -> PageOfProducts:
        """By when they were made, on from the second of the last one: what leaves the list shifts nothing.

        Of those that were made in that second, so many are skipped as were met.
        """
        since, offset = str(place.get("since", BEGINNING)), int(place.get("offset", 0))
        how = {"sortBy": "ADDED_TIME_ASC", "offset": str(offset), "limit": str(PRODUCTS_LISTED)}
        behind = {} if since == BEGINNING else {"createdFrom": since}
        answer = self.ask("GET", "products", {**narrowed, **behind, **how})
        listed, total = objects_listed(object_told(answer).get("items")), total_of(answer)
        following: Place | None = None
        if listed and offset + len(listed) < total:
            last = made_before(listed[-1])
            is_later = last > int(since)
            following = (
                {"since": str(last), "offset": 0} if is_later else {"since": since, "offset": offset + len(listed)}
            )
        sold = [one for facts in listed for one in sold_there(facts)]
        return PageOfProducts(sold, answer.shop_time, following, total)

    # --- some of them, and telling ---

    def these(self, keys: Sequence[ProductKey], stock_place: str = "") -> list[PulledProduct]:
        wanted = {one.external_id for one in keys}
        ids = dict.fromkeys(one.parent_id or one.external_id for one in keys)
        return [one for id in ids for one in self.sold_of(id) if one.key.external_id in wanted]

    def sold_of(self, id: str) -> list[PulledProduct]:
        try:
            answer = self.ask("GET", f"products/{quote(id, safe='')}")
        except ShopFailure as failure:
            if failure.trouble == Trouble.NOT_THERE:
                return []
            raise
        return list(sold_there(object_told(answer)))

    def set_stock(self, product: PulledProduct, quantity: int, stock_place: str = "") -> None:
        key = product.key
        now = next(iter(self.these([key])), None)
        if now is None:
            raise ShopFailure(Trouble.NOT_THERE, key.external_id)
        if now.stock is None:
            raise ShopFailure(Trouble.REFUSED, _("Stock management is switched off for this product there."))
        if now.stock != product.stock:
            raise StockMoved
        route = f"products/{quote(key.parent_id or key.external_id, safe='')}"
        if key.parent_id:
            route += f"/combinations/{quote(key.external_id.removeprefix(f'{key.parent_id}-'), safe='')}"
        if not (difference := int(quantity - now.stock)):
            return
        told = object_told(self.ask("PUT", f"{route}/inventory", body={"quantityDelta": difference}))
        if told.get("updateCount") == 0:
            raise ShopFailure(Trouble.REFUSED, str(told.get("warning") or ""))

    def ask(self, method: str, route: str, query: Mapping[str, str] | None = None, body: object = None) -> ShopAnswer:
        """A token that may read orders is known: what it may not, is a scope that lacks."""
        try:
            return self.platform.ask(method, route, query or {}, body)
        except ShopFailure as failure:
            if failure.trouble == Trouble.WRONG_KEY:
                raise ShopFailure(Trouble.NO_RIGHT, failure.detail, code=failure.code) from None
            raise


def objects_listed(given: object) -> list[ShopFacts]:
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def made_before(product: ShopFacts) -> int:
    """The second before a product was made, whether or not `createdFrom` means its own, too; 0 where it doesn't say."""
    made = product.get("createTimestamp")
    return made - 1 if isinstance(made, int) else 0


def sold_there(product: ShopFacts) -> Iterator[PulledProduct]:
    """The product itself where no variation is meant, and its variations."""
    id, combinations = str(product["id"]), objects_listed(product.get("combinations"))
    if not combinations or leaves_out(product, combinations):
        yield entry_there(product, product, ProductKey(id), "", exact_in(product, "price"))
    for one in combinations:
        chosen = choices_in(one)
        key, variant = ProductKey(f"{id}-{one['id']}", id), ", ".join(chosen.values())
        own = exact_in(one, "price")
        yield entry_there(one, product, key, variant, price_of_choices(product, chosen) if own is None else own)


def entry_there(
    own: ShopFacts, product: ShopFacts, key: ProductKey, variant: str, price: Decimal | None
) -> PulledProduct:
    """What a variation leaves to its product: SKU, price, whether it is hidden. A number that it leaves is none of its
    own.
    """
    stock = None if own.get("unlimited") is True else exact_in(own, "quantity")
    rate = exact_in(tax, "defaultLocationIncludedTaxRate") if isinstance(tax := product.get("tax"), dict) else None
    return PulledProduct(
        key=key,
        title=str(product.get("name") or ""),
        variant=variant,
        sku=str(own.get("sku") or product.get("sku") or "").strip(),
        price=price,
        includes_tax=True if rate and price is not None else None,
        vat_rate=rate or None,
        tax_class=str(tax.get("taxClassCode") or "") if isinstance(tax, dict) else "",
        stock=stock,
        is_counted=stock is not None,
        is_offered=product.get("enabled") is not False,
        is_shippable=own.get("isShippingRequired", product.get("isShippingRequired")) is not False,
    )


# --- options --------------------------------------------------------------------------------------------------------


def choices_in(combination: ShopFacts) -> dict[str, str]:
    """What is chosen for it: {"Size": "L"}."""
    return {str(one.get("name")): str(one.get("value")) for one in objects_listed(combination.get("options"))}


def choices_offered(product: ShopFacts) -> dict[str, list[ShopFacts]]:
    return {str(one.get("name")): objects_listed(one.get("choices")) for one in objects_listed(product.get("options"))}


def leaves_out(product: ShopFacts, combinations: Sequence[ShopFacts]) -> bool:
    """Whether customers can choose what is no variation: that is sold from the product's own number."""
    offered, chosen = choices_offered(product), [choices_in(one) for one in combinations]
    counts = {name: len(offered.get(name, ())) or 1 for one in chosen for name in one}
    meant = sum(prod(count for name, count in counts.items() if name not in one) for one in chosen)
    return meant < prod(counts.values())


def price_of_choices(product: ShopFacts, chosen: Mapping[str, str]) -> Decimal | None:
    """The product's, with what the choices cost more or less."""
    price = exact_in(product, "price")
    if price is None:
        return None
    total, offered = price, choices_offered(product)
    for name, value in chosen.items():
        choice = next((one for one in offered.get(name, ()) if one.get("text") == value), {})
        more = exact_in(choice, "priceModifier") or Decimal(0)
        total += price * more / 100 if choice.get("priceModifierType") == "PERCENT" else more
    return total
