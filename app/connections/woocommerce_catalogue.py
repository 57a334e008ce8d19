"""Products of a WooCommerce shop: simple ones, and each variation of those that vary.

Stock there is a number without a condition (woocommerce/woocommerce#21808): it is read just before it is set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _

from app.connections.catalogue import Catalogue, PageOfProducts, ProductKey, PulledProduct
from app.connections.failures import ShopFailure
from app.connections.platform import Place
from app.connections.shrinking_lists import page_number, place_after
from app.connections.stated_facts import ShopFacts
from app.connections.woocommerce import WooCommerce, facts_of, utc_text
from app.models import Trouble

#: Products on a page; the variations of each that varies are asked for besides.
PAGE_SIZE = 50
#: The most that WooCommerce lists at once.
MOST_LISTED = 100
#: Products that are none: they have parts that are sold, or are sold elsewhere.
NOT_SOLD = ("grouped", "external")
VARIABLE = ("variable", "variable-subscription")


class WooCommerceCatalogue(Catalogue):
    tells_stock = True

    platform: WooCommerce

    def all_products(self, place: Place, stock_place: str = "") -> PageOfProducts:
        return self.page({}, place)

    def changed_since(self, since: datetime, place: Place, stock_place: str = "") -> PageOfProducts:
        return self.page({"modified_after": utc_text(since), "dates_are_gmt": "true"}, place)

    def page(self, narrowed: Mapping[str, str], place: Place) -> PageOfProducts:
        """By id."""
        number = page_number(place)
        how = {"per_page": str(PAGE_SIZE), "page": str(number), "orderby": "id", "order": "asc", "status": "any"}
        answer = self.platform.ask("GET", "/products", {**narrowed, **how})
        told = facts_of(answer)
        total, pages = answer.number("X-WP-Total"), answer.number("X-WP-TotalPages")
        is_last = number >= pages if pages is not None else len(told) < PAGE_SIZE
        following = place_after(place, total, page_size=PAGE_SIZE, is_last=is_last)
        products = [sold for facts in told for sold in self.sold_of(facts)]
        return PageOfProducts(products, answer.shop_time, following, total)

    def sold_of(self, facts: ShopFacts) -> Iterator[PulledProduct]:
        """The product itself, or its variations where it varies."""
        if facts.get("type") in VARIABLE:
            for variation in self.variations(str(facts["id"])):
                yield variation_told(variation, str(facts["id"]), str(facts.get("name") or ""), facts)
        elif facts.get("type") not in NOT_SOLD:
            yield product_told(facts)

    def variations(self, parent_id: str, ids: Sequence[str] = ()) -> Iterator[ShopFacts]:
        """All of a product, or these; none of a product that is deleted."""
        page = 1
        while True:
            how = {"per_page": str(MOST_LISTED), "page": str(page), "orderby": "id", "order": "asc", "status": "any"}
            if ids:
                how["include"] = ",".join(ids)
            try:
                answer = self.platform.ask("GET", f"/products/{parent_id}/variations", how)
            except ShopFailure as failure:
                if failure.trouble == Trouble.NOT_THERE:
                    return
                raise
            told = facts_of(answer)
            yield from told
            if len(told) < MOST_LISTED:
                return
            page += 1

    # --- some of them, and telling ---

    def these(self, keys: Sequence[ProductKey], stock_place: str = "") -> list[PulledProduct]:
        """The products at once, variations of a product at once."""
        found = [product_told(facts) for facts in self.products([one.external_id for one in keys if not one.parent_id])]
        for parent_id in dict.fromkeys(one.parent_id for one in keys if one.parent_id):
            ids = [one.external_id for one in keys if one.parent_id == parent_id]
            found += [variation_told(facts, parent_id, "", {}) for facts in self.variations(parent_id, ids)]
        return found

    def products(self, ids: Sequence[str]) -> list[ShopFacts]:
        if not ids:
            return []
        how = {"include": ",".join(ids), "per_page": str(MOST_LISTED), "orderby": "id", "status": "any"}
        return facts_of(self.platform.ask("GET", "/products", how))

    def set_stock(self, product: PulledProduct, quantity: int, stock_place: str = "") -> None:
        key = product.key
        route = f"/products/{key.external_id}"
        if key.parent_id:
            route = f"/products/{key.parent_id}/variations/{key.external_id}"
        told = facts_of(self.platform.ask("PUT", route, body={"stock_quantity": quantity}))[0]
        if stock_in(told) is None:
            raise ShopFailure(Trouble.REFUSED, _("Stock management is switched off for this product there."))


def product_told(facts: ShopFacts) -> PulledProduct:
    return read_product(facts, ProductKey(str(facts["id"])), title=str(facts.get("name") or ""), variant="")


def variation_told(facts: ShopFacts, parent_id: str, title: str, parent: ShopFacts) -> PulledProduct:
    """What a variation leaves to its product: the tax class, and that the product is hidden."""
    variant = ", ".join(options_in(facts)) or str(facts.get("name") or "")
    told = dict(facts)
    if told.get("tax_class") == "parent":
        told["tax_class"] = parent.get("tax_class", "")
    if parent and parent.get("status") != "publish":
        told["status"] = parent.get("status")
    return read_product(told, ProductKey(str(facts["id"]), parent_id), title=title, variant=variant)


def read_product(facts: ShopFacts, key: ProductKey, *, title: str, variant: str) -> PulledProduct:
    stock = stock_in(facts)
    return PulledProduct(
        key=key,
        title=title,
        variant=variant,
        sku=str(facts.get("sku") or "").strip(),
        price=amount_in(facts, "regular_price") or amount_in(facts, "price"),
        tax_class=str(facts.get("tax_class") or ""),
        stock=stock,
        is_counted=stock is not None,
        is_offered=facts.get("status") == "publish",
        is_shippable=not facts.get("virtual"),
    )


def stock_in(facts: ShopFacts) -> Decimal | None:
    """Its own number. "parent": the product holds one for all its variations, which belongs to none of them."""
    if facts.get("manage_stock") is not True:
        return None
    return amount_in(facts, "stock_quantity") or Decimal(0)


def amount_in(facts: ShopFacts, name: str) -> Decimal | None:
    """As WooCommerce writes it: a text in the shop's decimals, a number, "" or null."""
    given = facts.get(name)
    if isinstance(given, bool) or not isinstance(given, str | int | float) or given == "":
        return None
    try:
        amount = Decimal(str(given))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def options_in(facts: ShopFacts) -> list[str]:
    attributes = facts.get("attributes")
    listed = attributes if isinstance(attributes, list) else []
    return [str(one["option"]) for one in listed if isinstance(one, dict) and one.get("option")]
