"""The products of copied orders: variations of the demo shop's articles, whose stock moves with what is ordered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import cycle, islice
from random import Random

from sqlalchemy import bindparam, select, update

from app.actions.stock import count_stock
from app.demo.catalogue import ARTICLES
from app.extensions import Base, db
from app.history import SYSTEM
from app.models import MovementKind, Product, StockMovement

#: How many orders there are for each product.
ORDERS_PER_PRODUCT = 50

#: What is put on an emptied shelf.
DELIVERED = Decimal(100)

SKUS = {article.sku for article in ARTICLES}


@dataclass(frozen=True)
class Variation:
    id: int
    sku: str
    name: str


class Products:
    """What may be ordered instead of each article, and how much of it there is."""

    def __init__(self, random: Random, orders: int):
        self.random = random
        add_variations(orders // ORDERS_PER_PRODUCT)
        self.of_article: dict[str, list[Variation]] = defaultdict(list)
        self.stock: dict[int, Decimal] = {}
        for product in db.session.scalars(select(Product).where(Product.sku.is_not(None)).order_by(Product.id)):
            sku = product.sku or ""
            if (article := article_of(sku)) in SKUS:
                self.of_article[article].append(Variation(product.id, sku, product.name))
                self.stock[product.id] = product.stock
        db.session.expunge_all()

    def any_of(self, sku: str) -> Variation:
        return self.random.choice(self.of_article[article_of(sku)])

    def move(self, moved: Mapping[int, Decimal], at: datetime) -> None:
        """Keep the stock of what so much was moved of; what would run out was delivered before."""
        delivered = []
        for id, quantity in moved.items():
            self.stock[id] += quantity
            if self.stock[id] < 0:
                delivered.append((id, DELIVERED - self.stock[id]))
                self.stock[id] = DELIVERED
        made = [
            StockMovement(product_id=id, quantity=much, kind=MovementKind.COUNTED, moved_at=at, entered_by=SYSTEM.name)
            for id, much in delivered
        ]
        db.session.add_all(made)
        products = Base.metadata.tables["product"]
        keep = update(products).where(products.c.id == bindparam("of")).values(stock=bindparam("left"))
        if moved:
            db.session.execute(keep, [{"of": id, "left": self.stock[id]} for id in moved])


def article_of(sku: str) -> str:
    """The article that a variation is of: "MUG-STN-30/7" is "MUG-STN-30"."""
    return sku.partition("/")[0]


def add_variations(wanted: int) -> None:
    """Add variations, of each article as many, until there are so many products."""
    known = list(db.session.scalars(select(Product).order_by(Product.id)))
    articles = [product for product in known if product.sku in SKUS]
    skus = {product.sku for product in known}
    numbered = (
        (article, f"{article.sku}/{1 + i // len(articles)}") for i, article in enumerate(cycle(articles), len(articles))
    )
    fresh = ((article, sku) for article, sku in numbered if sku not in skus)
    added = [
        Product(
            sku=sku,
            name=f"{article.name}, no. {sku.partition('/')[2]}",
            price=article.price,
            vat_rate=article.vat_rate,
            stock=DELIVERED,
            location=article.location,
        )
        for article, sku in islice(fresh, max(0, wanted - len(known)))
    ]
    db.session.add_all(added)
    db.session.flush()
    for product in added:
        count_stock(product, product.stock, by=SYSTEM)
    db.session.flush()
