"""WooCommerce's page on which somebody allows a program a key, and how the shop hands it over (class-wc-auth.php)."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.simulators.serving import Answer, Asked
from tests.simulators.woocommerce.signing import Key
from tests.simulators.woocommerce.webhooks import Post, post_over_http

if TYPE_CHECKING:
    from tests.simulators.woocommerce import WooShop

SCOPES = ("read", "write", "read_write")
HTML = {"Content-Type": "text/html; charset=UTF-8"}


class Denied(Exception):
    """The key was not handed over, and is deleted again."""


def is_page(asked: Asked, *, has_plain_permalinks: bool) -> bool:
    return asked.path == "/wc-auth/v1/authorize" and not has_plain_permalinks


def show_page(query: dict[str, str]) -> Answer:
    if said := why_not(query):
        return Answer(401, f"<html><body>Error: {said}.</body></html>", HTML)
    name, scope = query["app_name"], query["scope"]
    return Answer(
        200, f"<html><body><h1>{name} would like to connect to your store</h1><p>{scope}</p></body></html>", HTML
    )


def why_not(query: dict[str, str]) -> str:
    for name in ("app_name", "user_id", "return_url", "callback_url", "scope"):
        if not query.get(name):
            return f"Missing parameter {name}"
    if query["scope"] not in SCOPES:
        return f"Invalid scope {query['scope']}"
    return "" if query["callback_url"].startswith("https://") else "The callback_url needs to be over SSL"


def approve(shop: WooShop, url: str, post: Post = post_over_http) -> str:
    """Press Approve on that page; answers where the browser is sent then. Raises Denied."""
    query = dict(parse_qsl(urlsplit(url).query))
    assert not why_not(query)
    made = Key(f"ck_{secrets.token_hex(20)}", f"cs_{secrets.token_hex(20)}", query["scope"])
    shop.keys.append(made)
    told = {
        "key_id": len(shop.keys),
        "user_id": query["user_id"],
        "consumer_key": made.key,
        "consumer_secret": made.secret,
        "key_permissions": made.rights,
    }
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    if post(query["callback_url"], headers, json.dumps(told).encode()) != 200:
        shop.keys.remove(made)
        raise Denied
    return f"{query['return_url']}?{urlencode({'success': 1, 'user_id': query['user_id']})}"
