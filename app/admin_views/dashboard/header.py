"""The status strip on top of the order page: what is the state of this order, and where to go from here."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import lazy_gettext as _l

from app import queries
from app.actions.next_steps import Taken, next_in_order
from app.actions.shipments import mark_sent
from app.admin_views.dashboard.buttons import Button, button, lacking
from app.admin_views.dashboard.concerns import concerns
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.dashboard.tabs import TABS
from app.admin_views.neighbours import LIST_PART, Neighbouring, asked_of_list, say_place
from app.intake_readers import PLATFORMS
from app.models import Order, Source
from app.pages.labels import DISCARDED, PAYMENT_STATUS, Label, shipment_label, status_label

SOURCES = {Source.STAFF: _l("Back office"), **PLATFORMS, Source.API: "API"}


#: A draft has no documents.
OF_A_DRAFT = ("", "customer", "products", "tickets", "history")


def header(page: OrderPage, tab: str) -> dict[str, object]:
    order = page.order
    step = next_in_order(order)
    return {
        "labels": labels(order),
        "stands_under": "draft" if order.is_draft else "order",  # what the menu marks
        "reason_of_hold": queries.reason_of_hold(order) if order.held_at else "",
        "concerns": concerns(page),
        "switched_off": page.switched_off,
        "next_step": next_step_button(order, step),
        "slip_to_print": slip_to_print(order, step),
        "source": source_of(order),
        "neighbours": neighbours(page, tab),
        "list_url": list_come_from(order),
        "tabs": [
            tab_link(page, name, is_current=name == tab) for name in TABS if not order.is_draft or name in OF_A_DRAFT
        ],
    }


def neighbours(page: OrderPage, tab: str) -> Neighbouring:
    beside, came_from = page.neighbours, request.args.get(LIST_PART)
    before, after = (
        (url_for("order_page.show", number=number, tab=tab or None, list=came_from), number) if number else ("", "")
        for number in (beside.before, beside.after)
    )
    return Neighbouring(before, after, say_place(beside))


def list_come_from(order: Order) -> str:
    """As it was left, with its search, its filters and its order."""
    page = url_for("draft.index_view" if order.is_draft else "order.index_view")
    left = request.args.get(LIST_PART, "")
    return left if asked_of_list(left, page) is not None else page


def next_step_button(order: Order, step: Taken | None) -> Button | None:
    """Of what is to be done now, if the person may do it. What the bar at the bottom has first is in sight there."""
    if step is None or step[0].stands == "first" or lacking(step[0].right):
        return None
    action, record = step
    return button(action, order, None if record is order else record)


def slip_to_print(order: Order, step: Taken | None) -> str:
    """Where the only packing slip that is to go is printed; "" while it isn't the parcel's turn."""
    packed = [shipment for shipment in order.shipments if shipment.is_open]
    if len(packed) != 1 or step != (mark_sent, order):
        return ""
    return url_for("order_page.packing_slip_pdf", number=order.number, shipment_id=packed[0].id)


def source_of(order: Order) -> str:
    """Where it came from: "Mugs (WooCommerce)"; the system alone where the shop is named by it, or there is none."""
    system = SOURCES.get(order.source, order.source)
    title = order.outside_shop.title if order.outside_shop else system
    return str(system) if title == system else f"{title} ({system})"


def labels(order: Order) -> list[Label]:
    """A draft is neither paid nor shipped. What all of them say is said once."""
    if order.is_draft:
        return [status_label(order), *([DISCARDED] if order.cancelled_at else [])]
    said = (PAYMENT_STATUS[order.payment_status], shipment_label(order), status_label(order))
    return list({str(label.text): label for label in said}.values())


def tab_link(page: OrderPage, name: str, *, is_current: bool) -> dict[str, object]:
    return {
        "text": TABS[name].title,
        "url": url_for("order_page.show", number=page.order.number, tab=name or None),
        "current": is_current,
        "count": TABS[name].count(page),
        "alert": TABS[name].alert(page),
    }
