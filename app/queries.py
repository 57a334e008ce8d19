"""Questions that are asked in more than one place."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.columns import now
from app.extensions import db
from app.models import Order, Role, Shop, Staff


def shop() -> Shop:
    """The shop's own settings; one statement a session, after that from its identity map."""
    found = db.session.get(Shop, 1)
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
