"""Requests that a page of another site sends: refused on the pages of staff and customers, token or not."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import Order
from tests.clients import Client
from tests.factories import placed_order

FROM_HERE: list[dict[str, str]] = [
    {},
    {"Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://desk.example.com"},  # a proxy gave the host another name
    {"Sec-Fetch-Site": "none"},
]
FROM_ELSEWHERE = [
    {"Origin": "http://localhost:9999"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://["},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:9999"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": ""},
]


@pytest.fixture
def number(in_app: Any) -> str:
    with in_app():
        return placed_order().number


def is_paid(in_app: Any) -> bool:
    with in_app():
        return db.session.scalars(select(Order)).one().open_amount == 0


@pytest.mark.parametrize("headers", FROM_HERE, ids=str)
def test_a_page_of_our_own_may_send(client: Client, in_app: Any, number: str, headers: dict[str, str]) -> None:
    assert client.post(f"/admin/order/{number}/mark_paid", headers=headers).status_code == 303
    assert is_paid(in_app)


@pytest.mark.parametrize("headers", FROM_ELSEWHERE, ids=str)
def test_a_page_from_elsewhere_may_not_even_with_the_token(
    client: Client, in_app: Any, number: str, headers: dict[str, str]
) -> None:
    refused = client.post(f"/admin/order/{number}/mark_paid", headers=headers)

    assert refused.status_code == 403
    assert "A page of another site" in refused.text
    assert not is_paid(in_app)


def test_the_address_that_the_shop_is_reached_at_is_our_own(
    client: Client, in_app: Any, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOONBANK_ADDRESS", "https://desk.example.com")
    headers = {"Origin": "https://desk.example.com"}
    assert client.post(f"/admin/order/{number}/mark_paid", headers=headers).status_code == 303


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/account/sign-in/", "/account/language", "/preferences/"])
def test_signing_in_and_the_customers_pages_are_checked_too(anonymous: Client, path: str) -> None:
    assert anonymous.post(path, headers={"Sec-Fetch-Site": "same-site"}).status_code == 403
    assert anonymous.post(path, headers={"Origin": "http://localhost:9999"}).status_code == 403


@pytest.mark.parametrize("path", ["/api/orders", "/hooks/woocommerce/key"])
def test_programs_are_known_by_their_keys_and_signatures(app: Flask, path: str) -> None:
    from_a_page = app.test_client().post(path, json={}, headers={"Origin": "https://my-shop.example"})

    assert from_a_page.status_code in (401, 404)  # no such key, no such connection


def test_looking_is_not_checked(client: Client, number: str) -> None:
    """A link on another site leads to a page."""
    assert client.get(f"/admin/order/{number}", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_every_method_that_is_not_safe_is_checked(app: Flask) -> None:
    checked = app.config["WTF_CSRF_METHODS"]

    assert all(method in checked for method in ("POST", "PUT", "PATCH", "DELETE", "PAY"))
    assert not any(method in checked for method in ("GET", "HEAD", "OPTIONS", "TRACE"))
