"""What was invoiced in a year: reckoned once a day by the worker, for a year's documents are too many for each page."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import and_, case, func, select

from app.amounts.money import ZERO
from app.columns import now
from app.documents.vat import EU, vat_country
from app.extensions import db, read_only, transaction
from app.models import Invoice, Order, Shop, YearlySales
from app.queries import shop, today
from app.queries.order_list import start_of

#: The figures are reckoned anew when they are older.
OLDEST = timedelta(hours=20)


class Sales(NamedTuple):
    turnover: Decimal
    distance_sales: Decimal


def sales_in(year: int, own: Shop) -> Sales:
    """Without VAT and in the shop's currency, by the days of the documents. One range of the index by date."""
    home = vat_country(own.country)
    abroad = [code for code in (*EU, "GR", "MC") if vat_country(code) != home] if home in EU else []
    is_distance = and_(Order.country.in_(abroad), Order.vat_id == "")
    first, last = start_of(date(year, 1, 1), own.time_zone), start_of(date(year + 1, 1, 1), own.time_zone)
    row = db.session.execute(
        select(func.sum(Invoice.net_total), func.sum(case((is_distance, Invoice.net_total), else_=ZERO)))
        .join(Order, Order.id == Invoice.order_id)
        .where(Invoice.issued_at >= first, Invoice.issued_at < last)
        .where(Invoice.currency == own.currency, Invoice.is_demo.is_(False))
    ).one()
    return Sales(row[0] or ZERO, row[1] or ZERO)


def keep_yearly_sales() -> None:
    """Of this year and the last, once a day."""
    with read_only():
        reckoned = reckon_if_due()
        db.session.rollback()
    if reckoned:
        with transaction():
            keep_sales(reckoned)


def reckon_if_due() -> dict[int, Sales]:
    """Empty while what is stored is young enough."""
    years = (today().year, today().year - 1)
    stored = list(db.session.scalars(select(YearlySales.reckoned_at).where(YearlySales.year.in_(years))))
    if len(stored) == len(years) and now() - min(stored) < OLDEST:
        return {}
    return {year: sales_in(year, shop()) for year in years}


def keep_sales(reckoned: dict[int, Sales]) -> None:
    """These years, and no others."""
    for row in db.session.scalars(select(YearlySales).where(YearlySales.year.not_in(reckoned))):
        db.session.delete(row)
    for year, sales in reckoned.items():
        row = db.session.get(YearlySales, year) or YearlySales(year=year)
        row.turnover, row.distance_sales, row.reckoned_at = *sales, now()
        db.session.add(row)
