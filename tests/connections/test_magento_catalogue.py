"""What a Magento 2 shop sells, read through its API: simple products, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from app.columns import now
from app.connections import magento_catalogue
from app.connections.catalogue import ProductKey, PulledProduct
from app.connections.client import Access
from app.connections.failures import ShopFailure
from app.connections.magento import Magento
from app.connections.magento_catalogue import MagentoCatalogue
from app.models import Trouble
from tests.simulators.magento import MagentoShop

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def there() -> Iterator[MagentoShop]:
    with MagentoShop() as shop:
        yield shop


@pytest.fixture
def catalogue(there: MagentoShop) -> Iterator[MagentoCatalogue]:
    with Magento(Access(there.url, there.credentials)) as shop:
        yield MagentoCatalogue(shop)


def read_all(catalogue: MagentoCatalogue) -> list[PulledProduct]:
    page = catalogue.all_products({})
    found = list(page.products)
    while page.next is not None:
        page = catalogue.all_products(page.next)
        found += page.products
    return found


def test_what_is_sold_are_the_simple_products(there: MagentoShop, catalogue: MagentoCatalogue) -> None:
    mug = there.add_product("Mug", "MUG 30/1", qty=40)
    there.add_product("T-shirt", "TSH", type_id="configurable")
    book = there.add_product("E-book", "EBOOK", manage_stock=False, type_id="downloadable", status=2)

    first, second = read_all(catalogue)
    assert first == PulledProduct(
        ProductKey(str(mug["id"]), facts={"sku": "MUG 30/1", "item": str(mug["id"] + 7000)}), "Mug", sku="MUG 30/1",
        price=Decimal("12.5"), tax_class="2", stock=Decimal(40), is_counted=True,
    )  # fmt: skip
    assert (second.title, second.stock, second.is_counted) == ("E-book", None, False)
    assert (second.is_offered, second.is_shippable) == (False, False)
    assert first.key.external_id != str(book["id"])


def test_they_are_read_by_id_so_that_nothing_shifts(
    there: MagentoShop, catalogue: MagentoCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(magento_catalogue, "PRODUCTS_ON_PAGE", 2)
    made = [there.add_product(f"Mug {n}", f"MUG{n}") for n in range(5)]
    there.before_next(lambda: there.products.pop(made[0]["id"]), to=f"value%5D={made[1]['id']}")

    assert [one.title for one in read_all(catalogue)] == [f"Mug {n}" for n in range(5)]


def test_what_changed_is_asked_for_by_its_date(there: MagentoShop, catalogue: MagentoCatalogue) -> None:
    there.add_product("Old", "OLD", updated_at="2020-01-01 00:00:00")
    there.add_product("New", "NEW")

    page = catalogue.changed_since(now() - timedelta(hours=1), {})
    assert [one.title for one in page.products] == ["New"]


def test_stock_is_set_and_read_again(there: MagentoShop, catalogue: MagentoCatalogue) -> None:
    mug = there.add_product("Mug", "MUG 30/1", qty=40)
    (whole,) = read_all(catalogue)
    catalogue.set_stock(whole, 39)

    assert there.stock[mug["id"]]["qty"] == 39
    assert [one.stock for one in catalogue.these([whole.key, ProductKey("777")])] == [Decimal(39)]
    assert catalogue.these([]) == []


def test_stock_that_is_not_kept_there_is_refused_and_a_missing_right_is_said(
    there: MagentoShop, catalogue: MagentoCatalogue
) -> None:
    mug = there.add_product("Mug", "MUG", qty=4)
    (whole,) = read_all(catalogue)
    there.stock[mug["id"]]["manage_stock"] = False
    with pytest.raises(ShopFailure) as refused:
        catalogue.set_stock(whole, 5)
    assert refused.value.trouble == Trouble.REFUSED

    there.rights.discard("cataloginventory")
    with pytest.raises(ShopFailure) as lacking:
        catalogue.set_stock(whole, 6)
    assert (lacking.value.trouble, there.stock[mug["id"]]["qty"]) == (Trouble.NO_RIGHT, 5)
    assert [one.is_counted for one in read_all(catalogue)] == [False]
