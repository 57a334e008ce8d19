"""Products of a BigCommerce shop (V3): those without options, and each variant of the others.

Ids of products and of variants are counted apart there, so that a variant is known by both. Stock is a number without a
condition: it is read just before it is set. In a shop with several locations it is that of the usual one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.amounts.money import BadAmount, parse
from app.connections.bigcommerce import BigCommerce
from app.connections.bigcommerce_answers import pause_of, told_objects
from app.connections.catalogue import Catalogue, PageOfProducts, ProductKey, PulledProduct
from app.connections.failures import ShopFailure
from app.connections.platform import Place
from app.connections.stated_facts import ShopFacts
from app.models import Trouble

#: Products on a page; their variants come along.
PRODUCTS_ON_PAGE = 50


class BigCommerceCatalogue(Catalogue):
    tells_stock = True
    read_rights = (_l("Products “read-only”"),)
    write_rights = (_l("Products “modify”"),)

    platform: BigCommerce

    def all_products(self, place: Place, stock_place: str = "") -> PageOfProducts:
        return self.page({}, place)

    def changed_since(self, since: datetime, place: Place, stock_place: str = "") -> PageOfProducts:
        moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return self.page({"date_modified:min": moment}, place)

    def page(self, narrowed: Mapping[str, str], place: Place) -> PageOfProducts:
        """On from the id of the last one, so that nothing can shift."""
        how = {"id:greater": str(place.get("after", 0)), "sort": "id", "direction": "asc", "include": "variants"}
        how |= {"limit": str(PRODUCTS_ON_PAGE)}
        answer = self.platform.ask("GET", "/v3/catalog/products", {**narrowed, **how})
        told = told_objects(answer)
        products = [sold for facts in told for sold in sold_of(facts)]
        following = {"after": str(told[-1]["id"])} if len(told) >= PRODUCTS_ON_PAGE else None
        return PageOfProducts(products, answer.shop_time, following, pause=pause_of(answer))

    def these(self, keys: Sequence[ProductKey], stock_place: str = "") -> list[PulledProduct]:
        wanted = {one.external_id for one in keys}
        ids = list(dict.fromkeys(one.parent_id or one.external_id for one in keys))
        if not ids:
            return []
        how = {"id:in": ",".join(ids), "include": "variants", "limit": str(len(ids))}
        told = told_objects(self.platform.ask("GET", "/v3/catalog/products", how))
        return [sold for facts in told for sold in sold_of(facts) if sold.key.external_id in wanted]

    def set_stock(self, product: PulledProduct, quantity: int, stock_place: str = "") -> None:
        key = product.key
        route = f"/v3/catalog/products/{key.parent_id or key.external_id}"
        if key.parent_id:
            route += f"/variants/{key.external_id.removeprefix(f'{key.parent_id}-')}"
        told = told_objects(self.platform.ask("PUT", route, body={"inventory_level": quantity}))[0]
        if exact_in(told, "inventory_level") != quantity:
            raise ShopFailure(Trouble.REFUSED, _("Stock management is switched off for this product there."))


def sold_of(facts: ShopFacts) -> Iterator[PulledProduct]:
    """The product itself, or its variants where it has options; one without any has a variant that is only itself."""
    id, name = str(facts["id"]), str(facts.get("name") or "")
    given = facts.get("variants")
    variants = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    tracking = facts.get("inventory_tracking")
    if facts.get("base_variant_id") is not None or not variants:
        yield read_sold(facts, facts, ProductKey(id), name, "", is_counted=tracking == "product")
        return
    for one in variants:
        key = ProductKey(f"{id}-{one['id']}", id)
        yield read_sold(one, facts, key, name, options_of(one), is_counted=tracking == "variant")


def read_sold(
    own: ShopFacts, product: ShopFacts, key: ProductKey, title: str, variant: str, *, is_counted: bool
) -> PulledProduct:
    """What a variant leaves to its product: price, tax class, and whether it is hidden."""
    price = exact_in(own, "price")
    return PulledProduct(
        key=key,
        title=title,
        variant=variant,
        sku=str(own.get("sku") or "").strip(),
        price=exact_in(product, "price") if price is None else price,
        tax_class=str(product.get("tax_class_id") or ""),
        stock=exact_in(own, "inventory_level") if is_counted else None,
        is_counted=is_counted,
        is_offered=product.get("is_visible") is True and own.get("purchasing_disabled") is not True,
        is_shippable=product.get("type") != "digital",
    )


def options_of(variant: ShopFacts) -> str:
    """In words: "L, Blue"."""
    given = variant.get("option_values")
    values = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    return ", ".join(str(one["label"]) for one in values if one.get("label"))


def exact_in(facts: ShopFacts, name: str) -> Decimal | None:
    """A number as it is written; None where there is none."""
    given = facts.get(name)
    if isinstance(given, bool) or not isinstance(given, str | int | float) or given == "":
        return None
    try:
        return parse(str(given))
    except BadAmount:
        return None
