"""The methods that a draft begins with: those of its customer’s last order, or the only one that the shop offers."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select

from app import queries
from app.accounting.states import recompute_status
from app.accounting.totals import sum_up, tax_lines
from app.actions.order_methods import choose_payment, choose_shipping
from app.extensions import db
from app.models import Customer, Order, PaymentMethod, ShippingMethod

Offered = TypeVar("Offered", PaymentMethod, ShippingMethod)


def take_usual_methods(draft: Order, customer: Customer) -> None:
    """Where the draft has none yet, with their own cost. A method that is paid in a web shop is none of a draft."""
    last = last_order(customer)
    payments = [one for one in queries.methods_in_use(PaymentMethod, None) if not one.confirms_itself]
    payment = usual(payments, last.payment_method_id if last else None)
    shipping = usual(queries.methods_in_use(ShippingMethod, None), last.shipping_method_id if last else None)
    if payment and not draft.payment_method_title:
        choose_payment(draft, payment.id, None, None)
    if shipping and not draft.shipping_method_title:
        choose_shipping(draft, shipping.id, None, None)
    tax_lines(draft)
    sum_up(draft)
    db.session.flush()
    recompute_status(draft)


def last_order(customer: Customer) -> Order | None:
    query = select(Order).where(Order.customer_id == customer.id, Order.is_draft.is_(False))
    return db.session.scalar(query.order_by(Order.placed_at.desc(), Order.id.desc()).limit(1))


def usual(offered: list[Offered], last_id: int | None) -> Offered | None:
    """As last time, where that is still offered; else the one there is to choose from."""
    found = next((one for one in offered if one.id == last_id), None)
    return found or (offered[0] if len(offered) == 1 else None)
