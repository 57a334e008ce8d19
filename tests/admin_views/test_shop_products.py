"""Products of connected shops on screen: matched by hand, made new, left; and whose number counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.connections.managing import begin_catalogue, begin_pulls
from app.encryption.sealed import Sealed
from app.extensions import db
from app.history import SYSTEM
from app.models import Connection, LinkState, Product, Pull, PullKind, ShopProduct, StockMode, StockMovement, StockSide
from tests.factories import new_connection
from tests.looking import words

LIST = "/admin/shop-product/"


@pytest.fixture
def ids(in_app: Any) -> dict[str, int]:
    """A connection, a product of ours, and two of the shop that wait to be matched."""
    with in_app():
        connection = new_connection(address="http://127.0.0.1:9", credentials=Sealed.of({"consumer_key": "ck"}))
        db.session.add_all([connection, Product(name="Mug", sku="OURS", vat_rate=Decimal(21), price=Decimal(10))])
        db.session.flush()
        begin_pulls(connection)
        begin_catalogue(connection, by=SYSTEM)
        made = [
            ShopProduct(
                outside_shop=connection.outside_shop,
                external_id=str(number),
                title=title,
                sku=title.upper(),
                price=Decimal("12.50"),
                stock=Decimal(7),
                is_counted=True,
            )
            for number, title in ((16, "Mug"), (17, "Plate"))
        ]
        db.session.add_all(made)
        db.session.flush()
        return {"connection": connection.id, "mug": made[0].id, "plate": made[1].id}


def states(in_app: Any) -> list[tuple[str, str, str | None]]:
    with in_app():
        rows = db.session.scalars(select(ShopProduct).order_by(ShopProduct.id))
        return [(one.title, one.state.value, one.product.name if one.product else None) for one in rows]


def test_what_is_unclear_waits_in_a_list_of_its_own(client: Any, ids: dict[str, int]) -> None:
    page = client.get(LIST).text

    assert "Mug" in page
    assert "Plate" in page
    assert client.get(f"{LIST}?state=matched").text.count("Only woocommerce") == 0
    assert "No number differs." in client.get(f"{LIST}?state=differences").text


def test_somebody_matches_it_by_hand(client: Any, in_app: Any, ids: dict[str, int]) -> None:
    client.post(f"{LIST}{ids['mug']}/act/match_shop_product", data={"sku": "OURS"})

    assert states(in_app)[0] == ("Mug", "by_hand", "Mug")


def test_a_product_that_nobody_has_is_refused(client: Any, in_app: Any, ids: dict[str, int]) -> None:
    answer = client.post(f"{LIST}{ids['mug']}/act/match_shop_product", data={"sku": "NOBODY"}, follow_redirects=True)

    assert "there is no such product" in answer.text
    assert states(in_app)[0] == ("Mug", "to_match", None)


def test_one_of_the_same_name_is_proposed_and_similar_ones_are_named(
    client: Any, in_app: Any, ids: dict[str, int]
) -> None:
    shown = client.get(f"{LIST}{ids['mug']}/act/match_shop_product").text
    assert 'value="OURS"' in shown
    assert shown.count("Match it with a product of yours · Mug") == 2, "in the title of the page, and above the form"
    assert "Mug · Mug" not in shown
    assert 'value="OURS"' not in client.get(f"{LIST}{ids['plate']}/act/match_shop_product").text

    answer = client.post(f"{LIST}{ids['mug']}/act/match_shop_product", data={"sku": "mu"}, follow_redirects=True)

    assert "Similar: Mug (OURS)" in answer.text


def test_products_are_made_of_those_that_are_ticked(client: Any, in_app: Any, ids: dict[str, int]) -> None:
    rows = {"action": "make_product_of_it", "rowid": [str(ids["mug"]), str(ids["plate"])]}
    client.post(f"{LIST}action/", data=rows)

    assert states(in_app) == [("Mug", "by_hand", "Mug"), ("Plate", "by_hand", "Plate")]
    with in_app():
        plate = db.session.scalars(select(Product).where(Product.sku == "PLATE")).one()
        assert (plate.price, plate.vat_rate, plate.stock, plate.keeps_stock) == (Decimal("12.5"), 21, 7, True)
        (moved,) = db.session.scalars(select(StockMovement).where(StockMovement.product_id == plate.id))
        assert moved.quantity == 7


def test_no_second_product_of_a_sku_is_made(client: Any, in_app: Any, ids: dict[str, int]) -> None:
    with in_app():
        db.session.add(Product(name="Other plate", sku="PLATE"))
        db.session.commit()

    answer = client.post(f"{LIST}{ids['plate']}/act/make_product_of_it", data={}, follow_redirects=True)

    assert "match it" in answer.text
    assert states(in_app)[1] == ("Plate", "to_match", None)


def test_what_is_none_of_ours_is_left_and_comes_back(client: Any, in_app: Any, ids: dict[str, int]) -> None:
    client.post(f"{LIST}{ids['mug']}/act/leave_shop_product", data={})
    assert states(in_app)[0] == ("Mug", "not_ours", None)

    client.post(f"{LIST}{ids['mug']}/act/match_anew", data={})
    assert states(in_app)[0] == ("Mug", "to_match", None)


def test_the_settings_say_whose_number_counts_and_have_all_compared(
    client: Any, in_app: Any, ids: dict[str, int]
) -> None:
    client.post(f"{LIST}{ids['mug']}/act/match_shop_product", data={"sku": "OURS"})
    with in_app():
        version = db.session.scalars(select(Connection.version)).one()
    form = {"stock_mode": "us", "stock_buffer": "2", "stock_wins": "shop", "catalogue_minutes": "60"}

    client.post(f"/admin/shop-stock/edit/?id={ids['connection']}", data={**form, "seen_version": str(version)})

    with in_app():
        connection = db.session.scalars(select(Connection)).one()
        assert (connection.stock_mode, connection.stock_buffer) == (StockMode.US, 2)
        assert (connection.stock_wins, connection.catalogue_minutes) == (StockSide.SHOP, 60)
        assert [one.is_due for one in db.session.scalars(select(ShopProduct).order_by(ShopProduct.id))] == [True, False]


def test_the_settings_say_how_many_numbers_differ_before_anything_is_saved(
    client: Any, in_app: Any, ids: dict[str, int]
) -> None:
    url = f"/admin/shop-stock/edit/?id={ids['connection']}"
    assert "counted on both sides" not in client.get(url).text
    client.post(f"{LIST}{ids['mug']}/act/match_shop_product", data={"sku": "OURS"})

    text = words(client.get(url).text)
    assert "1 product is matched and counted on both sides. The numbers of 1 differ (Mug: 7 there, 0 here)" in text

    with in_app():
        db.session.scalars(select(Product)).one().stock = Decimal(9)
        connection = db.session.scalars(select(Connection)).one()
        connection.stock_mode, connection.stock_buffer = StockMode.US, 2
    assert "No number differs." in words(client.get(url).text)


@pytest.mark.parametrize(("mode", "base"), [("us", Decimal(38)), ("shop", None)])
def test_keeping_back_more_forgets_nothing_that_was_told(
    client: Any, in_app: Any, ids: dict[str, int], mode: str, base: Decimal | None
) -> None:
    """Else the pieces kept back would be taken for a number that somebody changed there."""
    with in_app():
        connection = db.session.get_one(Connection, ids["connection"])
        connection.stock_mode, connection.stock_buffer, connection.stock_wins = StockMode.US, 2, StockSide.SHOP
        mug = db.session.get_one(ShopProduct, ids["mug"])
        mug.state, mug.product = LinkState.BY_HAND, db.session.scalars(select(Product)).one()
        mug.base, mug.base_movement_id = Decimal(38), 0
        db.session.commit()
        version = connection.version
    form = {"stock_mode": mode, "stock_buffer": "5", "stock_wins": "shop", "catalogue_minutes": "60"}

    client.post(f"/admin/shop-stock/edit/?id={ids['connection']}", data={**form, "seen_version": str(version)})

    with in_app():
        mug = db.session.get_one(ShopProduct, ids["mug"])
        assert (mug.base, mug.is_due) == (base, True)


def test_one_connection_of_a_shop_counts_for_it(client: Any, in_app: Any, ids: dict[str, int]) -> None:
    with in_app():
        shop = db.session.get_one(Connection, ids["connection"]).outside_shop
        db.session.add(new_connection(key="other", title="Other", outside_shop=shop, stock_mode=StockMode.SHOP))
        db.session.commit()
        version = db.session.get_one(Connection, ids["connection"]).version
    form = {"stock_mode": "us", "stock_buffer": "0", "stock_wins": "us", "catalogue_minutes": "60"}

    url = f"/admin/shop-stock/edit/?id={ids['connection']}"
    answer = client.post(url, data={**form, "seen_version": str(version)}, follow_redirects=True)

    assert "counts for this shop already" in answer.text
    with in_app():
        assert db.session.get_one(Connection, ids["connection"]).stock_mode == StockMode.OFF


def test_a_buffer_below_nothing_is_refused(client: Any, in_app: Any, ids: dict[str, int]) -> None:
    form = {"stock_mode": "us", "stock_buffer": "-1", "stock_wins": "us", "catalogue_minutes": "60"}

    answer = client.post(f"/admin/shop-stock/edit/?id={ids['connection']}", data=form)

    assert "Enter a number of pieces, 0 or more." in answer.text
    with in_app():
        assert db.session.scalars(select(Connection)).one().stock_mode == StockMode.OFF


def test_the_connection_says_how_its_products_are_matched(client: Any, ids: dict[str, int]) -> None:
    page = client.get(f"/admin/connection/{ids['connection']}").text

    assert "Products and stock" in page
    assert f"{LIST}?shop=" in page
    assert "Each counts for itself" in page


def test_the_catalogue_is_read_when_somebody_says_so(client: Any, in_app: Any, ids: dict[str, int]) -> None:
    with in_app():
        for pull in db.session.scalars(select(Pull)):
            db.session.delete(pull)
        db.session.commit()

    client.post(f"/admin/connection/{ids['connection']}/read-catalogue", data={})

    with in_app():
        kinds = {one.kind for one in db.session.scalars(select(Pull))}
        assert {PullKind.CATALOGUE, PullKind.PRODUCTS} <= kinds


def test_the_product_shows_the_shops_that_sell_it(client: Any, in_app: Any, ids: dict[str, int]) -> None:
    with in_app():
        product, mug = db.session.scalars(select(Product)).one(), db.session.get_one(ShopProduct, ids["mug"])
        mug.product_id, mug.state, mug.told = product.id, LinkState.BY_HAND, Decimal(5)
        db.session.commit()
        product_id = product.id

    page = client.get(f"/admin/product/edit/?id={product_id}").text

    assert "In shops" in page
    assert "Only woocommerce" in page
    assert "+2" in page
