"""SALES > Invoices and SALES > Shipments: the lists over all orders. A row opens the order at that tab."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import defer, joinedload, selectinload

from app.admin_views.base import Filters, RecordView
from app.admin_views.record_texts import LeadsOn, RecordTexts
from app.models import Invoice, InvoiceKind, Order, Return, Shipment
from app.pages.formatting import amount, badge, day, paid_badge, sent_badge
from app.pages.labels import CREDIT_NOTE, INVOICE
from app.queries.record_search import INVOICE_SEARCH, SHIPMENT_SEARCH

INVOICE_KINDS = {InvoiceKind.INVOICE: INVOICE, InvoiceKind.CREDIT_NOTE: CREDIT_NOTE}


class OfOrder(RecordView):
    """A list of documents, each with the order it belongs to."""

    tab_of_order = ""

    def row_url(self, row: Invoice | Shipment | Return) -> str:
        return url_for("order_page.show", number=row.order.number, tab=self.tab_of_order)

    def list_query(self) -> Select[Invoice] | Select[Shipment] | Select[Return]:
        order = joinedload(self.model.order).load_only(Order.number, Order.customer_name, Order.currency)
        return select(self.model).options(order)


class InvoiceList(OfOrder):
    texts = RecordTexts(
        none=_l("No invoices yet"),
        none_hint=_l("They are made with your orders, as Settings > Administration says."),
        leads_on=LeadsOn("order.index_view", _l("Orders")),
    )
    tab_of_order = "invoices"
    list_template = "admin/invoice/list.html"
    column_list = ("number", "kind", "issued_at", "order", "customer", "total", "paid_at", "due_on")
    column_sortable_list = ("number", "issued_at")
    column_default_sort = ("issued_at", True)
    searched = INVOICE_SEARCH
    column_labels = {
        "kind": _l("Kind"),
        "issued_at": _l("Date"),
        "paid_at": _l("Status"),
        "due_on": _l("Pay by"),
    }
    column_formatters = {
        "kind": lambda view, context, model, name: badge(INVOICE_KINDS[model.kind]),
        "customer": lambda view, context, model, name: model.order.customer_name,
        "total": lambda view, context, model, name: amount(model.total, model.currency),
        "paid_at": lambda view, context, model, name: paid_badge(model),
        "due_on": lambda view, context, model, name: day(model.due_on) if model.due_on else "",
    }

    def list_query(self) -> Select[Invoice]:
        """With the credit notes of the same order, which say whether an invoice is credited."""
        others = (Invoice.kind, Invoice.credits_id, Invoice.total)
        shown = (Order.number, Order.customer_name, Order.currency)
        order = joinedload(Invoice.order).options(selectinload(Order.invoices).load_only(*others)).load_only(*shown)
        return select(Invoice).options(order, defer(Invoice.snapshot))

    def conditions(self, search: str | None, filters: Filters) -> list[ColumnElement[bool]]:
        kind = asked_kind()
        return [*super().conditions(search, filters), *([Invoice.kind == kind] if kind else [])]

    def render(self, template: str, **kwargs: object) -> str:
        kind, search = asked_kind(), request.args.get("search") or None
        choices = [(None, _l("Any")), *((one, label.text) for one, label in INVOICE_KINDS.items())]
        kwargs["kinds"] = [
            (url_for(".index_view", kind=value, search=search), text, value == kind) for value, text in choices
        ]
        kwargs["kind_text"] = INVOICE_KINDS[kind].text if kind else ""
        return str(super().render(template, **kwargs))


def asked_kind() -> InvoiceKind | None:
    asked = request.args.get("kind", "")
    return InvoiceKind(asked) if asked in INVOICE_KINDS else None


class ShipmentList(OfOrder):
    texts = RecordTexts(
        none=_l("No packing slips yet"),
        none_hint=_l("They are made on an order, or for many in the list of orders."),
        leads_on=LeadsOn("order.index_view", _l("Orders")),
    )
    tab_of_order = "shipments"
    column_list = ("number", "created_at", "order", "customer", "method_title", "tracking_code", "sent_at")
    column_sortable_list = ("number", "created_at")
    column_default_sort = ("created_at", True)
    searched = SHIPMENT_SEARCH
    column_labels = {
        "method_title": _l("Shipping method"),
        "tracking_code": _l("Track & Trace"),
        "sent_at": _l("Status"),
    }
    column_formatters = {
        "customer": lambda view, context, model, name: model.order.customer_name,
        "sent_at": lambda view, context, model, name: sent_badge(model),
    }

    def list_query(self) -> Select[Shipment]:
        """With what is in them: of a lost one, whether that is all of it."""
        order = joinedload(Shipment.order).load_only(Order.number, Order.customer_name, Order.currency)
        return select(Shipment).options(order, selectinload(Shipment.lines))
