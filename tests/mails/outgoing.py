"""Mails for tests of delivery: plain functions."""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy import select

from app import mails
from app.extensions import db
from app.history import SYSTEM
from app.models import History, Order, OutgoingMail
from app.queries import shop
from tests.factories import new_order, place
from tests.postbox import Postbox

keys = itertools.count(1)


def order_to_write_about(**stated: Any) -> Order:
    """A placed order whose own confirmation was left out."""
    demo = stated.pop("demo", False)
    return place(new_order(**stated), notify=False, demo=demo)


def queued(order: Order | None = None, *, kind: str = "order_paid", **given: Any) -> OutgoingMail:
    """A committed mail that waits for the worker."""
    mail = mails.queue(kind, order or order_to_write_about(), once_key=f"test:{next(keys)}", by=SYSTEM, **given)
    assert mail is not None
    db.session.commit()
    return mail


def connect(box: Postbox) -> None:
    box.connect(shop())
    shop().email = "desk@example.org"
    db.session.commit()


def mail_events(order: Order) -> list[str]:
    """What history says about the order's mails, in order."""
    query = select(History.what).where(History.order_id == order.id, History.what.startswith("mail_"))
    return list(db.session.scalars(query.order_by(History.id)))
