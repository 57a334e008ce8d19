"""The menu of the back office, in the order in which it is read."""

from __future__ import annotations

from typing import Any

from flask_admin.base import BaseView
from flask_babel import lazy_gettext as _l

from app.admin_views.arrivals import Arrivals
from app.admin_views.connections import Connections
from app.admin_views.customers import CustomerView
from app.admin_views.dashboard import OrderDashboard
from app.admin_views.documents import InvoiceList, ShipmentList
from app.admin_views.drafts import DraftList
from app.admin_views.imports import Imports
from app.admin_views.jobs import JobList
from app.admin_views.mail_texts import MailTexts
from app.admin_views.orders import OrderList
from app.admin_views.outbox import Outbox
from app.admin_views.outside_shops import OutsideShops
from app.admin_views.products import PaymentMethodView, ProductView, ShippingMethodView
from app.admin_views.reports import Reports
from app.admin_views.returns import ReturnActionView, ReturnList, ReturnReasonView
from app.admin_views.roles import RoleView
from app.admin_views.settings.administration import AdministrationSettings
from app.admin_views.settings.api_keys import ApiKeySettings
from app.admin_views.settings.company import CompanySettings, LanguageSettings, MapSettings
from app.admin_views.settings.mail import MailSettings
from app.admin_views.settings.numbering import NumberingSettings
from app.admin_views.settings.order_statuses import OrderStatusSettings
from app.admin_views.settings.reminders import ReminderSettings
from app.admin_views.settings.topic import SettingsIndex
from app.admin_views.staff import StaffView
from app.admin_views.tasks import TaskList
from app.admin_views.tickets import TicketList
from app.admin_views.webhooks import Messages, Webhooks
from app.extensions import db
from app.models import (
    ApiToken,
    Arrival,
    Connection,
    Customer,
    CustomStatus,
    ImportBatch,
    Invoice,
    Job,
    Order,
    OutgoingMail,
    OutsideShop,
    PaymentMethod,
    Product,
    Return,
    ReturnAction,
    ReturnReason,
    Role,
    Shipment,
    ShippingMethod,
    Shop,
    Staff,
    Task,
    Ticket,
    WebhookDelivery,
    WebhookEndpoint,
)

SALES, SERVICES, REPORTS, GENERAL = _l("Sales"), _l("Services"), _l("Reports"), _l("General")


def views() -> list[BaseView]:
    return [
        records(OrderList, Order, _l("Orders"), "order", SALES, "shopping-cart"),
        OrderDashboard(name=_l("Order"), endpoint="order_page", url="/admin/order"),
        records(DraftList, Order, _l("Drafts"), "draft", SALES, "pencil"),
        records(InvoiceList, Invoice, _l("Invoices"), "invoice", SALES, "file-invoice"),
        records(ShipmentList, Shipment, _l("Shipments"), "shipment", SALES, "truck"),
        records(ReturnList, Return, _l("Returns"), "return", SALES, "truck-return"),
        records(ReturnReasonView, ReturnReason, _l("Return reason"), "return_reason", SALES, "list"),
        records(ReturnActionView, ReturnAction, _l("Return action"), "return_action", SALES, "list"),
        records(TicketList, Ticket, _l("Tickets"), "ticket", SALES, "message"),
        records(TaskList, Task, _l("Tasks"), "task", SALES, "checklist"),
        records(CustomerView, Customer, _l("Customers"), "customer", _l("Customers"), "users"),
        records(ProductView, Product, _l("Products"), "product", _l("Catalogue"), "tag"),
        MailTexts(
            name=_l("E-mails & texts"),
            endpoint="mail_texts",
            url="/admin/mail-texts",
            category=SERVICES,
            menu_icon_type="icon",
            menu_icon_value="mail",
        ),
        records(Outbox, OutgoingMail, _l("Outbox"), "outbox", SERVICES, "mail"),
        records(Imports, ImportBatch, _l("Import"), "imports", SERVICES, "upload"),
        records(Connections, Connection, _l("Connections"), "connection", SERVICES, "plug"),
        records(OutsideShops, OutsideShop, _l("Shops"), "outside_shop", SERVICES, "building-store"),
        records(Arrivals, Arrival, _l("Import & connections"), "arrivals", SERVICES, "upload"),
        records(Webhooks, WebhookEndpoint, _l("Webhooks"), "webhook", SERVICES, "webhook"),
        records(Messages, WebhookDelivery, _l("Messages to programs"), "webhook_message", SERVICES, "webhook"),
        records(JobList, Job, _l("Jobs"), "jobs", SERVICES, "checklist"),
        Reports(
            name=_l("Exports"),
            endpoint="reports",
            url="/admin/reports",
            category=REPORTS,
            menu_icon_type="icon",
            menu_icon_value="chart-bar",
        ),
        page(SettingsIndex, _l("Settings"), "settings", GENERAL, "settings"),
        records(CompanySettings, Shop, _l("Company"), "company", GENERAL, "settings"),
        records(LanguageSettings, Shop, _l("Languages & currency"), "languages", GENERAL, "settings"),
        records(MapSettings, Shop, _l("Maps"), "maps", GENERAL, "settings"),
        records(OrderStatusSettings, CustomStatus, _l("Order status"), "order_status", GENERAL, "settings"),
        records(AdministrationSettings, Shop, _l("Administration"), "administration", GENERAL, "settings"),
        page(NumberingSettings, _l("Numbering"), "numbering", GENERAL, "settings"),
        records(ReminderSettings, Shop, _l("Reminders"), "reminders", GENERAL, "settings"),
        records(MailSettings, Shop, _l("Mail"), "mail_settings", GENERAL, "settings"),
        records(ApiKeySettings, ApiToken, _l("API keys"), "api_keys", GENERAL, "settings"),
        records(PaymentMethodView, PaymentMethod, _l("Payment methods"), "payment_method", GENERAL, "credit-card"),
        records(ShippingMethodView, ShippingMethod, _l("Shipping methods"), "shipping_method", GENERAL, "package"),
        records(StaffView, Staff, _l("Staff"), "staff", GENERAL, "key"),
        records(RoleView, Role, _l("Roles"), "role", GENERAL, "key"),
    ]


def records(view: Any, model: Any, name: Any, endpoint: str, category: Any, icon: str) -> BaseView:
    return page(view, name, endpoint, category, icon, model, db)


def page(view: Any, name: Any, endpoint: str, category: Any, icon: str, *of: Any) -> BaseView:
    made: BaseView = view(
        *of, name=name, endpoint=endpoint, url=f"/admin/{endpoint.replace('_', '-')}", category=category,
        menu_icon_type="icon", menu_icon_value=icon,
    )  # fmt: skip
    return made
