"""SALES > Invoices > E-invoices: those that were sent or are to be, what became of them, and Send again."""

from __future__ import annotations

from flask import url_for
from flask_admin.contrib.sqla.filters import FilterEqual
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import Select, select
from sqlalchemy.orm import defer, joinedload

from app.actions.e_invoices import send_refused_e_invoice
from app.admin_views.base import RecordView
from app.admin_views.dashboard.invoices import FORMAT_TITLES, why_e_invoice_waits
from app.admin_views.outage_news import e_invoice_outage
from app.admin_views.record_texts import RecordTexts
from app.models import EInvoiceSending, Invoice, Order
from app.pages.formatting import badge, moment
from app.pages.labels import E_INVOICE_STATE, E_INVOICE_WAY, SENT_OFF
from app.queries.keyset import each_for_few, for_few, of_other
from app.queries.outages import current_outages

#: Of the invoice.
ORDER_NUMBER = (
    select(Order.number)
    .join(Invoice, Invoice.order_id == Order.id)
    .where(Invoice.id == EInvoiceSending.invoice_id)
    .correlate(EInvoiceSending)
    .scalar_subquery()
)


class EInvoiceList(RecordView):
    texts = RecordTexts(
        none=_l("No e-invoices were sent yet"),
        none_hint=_l("Settings > E-invoices says which go by themselves, and where."),
        many_done=lambda count: ngettext("%(num)s e-invoice queued again.", "%(num)s e-invoices queued again.", count),
        many_unchanged=lambda count: ngettext("%(num)s e-invoice unchanged:", "%(num)s e-invoices unchanged:", count),
    )
    right = send_refused_e_invoice.right
    stands_under = "invoice"  # its tab
    many_actions = (send_refused_e_invoice,)
    column_list = ("invoice", "order", "way", "state", "why", "created_at", "sent_at")
    more_columns = ("format",)
    column_sortable_list = ("state",)
    sorts = {
        "invoice": of_other(Invoice.number, EInvoiceSending.invoice_id),
        "order": for_few(ORDER_NUMBER),
        **each_for_few(
            EInvoiceSending.way, EInvoiceSending.created_at, EInvoiceSending.sent_at, EInvoiceSending.format
        ),
    }
    column_default_sort = ("id", True)
    column_filters = (
        FilterEqual(
            EInvoiceSending.state, _l("Status"), options=[(key, label.text) for key, label in E_INVOICE_STATE.items()]
        ),
    )
    list_template = "admin/invoice/e_invoices.html"
    column_labels = {
        "invoice": _l("Number"),
        "format": _l("Format"),
        "way": _l("Way"),
        "why": _l("What was answered"),
        "created_at": _l("Created on"),
        "sent_at": SENT_OFF,
    }
    column_formatters = {
        "invoice": lambda view, context, model, name: model.invoice.number,
        "order": lambda view, context, model, name: Markup('<span class="text-nowrap">{}</span>').format(
            model.invoice.order.number
        ),
        "format": lambda view, context, model, name: FORMAT_TITLES[model.format],
        "way": lambda view, context, model, name: E_INVOICE_WAY[model.way],
        "state": lambda view, context, model, name: badge(E_INVOICE_STATE[model.state]),
        "why": lambda view, context, model, name: why_e_invoice_waits(model)[:200],
        "sent_at": lambda view, context, model, name: moment(model.sent_at) if model.sent_at else "",
    }

    def is_visible(self) -> bool:
        return False  # a tab of Invoices

    def row_url(self, row: EInvoiceSending) -> str:
        return url_for("order_page.show", number=row.invoice.order.number, tab="invoices")

    def list_query(self) -> Select[EInvoiceSending]:
        order = joinedload(EInvoiceSending.invoice).options(
            defer(Invoice.snapshot), joinedload(Invoice.order).load_only(Order.number)
        )
        return select(EInvoiceSending).options(order)

    def render(self, template: str, **kwargs: object) -> str:
        if template == self.list_template:
            kwargs["e_invoice_outage"] = e_invoice_outage(current_outages())
        return super().render(template, **kwargs)
