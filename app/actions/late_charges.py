"""Charging for late payment, by the law of the country, and waiving that again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import queries
from app.accounting.charging import chargeable, charged_of, overdue_of, rule_of, standing_charges
from app.accounting.closed_books import write_day
from app.accounting.late_payment import CURRENCY, LateCharges
from app.accounting.owed import say_amount, why_nothing_open
from app.accounting.settling import settle, take_back
from app.actions.declaration import REASON, action
from app.amounts.money import ZERO
from app.columns import now
from app.extensions import db
from app.history import Actor, Happened, parts_of_sum, record
from app.models import Order, Payment, PaymentKind


def look(order: Order) -> tuple[LateCharges | None, str]:
    """What may be charged today, or why nothing may be."""
    if order.is_draft:
        return None, _("Nothing is due on a draft. Place the order first.")
    if order.cancelled_at:
        return None, _("This order is cancelled.")
    if order.is_invoiced_elsewhere:
        return None, _("The order is invoiced elsewhere: who invoices it charges for late payment.")
    if order.open_amount <= charged_of(order):
        return None, _("Only what was charged is open.") if order.open_amount > 0 else why_nothing_open(order)
    if order.currency != CURRENCY:
        return None, _("Only orders in euro are charged for late payment.")
    today = queries.today()
    overdue = overdue_of(order, today)
    if overdue is None:
        return None, _("No invoice of this order is overdue.")
    rule = rule_of(order)
    if rule is None:
        return None, _("For customers of this country no law is known here by which something may be charged.")
    if rule.by_terms and not queries.shop().late_terms:
        return None, _("Only where your terms say so (%(law)s): Settings > Payment reminders.", law=rule.law)
    found = chargeable(order, rule, overdue, today)
    if found.from_day:
        return None, _("Not before %(day)s: the law gives the customer until then.", day=write_day(found.from_day))
    if found.charges is None:
        return None, _("Send a payment reminder first: it charges nothing.")
    if not found.charges.total:
        return None, _("All that may be charged until today is charged.")
    return found.charges, ""


def why_not_charge(order: Order) -> str:
    return look(order)[1]


@action(
    title=_l("Charge for late payment"),
    group="payments",
    icon="receipt",
    done=_l("Charged for late payment"),
    bulk=True,
    why_not=why_not_charge,
    undo="waive_late_charges",
    stands="block",
    final=True,
)
def charge_late_payment(order: Order, *, by: Actor) -> list[Payment]:
    """Charge the costs and the interest until today that the law lets, beside the invoice, which stays as it is."""
    charges, _why = look(order)
    assert charges is not None
    parts = {PaymentKind.LATE_COSTS: charges.costs, PaymentKind.INTEREST: charges.interest}
    days = f"{charges.since.isoformat()} - {(charges.until - timedelta(days=1)).isoformat()}"
    rows = [
        Payment(
            order=order,
            kind=kind,
            amount=-amount,
            reference=charges.law if kind == PaymentKind.LATE_COSTS else f"{charges.law} · {days}",
            entered_by=by.name,
            paid_at=now(),
        )
        for kind, amount in parts.items()
        if amount
    ]
    db.session.add_all(rows)
    db.session.flush()
    settle(order)

    amounts = [-row.amount for row in rows]
    record(Happened.LATE_CHARGED, order, by, amount=charges.total, parts=parts_of_sum(amounts), law=charges.law)
    return rows


def why_not_waive(order: Order) -> str:
    return "" if standing_charges(order) else _("Nothing is charged for late payment.")


@action(
    title=_l("Waive late charges"),
    group="payments",
    icon="x",
    done=_l("Late charges waived"),
    bulk=True,
    why_not=why_not_waive,
    inputs=(REASON,),
    undo="charge_late_payment",
    is_undo=True,
    stands="block",
)
def waive_late_charges(order: Order, *, by: Actor, reason: str = "") -> list[Payment]:
    """Ask for the costs and interest no more. Once waived, they are never charged again by itself."""
    charges = standing_charges(order)
    total = sum((-one.amount for one in charges), ZERO)
    rows = take_back(charges, by)
    settle(order)

    record(Happened.LATE_WAIVED, order, by, amount=total, reason=reason.strip())
    return rows


def say_charges(order: Order) -> str:
    """What is charged, before it is: "Costs €40.00, interest €1.23 (6:96 BW)."."""
    charges, why = look(order)
    if charges is None:
        return why
    said = {_("costs"): charges.costs, _("interest"): charges.interest}
    parts = [f"{title} {say_amount(order, amount)}" for title, amount in said.items() if amount > Decimal(0)]
    said_so = _("%(parts)s are charged, by %(law)s.", parts=", ".join(parts), law=charges.law)
    return said_so[:1].upper() + said_so[1:]
