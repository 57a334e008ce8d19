"""Adding to a draft on its own page: products, pressed among those found or scanned, and free lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from flask_babel import gettext as _

from app import queries
from app.actions.lines import edit_lines
from app.admin_views.action_forms import form_on
from app.admin_views.dashboard.steps import ONE_PIECE, add_free_line, add_product
from app.admin_views.forms import as_id
from app.admin_views.run_action import AlreadyLocked, lock_anew, run_locked
from app.errors import ActionRefused
from app.extensions import db
from app.models import Product
from app.pages.fields import as_amount
from app.pages.formatting import quantity
from app.security import form_tokens

LONGEST_NAME = 500


@dataclass(frozen=True)
class Addition:
    """What is to be added: a product, or a free line when that is None; its price where one was typed."""

    product_id: int | None
    name: str
    count: Decimal
    price: Decimal | None


def add_by_hand(number: str, typed: Mapping[str, str]) -> str:
    """Put it on the order, with its price and VAT rate, and answer what to say. Raises ActionRefused."""
    given = read_addition(typed)
    said = _("%(count)s × %(product)s added", count=quantity(given.count), product=given.name)

    order = lock_anew(partial(queries.locked_order, number))
    form = form_on(edit_lines, order)
    if given.product_id is None:
        add_free_line(form, order, given.name, given.count, given.price or Decimal(0))
    else:
        add_product(form, order, given.product_id, given.count, given.price)
    run_locked(
        edit_lines,
        AlreadyLocked(order),
        before_commit=lambda changed, result: form_tokens.keep_answer("", {"text": said}),
        lines=form.lines.data,
        order_discount=form.order_discount.data,
    )
    return said


def read_addition(typed: Mapping[str, str]) -> Addition:
    count = amount_typed(typed, "quantity", _("Quantity"))
    price = amount_typed(typed, "price", _("Unit price"))
    if count is not None and count <= 0:
        raise ActionRefused(_("Quantity: enter more than 0."))
    name = typed.get("find", "").replace("\0", "").strip()[:LONGEST_NAME]
    product = product_in(typed, name)
    if product is None and price is None:
        raise ActionRefused(
            _(
                "No product for sale is called “%(typed)s”. Enter its price as well to add it as a free line.",
                typed=name,
            )
        )
    return Addition(
        product.id if product else None, product.name if product else name, ONE_PIECE if count is None else count, price
    )


def amount_typed(typed: Mapping[str, str], name: str, title: str) -> Decimal | None:
    try:
        return as_amount(text) if (text := typed.get(name, "").strip()) else None
    except ValueError as no:
        raise ActionRefused(_("%(field)s: %(reason)s", field=title, reason=str(no))) from None


def product_in(typed: Mapping[str, str], name: str) -> Product | None:
    """The one that was pressed; else the one of this SKU, or the only one that is called so. None for a free line."""
    if pressed := typed.get("add_product"):
        product_id = as_id(pressed)
        found = db.session.get(Product, product_id) if product_id else None
        if found is None:
            raise ActionRefused(_("This product is gone. Find another one."))
        return found
    if not name:
        raise ActionRefused(_("Type a product’s name or SKU, or scan it."))
    called = queries.products_called(name, most=2)
    exact = [one for one in called if (one.sku or "").lower() == name.lower()] or called
    if len(exact) > 1:
        raise ActionRefused(_("More than one product is called “%(typed)s”. Choose one of those found.", typed=name))
    return exact[0] if exact else None
