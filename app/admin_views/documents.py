"""SALES > Invoices and SALES > Shipments: the lists over all orders. A row opens the order at that tab."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.admin_views.base import RecordView
from app.admin_views.showing import amount, moment, paid_badge, sent_badge
from app.models import Invoice, Order, Shipment


class OfOrder(RecordView):
    """A list of documents, each with the order it belongs to."""

    tab = ""

    def row_url(self, row: Any) -> str:
        return url_for("order_page.show", number=row.order.number, tab=self.tab)

    def list_query(self) -> Any:
        order = joinedload(self.model.order).load_only(Order.number, Order.customer_name, Order.currency)
        return select(self.model).options(order)


class InvoiceList(OfOrder):
    tab = "invoices"
    column_list = ("number", "issued_at", "order", "customer", "total", "paid_at", "due_on")
    column_sortable_list = ("number", "issued_at")
    column_default_sort = ("issued_at", True)
    numeric_columns = ("total",)
    search_columns = (Invoice.number,)
    column_labels = {
        "number": _l("Number"),
        "issued_at": _l("Date"),
        "order": _l("Order"),
        "customer": _l("Customer"),
        "total": _l("Total"),
        "paid_at": _l("Status"),
        "due_on": _l("Pay before"),
    }
    column_formatters = {
        "issued_at": lambda view, context, model, name: moment(model.issued_at),
        "customer": lambda view, context, model, name: model.order.customer_name,
        "total": lambda view, context, model, name: amount(model.total, model.currency),
        "paid_at": lambda view, context, model, name: paid_badge(model),
    }


class ShipmentList(OfOrder):
    tab = "shipments"
    column_list = ("number", "created_at", "order", "customer", "method_title", "tracking_code", "sent_at")
    column_sortable_list = ("number", "created_at")
    column_default_sort = ("created_at", True)
    search_columns = (Shipment.number, Shipment.tracking_code)
    column_labels = {
        "number": _l("Number"),
        "created_at": _l("Date"),
        "order": _l("Order"),
        "customer": _l("Customer"),
        "method_title": _l("Shipping method"),
        "tracking_code": _l("Track & Trace"),
        "sent_at": _l("Status"),
    }
    column_formatters = {
        "created_at": lambda view, context, model, name: moment(model.created_at),
        "customer": lambda view, context, model, name: model.order.customer_name,
        "sent_at": lambda view, context, model, name: sent_badge(model),
    }
