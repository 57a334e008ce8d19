"""Webhooks of the simulated shop: signed as WooCommerce signs them, and switched off after too many failures."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from tests.simulators.woocommerce.answers import Shape, moments

if TYPE_CHECKING:
    from tests.simulators.woocommerce import WooShop

#: One more failure in a row switches it off.
MOST_FAILURES = 5
DELIVERED = (*range(200, 300), 301, 302)

HOOKS = {
    "order.created": ["woocommerce_new_order"],
    "order.updated": ["woocommerce_update_order", "woocommerce_order_refunded"],
    "order.deleted": ["wp_trash_post", "woocommerce_trash_order"],
    "order.restored": ["untrashed_post", "woocommerce_untrash_order"],
    "product.created": [
        "woocommerce_process_product_meta",
        "woocommerce_new_product",
        "woocommerce_new_product_variation",
    ],
    "product.updated": [
        "woocommerce_process_product_meta",
        "woocommerce_update_product",
        "woocommerce_update_product_variation",
    ],
    "product.deleted": ["wp_trash_post"],
    "customer.created": ["user_register", "woocommerce_created_customer", "woocommerce_new_customer"],
    "customer.updated": ["profile_update", "woocommerce_update_customer"],
}

#: Address, headers, body → status of the answer.
Post = Callable[[str, dict[str, str], bytes], int]


@dataclass
class Webhook:
    id: int
    topic: str
    delivery_url: str
    secret: str
    created_at: datetime
    name: str = ""
    status: str = "active"  # paused, disabled
    modified_at: datetime | None = None
    failures: int = 0


@dataclass
class Delivery:
    """What is to be told to somebody's address."""

    webhook: Webhook
    headers: dict[str, str]
    body: bytes
    results: list[int] = field(default_factory=list)


def ping_of(webhook: Webhook) -> Delivery:
    """What comes first: a form, unsigned."""
    return Delivery(webhook, {"Content-Type": "application/x-www-form-urlencoded"}, f"webhook_id={webhook.id}".encode())


def delivery_of(webhook: Webhook, shape: Shape, shop: WooShop) -> Delivery:
    body = json.dumps(shape, ensure_ascii=False, separators=(",", ":")).encode()
    resource, _dot, event = webhook.topic.partition(".")
    return Delivery(
        webhook,
        {
            "Content-Type": "application/json",
            "X-WC-Webhook-Source": f"{shop.home}/",
            "X-WC-Webhook-Topic": webhook.topic,
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": signature(body, webhook.secret),
            "X-WC-Webhook-ID": str(webhook.id),
            "X-WC-Webhook-Delivery-ID": secrets.token_hex(16),
        },
        body,
    )


def signature(body: bytes, secret: str) -> str:
    return b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def deliver(delivery: Delivery, post: Post, version: str) -> None:
    """Once, without repeating; what fails too often in a row is switched off."""
    agent = {"User-Agent": f"WooCommerce/{version} Hookshot (WordPress/7.0.4)"}
    status = post(delivery.webhook.delivery_url, {**agent, **delivery.headers}, delivery.body)
    delivery.results.append(status)
    if status in DELIVERED:
        delivery.webhook.failures = 0
        return
    delivery.webhook.failures += 1
    if delivery.webhook.failures > MOST_FAILURES:
        delivery.webhook.status = "disabled"


class _FollowNothing(HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


def post_over_http(url: str, headers: dict[str, str], body: bytes) -> int:
    """The status of the answer; 0 where there is none."""
    try:
        with build_opener(_FollowNothing).open(Request(url, body, headers, method="POST"), timeout=5) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except (URLError, OSError):
        return 0


def webhook_shape(webhook: Webhook, shop: WooShop) -> Shape:
    resource, _dot, event = webhook.topic.partition(".")
    return {
        "id": webhook.id,
        "name": webhook.name or webhook.topic,
        "status": webhook.status,
        "topic": webhook.topic,
        "resource": resource,
        "event": event,
        "hooks": HOOKS[webhook.topic],
        "delivery_url": webhook.delivery_url,
        **moments("date_created", webhook.created_at, shop.zone),
        **moments("date_modified", webhook.modified_at, shop.zone),
    }
