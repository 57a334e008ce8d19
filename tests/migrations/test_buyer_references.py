"""Migration 0090: orders that were there have no references of their buyers, and are sealed anew with them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from app.extensions import db
from app.operations import backups, checks, sealing, setup
from tests.factories import placed_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_orders_of_before_are_sealed_with_their_references(app: Flask) -> None:
    with app.app_context():
        placed_order()
        db.session.commit()
        sealing.seal_all()
        go_back_before("0090")
        setup.upgrade()

        assert list(checks.findings()) == []
        said = db.session.execute(text("SELECT buyer_reference, purchase_order FROM orders")).one()
        assert tuple(said) == ("", "")
        db.session.execute(text("UPDATE orders SET buyer_reference = 'Somebody else'"))
        (found,) = checks.findings()
        assert "the order itself changed since that was sealed" in found
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
