"""Writing off a small rest of an order: what came in is a few cents less, or more, than what is owed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import queries
from app.accounting.owed import say_amount, why_nothing_open
from app.accounting.settling import is_taken_back, settle
from app.actions.declaration import NOTIFY, REASON, action
from app.actions.invoices import issue_when_paid, unsent_invoice
from app.actions.payments import last_payment, mail_paid, told_of_payment
from app.amounts.money import ZERO
from app.columns import now
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Order, Payment, PaymentKind


def is_small_rest(amount: Decimal) -> bool:
    """Whether the shop writes off so much; what is below 0 came in too much."""
    return 0 < abs(amount) <= queries.shop().write_off_limit


def can_be_written_off(order: Order) -> bool:
    return not why_not_write_off(order)


def why_not_write_off(order: Order) -> str:
    """A rest is what is left of more: of an order that nothing came for, all is still to come."""
    if order.is_draft:
        return _("Nothing is due on a draft. Place the order first.")
    if order.cancelled_at and not order.open_amount:
        return _("This order is cancelled.")
    if not order.open_amount:
        return why_nothing_open(order)
    if order.ledger.kept <= 0:
        return _("Nothing came in that leaves a rest.")
    if not queries.shop().write_off_limit:
        return _("This shop writes off no rests: Settings > Administration says up to which amount.")
    if not is_small_rest(order.open_amount):
        most = say_amount(order, queries.shop().write_off_limit)
        return _("Rests of at most %(most)s are written off.", most=most)
    return ""


@action(
    title=_l("Write off the rest"),
    group="payments",
    icon="receipt",
    done=_l("Rest written off"),
    bulk=True,
    mail="order_paid",
    told=told_of_payment,
    why_not=why_not_write_off,
    undo="take_back_payment",
    undo_on=last_payment,
    stands="block",
    inputs=(replace(NOTIFY, title=_l("Tell the customer once nothing is open any more")), REASON),
)
def write_off_rest(order: Order, *, by: Actor, notify: bool = False, reason: str = "") -> Payment:
    """Owe the rest no more: what is missing is not asked for, what is too much is not paid back. No money moves."""
    was_open = order.open_amount > 0
    rest = Payment(
        order=order,
        kind=PaymentKind.WRITE_OFF,
        amount=order.open_amount,
        reason=reason.strip(),
        entered_by=by.name,
        paid_at=now(),
    )
    db.session.add(rest)
    db.session.flush()
    settle(order)

    record(Happened.WRITTEN_OFF, order, by, amount=abs(rest.amount), reason=rest.reason)
    issued = issue_when_paid(order, by=by) or unsent_invoice(order)
    if notify and was_open:
        mail_paid(rest, issued, by=by)
    return rest


def rests_since(payment: Payment) -> list[Payment]:
    """What of its order was written off after this payment came in, and still is."""
    return [
        one
        for one in payment.order.payments
        if one.kind == PaymentKind.WRITE_OFF and one.reverses_id is None and one.id > payment.id
        if not is_taken_back(one)
    ]


def claims_rest(open_amount: Decimal, amount: Decimal) -> Decimal:
    """What is left of an order once so much of it comes in, where that may be written off; else 0."""
    rest = open_amount - amount
    return rest if amount > 0 and open_amount > 0 and is_small_rest(rest) else ZERO
