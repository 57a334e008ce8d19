"""What is to be packed: the open packing slips of orders that wait to be sent, and the orders that have none yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.amounts.money import ZERO
from app.extensions import db
from app.models import Order, OrderLine, OrderStatus, Product, Shipment, ShipmentLine
from app.queries.order_list import OPEN_SLIP

Asked = TypeVar("Asked", bound="Select[*tuple[object, ...]]")

#: A count goes no further; beyond it the page says "100+".
MOST_COUNTED = 100

#: What is in a packing slip.
WITH_CONTENTS = selectinload(Shipment.lines).joinedload(ShipmentLine.order_line)

IS_OPEN: tuple[ColumnElement[bool], ...] = (Shipment.sent_at.is_(None), Shipment.withdrawn_at.is_(None))


@dataclass
class Pick:
    """A product as it is fetched for several parcels at once."""

    location: str
    name: str
    variant: str
    sku: str
    quantity: Decimal = ZERO
    parcels: dict[str, Decimal] = field(default_factory=dict)  # packing slip number -> of these
    lines: list[int] = field(default_factory=list)  # of the packing slips


def slips_to_pack(most: int, *where: ColumnElement[bool]) -> list[Shipment]:
    """The oldest ones, or of those that are meant, with what is in them and for whom they are."""
    order = contains_eager(Shipment.order).load_only(Order.number, Order.customer_name, Order.company, Order.country)
    oldest = to_pack(select(Shipment)).where(*where).order_by(Shipment.id).limit(most)
    return list(db.session.scalars(oldest.options(order, WITH_CONTENTS)))


def count_to_pack() -> int:
    """How many there are, up to one more than MOST_COUNTED."""
    some = to_pack(select(Shipment.id)).limit(MOST_COUNTED + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


def slip_after(number: str) -> str:
    """The number of the next one to pack after this one, else of the oldest; "" when none is left."""
    after = select(Shipment.id).where(Shipment.number == number).scalar_subquery()
    numbers = to_pack(select(Shipment.number)).where(Shipment.number != number).order_by(Shipment.id).limit(1)
    found: str | None = db.session.scalar(numbers.where(Shipment.id > after)) or db.session.scalar(numbers)
    return found or ""


def slip_numbered(number: str) -> Shipment | None:
    """The packing slip of this number, whatever state it is in."""
    found = select(Shipment).where(Shipment.number == number)
    return None if "\0" in number else db.session.scalar(found.options(joinedload(Shipment.order), WITH_CONTENTS))


def slip_meant(scanned: str) -> str:
    """The number of the packing slip whose own number, or that of its order, was scanned or typed; "" for none.

    Of an order with several packing slips the oldest that lies open, else the newest.
    """
    numbers = {scanned, scanned.upper()}
    own = select(Shipment.number).where(Shipment.number.in_(numbers)).limit(1)
    of_order = select(Shipment.number).join(Shipment.order).where(Order.number.in_(numbers))
    waits = of_order.where(*IS_OPEN).order_by(Shipment.id).limit(1)
    newest = of_order.order_by(Shipment.id.desc()).limit(1)
    return next((found for query in (own, waits, newest) if (found := db.session.scalar(query))), "")


def orders_without_slip(most: int) -> list[str]:
    """The numbers of the oldest orders that can go and have nothing on a packing slip that lies open."""
    waiting = select(Order.number).where(Order.status == OrderStatus.AWAITING_SHIPMENT, ~OPEN_SLIP)
    return list(db.session.scalars(waiting.order_by(Order.placed_at, Order.id).limit(most)))


def pick_list(slips: Iterable[Shipment]) -> list[Pick]:
    """What is fetched for these, in the order of the shelves; what has no place comes last."""
    lines = [(slip, line) for slip in slips for line in slip.lines]
    places = locations_of([line.order_line for _slip, line in lines])
    picks: dict[tuple[str, ...], Pick] = {}
    for slip, line in lines:
        of = line.order_line
        location = places.get(of.product_id or 0, "")
        pick = picks.setdefault((location, of.sku, of.name, of.variant), Pick(location, of.name, of.variant, of.sku))
        pick.quantity += line.quantity
        pick.parcels[slip.number] = pick.parcels.get(slip.number, ZERO) + line.quantity
        pick.lines.append(line.id)
    return sorted(picks.values(), key=lambda pick: (*place_in_walk(pick.location), pick.name, pick.sku))


def place_in_walk(location: str) -> tuple[bool, list[str | int]]:
    """What has no place comes last."""
    return not location, as_walked(location)


def as_walked(location: str) -> list[str | int]:
    """Shelf A-2 comes before A-10."""
    return [int(part) if part.isdecimal() else part.casefold() for part in re.split(r"(\d+)", location)]


def locations_of(lines: Sequence[OrderLine]) -> dict[int, str]:
    """Product id -> where it lies."""
    ids = {line.product_id for line in lines if line.product_id}
    known = select(Product.id, Product.location).where(Product.id.in_(ids))
    return dict(db.session.execute(known).all()) if ids else {}


def to_pack(query: Asked) -> Asked:
    return query.join(Shipment.order).where(*IS_OPEN, Order.status == OrderStatus.AWAITING_SHIPMENT)
