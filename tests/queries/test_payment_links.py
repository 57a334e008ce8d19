"""The page on which an order is paid: only while something is open, and only on the host of its own shop."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.cancelling import cancel_order
from app.actions.outside_shops import learn_host
from app.actions.payments import mark_not_paid, mark_paid
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.intake import events
from app.intake.external_updates import update_order
from app.intake_readers import NewOrder, only_order_in
from app.intake_readers.samples import sample
from app.mails.words import words_of
from app.models import Order, OutgoingMail, OutsideShop
from app.queries.payment_links import payment_link
from tests.factories import new_connection, new_order, placed_order

pytestmark = pytest.mark.usefixtures("database")

LINK = "https://shop.example.com/checkout/order-pay/7/?pay_for_order=true&key=wc_order_1"


def open_order(link: str = LINK, *, host: str = "shop.example.com", page: str = "", **stated: Any) -> Order:
    order = placed_order(payment_link=link, **stated)
    shop = shop_of(order)
    shop.host, shop.payment_page = host, page
    db.session.flush()
    return order


def shop_of(order: Order) -> OutsideShop:
    assert order.outside_shop
    return order.outside_shop


def test_it_is_there_while_something_is_open() -> None:
    order = open_order()
    assert payment_link(order) == LINK
    assert words_of(order, "nl")["payment_link"] == LINK

    mark_paid(order, by=SYSTEM, notify=False)
    assert (payment_link(order), words_of(order, "nl")["payment_link"]) == ("", "")
    mark_not_paid(order, by=SYSTEM)
    assert payment_link(order) == LINK
    cancel_order(order, by=SYSTEM, credit=True)
    assert payment_link(order) == ""


@pytest.mark.parametrize(
    ("link", "host"),
    [
        (LINK, "other.example.com"),
        (LINK, ""),
        (LINK, "example.com"),
        ("https://shop.example.com.evil.example/pay", "shop.example.com"),
        ("https://evil.example/shop.example.com", "shop.example.com"),
    ],
)
def test_no_customer_is_led_to_another_host(link: str, host: str) -> None:
    assert payment_link(open_order(link, host=host)) == ""


def test_www_is_the_same_host() -> None:
    assert payment_link(open_order(LINK.replace("shop.", "www.shop."))) == LINK.replace("shop.", "www.shop.")


def test_a_pattern_says_it_where_the_order_does_not() -> None:
    order = open_order("", page="https://shop.example.com/pay/{number}?id={id}", number="7/ä", external_id="9&x")
    assert payment_link(order) == "https://shop.example.com/pay/7%2F%C3%A4?id=9%26x"
    assert payment_link(open_order(page="https://shop.example.com/pay/{number}")) == LINK, "the order's own goes first"
    shop_of(order).payment_page = "https://elsewhere.example.com/{number}"
    assert payment_link(order) == ""


def test_it_is_kept_up_to_date() -> None:
    order = open_order()
    new = new_order(external_id=order.external_id, number=order.external_number)
    new.updated_at = now()
    for link in (LINK.replace("=wc_order_1", "=wc_order_2"), "", LINK):
        new.payment_link = link
        update_order(order, new, by=SYSTEM)
        assert payment_link(order) == link


def read_woocommerce(**stated: object) -> NewOrder:
    payload = {**json.loads(sample("woocommerce")), **stated}
    found = only_order_in("woocommerce", json.dumps(payload))
    assert found.order, found.problem
    return found.order


PLAIN_SHOP = {"self": [{"href": "http://shop.example.com/wp-json/wc/v3/orders/7"}]}
ENCRYPTED_SHOP = {"self": [{"href": "https://shop.example.com/wp-json/wc/v3/orders/7"}]}
HTTP = LINK.replace("https:", "http:")


@pytest.mark.parametrize(
    ("stated", "link"),
    [
        ({"status": "pending", "payment_url": LINK}, LINK),
        ({"status": "on-hold", "payment_url": LINK}, ""),
        ({"status": "on-hold", "needs_payment": True, "payment_url": LINK}, LINK),
        ({"status": "pending", "needs_payment": False, "payment_url": LINK}, ""),
        ({"status": "pending", "payment_url": HTTP, "_links": ENCRYPTED_SHOP}, ""),
        ({"status": "pending", "payment_url": HTTP, "_links": PLAIN_SHOP}, HTTP),
        ({"status": "pending", "payment_url": "javascript:alert(1)"}, ""),
        ({"status": "pending", "payment_url": "https://shop@evil.example/"}, ""),
        ({"status": "pending", "payment_url": LINK + '"><script>'}, ""),
        ({"status": "pending", "payment_url": LINK + "\nBcc: a@example.com"}, ""),
        ({"status": "pending", "payment_url": LINK + "x" * 500}, ""),
        ({"status": "pending", "payment_url": "https://[broken"}, ""),
        ({"status": "pending", "payment_url": None}, ""),
        ({"status": "pending", "payment_url": {"a": 1}}, ""),
    ],
)
def test_woocommerce_states_it_while_it_waits_for_money(stated: dict[str, object], link: str) -> None:
    assert read_woocommerce(**stated).payment_link == link


def test_the_host_that_a_shop_learns_is_the_one_that_counts() -> None:
    order = open_order(host="")
    learn_host(shop_of(order), ["shop.example.com"])
    assert payment_link(order) == LINK


def test_the_first_order_of_a_shop_that_tells_by_webhooks_has_it_in_its_confirmation() -> None:
    connection = new_connection()
    db.session.add(connection)
    db.session.flush()
    payload = {
        **json.loads(sample("woocommerce")),
        "status": "on-hold",
        "date_paid_gmt": None,
        "needs_payment": True,
        "payment_url": LINK,
        "_links": ENCRYPTED_SHOP,
    }
    events.receive(connection, json.dumps(payload).encode(), "order.created")
    db.session.commit()

    (told,) = events.claim_events()
    read = events.read_event(told)
    db.session.commit()

    assert read is not None
    assert not read.reason
    assert LINK in db.session.scalars(select(OutgoingMail)).one().body
