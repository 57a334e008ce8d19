"""Filling a shop with many orders, for load tests: the demo shop's stories, lived through once and copied in bulk.

What a copy holds came about by real actions, so its facts, states and documents agree; copies differ in number, moment
and customer. They are ordinary orders, and stay.
"""

from __future__ import annotations

from datetime import UTC, date, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app import queries
from app.demo import catalogue
from app.extensions import db, transaction
from app.models import OutsideShop, Source
from app.queries import planner
from app.seeding.copying import Copier, earlier
from app.seeding.patterns import Pattern, patterns
from app.seeding.products import Products
from app.seeding.writing import indexing_words_at_once, much_memory

#: Orders written in one transaction, so that nobody at work waits long.
CHUNK = 1_000

#: A shop of three years, in which one order in twelve is still open; open ones are at most three months old.
SHARE_OPEN = 1 / 12
OLDEST = timedelta(days=3 * 365)
OLDEST_OPEN = timedelta(days=90)


def seed(orders: int, *, unpaid: bool = False) -> int:
    """Add so many orders of the past three years and commit them; the same shop on the same day gets the same ones.

    `unpaid`: only such as wait for payment, of the past three months.
    """
    random = Random(orders)
    with transaction():
        catalogue.put_in(demo=False)
        products = Products(random, orders)
        outside_shop_id = shop_of_arrivals()
    today = queries.today()
    zone = ZoneInfo(queries.shop().time_zone)
    known = [pattern for pattern in patterns(today) if pattern.is_unpaid or not unpaid]
    planned = plan(orders, known, today, random)
    planned.sort(key=lambda copy: earlier(copy[0].placed_at, copy[1], zone).astimezone(UTC))
    copier = Copier(zone, products, outside_shop_id, random)
    with much_memory():
        for start in range(0, orders, CHUNK):
            with transaction(), indexing_words_at_once():
                copier.write(planned[start : start + CHUNK])
    planner.gather_statistics()
    return orders


def shop_of_arrivals() -> int:
    """The outside shop that the payloads of all copies came from."""
    of_ours = {"source": Source.WOOCOMMERCE, "title": "Load test"}
    shop = db.session.scalars(select(OutsideShop).filter_by(**of_ours)).first()
    if shop is None:
        shop = OutsideShop(**of_ours, host="load-test.example.com")
        db.session.add(shop)
        db.session.flush()
    return shop.id


def plan(orders: int, known: list[Pattern], today: date, random: Random) -> list[tuple[Pattern, timedelta]]:
    """Which copies to make: of which patterns, and how much earlier each."""
    finished = [pattern for pattern in known if pattern.is_finished]
    still_open = [pattern for pattern in known if not pattern.is_finished]
    planned = []
    for _ in range(orders):
        is_open = not finished or random.random() < SHARE_OPEN
        pattern = random.choice(still_open if is_open else finished)
        span = (OLDEST_OPEN if is_open else OLDEST) - (today - pattern.placed_at.date())
        planned.append((pattern, timedelta(days=random.randint(0, max(0, span.days)))))
    return planned
