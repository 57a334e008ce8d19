"""Migrations 0099 and 0100: accounts of the ledger, and closed books; what a shop and its methods said stays."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text

from app import queries
from app.extensions import db
from app.models import ClosedPeriod, PaymentMethod
from app.operations import setup
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_shop_from_before_has_the_usual_accounts(app: Flask) -> None:
    with app.app_context():
        go_back_before("0099")
        db.session.execute(
            text(
                "INSERT INTO payment_method (title, confirms_itself, cost, vat_rate, is_active, version) "
                "VALUES ('Cash', :no, 0, 0, :yes, 1)"
            ),
            {"no": False, "yes": True},
        )
        db.session.execute(text("UPDATE shop SET name = 'Before'"))
        db.session.commit()

        setup.upgrade()

        shop = queries.shop()
        assert (shop.name, shop.ledger_accounts, shop.ledger_chart, shop.uses_oss) == ("Before", {}, "", False)
        assert (shop.year_begins, shop.datev_adviser, shop.books_closed_until) == (1, "", None)
        assert db.session.scalars(select(ClosedPeriod)).all() == []
        assert db.session.scalars(select(PaymentMethod.ledger_account).filter_by(title="Cash")).all() == [""]
