"""What was ordered, what comes on top, and how the total came about."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _

from app import queries
from app.accounting.tax_bases import as_rate
from app.accounting.tax_rows import highest_first, named_tax, rows_of_order
from app.actions.changing import change_order
from app.actions.lines import edit_lines
from app.actions.order_methods import change_methods
from app.actions.reverse_charge import charge_vat_again, reverse_charge
from app.admin_views.dashboard.buttons import Button, button
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.dashboard.stock_warnings import stock_warnings
from app.amounts.money import ZERO
from app.models import Order, OrderLine
from app.pages.formatting import quantity

#: More lines than this are on the Products tab only: the dashboard stays quick and short.
MOST_LINES = 30


def products(page: OrderPage) -> dict[str, object]:
    return {**summed(page.order, most=MOST_LINES), **what_is_short(page)}


def what_is_short(page: OrderPage) -> dict[str, object]:
    """Sentences on products of which more is sold than there is, and how many of each, by its id."""
    found = page.shortages
    return {"short": {one.product_id: one.short for one in found}, "warnings": stock_warnings(found)}


def every_product(page: OrderPage) -> dict[str, object]:
    """All of them, with what is in stock of each; a line whose product is not in the catalogue has none."""
    shown = summed(page.order, most=len(page.order.lines))
    return {**shown, **what_is_short(page), "stock": {product.id: product.stock for product in page.products}}


def summed(order: Order, *, most: int) -> dict[str, object]:
    lines = [line for line in order.lines if line.is_shippable and line.quantity]
    extras = [line for line in order.lines if not line.is_shippable and (line.quantity or line.total)]
    shown = lines[:most]
    return {
        "edit": button(edit_lines if not edit_lines.why_not(order) or order.cancelled_at else change_order, order),
        "methods": button(change_methods, order),
        "vat_switch": vat_switch(order),
        "lines": [(line, rates_of(line)) for line in shown],
        "hidden": len(lines) - len(shown),
        "has_discount": any(line.discount for line in shown),
        "subtotal": sum((line.total for line in lines), ZERO) if extras else None,
        "extras": extras,
        "vat": vat_per_rate(order),
        "steps": steps(order, lines, extras),
    }


def vat_switch(order: Order) -> Button | None:
    """Reverses the VAT to a business abroad, or charges it again; no button where that is out of the question."""
    if order.before_reversal is not None and not order.invoices:
        return button(charge_vat_again, order)
    return button(reverse_charge, order) if not reverse_charge.why_not(order) else None


def rates_of(line: OrderLine) -> str:
    """ "21 %"; several when a line bears several taxes, and "–" when no rate was stated."""
    return " + ".join(rate(tax["rate"]) for tax in line.taxes if tax["rate"] is not None) or "–"


def rate(percent: str) -> str:
    return f"{quantity(Decimal(percent))} %"


def vat_per_rate(order: Order) -> list[tuple[str, Decimal | None, Decimal]]:
    """Per tax its name and rate, what it is on where there are several, and how much it is, as one invoice says it."""
    names = {tax["rate"] and as_rate(tax["rate"]): tax["name"] for line in order.lines for tax in line.taxes}
    if not names:
        return []
    vat, has_vat = _("VAT"), bool(queries.shop().vat_id)
    rows = [
        (name_of(named_tax(name or names.get(percent) or "", vat, has_vat=has_vat) or vat, percent), row)
        for (name, percent), row in highest_first(rows_of_order(order))
        if row.tax or percent is not None
    ]
    rows = [(name, row) for name, row in rows if row.base or row.tax] or rows  # postage of 0.00 has no VAT to tell of
    return [(name, row.base if len(rows) > 1 else None, row.tax) for name, row in rows]


def name_of(name: str, percent: str | None) -> str:
    return f"{name} {rate(percent)}" if percent else name


def steps(order: Order, lines: list[OrderLine], extras: list[OrderLine]) -> list[tuple[str, Decimal]]:
    """How the total came about, step by step; the amounts add up to it exactly."""
    before = sum((line.quantity * line.unit_price for line in lines), ZERO)
    discount = sum((line.discount for line in lines), ZERO)
    after = sum((line.total for line in lines), ZERO)
    on_top = sum((line.total for line in extras), ZERO)
    added_tax = ZERO if order.prices_include_tax else order.computed_total - after - on_top
    rows = [
        (_("Products before discount"), before),
        (_("Discount on products"), -discount),
        (_("Rounding of lines, as stated"), after - before + discount),
        *((line.name, line.total) for line in extras),
        (_("VAT on top"), added_tax),
        (_("Difference as stated by the web shop"), order.stated_difference),
    ]
    return [(label, value) for label, value in rows if value]
