"""What was ordered, what comes on top, and how the total came about."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from flask_babel import gettext as _

from app import queries
from app.accounting.tax_bases import as_rate
from app.accounting.tax_rows import Key, Rows, TaxRow, highest_first, is_margin, named_tax, rows_of_order
from app.actions.changing import change_order
from app.actions.lines import edit_lines
from app.actions.order_methods import change_methods
from app.actions.reverse_charge import charge_vat_again, is_due_to_buyer, reverse_charge
from app.admin_views.dashboard.buttons import Button, button
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.dashboard.stock_warnings import stock_warnings
from app.amounts.money import ZERO
from app.models import Order, OrderLine, WordKind
from app.pages.formatting import amount, quantity
from app.queries.own_words import word_at_screen

#: More lines than this are on the Products tab only: the dashboard stays quick and short.
MOST_LINES = 30


#: What a sum is called, and how much it is.
Labelled = tuple[str, Decimal]


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
    shown, rows = lines[:most], rows_of_order(order)
    return {
        "edit": button(edit_lines if not edit_lines.why_not(order) or order.cancelled_at else change_order, order),
        "methods": button(change_methods, order),
        "vat_switch": vat_switch(order),
        "lines": [(line, rates_of(line)) for line in shown],
        "hidden": len(lines) - len(shown),
        "has_discount": any(line.discount for line in shown),
        "subtotal": sum((line.total for line in lines), ZERO) if extras else None,
        "extras": extras,
        "vat_on_top": [] if order.prices_include_tax else vat_per_rate(order, rows),
        "of_total": of_total(order, rows),
        "steps": steps(order, lines, extras),
    }


def vat_switch(order: Order) -> Button | None:
    """Reverses the VAT to a business abroad, or charges it again; no button where that is out of the question.

    Where the buyer is one, and the goods or their addresses are against it, the button says why.
    """
    if order.before_reversal is not None and not order.invoices:
        return button(charge_vat_again, order)
    has_vat = any(line.tax_total for line in order.lines)
    return button(reverse_charge, order) if has_vat and is_due_to_buyer(order) else None


def rates_of(line: OrderLine) -> str:
    """ "21 %"; several when a line bears several taxes, and "–" when no rate was stated."""
    if line.margin_scheme:
        return _("Margin scheme")
    return " + ".join(rate(tax["rate"]) for tax in line.taxes if tax["rate"] is not None) or "–"


def rate(percent: str) -> str:
    return f"{quantity(Decimal(percent))} %"


def of_total(order: Order, rows: Rows) -> list[Labelled]:
    """What is in the total: the VAT, where prices include it, and what was sold under the margin scheme."""
    vat = vat_per_rate(order, rows) if order.prices_include_tax else []
    found = [(_("of which %(vat)s", vat=name), value) for name, value in vat]
    under_scheme = sum((row.base for key, row in rows.items() if is_margin(key)), ZERO)
    return [*found, (_("of which under the margin scheme"), under_scheme)] if under_scheme else found


def vat_per_rate(order: Order, rows: Rows) -> list[Labelled]:
    """Per tax its name and rate, and what it is on where there are several; and how much it is, as one invoice says it.

    What is under the margin scheme has no VAT that is said.
    """
    named = {tax["rate"] and as_rate(tax["rate"]): tax["name"] for line in order.lines for tax in line.taxes}
    if not named:
        return []
    vat = [(key, row) for key, row in highest_first(rows) if not is_margin(key) and (row.tax or key[1] is not None)]
    vat = [(key, row) for key, row in vat if row.base or row.tax] or vat  # postage of 0.00 has no VAT to tell of
    if len(vat) == 1:
        return [(name_of(key, named), row.tax) for key, row in vat]
    return [(on_base(name_of(key, named), row, order), row.tax) for key, row in vat]


def name_of(key: Key, named: Mapping[str | None, str]) -> str:
    """VAT 21 %. named: what the order calls the tax of a rate that goes by it alone."""
    name, percent = key
    own = word_at_screen(WordKind.TAX, name or named.get(percent) or "")
    said = named_tax(own, _("VAT"), has_vat=bool(queries.shop().vat_id)) or _("VAT")
    return f"{said} {rate(percent)}" if percent else said


def on_base(name: str, row: TaxRow, order: Order) -> str:
    return _("%(vat)s on %(base)s", vat=name, base=amount(row.base, order.currency))


def steps(order: Order, lines: list[OrderLine], extras: list[OrderLine]) -> list[Labelled]:
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
