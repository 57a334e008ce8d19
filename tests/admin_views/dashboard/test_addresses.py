"""Maps of other providers beside an address: the security policy lets their frames in, on order pages alone."""

from __future__ import annotations

import re

import pytest

from app.actions.addresses import change_address
from app.history import SYSTEM
from app.models import AddressKind, MapKind
from app.pages.policy import PAGE_POLICY
from app.queries import order_numbered, shop
from tests.factories import address, placed_order


@pytest.fixture
def number(in_app) -> str:
    with in_app():
        return placed_order(shipping=address(postcode="", city="Nergenshuizen")).number


def choose(in_app, kind: MapKind) -> None:
    with in_app():
        shop().maps, shop().maps_key = kind, "AIza-1"


def test_by_default_no_page_turns_to_anybody(client, number):
    answer = client.get(f"/admin/order/{number}")

    assert answer.headers["Content-Security-Policy"] == PAGE_POLICY
    assert "frame-src" not in PAGE_POLICY
    assert "<iframe" not in answer.text
    assert "https://" not in answer.text
    assert f"/admin/order/{number}/map/billing.svg" in answer.text


@pytest.mark.parametrize(
    ("kind", "origin", "referrer"),
    [
        (MapKind.OPENSTREETMAP, "https://www.openstreetmap.org", "no-referrer"),
        (MapKind.GOOGLE, "https://www.google.com", "origin"),
    ],
)
def test_the_chosen_provider_may_show_its_map_on_order_pages(client, in_app, number, kind, origin, referrer):
    choose(in_app, kind)

    answer = client.get(f"/admin/order/{number}")

    assert answer.headers["Content-Security-Policy"] == f"{PAGE_POLICY}; frame-src {origin}"
    (frame,) = re.findall(r"<iframe[^>]*>", answer.text)  # the shipping address was not found
    assert f'src="{origin}/' in frame
    assert 'loading="lazy"' in frame
    assert f'referrerpolicy="{referrer}"' in frame
    assert "map/billing.svg" not in answer.text
    assert "No map" in answer.text
    assert set(re.findall(r'(?:src|href)="(https://[^/]+)', answer.text)) == {origin}
    for elsewhere in ("/admin/", "/admin/order/", "/admin/maps/?id=1", f"/admin/order/{number}/change_address/billing"):
        assert client.get(elsewhere).headers["Content-Security-Policy"] == PAGE_POLICY


@pytest.mark.parametrize(
    ("kind", "said"), [("billing", "Billing address changed"), ("shipping", "Shipping address changed")]
)
def test_history_says_which_address_was_changed(client, in_app, number, kind, said):
    with in_app():
        order = order_numbered(number)
        change_address(
            order, by=SYSTEM, kind=AddressKind(kind), address={"name": "Piet", "street": "Markt 3", "country": "NL"}
        )

    other = {"billing": "Shipping", "shipping": "Billing"}[kind]
    text = client.get(f"/admin/order/{number}?tab=history").text
    assert said in text
    assert f"{other} address changed" not in text


def test_one_address_for_both_is_changed_for_both_unless_somebody_says_otherwise(client, in_app):
    with in_app():
        number = placed_order(billing=address(), shipping=address()).number
    where = f"/admin/order/{number}/change_address"
    assert "Billing and shipping address" in client.get(f"/admin/order/{number}").text
    form = client.get(f"{where}/billing").text
    assert re.search(r'<input[^>]*checked[^>]*name="both"', form)
    assert 'name="both"' not in client.get(f"{where}/shipping").text

    client.post(f"{where}/billing", data={"in_dialog": "1", "address-street": "Kade 3", "both": "y"})
    with in_app():
        order = order_numbered(number)
        assert [order.billing.street, order.shipping.street] == ["Kade 3", "Kade 3"]

    client.post(f"{where}/billing", data={"in_dialog": "1", "address-street": "Kade 4"})
    with in_app():
        order = order_numbered(number)
        assert [order.billing.street, order.shipping.street] == ["Kade 4", "Kade 3"]
    assert 'name="both"' not in client.get(f"{where}/billing").text
