"""What a PrestaShop sells, each combination by itself, and telling it how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from app.columns import now
from app.connections.catalogue import Catalogue, ProductKey, PulledProduct
from app.connections.client import Access
from app.connections.failures import ShopFailure
from app.connections.prestashop import PrestaShop
from app.connections.prestashop_catalogue import PrestaShopCatalogue
from app.models import Trouble
from tests.simulators import prestashop

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def tasses() -> Iterator[prestashop.PrestaShop]:
    with prestashop.PrestaShop() as shop:
        yield shop


@pytest.fixture
def of_tasses(tasses: prestashop.PrestaShop) -> Iterator[PrestaShopCatalogue]:
    with PrestaShop(Access(tasses.url, {"key": tasses.key})) as shop:
        yield PrestaShopCatalogue(shop)


def read_all(catalogue: Catalogue) -> list[PulledProduct]:
    page = catalogue.all_products({})
    found = list(page.products)
    while page.next is not None:
        page = catalogue.all_products(page.next)
        found += page.products
    return found


def test_products_and_combinations_of_a_prestashop_are_what_is_sold(
    tasses: prestashop.PrestaShop, of_tasses: PrestaShopCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.connections.prestashop_catalogue.PRODUCTS_A_PAGE", 1)
    tasses.add_product("Tasse", price="10.00", reference="TAS", quantity=7)
    tasses.add_product(
        "Pull", price="30.00", reference="PUL", combinations={"Bleu": ("2.50", 3), "Rouge": ("0.00", -1)}
    )

    mug, blue, red = read_all(of_tasses)

    assert mug == PulledProduct(
        ProductKey("1"), "Tasse", sku="TAS", price=Decimal(10), includes_tax=False, stock=Decimal(7), is_counted=True
    )
    assert (blue.key, blue.title, blue.variant, blue.price) == (
        ProductKey("2-1", "2"),
        "Pull",
        "Bleu",
        Decimal("32.50"),
    )
    assert (red.key.external_id, red.sku, red.stock) == ("2-2", "PUL", Decimal(-1))
    assert of_tasses.these([blue.key, mug.key, ProductKey("9")]) == [mug, blue]


def test_the_number_of_a_prestashop_is_set_in_its_whole_row(
    tasses: prestashop.PrestaShop, of_tasses: PrestaShopCatalogue
) -> None:
    tasses.add_product("Pull", price="30.00", reference="PUL", combinations={"Bleu": ("2.50", 3)})
    (blue,) = read_all(of_tasses)
    row = next(one for one in tasses.tables["stock_availables"].values() if one["id_product_attribute"] == "1")
    before = dict(row)

    of_tasses.set_stock(blue, 12)

    (row,) = (one for one in tasses.tables["stock_availables"].values() if one["id_product_attribute"] == "1")
    assert {**row, "id": int(row["id"])} == {**before, "quantity": "12"}
    row["depends_on_stock"] = "1"
    with pytest.raises(ShopFailure) as refused:
        of_tasses.set_stock(blue, 5)
    assert (refused.value.trouble, row["quantity"]) == (Trouble.REFUSED, "12")


def test_what_changed_is_found_by_its_date(tasses: prestashop.PrestaShop, of_tasses: PrestaShopCatalogue) -> None:
    at = now() - timedelta(days=2)
    for n in range(2):
        tasses.add_product(f"Tasse {n}", price="10.00", reference=f"T{n}", quantity=1, at=at + timedelta(days=n))

    assert [one.title for one in of_tasses.changed_since(at + timedelta(hours=1), {}).products] == ["Tasse 1"]
