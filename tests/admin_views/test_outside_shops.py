"""Shops that orders come from, on screen: asked for by import and connection, shown and filtered in the list."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.api_keys import create_key
from app.exports import EXPORTS
from app.extensions import db
from app.history import SYSTEM
from app.models import Connection, ImportBatch, Order, OutsideShop
from app.queries.periods import Period
from tests.arrange import order_14
from tests.factories import new_connection, new_order, outside_shop, place, placed_order, shop_key

UPLOAD = "/admin/imports/upload"


def upload(client: Any, *, host: str = "", source: str = "woocommerce", **form: str) -> Any:
    order = order_14(payment_url=f"https://{host}/pay" if host else "")
    file = (io.BytesIO(json.dumps([order]).encode()), "orders.json")
    return client.post(UPLOAD, data={"file": file, "source": source, **form}, content_type="multipart/form-data")


def titles(in_app: Any) -> list[str]:
    with in_app():
        return list(db.session.scalars(select(OutsideShop.title).order_by(OutsideShop.id)))


def shop_of_batch(in_app: Any) -> str:
    with in_app():
        batch = db.session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc())).first()
        assert batch is not None
        return batch.outside_shop.title


def shop_id(in_app: Any, source: str = "woocommerce", title: str = "") -> str:
    with in_app():
        return str(outside_shop(source, title).id)


# --- import ---------------------------------------------------------------------------------------------------------


def test_a_file_is_put_to_the_shop_that_it_names(client, in_app):
    assert upload(client, host="www.mugs.example").status_code == 303
    assert shop_of_batch(in_app) == "mugs.example"

    upload(client, host="plates.example")
    assert shop_of_batch(in_app) == "plates.example"
    assert "plates.example (WooCommerce)" in client.get("/admin/imports/2/preview").text

    upload(client, host="mugs.example")
    assert shop_of_batch(in_app) == "mugs.example"


def test_a_file_is_put_to_the_shop_that_is_chosen_or_named(client, in_app):
    mugs = shop_id(in_app, title="Mugs")

    upload(client, host="plates.example", shop=mugs)
    assert shop_of_batch(in_app) == "Mugs"
    upload(client, host="plates.example", new_shop="Plates")
    assert shop_of_batch(in_app) == "Plates"


def test_where_it_is_not_clear_which_shop_it_has_to_be_said(client, in_app):
    shop_id(in_app, title="Mugs")
    shop_id(in_app, title="Plates")

    answer = upload(client)

    assert answer.status_code == 422
    assert "There are several shops that this may come from: “Mugs”, “Plates”" in answer.text


def test_a_shop_of_another_system_is_refused(client, in_app):
    answer = upload(client, shop=shop_id(in_app, "shopify", "Mugs"))

    assert (answer.status_code, "Choose a shop of WooCommerce." in answer.text) == (422, True)


def test_the_shop_can_be_changed_before_anything_is_brought_in_and_what_was_made_for_it_goes(client, in_app):
    shop_id(in_app, title="Mugs")
    upload(client, new_shop="Typo")

    assert client.post("/admin/imports/1/shop", data={"shop": "", "new_shop": "mugs"}).status_code == 303
    assert (shop_of_batch(in_app), titles(in_app)) == ("Mugs", ["Mugs"])

    upload(client, new_shop="Typo")
    client.post("/admin/imports/2/discard")
    assert titles(in_app) == ["Mugs"]


def test_a_file_of_another_host_than_the_chosen_shops_is_warned_of(client, in_app):
    mugs = shop_id(in_app, title="Mugs")
    with in_app():
        db.session.get_one(OutsideShop, int(mugs)).host = "mugs.example"

    upload(client, host="plates.example", shop=mugs)

    page = client.get("/admin/imports/1/preview").text
    assert "This file says that it comes from plates.example, and Mugs is known as mugs.example." in page


# --- connections ----------------------------------------------------------------------------------------------------


def connect(client: Any, title: str, **form: str) -> Any:
    how = {"source": "woocommerce", "title": title, "secret": "", "notify": "y", "is_active": "y", **form}
    return client.post("/admin/connection/new/", data=how)


def test_the_first_connection_makes_a_shop_and_the_next_one_says_which(client, in_app):
    connect(client, "Mugs", shop="")
    answer = connect(client, "Plates", shop="")
    assert "Say whether this is one of them." in answer.text
    assert "Choose it, or another title." in connect(client, "Mugs", shop="new").text

    connect(client, "Plates", shop="new")
    connect(client, "Mugs again", shop=shop_id(in_app, title="Mugs"))

    with in_app():
        query = select(Connection.title, OutsideShop.title).join(Connection.outside_shop).order_by(Connection.id)
        made = [tuple(row) for row in db.session.execute(query)]
    assert made == [("Mugs", "Mugs"), ("Plates", "Plates"), ("Mugs again", "Mugs")]


def test_a_shop_gets_another_name_but_not_anothers(client, in_app):
    shop_id(in_app, title="Mugs")
    shop_id(in_app, title="Plates")
    page = "/admin/outside-shop/edit/?id=2"

    client.post(page, data={"title": "mugs", "host": "", "seen_version": "1"})
    assert titles(in_app) == ["Mugs", "Plates"]

    client.post(page, data={"title": "Pots", "host": "https://www.pots.example/shop", "seen_version": "1"})
    with in_app():
        pots = db.session.get_one(OutsideShop, 2)
        assert (pots.title, pots.host) == ("Pots", "pots.example")


# --- the list, the order, the API -----------------------------------------------------------------------------------


@pytest.fixture
def two_shops(in_app: Any) -> dict[str, str]:
    """Number of the order of each shop."""
    with in_app():
        made = {
            title: place(new_order(external_id="14"), shop=shop_key("woocommerce", title)).number
            for title in ("Mugs", "Plates")
        }
        made["API"] = place(new_order(source="api", external_id="14")).number
    return made


def test_the_list_shows_and_filters_shops_as_soon_as_there_are_two(client, in_app):
    with in_app():
        placed_order()
    assert "row-shop" not in client.get("/admin/order/").text

    with in_app():
        number = place(new_order(), shop=shop_key("woocommerce", "Plates")).number
    page = client.get("/admin/order/").text
    assert page.count('class="row-shop"') == 2
    assert "?shop=2" in page

    page = client.get("/admin/order/?shop=2").text
    assert (number in page, "ORD10001" in page) == (True, False)
    assert "Unknown shop" in client.get("/admin/order/?shop=99").text


def test_filtering_by_shop_seeks_in_an_index(client, in_app, two_shops, statements):
    statements.clear()
    client.get("/admin/order/?shop=2")
    page = next(one for one in statements if "LIMIT" in one and "outside_shop_id = ?" in one)

    with in_app():
        query = "SELECT id FROM orders WHERE is_draft IS 0 AND outside_shop_id = 2 ORDER BY placed_at DESC, id DESC"
        (plan,) = [row[3] for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query} LIMIT 26")]
    assert page
    assert plan == "SEARCH orders USING COVERING INDEX ix_orders_placed_outside_shop_id_placed_at (outside_shop_id=?)"


def test_the_page_of_an_order_says_which_shop_it_came_from(client, two_shops):
    pages = {name: client.get(f"/admin/order/{number}").text for name, number in two_shops.items()}

    assert "Mugs (WooCommerce)" in pages["Mugs"]
    assert "Plates (WooCommerce)" in pages["Plates"]
    assert "Mugs" not in pages["API"]


def test_the_order_list_is_exported_with_the_shop(in_app, two_shops):
    with in_app():
        column = EXPORTS["orders"].columns.index("shop")
        assert [row[column] for row in EXPORTS["orders"].rows(Period(None, None, "UTC"), [])] == ["Mugs", "Plates", ""]
        assert len(db.session.scalars(select(Order)).all()) == 3


def test_the_api_names_the_shop_and_filters_by_it(app, in_app, two_shops):
    with in_app():
        _token, key = create_key("Till", rights=["read.orders"], by=SYSTEM)

    def ask(path: str) -> Any:
        return app.test_client().get(f"/api{path}", headers={"Authorization": f"Bearer {key}"}).json

    assert [one["number"] for one in ask("/orders?shop=2")["items"]] == [two_shops["Plates"]]
    assert {one["number"]: one["shop"] for one in ask("/orders")["items"]} == {
        two_shops["Mugs"]: {"id": 1, "title": "Mugs"},
        two_shops["Plates"]: {"id": 2, "title": "Plates"},
        two_shops["API"]: None,
    }
    assert ask(f"/orders/{two_shops['Plates']}")["shop"] == {"id": 2, "title": "Plates"}


@pytest.mark.parametrize(
    ("page", "refusal"),
    [
        ("https://shop.example.com/pay/{number}", ""),
        ("https://www.shop.example.com/pay?order={id}", ""),
        ("https://shop.example.com/pay", "{number} or {id} has to stand in it"),
        ("http://shop.example.com/pay/{number}", "begins with https://"),
        ("javascript:alert({number})", "begins with https://"),
        ("https://elsewhere.example.com/{number}", "the shop’s own host name"),
        ("https://shop.example.com@elsewhere.example.com/{number}", "begins with https://"),
        ("https://{number}.example.com/", "the shop’s own host name"),
    ],
)
def test_a_payment_page_leads_to_the_shop_and_nowhere_else(client, in_app, page, refusal):
    shop = shop_id(in_app)
    form = {"title": "Mugs", "host": "shop.example.com", "payment_page": page, "seen_version": "1"}
    answer = client.post(f"/admin/outside-shop/edit/?id={shop}", data=form)

    with in_app():
        kept = db.session.scalars(select(OutsideShop.payment_page)).one()
    assert kept == ("" if refusal else page)
    assert refusal in answer.text


def test_the_payment_page_of_a_shop_without_encryption_may_be_so_too(client, in_app):
    page = "http://shop.example.com/pay/{number}"
    shop = shop_id(in_app)
    with in_app():
        db.session.add(new_connection(address="http://shop.example.com"))
    form = {"title": "Mugs", "host": "shop.example.com", "payment_page": page, "seen_version": "1"}
    client.post(f"/admin/outside-shop/edit/?id={shop}", data=form)

    with in_app():
        assert db.session.scalars(select(OutsideShop.payment_page)).one() == page
