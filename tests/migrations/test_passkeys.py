"""Migration 0060: whoever has an app keeps it, and passkeys go with their person."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app.actions.staff import add_staff
from app.encryption.sealed import Sealed
from app.extensions import db
from app.history import SYSTEM
from app.models import Passkey, Staff
from app.operations import backups, setup
from app.security import second_factors
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_a_shop_of_before_takes_passkeys(app: Flask) -> None:
    with app.app_context():
        ann = add_staff("ann@example.org", role="owner", by=SYSTEM)
        ann.totp_secret = Sealed.of({"totp": "ABCD"})
        db.session.commit()
        staff_id = ann.id
        go_back_before("0060")
        setup.upgrade()

        ann = db.session.get_one(Staff, staff_id)
        assert ann.totp_secret.open() == {"totp": "ABCD"}
        assert second_factors.passkeys_of(staff_id) == []
        db.session.add(
            Passkey(staff_id=staff_id, title="Phone", credential_id="a" * 1364, public_key="b", sign_count=2**32 - 1)
        )
        db.session.commit()
        kept = db.session.scalars(select(Passkey)).one()
        assert (kept.sign_count, kept.used_at, kept.created_at.tzinfo is None) == (2**32 - 1, None, False)
        assert second_factors.has_factor(ann)
        db.session.execute(delete(Passkey))
        db.session.commit()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
