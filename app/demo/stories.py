"""A story: an order as an outside shop stated it, and what the demo shop's people do with it in the days after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from app.amounts.money import ZERO
from app.demo import baskets
from app.demo.catalogue import CARD, DHL, DPD, IDEAL, PICK_UP, POSTNL
from app.demo.people import Person
from app.history import Actor
from app.intake_readers.new_order import NewOrder, NewPayment
from app.models import ActorKind, Order, Source

COLLEAGUES = (Actor(ActorKind.PERSON, "Noor"), Actor(ActorKind.PERSON, "Jip"))

CHANNELS = {
    Source.WOOCOMMERCE: "shop.example.com",
    Source.SHOPIFY: "homeware.example.com",
    Source.LIGHTSPEED: "winkel.example.com",
}

NOTES = (
    "Please leave it with the neighbours when nobody is home.",
    "It is a birthday present: no invoice in the parcel, please.",
    "The bell does not work, please knock.",
    "Graag bezorgen na 17 uur.",
    "Bitte nicht vor Montag liefern.",
)

#: What happened today happened before this hour.
SMALL_HOURS = 6
#: People order in the evening, and at noon.
HOURS = (8, 9, 10, 11, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 20, 20, 21, 21, 22)

Deed = Callable[[Order, Actor], object]


@dataclass
class Story:
    person: Person
    new: NewOrder
    random: Random
    zone: ZoneInfo
    until: datetime  # what would be done later, after a weekend, is done at this moment
    deeds: list[tuple[datetime, Deed]] = field(default_factory=list)

    def then(self, days: int, deed: Deed) -> None:
        """Somebody does this at work, so many days after the order came in and after what was done before."""
        moment = self.at_work(self.new.placed_at.astimezone(self.zone).date() + timedelta(days=days))
        last = self.deeds[-1][0] if self.deeds else self.new.placed_at
        later = moment if moment > last else last + timedelta(minutes=self.random.randint(4, 40))
        self.deeds.append((self.not_ahead(later), deed))

    def not_ahead(self, moment: datetime) -> datetime:
        return min(moment, self.until)

    def at_work(self, day: date) -> datetime:
        """A moment between nine and five; on Monday when the day is in a weekend."""
        day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
        return datetime.combine(day, time(9), self.zone) + timedelta(minutes=self.random.randint(0, 470))

    def pay_at_once(self) -> None:
        """The payment provider confirms within a minute or two."""
        paid_at = self.not_ahead(self.new.placed_at + timedelta(seconds=self.random.randint(25, 140)))
        reference = f"tr_demo{self.random.randrange(16**8):08x}"
        self.new.payments = [NewPayment(self.new.total, paid_at, self.new.payment_method, reference, reference)]

    def tracking_code(self) -> str:
        """Looks like the carrier's, and is nobody's."""
        digits = f"{self.random.randrange(10**9):09d}"
        return {POSTNL: "3SDEMO", DHL: "JVGLDEMO", DPD: "0599000"}.get(self.new.shipping_method, "DEMO") + digits


def new_story(
    person: Person,
    random: Random,
    *,
    day: date,
    until: datetime,
    zone: ZoneInfo,
    payment: str = "",
    pick_up: bool = False,
    products: int = 1,
    discount: Decimal = ZERO,
) -> Story:
    """An order of this person on this day, not paid and not sent."""
    payment = payment or (IDEAL if person.country == "NL" else CARD)
    shipping = PICK_UP if pick_up else carrier_for(person, random)
    placed_at = moment_on(day, random, zone, is_today=day == until.date())
    source = random.choices(list(CHANNELS), (55, 30, 15))[0]
    lines = baskets.lines_for(person, random, shipping=shipping, payment=payment, at_least=products, discount=discount)
    new = NewOrder(
        source=source,
        channel=CHANNELS[source],
        external_id="",
        number="",
        placed_at=placed_at,
        currency=baskets.currency_of(person),
        total=baskets.basket_total(lines, person),
        prices_include_tax=baskets.prices_include_tax(person),
        lines=lines,
        language=person.language,
        customer=person.customer(),
        billing=person.address(),
        shipping=person.address(),
        payment_method=payment,
        shipping_method=shipping,
        pick_up=pick_up,
        customer_note=random.choice(NOTES) if random.random() < 0.1 else "",
    )
    return Story(person, new, random, zone, until)


def carrier_for(person: Person, random: Random) -> str:
    if person.country in ("NL", "BE"):
        return random.choices((POSTNL, DHL), (80, 20))[0]
    return random.choice((DHL, DPD))


def moment_on(day: date, random: Random, zone: ZoneInfo, *, is_today: bool) -> datetime:
    """Through the day in the shop's time zone; today only in the small hours, so that nothing lies ahead."""
    hour = random.randrange(SMALL_HOURS) if is_today else random.choice(HOURS)
    return datetime.combine(day, time(hour, random.randint(1, 59), random.randint(0, 59)), zone)
