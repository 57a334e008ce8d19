"""What an Ecwid shop sells: products, each variation, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from app.columns import now
from app.connections import ecwid_catalogue
from app.connections.catalogue import ProductKey, PulledProduct, StockMoved
from app.connections.client import Access
from app.connections.ecwid import Ecwid
from app.connections.ecwid_catalogue import EcwidCatalogue
from app.connections.failures import ShopFailure
from app.connections.platform import Place
from app.models import Trouble
from tests.connections.reading import connect, look
from tests.connections.stocking import US, compare, count, product, read_products
from tests.simulators.ecwid import EcwidShop
from tests.simulators.ecwid.catalogue import Shape
from tests.simulators.serving import answer_lost

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def there() -> Iterator[EcwidShop]:
    with EcwidShop() as shop:
        yield shop


@pytest.fixture
def catalogue(there: EcwidShop) -> Iterator[EcwidCatalogue]:
    with Ecwid(Access(there.url, {"store_id": there.store_id, "token": there.token})) as shop:
        yield EcwidCatalogue(shop)


def read_all(catalogue: EcwidCatalogue, place: Place | None = None) -> list[PulledProduct]:
    page = catalogue.all_products(place or {})
    found = list(page.products)
    while page.next is not None:
        page = catalogue.all_products(page.next)
        found += page.products
    return found


def key_of(product: Shape, number: int = 0) -> ProductKey:
    """Of the product, or of its variation of that number."""
    id = str(product["id"])
    return ProductKey(f"{id}-{product['combinations'][number - 1]['id']}", id) if number else ProductKey(id)


def counted(quantity: int) -> Shape:
    return {"unlimited": False, "quantity": quantity}


def test_products_and_variations_are_what_is_sold(there: EcwidShop, catalogue: EcwidCatalogue) -> None:
    mug = there.add_product("Mug", sku="MUG", **counted(40))
    shirt = there.add_product(
        "T-shirt",
        [
            ({"Size": "L", "Colour": "Blue"}, {"sku": "TSH-L", "price": 26.95, **counted(-2)}),
            ({"Size": "XL", "Colour": "Blue"}, {}),
        ],
        {"Size": {"L": 0, "XL": 2}, "Colour": {"Blue": 0.5}},
        sku="TSH",
        enabled=False,
        **counted(7),
    )
    book = there.add_product("E-book", isShippingRequired=False, tax={"defaultLocationIncludedTaxRate": 0})
    taxed = {"includes_tax": True, "vat_rate": Decimal(21), "tax_class": "default"}

    assert read_all(catalogue) == [
        PulledProduct(key_of(mug), "Mug", "", "MUG", Decimal("12.5"), stock=Decimal(40), is_counted=True, **taxed),
        PulledProduct(key_of(shirt, 1), "T-shirt", "L, Blue", "TSH-L", Decimal("26.95"), stock=Decimal(-2),
                      is_counted=True, is_offered=False, **taxed),
        PulledProduct(key_of(shirt, 2), "T-shirt", "XL, Blue", "TSH", Decimal(15), is_offered=False, **taxed),
        PulledProduct(key_of(book), "E-book", price=Decimal("12.5"), is_shippable=False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("chosen", "sold"),
    [
        ([{"Size": "L"}], ["", "L"]),
        ([{"Size": "L"}, {"Size": "XL"}], ["L", "XL"]),
        ([{"Size": "L", "Colour": "Red"}, {"Size": "XL"}], ["", "L, Red", "XL"]),
        (
            [{"Size": "L", "Colour": "Red"}, {"Size": "L", "Colour": "Blue"}, {"Size": "XL"}],
            ["L, Red", "L, Blue", "XL"],
        ),
    ],
)
def test_a_product_is_sold_itself_where_its_variations_leave_a_choice_out(
    there: EcwidShop, catalogue: EcwidCatalogue, chosen: list[dict[str, str]], sold: list[str]
) -> None:
    options = {"Size": {"L": 0.0, "XL": 0.0}, "Colour": {"Red": 0.0, "Blue": 0.0}, "Gift wrap": {"Yes": 1.0}}
    there.add_product("T-shirt", [(one, {}) for one in chosen], options)

    assert [one.variant for one in read_all(catalogue)] == sold


@pytest.mark.parametrize("seconds", [0, 1, 60])
def test_what_is_deleted_while_it_is_read_costs_no_other(
    there: EcwidShop, catalogue: EcwidCatalogue, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """Whether all were made at once, as an import makes them, or one after the other."""
    monkeypatch.setattr(ecwid_catalogue, "PRODUCTS_LISTED", 3)
    start = now() - timedelta(days=1)
    made = [there.add_product(f"Mug {n}", at=start + timedelta(seconds=n * seconds)) for n in range(8)]
    first = catalogue.all_products({})
    if seconds:
        there.products.remove(made[0])

    assert first.next is not None
    found = [*first.products, *read_all(catalogue, first.next)]
    assert {one.title for one in found} == {f"Mug {n}" for n in range(8)}


def test_what_changed_is_asked_for_by_its_date(there: EcwidShop, catalogue: EcwidCatalogue) -> None:
    there.add_product("Old", at=now() - timedelta(days=3))
    there.add_product("New")

    page = catalogue.changed_since(now() - timedelta(hours=1), {})
    assert [one.title for one in page.products] == ["New"]


def test_some_are_read_by_their_ids_each_product_once_and_never_by_a_search(
    there: EcwidShop, catalogue: EcwidCatalogue
) -> None:
    shirt = there.add_product("T-shirt", [({"Size": "L"}, counted(1)), ({"Size": "XL"}, counted(2))])
    keys = [key_of(shirt, 2), key_of(shirt, 1), ProductKey("777")]

    assert [(one.variant, one.stock) for one in catalogue.these(keys)] == [("L", 1), ("XL", 2)]
    assert [one.path.rpartition("/")[2] for one in there.requests] == [str(shirt["id"]), "777"]
    assert catalogue.these([]) == []


@pytest.mark.parametrize("number", [0, 1])
def test_stock_is_told_as_a_difference_and_once_though_the_answer_is_lost(
    there: EcwidShop, catalogue: EcwidCatalogue, number: int
) -> None:
    shirt = there.add_product("T-shirt", [({"Size": "L"}, counted(8))], {"Size": {"L": 0, "XL": 0}}, **counted(8))
    key = key_of(shirt, number)
    (read,) = catalogue.these([key])
    there.fail_next(answer_lost(), method="PUT")

    with pytest.raises(ShopFailure) as lost:
        catalogue.set_stock(read, 10)
    with pytest.raises(StockMoved):
        catalogue.set_stock(read, 10)
    (read,) = catalogue.these([key])
    catalogue.set_stock(read, 10)

    assert (lost.value.trouble, read.stock) == (Trouble.NO_ANSWER, Decimal(10))
    assert [one["quantity"] for one in (shirt, shirt["combinations"][0])] == ([10, 8], [8, 10])[number]


def test_a_sale_between_reading_and_telling_is_not_lost(there: EcwidShop, catalogue: EcwidCatalogue) -> None:
    mug = there.add_product("Mug", **counted(8))
    (read,) = catalogue.these([key_of(mug)])
    there.before_next(lambda: mug.update(quantity=7), method="PUT")
    catalogue.set_stock(read, 10)
    assert mug["quantity"] == 9  # the piece that was sold in between is taken off

    with pytest.raises(StockMoved):
        catalogue.set_stock(read, 10)
    assert mug["quantity"] == 9


def test_what_is_not_counted_or_gone_is_refused(there: EcwidShop, catalogue: EcwidCatalogue) -> None:
    mug = there.add_product("Mug", **counted(8))
    (read,) = catalogue.these([key_of(mug)])

    mug["unlimited"] = True
    with pytest.raises(ShopFailure) as uncounted:
        catalogue.set_stock(read, 5)
    assert there.asked_for("inventory") == []
    mug["unlimited"] = False
    there.before_next(lambda: mug.update(unlimited=True), method="PUT")
    with pytest.raises(ShopFailure) as since:
        catalogue.set_stock(read, 5)
    there.products.clear()
    with pytest.raises(ShopFailure) as gone:
        catalogue.set_stock(read, 5)
    assert [one.value.trouble for one in (uncounted, since, gone)] == [
        Trouble.REFUSED,
        Trouble.REFUSED,
        Trouble.NOT_THERE,
    ]
    assert mug["quantity"] == 8


@pytest.mark.parametrize("scope", ["read_catalog", "update_catalog"])
def test_a_scope_that_lacks_is_said(there: EcwidShop, catalogue: EcwidCatalogue, scope: str) -> None:
    mug = there.add_product("Mug", **counted(8))
    (read,) = read_all(catalogue)
    there.scopes -= {scope}

    with pytest.raises(ShopFailure) as refused:
        catalogue.set_stock(read, 5)
    assert (refused.value.trouble, scope in refused.value.detail, mug["quantity"]) == (Trouble.NO_RIGHT, True, 8)


def test_one_stock_is_kept_with_the_shop(there: EcwidShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ecwid, "takes_http", True)
    mug = there.add_product("Mug", sku="MUG", **counted(40))
    ours = product("MUG", stock=12)
    connection = connect("ecwid", there.url, {"store_id": there.store_id, "token": there.token}, **US)
    look()
    read_products(connection)
    compare()
    assert mug["quantity"] == 12

    count(ours, 9)
    there.fail_next(answer_lost(), method="PUT")
    compare()
    compare()
    assert mug["quantity"] == 9
