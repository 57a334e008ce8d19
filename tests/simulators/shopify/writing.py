"""What an app changes in the Shopify shop for tests, and how the shop refuses it; its sentences are as recorded."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import count
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo
from graphql.language import VariableNode

Shape = dict[str, Any]

WRITES = {
    "fulfillmentCreate": "write_merchant_managed_fulfillment_orders",
    "fulfillmentTrackingInfoUpdate": "write_merchant_managed_fulfillment_orders",
}

_ids = count(90001)


def shop_amount(told: Shape) -> Decimal:
    return Decimal(told["shopMoney"]["amount"])


class Writing:
    """The mutations of a ShopifyShop."""

    orders: dict[str, Shape]
    scopes: set[str]
    mails: list[tuple[str, str]]  # what it wrote to a customer about, and of which order
    money_moved: list[tuple[str, Decimal]]  # paid back through a payment provider, or drawn (below 0): of which order
    mutations: list[str]

    def prepare_writing(self) -> None:
        self.mails, self.money_moved, self.mutations = [], [], []
        self.looks_until_cancelled = 1  # so often a cancellation is asked for until it has come to its end
        self.cancellation_fails = False
        self.refuses: dict[str, str] = {}  # mutation -> why it refuses it
        self._jobs: dict[str, list[Any]] = {}  # id -> order, looks that are left
        self._refunds_by_key: dict[str, Shape] = {}

    def mutate(self, name: str, info: GraphQLResolveInfo, how: Shape) -> Shape:
        self.need_to_write(WRITES.get(name, "write_orders"), name)
        self.mutations.append(name)
        if why := self.refuses.get(name):
            return refusal("order", ["id"], why)
        if name == "refundCreate":
            how["key"] = key_in(info)
        handler = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        told: Shape = getattr(self, f"mutation_{handler}")(**how)
        return told

    def need_to_write(self, scope: str, name: str) -> None:
        if scope not in self.scopes:
            raise GraphQLError(f"Access denied for {name} field. Required access: `{scope}` access scope.")

    # --- sent ---

    def mutation_fulfillment_create(self, fulfillment: Shape, message: str = "") -> Shape:
        found = [self.place(one["fulfillmentOrderId"]) for one in fulfillment["lineItemsByFulfillmentOrder"]]
        if len(found) != 1 or found[0] is None:
            return refusal("fulfillment", ["fulfillment"], "Fulfillment order does not exist.")
        order, place = found[0]
        number = place["id"].rpartition("/")[2]
        if place["status"] not in ("OPEN", "IN_PROGRESS"):
            said = f"Fulfillment order {number} has an unfulfillable status= {place['status'].lower()}."
            return refusal("fulfillment", ["fulfillment"], said)
        asked = fulfillment["lineItemsByFulfillmentOrder"][0].get("fulfillmentOrderLineItems")
        pieces = {one["id"]: one["remainingQuantity"] for one in place["lineItems"]}
        wanted = {one["id"]: one["quantity"] for one in asked} if asked else pieces
        if any(many > pieces.get(id, 0) for id, many in wanted.items()):
            return refusal("fulfillment", ["fulfillment"], "Invalid fulfillment order line item quantity requested.")
        made = self.fulfil(order, place, wanted, fulfillment.get("trackingInfo") or {})
        self.mail(fulfillment.get("notifyCustomer"), "sent", order)
        return {"fulfillment": made, "userErrors": []}

    def fulfil(self, order: Shape, place: Shape, wanted: dict[str, int], tracking: Shape) -> Shape:
        items = []
        for one in place["lineItems"]:
            if many := wanted.get(one["id"], 0):
                one["remainingQuantity"] -= many
                id = f"gid://shopify/FulfillmentLineItem/{next(_ids)}"
                items.append(
                    {"__typename": "FulfillmentLineItem", "id": id, "quantity": many, "lineItem": one["lineItem"]}
                )
        if not any(one["remainingQuantity"] for one in place["lineItems"]):
            place["status"], place["supportedActions"] = "CLOSED", []
        number, moment = next(_ids), self.now().strftime("%Y-%m-%dT%H:%M:%SZ")  # type: ignore[attr-defined]
        made = {
            "__typename": "Fulfillment", "id": f"gid://shopify/Fulfillment/{number}", "legacyResourceId": str(number),
            "status": "SUCCESS", "displayStatus": "FULFILLED", "createdAt": moment, "updatedAt": moment,
            "trackingInfo": codes(tracking), "fulfillmentLineItems": items,
        }  # fmt: skip
        is_whole = all(one["status"] == "CLOSED" for one in order["fulfillmentOrders"])
        state = "FULFILLED" if is_whole else "PARTIALLY_FULFILLED"
        self.change(order, fulfillments=[*order["fulfillments"], made], displayFulfillmentStatus=state)  # type: ignore[attr-defined]
        return made

    def place(self, id: str) -> tuple[Shape, Shape] | None:
        found = [(order, one) for order in self.orders.values() for one in order["fulfillmentOrders"]]
        return next(((order, one) for order, one in found if one["id"] == id), None)

    def mutation_fulfillment_tracking_info_update(
        self,
        fulfillmentId: str,  # noqa: N803
        trackingInfoInput: Shape,  # noqa: N803
        notifyCustomer: bool = False,  # noqa: N803
    ) -> Shape:
        found = [(order, one) for order in self.orders.values() for one in order["fulfillments"]]
        order, one = next((order, one) for order, one in found if one["id"] == fulfillmentId)
        one["trackingInfo"] = codes(trackingInfoInput)
        self.change(order)  # type: ignore[attr-defined]
        self.mail(notifyCustomer, "sent", order)
        return {"fulfillment": one, "userErrors": []}

    # --- paid, cancelled ---

    def mutation_order_mark_as_paid(self, input: Shape) -> Shape:
        order = self.orders[input["id"]]
        outstanding = shop_amount(order["totalOutstandingSet"])
        if not outstanding or order["cancelledAt"]:
            return {**refusal("x", ["id"], "Order cannot be marked as paid."), "order": order}
        if order["capturable"]:  # it captures what is authorised
            self.money_moved.append((order["name"], -outstanding))
        sale = transaction("SALE", outstanding, "manual", is_manual=True)
        self.change(  # type: ignore[attr-defined]
            order,
            transactions=[*order["transactions"], sale],
            displayFinancialStatus="PAID",
            totalOutstandingSet=as_money(Decimal(0)),
            paymentGatewayNames=["manual"],
        )
        return {"order": order, "userErrors": []}

    def mutation_order_cancel(self, orderId: str, notifyCustomer: bool = False, **how: Any) -> Shape:  # noqa: N803
        order = self.orders[orderId]
        assert how["refundMethod"] == {"originalPaymentMethodsRefund": False}
        if order["cancelledAt"]:
            error = {"field": ["orderId"], "message": "Cannot cancel an order that has already been canceled"}
            return {"job": None, "orderCancelUserErrors": [{**error, "code": "INVALID"}], "userErrors": [error]}
        id = f"gid://shopify/Job/{next(_ids)}"
        self._jobs[id] = [order, self.looks_until_cancelled, notifyCustomer]
        return {"job": {"id": id, "done": False}, "orderCancelUserErrors": [], "userErrors": []}

    def query_job(self, id: str) -> Shape:
        job = self._jobs[id]
        job[1] -= 1
        return {"id": id, "done": job[1] < 0}

    def go_on_cancelling(self) -> None:
        """What was asked for often enough has come to its end."""
        for order, looks, notifies in self._jobs.values():
            if looks <= 1 and not order["cancelledAt"] and not self.cancellation_fails:
                for place in order["fulfillmentOrders"]:
                    place["status"], place["supportedActions"] = "CLOSED", []
                moment = self.now().strftime("%Y-%m-%dT%H:%M:%SZ")  # type: ignore[attr-defined]
                state = "PAID" if order["displayFinancialStatus"] == "PAID" else "VOIDED"
                self.change(  # type: ignore[attr-defined]
                    order, cancelledAt=moment, cancelReason="OTHER", closedAt=moment, displayFinancialStatus=state
                )
                self.mail(notifies, "cancelled", order)

    # --- refunded ---

    def mutation_refund_create(self, input: Shape, key: str | None) -> Shape:
        if key is None:
            said = "The @idempotent directive is required for this mutation but was not provided."
            raise GraphQLError(said, extensions={"code": "BAD_REQUEST"})
        if key in self._refunds_by_key:
            return {"refund": self._refunds_by_key[key], "userErrors": []}
        order, stated = self.orders[input["orderId"]], input.get("transactions") or []
        amount = sum((Decimal(one["amount"]) for one in stated), Decimal(0))
        if amount > (net := net_payment(order)):
            said = f"Refund amount ${amount} is greater than net payment received ${net}"
            return refusal("refund", None, said)
        parents = {one["id"]: one for one in order["transactions"]}
        made = [self.pay_back(order, one, parents[one["parentId"]]) for one in stated]
        number = next(_ids)
        refund = {
            "__typename": "Refund", "id": f"gid://shopify/Refund/{number}", "legacyResourceId": str(number),
            "createdAt": self.now().strftime("%Y-%m-%dT%H:%M:%SZ"), "note": input.get("note"),  # type: ignore[attr-defined]
            "totalRefundedSet": as_money(amount), "transactions": made,
        }  # fmt: skip
        self._refunds_by_key[key] = refund
        self.change(  # type: ignore[attr-defined]
            order,
            refunds=[*order["refunds"], refund],
            transactions=[*order["transactions"], *made],
            displayFinancialStatus="REFUNDED" if amount == net else "PARTIALLY_REFUNDED",
        )
        self.mail(input.get("notify"), "refunded", order)
        return {"refund": refund, "order": order, "userErrors": []}

    def pay_back(self, order: Shape, stated: Shape, parent: Shape) -> Shape:
        if not parent["manualPaymentGateway"]:
            self.money_moved.append((order["name"], Decimal(stated["amount"])))
        made = transaction(
            "REFUND", Decimal(stated["amount"]), stated["gateway"], is_manual=parent["manualPaymentGateway"]
        )
        return {**made, "parentTransaction": parent}

    def mail(self, notifies: object, about: str, order: Shape) -> None:
        if notifies:
            self.mails.append((about, order["name"]))


def key_in(info: GraphQLResolveInfo) -> str | None:
    directives = info.field_nodes[0].directives or ()
    given = [one for one in directives if one.name.value == "idempotent"]
    if not given:
        return None
    value = given[0].arguments[0].value
    given_values = getattr(info.variable_values, "coerced", info.variable_values)
    return str(given_values[value.name.value] if isinstance(value, VariableNode) else value.value)


def net_payment(order: Shape) -> Decimal:
    signs = {"SALE": 1, "CAPTURE": 1, "REFUND": -1}
    told = [one for one in order["transactions"] if one["status"] == "SUCCESS"]
    return sum((signs.get(one["kind"], 0) * shop_amount(one["amountSet"]) for one in told), Decimal(0))


def transaction(kind: str, amount: Decimal, gateway: str, *, is_manual: bool) -> Shape:
    return {
        "__typename": "OrderTransaction", "id": f"gid://shopify/OrderTransaction/{next(_ids)}", "kind": kind,
        "status": "SUCCESS", "gateway": gateway, "createdAt": "2026-11-29T10:00:00Z", "amountSet": as_money(amount),
        "manualPaymentGateway": is_manual,
    }  # fmt: skip


def as_money(amount: Decimal) -> Shape:
    told = {"amount": f"{amount:f}", "currencyCode": "EUR"}
    return {"shopMoney": told, "presentmentMoney": told}


def codes(stated: Shape) -> list[Shape]:
    numbers = stated.get("numbers") or ([stated["number"]] if stated.get("number") else [])
    return [{"number": one, "url": stated.get("url"), "company": stated.get("company")} for one in numbers]


def refusal(nothing: str, field: list[str] | None, said: str) -> Shape:
    return {nothing: None, "userErrors": [{"field": field, "message": said}]}
