"""How an order is paid and shipped, and what that costs on top: one cost line per method."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import queries
from app.accounting.states import recompute_status
from app.accounting.totals import set_taxes, sum_up, tax_lines, tax_name
from app.actions.being_fixed import Fixed, why_fixed
from app.actions.declaration import REASON, Input, action
from app.actions.lines import LARGEST_LINE, added, rate_of
from app.actions.vat_of_orders import proposed_rate
from app.amounts.money import ZERO, plain, rounded
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import LineKind, Order, OrderLine, PaymentMethod, ShippingMethod
from app.queries import shop

Method = PaymentMethod | ShippingMethod


class Charge(NamedTuple):
    """What a method costs, and its VAT rate in percent."""

    cost: Decimal
    rate: Decimal


def why_not_change_methods(order: Order) -> str:
    """As long as nothing is invoiced, paid or packed. A packing slip that was withdrawn says nothing of them."""
    return why_fixed(order, METHODS_FIXED)


PACKED = _l("There is a packing slip: payment and shipping are fixed. Use Change the order.")
METHODS_FIXED = {
    Fixed.INVOICED: _l("There is an invoice: payment and shipping are fixed. Use Change the order."),
    Fixed.ELSEWHERE: _l("The order is invoiced elsewhere: payment and shipping are fixed. Copy the order instead."),
    Fixed.PAID: _l("Something has been paid: payment and shipping are fixed. Use Change the order."),
    Fixed.PACKED: PACKED,
}


def payment_methods(order: Order) -> list[tuple[int, str]]:
    return with_none(queries.methods_in_use(PaymentMethod, order.payment_method_id))


def shipping_methods(order: Order) -> list[tuple[int, str]]:
    return with_none(queries.methods_in_use(ShippingMethod, order.shipping_method_id))


def with_none(methods: Sequence[Method]) -> list[tuple[int, str]]:
    return [(0, "–"), *((method.id, method.title) for method in methods)]


def methods_now(order: Order) -> dict[str, object]:
    return {
        "payment_method": order.payment_method_id or 0,
        "payment_cost": cost_now(order, LineKind.PAYMENT),
        "payment_rate": rate_now(order, LineKind.PAYMENT),
        "shipping_method": order.shipping_method_id or 0,
        "shipping_cost": cost_now(order, LineKind.SHIPPING),
        "shipping_rate": rate_now(order, LineKind.SHIPPING),
    }


METHOD_INPUTS = (
    Input("payment_method", _l("Payment method"), kind="select", choices=payment_methods),
    Input("payment_cost", _l("Payment cost"), kind="amount"),
    Input("payment_rate", _l("VAT %"), kind="amount"),
    Input("shipping_method", _l("Shipping method"), kind="select", choices=shipping_methods),
    Input("shipping_cost", _l("Shipping cost"), kind="amount"),
    Input("shipping_rate", _l("VAT %"), kind="amount"),
)


@action(
    title=_l("Payment and shipping"),
    group="orders",
    icon="credit-card",
    done=_l("Payment and shipping saved"),
    why_not=why_not_change_methods,
    inputs=(*METHOD_INPUTS, REASON),
    initial=methods_now,
    right_title=_l("Change payment and shipping methods"),
    dialog="methods",
    edits=True,
    stands="block",
)
def change_methods(
    order: Order,
    *,
    by: Actor,
    payment_method: int | None = None,
    payment_cost: Decimal | None = None,
    payment_rate: Decimal | None = None,
    shipping_method: int | None = None,
    shipping_cost: Decimal | None = None,
    shipping_rate: Decimal | None = None,
    reason: str = "",
) -> Order:
    """Choose the methods and what they cost. Another method brings its own cost and VAT, unless one was entered.

    A method is given by its id, 0 for none; what is None stays as it is.
    """
    before = methods_said(order)
    choose_payment(order, payment_method, payment_cost, payment_rate)
    choose_shipping(order, shipping_method, shipping_cost, shipping_rate)
    after = methods_said(order)
    if after == before:
        return order
    tax_lines(order)
    sum_up(order)
    db.session.flush()
    recompute_status(order)

    changed = {name: [before[name], value] for name, value in after.items() if before[name] != value}
    record(Happened.METHODS_CHANGED, order, by, changes=changed, reason=reason.strip())
    return order


def choose_payment(order: Order, method_id: int | None, cost: Decimal | None, rate: Decimal | None) -> None:
    charge = payment_wanted(order, method_id, cost, rate)
    take_payment_method(order, method_id)
    set_cost(order, LineKind.PAYMENT, *charge, order.payment_method_title)


def payment_wanted(order: Order, method_id: int | None, cost: Decimal | None, rate: Decimal | None) -> Charge:
    is_other = method_id is not None and method_id != (order.payment_method_id or 0)
    return wanted(order, LineKind.PAYMENT, method_of(PaymentMethod, method_id) if is_other else None, cost, rate)


def take_payment_method(order: Order, method_id: int | None) -> None:
    if method_id is not None and method_id != (order.payment_method_id or 0):
        method = method_of(PaymentMethod, method_id)
        order.payment_method, order.payment_method_title = method, method.title if method else ""


def choose_shipping(order: Order, method_id: int | None, cost: Decimal | None, rate: Decimal | None) -> None:
    charge = shipping_wanted(order, method_id, cost, rate)
    take_shipping_method(order, method_id)
    set_cost(order, LineKind.SHIPPING, *charge, order.shipping_method_title)


def shipping_wanted(order: Order, method_id: int | None, cost: Decimal | None, rate: Decimal | None) -> Charge:
    is_other = method_id is not None and method_id != (order.shipping_method_id or 0)
    return wanted(order, LineKind.SHIPPING, method_of(ShippingMethod, method_id) if is_other else None, cost, rate)


def take_shipping_method(order: Order, method_id: int | None) -> None:
    if method_id is not None and method_id != (order.shipping_method_id or 0):
        method = method_of(ShippingMethod, method_id)
        order.shipping_method, order.shipping_method_title = method, method.title if method else ""
        order.is_pick_up = bool(method and method.is_pick_up)


OneOf = TypeVar("OneOf", PaymentMethod, ShippingMethod)


def method_of(kind: type[OneOf], method_id: int | None) -> OneOf | None:
    if not method_id:
        return None
    if (found := db.session.get(kind, method_id)) is None:
        raise ActionRefused(_("This method is gone. Choose another one."))
    return found


def wanted(order: Order, kind: LineKind, other: Method | None, cost: Decimal | None, rate: Decimal | None) -> Charge:
    """Cost and VAT rate as entered; where nothing was entered and the method is another one, that method's own."""
    now = charge_now(order, kind)
    entered = Charge(now.cost if cost is None else cost, now.rate if rate is None else rate)
    if not 0 <= entered.cost < LARGEST_LINE or not 0 <= entered.rate <= 100:
        raise ActionRefused(_("Costs are from 0, VAT is from 0 to 100 percent."))
    if other is None or entered != now:
        return entered
    return Charge(other.cost if order.currency == shop().currency else ZERO, proposed_rate(order, other.vat_rate))


def set_cost(order: Order, kind: LineKind, cost: Decimal, rate: Decimal, title: str) -> None:
    """One line of this kind; none when it costs nothing. What costs the same stays as it was stated."""
    lines = cost_lines(order, kind)
    cost = plain(rounded(cost, order.currency))
    if (cost, rate) == charge_now(order, kind):
        for line in lines[:1]:
            line.name = title or line.name
        return
    kept = lines[0] if lines and cost else None
    for line in lines:
        if line is not kept:
            order.lines.remove(line)
            db.session.delete(line)
    if not cost:
        return
    if kept is None:
        kept = added(order, kind=kind)
    write_cost(kept, cost, rate, title)


def write_cost(line: OrderLine, cost: Decimal, rate: Decimal, title: str) -> None:
    line.name, line.quantity, line.unit_price, line.discount, line.total = title, Decimal(1), cost, ZERO, cost
    set_taxes(line, [(tax_name(line.order), rate, ZERO)])


def cost_lines(order: Order, kind: LineKind) -> list[OrderLine]:
    """Those that are not credited."""
    return [line for line in order.lines if line.kind == kind and line.quantity > (line.credited or ZERO)]


def charge_now(order: Order, kind: LineKind) -> Charge:
    return Charge(cost_now(order, kind), rate_now(order, kind))


def cost_now(order: Order, kind: LineKind) -> Decimal:
    """Without what of it is credited."""
    left = (line.total * (1 - (line.credited or ZERO) / line.quantity) for line in cost_lines(order, kind))
    return plain(rounded(sum(left, ZERO), order.currency))


def rate_now(order: Order, kind: LineKind) -> Decimal:
    """The VAT rate of what the method costs; 0 where it costs nothing or bears several taxes."""
    return next((rate for line in cost_lines(order, kind) if (rate := rate_of(line)) is not None), ZERO)


def methods_said(order: Order) -> dict[str, str]:
    return {
        "payment_method": order.payment_method_title,
        "payment_cost": cost_said(order, LineKind.PAYMENT),
        "shipping_method": order.shipping_method_title,
        "shipping_cost": cost_said(order, LineKind.SHIPPING),
    }


def cost_said(order: Order, kind: LineKind) -> str:
    """ "6.05 (21 %)" """
    cost = cost_now(order, kind)
    return f"{plain(cost)} ({rate_now(order, kind)} %)" if cost else ""
