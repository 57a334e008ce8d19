"""Migration 0048: who is signed in stays so, with the limits that every shop begins with."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app import queries
from app.actions.staff import add_staff
from app.extensions import db
from app.history import SYSTEM
from app.models import StaffSession
from app.operations import setup
from app.security import sessions
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_who_is_signed_in_stays_so(app: Flask) -> None:
    with app.app_context():
        ann = add_staff("ann@example.org", role="owner", by=SYSTEM)
        secret, key = sessions.begin_session(ann, browser="Firefox"), ann.fs_uniquifier
        db.session.commit()
        go_back_before("0048")
        setup.upgrade()

        found = sessions.signed_in(secret, key)
        assert found is not None
        assert found.staff.time_zone == ""
        live = db.session.scalars(select(StaffSession)).one()
        assert (live.address, live.stays, live.proved_at) == ("", True, None)
        own = queries.shop()
        assert (own.signin_hours, own.signin_days, own.fresh_minutes) == (12, 30, 15)
