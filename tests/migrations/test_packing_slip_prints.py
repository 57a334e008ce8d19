"""Migration 0031: slips of before are printed and kept from now on, and going back leaves them as they were."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.shipments import create_packing_slip
from app.documents.packing_slips import packing_slip
from app.extensions import db
from app.history import SYSTEM
from app.models import PackingSlipPrint, Shipment
from app.operations import backups, setup
from tests.factories import paid_order
from tests.migrations.going_back import go_back_before


@pytest.mark.each_database
def test_slips_of_before_are_kept_from_their_next_print(app: Flask) -> None:
    with app.app_context():
        create_packing_slip(paid_order(), by=SYSTEM)
        db.session.commit()
        go_back_before("0031")
        setup.upgrade()

        shipment = db.session.scalars(select(Shipment)).one()
        content = packing_slip(shipment)
        assert [row.content for row in db.session.scalars(select(PackingSlipPrint))] == [content]
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
