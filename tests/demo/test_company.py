"""The demo shop's company stands on its invoices, and nowhere else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.demo import plant
from app.demo.company import COMPANY
from app.extensions import db
from app.models import Invoice
from app.queries import shop, today
from tests.factories import placed_order

pytestmark = pytest.mark.usefixtures("database")


def test_demo_invoices_name_the_company_and_real_ones_never_do():
    before = {name: getattr(shop(), name) for name in COMPANY}

    plant(today())
    placed_order()

    assert {name: getattr(shop(), name) for name in COMPANY} == before
    sellers = {(i.is_demo, i.snapshot["seller"]["name"]) for i in db.session.scalars(select(Invoice))}
    assert sellers == {(True, COMPANY["name"]), (False, before["name"])}
