"""The tabs of the order page, each a template and the blocks that it is composed of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.admin_views.dashboard.addresses import addresses
from app.admin_views.dashboard.custom_status import custom_status
from app.admin_views.dashboard.customer import customer, other_orders
from app.admin_views.dashboard.draft_prices import draft_prices
from app.admin_views.dashboard.history import history
from app.admin_views.dashboard.invoices import invoices
from app.admin_views.dashboard.ledger import ledger
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.dashboard.memos import memos
from app.admin_views.dashboard.payloads import payloads
from app.admin_views.dashboard.payment import payment
from app.admin_views.dashboard.products import every_product, products
from app.admin_views.dashboard.returns import returns
from app.admin_views.dashboard.shipping import packing_slips, shipping
from app.admin_views.dashboard.tasks import tasks
from app.admin_views.dashboard.tickets import tickets
from app.extensions import ShownText


@dataclass(frozen=True)
class Tab:
    title: ShownText
    template: str
    blocks: dict[str, Callable[[OrderPage], object]]
    count: Callable[[OrderPage], int | None] = field(default=lambda page: None)
    alert: Callable[[OrderPage], str] = field(default=lambda page: "")  # what has to be looked at


TABS = {
    "": Tab(
        _l("Dashboard"),
        "dashboard",
        {
            "addresses": addresses,
            "payment": payment,
            "invoices": invoices,
            "ledger": ledger,
            "shipping": shipping,
            "packing_slips": packing_slips,
            "returns": returns,
            "custom_status": custom_status,
            "products": products,
            "draft_prices": draft_prices,
            "customer": customer,
            "tasks": tasks,
            "memos": memos,
        },
    ),
    "customer": Tab(
        _l("Customer"),
        "tab_customer",
        {"customer": customer, "addresses": addresses, "other_orders": other_orders},
    ),
    "products": Tab(
        _l("Products"),
        "tab_products",
        {"products": every_product},
        lambda page: sum(line.is_shippable and line.quantity > 0 for line in page.order.lines),
    ),
    "invoices": Tab(
        _l("Invoices"),
        "tab_invoices",
        {"invoices": invoices, "payment": payment, "ledger": ledger},
        lambda page: len(page.order.invoices),
    ),
    "shipments": Tab(
        _l("Shipments"),
        "tab_shipments",
        {"shipping": shipping, "packing_slips": packing_slips},
        lambda page: len(page.order.shipments),
    ),
    "returns": Tab(
        _l("Returns"),
        "tab_returns",
        {"returns": returns},
        lambda page: len(page.order.returns),
    ),
    "tickets": Tab(
        _l("Tickets"),
        "tab_tickets",
        {"tickets": tickets},
        lambda page: page.tickets,
        lambda page: _("not answered") if page.unanswered else "",
    ),
    "history": Tab(_l("History"), "tab_history", {"history": history, "payloads": payloads}, lambda page: page.events),
}


def tab_of(asked: str) -> str:
    return asked if asked in TABS else ""


def blocks_of(page: OrderPage, tab: str) -> dict[str, object]:
    return {name: block(page) for name, block in TABS[tab].blocks.items()}
