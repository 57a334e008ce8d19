"""The addresses of the simulated REST API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.simulators.serving import Answer, Asked
from tests.simulators.woocommerce import calls, system
from tests.simulators.woocommerce.answers import Refused, no_route
from tests.simulators.woocommerce.calls import EDITING, MANY, ONE, Call, Handler

if TYPE_CHECKING:
    from tests.simulators.woocommerce import WooShop


WC = r"/wc/v3"
ORDER = rf"{WC}/orders/(\d+)"
PRODUCT = rf"{WC}/products/(\d+)"

ROUTES: list[tuple[tuple[str, ...], str, Handler]] = [
    (("GET",), rf"{WC}/orders", calls.list_orders),
    (("POST",), rf"{WC}/orders", calls.create_order),
    (("GET",), ORDER, calls.show_order),
    (EDITING, ORDER, calls.change_order),
    (("DELETE",), ORDER, calls.delete_order),
    (("GET",), rf"{ORDER}/refunds", calls.list_refunds),
    (("POST",), rf"{ORDER}/refunds", calls.create_refund),
    (("GET",), rf"{ORDER}/notes", calls.list_notes),
    (("POST",), rf"{ORDER}/notes", calls.create_note),
    (("GET",), rf"{WC}/products", calls.list_products),
    (("POST",), rf"{WC}/products", calls.create_product),
    (EDITING, rf"{WC}/orders/batch", calls.change_no_orders),
    (EDITING, rf"{WC}/products/batch", calls.change_many),
    (("GET",), PRODUCT, calls.show_product),
    (EDITING, PRODUCT, calls.change_product),
    (("GET",), rf"{PRODUCT}/variations", calls.list_variations),
    (("POST",), rf"{PRODUCT}/variations", calls.create_variation),
    (EDITING, rf"{PRODUCT}/variations/batch", calls.change_many),
    (("GET",), rf"{PRODUCT}/variations/(\d+)", calls.show_variation),
    (EDITING, rf"{PRODUCT}/variations/(\d+)", calls.change_variation),
    (("GET",), rf"{WC}/webhooks", calls.list_webhooks),
    (("POST",), rf"{WC}/webhooks", calls.create_webhook),
    (("GET",), rf"{WC}/webhooks/(\d+)", calls.show_webhook),
    (EDITING, rf"{WC}/webhooks/(\d+)", calls.change_webhook),
    (("DELETE",), rf"{WC}/webhooks/(\d+)", calls.delete_webhook),
    (("POST",), rf"{WC}/coupons", calls.create_coupon),
    (("GET",), WC, system.describe_routes),
    (("GET",), rf"{WC}/system_status", system.show_status),
    (("GET",), rf"{WC}/settings/(\w+)", system.list_settings),
    (("GET",), rf"{WC}/payment_gateways", system.list_gateways),
    (("GET",), rf"{WC}/shipping/zones", system.list_zones),
    (("GET",), rf"{WC}/taxes", system.list_taxes),
    (("GET",), rf"{WC}/orders/statuses", system.list_statuses),
]

#: A plug-in's own addresses: there where its namespace is.
PLUG_INS: list[tuple[str, tuple[str, ...], str, Handler]] = [
    ("wc-shipment-tracking/v3", ("GET",), r"/orders/(\d+)/shipment-trackings", calls.list_trackings),
    ("wc-shipment-tracking/v3", ("POST",), r"/orders/(\d+)/shipment-trackings", calls.create_tracking),
    ("wc-shipment-tracking/v3", ("GET",), r"/orders/(?:\d+)/shipment-trackings/providers", calls.list_providers),
    ("wc-shipment-tracking/v3", ("DELETE",), r"/orders/(\d+)/shipment-trackings/(\w+)", calls.delete_tracking),
    ("wc/v3", ("GET",), r"/orders/(\d+)/fulfillments", calls.list_fulfilments),
    ("wc/v3", ("POST",), r"/orders/(\d+)/fulfillments", calls.create_fulfilment),
    ("wc/v3", ("PUT",), r"/orders/(\d+)/fulfillments/(\d+)", calls.change_fulfilment),
    ("wc-ast/v3", ("GET",), r"/orders/(\d+)/shipment-trackings", calls.list_trackings),
    ("wc-ast/v3", ("POST",), r"/orders/(\d+)/shipment-trackings", calls.create_tracking),
    ("wc-ast/v3", ("DELETE",), r"/orders/(\d+)/shipment-trackings/(\w+)", calls.delete_tracking),
]


def run(shop: WooShop, asked: Asked, route: str) -> Answer:
    """What the API answers at this address, below /wp-json; raises Refused."""
    plug_ins = [
        (methods, f"/{namespace}{place}", call)
        for namespace, methods, place, call in PLUG_INS
        if namespace in shop.namespaces or (namespace == "wc/v3" and shop.has_fulfilments)
    ]
    for methods, place, handler in [*ROUTES, *plug_ins]:
        found = re.fullmatch(place, route.rstrip("/"))
        if found and asked.method in methods:
            answer = tried(handler, Call(shop, asked), found.groups())
            return only_fields(answer, dict(asked.query).get("_fields", ""))
    raise no_route()


def tried(handler: Handler, call: Call, parts: tuple[str, ...]) -> Answer:
    """The answer, or the refusal with what is allowed at this address."""
    try:
        return handler(call, *parts)
    except Refused as refused:
        is_one = call.asked.path.rstrip("/").rsplit("/", 1)[-1].isdigit()
        refused.answer.headers.update(ONE if is_one else MANY)
        return refused.answer


def only_fields(answer: Answer, fields: str) -> Answer:
    if fields and answer.status < 300:
        names = [one.strip() for one in fields.split(",")]
        many = answer.body if isinstance(answer.body, list) else [answer.body]
        cut = [{name: one[name] for name in names if name in one} for one in many]
        answer.body = cut if isinstance(answer.body, list) else cut[0]
    return answer
