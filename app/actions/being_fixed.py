"""What of an order is no longer edited as in a draft, because something was built on it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from flask_babel import gettext as _

from app.extensions import ShownText
from app.models import Order


class Fixed(StrEnum):
    """What was built on how the order is."""

    INVOICED = "invoiced"
    ELSEWHERE = "invoiced elsewhere"
    PAID = "paid"
    PACKED = "packed"
    WAS_PACKED = "was packed"


def what_fixes(order: Order) -> Fixed | None:
    """Why products, prices, methods and their costs are not edited as in a draft any more: the first reason."""
    reasons = {
        Fixed.INVOICED: order.invoices,
        Fixed.ELSEWHERE: order.is_invoiced_elsewhere,
        Fixed.PAID: order.paid or order.refunded or order.adjusted,
        Fixed.PACKED: any(slip.withdrawn_at is None for slip in order.shipments),
        Fixed.WAS_PACKED: order.shipments,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def why_fixed(order: Order, sentences: Mapping[Fixed, ShownText]) -> str:
    """The sentence for what fixes it; "" where there is none for that."""
    if order.cancelled_at:
        return why_ended(order)
    fixed = what_fixes(order)
    return str(sentences.get(fixed, "")) if fixed else ""


def why_ended(order: Order) -> str:
    return _("The draft is discarded. Reopen it first.") if order.is_draft else _("This order is cancelled.")
