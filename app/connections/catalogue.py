"""What a platform's module can do with the products of a shop: read them, and tell it how many there are.

A platform that has one stands in `CATALOGUES` (app/connections/shops.py) beside its class; one that has none offers no
products, and nothing of it shows. A catalogue is made of an open shop, as a writer is:
`with open_shop(source, access) as shop: page = CATALOGUES[source](shop).all_products({})`. All verbs raise ShopFailure.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.connections.platform import Place, Platform
from app.extensions import ShownText


@dataclass(frozen=True)
class ProductKey:
    """What is sold there under one id: a variant, or a product that has none.

    `external_id` is unique among all that the shop sells, products and variants alike, and the one that lines of its
    orders name, where they name any. Where variants are counted by themselves, it tells them apart: "12-5".
    """

    external_id: str
    parent_id: str = ""  # of its product there; "" for a product without variants
    #: What else it takes to ask for it or tell it, such as {"item": "534"}: short texts, kept and handed back.
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PulledProduct:
    """One thing that the shop sells, as it states it now: each variant is one, a product that has variants is none."""

    key: ProductKey
    title: str  # of the product; "" where a variant is asked for by itself, and doesn't tell
    variant: str = ""  # in words: "L, Blue"
    sku: str = ""
    price: Decimal | None = None  # usual price of one piece, in the shop's currency; None: not stated
    includes_tax: bool | None = None  # of that price; None: not stated
    vat_rate: Decimal | None = None  # percent, where the shop states one
    tax_class: str = ""  # what the shop calls its rate; "": its usual one
    #: Pieces for sale, may be negative; None where it isn't counted, or where nothing is known of it.
    stock: Decimal | None = None
    is_counted: bool = False  # whether the shop keeps a number of its own for exactly this
    is_offered: bool = True  # whether customers can see it there now
    is_shippable: bool = True  # else a download, or a service


@dataclass(frozen=True)
class PageOfProducts:
    """A page of what is sold there, in an order that doesn't change while it is read."""

    products: Sequence[PulledProduct]
    shop_time: datetime  # the shop's clock when it answered
    next: Place | None = None  # where to go on; None: that was all
    total: int | None = None  # on all pages, where the shop says so
    pause: float = 0  # seconds that it wants before the next page


@dataclass(frozen=True)
class StockPlace:
    """Somewhere that the shop counts by itself: a warehouse, a branch."""

    external_id: str
    title: str


class StockMoved(Exception):
    """The shop compared by itself: its number is not the one that was read before. Nothing was written."""


class Catalogue(ABC):
    """The products of one shop that is open. `place` below is where a list goes on; `stock_place` the id of one of
    `stock_places`, or "" where the shop has but one.
    """

    #: Whether it can be told how many there are. Without it `set_stock` is never called.
    tells_stock = False
    #: Whether `set_stock` itself compares, so that a sale in between can't be lost; else it is read just before.
    compares = False
    #: How many `these` answers at once.
    at_once = 50
    #: Rights that reading, and telling, take beside those for orders: for the form.
    read_rights: Sequence[ShownText] = ()
    write_rights: Sequence[ShownText] = ()

    def __init__(self, shop: Platform):
        self.platform = shop

    @abstractmethod
    def all_products(self, place: Place, stock_place: str = "") -> PageOfProducts:
        """All that the shop sells, also what is hidden there; what is in the bin is not."""

    def changed_since(self, since: datetime, place: Place, stock_place: str = "") -> PageOfProducts:
        """What changed since a moment by the shop's clock, as far as its dates tell. Where the shop can't say: all.

        Repeating some is harmless; a change that moves no date is found at night.
        """
        return self.all_products(place, stock_place)

    @abstractmethod
    def these(self, keys: Sequence[ProductKey], stock_place: str = "") -> list[PulledProduct]:
        """As they are now, at most `at_once`; what is deleted there is left out. Never from a cache or an index that
        lags: the stock that is compared comes from here.
        """

    def set_stock(self, product: PulledProduct, quantity: int, stock_place: str = "") -> None:
        """Set the number of pieces, 0 or more; `product` as `these` has just stated it, and `product.stock` the number
        that is replaced. May be repeated: who asks reads before each try.

        Raises StockMoved where the shop itself sees that its number is another one by now.
        """
        raise NotImplementedError

    def stock_places(self) -> list[StockPlace]:
        """Where the shop counts; empty where there is one number for all."""
        return []
