"""Migration 0140: a shop of before looks as it did, and who could change its text below invoices still can."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.documents.look import look_of
from app.extensions import db
from app.models import Role, Shop
from app.operations import setup
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_shop_of_before_looks_as_it_did(app: Flask) -> None:
    with app.app_context():
        db.session.scalars(select(Shop)).one().footer = "Thank you."
        db.session.add(Role(name="Office manager", permissions=["settings.company", "orders.cancel"]))
        db.session.add(Role(name="Reader", permissions=["orders.cancel"]))
        db.session.commit()
        go_back_before("0140")
        setup.upgrade()

        shop = db.session.scalars(select(Shop)).one()
        assert (shop.footer, look_of(shop)) == ("Thank you.", {})
        rights = dict(db.session.execute(select(Role.name, Role.permissions)).tuples().all())
        gained = ["settings.documents", "settings.own_words"]  # the second by 0142, for whoever has the first
        assert rights["Office manager"] == ["settings.company", "orders.cancel", *gained]
        assert shop.slips_with_prices is False
        assert rights["Reader"] == ["orders.cancel"]
