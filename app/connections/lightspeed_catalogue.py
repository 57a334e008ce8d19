"""Variants of a Lightspeed eCom shop: each is sold and counted by itself, a product without options has one.

Their list tells no titles: those stand in the list of products, which is read beside it as far as it takes. Stock is a
number without a condition: it is read once more just before it is set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.connections.bigcommerce_catalogue import exact_in
from app.connections.catalogue import Catalogue, PageOfProducts, ProductKey, PulledProduct, StockMoved
from app.connections.failures import ShopFailure
from app.connections.lightspeed import Lightspeed, date_asked
from app.connections.lightspeed_limits import pause_before
from app.connections.lightspeed_parts import PartFacts, facts_listed
from app.connections.platform import Place, Platform
from app.connections.shrinking_lists import page_number, place_after
from app.models import Trouble

VARIANTS_ON_PAGE = 250
PARENTS_ON_PAGE = 100  # with all their texts
#: So many products are asked for one by one, before a page of them is.
ONE_BY_ONE = 10
#: Questions for a page of variants, beside those for products that are far apart.
PAGE_COST = 4 + ONE_BY_ONE
#: What becomes of a product that customers can't see, in its variants' keys: asked for alone, these don't tell.
HIDDEN = {"hidden": "yes"}


class LightspeedCatalogue(Catalogue):
    tells_stock = True
    at_once = 20  # each is a question, and they are limited
    read_rights = (_l("Products: read"),)
    write_rights = (_l("Products: write"),)

    platform: Lightspeed

    def __init__(self, shop: Platform):
        super().__init__(shop)
        self.parents = ParentsThere(self.platform)

    def all_products(self, place: Place, stock_place: str = "") -> PageOfProducts:
        return self.page({}, place)

    def changed_since(self, since: datetime, place: Place, stock_place: str = "") -> PageOfProducts:
        """By the dates of variants; a title that changed moves none of them."""
        return self.page({"updated_at_min": date_asked(since)}, place)

    def page(self, narrowed: Mapping[str, str], place: Place) -> PageOfProducts:
        """In whatever order the shop lists them."""
        number = page_number(place)
        how = {"limit": str(VARIANTS_ON_PAGE), "page": str(number)}
        answer = self.platform.ask("GET", "variants", {**narrowed, **how})
        listed = facts_listed(answer)
        self.parents.start_at(int(place.get("products", 1)))
        self.parents.learn(parent_id_in(one) for one in listed)
        is_last = len(listed) < VARIANTS_ON_PAGE
        total = len(listed) if is_last and number == 1 else self.platform.count(narrowed, "variants")
        following = place_after(place, total, page_size=VARIANTS_ON_PAGE, is_last=is_last)
        following = following and {**following, "products": self.parents.number}
        pause = pause_before(self.platform.windows, needed=PAGE_COST, reserve=self.platform.reserve)
        sold = [variant_there(one, self.parents.known.get(parent_id_in(one), {})) for one in listed]
        return PageOfProducts(sold, answer.shop_time, following, total, pause if following else 0)

    # --- some of them, and telling ---

    def these(self, keys: Sequence[ProductKey], stock_place: str = "") -> list[PulledProduct]:
        """One by one, without their titles: no list takes ids."""
        return [one for key in keys if (one := self.variant(key))]

    def variant(self, key: ProductKey) -> PulledProduct | None:
        try:
            answer = self.platform.ask("GET", f"variants/{key.external_id}")
        except ShopFailure as failure:
            if failure.trouble == Trouble.NOT_THERE:
                return None
            raise
        return variant_there(facts_listed(answer)[0], {"isVisible": "hidden" not in key.facts})

    def set_stock(self, product: PulledProduct, quantity: int, stock_place: str = "") -> None:
        """What reading leaves alone is for this."""
        reserve, self.platform.reserve = self.platform.reserve, 0
        try:
            now = self.variant(product.key)
        finally:
            self.platform.reserve = reserve
        if now is None:
            raise ShopFailure(Trouble.NOT_THERE, product.key.external_id)
        if not now.is_counted:
            raise ShopFailure(Trouble.REFUSED, _("Stock management is switched off for this product there."))
        if now.stock != product.stock:
            raise StockMoved
        body = {"variant": {"stockLevel": quantity}}
        told = facts_listed(self.platform.ask("PUT", f"variants/{product.key.external_id}", body=body))[0]
        if exact_in(told, "stockLevel") != quantity:
            raise ShopFailure(Trouble.REFUSED, str(told.get("stockLevel")))


class ParentsThere:
    """What the products of variants state: page after page of their list, as few as it takes."""

    def __init__(self, platform: Lightspeed):
        self.platform, self.known = platform, dict[str, PartFacts]()
        self.number = self.first = 1  # the page that is read next, and where it began
        self.is_wrapped = self.is_all = False

    def start_at(self, number: int) -> None:
        """Where the page before stopped: both lists run alike."""
        if not self.known:
            self.number = self.first = number

    def learn(self, ids: Iterable[str]) -> None:
        """Those that are deleted meanwhile stay unknown. No more pages than questions one by one."""
        wanted = {one for one in ids if one}
        for _page in wanted - self.known.keys():
            if len(wanted - self.known.keys()) <= ONE_BY_ONE or self.is_all:
                break
            self.read_page()
        for one in sorted(wanted - self.known.keys()):
            self.read_one(one)

    def read_page(self) -> None:
        """Behind the last page, the first; all are read where that leads back to where it began."""
        how = {"limit": str(PARENTS_ON_PAGE), "page": str(self.number)}
        listed = facts_listed(self.platform.ask("GET", "products", how))
        self.known |= {str(one["id"]): stated_in(one) for one in listed}
        is_last = len(listed) < PARENTS_ON_PAGE
        self.is_all, self.is_wrapped = is_last and self.is_wrapped, is_last or self.is_wrapped
        self.number = 1 if is_last else self.number + 1
        self.is_all = self.is_all or (self.is_wrapped and self.number >= self.first)

    def read_one(self, id: str) -> None:
        try:
            answer = self.platform.ask("GET", f"products/{id}")
        except ShopFailure as failure:
            if failure.trouble != Trouble.NOT_THERE:
                raise
        else:
            self.known[id] = stated_in(facts_listed(answer)[0])


def stated_in(product: PartFacts) -> PartFacts:
    """The little that is kept of a product."""
    return {name: product.get(name) for name in ("title", "isVisible", "visibility")}


def parent_id_in(variant: PartFacts) -> str:
    given = variant.get("product")
    resource = given.get("resource") if isinstance(given, dict) else None
    id = resource.get("id") if isinstance(resource, dict) else None
    return str(id) if id else ""


def variant_there(facts: PartFacts, product: PartFacts) -> PulledProduct:
    """With the SKU that lines of orders have, too: where there is none, the article code, or the EAN."""
    is_counted = facts.get("stockTracking") in ("enabled", "indicator")
    is_offered = product.get("isVisible") is not False and product.get("visibility") != "hidden"
    title, variant = str(product.get("title") or ""), str(facts.get("title") or "")
    codes = (str(facts.get(name) or "").strip() for name in ("sku", "articleCode", "ean"))
    price = exact_in(facts, "priceIncl")
    return PulledProduct(
        key=ProductKey(str(facts["id"]), parent_id_in(facts), {} if is_offered else HIDDEN),
        title=title,
        variant="" if variant == title else variant,
        sku=next(filter(None, codes), ""),
        price=price,
        includes_tax=None if price is None else True,
        stock=exact_in(facts, "stockLevel") if is_counted else None,
        is_counted=is_counted,
        is_offered=is_offered,
    )
