"""Signing a request by OAuth 1.0a, so that no secret travels (RFC 5849): with a key only, or a token too."""

from __future__ import annotations

import hmac
import secrets
import time
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote

from app.connections.client import Query, Request


def signed_query(request: Request, key: str, secret: str) -> Query:
    """The query with what signs it: WooCommerce reads it there."""
    query = [
        *request.query,
        ("oauth_consumer_key", key),
        ("oauth_nonce", secrets.token_hex(16)),
        ("oauth_signature_method", "HMAC-SHA256"),
        ("oauth_timestamp", str(int(time.time()))),
    ]
    return [*query, ("oauth_signature", signature(Request(request.method, request.address, query), secret))]


def signed_header(request: Request, credentials: Mapping[str, str]) -> str:
    """The header that signs it with consumer and access token: Magento reads it there."""
    own = [
        ("oauth_consumer_key", credentials["consumer_key"]),
        ("oauth_nonce", secrets.token_hex(16)),
        ("oauth_signature_method", "HMAC-SHA256"),
        ("oauth_timestamp", str(int(time.time()))),
        ("oauth_token", credentials["access_token"]),
        ("oauth_version", "1.0"),
    ]
    whole = Request(request.method, request.address, [*request.query, *own])
    signed = signature(whole, credentials["consumer_secret"], credentials["access_token_secret"])
    pairs = [*own, ("oauth_signature", signed)]
    return "OAuth " + ", ".join(f'{name}="{escape(value)}"' for name, value in pairs)


def signature(request: Request, secret: str, token_secret: str = "") -> str:
    base = "&".join(escape(part) for part in (request.method.upper(), request.address, normal_form(request.query)))
    return b64encode(hmac.digest(f"{escape(secret)}&{escape(token_secret)}".encode(), base.encode(), "sha256")).decode()


def normal_form(query: Query) -> str:
    """Names and values escaped, sorted by both."""
    pairs = sorted((escape(name), escape(value)) for name, value in query)
    return "&".join(f"{name}={value}" for name, value in pairs)


def escape(text: str) -> str:
    return quote(text, safe="-._~")
