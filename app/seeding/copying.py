"""Writing copies of patterns in bulk, each with its own numbers, moments and customer."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
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
from app.seeding.customers import Customers
from app.seeding.patterns import COPIED, KEYS_OF_MAILS, NUMBERED, REFERENCES, Pattern, Values, in_mail
from app.seeding.payloads import gmt
from app.seeding.products import Products
from app.seeding.writing import MOMENTS, fresh_ids, write_rows

#: Tables whose ids other rows refer to.
REFERRED_TO = (
    "orders", "order_line", "payment", "invoice", "outgoing_mail", "shipment", "goods_return", "task", "ticket",
    "ticket_message", "memo", "customer",
)  # fmt: skip

#: For one order in so many something came in that could not be read.
ORDERS_PER_QUARANTINED = 1_000

DAY = re.compile(r'"(\d{4}-\d\d-\d\d)"')


@dataclass
class Copy:
    """One copy in the making: how much earlier than its pattern it is, and what it says instead."""

    pattern: Pattern
    by: timedelta
    customer_id: int | None
    said: dict[str, str]
    products: dict[int, int]
    ids: dict[tuple[str, int], int]

    def key(self, said: str) -> str:
        """What "goods_return:7:returned" says of the copy."""
        table, id, *more = said.split(":")
        return ":".join([table, str(self.ids[table, int(id)]), *more])

    def key_of_mail(self, said: str) -> str:
        kind, id, *more = said.split(":")
        return ":".join([kind, str(self.ids[KEYS_OF_MAILS[kind], int(id)]), *more])


class Copier:
    """Writes chunks of copies; it remembers the customers from chunk to chunk."""

    def __init__(self, zone: ZoneInfo, products: Products, outside_shop_id: int, random: Random):
        self.zone = zone
        self.products = products
        self.outside_shop_id = outside_shop_id
        self.customers = Customers(random)

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
        customer = self.customers.of(pattern, self.ids["customer"], self.batch, placed_at)
        if customer:
            said |= {order["customer_name"]: customer.name, order["email"]: customer.email}
        products = {}
        for sku, (id, name) in pattern.articles.items():
            chosen = self.products.any_of(sku)
            products[id] = chosen.id
            said |= {sku: chosen.sku, name: chosen.name}
        ids = {(name, row["id"]): next(self.ids[name]) for name in REFERRED_TO for row in pattern.rows.get(name, ())}
        return Copy(pattern, by, customer.id if customer else None, said, products, ids)

    def add(self, copy: Copy) -> None:
        rows = {
            name: [self.copied(copy, name, position) for position in range(len(found))]
            for name, found in copy.pattern.rows.items()
        }
        number = rows["orders"][0]["number"]
        external = {"external_id": number, "external_number": outside_number(number)}
        rows["orders"][0] |= {
            "source": Source.SEED,
            "outside_shop_id": None,
            "customer_id": copy.customer_id,
            **external,
        }
        for ticket in rows["ticket"]:
            ticket["customer_id"] = copy.customer_id
        for movement in rows["stock_movement"]:
            self.moved[movement["product_id"]] += Decimal(movement["quantity"]).scaleb(-SCALE)
        (arrival,) = rows["arrival"]
        arrival |= {"external_id": number, "outside_shop_id": self.outside_shop_id}
        arrival["sha256"] = hashlib.sha256(arrival["payload"].encode()).hexdigest()
        for name, made in rows.items():
            self.batch[name] += made
        order = rows["orders"][0]
        self.batch["order_search"].append({"id": order["id"], "words": search_document(rows)})
        if order["id"] % ORDERS_PER_QUARANTINED == 0:
            self.batch["arrival"].append(unreadable(arrival))

    def copied(self, copy: Copy, name: str, position: int) -> Values:
        row = dict(copy.pattern.rows[name][position])
        old_id = row.pop("id")
        if name in self.ids:
            row["id"] = copy.ids[name, old_id]
        for column, target in REFERENCES[name]:
            if row[column] is not None:
                row[column] = copy.ids[target, row[column]]
        for column in MOMENTS[name]:
            if row[column] is not None:
                row[column] = earlier(row[column], copy.by, self.zone)
        for column in copy.pattern.renamed.get((name, position), ()):
            row[column] = copy.pattern.own_word.sub(lambda found: copy.said[found[0]], row[column])
        if row.get("product_id"):
            row["product_id"] = copy.products[row["product_id"]]
        if name == "invoice":
            row["snapshot"] = DAY.sub(lambda found: f'"{date.fromisoformat(found[1]) - copy.by}"', row["snapshot"])
        if name == "outgoing_mail":
            row["once_key"] = copy.key_of_mail(row["once_key"])
            row["message_id"] = f"<{row['id']}.seed@toonbank.invalid>"
            if row["undone_on_id"]:
                row["undone_on_id"] = copy.ids[PARTS_TOLD[row["undone_by"]], row["undone_on_id"]]
        if name == "stock_movement":
            row |= {"document": copy.key(row["document"]), "outside_shop_id": None}
        if name == "history" and row["subject"]:
            row["subject"] = copy.key(row["subject"])
        if "is_demo" in row:
            row["is_demo"] = False
        return row


#: By what takes back what a mail tells: the records that it is done to.
PARTS_TOLD = {"take_back_payment": "payment", "set_shipment_not_sent": "shipment"}


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
