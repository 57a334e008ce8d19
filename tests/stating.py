"""What an outside shop states of one order, minute by minute, and being told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app.extensions import db
from app.history import Actor
from app.intake.external_updates import update_order
from app.intake_readers.new_order import NewLine, NewOrder
from app.models import Order
from tests.factories import PLACED_AT, new_order
from tests.whole.invariants import broken

SHOP = Actor("program", "Mugs")


def at(minutes: int) -> NewOrder:
    """How a shop states an order so many minutes after it was placed."""
    return new_order(external_id="7", number="7", updated_at=PLACED_AT + timedelta(minutes=minutes))


def stated(minutes: int, *lines: NewLine, **facts: Any) -> NewOrder:
    """The same of these lines, with their sums."""
    total = sum((one.total for one in lines), Decimal(0))
    tax = sum((tax.amount for one in lines for tax in one.taxes), Decimal(0))
    return replace(at(minutes), lines=list(lines), total=total, tax_total=tax, **facts)


def told(order: Order, new: NewOrder) -> list[str]:
    """What that changed of the order, whose books still close."""
    changed = update_order(order, new, by=SHOP)
    db.session.flush()
    db.session.expire_all()
    assert broken([order]) == []
    return changed
