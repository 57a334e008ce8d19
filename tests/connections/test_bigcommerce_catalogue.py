"""What a BigCommerce shop sells, read through its API: products, each variant, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from app.columns import now
from app.connections import bigcommerce_catalogue
from app.connections.bigcommerce import BigCommerce
from app.connections.bigcommerce_catalogue import BigCommerceCatalogue
from app.connections.catalogue import ProductKey, PulledProduct
from app.connections.client import Access
from app.connections.failures import ShopFailure
from app.models import Trouble
from tests.simulators.bigcommerce import BigShop
from tests.simulators.bigcommerce.catalogue import variant
from tests.simulators.serving import answer_lost

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def there() -> Iterator[BigShop]:
    with BigShop() as shop:
        yield shop


@pytest.fixture
def catalogue(there: BigShop) -> Iterator[BigCommerceCatalogue]:
    with BigCommerce(Access(there.address, {"access_token": there.token})) as shop:
        yield BigCommerceCatalogue(shop)


def read_all(catalogue: BigCommerceCatalogue) -> list[PulledProduct]:
    page = catalogue.all_products({})
    found = list(page.products)
    while page.next is not None:
        page = catalogue.all_products(page.next)
        found += page.products
    return found


def test_products_and_variants_are_what_is_sold(there: BigShop, catalogue: BigCommerceCatalogue) -> None:
    mug = there.add_product("Mug", sku="MUG", price=12.5, inventory_tracking="product", inventory_level=40)
    sizes = [variant(1, "L", sku="TSH-L", price=26.95, inventory_level=2), variant(2, "XL", purchasing_disabled=True)]
    shirt = there.add_product("T-shirt", sizes, price=24, tax_class_id=3, inventory_tracking="variant")
    book = there.add_product("E-book", sku="EBOOK", type="digital", is_visible=False)
    parent = str(shirt["id"])

    assert read_all(catalogue) == [
        PulledProduct(ProductKey(str(mug["id"])), "Mug", sku="MUG", price=Decimal("12.5"), stock=Decimal(40),
                      is_counted=True),
        PulledProduct(ProductKey(f"{parent}-1", parent), "T-shirt", "L", "TSH-L", Decimal("26.95"), tax_class="3",
                      stock=Decimal(2), is_counted=True),
        PulledProduct(ProductKey(f"{parent}-2", parent), "T-shirt", "XL", price=Decimal(24), tax_class="3",
                      stock=Decimal(0), is_counted=True, is_offered=False),
        PulledProduct(ProductKey(str(book["id"])), "E-book", sku="EBOOK", price=Decimal("12.5"), is_offered=False,
                      is_shippable=False),
    ]  # fmt: skip


def test_they_are_read_by_id_so_that_nothing_shifts(
    there: BigShop, catalogue: BigCommerceCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bigcommerce_catalogue, "PRODUCTS_ON_PAGE", 2)
    made = [there.add_product(f"Mug {n}") for n in range(5)]
    there.before_next(lambda: there.products.pop(made[0]["id"]), to=f"id%3Agreater={made[1]['id']}")

    assert [one.title for one in read_all(catalogue)] == [f"Mug {n}" for n in range(5)]


def test_what_changed_is_asked_for_by_its_date(there: BigShop, catalogue: BigCommerceCatalogue) -> None:
    there.add_product("Old", date_modified="2020-01-01T00:00:00Z")
    there.add_product("New")

    page = catalogue.changed_since(now() - timedelta(hours=1), {})
    assert [one.title for one in page.products] == ["New"]


def test_some_are_read_by_their_keys_and_what_is_deleted_is_left_out(
    there: BigShop, catalogue: BigCommerceCatalogue
) -> None:
    shirt = there.add_product("T-shirt", [variant(1, "L"), variant(2, "XL")])
    parent = str(shirt["id"])
    keys = [ProductKey(f"{parent}-2", parent), ProductKey("777")]

    assert [one.variant for one in catalogue.these(keys)] == ["XL"]
    assert catalogue.these([]) == []


def test_stock_is_set_of_a_product_and_of_a_variant(there: BigShop, catalogue: BigCommerceCatalogue) -> None:
    mug = there.add_product("Mug", inventory_tracking="product", inventory_level=40)
    shirt = there.add_product("T-shirt", [variant(1, "L")], inventory_tracking="variant")
    whole, large = read_all(catalogue)

    catalogue.set_stock(whole, 39)
    there.fail_next(answer_lost(), method="PUT")
    with pytest.raises(ShopFailure):
        catalogue.set_stock(large, 7)
    catalogue.set_stock(large, 7)

    assert (mug["inventory_level"], shirt["variants"][0]["inventory_level"]) == (39, 7)


def test_a_right_that_lacks_is_said(there: BigShop, catalogue: BigCommerceCatalogue) -> None:
    mug = there.add_product("Mug", inventory_tracking="product")
    there.scopes -= {"products"}
    (whole,) = read_all(catalogue)

    with pytest.raises(ShopFailure) as refused:
        catalogue.set_stock(whole, 5)
    assert (refused.value.trouble, mug["inventory_level"]) == (Trouble.NO_RIGHT, 0)
