"""The demo shop's company stands on its invoices, and nowhere else."""

from __future__ import annotations

from sqlalchemy import select

from app.demo.company import COMPANY
from app.extensions import db
from app.models import Invoice
from app.queries import shop
from tests.factories import placed_order


def test_demo_invoices_name_the_company_and_real_ones_never_do(demo_shop: None):
    own = {name: getattr(shop(), name) for name in COMPANY}
    placed_order()

    assert all(own[name] != value for name, value in COMPANY.items())
    sellers = {(i.is_demo, i.snapshot["seller"]["name"]) for i in db.session.scalars(select(Invoice))}
    assert sellers == {(True, COMPANY["name"]), (False, own["name"])}
