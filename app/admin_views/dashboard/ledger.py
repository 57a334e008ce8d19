"""What adds up to the open amount, each payment and refund, and entering more of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounting.charging import charged_of
from app.actions.late_charges import charge_late_payment, waive_late_charges
from app.actions.payments import enter_payment, enter_refund, take_back_payment
from app.actions.rests import write_off_rest
from app.admin_views.dashboard.buttons import Button, button, more_buttons
from app.admin_views.dashboard.loading import OrderPage
from app.amounts.money import ZERO
from app.extensions import ShownText
from app.models import Order, Payment, PaymentKind
from app.pages.formatting import amount, join_facts

#: The newest; older ones are in History.
MOST_ENTRIES = 10

LEDGER_TITLES = {
    "invoiced": _l("Invoiced"),
    "invoiced_elsewhere": _l("Invoiced elsewhere"),
    "not_yet_invoiced": _l("Not yet invoiced"),
    "credited": _l("Credited"),
    "no_longer_owed": _l("No longer owed"),
    "late": _l("Charged for late payment"),
    "adjusted": _l("Written off"),
    "paid": _l("Paid"),
    "paid_back": _l("Refunded"),
}
PAYMENT_TITLES = {
    PaymentKind.PAYMENT: _l("Payment"),
    PaymentKind.REFUND: _l("Refund"),
    PaymentKind.REVERSAL: _l("Undone"),
    PaymentKind.WRITE_OFF: _l("Written off"),
    PaymentKind.LATE_COSTS: _l("Costs of late payment"),
    PaymentKind.INTEREST: _l("Interest"),
}


@dataclass(frozen=True)
class Entry:
    """A payment, a refund, or the counter row of one."""

    payment: Payment
    kind: ShownText
    is_taken_back: bool
    take_back: Button | None  # None where there is nothing to take back
    more: list[Button]


def ledger(page: OrderPage) -> dict[str, object]:
    order = page.order
    return {
        "rows": rows(order),
        "sum": (_("Open") if order.open_amount >= 0 else _("To refund"), abs(order.open_amount)),
        "is_too_much": order.open_amount < 0,
        "entries": entries(order),
        "hidden": max(0, len(order.payments) - MOST_ENTRIES),
        "enter_payment": button(enter_payment, order),
        "enter_refund": button(enter_refund, order),
        "more": [
            button(one, order)
            for one in (write_off_rest, charge_late_payment, waive_late_charges)
            if not one.why_not(order)
        ],
        "finished": say_ledger(order) if order.payments and not order.open_amount else "",
    }


def say_ledger(order: Order) -> str:
    """ "Paid €60.50 · Open €0.00" """
    moved = [(LEDGER_TITLES["paid"], order.paid), (LEDGER_TITLES["paid_back"], order.refunded)]
    shown = [*((title, value) for title, value in moved if value), (_("Open"), order.open_amount)]
    return join_facts(f"{title} {amount(value, order.currency)}" for title, value in shown)


def rows(order: Order) -> list[tuple[ShownText, Decimal]]:
    """What is 0 is left out."""
    sums = dict(order.ledger.rows)
    sums["late"] = charged_of(order) if order.adjusted else ZERO
    sums["adjusted"] -= sums["late"]
    return [(title, sums[name]) for name, title in LEDGER_TITLES.items() if sums[name]]


def entries(order: Order) -> list[Entry]:
    taken_back = {payment.reverses_id for payment in order.payments}
    return [entry(payment, payment.id in taken_back) for payment in order.payments[-MOST_ENTRIES:]]


def entry(payment: Payment, is_taken_back: bool) -> Entry:
    is_counter_row = payment.reverses_id is not None
    can_be = not is_counter_row and not is_taken_back
    take_back = button(take_back_payment, payment.order, payment) if can_be else None
    title = PAYMENT_TITLES[PaymentKind.REVERSAL if is_counter_row else payment.kind]
    return Entry(payment, title, is_taken_back, take_back, more_buttons(payment.order, payment))
