"""Products of a Shopware 6: simple ones, and each variant of those that have some, with what it leaves to its product.

`availableStock` is what is for sale. Where open orders still hold some of `stock` back (before 6.6), the one that is
written is moved by as much as the other has to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from app.connections.catalogue import Catalogue, PageOfProducts, ProductKey, PulledProduct
from app.connections.client import ShopAnswer
from app.connections.failures import ShopFailure
from app.connections.platform import Place
from app.connections.shopware import UUID, Shopware, total_in
from app.connections.shopware_criteria import Criteria, format_stored
from app.connections.shrinking_lists import page_number, place_after
from app.intake_readers.payloads import decode_json
from app.intake_readers.reading import Fields
from app.models import Trouble

#: The currency that prices are entered in, by the id that it has in every shop.
OWN_CURRENCY = "b7d2554b0ce847cd82f3ac9bd1c0dfca"
#: Products asked for at once; some shops list a hundred at most.
PRODUCTS_AT_A_TIME = 100
#: With it variants state what their product says for them.
INHERITED = {"sw-inheritance": "1"}

ASSOCIATED: Criteria = {
    "associations": {"options": {"associations": {"group": {}}}, "tax": {}},
    "sort": [{"field": "createdAt", "order": "ASC"}, {"field": "id", "order": "ASC"}],
}


class ShopwareCatalogue(Catalogue):
    tells_stock = True
    at_once = PRODUCTS_AT_A_TIME
    read_rights = ("product:read", "property_group_option:read", "property_group:read", "tax:read")
    write_rights = ("product:update",)

    platform: Shopware

    def all_products(self, place: Place, stock_place: str = "") -> PageOfProducts:
        return self.page({}, place)

    def changed_since(self, since: datetime, place: Place, stock_place: str = "") -> PageOfProducts:
        """A sale moves no date: that is found by what is open of its orders, and at night."""
        names = ("createdAt", "updatedAt", "parent.updatedAt")
        dates = [{"type": "range", "field": name, "parameters": {"gte": format_stored(since)}} for name in names]
        return self.page({"filter": [{"type": "multi", "operator": "or", "queries": dates}]}, place)

    def page(self, narrowed: Criteria, place: Place) -> PageOfProducts:
        """By when they were made."""
        number = page_number(place)
        how = {"page": number, "limit": PRODUCTS_AT_A_TIME, "total-count-mode": 1}
        answer = self.search({**narrowed, **how})
        total = total_in(answer)
        is_last = number * PRODUCTS_AT_A_TIME >= total
        following = place_after(place, total, page_size=PRODUCTS_AT_A_TIME, is_last=is_last)
        sold = [product_in(one) for one in products_in(answer) if not has_variants(one)]
        return PageOfProducts(sold, answer.shop_time, following, total)

    def these(self, keys: Sequence[ProductKey], stock_place: str = "") -> list[PulledProduct]:
        return [product_in(one) for one in self.named([key.external_id for key in keys])]

    def named(self, ids: Sequence[str]) -> list[Fields]:
        wanted = [one for one in ids if UUID.fullmatch(one)]
        return list(products_in(self.search({"ids": wanted, "limit": len(wanted)}))) if wanted else []

    def search(self, criteria: Criteria) -> ShopAnswer:
        return self.platform.ask("POST", "/search/product", {**criteria, **ASSOCIATED}, headers=INHERITED)

    def set_stock(self, product: PulledProduct, quantity: int, stock_place: str = "") -> None:
        id = product.key.external_id
        now = next(iter(self.named([id])), None)
        if now is None:
            raise ShopFailure(Trouble.NOT_THERE, id)
        held_back = now.amount("stock", Decimal(0)) - for_sale(now)
        self.platform.ask("PATCH", f"/product/{id}", {"stock": int(quantity + held_back)})


def products_in(answer: ShopAnswer) -> Iterator[Fields]:
    told = decode_json(answer.text)
    listed = told.get("data") if isinstance(told, dict) else None
    if not isinstance(listed, list):
        raise ShopFailure(Trouble.UNREADABLE)
    for facts in listed:
        if not isinstance(facts, dict) or not facts.get("id"):
            raise ShopFailure(Trouble.UNREADABLE)
        yield Fields(facts)


def has_variants(given: Fields) -> bool:
    return given.amount("childCount", Decimal(0)) > 0


def product_in(given: Fields) -> PulledProduct:
    translated, tax, price = given.object("translated") or given, given.object("tax"), own_price(given)
    return PulledProduct(
        key=ProductKey(given.identifier("id"), given.identifier("parentId")),
        title=translated.text("name") or given.text("name"),
        variant=", ".join(filter(None, (option_text(one) for one in given.objects("options")))),
        sku=given.text("productNumber"),
        price=price.maybe_amount("gross") if price else None,
        includes_tax=True if price else None,
        vat_rate=tax.maybe_amount("taxRate") if tax else None,
        stock=for_sale(given),
        is_counted=True,
        is_offered=given.flag("active"),
        is_shippable="is-download" not in listed_states(given),
    )


def for_sale(given: Fields) -> Decimal:
    return given.amount("availableStock", given.amount("stock", Decimal(0)))


def own_price(given: Fields) -> Fields | None:
    prices = given.objects("price")
    return next((one for one in prices if one.identifier("currencyId") == OWN_CURRENCY), prices[0] if prices else None)


def option_text(given: Fields) -> str:
    translated = given.object("translated") or given
    return translated.text("name") or given.text("name")


def listed_states(given: Fields) -> Sequence[object]:
    states = given.value.get("states")
    return states if isinstance(states, list) else ()
