"""Connecting a shop by its key, and watching its orders come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from app.columns import now
from app.extensions import db
from tests.factories import new_connection
from tests.simulators.woocommerce import WooShop


@pytest.mark.usefixtures("live_worker")
def test_a_shop_is_connected_by_its_key_and_its_older_orders_come_in(
    app: Flask, signed_in: Page, assert_accessible: Callable[..., None]
) -> None:
    with app.app_context():
        db.session.add(new_connection(notify=False))
        db.session.commit()
    with WooShop() as shop:
        there = [shop.add_order(at=now() - timedelta(days=9)) for _each in range(3)]
        signed_in.goto("/admin/connection/1")
        signed_in.get_by_role("link", name="Access").click()
        signed_in.get_by_label("Address of the shop").fill(shop.url)
        signed_in.get_by_label("Consumer key").fill(shop.key.key)
        signed_in.get_by_label("Consumer secret").fill(shop.key.secret)
        assert_accessible(signed_in)
        signed_in.get_by_role("button", name="Save and try").click()
        expect(signed_in.locator("#trial")).to_contain_text("The key may read refunds")
        assert_accessible(signed_in)

        signed_in.get_by_label("Read all orders since").fill((now() - timedelta(days=20)).date().isoformat())
        signed_in.get_by_role("button", name="Read them").click()
        expect(signed_in.locator("#backfill-progress")).to_contain_text("Done", timeout=20_000)
        signed_in.reload()
        expect(signed_in.locator("#looks")).to_contain_text("Older orders")
        assert_accessible(signed_in)
        assert len(there) == 3
