"""Who ordered, and their other orders."""

from __future__ import annotations

from flask import url_for

from app import queries
from app.actions.drafts import begin_draft
from app.actions.order_customer import change_customer, choose_customer
from app.actions.vat_checks import check_vat_number
from app.admin_views.dashboard.buttons import button, lacking
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.shown_vat_checks import show_vat_checks
from app.documents.vat_checks import vies_number_of
from app.models import Order
from app.pages.formatting import language
from app.pages.labels import status_label

MOST_ORDERS = 20


def customer(page: OrderPage) -> dict[str, object]:
    order = page.order
    known = order.customer
    return {
        "name": order.customer_name or order.company or order.email,
        "language": language(order.language),
        "orders": page.orders_of_customer if known else 0,
        "vat_checks": show_vat_checks(vies_number_of(order)),
        "check": button(check_vat_number, order) if not check_vat_number.why_not(order) else None,
        "edit": button(change_customer, order),
        "choose": button(choose_customer, order),
        "begin_real": lacking(begin_draft.right) if is_begun_in_demo(order) else None,
        "url": url_for("customer.details_view", id=known.id) if known else "",
    }


def is_begun_in_demo(order: Order) -> bool:
    """A draft of the demo shop that is nobody's yet: whoever began it may have meant an order of their own."""
    return order.is_draft and order.is_demo and order.customer is None


def other_orders(page: OrderPage) -> list[dict[str, object]]:
    """The latest orders of the same customer, without this one."""
    if page.order.customer is None:
        return []
    found = queries.orders_of_customer(page.order.customer, most=MOST_ORDERS + 1)
    others = [order for order in found if order.id != page.order.id][:MOST_ORDERS]
    return [{"order": order, "label": status_label(order)} for order in others]
