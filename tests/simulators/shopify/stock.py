"""Variants of the simulated Shopify shop, and how many of each are available at its places."""

from __future__ import annotations

from itertools import count
from typing import Any

from graphql import GraphQLError

Shape = dict[str, Any]

#: In addition to tests/simulators/shopify/schema.py.
SCHEMA = """

enum ProductVariantSortKeys { ID SKU TITLE }
extend type Query {
  productVariants(first: Int, after: String, query: String, sortKey: ProductVariantSortKeys = ID):
    ProductVariantConnection!
  locations(first: Int, after: String): LocationConnection!
}
extend type Shop { taxesIncluded: Boolean! }
extend type Mutation {
  inventorySetQuantities(input: InventorySetQuantitiesInput!): InventorySetQuantitiesPayload
}
type Location implements Node { id: ID! legacyResourceId: UnsignedInt64! name: String! isActive: Boolean! }
type Product implements Node {
  id: ID! legacyResourceId: UnsignedInt64! title: String! status: String! hasOnlyDefaultVariant: Boolean!
}
type InventoryQuantity { name: String! quantity: Int! }
type InventoryLevel implements Node { id: ID! quantities(names: [String!]!): [InventoryQuantity!]! }
type InventoryItem implements Node {
  id: ID! tracked: Boolean! requiresShipping: Boolean! inventoryLevel(locationId: ID!): InventoryLevel
}
type ProductVariant implements Node {
  id: ID! legacyResourceId: UnsignedInt64! title: String! sku: String price: Decimal! updatedAt: DateTime!
  product: Product! inventoryItem: InventoryItem!
}
type ProductVariantConnection { nodes: [ProductVariant!]! pageInfo: PageInfo! }
type LocationConnection { nodes: [Location!]! pageInfo: PageInfo! }

input InventoryQuantityInput {
  inventoryItemId: ID! locationId: ID! quantity: Int! changeFromQuantity: Int
}
input InventorySetQuantitiesInput {
  name: String! reason: String! referenceDocumentUri: String quantities: [InventoryQuantityInput!]!
}
type InventoryAdjustmentGroup implements Node { id: ID! }
type InventorySetQuantitiesUserError { field: [String!] message: String! code: String }
type InventorySetQuantitiesPayload {
  inventoryAdjustmentGroup: InventoryAdjustmentGroup userErrors: [InventorySetQuantitiesUserError!]!
}
"""

_ids = count(51001)


class Stockroom:
    """What the shop sells and where it lies: {item: {place: available}}."""

    def __init__(self) -> None:
        self.places = [place("106318430514", "Shop location"), place("2", "Warehouse")]
        self.variants: dict[str, Shape] = {}
        self.levels: dict[str, dict[str, int]] = {}

    def add_variant(self, title: str, sku: str, *, at: str, stock: int | None = 10, **stated: Any) -> Shape:
        """One of a product of its own; None: not counted."""
        number, item = next(_ids), f"gid://shopify/InventoryItem/{next(_ids)}"
        owner = next(_ids)
        self.levels[item] = {} if stock is None else {self.places[0]["id"]: stock}
        made = {
            "__typename": "ProductVariant", "id": f"gid://shopify/ProductVariant/{number}",
            "legacyResourceId": str(number), "title": "Default Title", "sku": sku, "price": "12.50", "updatedAt": at,
            "product": {
                "__typename": "Product", "id": f"gid://shopify/Product/{owner}", "legacyResourceId": str(owner),
                "title": title, "status": "ACTIVE", "hasOnlyDefaultVariant": True,
            },
            "inventoryItem": {
                "__typename": "InventoryItem", "id": item, "tracked": stock is not None, "requiresShipping": True,
                "inventoryLevel": lambda locationId: self.level(item, locationId),  # noqa: N803  (the API's own name)
            },
            **stated,
        }  # fmt: skip
        self.variants[made["id"]] = made
        return made

    def level(self, item: str, place_id: str) -> Shape | None:
        available = self.levels[item].get(place_id)
        if available is None:
            return None
        return {
            "__typename": "InventoryLevel",
            "id": f"gid://shopify/InventoryLevel/{place_id.rpartition('/')[2]}",
            "quantities": lambda names: [{"name": name, "quantity": available} for name in names],
        }

    def available(self, variant: Shape) -> int:
        return self.levels[variant["inventoryItem"]["id"]][self.places[0]["id"]]

    def sell(self, variant: Shape, quantity: int) -> None:
        self.levels[variant["inventoryItem"]["id"]][self.places[0]["id"]] -= quantity

    def set_quantities(self, input: Shape) -> Shape:
        for position, one in enumerate(input["quantities"]):
            if "changeFromQuantity" not in one:
                raise GraphQLError(
                    "InventoryQuantityInput must include the following argument: changeFromQuantity.",
                    extensions={"code": "INVALID_FIELD_ARGUMENTS"},
                )
            if error := self.why_not_set(one):
                return {"userErrors": [{"field": ["input", "quantities", str(position)], **error}]}
        for one in input["quantities"]:
            self.levels[one["inventoryItemId"]][one["locationId"]] = one["quantity"]
        return {
            "inventoryAdjustmentGroup": {"id": f"gid://shopify/InventoryAdjustmentGroup/{next(_ids)}"},
            "userErrors": [],
        }

    def why_not_set(self, one: Shape) -> Shape | None:
        places = self.levels.get(one["inventoryItemId"])
        if places is None:
            return {"message": "The specified inventory item could not be found.", "code": "INVALID_INVENTORY_ITEM"}
        if one["quantity"] < 0:
            return {"message": "The quantity can't be negative.", "code": "INVALID_QUANTITY_NEGATIVE"}
        if one["changeFromQuantity"] is not None and places.get(one["locationId"], 0) != one["changeFromQuantity"]:
            return {"message": "The changeFromQuantity is stale.", "code": "CHANGE_FROM_QUANTITY_STALE"}
        return None


def place(number: str, name: str) -> Shape:
    return {
        "__typename": "Location",
        "id": f"gid://shopify/Location/{number}",
        "legacyResourceId": number,
        "name": name,
        "isActive": True,
    }
