"""Finding the payment or shipping method that an order names, or making one that staff can complete."""

from __future__ import annotations

import re

from sqlalchemy import func, select

from app.extensions import db, remember
from app.models import PaymentMethod, ShippingMethod

#: Methods by which the provider confirms the payment at once; staff can change the flag on the method.
CONFIRMING = re.compile(
    r"ideal|bancontact|card|visa|mastercard|amex|maestro|paypal|apple ?pay|google ?pay|shop ?pay|shopify[ _]payments"
    r"|klarna|sofort|giropay|stripe|mollie|adyen|blik|przelewy|wero|payconiq|swish|twint",
    re.IGNORECASE,
)


def payment_method_called(title: str) -> PaymentMethod | None:
    """The method of this title; a new one when the shop has none. None for no title."""
    title = title.strip()[:120]
    if not title:
        return None
    same = select(PaymentMethod).where(func.lower(PaymentMethod.title) == title.lower())
    found = remember(("payment method", title.lower()), lambda: db.session.scalar(same))
    if found is None:
        found = PaymentMethod(title=title, confirms_itself=bool(CONFIRMING.search(title)))
        db.session.add(found)
    return found


def shipping_method_called(title: str, *, is_pick_up: bool = False) -> ShippingMethod | None:
    """The method of this title; a new one when the shop has none. None for no title."""
    title = title.strip()[:120]
    if not title:
        return None
    same = select(ShippingMethod).where(func.lower(ShippingMethod.title) == title.lower())
    found = remember(("shipping method", title.lower()), lambda: db.session.scalar(same))
    if found is None:
        found = ShippingMethod(title=title, is_pick_up=is_pick_up)
        db.session.add(found)
    return found
