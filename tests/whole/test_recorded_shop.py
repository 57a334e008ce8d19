"""A real WooCommerce, recorded: whatever way its answers and webhooks arrive, an order ends as its shop states it.

Each file is replayed in order, in reverse, with everything doubled, and with each event left out once. The recordings
lie in a folder outside the project that TOONBANK_PAYLOADS names. `make fuzz` leaves out each event, the suite some.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from app.extensions import db
from app.history import Actor
from app.intake.accept import take_in
from app.intake.events import claim_events, read_event, receive
from app.intake_readers import only_order_in
from app.models import ActorKind, Connection, InvoiceMoment, Order
from app.queries import shop
from tests.factories import new_connection
from tests.whole.invariants import broken

FOLDER = Path(os.environ.get("TOONBANK_PAYLOADS") or "nowhere") / "woocommerce-live"
IS_FUZZED = settings.get_current_profile_name() == "fuzz"

#: In the suite every so manieth event is left out; under `make fuzz` each.
STEP = 1 if IS_FUZZED else 4

pytestmark = [
    pytest.mark.skipif(not FOLDER.is_dir(), reason="TOONBANK_PAYLOADS names no folder"),
    pytest.mark.usefixtures("database"),
]

FILES = sorted(file.name for file in FOLDER.glob("order-*.json"))


@dataclass(frozen=True)
class Event:
    """A webhook, or an answer that somebody fetched."""

    body: dict[str, Any]
    topic: str = ""  # "" of an answer

    @property
    def is_order(self) -> bool:
        return "status" in self.body


def events_in(name: str) -> list[Event]:
    found = []
    for step in json.loads((FOLDER / name).read_text("utf-8")):
        answer, request = step["response"], step["request"]
        is_order = request["path"].split("?")[0].split("/")[-2:][0] == "orders" or "/orders?" in request["path"]
        if request["method"] != "DELETE" and (is_order or request["path"].endswith("/orders")):
            answers = answer if isinstance(answer, list) else [answer]
            found += [Event(one) for one in answers if "line_items" in one and "status" in one]
        for webhook in step["webhooks"]:
            headers = {key.lower(): value for key, value in webhook["headers"].items()}
            if headers.get("x-wc-webhook-topic", "").startswith("order."):
                found.append(Event(webhook["body"], headers["x-wc-webhook-topic"]))
    return found


def replays_of(events: list[Event]) -> Iterator[list[Event]]:
    yield events
    yield events[::-1]
    yield [event for event in events for _twice in (1, 2)]
    yield events + events
    for left_out in range(0, len(events), STEP):
        yield events[:left_out] + events[left_out + 1 :]


def play(events: list[Event], connection: Connection) -> None:
    for event in events:
        raw = json.dumps(event.body)
        if event.topic:
            receive(connection, raw.encode(), event.topic)
            for arrival_id in claim_events(worker="w"):
                read_event(arrival_id, worker="w")
        else:
            found = only_order_in("woocommerce", raw, currency="EUR")
            by = Actor(ActorKind.PROGRAM, "Shop")
            take_in(found, shop=connection.shop_key, origin="answer", by=by, notify=False)
    db.session.flush()
    db.session.expire_all()


# --- what the source states -----------------------------------------------------------------------------------------


def last_stated(events: list[Event]) -> dict[str, dict[str, Any]]:
    """Per order what was said last: by its own clock, and of the same second what came last."""
    latest: dict[str, dict[str, Any]] = {}
    for event in events:
        if event.is_order:
            before = latest.get(str(event.body["id"]))
            if before is None or event.body["date_modified_gmt"] >= before["date_modified_gmt"]:
                latest[str(event.body["id"])] = event.body
    return latest


def amount(text: object) -> Decimal:
    return Decimal(str(text or 0))


def stated_state(body: dict[str, Any]) -> dict[str, object]:
    lines = body["line_items"] + body["shipping_lines"] + body["fee_lines"]
    is_called_off = body["status"] in ("cancelled", "trash")
    paid = amount(body["total"]) if body["date_paid_gmt"] else Decimal(0)
    return {
        "total": amount(body["total"]),
        "tax": amount(body["total_tax"]),
        "lines": {
            str(line["id"]): (amount(line.get("quantity", 1)), amount(line["total"]) + amount(line["total_tax"]))
            for line in lines
        },
        "paid": paid,
        "refunded": sum((-amount(one["total"]) for one in body["refunds"]), Decimal(0)),
        "is_cancelled": is_called_off,
        "to_go": Decimal(0) if is_called_off else pieces_to_go(body),
        "street": (body["billing"]["address_1"], body["shipping"]["address_1"] or body["billing"]["address_1"]),
        "email": body["billing"]["email"],
        "codes": [one["value"] for one in body["meta_data"] if one["key"] == "_tracking_number"],
    }


def pieces_to_go(body: dict[str, Any]) -> Decimal:
    if body["status"] in ("completed", "refunded"):
        return Decimal(0)
    back = [meta for line in body["line_items"] for meta in line["meta_data"]]
    gone = sum((amount(meta["value"]) for meta in back if meta["key"] == "_restock_refunded_items"), Decimal(0))
    return sum((amount(line["quantity"]) for line in body["line_items"]), Decimal(0)) - gone


def state(order: Order) -> dict[str, object]:
    return {
        "total": order.total,
        "tax": order.tax_total,
        "lines": {line.external_id: (line.quantity, line.total) for line in order.lines if line.quantity},
        "paid": order.paid,
        "refunded": order.refunded,
        "is_cancelled": order.cancelled_at is not None,
        "to_go": sum((line.to_ship for line in order.lines), Decimal(0)),
        "street": (order.billing.street, order.shipping.street),
        "email": order.email,
        "codes": [one.tracking_code for one in order.shipments if one.tracking_code],
    }


def differing(orders: dict[str, Order], expected: dict[str, dict[str, object]]) -> list[tuple[object, ...]]:
    """Order, what of it, as it is here, as it is there."""
    states = {external_id: state(order) for external_id, order in orders.items()}
    return [
        (external_id, what, states[external_id][what], theirs)
        for external_id, stated in expected.items()
        for what, theirs in stated.items()
        if states[external_id][what] != theirs
    ]


@pytest.fixture
def connection() -> Connection:
    shop().invoice_moment = InvoiceMoment.PAID
    connection = new_connection(notify=False)
    db.session.add(connection)
    db.session.flush()
    return connection


@pytest.mark.parametrize("name", FILES)
def test_however_it_arrives_an_order_ends_as_its_shop_states_it(name: str, connection: Connection) -> None:
    events = events_in(name)
    assert events
    for number, replay in enumerate(replays_of(events)):
        savepoint = db.session.begin_nested()

        play(replay, connection)

        orders = {order.external_id: order for order in db.session.query(Order)}
        expected = {external_id: stated_state(body) for external_id, body in last_stated(replay).items()}
        assert orders.keys() == expected.keys()
        assert differing(orders, expected) == [], (name, number)
        assert broken(list(orders.values())) == [], (name, number)
        savepoint.rollback()
        db.session.expire_all()
