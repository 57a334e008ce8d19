"""Buttons inside a pop-up that only change its form: it comes back with a row more or less, and nothing is saved.

Each is an ordinary submit button, so that it works without script too.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from wtforms import Form

from app.actions.lines import EditedLine, rate_of
from app.actions.vat_of_orders import proposed_rate, usual_rate_on
from app.admin_views.forms import as_id
from app.amounts.money import ZERO
from app.extensions import db
from app.models import Order, Product
from app.queries import shop

ONE_PIECE = Decimal(1)


def finding(form: Form, order: Order, pressed: Mapping[str, str]) -> bool:
    """Whether somebody searched; what is found is shown by the pop-up."""
    return "step" in pressed


def line_steps(form: Form, order: Order, pressed: Mapping[str, str]) -> bool:
    """Add a product or a free line, remove a line, search, or just compute anew."""
    if "add_product" in pressed:
        add_product(form, order, as_id(pressed["add_product"]))
    elif "remove" in pressed:
        remove_line(form, as_id(pressed["remove"]))
    elif pressed.get("step") == "free_line":
        add_free_line(form, order)
    return bool({"add_product", "remove", "step"} & set(pressed))


def add_product(
    form: Form, order: Order, product_id: int | None, quantity: Decimal = ONE_PIECE, price: Decimal | None = None
) -> None:
    """So many more of it: on its own line if it has one at this price, else on a new line; at its own if None."""
    product = db.session.get(Product, product_id) if product_id else None
    if product is None:
        return
    if price is None:
        price = product.price if order.currency == shop().currency else ZERO
    for row in form.lines:
        if row.form.product_id.data == product.id and row.form.unit_price.data == price:
            row.form.quantity.data = (row.form.quantity.data or ZERO) + quantity
            row.form.quantity.raw_data = None  # it would be shown instead
            return
    rate = ZERO if product.margin_scheme else proposed_rate(order, product.vat_rate)
    form.lines.append_entry(
        EditedLine(product.name, quantity, price, rate=rate, product_id=product.id, sku=product.sku or "")
    )


def add_free_line(
    form: Form, order: Order, name: str = "", quantity: Decimal = ONE_PIECE, price: Decimal = ZERO
) -> None:
    form.lines.append_entry(EditedLine(name, quantity, price, rate=rate_of_new_line(order)))


def remove_line(form: Form, position: int | None) -> None:
    if position is not None and position < len(form.lines):
        form.lines.pop_entry(position)


def rate_of_new_line(order: Order) -> Decimal:
    """The VAT rate of the order's first line that has one, else the standard rate of where it is taxed."""
    stated = next((rate for line in order.lines if (rate := rate_of(line)) is not None), None)
    return usual_rate_on(order) if stated is None else stated
