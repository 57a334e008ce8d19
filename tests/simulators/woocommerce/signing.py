"""Who asks: key and secret by basic authentication or in the address over TLS, OAuth 1.0a without it."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from binascii import Error as NoBase64
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.simulators.serving import Answer, Asked
from tests.simulators.woocommerce.answers import refusal

if TYPE_CHECKING:
    from tests.simulators.woocommerce import WooShop

READING = ("GET", "HEAD", "OPTIONS")
#: How far the clocks may be apart.
SECONDS = 15 * 60
PARAMETERS = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")


@dataclass
class Key:
    """A key of the API, and what it may do."""

    key: str
    secret: str
    rights: str = "read_write"  # read, write, read_write
    nonces: set[str] = field(default_factory=set)


def refused(shop: WooShop, asked: Asked) -> Answer | None:
    """The refusal, or nothing where the key may do it."""
    query = dict(asked.query)
    if shop.is_ssl:
        name, secret = credentials(shop, asked, query)
        key = shop.key_of(name)
        if key is None:
            return cannot(asked)
        if not hmac.compare_digest(key.secret.encode(), secret.encode()):
            return unauthorised("Consumer secret is invalid.")
    elif "oauth_consumer_key" in query:
        key = shop.key_of(query["oauth_consumer_key"])
        if wrong := why_not_signed(shop, asked, query, key):
            return unauthorised(wrong)
        assert key
    else:
        return cannot(asked)
    if asked.method in READING:
        return None if "read" in key.rights else unauthorised("The API key provided does not have read permissions.")
    return None if "write" in key.rights else unauthorised("The API key provided does not have write permissions.")


def credentials(shop: WooShop, asked: Asked, query: dict[str, str]) -> tuple[str, str]:
    authorization = "" if shop.drops_authorization else asked.headers.get("authorization", "")
    if authorization.lower().startswith("basic "):
        try:
            name, _colon, secret = b64decode(authorization[6:], validate=True).decode().partition(":")
        except (NoBase64, UnicodeDecodeError):
            return "", ""
        return name, secret
    return query.get("consumer_key", ""), query.get("consumer_secret", "")


def why_not_signed(shop: WooShop, asked: Asked, query: dict[str, str], key: Key | None) -> str:
    for name in PARAMETERS:
        if not query.get(name):
            return f"Missing OAuth parameter {name}"
    if key is None:
        return "Consumer key is invalid."
    if not hmac.compare_digest(
        signature_of(shop, asked, key, query["oauth_signature_method"]), query["oauth_signature"]
    ):
        return "Invalid signature - provided signature does not match."
    if abs(int(query["oauth_timestamp"]) - shop.now().timestamp()) > SECONDS:
        return "Invalid timestamp."
    if query["oauth_nonce"] in key.nonces:
        return "Invalid nonce - nonce has already been used."
    key.nonces.add(query["oauth_nonce"])
    return ""


def signature_of(shop: WooShop, asked: Asked, key: Key, method: str) -> str:
    """As the shop computes it: of its own address, and of all parameters, PHP's lists numbered."""
    pairs = sorted((name, value) for name, value in numbered(asked.query) if name != "oauth_signature")
    parameters = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in pairs)
    text = "&".join((asked.method, encoded(shop.home + asked.path), encoded(parameters)))
    digest = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}.get(method)
    if digest is None:
        return ""
    return b64encode(hmac.new(f"{key.secret}&".encode(), text.encode(), digest).digest()).decode()


def numbered(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    seen: Counter[str] = Counter()
    found = []
    for name, value in pairs:
        if name.endswith("[]"):
            found.append((f"{name[:-2]}[{seen[name]}]", value))
            seen[name] += 1
        else:
            found.append((name, value))
    return found


def encoded(text: str) -> str:
    return quote(text, safe="~")


def unauthorised(message: str) -> Answer:
    return refusal(401, "woocommerce_rest_authentication_error", message)


def cannot(asked: Asked) -> Answer:
    """A key that nobody knows is told as one without the right."""
    is_one = asked.path.rstrip("/").rsplit("/", 1)[-1].isdigit()
    if asked.method in READING and is_one:
        return refusal(401, "woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.")
    if asked.method in READING:
        return refusal(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
    verb = {"POST": "create", "DELETE": "delete"}.get(asked.method, "edit")
    message = "create resources" if verb == "create" else f"{verb} this resource"
    return refusal(401, f"woocommerce_rest_cannot_{verb}", f"Sorry, you are not allowed to {message}.")
