"""What is said of products of which more is sold than there is: in a draft, before it is placed, and on the order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from flask_babel import gettext as _
from wtforms import FormField

from app import queries
from app.amounts.money import ZERO
from app.models import Order, OrderLine
from app.pages.formatting import quantity


def stock_warnings(shortages: Sequence[queries.Shortage]) -> list[str]:
    return [stock_warning(one) for one in shortages]


def stock_warning(one: queries.Shortage) -> str:
    """ "Stoneware mug (MUG-30): 50 ordered, 8 in stock: 42 short." """
    name = f"{one.name} ({one.sku})" if one.sku else one.name
    if one.is_sold:
        return _(
            "%(product)s: %(needed)s to go with this order, but %(short)s more are sold than there are in stock.",
            product=name,
            needed=quantity(one.needed),
            short=quantity(one.short),
        )
    return _(
        "%(product)s: %(needed)s ordered, %(stock)s in stock: %(short)s short.",
        product=name,
        needed=quantity(one.needed),
        stock=quantity(one.stock),
        short=quantity(one.short),
    )


def of_order(order: Order) -> list[str]:
    return stock_warnings(queries.shortages(order))


def of_edited(order: Order, rows: Iterable[FormField]) -> list[str]:
    """As the form has it now, before it is saved. What an order that is placed holds already is not missing."""
    needs = queries.needs_of((row.form.product_id.data, row.form.quantity.data or ZERO) for row in rows)
    had = {} if order.is_draft else queries.needs_of(map(held_on, order.lines))
    return stock_warnings(queries.shortages_of(needs, is_sold=False, had=had))


def held_on(line: OrderLine) -> tuple[int | None, Decimal]:
    return line.product_id, line.quantity
