"""Questions that are asked in more than one place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.columns import now
from app.extensions import db
from app.models import Customer, History, Order, OrderStatus, Role, Shop, Staff


def shop() -> Shop:
    """The shop's own settings; one statement a session, for the session holds on to it."""
    session = db.session()
    found: Shop | None = session.info.get("shop")
    if found is None or found not in session:
        found = session.info["shop"] = session.get(Shop, 1)
    if found is None:
        raise LookupError("the database has no shop yet: run `make run`, or `flask --app wsgi toonbank init`")
    return found


def order_numbered(number: str) -> Order | None:
    return db.session.scalars(select(Order).where(Order.number == number)).one_or_none()


def order_from(source: str, external_id: str) -> Order | None:
    """The order that came from this source under this id."""
    query = select(Order).where(Order.source == source, Order.external_id == external_id)
    return db.session.scalars(query.with_for_update()).one_or_none()


def locked_order(number: str) -> Order | None:
    """The order as it is now, locked until the transaction ends: nobody else decides on it meanwhile."""
    query = select(Order).where(Order.number == number).with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


def document_languages(shop: Shop) -> list[str]:
    """The languages offered for documents and mails, the shop's own first."""
    return list(dict.fromkeys([shop.language, *shop.languages]))


def first_owner() -> Staff | None:
    """The owner who has been here longest."""
    query = select(Staff).join(Staff.roles).where(Role.name == "owner", Staff.active).order_by(Staff.id).limit(1)
    return db.session.scalar(query)


def today() -> date:
    """The date in the shop's time zone."""
    return now().astimezone(ZoneInfo(shop().time_zone)).date()


def orders_of_customer(customer: Customer, *, most: int) -> list[Order]:
    """The customer's orders, newest first."""
    query = select(Order).where(Order.customer_id == customer.id).order_by(Order.placed_at.desc(), Order.id.desc())
    return list(db.session.scalars(query.limit(most)))


def revenue_of_customer(customer: Customer) -> list[tuple[str, int, Decimal]]:
    """Per currency: how many orders, and what they come to; cancelled ones and drafts don't count."""
    counted = Order.status.not_in([OrderStatus.CANCELLED, OrderStatus.DRAFT])
    query = (
        select(Order.currency, func.count(), func.sum(Order.total))
        .where(Order.customer_id == customer.id, counted)
        .group_by(Order.currency)
        .order_by(Order.currency)
    )
    return [(currency, count, total) for currency, count, total in db.session.execute(query)]


def history_of(subject: Any, *, most: int = 100) -> list[History]:
    """What happened to a record that is no order, newest first."""
    key = f"{subject.__tablename__}:{subject.id}"
    return list(
        db.session.scalars(select(History).where(History.subject == key).order_by(History.id.desc()).limit(most))
    )
