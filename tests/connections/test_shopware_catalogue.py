"""What a Shopware 6 sells, each variant by itself, and telling it how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from app.columns import now
from app.connections.catalogue import Catalogue, ProductKey, PulledProduct
from app.connections.client import Access
from app.connections.failures import ShopFailure
from app.connections.shopware import Shopware
from app.connections.shopware_catalogue import ShopwareCatalogue
from tests.simulators import shopware

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def keramik(monkeypatch: pytest.MonkeyPatch) -> Iterator[shopware.Shopware]:
    with shopware.Shopware() as shop:
        yield shop


@pytest.fixture
def of_keramik(keramik: shopware.Shopware) -> Iterator[ShopwareCatalogue]:
    secrets = {"client_id": keramik.client_id, "client_secret": keramik.client_secret}
    with Shopware(Access(keramik.url, secrets)) as shop:
        yield ShopwareCatalogue(shop)


def read_all(catalogue: Catalogue) -> list[PulledProduct]:
    page = catalogue.all_products({})
    found = list(page.products)
    while page.next is not None:
        page = catalogue.all_products(page.next)
        found += page.products
    return found


def test_products_and_variants_of_a_shopware_are_what_is_sold(
    keramik: shopware.Shopware, of_keramik: ShopwareCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.connections.shopware_catalogue.PRODUCTS_AT_A_TIME", 2)
    mug = keramik.add_product("Becher", number="BE-1", gross="12.10", stock=7)
    parent = keramik.add_product("Pulli", number="PU", gross="30.00", stock=0)
    blue = keramik.add_product(None, number="PU-B", parent=parent, option="Blau", stock=3)

    found = read_all(of_keramik)

    assert found == [
        PulledProduct(
            ProductKey(mug["id"]), "Becher", sku="BE-1", price=Decimal("12.1"), includes_tax=True, vat_rate=Decimal(21),
            stock=Decimal(7), is_counted=True,
        ),
        PulledProduct(
            ProductKey(blue["id"], parent["id"]), "Pulli", variant="Blau", sku="PU-B", price=Decimal(30),
            includes_tax=True, vat_rate=Decimal(21), stock=Decimal(3), is_counted=True,
        ),
    ]  # fmt: skip
    assert of_keramik.these([found[1].key, ProductKey("7")]) == [found[1]]
    keramik.privileges.discard("tax:read")
    with pytest.raises(ShopFailure) as refused:
        of_keramik.all_products({})
    assert refused.value.detail == "tax:read"


def test_what_a_shopware_holds_back_for_open_orders_stays_held_back(
    keramik: shopware.Shopware, of_keramik: ShopwareCatalogue
) -> None:
    keramik.add_product("Becher", number="BE-1", gross="12.10", stock=10, held_back=4)
    (mug,) = read_all(of_keramik)
    assert mug.stock == 6

    of_keramik.set_stock(mug, 8)

    assert [one.stock for one in of_keramik.these([mug.key])] == [8]


def test_what_changed_is_found_by_its_date(keramik: shopware.Shopware, of_keramik: ShopwareCatalogue) -> None:
    at = now() - timedelta(days=2)
    for n in range(2):
        keramik.add_product(f"Becher {n}", number=f"B{n}", gross="1.00", stock=1, at=at + timedelta(days=n))

    assert [one.title for one in of_keramik.changed_since(at + timedelta(hours=1), {}).products] == ["Becher 1"]
