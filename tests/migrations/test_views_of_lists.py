"""Migration 0096: whoever worked in a shop of before stays, and can save views."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.actions.list_views import choose_look, save_list_view
from app.extensions import db
from app.history import SYSTEM
from app.models import ListLook, ListView
from app.operations import backups, setup
from app.operations.schema_checks import index_findings
from tests.clients import somebody
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_staff_of_before_save_views(app: Flask) -> None:
    with app.app_context():
        somebody("owner")
        db.session.commit()
        go_back_before("0096")
        setup.upgrade()

        owner = somebody("owner")
        save_list_view("order", "Unpaid", "payment=not_paid", of=owner, by=SYSTEM)
        choose_look("order", of=owner, columns=["number"], rows=50, is_dense=True)
        db.session.commit()
        assert list(index_findings()) == []
        assert [db.session.scalar(select(func.count()).select_from(one)) for one in (ListView, ListLook)] == [1, 1]
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
