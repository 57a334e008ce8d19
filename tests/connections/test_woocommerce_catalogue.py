"""What a WooCommerce shop sells, read through its API: products, each variation, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from app.columns import now
from app.connections.catalogue import ProductKey, PulledProduct
from app.connections.client import Access
from app.connections.failures import ShopFailure
from app.connections.woocommerce import WooCommerce
from app.connections.woocommerce_catalogue import WooCommerceCatalogue
from app.models import Trouble
from tests.simulators.serving import answer_lost
from tests.simulators.woocommerce import WooShop
from tests.simulators.woocommerce.catalogue import Product

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop() as shop:
        yield shop


@pytest.fixture
def catalogue(woo: WooShop) -> Iterator[WooCommerceCatalogue]:
    access = Access(woo.url, {"consumer_key": woo.key.key, "consumer_secret": woo.key.secret})
    with WooCommerce(access) as shop:
        yield WooCommerceCatalogue(shop)


def shirt(woo: WooShop) -> tuple[Product, Product]:
    """A T-shirt, and the one variation that it has."""
    parent = woo.add_product(name="T-shirt", type="variable", sku="TSH", tax_class="reduced-rate")
    options = [{"name": "Maat", "option": "L"}, {"name": "Kleur", "option": "Blauw"}]
    blue = {"sku": "TSH-L-B", "regular_price": "26.95", "sale_price": "19.95", "attributes": options}
    return parent, woo.add_product(parent=parent, **blue, manage_stock=True, stock_quantity=2)


def read_all(catalogue: WooCommerceCatalogue) -> list[PulledProduct]:
    page = catalogue.all_products({})
    found = list(page.products)
    while page.next is not None:
        page = catalogue.all_products(page.next)
        found += page.products
    return found


def test_products_and_variations_are_what_is_sold(woo: WooShop, catalogue: WooCommerceCatalogue) -> None:
    mug = woo.add_product(name="Mug", sku="MUG", regular_price="12.50", manage_stock=True, stock_quantity=40)
    parent, blue = shirt(woo)
    ebook = woo.add_product(name="E-book", sku="EBOOK", regular_price="9.99", virtual=True)

    assert read_all(catalogue) == [
        PulledProduct(
            ProductKey(str(mug.id)),
            title="Mug",
            sku="MUG",
            price=Decimal("12.50"),
            stock=Decimal(40),
            is_counted=True,
        ),
        PulledProduct(
            ProductKey(str(blue.id), str(parent.id)),
            title="T-shirt",
            variant="L, Blauw",
            sku="TSH-L-B",
            price=Decimal("26.95"),
            tax_class="reduced-rate",
            stock=Decimal(2),
            is_counted=True,
        ),
        PulledProduct(
            ProductKey(str(ebook.id)), title="E-book", sku="EBOOK", price=Decimal("9.99"), is_shippable=False
        ),
    ]


def test_all_pages_are_read(woo: WooShop, catalogue: WooCommerceCatalogue) -> None:
    for number in range(53):
        woo.add_product(name=f"Mug {number}", sku=f"MUG-{number}", regular_price="12.50")

    assert [one.sku for one in read_all(catalogue)] == [f"MUG-{number}" for number in range(53)]


def test_what_changed_is_asked_for_by_its_date(woo: WooShop, catalogue: WooCommerceCatalogue) -> None:
    old = woo.add_product(name="Mug", sku="MUG", regular_price="12.50")
    old.modified_at = now() - timedelta(days=2)
    woo.add_product(name="Plate", sku="PLT", regular_price="19.99")

    page = catalogue.changed_since(now() - timedelta(days=1), {})

    assert [one.sku for one in page.products] == ["PLT"]


def test_what_a_product_holds_for_its_variations_belongs_to_none(woo: WooShop, catalogue: WooCommerceCatalogue) -> None:
    parent, blue = shirt(woo)
    parent.manage_stock, parent.stock_quantity, blue.manage_stock = True, 7, "parent"

    (found,) = read_all(catalogue)

    assert (found.sku, found.stock, found.is_counted) == ("TSH-L-B", None, False)


def test_some_are_asked_for_by_their_ids(woo: WooShop, catalogue: WooCommerceCatalogue) -> None:
    mug = woo.add_product(name="Mug", sku="MUG", manage_stock=True, stock_quantity=40)
    parent, blue = shirt(woo)
    keys = [ProductKey(str(mug.id)), ProductKey(str(blue.id), str(parent.id)), ProductKey("9999"), ProductKey("7", "8")]

    assert [(one.key.external_id, one.stock) for one in catalogue.these(keys)] == [(str(mug.id), 40), (str(blue.id), 2)]


def test_stock_is_set_also_when_the_answer_is_lost(woo: WooShop, catalogue: WooCommerceCatalogue) -> None:
    parent, blue = shirt(woo)
    (found,) = catalogue.these([ProductKey(str(blue.id), str(parent.id))])
    woo.fail_next(answer_lost(), method="PUT")

    with pytest.raises(ShopFailure):
        catalogue.set_stock(found, 5)
    catalogue.set_stock(found, 5)

    assert blue.stock_quantity == 5


def test_stock_that_the_shop_does_not_keep_is_refused(woo: WooShop, catalogue: WooCommerceCatalogue) -> None:
    woo.add_product(name="Mug", sku="MUG", manage_stock=False)
    (found,) = read_all(catalogue)

    with pytest.raises(ShopFailure) as refused:
        catalogue.set_stock(found, 5)

    assert refused.value.trouble == Trouble.REFUSED
