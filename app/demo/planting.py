"""Planting the demo shop: its stories are told in the order of time, through the same actions as real orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from heapq import merge
from itertools import count, cycle
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.columns import at, now
from app.demo import catalogue
from app.demo.afterwards import AFTERWARDS
from app.demo.banking import put_in_statement
from app.demo.company import lent_company
from app.demo.connected import connect_demo_shops
from app.demo.people import COMPANIES, FAR, NEARBY, Person
from app.demo.plots import PLOTS, Plot
from app.demo.stories import CHANNELS, COLLEAGUES, SMALL_HOURS, Story, new_story
from app.extensions import db
from app.history import Actor
from app.intake.placing import place_order
from app.intake_readers import PLATFORMS
from app.models import ActorKind, Order, OutsideShop, ShopKey, Source
from app.queries import shop

#: Before the oldest story.
LONG_AGO = timedelta(days=90)


def plant(today: date | None = None) -> int:
    """Add the demo shop as it is on this day in the shop's time zone; the same day gives the same shop.

    Without a day as it is now. Returns how many orders there are in it; 0 when it was planted already.
    """
    if db.session.scalar(select(Order.id).where(Order.is_demo).limit(1)):
        return 0
    today = today or day_of_demo()
    with at(datetime.combine(today - LONG_AGO, time(9), ZoneInfo(shop().time_zone))):
        catalogue.put_in(demo=True)  # counted before the first order took any of it
    with lent_company():
        orders = happen(stories(today, (*PLOTS, *AFTERWARDS)), demo=True, named="demo-")
        with at(end_of_stories(today)):
            put_in_statement(today)
            db.session.flush()
    connect_demo_shops(today)
    return len(orders)


def day_of_demo() -> date:
    """Today in the shop's time zone; in the small hours still yesterday, so that nothing in it lies ahead."""
    return (now().astimezone(ZoneInfo(shop().time_zone)) - timedelta(hours=SMALL_HOURS)).date()


def stories(today: date, plots: Sequence[Plot] = PLOTS) -> list[Story]:
    """All stories, by when the order is placed."""
    random = Random(today.toordinal())
    zone = ZoneInfo(shop().time_zone)
    everybody = cycle(random.sample(NEARBY * 2 + FAR + COMPANIES, 2 * len(NEARBY) + len(FAR) + len(COMPANIES)))
    until = end_of_stories(today)
    told = [one for plot in plots for one in stories_of(plot, today, until, zone, random, everybody)]
    return sorted(told, key=lambda story: story.new.placed_at)


def end_of_stories(today: date) -> datetime:
    """The last second of the small hours, in the shop's time zone: nothing of the demo happened after it."""
    return datetime.combine(today, time(SMALL_HOURS), ZoneInfo(shop().time_zone)) - timedelta(seconds=1)


def stories_of(
    plot: Plot, today: date, until: datetime, zone: ZoneInfo, random: Random, everybody: Iterator[Person]
) -> Iterator[Story]:
    people = cycle(plot.people) if plot.people else everybody
    for _ in range(plot.count):
        days_ago = random.randint(*plot.days_ago)
        story = new_story(
            next(people),
            random,
            day=today - timedelta(days=days_ago),
            until=until,
            zone=zone,
            payment=plot.payment,
            pick_up=plot.pick_up,
            products=plot.products,
            discount=plot.discount,
        )
        plot.happens(story)
        yield story


def happen(told: list[Story], *, demo: bool, named: str) -> list[Order]:
    """Let the stories happen, each thing at its own moment; external ids begin with `named`."""
    orders: list[Order] = []
    shops = demo_shops()
    for moment, happen in timeline(told, orders, shops, demo=demo, named=named):
        with at(moment):
            happen()
            db.session.flush()
    return orders


def demo_shops() -> dict[str, ShopKey]:
    """The shops that the stories' orders come from, by platform."""
    there = {shop.source: shop for shop in db.session.scalars(select(OutsideShop).where(OutsideShop.is_demo))}
    for source, host in CHANNELS.items():
        if source not in there:
            title = f"{PLATFORMS[source]} (demo)"
            there[source] = OutsideShop(source=source, title=title, host=host, is_demo=True)
    db.session.add_all(there.values())
    db.session.flush()
    return {source: shop.key for source, shop in there.items()}


def timeline(
    told: list[Story], orders: list[Order], shops: dict[str, ShopKey], *, demo: bool, named: str
) -> Iterator[tuple[datetime, Callable[[], object]]]:
    """Everything that happens in all stories, in the order of time."""
    plans = [
        plan(story, f"{named}{number}", 4000 + number, orders, shops, demo) for number, story in zip(count(1), told)
    ]
    return merge(*plans, key=lambda planned: planned[0])


def plan(
    story: Story, external_id: str, number: int, orders: list[Order], shops: dict[str, ShopKey], demo: bool
) -> Iterator[tuple[datetime, Callable[[], object]]]:
    story.new.external_id, story.new.number = (
        external_id,
        f"#{number}" if story.new.source == Source.SHOPIFY else str(number),
    )
    placed: list[Order] = []

    def place() -> None:
        source = story.new.source
        placed.append(place_order(story.new, shop=shops[source], by=Actor(ActorKind.PROGRAM, source), demo=demo))
        orders.extend(placed)

    yield story.new.placed_at, place
    for moment, deed in story.deeds:
        yield moment, lambda deed=deed: deed(placed[0], story.random.choice(COLLEAGUES))  # type: ignore[misc]
