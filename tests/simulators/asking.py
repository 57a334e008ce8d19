"""A client for tests of the simulators themselves: requests signed by OAuth 1.0a or with key and secret."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from base64 import b64encode
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from tests.simulators.serving import Answer, OutsideShop
from tests.simulators.woocommerce.signing import Key


def ask(
    shop: OutsideShop,
    target: str,
    *,
    method: str = "GET",
    stated: Any = None,
    headers: dict[str, str] | None = None,
    timeout: float = 5,
) -> Answer:
    """The answer to one request, its JSON parsed. Raises OSError or HTTPException where none comes whole in time."""
    connection = HTTPConnection("127.0.0.1", int(shop.url.rpartition(":")[2]), timeout=timeout)
    body = None if stated is None else json.dumps(stated)
    try:
        connection.request(method, target, body, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        text = read_until(answer, time.monotonic() + timeout)
        is_json = "json" in answer.headers.get("Content-Type", "") and text
        return Answer(answer.status, json.loads(text) if is_json else text.decode(), dict(answer.headers))
    finally:
        connection.close()


def read_until(answer: HTTPResponse, deadline: float) -> bytes:
    text = b""
    while piece := answer.read1():
        text += piece
        if time.monotonic() > deadline:
            raise TimeoutError("it never ends")
    if answer.length:
        raise IncompleteRead(text, answer.length)
    return text


def signed(shop: OutsideShop, key: Key, target: str, *, method: str = "GET", at: float | None = None) -> str:
    """This target with the parameters of OAuth 1.0a, HMAC-SHA256."""
    parts = urlsplit(target)
    pairs = [
        *parse_qsl(parts.query, keep_blank_values=True),
        ("oauth_consumer_key", key.key),
        ("oauth_nonce", secrets.token_hex(8)),
        ("oauth_signature_method", "HMAC-SHA256"),
        ("oauth_timestamp", str(int(at if at is not None else time.time()))),
    ]

    def encoded(text: str) -> str:
        return quote(text, safe="~")

    parameters = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in sorted(pairs))
    text = "&".join((method, encoded(shop.url + parts.path), encoded(parameters)))
    digest = hmac.new(f"{key.secret}&".encode(), text.encode(), hashlib.sha256).digest()
    return f"{parts.path}?{urlencode([*pairs, ('oauth_signature', b64encode(digest).decode())])}"


def basic(key: Key) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{key.key}:{key.secret}'.encode()).decode()}"}
