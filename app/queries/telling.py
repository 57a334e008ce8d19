"""What was done here before a shop was told of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select

from app.columns import now
from app.extensions import db
from app.models import Connection, Order, Payment, PaymentKind, Shipment
from app.queries.counting import count_capped


@dataclass(frozen=True)
class Untold:
    """So much of each was done by people here, and its shop did not tell of it."""

    parcels: int
    payments: int
    refunds: int
    cancelled: int


def untold_before(connection: Connection) -> Untold:
    """Before the shop was told of anything; until now, while it is not. One statement."""
    until = connection.told_since or now()
    is_theirs = Order.outside_shop_id == connection.outside_shop_id
    parcels = select(Shipment.id).join(Order, Shipment.order_id == Order.id)
    parcels = parcels.where(is_theirs, Shipment.external_id.is_(None), Shipment.sent_at < until)
    is_told_there = func.coalesce(Order.stated["cancelled_at"].as_string(), "") != ""
    cancelled = select(Order.id).where(is_theirs, Order.cancelled_at < until, ~is_told_there)
    kinds = [
        payments_of(is_theirs & (Payment.paid_at < until), kind) for kind in (PaymentKind.PAYMENT, PaymentKind.REFUND)
    ]
    counts = [count_capped(one) for one in (parcels, *kinds, cancelled)]
    return Untold(*(int(count) for count in db.session.execute(select(*counts)).one()))


def payments_of(where: ColumnElement[bool], kind: PaymentKind) -> Select[int]:
    """Entered by people, and not taken back."""
    taken_back = select(Payment.reverses_id).where(Payment.reverses_id.is_not(None))
    query = select(Payment.id).join(Order, Payment.order_id == Order.id).where(where, Payment.kind == kind)
    return query.where(Payment.external_id.is_(None), Payment.id.not_in(taken_back))
