"""What was read before the demo had a bank of its own is of the shop."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.bank_files import take_in_statement
from app.extensions import db
from app.history import SYSTEM
from app.models import StatementFile
from app.operations import backups, setup
from tests.migrations.going_back import go_back_before
from tests.statements.written import write_camt


@pytest.mark.each_database
def test_statements_of_before_are_of_the_shop(app: Flask) -> None:
    with app.app_context():
        take_in_statement("bank.xml", write_camt(), by=SYSTEM)
        db.session.commit()
        go_back_before("0150")
        setup.upgrade()

        file = db.session.scalars(select(StatementFile)).one()
        assert (file.name, file.is_demo) == ("bank.xml", False)
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
