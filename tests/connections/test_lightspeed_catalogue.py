"""What a Lightspeed eCom shop sells: variants, with the titles of their products, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from app.columns import now
from app.connections import lightspeed_catalogue
from app.connections.catalogue import ProductKey, PulledProduct, StockMoved
from app.connections.client import Access
from app.connections.failures import ShopFailure
from app.connections.lightspeed import Lightspeed
from app.connections.lightspeed_catalogue import LightspeedCatalogue
from app.models import Trouble
from tests.connections.reading import connect, look
from tests.connections.stocking import US, compare, count, product, read_products
from tests.simulators.lightspeed import LightspeedShop
from tests.simulators.lightspeed.shapes import Shape
from tests.simulators.serving import answer_lost

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def there() -> Iterator[LightspeedShop]:
    with LightspeedShop() as shop:
        yield shop


@pytest.fixture
def catalogue(there: LightspeedShop) -> Iterator[LightspeedCatalogue]:
    with Lightspeed(access_to(there)) as shop:
        yield LightspeedCatalogue(shop)


def access_to(there: LightspeedShop) -> Access:
    return Access(there.url, {"api_key": there.key, "api_secret": there.secret, "language": there.language})


def read_all(catalogue: LightspeedCatalogue) -> list[PulledProduct]:
    page = catalogue.all_products({})
    found = list(page.products)
    while page.next is not None:
        page = catalogue.all_products(page.next)
        found += page.products
    return found


def key_of(variant: Shape) -> ProductKey:
    return ProductKey(str(variant["id"]), str(variant["product"]["resource"]["id"]))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("VARIANTS_ON_PAGE", 4), ("PARENTS_ON_PAGE", 2), ("ONE_BY_ONE", 1)):
        monkeypatch.setattr(lightspeed_catalogue, name, size)


def test_variants_are_what_is_sold_with_the_titles_of_their_products(
    there: LightspeedShop, catalogue: LightspeedCatalogue
) -> None:
    (mug,) = there.add_product("Mug", [{"sku": "MUG", "articleCode": "A1", "stockLevel": 40, "title": "Mug"}])
    large, other = there.add_product(
        "T-shirt",
        [
            {"title": "L", "ean": "8712345678906", "priceIncl": 26.95, "stockTracking": "indicator", "stockLevel": -2},
            {"title": "XL", "articleCode": "TSH-XL", "stockTracking": "disabled", "stockLevel": 9},
        ],
        visibility="hidden",
    )

    assert read_all(catalogue) == [
        PulledProduct(key_of(mug), "Mug", sku="MUG", price=Decimal("12.5"), includes_tax=True, stock=Decimal(40),
                      is_counted=True),
        PulledProduct(ProductKey(key_of(large).external_id, key_of(large).parent_id, {"hidden": "yes"}), "T-shirt",
                      "L", "8712345678906", Decimal("26.95"), includes_tax=True, stock=Decimal(-2), is_counted=True,
                      is_offered=False),
        PulledProduct(ProductKey(key_of(other).external_id, key_of(other).parent_id, {"hidden": "yes"}), "T-shirt",
                      "XL", "TSH-XL", Decimal("12.5"), includes_tax=True, is_offered=False),
    ]  # fmt: skip


@pytest.mark.usefixtures("small_pages")
def test_what_is_deleted_while_it_is_read_costs_no_other(there: LightspeedShop, catalogue: LightspeedCatalogue) -> None:
    made = [there.add_product(f"Mug {n}")[0] for n in range(10)]
    there.before_next(lambda: there.lists["variants"].remove(made[0]), to="variants.json?limit=4&page=2")

    assert {one.title for one in read_all(catalogue)} == {f"Mug {n}" for n in range(10)}


@pytest.mark.usefixtures("small_pages")
def test_titles_cost_a_page_here_and_there_and_no_question_each(
    there: LightspeedShop, catalogue: LightspeedCatalogue
) -> None:
    made = [there.add_product(f"Mug {n}")[0] for n in range(9)]
    found = read_all(catalogue)
    assert [(one.title, one.key.external_id) for one in found] == [
        (f"Mug {n}", str(one["id"])) for n, one in enumerate(made)
    ]
    assert len(there.asked_for("/products")) <= 6

    there.requests.clear()
    place = {"page": 2, "total": 9, "products": 3}
    with Lightspeed(access_to(there)) as shop:
        later = LightspeedCatalogue(shop).all_products(place)
    assert [one.title for one in later.products] == [f"Mug {n}" for n in range(4, 8)]
    assert "page=1" not in there.asked_for("/products.json")[0].target


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("start", [1, 3, 9])
def test_titles_are_found_wherever_the_shop_lists_them(
    there: LightspeedShop, catalogue: LightspeedCatalogue, start: int
) -> None:
    for n in range(5):
        there.add_product(f"Mug {n}")
    there.lists["products"].reverse()

    page = catalogue.all_products({"page": 1, "products": start})
    assert [one.title for one in page.products] == [f"Mug {n}" for n in range(4)]
    assert len(there.asked_for("/products/")) <= 1


def test_a_product_that_is_deleted_meanwhile_leaves_no_title(
    there: LightspeedShop, catalogue: LightspeedCatalogue
) -> None:
    there.add_product("Mug")
    there.lists["products"].clear()

    assert [one.title for one in read_all(catalogue)] == [""]


def test_what_changed_is_asked_for_by_its_date(there: LightspeedShop, catalogue: LightspeedCatalogue) -> None:
    for one in there.add_product("Old", [{"title": "M"}, {"title": "L"}]):
        one["updatedAt"] = "2020-01-01T00:00:00+00:00"
    (new,) = there.add_product("New")
    there.sell(new)

    page = catalogue.changed_since(now() - timedelta(hours=1), {})
    assert [(one.title, one.stock) for one in page.products] == [("New", Decimal(-1))]


def test_some_are_read_by_their_ids_and_what_is_deleted_is_left_out(
    there: LightspeedShop, catalogue: LightspeedCatalogue
) -> None:
    medium, large = there.add_product("T-shirt", [{"title": "M"}, {"title": "L"}], isVisible=False)
    known = next(one for one in read_all(catalogue) if one.variant == "L")
    there.lists["variants"].remove(medium)

    found = catalogue.these([known.key, key_of(medium)])
    assert [(one.key, one.variant, one.is_offered) for one in found] == [(known.key, "L", False)]
    assert (key_of(large).external_id, catalogue.these([])) == (known.key.external_id, [])


def test_stock_is_set_once_though_the_answer_is_lost(there: LightspeedShop, catalogue: LightspeedCatalogue) -> None:
    (mug,) = there.add_product("Mug", [{"stockLevel": 40}])
    (read,) = catalogue.these([key_of(mug)])
    there.fail_next(answer_lost(), method="PUT")

    with pytest.raises(ShopFailure) as lost:
        catalogue.set_stock(read, 39)
    (read,) = catalogue.these([key_of(mug)])
    assert (lost.value.trouble, read.stock) == (Trouble.NO_ANSWER, Decimal(39))
    catalogue.set_stock(read, 0)
    assert mug["stockLevel"] == 0


def test_a_sale_between_reading_and_telling_is_not_lost(there: LightspeedShop, catalogue: LightspeedCatalogue) -> None:
    (mug,) = there.add_product("Mug", [{"stockLevel": 40}])
    (read,) = catalogue.these([key_of(mug)])
    there.sell(mug, 3)

    with pytest.raises(StockMoved):
        catalogue.set_stock(read, 50)
    assert (mug["stockLevel"], there.asked_for("variants", method="PUT")) == (37, [])


def test_what_is_not_counted_or_gone_is_refused(there: LightspeedShop, catalogue: LightspeedCatalogue) -> None:
    (mug,) = there.add_product("Mug", [{"stockLevel": 40}])
    (read,) = catalogue.these([key_of(mug)])

    mug["stockTracking"] = "disabled"
    with pytest.raises(ShopFailure) as uncounted:
        catalogue.set_stock(read, 5)
    there.lists["variants"].clear()
    with pytest.raises(ShopFailure) as gone:
        catalogue.set_stock(read, 5)
    assert (uncounted.value.trouble, gone.value.trouble) == (Trouble.REFUSED, Trouble.NOT_THERE)
    assert mug["stockLevel"] == 40


def test_reading_leaves_room_in_which_stock_is_told(there: LightspeedShop, catalogue: LightspeedCatalogue) -> None:
    (mug,) = there.add_product("Mug", [{"stockLevel": 40}])
    (read,) = catalogue.these([key_of(mug)])
    there.used[0] = there.limits[0] - 20
    catalogue.these([key_of(mug)])

    with pytest.raises(ShopFailure) as busy:
        catalogue.all_products({})
    assert (busy.value.trouble, bool(busy.value.retry_after)) == (Trouble.TOO_BUSY, True)
    catalogue.set_stock(read, 12)
    assert mug["stockLevel"] == 12
    with pytest.raises(ShopFailure):
        catalogue.these([key_of(mug)])


def test_a_right_that_lacks_is_said(there: LightspeedShop, catalogue: LightspeedCatalogue) -> None:
    (mug,) = there.add_product("Mug", [{"stockLevel": 40}])
    (read,) = catalogue.these([key_of(mug)])
    there.rights["products"]["write"] = False

    with pytest.raises(ShopFailure) as refused:
        catalogue.set_stock(read, 5)
    assert (refused.value.trouble, mug["stockLevel"]) == (Trouble.NO_RIGHT, 40)


def test_one_stock_is_kept_with_the_shop(there: LightspeedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lightspeed, "takes_http", True)
    (mug,) = there.add_product("Mug", [{"sku": "MUG", "stockLevel": 40}])
    ours = product("MUG", stock=12)
    connection = connect(
        "lightspeed", there.url, {"api_key": there.key, "api_secret": there.secret, "language": there.language}, **US
    )
    look()
    read_products(connection)
    compare()
    assert mug["stockLevel"] == 12

    count(ours, 9)
    there.fail_next(answer_lost(), method="PUT")
    compare()
    compare()
    assert mug["stockLevel"] == 9
