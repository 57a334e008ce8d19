"""What a BigCommerce shop sells, told and changed as its catalogue API (V3) does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.simulators.serving import Answer, Asked

if TYPE_CHECKING:
    from tests.simulators.bigcommerce import BigShop

Shape = dict[str, Any]


def product(number: int, name: str, variants: list[Shape], moment: str, **stated: Any) -> Shape:
    """One without options has a variant of its own that is only itself."""
    base = {"id": 900 + number, "product_id": number, "sku": stated.get("sku", ""), "price": None, "option_values": []}
    return {
        "id": number, "name": name, "type": "physical", "sku": "", "price": 12.5, "tax_class_id": 0, "is_visible": True,
        "inventory_level": 0, "inventory_tracking": "none", "date_modified": moment,
        "base_variant_id": None if variants else base["id"], "variants": variants or [base], **stated,
    }  # fmt: skip


def variant(number: int, label: str, **stated: Any) -> Shape:
    values = [{"id": number, "label": label, "option_display_name": "Size"}]
    return {"id": number, "sku": "", "price": None, "inventory_level": 0, "purchasing_disabled": False,
            "option_values": values, **stated}  # fmt: skip


def list_products(shop: BigShop, asked: Asked) -> Answer:
    how = dict(asked.query)
    found = sorted(shop.products.values(), key=lambda one: one["id"])
    found = [one for one in found if one["id"] > int(how.get("id:greater", 0))]
    if "id:in" in how:
        found = [one for one in found if str(one["id"]) in how["id:in"].split(",")]
    if "date_modified:min" in how:
        found = [one for one in found if one["date_modified"] >= how["date_modified:min"]]
    told = [one if "variants" in how.get("include", "") else {**one, "variants": None} for one in found]
    size = int(how.get("limit", 50))
    return Answer(200, {"data": told[:size], "meta": {"pagination": {"total": len(found)}}})


def change_product(shop: BigShop, asked: Asked, number: str) -> Answer:
    found = shop.products.get(int(number))
    if found is None:
        return Answer(404, {"status": 404, "title": "Product not found", "type": ""})
    found.update(asked.json)
    return Answer(200, {"data": found, "meta": {}})


def change_variant(shop: BigShop, asked: Asked, number: str, of: str) -> Answer:
    variants = shop.products.get(int(number), {}).get("variants", [])
    found = next((one for one in variants if one["id"] == int(of)), None)
    if found is None:
        return Answer(404, {"status": 404, "title": "Variant not found", "type": ""})
    found.update(asked.json)
    return Answer(200, {"data": found, "meta": {}})
