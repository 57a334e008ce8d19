"""What was invoiced in a year: reckoned over documents, once a day."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.actions.credit_notes import create_credit_note
from app.actions.invoices import issue_invoice
from app.actions.yearly_sales import Sales, keep_yearly_sales, sales_in
from app.columns import at
from app.extensions import db
from app.history import SYSTEM
from app.models import YearlySales
from app.queries import shop
from tests.factories import address, new_order, place

IN_MARCH, YEAR_BEFORE = datetime(2026, 3, 4, 12, tzinfo=UTC), datetime(2025, 12, 31, 22, 59, tzinfo=UTC)


def invoiced(country: str, moment: datetime, **stated: object) -> Decimal:
    """One order of the same goods, and what its invoice says without VAT."""
    with at(moment):
        order = place(new_order(billing=address(country=country), shipping=address(country=country)))
        for name, value in stated.items():
            setattr(order, name, value)
        return (order.invoices[0] if order.invoices else issue_invoice(order, by=SYSTEM)).net_total


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
def test_a_years_documents_are_added_up_by_the_days_of_the_shop() -> None:
    assert sales_in(2026, shop()) == (0, 0)
    net = invoiced("NL", IN_MARCH)
    assert net > 0
    for country, moment, stated in (
        ("FR", IN_MARCH, {}),
        ("GR", IN_MARCH, {}),
        ("FR", IN_MARCH, {"vat_id": "FR40303265045"}),
        ("CH", IN_MARCH, {}),
        ("BE", YEAR_BEFORE, {}),  # a minute before midnight of the shop's clock
        ("BE", YEAR_BEFORE.replace(hour=23), {}),  # at midnight
    ):
        assert invoiced(country, moment, **stated) == net
    with at(IN_MARCH):
        order = place(new_order())
        invoice = order.invoices[0] if order.invoices else issue_invoice(order, by=SYSTEM)
        create_credit_note(invoice, by=SYSTEM, quantities={one.order_line_id: one.quantity for one in invoice.lines})

    assert sales_in(2026, shop()) == Sales(6 * net, 3 * net)
    assert sales_in(2025, shop()) == Sales(net, net)


@pytest.mark.usefixtures("database")
def test_the_worker_reckons_this_year_and_the_last_once_a_day() -> None:
    db.session.add(YearlySales(year=2020, turnover=Decimal(5)))
    db.session.commit()
    with at(IN_MARCH):
        keep_yearly_sales()
    rows = {one.year: one.reckoned_at for one in db.session.scalars(select(YearlySales))}
    assert rows == {2026: IN_MARCH, 2025: IN_MARCH}

    for hours, reckoned in ((10, IN_MARCH), (21, IN_MARCH.replace(day=5, hour=9))):
        db.session.rollback()
        with at(IN_MARCH.replace(day=4 + (12 + hours) // 24, hour=(12 + hours) % 24)):
            keep_yearly_sales()
        db.session.expire_all()
        assert {one.reckoned_at for one in db.session.scalars(select(YearlySales))} == {reckoned}
