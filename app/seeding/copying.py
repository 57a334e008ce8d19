"""Writing copies of patterns in bulk, each with its own numbers, moments and customer."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from app.models import InvoiceKind, Source
from app.numbering import draw_many
from app.queries import search
from app.seeding.customers import Customers
from app.seeding.patterns import COPIED, NUMBERED, REFERENCES, Pattern, Values
from app.seeding.writing import MOMENTS, fresh_ids, write_rows

#: Tables whose ids other rows refer to.
REFERRED_TO = ("orders", "order_line", "payment", "invoice", "shipment", "goods_return", "customer")

DAY = re.compile(r'"(\d{4}-\d\d-\d\d)"')


@dataclass
class Copy:
    """One copy in the making: how much earlier than its pattern it is, and what it says instead."""

    pattern: Pattern
    by: timedelta
    customer_id: int | None
    said: dict[str, str]
    ids: dict[tuple[str, int], int]


class Copier:
    """Writes chunks of copies; it remembers the customers from chunk to chunk."""

    def __init__(self, zone: ZoneInfo, random: Random):
        self.zone = zone
        self.customers = Customers(random)

    def write(self, wanted: list[tuple[Pattern, timedelta]]) -> None:
        """Write a copy of each pattern, so much earlier, in the transaction of the caller."""
        counts = count_rows(wanted)
        kinds = Counter(kind_of(name, row) for pattern, _ in wanted for name in NUMBERED for row in pattern.rows[name])
        self.numbers = {kind: iter(draw_many(kind, count)) for kind, count in kinds.items()}
        self.ids = {name: fresh_ids(name, counts[name]) for name in REFERRED_TO}
        self.batch: dict[str, list[Values]] = defaultdict(list)
        for pattern, by in wanted:
            self.add(self.new_copy(pattern, by))
        for name in ("customer", "customer_address", *COPIED, "order_search"):
            write_rows(name, self.batch[name])

    def new_copy(self, pattern: Pattern, by: timedelta) -> Copy:
        order = pattern.order
        said = {
            row["number"]: next(self.numbers[kind_of(name, row)]) for name in NUMBERED for row in pattern.rows[name]
        }
        said[json.dumps(order["external_number"])] = json.dumps(outside_number(said[order["number"]]))
        placed_at = earlier(pattern.placed_at, by, self.zone)
        customer = self.customers.of(pattern, self.ids["customer"], self.batch, placed_at)
        if customer:
            said |= {order["customer_name"]: customer.name, order["email"]: customer.email}
        return Copy(pattern, by, customer.id if customer else None, said, {})

    def add(self, copy: Copy) -> None:
        rows = {
            name: [self.copied(copy, name, position) for position in range(len(found))]
            for name, found in copy.pattern.rows.items()
        }
        number = rows["orders"][0]["number"]
        rows["orders"][0] |= {
            "source": Source.SEED,
            "outside_shop_id": None,
            "external_id": number,
            "external_number": outside_number(number),
            "customer_id": copy.customer_id,
        }
        for name, made in rows.items():
            self.batch[name] += made
        self.batch["order_search"].append({"id": rows["orders"][0]["id"], "words": search_document(rows)})

    def copied(self, copy: Copy, name: str, position: int) -> Values:
        row = dict(copy.pattern.rows[name][position])
        old_id = row.pop("id")
        if name in self.ids:
            row["id"] = copy.ids[name, old_id] = next(self.ids[name])
        for column, target in REFERENCES[name]:
            if row[column] is not None:
                row[column] = copy.ids[target, row[column]]
        for column in MOMENTS[name]:
            if row[column] is not None:
                row[column] = earlier(row[column], copy.by, self.zone)
        for column in copy.pattern.renamed.get((name, position), ()):
            row[column] = copy.pattern.own_word.sub(lambda found: copy.said[found[0]], row[column])
        if name == "invoice":
            row["snapshot"] = DAY.sub(lambda found: f'"{date.fromisoformat(found[1]) - copy.by}"', row["snapshot"])
        if name == "order_line":
            row["not_restocked"] = 0  # a copy takes nothing off the stock
        if "is_demo" in row:
            row["is_demo"] = False
        return row


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
