"""What was done here and is never told to a shop: before it was told of that kind, or while it was not."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select

from app.extensions import db
from app.models import (
    Connection,
    Order,
    Payment,
    PaymentKind,
    PaymentStatus,
    Shipment,
    ShopWrite,
    ShopWriteKind,
)
from app.queries.counting import count_capped


@dataclass(frozen=True)
class Untold:
    """So much of each was done by people here, and its shop did not tell of it."""

    parcels: int
    payments: int
    refunds: int
    cancelled: int


def untold_by(connection: Connection) -> Untold:
    """Of each kind, what has no row that tells it: whenever its kind was switched on. One statement."""
    is_theirs = Order.outside_shop_id == connection.outside_shop_id
    parcels = select(Shipment.id).join(Order, Shipment.order_id == Order.id)
    parcels = parcels.where(is_theirs, Shipment.external_id.is_(None), Shipment.sent_at.is_not(None))
    parcels = parcels.where(~has_row(ShopWriteKind.SENT, ShopWrite.shipment_id == Shipment.id))
    is_paid = Order.payment_status != PaymentStatus.PARTIALLY_PAID  # what is paid in part is told with the rest
    payments = payments_of(PaymentKind.PAYMENT).where(is_theirs, is_paid, ~has_row(ShopWriteKind.PAID))
    is_told = has_row(ShopWriteKind.REFUNDED, ShopWrite.payment_id == Payment.id)
    refunds = payments_of(PaymentKind.REFUND).where(is_theirs, ~is_told)
    is_told_there = func.coalesce(Order.stated["cancelled_at"].as_string(), "") != ""
    cancelled = select(Order.id).where(is_theirs, Order.cancelled_at.is_not(None), ~is_told_there)
    cancelled = cancelled.where(~has_row(ShopWriteKind.CANCELLED))
    counts = [count_capped(one) for one in (parcels, payments, refunds, cancelled)]
    return Untold(*(int(count) for count in db.session.execute(select(*counts)).one()))


def has_row(kind: ShopWriteKind, *about: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(ShopWrite.id).where(ShopWrite.order_id == Order.id, ShopWrite.kind == kind, *about).exists()


def payments_of(kind: PaymentKind) -> Select[int]:
    """Payments entered by people, and not taken back."""
    taken_back = select(Payment.reverses_id).where(Payment.reverses_id.is_not(None))
    query = select(Payment.id).join(Order, Payment.order_id == Order.id).where(Payment.kind == kind)
    return query.where(Payment.external_id.is_(None), Payment.id.not_in(taken_back))
