"""Goods that came back, by the reason that was given, and those that lie there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import func, select

from app import queries
from app.amounts.money import ZERO, rounded
from app.exports.figures.declaration import FigureRow, FigureScope
from app.extensions import db
from app.models import Invoice, Order, Product, Return, ReturnLine, ReturnStatus


def read_returns(asked: FigureScope) -> Iterator[FigureRow]:
    """Returns made in these days, but for rejected ones: how many, their pieces, and what was credited for them."""
    made = [*asked.period.of(Return.created_at), Return.is_demo.is_(asked.is_demo)]
    made.append(Return.status != ReturnStatus.REJECTED)
    pieces = (
        select(func.sum(ReturnLine.quantity))
        .where(ReturnLine.return_id == Return.id)
        .correlate(Return)
        .scalar_subquery()
    )
    query = (
        select(
            Order.currency,
            Return.reason,
            func.count(),
            func.sum(pieces, type_=ReturnLine.quantity.type),
            func.sum(func.coalesce(Invoice.net_total, ZERO), type_=Invoice.net_total.type),
            func.sum(func.coalesce(Invoice.total, ZERO), type_=Invoice.total.type),
        )
        .select_from(Return)
        .join(Order, Order.id == Return.order_id)
        .outerjoin(Invoice, Invoice.id == Return.credit_note_id)
        .where(*made)
        .group_by(Order.currency, Return.reason)
    )
    for currency, reason, count, quantity, net, total in db.session.execute(query):
        yield FigureRow(
            currency, (reason,), (reason or _("None stated"),), (Decimal(count), quantity or ZERO, net, total)
        )


def read_stock(asked: FigureScope) -> Iterator[FigureRow]:
    """Products whose stock is kept and that are for sale: what they would bring, and what they cost as far as known."""
    currency = queries.shop().currency
    query = select(Product.id, Product.sku, Product.name, Product.stock, Product.price, Product.purchase_price)
    query = query.where(Product.is_active, Product.keeps_stock, Product.is_demo.is_(asked.is_demo))
    for id, sku, name, stock, price, cost in db.session.execute(query):
        worth = max(stock, ZERO)  # what is sold and not there yet is worth nothing here
        amounts = [rounded(worth * one, currency) for one in (price, cost or ZERO)]
        sums = (stock, *amounts, ZERO if cost is not None else worth)
        yield FigureRow(currency, (id,), (sku or "", name), sums)
