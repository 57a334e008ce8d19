"""Payment and shipping of an order that is changed after something was built on it: the methods, and their costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _

from app.actions.lines import added
from app.actions.order_methods import (
    Charge,
    charge_now,
    payment_wanted,
    set_cost,
    shipping_wanted,
    take_payment_method,
    take_shipping_method,
    write_cost,
)
from app.amounts.allocation import Part
from app.amounts.money import plain, rounded
from app.errors import ActionRefused
from app.extensions import db
from app.models import LineKind, Order, OrderLine, ShippingMethod


@dataclass(frozen=True)
class Methods:
    """As `change_methods` takes them: what is None stays as it is."""

    payment_method: int | None = None
    payment_cost: Decimal | None = None
    payment_rate: Decimal | None = None
    shipping_method: int | None = None
    shipping_cost: Decimal | None = None
    shipping_rate: Decimal | None = None

    def are_others(self, order: Order) -> bool:
        payment, shipping = order.payment_method_id or 0, order.shipping_method_id or 0
        return self.payment_method not in (None, payment) or self.shipping_method not in (None, shipping)


def charges_wanted(order: Order, methods: Methods) -> dict[LineKind, Charge]:
    """What is to be charged where that is not what stands. Refuses what can't be."""
    refuse_other_way(order, methods.shipping_method)
    found = {
        LineKind.PAYMENT: payment_wanted(order, methods.payment_method, methods.payment_cost, methods.payment_rate),
        LineKind.SHIPPING: shipping_wanted(
            order, methods.shipping_method, methods.shipping_cost, methods.shipping_rate
        ),
    }
    exact = {kind: Charge(plain(rounded(one.cost, order.currency)), one.rate) for kind, one in found.items()}
    return {kind: charge for kind, charge in exact.items() if charge != charge_now(order, kind)}


def refuse_other_way(order: Order, method_id: int | None) -> None:
    """What went one way, or is ready to be picked up, does not go the other."""
    method = db.session.get(ShippingMethod, method_id) if method_id else None
    is_other = method_id is not None and bool(method and method.is_pick_up) != order.is_pick_up
    if is_other and (order.ready_at or any(slip.sent_at for slip in order.shipments)):
        raise ActionRefused(
            _("Shipping method: something was sent, or is ready for pick-up. Choose one that goes the same way.")
        )


def take_methods(order: Order, methods: Methods) -> None:
    take_payment_method(order, methods.payment_method)
    take_shipping_method(order, methods.shipping_method)


def charge(order: Order, charges: Mapping[LineKind, Charge], billed: Mapping[int | None, Part]) -> list[OrderLine]:
    """One line for each that costs something. Lines that stand on a document stay; answers them, to be cut down."""
    on_documents = []
    for kind, (cost, rate) in charges.items():
        title = order.payment_method_title if kind == LineKind.PAYMENT else order.shipping_method_title
        lines = [line for line in order.lines if line.kind == kind]
        if not any(line.id in billed or line.invoiced for line in lines):
            set_cost(order, kind, cost, rate, title)
            continue
        on_documents += lines
        if cost:
            write_cost(added(order, kind=kind), cost, rate, title)
    return on_documents
