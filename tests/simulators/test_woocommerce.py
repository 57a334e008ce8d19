"""The oddities of the simulated WooCommerce, each as tests of connections ask for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.intake.events import hmac_sha256
from tests.listener import Listener, listener  # noqa: F401  (a fixture)
from tests.simulators.asking import ask, basic, signed
from tests.simulators.serving import (
    Answer,
    Fault,
    answer_lost,
    cut_off,
    dripping,
    firewall,
    not_taken,
    redirect,
    slow,
    status,
)
from tests.simulators.woocommerce import WooShop
from tests.simulators.woocommerce.signing import Key

ORDERS = "/wp-json/wc/v3/orders"
COMPLETED = {"status": "completed"}
AT = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop() as shop:
        shop.is_ssl = True
        yield shop


def get(shop: WooShop, target: str) -> Answer:
    return ask(shop, target, headers=basic(shop.key))


def put(shop: WooShop, target: str, **stated: Any) -> Answer:
    return ask(shop, target, method="PUT", stated=stated, headers=basic(shop.key))


def ids(answer: Answer) -> list[int]:
    return [one["id"] for one in answer.body]


# --- who asks -------------------------------------------------------------------------------------------------------


def test_without_tls_it_wants_oauth() -> None:
    with WooShop() as shop:
        order = shop.add_order()
        target = f"{ORDERS}?include={order.id}&status=processing"

        assert ids(ask(shop, signed(shop, shop.key, target))) == [order.id]
        assert get(shop, target).body["code"] == "woocommerce_rest_cannot_view"


def test_a_signature_is_wrong_late_or_used_twice() -> None:
    with WooShop() as shop:
        target = signed(shop, shop.key, ORDERS)
        assert ask(shop, target).status == 200

        assert "nonce" in ask(shop, target).body["message"]
        assert "signature" in ask(shop, signed(shop, Key(shop.key.key, "cs_wrong"), ORDERS)).body["message"]
        assert ask(shop, signed(shop, Key("ck_no", "cs_no"), ORDERS)).body["message"] == "Consumer key is invalid."
        shop.skew = timedelta(hours=1)
        late = ask(shop, signed(shop, shop.key, ORDERS))
        assert (late.status, late.body["message"]) == (401, "Invalid timestamp.")


def test_a_key_does_what_its_rights_are(woo: WooShop) -> None:
    order = woo.add_order()
    woo.key.rights = "read"

    assert get(woo, ORDERS).status == 200
    refused = put(woo, f"{ORDERS}/{order.id}", status="completed")
    assert (refused.status, order.status) == (401, "processing")
    assert refused.body["message"] == "The API key provided does not have write permissions."


def test_key_and_secret_stand_in_the_address_where_the_header_is_dropped(woo: WooShop) -> None:
    woo.drops_authorization = True

    assert get(woo, ORDERS).status == 401
    assert get(woo, f"{ORDERS}?consumer_key={woo.key.key}&consumer_secret={woo.key.secret}").status == 200


# --- how it fails ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "number", "header"),
    [
        (status(429, retry_after=7), 429, ("Retry-After", "7")),
        (status(429), 429, ("Retry-After", None)),
        (status(503), 503, ("Retry-After", None)),
        (firewall(), 403, ("Content-Type", "text/html; charset=UTF-8")),
        (redirect("http://elsewhere.example/"), 301, ("Location", "http://elsewhere.example/")),
    ],
)
def test_another_answer_comes_instead_and_nothing_is_done(
    woo: WooShop, fault: Fault, number: int, header: tuple[str, str | None]
) -> None:
    order = woo.add_order()
    woo.fail_next(fault, to="/orders/", method="PUT")

    answer = put(woo, f"{ORDERS}/{order.id}", status="completed")

    assert (answer.status, answer.headers.get(header[0]), order.status) == (number, header[1], "processing")
    assert put(woo, f"{ORDERS}/{order.id}", status="completed").status == 200


@pytest.mark.parametrize(
    ("fault", "is_done"), [(answer_lost(), True), (cut_off(), True), (dripping(), True), (not_taken(), False)]
)
def test_no_whole_answer_comes_back(woo: WooShop, fault: Fault, is_done: bool) -> None:
    order = woo.add_order()
    woo.fail_next(fault)

    with pytest.raises((OSError, HTTPException)):
        ask(woo, f"{ORDERS}/{order.id}", method="PUT", stated=COMPLETED, headers=basic(woo.key), timeout=0.5)

    assert (order.status == "completed") is is_done


def test_an_answer_is_slow(woo: WooShop) -> None:
    woo.fail_next(slow(0.2))
    started = time.monotonic()

    assert get(woo, ORDERS).status == 200
    assert time.monotonic() - started >= 0.2


# --- what changed ---------------------------------------------------------------------------------------------------


def test_an_edit_leaves_the_date_and_a_date_moves_for_nothing(woo: WooShop) -> None:
    order = woo.add_order(at=AT)
    before = order.total()

    woo.edit(order, line_items=[{"id": order.lines[0].id, "quantity": 2}])
    assert (order.modified_at, order.total()) == (AT, 2 * before)

    woo.touch(order)
    assert order.modified_at > AT


def test_moments_are_in_the_zone_of_the_shop_unless_gmt_is_asked_for(woo: WooShop) -> None:
    woo.zone = ZoneInfo("Europe/Amsterdam")
    order = woo.add_order(at=AT)

    assert ids(get(woo, f"{ORDERS}?modified_after=2026-11-28T12:30:00")) == [order.id]
    assert ids(get(woo, f"{ORDERS}?modified_after=2026-11-28T12:30:00&dates_are_gmt=true")) == []
    shape = get(woo, f"{ORDERS}/{order.id}").body
    assert (shape["date_modified"], shape["date_modified_gmt"]) == ("2026-11-28T13:00:00", "2026-11-28T12:00:00")


def test_equal_dates_repeat_and_skip_over_the_edge_of_a_page(woo: WooShop) -> None:
    orders = [woo.add_order(at=AT) for _ in range(4)]
    woo.shuffles_ties = True

    def pages(by: str) -> set[int]:
        found = [ids(get(woo, f"{ORDERS}?per_page=2&page={page}&orderby={by}&order=asc")) for page in (1, 2)]
        return {one for page in found for one in page}

    assert len(pages("modified")) < 4
    assert pages("id") == {one.id for one in orders}


def test_an_order_changes_between_two_pages(woo: WooShop) -> None:
    first, second, third = (woo.add_order(at=AT + timedelta(minutes=minute)) for minute in range(3))
    list_of = f"{ORDERS}?per_page=1&orderby=modified&order=asc&modified_after=2026-11-28T00:00:00&page="
    woo.before_next(lambda: woo.set_status(first, "completed"), to="page=2")

    found = [ids(get(woo, f"{list_of}{page}")) for page in (1, 2, 3)]

    assert found == [[first.id], [third.id], [first.id]]
    assert second.id not in [one for page in found for one in page]


def test_what_is_in_the_bin_is_not_listed_and_what_is_deleted_is_not_found(woo: WooShop) -> None:
    binned, gone = woo.add_order(), woo.add_order()
    woo.trash(binned)
    woo.delete_for_good(gone)

    assert ids(get(woo, f"{ORDERS}?include={binned.id},{gone.id}")) == []
    assert get(woo, f"{ORDERS}/{binned.id}").body["status"] == "trash"
    assert get(woo, f"{ORDERS}/{gone.id}").status == 404


def test_a_shop_with_plain_permalinks_answers_at_rest_route(woo: WooShop) -> None:
    woo.has_plain_permalinks = True

    assert get(woo, ORDERS).status == 404
    assert get(woo, "/?rest_route=/wc/v3/orders").status == 200


# --- what is written ------------------------------------------------------------------------------------------------


def test_tracking_needs_the_plug_in(woo: WooShop) -> None:
    order = woo.add_order()
    place = f"/wp-json/wc-shipment-tracking/v3/orders/{order.id}/shipment-trackings"
    stated = {"tracking_number": "3SABCD", "tracking_provider": "PostNL"}

    refused = ask(woo, place, method="POST", stated=stated, headers=basic(woo.key))
    woo.namespaces.add("wc-shipment-tracking/v3")
    made = ask(woo, place, method="POST", stated=stated, headers=basic(woo.key))

    assert (refused.status, refused.body["code"], made.status) == (404, "rest_no_route", 201)
    assert [one["tracking_number"] for one in order.trackings] == ["3SABCD"]
    assert "wc-shipment-tracking/v3" in ask(woo, "/wp-json/").body["namespaces"]
    assert get(woo, f"{ORDERS}/{order.id}/fulfillments").body["code"] == "rest_no_route"


def test_stock_is_written_and_moves_with_orders(woo: WooShop) -> None:
    mug = woo.add_product(name="Mug", sku="MUG", regular_price="12.50", manage_stock=True, stock_quantity=40)
    order = woo.add_order(products={"MUG": 3})
    put(woo, f"/wp-json/wc/v3/products/{mug.id}", stock_quantity=30)

    woo.set_status(order, "cancelled")

    assert mug.stock_quantity == 33


def test_a_note_to_the_customer_is_a_mail_and_a_refund_may_move_money(woo: WooShop) -> None:
    order = woo.add_order()
    for place, stated in (("notes", {"note": "Sent", "customer_note": True}), ("refunds", {"amount": "2.00"})):
        ask(woo, f"{ORDERS}/{order.id}/{place}", method="POST", stated=stated, headers=basic(woo.key))

    assert woo.mails == [(order.id, "Sent")]
    assert [(number, str(amount)) for number, amount in woo.money_moved] == [(order.id, "2.00")]


# --- webhooks -------------------------------------------------------------------------------------------------------


def connect(shop: WooShop, address: str, topic: str = "order.updated") -> int:
    stated = {"topic": topic, "delivery_url": address, "secret": "hush"}
    made = ask(shop, "/wp-json/wc/v3/webhooks", method="POST", stated=stated, headers=basic(shop.key))
    return int(made.body["id"])


def test_webhooks_are_signed_and_come_after_a_ping(woo: WooShop, listener: Listener) -> None:  # noqa: F811
    number = connect(woo, listener.url)
    woo.add_order()

    woo.deliver_webhooks()

    (_, ping), (headers, body) = listener.received
    assert ping == f"webhook_id={number}".encode()
    assert headers["x-wc-webhook-signature"] == hmac_sha256(body, "hush")
    assert headers["x-wc-webhook-topic"] == "order.updated"


def test_a_webhook_is_switched_off_by_the_sixth_failure_in_a_row_and_again_by_the_next(woo: WooShop) -> None:
    number = connect(woo, "https://desk.example/hooks")
    order = woo.add_order()
    place = f"/wp-json/wc/v3/webhooks/{number}"

    def tell(answered: int) -> str:
        woo.edit(order, customer_note="once more")
        woo.deliver_webhooks(lambda *_sent: answered)
        return str(get(woo, place).body["status"])

    assert tell(302) == "active"
    assert [tell(500) for _ in range(6)] == ["active"] * 5 + ["disabled"]
    put(woo, place, status="active")
    assert tell(500) == "disabled"
