"""What each platform's module can do: the same few verbs for all, so that whoever pulls or tells knows no platform.

A platform is a class that is made of an `Access` and used as a context manager:
`with open_shop(source, access) as shop: page = shop.changed_since(moment, {})`. All verbs raise ShopFailure.
A new one stands in `app/connections/shops.py`.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Self, TypeAlias

from app.columns import storable
from app.connections.client import Access, ShopClient
from app.extensions import ShownText
from app.intake_readers.hosts import host_in
from app.models import Source

#: Where a list that is read page by page goes on, in the platform's own terms; {} is its beginning. Stored as JSON.
Place: TypeAlias = Mapping[str, int | str]


@dataclass(frozen=True)
class Credential:
    """One thing that lets us in, as a form asks for it."""

    name: str
    title: ShownText
    hint: ShownText = ""
    is_secret: bool = True
    is_required: bool = True


@dataclass(frozen=True)
class PulledOrder:
    """An order as its shop's API states it. `payload` is JSON, as the platform's reader wants it, or nearly: see
    `Platform.complete`."""

    external_id: str
    payload: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "external_id", storable(self.external_id))

    @property
    def digest(self) -> str:
        """The same as long as the shop states the same."""
        return sha256(self.payload.encode()).hexdigest()[:16]

    def with_parts(self, **parts: object) -> str:
        """The payload of one whose API hands its parts out apart: {"order": <word for word>, "shipments": [...]}."""
        return f"{self.opening}{json.dumps(parts, ensure_ascii=False)[1:]}" if parts else self.payload

    @property
    def opening(self) -> str:
        return f'{{"order": {self.payload}, '

    def is_held_in(self, payload: str) -> bool:
        """Whether this payload, completed or not, was made of the very same."""
        return payload == self.payload or payload.startswith(self.opening)


@dataclass(frozen=True)
class PageOfOrders:
    """A page of orders, in an order that doesn't change while it is read."""

    orders: Sequence[PulledOrder]
    shop_time: datetime  # the shop's clock when it answered
    next: Place | None = None  # where to go on; None: that was all
    total: int | None = None  # orders on all pages, where the shop says so
    pause: float = 0  # seconds that it wants before the next page


class CheckState(StrEnum):
    WORKS = "works"
    NOT_NEEDED = "not_needed"
    MISSING = "missing"


@dataclass(frozen=True)
class Check:
    """A line of what "Try it" found. `hint` says what to do where something is missing."""

    title: ShownText
    state: CheckState
    hint: ShownText = ""


@dataclass(frozen=True)
class Trial:
    """All lines, and the access by which it works: what was found while trying may be added to what was entered."""

    checks: Sequence[Check]
    access: Access

    @property
    def works(self) -> bool:
        """Whether orders can be read; what else lacks is only said."""
        return not any(check.state == CheckState.MISSING for check in self.checks)


@dataclass(frozen=True)
class ShopWebhook:
    """A webhook as the shop has it."""

    external_id: str
    topic: str
    address: str
    is_active: bool
    facts: Mapping[str, str] = field(default_factory=dict)


class Platform(ABC):
    """One shop, open for reading and telling. `client` is for whoever tells it something."""

    source: Source
    credentials: Sequence[Credential]  # what it asks for, in the order of the form
    steps: Sequence[ShownText]  # how somebody gets these there, step by step
    takes_http = False  # whether its secret stays hidden without encryption
    overlap = timedelta(minutes=5)  # so far back the next look begins, for clocks and indexes that lag
    topics: Sequence[str] = ()  # webhooks that are worth having; none where the platform has none
    #: Credentials that tell shops of one address apart.
    told_apart_by: Sequence[str] = ()
    shop_id_by = ""  # the credential that is the id of the shop itself: another one is another shop
    has_parts_apart = False  # whether `complete` fetches parts of nearly each order (`PulledOrder.with_parts`)
    example_address = "https://shop.example.com"  # in the empty field of the form

    def __init__(self, access: Access):
        self.access = access
        self.client = ShopClient(access)

    @classmethod
    def own_address(cls, entered: str) -> str:
        """Where its API is, by an address that people copy of its pages; tidied already."""
        return entered

    @classmethod
    def own_host(cls, address: str) -> str:
        """The host name that its orders state as their shop's, by the address of its API."""
        return host_in(address)

    @classmethod
    def why_incomplete(cls, credentials: Mapping[str, str]) -> ShownText:
        """What else is to be entered, where one of several things will do; "" where it is enough."""
        return ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.client.__exit__(*error)

    @abstractmethod
    def try_out(self) -> Trial:
        """Try everything that is needed, and change nothing. Raises nothing: a failure is a line."""

    @abstractmethod
    def changed_since(self, since: datetime, place: Place) -> PageOfOrders:
        """Orders that changed since a moment by the shop's clock, page by page."""

    @abstractmethod
    def placed_between(self, since: datetime, until: datetime, place: Place) -> PageOfOrders:
        """Orders that were placed in that time, whatever became of them, page by page."""

    @abstractmethod
    def many(self, external_ids: Sequence[str]) -> list[PulledOrder]:
        """These orders, at most a hundred; those that are deleted there are left out."""

    @abstractmethod
    def one(self, external_id: str) -> PulledOrder | None:
        """This order, also out of the bin; None when it is not there any more."""

    def hides_some(self) -> bool:
        """Whether orders that it doesn't tell of may be there all the same."""
        return False

    def complete(self, order: PulledOrder) -> str:
        """Its payload with all that its reader wants and no list tells; asked only for what is news."""
        return order.payload

    def knows(self, held: str, order: PulledOrder) -> bool:
        """Whether what is held of an order says already all that a list says of it."""
        return order.is_held_in(held)

    def webhooks(self) -> list[ShopWebhook]:
        """All that the shop has, whoever made them."""
        return []

    def add_webhook(self, topic: str, address: str, secret: str) -> ShopWebhook:
        raise NotImplementedError

    def remove_webhook(self, external_id: str) -> None:
        raise NotImplementedError


def checks_until_one_fails(checks: Iterator[Check]) -> list[Check]:
    """The lines up to the first that is missing: behind a closed door nothing can be told."""
    found: list[Check] = []
    for check in checks:
        found.append(check)
        if check.state == CheckState.MISSING:
            break
    return found
