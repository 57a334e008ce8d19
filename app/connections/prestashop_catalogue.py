"""Products of a PrestaShop: simple ones, and each combination of those that have some.

How many there are stands in rows of their own (`stock_availables`), one for each product and combination; they are
written whole, and without a condition: they are read just before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _

from app.connections.catalogue import Catalogue, PageOfProducts, ProductKey, PulledProduct
from app.connections.failures import ShopFailure
from app.connections.platform import Place
from app.connections.prestashop import PrestaShop
from app.connections.prestashop_answers import earliest_there, rows_in
from app.connections.prestashop_beside import any_of, field_of
from app.connections.prestashop_xml import write_row
from app.connections.stated_facts import ShopFacts
from app.models import Trouble

#: Products on a page; their combinations and numbers are asked for at once besides.
PRODUCTS_A_PAGE = 50
#: All of a row that can be written: what is left out is emptied.
OF_STOCK = (
    "id", "id_product", "id_product_attribute", "id_shop", "id_shop_group", "quantity", "depends_on_stock",
    "out_of_stock", "location",
)  # fmt: skip


class PrestaShopCatalogue(Catalogue):
    tells_stock = True
    read_rights = ("products", "combinations", "product_option_values", "stock_availables")
    write_rights = ("stock_availables (PUT)",)

    platform: PrestaShop

    def all_products(self, place: Place, stock_place: str = "") -> PageOfProducts:
        return self.page({}, place)

    def changed_since(self, since: datetime, place: Place, stock_place: str = "") -> PageOfProducts:
        """A sale moves no date of a product: that is found at night."""
        self.platform.learn_zone()
        return self.page({"date": "1", "filter[date_upd]": f">[{earliest_there(since, self.platform.zone)}]"}, place)

    def page(self, narrowed: Mapping[str, str], place: Place) -> PageOfProducts:
        """By id, behind the last one."""
        behind = {"filter[id]": f">[{place['after']}]"} if "after" in place else {}
        how = {"sort": "[id_ASC]", "limit": f"0,{PRODUCTS_A_PAGE}"}
        answer = self.platform.ask("products", {**narrowed, **behind, **how})
        rows = rows_in(answer, "products")
        following = {"after": field_of(rows[-1], "id")} if len(rows) == PRODUCTS_A_PAGE else None
        return PageOfProducts(list(self.sold_of(rows)), answer.shop_time, following)

    def sold_of(self, products: Sequence[ShopFacts]) -> Iterator[PulledProduct]:
        """Each product itself, or its combinations where it has some."""
        ids = [field_of(one, "id") for one in products]
        combinations, stocks = self.rows("combinations", "id_product", ids), self.stocks(ids)
        options = self.options(combinations)
        for product in products:
            id = field_of(product, "id")
            own = [one for one in combinations if field_of(one, "id_product") == id]
            if not own:
                yield product_sold(product, stocks.get((id, "0")))
            for one in own:
                yield combination_sold(product, one, stocks.get((id, field_of(one, "id"))), options)

    def rows(self, name: str, key: str, values: Sequence[str]) -> list[ShopFacts]:
        wanted = sorted({one for one in values if one.isdigit() and one != "0"})
        return rows_in(self.platform.ask(name, {f"filter[{key}]": any_of(wanted)}), name) if wanted else []

    def stocks(self, product_ids: Sequence[str]) -> dict[tuple[str, str], ShopFacts]:
        rows = self.rows("stock_availables", "id_product", product_ids)
        return {(field_of(one, "id_product"), field_of(one, "id_product_attribute")): one for one in rows}

    def options(self, combinations: Sequence[ShopFacts]) -> dict[str, str]:
        """The words of what is chosen, by their ids."""
        ids = [id for one in combinations for id in option_ids(one)]
        return {
            field_of(one, "id"): first_text(one.get("name")) for one in self.rows("product_option_values", "id", ids)
        }

    # --- some of them, and telling ---

    def these(self, keys: Sequence[ProductKey], stock_place: str = "") -> list[PulledProduct]:
        wanted = {one.external_id for one in keys}
        products = self.rows("products", "id", [one.parent_id or one.external_id for one in keys])
        return [one for one in self.sold_of(products) if one.key.external_id in wanted]

    def set_stock(self, product: PulledProduct, quantity: int, stock_place: str = "") -> None:
        key = product.key
        id, combination = key.parent_id or key.external_id, key.external_id.partition("-")[2] or "0"
        row = self.stocks([id]).get((id, combination))
        if row is None:
            raise ShopFailure(Trouble.NOT_THERE, key.external_id)
        if field_of(row, "depends_on_stock") == "1":
            raise ShopFailure(Trouble.REFUSED, _("Its number follows the warehouses there."))
        stated = {name: field_of(row, name) for name in OF_STOCK if name in row} | {"quantity": str(quantity)}
        told = write_row(self.platform, "PUT", f"stock_availables/{stated['id']}", "stock_available", stated)
        if field_of(told, "quantity") != str(quantity):
            raise ShopFailure(Trouble.REFUSED, field_of(told, "quantity"))


def product_sold(product: ShopFacts, stock: ShopFacts | None) -> PulledProduct:
    id = field_of(product, "id")
    return sold_as(product, ProductKey(id), stock, variant="", sku=field_of(product, "reference"), more=Decimal(0))


def combination_sold(
    product: ShopFacts, given: ShopFacts, stock: ShopFacts | None, options: Mapping[str, str]
) -> PulledProduct:
    """Its price is what it costs more, or less, than its product."""
    id, sku = field_of(product, "id"), field_of(given, "reference") or field_of(product, "reference")
    key, variant = (
        ProductKey(f"{id}-{field_of(given, 'id')}", id),
        ", ".join(filter(None, (options.get(one, "") for one in option_ids(given)))),
    )
    return sold_as(product, key, stock, variant=variant, sku=sku, more=exact(given, "price"))


def sold_as(
    product: ShopFacts, key: ProductKey, stock: ShopFacts | None, *, variant: str, sku: str, more: Decimal
) -> PulledProduct:
    is_counted = stock is not None and field_of(stock, "depends_on_stock") != "1"
    return PulledProduct(
        key=key,
        title=first_text(product.get("name")),
        variant=variant,
        sku=sku,
        price=exact(product, "price") + more,
        includes_tax=False,
        stock=exact(stock, "quantity") if stock else None,
        is_counted=is_counted,
        is_offered=field_of(product, "active") == "1",
        is_shippable=field_of(product, "is_virtual") != "1",
    )


def option_ids(combination: ShopFacts) -> list[str]:
    beside = combination.get("associations")
    listed = beside.get("product_option_values") if isinstance(beside, dict) else None
    return [str(one.get("id")) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def first_text(stated: object) -> str:
    """A text, or the first of one per language."""
    if isinstance(stated, list):
        return next((str(one.get("value") or "") for one in stated if isinstance(one, dict) and one.get("value")), "")
    return stated if isinstance(stated, str) else ""


def exact(facts: ShopFacts, key: str) -> Decimal:
    try:
        return Decimal(field_of(facts, key) or "0")
    except InvalidOperation:
        return Decimal(0)
