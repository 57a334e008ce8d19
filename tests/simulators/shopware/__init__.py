"""A Shopware 6 on this machine: its Admin API, for an integration whose tokens last ten minutes.

    with Shopware() as shop:
        order = shop.add_order(items={"Becher": ("12.10", 2)}, paid=True)
        shop.privileges.discard("document:read")
        shop.expire_tokens()

What is not asked for as an association is left out, or null. A transition moves only the date of what it is of.
True to src/Core of Shopware 6.6 and 6.7.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from tests.simulators.serving import Answer, Asked, OutsideShop
from tests.simulators.shopware import made, states
from tests.simulators.shopware.criteria import associated, selected

Shape = dict[str, Any]

READ = {
    "order", "order_line_item", "order_delivery", "order_transaction", "order_address", "order_customer", "currency",
    "country", "country_state", "shipping_method", "payment_method", "state_machine_state", "document", "document_type",
    "order_transaction_capture", "order_transaction_capture_refund", "product", "property_group_option",
    "property_group", "tax", "language", "locale", "sales_channel",
}  # fmt: skip
#: Which right an association takes.
OF_ASSOCIATIONS = {
    "lineItems": "order_line_item", "deliveries": "order_delivery", "transactions": "order_transaction",
    "billingAddress": "order_address", "shippingOrderAddress": "order_address", "orderCustomer": "order_customer",
    "currency": "currency", "country": "country", "countryState": "country_state", "shippingMethod": "shipping_method",
    "paymentMethod": "payment_method", "stateMachineState": "state_machine_state", "documents": "document",
    "documentType": "document_type", "captures": "order_transaction_capture",
    "refunds": "order_transaction_capture_refund", "language": "language", "locale": "locale",
    "salesChannel": "sales_channel", "options": "property_group_option", "group": "property_group", "tax": "tax",
}  # fmt: skip


class Refused(Exception):
    def __init__(self, status: int, code: str, detail: str):
        self.status, self.code, self.detail = status, code, detail
        super().__init__(detail)


class Shopware(OutsideShop):
    def __init__(self, **served: Any) -> None:
        super().__init__(**served)
        self.client_id, self.client_secret = "SWIA0123456789", "geheim-geheim"
        self.tokens: dict[str, datetime] = {}  # until when each is good
        self.orders: dict[str, Shape] = {}
        self.products: dict[str, Shape] = {}
        self.privileges = {f"{one}:read" for one in READ} | {"order_delivery:update", "product:update"}
        self.mails: list[tuple[str, str]] = []  # the state that was entered, and the number of its order
        self.ignores_writes = False
        self.paid_is_called = "paid"

    # --- what its people do ---

    def add_order(self, *, at: datetime | None = None, paid: bool = False, **stated: Any) -> Shape:
        order = made.new_order(len(self.orders) + 1, at or self.now(), **stated)
        self.orders[order["id"]] = order
        if paid:
            self.enter(order["transactions"][0], "paid", at=at)
        return order

    def change(self, order: Shape, *, at: datetime | None = None, **stated: Any) -> None:
        order |= {**stated, "updatedAt": made.told(at or self.now())}

    def enter(self, part: Shape, state: str, *, at: datetime | None = None) -> None:
        """As a transition does: only the part's own date moves."""
        part |= {"stateMachineState": {"technicalName": state}, "updatedAt": made.told(at or self.now())}

    def add_product(self, name: str | None, *, at: datetime | None = None, **stated: Any) -> Shape:
        product = made.new_product(len(self.products) + 1, name, at or self.now(), **stated)
        self.products[product["id"]] = product
        return product

    def delete(self, order: Shape) -> None:
        del self.orders[order["id"]]

    def expire_tokens(self) -> None:
        self.tokens = dict.fromkeys(self.tokens, self.now() - timedelta(seconds=1))

    # --- answering ---

    def answer(self, asked: Asked) -> Answer:
        if not asked.path.startswith("/api/"):
            return Answer(404, "<!doctype html><title>Nothing here</title>", {"Content-Type": "text/html"})
        try:
            return self.respond_to(asked, asked.path.removeprefix("/api"))
        except Refused as refused:
            error = {"status": str(refused.status), "code": refused.code, "title": "Error", "detail": refused.detail}
            return Answer(refused.status, {"errors": [error]})

    def respond_to(self, asked: Asked, path: str) -> Answer:
        if path == "/oauth/token":
            return self.make_token(asked.json)
        self.let_in(asked)
        if path == "/_info/version":
            return Answer(200, {"version": "6.6.10.0"})
        if path == "/search/order":
            return self.search("order", self.orders, asked.json)
        if path == "/search/product":
            inherits = asked.headers.get("sw-inheritance") == "1"
            told = {id: made.inherited(one, self.products) if inherits else one for id, one in self.products.items()}
            return self.search("product", told, asked.json)
        if found := re.fullmatch(r"/product/(\w+)", path):
            self.need("product:update")
            return self.write_product(self.products[found[1]], asked.json)
        if found := re.fullmatch(r"/order-delivery/(\w+)", path):
            return self.write_delivery(found[1], asked.json)
        if found := re.fullmatch(r"/_action/state-machine/(\w+)/(\w+)/state", path):
            return self.list_transitions(found[1], found[2])
        if found := re.fullmatch(r"/_action/(\w+)/(\w+)/state/(\w+)", path):
            return self.transition(*found.groups(), body=asked.json or {})  # type: ignore[arg-type]
        raise Refused(404, "0", f'No route found for "{asked.method} {asked.path}"')

    def make_token(self, given: Shape) -> Answer:
        if (given.get("client_id"), given.get("client_secret")) != (self.client_id, self.client_secret):
            raise Refused(401, "4", "Client authentication failed")
        token = secrets.token_hex(16)
        self.tokens[token] = self.now() + timedelta(seconds=600)
        return Answer(200, {"token_type": "Bearer", "expires_in": 600, "access_token": token})

    def let_in(self, asked: Asked) -> None:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens or self.tokens[token] < self.now():
            raise Refused(401, "9", "The resource owner or authorization server denied the request.")

    def need(self, *privileges: str) -> None:
        missing = [one for one in privileges if one not in self.privileges]
        if missing:
            listed = ", ".join(f'"{one}"' for one in missing)
            detail = f'{{"message": "Missing privilege", "missingPrivileges": [{listed}]}}'
            raise Refused(403, "FRAMEWORK__MISSING_PRIVILEGE_ERROR", detail)

    def search(self, entity: str, known: dict[str, Shape], criteria: Shape) -> Answer:
        asked_for = criteria.get("associations", {})
        self.need(f"{entity}:read", *sorted({f"{OF_ASSOCIATIONS[name]}:read" for name in names_in(asked_for)}))
        if any(not re.fullmatch(r"[0-9a-f]{32}", one) for one in criteria.get("ids", ())):
            raise Refused(400, "FRAMEWORK__INVALID_UUID", "Value is not a valid UUID")
        found = selected(list(known.values()), criteria)
        start = (criteria.get("page", 1) - 1) * criteria["limit"]
        page = found[start : start + criteria["limit"]]
        total = len(found) if criteria.get("total-count-mode") == 1 else len(page)
        return Answer(200, {"total": total, "data": [associated(one, asked_for) for one in page], "aggregations": []})

    # --- writing ---

    def write_product(self, product: Shape, given: Shape) -> Answer:
        """What open orders hold back stays held back."""
        held_back = product["stock"] - product["availableStock"]
        product |= {"stock": given["stock"], "availableStock": given["stock"] - held_back}
        return Answer(204)

    def write_delivery(self, id: str, given: Shape) -> Answer:
        self.need("order_delivery:update")
        _order, part = self.find("order_delivery", id)
        if not self.ignores_writes:
            part |= {**given, "updatedAt": made.told(self.now())}
        return Answer(204)

    def find(self, entity: str, id: str) -> tuple[Shape, Shape]:
        for order in self.orders.values():
            parts = {
                "order": [order],
                "order_delivery": order["deliveries"],
                "order_transaction": order["transactions"],
            }
            for part in parts[entity]:
                if part["id"] == id:
                    return order, part
        raise Refused(404, "FRAMEWORK__RESOURCE_NOT_FOUND", f"The {entity} resource with the id {id} was not found.")

    def list_transitions(self, entity: str, id: str) -> Answer:
        _order, part = self.find(entity, id)
        current = part["stateMachineState"]["technicalName"]
        found = [
            {"technicalName": to, "actionName": self.named(action), "fromStateName": current, "toStateName": to}
            for action, to in states.transitions_from(entity, current).items()
        ]
        return Answer(200, {"transitions": found})

    def named(self, action: str) -> str:
        return self.paid_is_called if action == "paid" else action

    def transition(self, entity: str, id: str, action: str, *, body: Shape) -> Answer:
        order, part = self.find(entity, id)
        current = part["stateMachineState"]["technicalName"]
        known = {self.named(one): to for one, to in states.transitions_from(entity, current).items()}
        if action not in known:
            raise Refused(400, "SYSTEM__ILLEGAL_STATE_TRANSITION", f'Illegal transition "{action}" from "{current}"')
        if not self.ignores_writes:
            self.enter(part, known[action])
            if body.get("sendMail", True) is not False:
                self.mails.append((f"{entity}.{known[action]}", order["orderNumber"]))
        return Answer(200, {"technicalName": known[action]})


def names_in(asked_for: Shape) -> set[str]:
    found = set(asked_for)
    for one in asked_for.values():
        found |= names_in(one.get("associations", {}))
    return found
