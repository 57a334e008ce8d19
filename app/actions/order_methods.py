"""How an order is paid and shipped, and what that costs on top: one cost line per method."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import queries
from app.accounting.states import recompute_status
from app.accounting.totals import set_taxes, sum_up, tax_lines, tax_name
from app.actions.declaration import REASON, Input, action
from app.actions.lines import LARGEST_LINE, added, rate_of, why_not_edit_lines
from app.amounts.money import ZERO, plain, rounded
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import LineKind, Order, OrderLine, PaymentMethod, ShippingMethod
from app.queries import shop

Method = PaymentMethod | ShippingMethod


def why_not_change_methods(order: Order) -> str:
    """As long as nothing is invoiced, paid or packed, as with products and prices."""
    reason = why_not_edit_lines(order)
    if not reason or order.cancelled_at:
        return reason
    if order.invoices:
        return _("There is an invoice: payment and shipping are fixed. Copy the order, or create a credit note.")
    if order.is_invoiced_elsewhere:
        return _("The order is invoiced elsewhere: payment and shipping are fixed. Copy the order instead.")
    if order.paid or order.refunded:
        return _("Something has been paid: payment and shipping are fixed. Undo the payment first.")
    return _("There is a packing slip: payment and shipping are fixed.") if order.shipments else reason


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


@action(
    title=_l("Payment and shipping"),
    group="orders",
    icon="credit-card",
    done=_l("Payment and shipping saved"),
    why_not=why_not_change_methods,
    inputs=(
        Input("payment_method", _l("Payment method"), kind="select", choices=payment_methods),
        Input("payment_cost", _l("Payment cost"), kind="amount"),
        Input("payment_rate", _l("VAT %"), kind="amount"),
        Input("shipping_method", _l("Shipping method"), kind="select", choices=shipping_methods),
        Input("shipping_cost", _l("Shipping cost"), kind="amount"),
        Input("shipping_rate", _l("VAT %"), kind="amount"),
        REASON,
    ),
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
    is_other = method_id is not None and method_id != (order.payment_method_id or 0)
    method = method_of(PaymentMethod, method_id)
    cost, rate = wanted(order, LineKind.PAYMENT, method if is_other else None, cost, rate)
    if is_other:
        order.payment_method, order.payment_method_title = method, method.title if method else ""
    set_cost(order, LineKind.PAYMENT, cost, rate, order.payment_method_title)


def choose_shipping(order: Order, method_id: int | None, cost: Decimal | None, rate: Decimal | None) -> None:
    is_other = method_id is not None and method_id != (order.shipping_method_id or 0)
    method = method_of(ShippingMethod, method_id)
    cost, rate = wanted(order, LineKind.SHIPPING, method if is_other else None, cost, rate)
    if is_other:
        order.shipping_method, order.shipping_method_title = method, method.title if method else ""
        order.is_pick_up = bool(method and method.is_pick_up)
    set_cost(order, LineKind.SHIPPING, cost, rate, order.shipping_method_title)


OneOf = TypeVar("OneOf", PaymentMethod, ShippingMethod)


def method_of(kind: type[OneOf], method_id: int | None) -> OneOf | None:
    if not method_id:
        return None
    if (found := db.session.get(kind, method_id)) is None:
        raise ActionRefused(_("This method is gone. Choose another one."))
    return found


def wanted(
    order: Order, kind: LineKind, other: Method | None, cost: Decimal | None, rate: Decimal | None
) -> tuple[Decimal, Decimal]:
    """Cost and VAT rate as entered; where nothing was entered and the method is another one, that method's own."""
    now = cost_now(order, kind), rate_now(order, kind)
    entered = now[0] if cost is None else cost, now[1] if rate is None else rate
    if not 0 <= entered[0] < LARGEST_LINE or not 0 <= entered[1] <= 100:
        raise ActionRefused(_("Costs are from 0, VAT is from 0 to 100 percent."))
    if other is None or entered != now:
        return entered
    return (other.cost if order.currency == shop().currency else ZERO), other.vat_rate


def set_cost(order: Order, kind: LineKind, cost: Decimal, rate: Decimal, title: str) -> None:
    """One line of this kind; none when it costs nothing. What costs the same stays as it was stated."""
    lines = cost_lines(order, kind)
    cost = plain(rounded(cost, order.currency))
    if (cost, rate) == (cost_now(order, kind), rate_now(order, kind)):
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
    kept.name, kept.quantity, kept.unit_price, kept.discount, kept.total = title, Decimal(1), cost, ZERO, cost
    set_taxes(kept, [(tax_name(order), rate, ZERO)])


def cost_lines(order: Order, kind: LineKind) -> list[OrderLine]:
    return [line for line in order.lines if line.kind == kind]


def cost_now(order: Order, kind: LineKind) -> Decimal:
    return sum((line.total for line in cost_lines(order, kind)), ZERO)


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
