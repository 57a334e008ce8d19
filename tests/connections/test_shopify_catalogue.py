"""What a Shopify shop sells, read through its API, and how many there are at one of its places, compared and set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.columns import now
from app.connections.catalogue import ProductKey, PulledProduct, StockMoved
from app.connections.client import Access
from app.connections.failures import ShopFailure
from app.connections.managing import begin_catalogue, begin_pulls
from app.connections.shopify import Shopify
from app.connections.shopify_catalogue import ShopifyCatalogue
from app.encryption.sealed import Sealed
from app.extensions import db
from app.history import SYSTEM
from app.models import Connection, Pull, PullKind, Trouble
from tests.connections.reading import look
from tests.connections.stocking import US, compare, count, link, product
from tests.factories import new_connection
from tests.simulators.serving import answer_lost
from tests.simulators.shopify import ShopifyShop, told

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def there() -> Iterator[ShopifyShop]:
    with ShopifyShop() as shop:
        yield shop


@pytest.fixture
def catalogue(there: ShopifyShop) -> Iterator[ShopifyCatalogue]:
    with Shopify(Access(there.url, {"token": there.token})) as shop:
        yield ShopifyCatalogue(shop)


def read_all(catalogue: ShopifyCatalogue) -> list[PulledProduct]:
    page = catalogue.all_products({})
    found = list(page.products)
    while page.next is not None:
        page = catalogue.all_products(page.next)
        found += page.products
    return found


def test_a_variant_is_what_is_sold(there: ShopifyShop, catalogue: ShopifyCatalogue) -> None:
    mug = there.add_variant("Mug", "MUG", stock=40)
    card = there.add_variant("Gift card", "", stock=None)
    item = mug["inventoryItem"]["id"].rpartition("/")[2]

    assert read_all(catalogue) == [
        PulledProduct(
            ProductKey(mug["legacyResourceId"], mug["product"]["legacyResourceId"], {"item": item}),
            title="Mug",
            sku="MUG",
            price=Decimal("12.50"),
            includes_tax=True,
            stock=Decimal(40),
            is_counted=True,
        ),
        PulledProduct(
            ProductKey(
                card["legacyResourceId"],
                card["product"]["legacyResourceId"],
                {"item": card["inventoryItem"]["id"].rpartition("/")[2]},
            ),
            title="Gift card",
            price=Decimal("12.50"),
            includes_tax=True,
        ),
    ]


def test_all_pages_are_read_and_what_changed_by_its_date(there: ShopifyShop, catalogue: ShopifyCatalogue) -> None:
    for number in range(53):
        there.add_variant(f"Mug {number}", f"MUG-{number}")
    old = next(iter(there.stockroom.variants.values()))
    old["updatedAt"] = told(now() - timedelta(days=2))

    assert [one.sku for one in read_all(catalogue)] == [f"MUG-{number}" for number in range(53)]
    first = catalogue.changed_since(now() - timedelta(days=1), {})
    assert first.products[0].sku == "MUG-1"


def test_stock_of_another_place_is_another_number(there: ShopifyShop, catalogue: ShopifyCatalogue) -> None:
    mug = there.add_variant("Mug", "MUG", stock=40)
    there.stockroom.levels[mug["inventoryItem"]["id"]]["gid://shopify/Location/2"] = 3

    assert [one.title for one in catalogue.stock_places()] == ["Shop location", "Warehouse"]
    assert [one.stock for one in catalogue.these([ProductKey(mug["legacyResourceId"])], "2")] == [3]


def test_the_shop_compares_before_it_sets(there: ShopifyShop, catalogue: ShopifyCatalogue) -> None:
    mug = there.add_variant("Mug", "MUG", stock=40)
    (found,) = read_all(catalogue)
    there.stockroom.sell(mug, 3)

    with pytest.raises(StockMoved):
        catalogue.set_stock(found, 30)
    assert there.stockroom.available(mug) == 37

    (found,) = catalogue.these([found.key])
    catalogue.set_stock(found, 27)
    assert there.stockroom.available(mug) == 27


def test_a_scope_that_lacks_is_said(there: ShopifyShop, catalogue: ShopifyCatalogue) -> None:
    there.scopes.discard("read_products")

    with pytest.raises(ShopFailure) as refused:
        catalogue.all_products({})

    assert refused.value.trouble == Trouble.NO_RIGHT


# --- with our stock -------------------------------------------------------------------------------------------------


def connect(there: ShopifyShop) -> Connection:
    made = new_connection(
        "shopify", address=there.url, credentials=Sealed.of({"token": there.token}), notify=False, **US
    )
    db.session.add(made)
    db.session.flush()
    begin_pulls(made)
    begin_catalogue(made, by=SYSTEM)
    db.session.commit()
    look()
    look(PullKind.CATALOGUE)
    return made


def test_a_sale_between_reading_and_telling_is_seen_by_the_shop_and_never_lost(
    there: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow_http(monkeypatch)
    mug = product(stock=40)
    variant = there.add_variant("Mug", "MUG", stock=40)
    connect(there)
    compare()
    count(mug, 30)
    there.before_next(lambda: there.before_next(lambda: there.stockroom.sell(variant, 3)))

    compare(most=1)

    assert there.stockroom.available(variant) == 27
    assert link().differs_at is not None


def test_an_answer_that_got_lost_is_looked_up(there: ShopifyShop, monkeypatch: pytest.MonkeyPatch) -> None:
    allow_http(monkeypatch)
    mug = product(stock=40)
    variant = there.add_variant("Mug", "MUG", stock=40)
    connect(there)
    compare()
    count(mug, 30)
    there.before_next(lambda: there.fail_next(answer_lost()))
    compare(most=1)

    compare()

    assert (there.stockroom.available(variant), link().told, link().differs_at) == (30, 30, None)


def test_its_places_are_kept_to_choose_from(there: ShopifyShop, monkeypatch: pytest.MonkeyPatch) -> None:
    allow_http(monkeypatch)
    connect(there)

    kept = db.session.scalars(select(Pull.seen).where(Pull.kind == PullKind.CATALOGUE)).one()
    assert kept == {"106318430514": "Shop location", "2": "Warehouse"}


def allow_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator speaks no TLS."""
    monkeypatch.setattr(Shopify, "takes_http", True)
