"""Migration 0104: VAT rates in a table; a shop from before has those that come along after `toonbank init`."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounting.vat_rates import read_shipped
from app.extensions import db
from app.models import VatRate
from app.operations import setup
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_shop_from_before_is_given_the_rates_that_come_along(app: Flask) -> None:
    with app.app_context():
        go_back_before("0104")
        setup.upgrade()
        assert db.session.scalar(select(func.count(VatRate.id))) == 0

        setup.first_rows()

        assert db.session.scalar(select(func.count(VatRate.id))) == len(read_shipped())
