"""Questions that are asked in more than one place."""

from __future__ import annotations

from sqlalchemy import select

from app.extensions import db
from app.models import Order, Shop


def shop() -> Shop:
    """The shop's own settings; one statement a session, after that from its identity map."""
    found = db.session.get(Shop, 1)
    if found is None:
        raise LookupError("the database has no shop yet: run `make run`, or `flask --app wsgi toonbank init`")
    return found


def order_numbered(number: str) -> Order | None:
    return db.session.scalars(select(Order).where(Order.number == number)).one_or_none()


def locked_order(number: str) -> Order | None:
    """The order as it is now, locked until the transaction ends: nobody else decides on it meanwhile."""
    query = select(Order).where(Order.number == number).with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


def document_languages(shop: Shop) -> list[str]:
    """The languages offered for documents and mails, the shop's own first."""
    return list(dict.fromkeys([shop.language, *shop.languages]))
