"""Migration 0151: the index of unpaid invoices tells what their tabs ask of them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import inspect

from app.extensions import db
from app.operations import backups, setup
from app.operations.schema_checks import index_findings
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_shop_of_before_counts_unpaid_invoices_by_their_index(app: Flask) -> None:
    with app.app_context():
        go_back_before("0151")
        assert columns_of_index() == ["issued_at", "id"]
        db.session.rollback()
        setup.upgrade()

        assert columns_of_index() == ["issued_at", "id", "kind", "total", "due_on"]
        assert list(index_findings()) == []
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()


def columns_of_index() -> list[str | None]:
    indexes = inspect(db.engine).get_indexes("invoice")
    return next(one["column_names"] for one in indexes if one["name"] == "ix_invoice_unpaid_issued_at")
