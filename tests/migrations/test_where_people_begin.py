"""Who works in a shop of before begins at Home, and was never away."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import Staff
from app.operations import backups, setup
from tests.clients import somebody
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_people_of_before_begin_at_home(app: Flask) -> None:
    with app.app_context():
        somebody("packer")
        db.session.commit()
        go_back_before("0143")
        setup.upgrade()

        packer = db.session.scalars(select(Staff)).one()
        assert (packer.name, packer.start_page, packer.seen_at, packer.away_since) == ("Packer", "", None, None)
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
