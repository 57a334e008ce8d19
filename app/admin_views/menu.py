"""The menu of the back office, in the order in which it is read."""

from __future__ import annotations

from typing import Any

from flask_admin.base import BaseView
from flask_babel import lazy_gettext as _l

from app.admin_views.arrivals import Arrivals
from app.admin_views.customers import CustomerView
from app.admin_views.dashboard import OrderDashboard
from app.admin_views.documents import InvoiceList, ShipmentList
from app.admin_views.jobs import JobList
from app.admin_views.orders import OrderList
from app.admin_views.outbox import Outbox
from app.admin_views.products import PaymentMethodView, ProductView, ShippingMethodView
from app.admin_views.settings import AdministrationSettings, CompanySettings, LanguageSettings, MailSettings
from app.admin_views.staff import StaffView
from app.admin_views.tasks import TaskList
from app.extensions import db
from app.models import (
    Arrival,
    Customer,
    Invoice,
    Job,
    Order,
    OutgoingMail,
    PaymentMethod,
    Product,
    Shipment,
    ShippingMethod,
    Shop,
    Staff,
    Task,
)

SALES, SERVICES, GENERAL = _l("Sales"), _l("Services"), _l("General")


def views() -> list[BaseView]:
    return [
        records(OrderList, Order, _l("Orders"), "order", SALES, "shopping-cart"),
        OrderDashboard(name=_l("Order"), endpoint="order_page", url="/admin/order"),
        records(InvoiceList, Invoice, _l("Invoices"), "invoice", SALES, "file-invoice"),
        records(ShipmentList, Shipment, _l("Shipments"), "shipment", SALES, "truck"),
        records(TaskList, Task, _l("Tasks"), "task", SALES, "checklist"),
        records(CustomerView, Customer, _l("Customers"), "customer", _l("Customers"), "users"),
        records(ProductView, Product, _l("Products"), "product", _l("Catalogue"), "tag"),
        records(Outbox, OutgoingMail, _l("Outbox"), "outbox", SERVICES, "mail"),
        records(Arrivals, Arrival, _l("Import"), "arrivals", SERVICES, "upload"),
        records(JobList, Job, _l("Jobs"), "jobs", SERVICES, "checklist"),
        records(CompanySettings, Shop, _l("Settings"), "company", GENERAL, "settings"),
        records(LanguageSettings, Shop, _l("Settings"), "languages", GENERAL, "settings"),
        records(AdministrationSettings, Shop, _l("Settings"), "administration", GENERAL, "settings"),
        records(MailSettings, Shop, _l("Settings"), "mail_settings", GENERAL, "settings"),
        records(PaymentMethodView, PaymentMethod, _l("Payment methods"), "payment_method", GENERAL, "credit-card"),
        records(ShippingMethodView, ShippingMethod, _l("Shipping methods"), "shipping_method", GENERAL, "package"),
        records(StaffView, Staff, _l("Staff"), "staff", GENERAL, "key"),
    ]


def records(view: Any, model: Any, name: Any, endpoint: str, category: Any, icon: str) -> BaseView:
    made: BaseView = view(
        model, db, name=name, endpoint=endpoint, url=f"/admin/{endpoint.replace('_', '-')}", category=category,
        menu_icon_type="icon", menu_icon_value=icon,
    )  # fmt: skip
    return made
