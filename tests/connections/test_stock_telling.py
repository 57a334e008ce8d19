"""Products of a connected shop and ours: matched by SKU, and one stock for all, also when both sides sell at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.actions.cancelling import cancel_order
from app.actions.shop_products import match_shop_product
from app.columns import now
from app.connections.failures import SENTENCES
from app.connections.outages import outages
from app.connections.stock_rows import LIST_LAGS
from app.extensions import db
from app.history import SYSTEM
from app.models import (
    LinkState,
    MovementKind,
    Order,
    Product,
    PullKind,
    ShopProduct,
    StockMode,
    StockMovement,
    StockSide,
    Telling,
    Trouble,
)
from tests.connections.reading import look
from tests.connections.stocking import (
    US,
    compare,
    connect_second,
    count,
    link,
    look_at_all,
    product,
    read_products,
    stocked_by_api,
)
from tests.connections.telling import tell
from tests.simulators.serving import Fault, answer_lost, not_taken, status
from tests.simulators.woocommerce import WooShop
from tests.simulators.woocommerce.catalogue import Product as WooProduct

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop() as shop:
        yield shop


def add_mug(woo: WooShop, stock: int = 40, sku: str = "MUG") -> WooProduct:
    return woo.add_product(name="Mug", sku=sku, regular_price="12.50", manage_stock=True, stock_quantity=stock)


def states() -> dict[str, str]:
    return {one.title: one.state.value for one in db.session.scalars(select(ShopProduct))}


def read_orders_later() -> None:
    """The shop's orders are read once more, so long after that none of them is missing in its list."""
    db.session.execute(
        update(ShopProduct)
        .where(ShopProduct.differs_at.is_not(None))
        .values(differs_at=now() - LIST_LAGS - timedelta(seconds=2))
    )
    db.session.commit()
    look()


# --- read and matched -----------------------------------------------------------------------------------------------


def test_a_sku_that_is_one_there_and_one_here_matches_by_itself(woo: WooShop) -> None:
    product("MUG")
    product("PLT")
    add_mug(woo)
    woo.add_product(name="Plate", sku="PLT", regular_price="19.99")
    woo.add_product(name="Plate, blue", sku="PLT", regular_price="21.99")
    woo.add_product(name="Bowl", sku="BWL", regular_price="9.99")
    woo.add_product(name="Voucher", regular_price="25.00")

    stocked_by_api(woo)

    to_match = ("Plate", "Plate, blue", "Bowl", "Voucher")
    assert states() == {"Mug": "matched", **dict.fromkeys(to_match, "to_match")}
    mug = link()
    assert (mug.price, mug.stock, mug.is_counted, mug.product.name) == (Decimal("12.5"), 40, True, "Mug")


def test_reading_again_changes_nothing_and_follows_what_changed(woo: WooShop) -> None:
    product("MUG")
    there = add_mug(woo)
    connection = stocked_by_api(woo)
    first = link().id
    there.name, there.stock_quantity = "Mug, large", 7

    read_products(connection)

    mug = link()
    assert (mug.id, mug.title, mug.stock, mug.state) == (first, "Mug, large", 7, LinkState.MATCHED)


def test_a_second_product_with_the_same_sku_makes_both_wait_for_somebody(woo: WooShop) -> None:
    product("MUG")
    add_mug(woo).modified_at = now() - timedelta(days=1)
    stocked_by_api(woo)
    woo.add_product(name="Mug, second choice", sku="MUG", regular_price="5.00")

    look(PullKind.PRODUCTS)

    assert states() == {"Mug": "to_match", "Mug, second choice": "to_match"}


def test_what_changed_is_read_in_between(woo: WooShop) -> None:
    product("MUG")
    stocked_by_api(woo)
    add_mug(woo)

    look(PullKind.PRODUCTS)

    assert states() == {"Mug": "matched"}


def test_what_is_deleted_there_is_gone_and_comes_back(woo: WooShop) -> None:
    product("MUG")
    there = add_mug(woo)
    connection = stocked_by_api(woo)
    del woo.products[there.id]
    read_products(connection)
    assert link().gone_at is not None

    woo.products[there.id] = there
    read_products(connection)
    assert link().gone_at is None


def test_lines_of_orders_are_what_the_shops_products_are_matched_with(woo: WooShop) -> None:
    ours = product("OURS", name="Mug of ours")
    other = product("MUG")
    there = add_mug(woo)
    stocked_by_api(woo)
    mug = link()
    mug.product_id, mug.state, mug.sku = ours.id, LinkState.BY_HAND, "OLD"
    db.session.commit()

    woo.add_order(products={"MUG": 2})
    look()

    (line,) = db.session.scalars(select(Order)).one().lines
    assert (line.product_id, line.sku) == (ours.id, "MUG")
    assert (ours.stock, other.stock, there.stock_quantity) == (38, 40, 38)


# --- one stock ------------------------------------------------------------------------------------------------------


def test_nothing_is_told_while_each_counts_for_itself(woo: WooShop) -> None:
    mug = product(stock=12)
    there = add_mug(woo)
    stocked_by_api(woo)
    count(mug, 5)

    assert compare() == 0
    assert there.stock_quantity == 40


def test_the_shop_is_told_less_what_is_kept_back(woo: WooShop) -> None:
    mug = product(stock=12)
    there = add_mug(woo)
    stocked_by_api(woo, **US, stock_buffer=2)
    compare()
    assert (there.stock_quantity, link().told, link().stock) == (10, 10, 10)

    count(mug, 1)
    compare()
    assert there.stock_quantity == 0


@pytest.mark.parametrize("wins", list(StockSide))
def test_what_nobody_counted_here_sells_out_no_shop(woo: WooShop, wins: StockSide) -> None:
    """Products that came in without a number stand at 0 here: the shop's number begins the stock, and is not told 0."""
    mug = product(stock=0)
    there = add_mug(woo)
    stocked_by_api(woo, **US, stock_wins=wins, stock_buffer=2)
    for _time in range(3):
        compare()
        read_orders_later()

    assert (mug.stock, there.stock_quantity, link().differs_at) == (40, 38, None)


def test_what_began_with_a_number_here_is_told_as_it_is(woo: WooShop) -> None:
    """Products of before there were movements of stock have a number that no movement tells of."""
    mug = product(stock=0)
    mug.stock = Decimal(12)
    there = add_mug(woo)
    stocked_by_api(woo, **US)
    compare()

    assert (mug.stock, there.stock_quantity) == (12, 12)


def test_the_same_number_moves_nothing_at_first(woo: WooShop) -> None:
    mug = product(stock=40)
    there = add_mug(woo)
    stocked_by_api(woo, **US, stock_wins=StockSide.SHOP, stock_buffer=2)
    compare()

    assert (mug.stock, there.stock_quantity) == (40, 38)
    assert len(db.session.scalars(select(StockMovement)).all()) == 1


def test_of_two_that_count_for_one_product_the_first_does(woo: WooShop) -> None:
    """Else each number is taken over in turn, for ever."""
    mug = product(stock=12)
    add_mug(woo, stock=40)
    woo.add_product(name="Mug again", sku="MUG-2", regular_price="1", manage_stock=True, stock_quantity=7)
    stocked_by_api(woo, stock_mode=StockMode.SHOP)
    match_shop_product(link("MUG-2"), sku="MUG", by=SYSTEM)
    for _time in range(3):
        compare()
        read_orders_later()

    assert mug.stock == 40
    assert [link(sku).is_due for sku in ("MUG", "MUG-2")] == [False, False]


def test_an_order_that_is_cancelled_here_comes_back_into_stock_once(woo: WooShop) -> None:
    """Told that it is cancelled, the shop puts it back by itself."""
    mug = product(stock=40)
    there = add_mug(woo)
    connection = stocked_by_api(woo, **US, stock_wins=StockSide.SHOP, tell_cancelled=Telling.ON)
    woo.add_order(products={"MUG": 3})
    look()
    compare()
    assert (mug.stock, there.stock_quantity) == (37, 37)

    cancel_order(db.session.scalars(select(Order)).one(), credit=True, restock=True, by=SYSTEM)
    compare()
    tell()
    read_products(connection)
    for _time in range(3):
        compare()
        read_orders_later()

    assert (mug.stock, there.stock_quantity) == (40, 40)


def test_only_the_newest_number_is_told(woo: WooShop) -> None:
    mug = product(stock=12)
    there = add_mug(woo)
    stocked_by_api(woo, **US)
    compare()
    woo.requests.clear()
    for number in (11, 10, 9):
        count(mug, number)

    compare()

    assert there.stock_quantity == 9
    assert [one.method for one in woo.requests] == ["GET", "PUT"]


def test_a_sale_there_lowers_ours_once_and_is_not_told_back(woo: WooShop) -> None:
    mug = product(stock=40)
    there = add_mug(woo)
    stocked_by_api(woo, **US)
    compare()
    woo.add_order(products={"MUG": 3})
    look()
    woo.requests.clear()

    compare()

    assert (mug.stock, there.stock_quantity) == (37, 37)
    assert "PUT" not in [one.method for one in woo.requests]


def test_a_sale_in_one_shop_is_told_to_the_other(woo: WooShop) -> None:
    product(stock=40)
    with WooShop() as second:
        here, there = add_mug(woo), add_mug(second)
        stocked_by_api(woo, **US)
        connect_second(second)
        compare()
        woo.add_order(products={"MUG": 3})
        look_at_all()
        compare()

        ours = db.session.scalars(select(Product.stock)).one()
        assert (ours, here.stock_quantity, there.stock_quantity) == (37, 37, 37)


def test_what_is_put_back_here_goes_out(woo: WooShop) -> None:
    product(stock=40)
    there = add_mug(woo)
    stocked_by_api(woo, **US)
    woo.add_order(products={"MUG": 3})
    look()
    compare()

    cancel_order(db.session.scalars(select(Order)).one(), credit=True, restock=True, by=SYSTEM)
    compare()

    assert there.stock_quantity == 40


# --- both at once ---------------------------------------------------------------------------------------------------


def test_a_sale_that_was_not_read_yet_is_not_put_up_for_sale_again(woo: WooShop) -> None:
    mug = product(stock=40)
    there = add_mug(woo)
    stocked_by_api(woo, **US)
    compare()
    woo.add_order(products={"MUG": 3})  # 37 there; nobody has told us
    count(mug, 30)

    compare()
    assert there.stock_quantity == 27
    assert link().differs_at is not None

    look()
    compare()
    assert (mug.stock, there.stock_quantity, link().differs_at) == (27, 27, None)


@pytest.mark.parametrize("wins", list(StockSide))
def test_a_sale_between_reading_and_telling_is_put_right_once_it_is_read(woo: WooShop, wins: StockSide) -> None:
    """WooCommerce compares nothing: what it sold in that moment is overwritten, until its order is read."""
    mug = product(stock=40)
    there = add_mug(woo)
    stocked_by_api(woo, **US, stock_wins=wins)
    compare()
    count(mug, 30)
    woo.before_next(lambda: woo.add_order(products={"MUG": 3}), to="/products/", method="PUT")
    compare()
    assert there.stock_quantity == 30

    look()
    compare()

    assert (mug.stock, there.stock_quantity, link().differs_at) == (27, 27, None)


@pytest.mark.parametrize(("wins", "settled"), [(StockSide.US, 40), (StockSide.SHOP, 33)])
def test_a_number_that_somebody_changed_there_is_settled_by_the_side_that_wins(
    woo: WooShop, wins: StockSide, settled: int
) -> None:
    mug = product(stock=40)
    there = add_mug(woo)
    connection = stocked_by_api(woo, **US, stock_wins=wins)
    compare()
    there.stock_quantity = 33
    read_products(connection)
    compare()
    assert (mug.stock, there.stock_quantity) == (40, 33)  # it may be a sale, as long as its orders are not read
    assert link().differs_at is not None

    read_orders_later()
    compare()

    assert (mug.stock, there.stock_quantity, link().differs_at) == (settled, settled, None)


def test_where_the_shop_counts_its_number_is_taken_over_with_its_reason(woo: WooShop) -> None:
    mug = product(stock=12)
    there = add_mug(woo, stock=40)
    connection = stocked_by_api(woo, stock_mode=StockMode.SHOP)
    read_orders_later()
    compare()
    assert mug.stock == 12
    read_orders_later()
    compare()
    assert mug.stock == 40

    woo.add_order(products={"MUG": 3})
    read_products(connection)
    compare()
    look()
    compare()

    moved = db.session.execute(select(StockMovement.kind, StockMovement.quantity).order_by(StockMovement.id)).all()
    assert [tuple(one) for one in moved] == [
        (MovementKind.COUNTED, 12),
        (MovementKind.COUNTED_THERE, 28),
        (MovementKind.ORDERED, -3),
    ]
    assert (mug.stock, there.stock_quantity, link().differs_at) == (37, 37, None)


# --- what goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [answer_lost(), not_taken()])
@pytest.mark.parametrize("wins", list(StockSide))
def test_an_answer_that_got_lost_doubles_and_loses_nothing(woo: WooShop, fault: Fault, wins: StockSide) -> None:
    mug = product(stock=40)
    there = add_mug(woo)
    stocked_by_api(woo, **US, stock_wins=wins)
    compare()
    count(mug, 30)
    woo.fail_next(fault, method="PUT")
    compare(most=1)
    woo.add_order(products={"MUG": 3})
    look()
    count(mug, 20)

    compare(most=1)

    assert (mug.stock, there.stock_quantity, link().differs_at) == (20, 20, None)


def test_a_shop_that_is_too_busy_rests_and_is_told_afterwards(woo: WooShop) -> None:
    product(stock=12)
    there = add_mug(woo)
    connection = stocked_by_api(woo, **US)
    woo.fail_next(status(429, retry_after=60), method="PUT")
    compare(most=1)
    db.session.refresh(connection)
    assert connection.stock_trouble == Trouble.TOO_BUSY
    assert connection.stock_after
    assert connection.stock_after > now() + timedelta(seconds=50)
    assert (there.stock_quantity, link().is_due) == (40, True)

    compare()

    db.session.refresh(connection)
    assert (there.stock_quantity, connection.stock_trouble) == (12, None)


def test_one_that_the_shop_refuses_holds_up_no_other(woo: WooShop) -> None:
    product(stock=12)
    product("PLT", stock=3)
    add_mug(woo)
    plate = add_mug(woo, sku="PLT")
    stocked_by_api(woo, **US)
    woo.fail_next(status(400, body={"code": "woocommerce_rest_invalid"}), method="PUT")

    compare(most=1)

    assert (link().trouble, link().is_due, plate.stock_quantity) == (Trouble.ASKED_WRONGLY, True, 3)
    assert [str(one) for one in outages()] == [f"Mugs: Mug: {SENTENCES[Trouble.ASKED_WRONGLY]}"]
    link("PLT").trouble = Trouble.ASKED_WRONGLY
    assert [str(one) for one in outages()] == [f"Mugs: Mug (+1): {SENTENCES[Trouble.ASKED_WRONGLY]}"]


def test_what_moves_while_it_is_told_is_told_afterwards(woo: WooShop, app: Flask) -> None:
    mug = product(stock=12)
    there = add_mug(woo)
    stocked_by_api(woo, **US)
    product_id = mug.id
    woo.before_next(lambda: move_here(app, product_id, 5), to="/products/", method="PUT")

    compare()

    assert there.stock_quantity == 5


def move_here(app: Flask, product_id: int, stock: int) -> None:
    """Somebody counts while the worker waits for the shop; in a thread, so in a session of its own."""
    with app.app_context():
        count(db.session.get_one(Product, product_id), stock)


def test_a_product_that_is_switched_off_there_is_asked_about_no_more(woo: WooShop) -> None:
    product(stock=12)
    there = add_mug(woo)
    stocked_by_api(woo, **US)
    there.manage_stock = False

    compare()

    assert (link().is_counted, link().stock, link().is_due) == (False, None, False)
