"""Migration 0061: who made a key holds it, where they may still sign in; the others go on without anybody."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.api_keys import create_key
from app.actions.staff import add_staff
from app.extensions import db
from app.history import SYSTEM, person
from app.models import ApiToken
from app.operations import backups, setup
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_keys_of_before_belong_to_their_makers(app: Flask) -> None:
    with app.app_context():
        ann, ben = (add_staff(f"{name}@example.org", role="owner", by=SYSTEM) for name in ("ann", "ben"))
        for title, by in (("of Ann", person(ann)), ("of Ben", person(ben)), ("of the terminal", SYSTEM)):
            create_key(title, rights=["read"], by=by)
        ben.active = False
        db.session.commit()
        ann_id = ann.id
        go_back_before("0061")
        setup.upgrade()

        held = db.session.execute(select(ApiToken.title, ApiToken.staff_id, ApiToken.expires_on).order_by(ApiToken.id))
        expected = [("of Ann", ann_id, None), ("of Ben", None, None), ("of the terminal", None, None)]
        assert [tuple(row) for row in held] == expected
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
