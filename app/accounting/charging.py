"""What of an order may be charged for late payment today, what was charged, and what a reminder says beforehand."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from app import queries
from app.accounting.closed_books import day_in_shop
from app.accounting.crediting import left_to_pay
from app.accounting.late_payment import (
    CURRENCY,
    LateCharges,
    Owed,
    Rule,
    first_day,
    late_charges,
    rates_with,
    rule_for,
)
from app.amounts.money import ZERO, format_amount
from app.config import locale_of
from app.extensions import db
from app.models import LATE, REMINDERS, MailState, Order, OutgoingMail, Payment, PaymentKind


def charged_of(order: Order, *kinds: PaymentKind) -> Decimal:
    """What stands as charged; what was waived does not."""
    return -sum((one.amount for one in order.payments if one.kind in (kinds or LATE)), ZERO)


def standing_charges(order: Order) -> list[Payment]:
    waived = {one.reverses_id for one in order.payments}
    return [one for one in order.payments if one.kind in LATE and one.reverses_id is None and one.id not in waived]


def was_waived(order: Order) -> bool:
    return any(one.kind in LATE and one.reverses_id is not None for one in order.payments)


def rule_of(order: Order) -> Rule | None:
    """The law of the customer's country for a consumer, that of the shop's for a business."""
    buyer = order.billing.country if order.billing else order.country
    return rule_for(
        is_business=bool(order.company or order.vat_id),
        shop_country=queries.shop().country,
        buyer_country=buyer or order.country,
    )


# --- what is overdue -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Overdue:
    """The open invoices that fell due, as one: the last of their days, and what of them was owed from each day on."""

    due_on: date
    owed: list[Owed]


def overdue_of(order: Order, today: date) -> Overdue | None:
    """None while nothing is. What was credited, or paid back for nothing, counts as if it had never been owed."""
    due = [one for one in order.open_invoices if one.due_on and one.due_on < today and left_to_pay(one) > 0]
    claimed = sum((left_to_pay(one) for one in due), ZERO)
    left = min(claimed - order.ledger.kept, order.open_amount - charged_of(order))
    if not due or left <= 0:
        return None
    by_day: dict[date, Decimal] = defaultdict(Decimal)
    for payment in order.payments:
        if payment.is_money:
            by_day[day_in_shop(payment.paid_at)] += payment.amount
    owed = [Owed(date.min, left)]
    for day in sorted(by_day, reverse=True):
        owed = [replace(owed[0], since=day), *owed[1:]]
        owed.insert(0, Owed(date.min, max(owed[0].amount + by_day[day], ZERO)))
    return Overdue(max(one.due_on for one in due if one.due_on), owed)


# --- what may be charged -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chargeable:
    """What may be charged today besides what stands, or from which day on something may be."""

    charges: LateCharges | None
    from_day: date | None = None


def chargeable(order: Order, rule: Rule, overdue: Overdue, today: date) -> Chargeable:
    """Nothing before a reminder has gone that charged nothing, and that named the costs where the law wants it."""
    own = queries.shop()
    told = told_on(order, rule, overdue)
    if told is None:
        return Chargeable(None)
    from_day = max(first_day(rule, told), first_day(rule, overdue.due_on) if rule.waits else told)
    if today < from_day:
        return Chargeable(None, from_day)
    rates = rates_with(own.reference_rates)
    whole = late_charges(rule, rates, overdue.owed, due_on=overdue.due_on, reminded_on=told, today=today)
    rest = replace(
        whole,
        costs=max(whole.costs - charged_of(order, PaymentKind.LATE_COSTS), ZERO),
        interest=max(whole.interest - charged_of(order, PaymentKind.INTEREST), ZERO),
    )
    return Chargeable(rest)


def told_on(order: Order, rule: Rule, overdue: Overdue) -> date | None:
    """The day on which the first reminder went after it fell due; where the law wants it, one that named the costs."""
    if not order.reminders:
        return None
    query = select(OutgoingMail.sent_at, OutgoingMail.language, OutgoingMail.body)
    query = query.where(
        OutgoingMail.order_id == order.id, OutgoingMail.kind.in_(REMINDERS), OutgoingMail.state == MailState.SENT
    )
    for sent_at, language, body in db.session.execute(query.order_by(OutgoingMail.sent_at)):
        day = day_in_shop(sent_at) if sent_at else None
        if day is None or day <= overdue.due_on:
            continue
        if not rule.waits or say_costs(rule, overdue, day, language) in body.replace("\N{NO-BREAK SPACE}", " "):
            return day
    return None


def say_costs(rule: Rule, overdue: Overdue, day: date, language: str) -> str:
    amount = next((one.amount for one in reversed(overdue.owed) if one.since <= day), ZERO)
    said = format_amount(rule.costs(amount), CURRENCY, locale_of(language))
    return said.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def costs_to_come(order: Order) -> tuple[Rule, Decimal] | None:
    """What a reminder of today has to say beforehand: which costs follow, where the law wants them named."""
    rule, today = rule_of(order), queries.today()
    if rule is None or not rule.waits or order.currency != CURRENCY or charged_of(order):
        return None
    if (rule.by_terms and not queries.shop().late_terms) or order.is_invoiced_elsewhere:
        return None
    overdue = overdue_of(order, today)
    return (rule, rule.costs(overdue.owed[-1].amount)) if overdue else None
