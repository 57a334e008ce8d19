"""Migration 0142: a shop of before keeps its words, and who could change the texts on documents may say them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import ReturnReason, Role, Shop
from app.operations import setup
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_shop_of_before_keeps_its_words(app: Flask) -> None:
    with app.app_context():
        db.session.add(Role(name="Designer", permissions=["settings.documents"]))
        db.session.add(Role(name="Reader", permissions=["orders.cancel"]))
        db.session.add(ReturnReason(title="Eaten by the dog"))
        db.session.commit()
        go_back_before("0142")
        setup.upgrade()

        shop = db.session.scalars(select(Shop)).one()
        assert (shop.own_words, len(shop.delivery_times)) == ({}, 3)
        assert "Eaten by the dog" in db.session.scalars(select(ReturnReason.title)).all()
        rights = dict(db.session.execute(select(Role.name, Role.permissions)).tuples().all())
        assert rights["Designer"] == ["settings.documents", "settings.own_words"]
        assert rights["Reader"] == ["orders.cancel"]
