"""What tests of actions look at: everything that is stored, what happened, which mails wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.errors import ActionRefused
from app.extensions import Base, db
from app.models import History, Order, OutgoingMail


def everything() -> dict[str, list[Any]]:
    db.session.flush()
    return {
        t.name: [tuple(r) for r in db.session.execute(select(t).order_by(*t.primary_key))]
        for t in Base.metadata.sorted_tables
    }


def kinds_of_mail() -> list[str]:
    return list(db.session.scalars(select(OutgoingMail.kind).order_by(OutgoingMail.id)))


def happened(order: Order) -> list[str]:
    return list(db.session.scalars(select(History.what).where(History.order_id == order.id).order_by(History.id)))


def refused(act: Callable[[], Any], sentence: str) -> None:
    before = everything()
    with pytest.raises(ActionRefused, match=sentence):
        act()
    assert everything() == before
