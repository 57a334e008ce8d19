"""Writing copies of patterns in bulk, each with its own numbers, moments and customer."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from types import SimpleNamespace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from app.amounts.money import SCALE, ZERO
from app.mails.words import day as mailed_day
from app.models import Fate, InvoiceKind, Source
from app.numbering import draw_many
from app.queries import search
from app.seeding.blanks import Blank, Ref, Values
from app.seeding.customers import Customers
from app.seeding.patterns import COPIED, NUMBERED, Pattern, in_mail
from app.seeding.payloads import gmt
from app.seeding.products import Products
from app.seeding.writing import fresh_ids, storing_moments, write_rows

#: Tables whose ids other rows refer to.
REFERRED_TO = (
    "orders", "order_line", "payment", "invoice", "outgoing_mail", "shipment", "goods_return", "task", "ticket",
    "ticket_message", "memo", "customer",
)  # fmt: skip

#: For one order in so many something came in that could not be read.
ORDERS_PER_QUARANTINED = 1_000


@dataclass
class Copy:
    """One copy in the making: what it says instead of its pattern, and the ids of its rows by those of the pattern."""

    pattern: Pattern
    customer_id: int | None
    said: dict[str, str]
    ids: dict[Ref, int]
    moments: Earlier

    def fill_in(self, blank: Blank) -> Values:
        row = blank.values.copy()
        if (id := self.ids.get(blank.ref)) is not None:
            row["id"] = id
        for column, ref in blank.references:
            row[column] = self.ids[ref]
        for column, moment in blank.moments:
            row[column] = self.moments[moment]
        for column, pieces in blank.texts:
            row[column] = "".join([self.said.get(piece, piece) for piece in pieces])
        if blank.key:
            column, before, ref, behind = blank.key
            row[column] = f"{before}{self.ids[ref]}{behind}"
        return row


class Earlier(dict[datetime | date, object]):
    """Moments and dates of a pattern as those of a copy are stored, each reckoned once."""

    def __init__(self, by: timedelta, zone: ZoneInfo, store: Callable[[datetime | date], object]):
        self.by = by
        self.zone = zone
        self.store = store

    def __missing__(self, moment: datetime | date) -> object:
        self[moment] = stored = self.store(earlier(moment, self.by, self.zone))
        return stored


class Copier:
    """Writes chunks of copies; it remembers the customers from chunk to chunk."""

    def __init__(self, zone: ZoneInfo, products: Products, outside_shop_id: int, random: Random):
        self.zone = zone
        self.products = products
        self.outside_shop_id = outside_shop_id
        self.customers = Customers(random)
        self.store = storing_moments()

    def write(self, wanted: list[tuple[Pattern, timedelta]]) -> None:
        """Write a copy of each pattern, so much earlier, in the transaction of the caller."""
        counts = count_rows(wanted)
        kinds = Counter(kind_of(name, row) for pattern, _ in wanted for name in NUMBERED for row in pattern.rows[name])
        self.numbers = {kind: iter(draw_many(kind, count)) for kind, count in kinds.items()}
        self.ids = {name: fresh_ids(name, counts[name]) for name in REFERRED_TO}
        self.batch: dict[str, list[Values]] = defaultdict(list)
        self.moved = defaultdict[int, Decimal](lambda: ZERO)
        for pattern, by in wanted:
            self.add(self.new_copy(pattern, by))
        for name in ("customer", "customer_address", *COPIED, "order_search"):
            write_rows(name, self.batch[name])
        oldest, by = wanted[0]
        self.products.move(self.moved, earlier(oldest.placed_at, by, self.zone))

    def new_copy(self, pattern: Pattern, by: timedelta) -> Copy:
        order = pattern.order
        said = {
            row["number"]: next(self.numbers[kind_of(name, row)]) for name in NUMBERED for row in pattern.rows[name]
        }
        outside = outside_number(said[order["number"]])
        said |= {
            json.dumps(order["external_number"]): json.dumps(outside),
            in_mail(order["external_number"]): in_mail(outside),
        }
        said[json.dumps(order["external_id"])] = json.dumps(said[order["number"]])
        placed_at = earlier(pattern.placed_at, by, self.zone)
        said[gmt(pattern.placed_at)] = gmt(placed_at.astimezone(UTC))
        said |= {written: written_day(placed_at.date(), language) for written, language in pattern.days.items()}
        said |= {written: f'"{day - by}"' for written, day in pattern.days_of_documents.items()}
        moments = Earlier(by, self.zone, self.store)
        since = moments[pattern.placed_at]
        customer = self.customers.of(pattern, self.ids["customer"], self.batch, since)
        if customer:
            said |= {order["customer_name"]: customer.name, order["email"]: customer.email}
        ids = {(name, row["id"]): next(self.ids[name]) for name in REFERRED_TO for row in pattern.rows.get(name, ())}
        for sku, (id, name) in pattern.articles.items():
            chosen = self.products.any_of(sku)
            ids["product", id] = chosen.id
            said |= {sku: chosen.sku, name: chosen.name}
        return Copy(pattern, customer.id if customer else None, said, ids, moments)

    def add(self, copy: Copy) -> None:
        rows = {name: [copy.fill_in(blank) for blank in blanks] for name, blanks in copy.pattern.blanks.items()}
        (order,) = rows["orders"]
        number = order["number"]
        external = {"external_id": number, "external_number": outside_number(number)}
        order |= {"source": Source.SEED, "outside_shop_id": None, "customer_id": copy.customer_id, **external}
        for ticket in rows["ticket"]:
            ticket["customer_id"] = copy.customer_id
        for mail in rows["outgoing_mail"]:
            mail["message_id"] = f"<{mail['id']}.seed@toonbank.invalid>"
        for movement in rows["stock_movement"]:
            self.moved[movement["product_id"]] += Decimal(movement["quantity"]).scaleb(-SCALE)
        (arrival,) = rows["arrival"]
        arrival |= {"external_id": number, "outside_shop_id": self.outside_shop_id}
        arrival["sha256"] = hashlib.sha256(arrival["payload"].encode()).hexdigest()
        for name, made in rows.items():
            self.batch[name] += made
        self.batch["order_search"].append({"id": order["id"], "words": search_document(rows)})
        if order["id"] % ORDERS_PER_QUARANTINED == 0:
            self.batch["arrival"].append(unreadable(arrival))


def unreadable(arrival: Values) -> Values:
    """The payload once more, cut off on its way."""
    payload = arrival["payload"][:300]
    cut_off = {"external_id": "", "payload": payload, "sha256": hashlib.sha256(payload.encode()).hexdigest()}
    problem = {"result": Fate.QUARANTINED, "order_id": None, "reason": "It is cut off: no JSON."}
    return {**arrival, **cut_off, **problem}


@cache
def written_day(day: date, language: str) -> str:
    return mailed_day(day, language)


def kind_of(name: str, row: Values) -> str:
    """The series that a row of this table is numbered from."""
    return "credit_note" if row.get("kind") == InvoiceKind.CREDIT_NOTE else NUMBERED[name]


Day = TypeVar("Day", date, datetime)


def earlier(moment: Day, by: timedelta, zone: ZoneInfo) -> Day:
    """A moment or date so much earlier, at the same time of the shop's day."""
    return moment.astimezone(zone) - by if isinstance(moment, datetime) else moment - by


def count_rows(wanted: list[tuple[Pattern, timedelta]]) -> Counter[str]:
    """How many rows of each table there will be; no more customers than orders."""
    counts = Counter[str]()
    for pattern, _ in wanted:
        counts.update({name: len(rows) for name, rows in pattern.rows.items()})
    counts["customer"] = len(wanted)
    return counts


def outside_number(number: str) -> str:
    """The number that the customer knows from the web shop: the digits of ours."""
    return "".join(filter(str.isdigit, number))


def search_document(rows: dict[str, list[Values]]) -> str:
    """The document that search makes of the copied order."""
    parts: dict[str, Iterator[SimpleNamespace]] = {
        "addresses": (SimpleNamespace(**row) for row in rows["order_address"]),
        "invoices": (SimpleNamespace(**row) for row in rows["invoice"]),
        "shipments": (SimpleNamespace(**row) for row in rows["shipment"]),
        "returns": (SimpleNamespace(**row) for row in rows.get("goods_return", [])),
    }
    order: Any = SimpleNamespace(**rows["orders"][0], **parts)
    return search.document(order)
