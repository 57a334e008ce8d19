"""A Shopify shop for tests: a real server that speaks its Admin GraphQL API, and hands out tokens.

    with ShopifyShop() as shop:
        order = shop.add_order(lines=[line("Mug", "12.50", quantity=2)])
        shop.change(order, note="Ring twice")        # moves updatedAt
        …  # ask shop.url with shop.token, or with shop.client_id and shop.client_secret

Questions are validated by tests/simulators/shopify/schema.py: a field that it lacks is refused as Shopify does. What it
withholds, how far its index lags, its points and its scopes are attributes. For what fails, see serving.py.
"""

from __future__ import annotations

import re
import secrets
import ssl
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo, build_schema, execute_sync, parse, validate

from tests.simulators.serving import Answer, Asked, OutsideShop
from tests.simulators.shopify import stock
from tests.simulators.shopify.costs import DEAREST, Bucket, cost_of, objects_in
from tests.simulators.shopify.schema import SCHEMA
from tests.simulators.shopify.stock import Stockroom
from tests.simulators.shopify.writing import Writing

#: An object as the API tells it; lists within are whole, and told in pages.
Shape = dict[str, Any]

VERSION = "2026-10"
READ_SCOPES = {"read_orders", "read_all_orders", "read_merchant_managed_fulfillment_orders"}
ALL_SCOPES = READ_SCOPES | {"write_orders", "write_merchant_managed_fulfillment_orders"}
STOCK_SCOPES = {"read_products", "read_inventory", "write_inventory", "read_locations"}

#: What an app sees of orders without read_all_orders.
SIXTY_DAYS = timedelta(days=60)
PERSONAL = ("email", "phone", "customer", "billingAddress", "shippingAddress")

NOOR: Shape = {
    "name": "Noor Haddad", "firstName": "Noor", "lastName": "Haddad", "company": None, "address1": "Oude Gracht 40",
    "address2": None, "zip": "3511 AR", "city": "Utrecht", "province": None, "countryCodeV2": "NL", "phone": None,
}  # fmt: skip


def money(amount: str | Decimal, currency: str = "EUR") -> Shape:
    """As the API writes amounts: "12.5", "0.0"."""
    text = f"{Decimal(amount).normalize():f}"
    told = {"amount": text if "." in text else f"{text}.0", "currencyCode": currency}
    return {"shopMoney": told, "presentmentMoney": told}


_ids = count(5001)


def line(title: str, price: str, *, quantity: int = 1, rate: int = 21) -> Shape:
    """A line whose price includes the tax."""
    total = Decimal(price) * quantity
    tax = round(total * rate / (100 + rate), 2)
    return {
        "__typename": "LineItem", "id": f"gid://shopify/LineItem/{next(_ids)}", "title": title, "name": title,
        "variantTitle": None, "sku": title.upper()[:8], "quantity": quantity, "currentQuantity": quantity,
        "customAttributes": [], "originalUnitPriceSet": money(price), "discountAllocations": [],
        "taxLines": [{"title": "VAT", "rate": rate / 100, "priceSet": money(tax)}], "total": total, "tax": tax,
    }  # fmt: skip


def fulfilment_order(lines: list[Shape], *, state: str = "OPEN") -> Shape:
    """All pieces of these lines, to be sent from one place."""
    return {
        "__typename": "FulfillmentOrder", "id": f"gid://shopify/FulfillmentOrder/{next(_ids)}", "status": state,
        "requestStatus": "UNSUBMITTED", "deliveryMethod": {"methodType": "SHIPPING"},
        "supportedActions": [{"action": "CREATE_FULFILLMENT"}] if state == "OPEN" else [{"action": "RELEASE_HOLD"}],
        "lineItems": [
            {"__typename": "FulfillmentOrderLineItem", "id": f"gid://shopify/FulfillmentOrderLineItem/{next(_ids)}",
             "totalQuantity": one["quantity"], "remainingQuantity": one["quantity"], "lineItem": one}
            for one in lines
        ],
    }  # fmt: skip


class ShopifyShop(Writing, OutsideShop):
    def __init__(self, *, tls: ssl.SSLContext | None = None):
        super().__init__(tls=tls)
        self.token = "shpat_5d1c0ffee"
        self.client_id, self.client_secret = "7e57c11e", "shpss_5ec4e7"
        self.is_of_same_organisation = True  # else client credentials are not permitted
        self.tokens = {self.token}
        self.scopes = set(READ_SCOPES | STOCK_SCOPES)
        self.lag = timedelta(0)  # so late lists know of a change
        self.withholds_personal_data = False
        self.version = VERSION  # that it speaks, whatever is asked for
        self.bucket = Bucket()
        self.dearest = DEAREST
        self.costs: list[int] = []  # of the questions so far
        self.orders: dict[str, Shape] = {}
        self.stockroom = Stockroom()
        self._schema = build_schema(SCHEMA + stock.SCHEMA)
        self.prepare_writing()

    # what people of the shop do

    def add_order(
        self,
        *,
        lines: list[Shape] | None = None,
        at: datetime | None = None,
        gateway: str = "shopify_payments",
        is_paid: bool = True,
        **stated: Any,
    ) -> Shape:
        """A paid order; whatever else is stated stands in it as it is."""
        with self.lock:
            lines = lines or [line("Mug", "12.50")]
            total = sum((one["total"] for one in lines), Decimal(0))
            number, moment = next(_ids), told(at or self.now())
            sale = {
                "__typename": "OrderTransaction", "id": f"gid://shopify/OrderTransaction/{number}", "kind": "SALE",
                "status": "SUCCESS", "gateway": gateway, "createdAt": moment, "amountSet": money(total),
                "manualPaymentGateway": gateway == "manual",
            }  # fmt: skip
            order = {
                "__typename": "Order", "id": f"gid://shopify/Order/{number}", "legacyResourceId": str(number),
                "name": f"#{number}", "createdAt": moment, "processedAt": moment, "updatedAt": moment,
                "currencyCode": "EUR",
                "presentmentCurrencyCode": "EUR", "taxesIncluded": True,
                "email": "noor@example.org", "customerLocale": "nl-NL",
                "sourceName": "web", "statusPageUrl": f"{self.url}/orders/{number}/authenticate?key=k",
                "displayFinancialStatus": "PAID" if is_paid else "PENDING", "displayFulfillmentStatus": "UNFULFILLED",
                "capturable": False, "cancelledAt": None, "paymentGatewayNames": [gateway], "discountCodes": [],
                "customAttributes": [],
                "totalPriceSet": money(total), "totalTaxSet": money(sum((one["tax"] for one in lines), Decimal(0))),
                "totalOutstandingSet": money("0" if is_paid else total), "totalDiscountsSet": money("0"),
                "currentTotalPriceSet": money(total),
                "customer": {
                    "id": "gid://shopify/Customer/9001", "legacyResourceId": "9001", "firstName": "Noor",
                    "lastName": "Haddad", "displayName": "Noor Haddad",
                    "defaultEmailAddress": {"emailAddress": "noor@example.org"},
                },
                "billingAddress": dict(NOOR), "shippingAddress": dict(NOOR), "lineItems": lines, "shippingLines": [],
                "transactions": [sale] if is_paid else [], "refunds": [], "fulfillments": [],
                "fulfillmentOrders": [fulfilment_order(lines)],
                **stated,
            }  # fmt: skip
            self.orders[order["id"]] = order
            return order

    def change(self, order: Shape, **stated: Any) -> None:
        """Write fields; its date moves, and lists know of it after the lag."""
        with self.lock:
            order["listed"] = {name: value for name, value in order.items() if name != "listed"}
            order["listed_until"] = self.now() + self.lag
            order.update(stated, updatedAt=told(self.now()))

    def send(self, order: Shape, code: str) -> None:
        items = [
            {"__typename": "FulfillmentLineItem", "id": f"gid://shopify/FulfillmentLineItem/{next(_ids)}",
             "quantity": one["currentQuantity"], "lineItem": one}
            for one in order["lineItems"]
        ]  # fmt: skip
        number, moment = next(_ids), told(self.now())
        parcel = {
            "__typename": "Fulfillment", "id": f"gid://shopify/Fulfillment/{number}", "legacyResourceId": str(number),
            "status": "SUCCESS", "displayStatus": "FULFILLED", "createdAt": moment, "updatedAt": moment,
            "trackingInfo": [{"number": code, "url": None, "company": "PostNL"}], "fulfillmentLineItems": items,
        }  # fmt: skip
        for one in [one for place in order["fulfillmentOrders"] for one in place["lineItems"]]:
            one["remainingQuantity"] = 0
        self.change(order, fulfillments=[*order["fulfillments"], parcel], displayFulfillmentStatus="FULFILLED")

    def delete(self, order: Shape) -> None:
        with self.lock:
            del self.orders[order["id"]]

    def expire_tokens(self) -> None:
        with self.lock:
            self.tokens.clear()

    # its answers

    def answer(self, asked: Asked) -> Answer:
        if asked.path == "/admin/oauth/access_token":
            return self.hand_out_token(asked.json or {})
        if not re.fullmatch(r"/admin/api/[\w-]+/graphql\.json", asked.path) or asked.method != "POST":
            return Answer(404, {"errors": "Not Found"})
        if asked.headers.get("x-shopify-access-token") not in self.tokens:
            said = "[API] Invalid API key or access token (unrecognized login or wrong password)"
            return Answer(401, {"errors": said})
        return Answer(200, self.told_to(asked.json), {"X-Shopify-API-Version": self.version})

    def hand_out_token(self, stated: Shape) -> Answer:
        if (stated.get("client_id"), stated.get("client_secret")) != (self.client_id, self.client_secret):
            return Answer(400, {"error": "invalid_client", "error_description": "Client authentication failed"})
        if not self.is_of_same_organisation:
            return Answer(400, {"error": "shop_not_permitted", "error_description": "App and shop differ"})
        made = f"shpat_{secrets.token_hex(8)}"
        self.tokens.add(made)
        return Answer(200, {"access_token": made, "scope": ",".join(sorted(self.scopes)), "expires_in": 86399})

    def told_to(self, stated: Shape) -> Shape:
        variables = stated.get("variables") or {}
        try:
            document = parse(stated["query"])
        except GraphQLError as error:
            return {"errors": [refused(error.message, "parseError")]}
        if wrong := validate(self._schema, document):
            return {"errors": [refused(one.message, "undefinedField") for one in wrong]}
        cost = cost_of(document, variables)
        if cost > self.dearest:
            said = f"Query cost is {cost}, which exceeds the single query max cost limit ({self.dearest})."
            return {"errors": [refused(said, "MAX_COST_EXCEEDED")]}
        self.costs.append(cost)
        if not self.bucket.pays(cost, self.now()):
            told_cost = {"requestedQueryCost": cost, "actualQueryCost": None, "throttleStatus": self.bucket.told()}
            return {"errors": [refused("Throttled", "THROTTLED")], "extensions": {"cost": told_cost}}
        self.go_on_cancelling()
        result = execute_sync(self._schema, document, variable_values=variables, field_resolver=self.resolve)
        spent = min(cost, objects_in(result.data))
        self.bucket.left += cost - spent  # what was asked for in vain comes back
        told_cost = {"requestedQueryCost": cost, "actualQueryCost": spent, "throttleStatus": self.bucket.told()}
        answer: Shape = {"data": result.data, "extensions": {"cost": told_cost}}
        if result.errors:
            answer["errors"] = [
                {"path": one.path, **refused(one.message, (one.extensions or {}).get("code", "ACCESS_DENIED"))}
                for one in result.errors
            ]
        return answer

    def resolve(self, source: Any, info: GraphQLResolveInfo, **how: Any) -> Any:
        name = info.field_name
        if name == "inventorySetQuantities":
            self.need("write_inventory", name)
            return self.stockroom.set_quantities(**how)
        if source is None and info.parent_type.name == "Mutation":
            return self.mutate(name, info, how)
        if source is None:
            return getattr(self, f"query_{name}")(**how)
        if name in PERSONAL and info.parent_type.name == "Order" and self.withholds_personal_data:
            return None
        if name == "fulfillmentOrders":
            self.need("read_merchant_managed_fulfillment_orders", name)
        value = source.get(name)
        if callable(value):
            return value(**how)
        if info.return_type.__str__().endswith("Connection!"):
            return in_pages(value, first=how.get("first"), after=how.get("after"))
        return value[: how["first"]] if isinstance(value, list) and how.get("first") else value

    def need(self, scope: str, name: str) -> None:
        if not {scope, scope.replace("read_", "write_", 1)} & self.scopes:  # writing grants reading
            raise GraphQLError(f"Access denied for {name} field. Required access: `{scope}` access scope.")

    def query_shop(self) -> Shape:
        return {
            "id": "gid://shopify/Shop/1",
            "name": "Mugs",
            "myshopifyDomain": "mugs.myshopify.com",
            "currencyCode": "EUR",
            "taxesIncluded": True,
        }

    def query_currentAppInstallation(self) -> Shape:  # noqa: N802  (the API's own name)
        return {"accessScopes": [{"handle": one} for one in sorted(self.scopes)]}

    def query_order(self, id: str) -> Shape | None:
        self.need("read_orders", "order")
        return self.orders.get(id)

    def query_node(self, id: str) -> Shape | None:
        parcels = {one["id"]: one for order in self.orders.values() for one in order["fulfillments"]}
        return self.orders.get(id) or parcels.get(id) or self.stockroom.variants.get(id)

    def query_nodes(self, ids: list[str]) -> list[Shape | None]:
        self.need("read_orders", "nodes")
        return [self.query_node(one) for one in ids]

    def query_productVariants(self, **how: Any) -> Shape:  # noqa: N802  (the API's own name)
        self.need("read_products", "productVariants")
        found = [one for one in self.stockroom.variants.values() if fits(one, how.get("query") or "")]
        ordered = sorted(found, key=lambda one: int(one["legacyResourceId"]))
        return in_pages(ordered, first=how.get("first"), after=how.get("after"), key="legacyResourceId")

    def query_locations(self, **how: Any) -> Shape:
        self.need("read_locations", "locations")
        return in_pages(self.stockroom.places, first=how.get("first"), after=how.get("after"))

    def add_variant(self, title: str, sku: str, **stated: Any) -> Shape:
        """A product of one variant, with so many in stock."""
        with self.lock:
            return self.stockroom.add_variant(title, sku, at=told(self.now()), **stated)

    def query_orders(self, **how: Any) -> Shape:
        self.need("read_orders", "orders")
        key = {"UPDATED_AT": "updatedAt", "CREATED_AT": "createdAt"}.get(how.get("sortKey", ""), "processedAt")
        found = [self.as_listed(one) for one in self.orders.values()]
        if "read_all_orders" not in self.scopes:
            found = [one for one in found if one["createdAt"] > told(self.now() - SIXTY_DAYS)]
        found = [one for one in found if fits(one, how.get("query") or "")]
        ordered = sorted(found, key=lambda one: (one[key], int(one["legacyResourceId"])))
        return in_pages(ordered, first=how.get("first"), after=how.get("after"), key=key)

    def as_listed(self, order: Shape) -> Shape:
        """As the index knows it: for a while as it was before it changed."""
        return order["listed"] if "listed" in order and self.now() < order["listed_until"] else order


def told(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def refused(message: str, code: str) -> Shape:
    return {"message": message, "extensions": {"code": code}}


def fits(order: Shape, query: str) -> bool:
    """Whether it is what a search such as `updated_at:>='2026-01-01T00:00:00Z' AND status:any` looks for."""
    names = {"updated_at": "updatedAt", "created_at": "createdAt"}
    for name, sign, moment in re.findall(r"(updated_at|created_at):(>=|<=)'([^']+)'", query):
        own = order[names[name]]
        if (sign == ">=" and own < moment) or (sign == "<=" and own > moment):
            return False
    return True


def in_pages(found: list[Shape], *, first: int | None, after: str | None, key: str = "id") -> Shape:
    """Behind the cursor, which holds the last one's value and id, so that nothing is skipped or repeated."""
    start = 0
    if after:
        value, number = b64decode(after).decode().rsplit("|", 1)
        start = next((n + 1 for n, one in enumerate(found) if place_of(one, key) == (value, number)), None) or next(
            (n for n, one in enumerate(found) if place_of(one, key) > (value, number)), len(found)
        )
    end = start + (first or len(found))
    nodes = found[start:end]
    cursor = b64encode("|".join(place_of(nodes[-1], key)).encode()).decode() if nodes else None
    info = {"hasNextPage": end < len(found), "hasPreviousPage": start > 0, "endCursor": cursor}
    return {"nodes": nodes, "pageInfo": info}


def place_of(one: Shape, key: str) -> tuple[str, str]:
    return str(one.get(key)), str(one.get("legacyResourceId", one.get("id")))
