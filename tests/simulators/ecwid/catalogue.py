"""The products of a simulated Ecwid shop, with their variations, and how their numbers are moved."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

#: An object as the API tells it.
Shape = dict[str, Any]


def product_shape(id: int, name: str, moment: datetime) -> Shape:
    """One that is not counted: `quantity` lacks then."""
    return {
        "id": id, "sku": "", "unlimited": True, "inStock": True, "name": name, "nameTranslated": {"nl": name},
        "price": 12.5, "priceInProductList": 12.5, "defaultDisplayedPrice": 12.5,
        "tax": {"taxable": True, "defaultLocationIncludedTaxRate": 21, "enabledManualTaxes": [],
                "taxClassCode": "default"},
        "isShippingRequired": True, "created": moment.strftime("%Y-%m-%d %H:%M:%S +0000"),
        "updated": moment.strftime("%Y-%m-%d %H:%M:%S +0000"), "createTimestamp": int(moment.timestamp()),
        "updateTimestamp": int(moment.timestamp()), "productClassId": 0, "enabled": True, "options": [],
        "warningLimit": 0, "defaultCombinationId": 0, "description": "", "categoryIds": [], "attributes": [],
        "files": [], "combinations": [], "isGiftCard": False, "outOfStockVisibilityBehaviour": "SHOW",
    }  # fmt: skip


def combination_shape(id: int, number: int, chosen: dict[str, str]) -> Shape:
    options = [{"name": name, "nameTranslated": {"nl": name}, "value": value} for name, value in chosen.items()]
    return {"id": id, "combinationNumber": number, "options": options, "inStock": True, "unlimited": True,
            "attributes": [], "defaultDisplayedPrice": 12.5}  # fmt: skip


def options_shape(offered: dict[str, dict[str, float]]) -> list[Shape]:
    """Each option with its choices, and what these cost more: {"Size": {"L": 0, "XL": 2}}."""
    return [
        {"type": "SELECT", "name": name, "required": True,
         "choices": [{"text": text, "priceModifier": more, "priceModifierType": "ABSOLUTE"}
                     for text, more in choices.items()]}
        for name, choices in offered.items()
    ]  # fmt: skip


def products_found(products: list[Shape], query: dict[str, str]) -> list[Shape]:
    """By when they were made, where that is asked for; else as the shop likes."""
    least = {"createTimestamp": "createdFrom", "updateTimestamp": "updatedFrom"}
    found = [one for one in products if all(one[key] >= int(query.get(name, 0)) for key, name in least.items())]
    if query.get("sortBy") == "ADDED_TIME_ASC":
        return sorted(found, key=lambda one: one["createTimestamp"])
    return found[::-1]


def part_of(products: list[Shape], route: str) -> Shape | None:
    """The product, or the variation of it, that a route names."""
    named = re.fullmatch(r"products/(\d+)(?:/combinations/(\d+))?(?:/inventory)?", route)
    product = next((one for one in products if named and str(one["id"]) == named[1]), None)
    if not product or not named or not named[2]:
        return product
    return next((one for one in product["combinations"] if str(one["id"]) == named[2]), None)


def move_stock(part: Shape, difference: int) -> Shape:
    """What is not counted stays so."""
    if part.get("unlimited") is True or "quantity" not in part:
        return {"updateCount": 0}
    part["quantity"] += difference
    return {"updateCount": 1, **({"warning": "Stock is negative"} if part["quantity"] < 0 else {})}
