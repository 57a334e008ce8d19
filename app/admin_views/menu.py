"""The menu of the back office, in the order in which it is read."""

from __future__ import annotations

from flask_admin.base import BaseView
from flask_babel import lazy_gettext as _l

from app.admin_views.arrivals import Arrivals
from app.admin_views.bank import Bank
from app.admin_views.base import RecordView
from app.admin_views.connection_telling import ShopTelling
from app.admin_views.connections import Connections
from app.admin_views.customers import CustomerView
from app.admin_views.dashboard.page import OrderDashboard
from app.admin_views.documents import InvoiceList, ShipmentList
from app.admin_views.drafts import DraftList
from app.admin_views.due_reminders import DueReminders
from app.admin_views.e_invoices import EInvoiceList
from app.admin_views.everything import Everything
from app.admin_views.factors import Factors
from app.admin_views.figures import Figures
from app.admin_views.imports import Imports
from app.admin_views.jobs import JobList
from app.admin_views.list_views import ListViews
from app.admin_views.mail_texts import MailTexts
from app.admin_views.manual import Manual
from app.admin_views.news import NewsPage
from app.admin_views.orders import OrderList
from app.admin_views.outbox import Outbox
from app.admin_views.outside_shops import OutsideShops
from app.admin_views.packing import Packing
from app.admin_views.products import PaymentMethodView, ProductView, ShippingMethodView
from app.admin_views.profile import Profile
from app.admin_views.receivables import Receivables
from app.admin_views.reports import Reports
from app.admin_views.returns import ReturnActionView, ReturnList, ReturnReasonView
from app.admin_views.roles import RoleView
from app.admin_views.security_log import SecurityLog
from app.admin_views.settings.accounts import AccountSettings
from app.admin_views.settings.administration import AdministrationSettings
from app.admin_views.settings.api_keys import ApiKeySettings
from app.admin_views.settings.company import CompanySettings, LanguageSettings, MapSettings
from app.admin_views.settings.copies import CopySettings
from app.admin_views.settings.documents import DocumentSettings
from app.admin_views.settings.e_invoices import EInvoiceSettings
from app.admin_views.settings.mail import MailSettings
from app.admin_views.settings.numbering import NumberingSettings
from app.admin_views.settings.order_statuses import OrderStatusSettings
from app.admin_views.settings.own_words import OwnWordSettings
from app.admin_views.settings.reminders import ReminderSettings
from app.admin_views.settings.security import SecuritySettings
from app.admin_views.settings.signing_in import SignInSettings
from app.admin_views.settings.topic import SettingsIndex
from app.admin_views.settings.vat_rates import VatRateSettings
from app.admin_views.settings.vat_scheme import VatSchemeSettings
from app.admin_views.shop_products import ShopProducts
from app.admin_views.shop_stock import ShopStock
from app.admin_views.staff import StaffView
from app.admin_views.tasks import TaskList
from app.admin_views.tickets import TicketList
from app.admin_views.usual_methods import UsualMethods
from app.admin_views.vat_return import VatReturnPage
from app.admin_views.webhooks import Messages, Webhooks
from app.extensions import Model, ShownText, db
from app.models import (
    ApiToken,
    Arrival,
    Connection,
    Customer,
    CustomStatus,
    EInvoiceSending,
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
    SecurityEvent,
    Shipment,
    ShippingMethod,
    Shop,
    ShopProduct,
    Staff,
    Task,
    Ticket,
    VatRate,
    WebhookDelivery,
    WebhookEndpoint,
)

SALES, SERVICES, REPORTS, GENERAL = _l("Sales"), _l("Services"), _l("Reports"), _l("General")


def views() -> list[BaseView]:
    return [
        place_list(OrderList, Order, _l("Orders"), "order", SALES, "shopping-cart"),
        OrderDashboard(name=_l("Order"), endpoint="order_page", url="/admin/order"),
        place_list(DraftList, Order, _l("Drafts"), "draft", SALES, "pencil"),
        place_list(InvoiceList, Invoice, _l("Invoices"), "invoice", SALES, "file-invoice"),
        place_list(EInvoiceList, EInvoiceSending, _l("E-invoices"), "e_invoice", SALES, "file-invoice"),
        place_view(Receivables, _l("Open invoices"), "receivables", SALES, "clock"),
        place_view(DueReminders, _l("Reminders"), "due_reminders", SALES, "bell"),
        place_view(Bank, _l("Bank"), "bank", SALES, "cash"),
        place_list(ShipmentList, Shipment, _l("Shipments"), "shipment", SALES, "truck"),
        place_view(Packing, _l("Packing"), "packing", SALES, "package"),
        place_list(ReturnList, Return, _l("Returns"), "return", SALES, "truck-return"),
        place_list(ReturnReasonView, ReturnReason, _l("Return reasons"), "return_reason", SALES, "list"),
        place_list(ReturnActionView, ReturnAction, _l("Preferred solutions"), "return_action", SALES, "list"),
        place_list(TicketList, Ticket, _l("Tickets"), "ticket", SALES, "message"),
        place_list(TaskList, Task, _l("Tasks"), "task", SALES, "checklist"),
        place_list(CustomerView, Customer, _l("Customers"), "customer", _l("Customers"), "users"),
        place_list(ProductView, Product, _l("Products"), "product", _l("Catalogue"), "tag"),
        MailTexts(
            name=_l("E-mails & texts"),
            endpoint="mail_texts",
            url="/admin/mail-texts",
            category=SERVICES,
            menu_icon_type="icon",
            menu_icon_value="mail",
        ),
        place_list(Outbox, OutgoingMail, _l("Outbox"), "outbox", SERVICES, "mail"),
        place_list(Imports, ImportBatch, _l("Import"), "imports", SERVICES, "upload"),
        place_list(Connections, Connection, _l("Connections"), "connection", SERVICES, "plug"),
        place_list(ShopTelling, Connection, _l("What shops are told"), "telling", SERVICES, "plug"),
        place_list(ShopStock, Connection, _l("Products and stock"), "shop_stock", SERVICES, "package"),
        place_list(ShopProducts, ShopProduct, _l("Products of shops"), "shop_product", SERVICES, "tag"),
        place_list(OutsideShops, OutsideShop, _l("Shops"), "outside_shop", SERVICES, "building-store"),
        place_list(Arrivals, Arrival, _l("Import & connections"), "arrivals", SERVICES, "upload"),
        place_list(Webhooks, WebhookEndpoint, _l("Webhooks"), "webhook", SERVICES, "webhook"),
        place_list(Messages, WebhookDelivery, _l("Webhook messages"), "webhook_message", SERVICES, "webhook"),
        place_list(JobList, Job, _l("Jobs"), "jobs", SERVICES, "checklist"),
        place_view(Figures, _l("Figures"), "figures", REPORTS, "chart-bar"),
        place_view(VatReturnPage, _l("VAT return"), "vat_return", REPORTS, "file-invoice"),
        Reports(
            name=_l("Exports"),
            endpoint="reports",
            url="/admin/reports",
            category=REPORTS,
            menu_icon_type="icon",
            menu_icon_value="download",
        ),
        place_view(SettingsIndex, _l("Settings"), "settings", GENERAL, "settings"),
        place_list(CompanySettings, Shop, _l("Company"), "company", GENERAL, "settings"),
        place_list(LanguageSettings, Shop, _l("Languages & currency"), "languages", GENERAL, "settings"),
        place_list(DocumentSettings, Shop, _l("Documents"), "document_settings", GENERAL, "settings"),
        place_list(OwnWordSettings, Shop, _l("Own words"), "own_words", GENERAL, "settings"),
        place_list(SignInSettings, Shop, _l("Signing in"), "sign_in_settings", GENERAL, "settings"),
        place_list(MapSettings, Shop, _l("Maps"), "maps", GENERAL, "settings"),
        place_list(VatSchemeSettings, Shop, _l("VAT scheme"), "vat_scheme", GENERAL, "settings"),
        place_list(VatRateSettings, VatRate, _l("VAT rates"), "vat_rates", GENERAL, "settings"),
        place_list(OrderStatusSettings, CustomStatus, _l("Order status"), "order_status", GENERAL, "settings"),
        place_list(AdministrationSettings, Shop, _l("Administration"), "administration", GENERAL, "settings"),
        place_list(EInvoiceSettings, Shop, _l("E-invoices"), "e_invoice_settings", GENERAL, "settings"),
        place_list(AccountSettings, Shop, _l("Accounts"), "accounts", GENERAL, "settings"),
        place_view(NumberingSettings, _l("Numbering"), "numbering", GENERAL, "settings"),
        place_list(ReminderSettings, Shop, _l("Reminders"), "reminders", GENERAL, "settings"),
        place_list(MailSettings, Shop, _l("Mail"), "mail_settings", GENERAL, "settings"),
        place_list(SecuritySettings, Shop, _l("Security"), "security_settings", GENERAL, "settings"),
        place_list(CopySettings, Shop, _l("Copies"), "copies", GENERAL, "settings"),
        place_list(ApiKeySettings, ApiToken, _l("API keys"), "api_keys", GENERAL, "settings"),
        place_list(PaymentMethodView, PaymentMethod, _l("Payment methods"), "payment_method", GENERAL, "credit-card"),
        place_list(ShippingMethodView, ShippingMethod, _l("Shipping methods"), "shipping_method", GENERAL, "package"),
        Manual(name=_l("Manual"), endpoint="manual", url="/admin/manual"),
        Everything(name=_l("Search"), endpoint="everything", url="/admin/search"),
        UsualMethods(name=_l("Usual methods"), endpoint="usual_methods", url="/admin/usual-methods"),
        Factors(name=_l("Second factor"), endpoint="factors", url="/admin/factors"),
        ListViews(name=_l("Views"), endpoint="list_views", url="/admin/list-views"),
        NewsPage(name=_l("What is new"), endpoint="news", url="/admin/news"),
        Profile(name=_l("Your page"), endpoint="profile", url="/admin/profile"),
        place_list(StaffView, Staff, _l("Staff"), "staff", GENERAL, "key"),
        place_list(RoleView, Role, _l("Roles"), "role", GENERAL, "key"),
        place_list(SecurityLog, SecurityEvent, _l("Security log"), "security_log", GENERAL, "shield"),
    ]


def place_list(
    view: type[RecordView], model: type[Model], name: ShownText, endpoint: str, category: ShownText, icon: str
) -> BaseView:
    return place_view(view, name, endpoint, category, icon, model, db)


def place_view(
    view: type[BaseView], name: ShownText, endpoint: str, category: ShownText, icon: str, *of: object
) -> BaseView:
    made: BaseView = view(
        *of, name=name, endpoint=endpoint, url=f"/admin/{endpoint.replace('_', '-')}", category=category,
        menu_icon_type="icon", menu_icon_value=icon,
    )  # fmt: skip
    return made
