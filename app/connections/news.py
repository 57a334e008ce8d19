"""What a row tells a shop: as the order is when it goes, not as it was when the row was written."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.amounts.money import plain
from app.connections.writer import News, ParcelNews, RefundNews
from app.extensions import db
from app.mails.texts import language_for
from app.models import Order, OrderStatus, Shipment, ShipmentStatus, ShopWrite, ShopWriteKind, ShopWriteState, Telling
from app.queries import shop

#: So far may the shop's clock be behind ours.
CLOCKS_MAY_DIFFER = timedelta(minutes=15)

#: Rows that something there belongs to.
KNOWN_THERE = (ShopWriteState.TOLD, ShopWriteState.OUTDATED, ShopWriteState.LEFT)


def news_of(write: ShopWrite) -> News:
    order = write.order
    return News(
        kind=write.kind,
        external_id=order.external_id,
        number=order.external_number,
        language=language_for(order.language, shop().language),
        mails_customer=write.mailed_there,
        completes=completes(write),
        is_all_sent=is_all_told_sent(write),
        key=f"{write.connection.key}/{write.id}/{write.created_at.isoformat()}",
        written_at=write.created_at - CLOCKS_MAY_DIFFER,
        known_ids=known_ids(write),
        parcel=parcel_news(write, write.shipment) if write.shipment else None,
        refund=refund_news(write),
        note=write.text,
    )


def completes(write: ShopWrite) -> bool:
    """Whether the shop is to set the order completed with this: all is paid and gone, and no parcel is still to be
    told.

    Completing it there says that it is paid, so one that is not paid here stays open.
    """
    if write.kind not in (ShopWriteKind.SENT, ShopWriteKind.PAID) or write.order.status != OrderStatus.COMPLETED:
        return False
    if write.kind == ShopWriteKind.PAID and write.connection.tell_sent != Telling.ON:
        return False
    return any(one.sent_at for one in write.order.shipments) and not is_more_told_later(write)


def is_all_told_sent(write: ShopWrite) -> bool:
    """Whether nothing of the order is left to send, and no parcel of it still to be told."""
    return write.order.shipment_status == ShipmentStatus.SHIPPED and not is_more_told_later(write)


def is_more_told_later(write: ShopWrite) -> bool:
    later = select(ShopWrite.id).where(
        ShopWrite.order_id == write.order_id,
        ShopWrite.kind == ShopWriteKind.SENT,
        ShopWrite.state == ShopWriteState.WAITING,
        ShopWrite.id > write.id,
    )
    return bool(db.session.scalar(select(later.exists())))


def known_ids(write: ShopWrite) -> frozenset[str]:
    """What rows about something else became there; and of refunds, those that its shop told of."""
    others = select(ShopWrite.external_id).where(
        ShopWrite.order_id == write.order_id,
        ShopWrite.kind == write.kind,
        ShopWrite.id != write.id,
        ShopWrite.shipment_id.is_distinct_from(write.shipment_id) | (ShopWrite.shipment_id.is_(None)),
        ShopWrite.state.in_(KNOWN_THERE),
        ShopWrite.external_id != "",
    )
    return frozenset(db.session.scalars(others)) | told_refunds(write)


def told_refunds(write: ShopWrite) -> frozenset[str]:
    """The ids there of the refunds that came from the shop, or were matched with others than this one."""
    if write.kind != ShopWriteKind.REFUNDED:
        return frozenset()
    matched = (write.order.stated or {}).get("matched", {})
    told = [one.external_id for one in write.order.payments if one.external_id]
    for payment_id, said in matched.items():
        if payment_id != str(write.payment_id):
            told += list(said) if isinstance(said, dict) else [said]
    return frozenset(one.removeprefix("refund-").partition("~")[0] for one in told if one.startswith("refund-"))


def parcel_news(write: ShopWrite, shipment: Shipment) -> ParcelNews:
    order = write.order
    by_id = {line.id: line for line in order.lines}
    lines = [(by_id[one.order_line_id], one.quantity - one.lost) for one in shipment.lines]
    return ParcelNews(
        code=shipment.tracking_code,
        carrier=carrier_of(order),
        url=shipment.tracking_url,
        sent_at=shipment.sent_at or write.created_at,
        lines={line.external_id: many for line, many in lines if line.external_id and many},
        goods=[f"{plain(many)} × {line.name}" for line, many in lines if many],
        replaced_id=replaced_id(write),
        external_id=shipment.external_id or "",
    )


def carrier_of(order: Order) -> str:
    method = order.shipping_method
    return (method.carrier or method.title) if method else order.shipping_method_title


def replaced_id(write: ShopWrite) -> str:
    """By which the shop was told another code of the same parcel, and of no other one."""
    told = select(ShopWrite.shipment_id, ShopWrite.external_id).where(
        ShopWrite.order_id == write.order_id, ShopWrite.shipment_id.is_not(None), ShopWrite.external_id != ""
    )
    rows = db.session.execute(told.where(ShopWrite.id != write.id).order_by(ShopWrite.id)).all()
    own = [external_id for shipment_id, external_id in rows if shipment_id == write.shipment_id]
    others = {external_id for shipment_id, external_id in rows if shipment_id != write.shipment_id}
    return own[-1] if own and own[-1] not in others else ""


def refund_news(write: ShopWrite) -> RefundNews | None:
    if write.payment is None:
        return None
    return RefundNews(
        abs(write.payment.amount), write.payment.reason, write.connection.refunds_there, in_all=write.order.refunded
    )
