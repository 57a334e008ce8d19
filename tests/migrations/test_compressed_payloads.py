"""Migration 0149: payloads are stored compressed, and say what they said."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.extensions import db
from app.models import Arrival, Fate
from app.operations import checks, setup
from tests.factories import shop_key
from tests.migrations.going_back import go_back_before

KINDS = text("SELECT typeof(payload) FROM arrival ORDER BY id")
TEXTS = ['{"line_items": "\u00e9"}' * 9, "", '{"total": "é", "line_items": []}', "{"]


@pytest.mark.each_database
def test_payloads_say_letter_by_letter_what_they_said(app: Flask) -> None:
    with app.app_context():
        is_sqlite = db.engine.dialect.name == "sqlite"
        shop = shop_key()
        assert shop is not None
        of = {"origin": "orders.json", "outside_shop_id": shop.id, "source": shop.source, "result": Fate.ADDED}
        db.session.add_all(
            Arrival(**of, sha256=str(n), external_id=str(n), payload=said) for n, said in enumerate(TEXTS)
        )
        db.session.commit()
        go_back_before("0149")
        assert not is_sqlite or list(db.session.scalars(KINDS)) == ["text"] * 4
        assert list(db.session.scalars(text("SELECT payload FROM arrival ORDER BY id"))) == TEXTS
        db.session.remove()

        setup.upgrade()

        assert list(db.session.scalars(select(Arrival.payload).order_by(Arrival.id))) == TEXTS
        assert not is_sqlite or list(db.session.scalars(KINDS)) == ["blob", "text", "blob", "text"]
        assert list(checks.findings()) == []
