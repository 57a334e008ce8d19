"""SALES > Invoices and SALES > Shipments: the lists over all orders. A row opens the order at that tab."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from flask import request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, defer, joinedload, selectinload

from app import queries
from app.accounting.crediting import is_fully_credited
from app.actions.declaration import AnyAction
from app.actions.e_invoices import send_e_invoice
from app.actions.invoices import send_invoice
from app.actions.next_steps import Taken, next_step
from app.actions.packing_slips import withdraw_packing_slip
from app.actions.payments import mark_paid
from app.actions.shipments import send_shipment
from app.admin_views.base import RecordView
from app.admin_views.bulk import row_actions
from app.admin_views.dashboard.buttons import Button
from app.admin_views.filters import (
    FilterByOrder,
    FilterByReversal,
    FilterByValue,
    FilteredByRecords,
    amounts_of,
    days_of,
)  # fmt: skip
from app.admin_views.printouts import PICK_LIST
from app.admin_views.record_texts import LeadsOn, RecordTexts
from app.admin_views.signin import may
from app.admin_views.tabbed_list import ListTab, TabbedList
from app.documents import printing
from app.models import Invoice, InvoiceKind, Order, Return, Shipment
from app.pages.formatting import amount, badge, country, day, paid_badge, sent_badge
from app.pages.labels import CREDIT_NOTE, INVOICE, SENT_OFF
from app.queries import tab_conditions
from app.queries.keyset import ListSort, PagePlace, SortColumn, for_few, or_last
from app.queries.order_list import NO_DRAFT
from app.queries.packing import slips_to_pack
from app.queries.record_search import INVOICE_SEARCH, SHIPMENT_SEARCH

INVOICE_KINDS = {InvoiceKind.INVOICE: INVOICE, InvoiceKind.CREDIT_NOTE: CREDIT_NOTE}


#: What more the lists can show of an order.
SAID_OF_ORDER = (Order.country, Order.email, Order.payment_method_title)

#: What has a list of its own beside that of the orders.
Document: TypeAlias = Invoice | Shipment | Return


@dataclass(frozen=True)
class RowOffers:
    """What stands at the end of a row: the next step, what else can be done, its print, and a look at its order."""

    step: Button | None
    others: list[Button]
    print_url: str
    look_url: str


def document_button(action: AnyAction, record: Document | Order) -> Button:
    order, part = (record, None) if isinstance(record, Order) else (record.order, record.id)
    back = request.full_path.rstrip("?")
    url = url_for("order_page.act", number=order.number, action_name=action.name, record_id=part, url=back)
    return Button(str(action.title), action.icon, url, "")


def by_order(of: InstrumentedAttribute[Order], column: SortColumn, *then: SortColumn) -> ListSort:
    """By what its order says, in the order of an index that the list of orders has."""
    return ListSort(column, (*then, Order.id), of)


def by_order_for_few(of: InstrumentedAttribute[Order], column: SortColumn) -> ListSort:
    return replace(by_order(of, column), is_for_few=True)


class OfOrder(RecordView):
    """A list of documents, each with the order it belongs to."""

    tab_of_order = ""

    def ids_from(
        self, where: list[ColumnElement[bool]], sort: ListSort, place: PagePlace, *, descending: bool
    ) -> Select[int]:
        """Drafts have no documents; the indexes of orders want to hear it."""
        where = where if sort.via is None else [*where, NO_DRAFT]
        return super().ids_from(where, sort, place, descending=descending)

    def row_offers(self, row: Document) -> RowOffers:
        """What can be done to it, if the person may; what the page of its order would do, and back to this list."""
        own = [one for one in row_actions(self.model) if one.in_rows and one.in_rows.is_offered(row) and may(one.right)]
        step = self.step_of(row)
        return RowOffers(
            document_button(*step) if step and may(step[0].right) else None,
            [document_button(one, row) for one in own],
            self.print_url(row),
            url_for("order_page.look", number=row.order.number, url=request.full_path.rstrip("?")),
        )

    def print_url(self, row: Document) -> str:
        return ""

    def step_of(self, row: Document) -> Taken | None:
        step = next_step(row)
        return (step, row) if step else None

    def row_url(self, row: Document) -> str:
        return url_for("order_page.show", number=row.order.number, tab=self.tab_of_order)

    def list_query(self) -> Select[Invoice] | Select[Shipment] | Select[Return]:
        order = joinedload(self.model.order).load_only(Order.number, Order.customer_name, Order.currency)
        return select(self.model).options(order)


class InvoiceList(FilteredByRecords, OfOrder, TabbedList):
    tabs = {
        "": ListTab(_l("All")),
        "open": ListTab(_l("Open"), tab_conditions.open_invoices),
        "overdue": ListTab(_l("Overdue"), lambda: tab_conditions.overdue_invoices(queries.today())),
        "credited": ListTab(_l("Credited"), tab_conditions.credited_invoices, tab_conditions.ids_of_credited),
        "credit_notes": ListTab(_l("Credit notes"), tab_conditions.credit_notes),
    }
    texts = RecordTexts(
        none=_l("No invoices yet"),
        none_hint=_l("They are made with your orders, as Settings > Administration says."),
        leads_on=LeadsOn("order.index_view", _l("Orders")),
    )
    tab_of_order = "invoices"
    many_actions = (send_invoice, send_e_invoice)
    prints_ticked = True
    list_template = "admin/invoice/list.html"
    column_list = ("number", "kind", "issued_at", "order", "customer", "total", "paid_at", "due_on")
    more_columns = ("country", "email", "payment_method", "sent_at")
    column_sortable_list = ("number", "issued_at", "total")
    sorts = {
        "kind": ListSort(Invoice.kind, (Invoice.issued_at,)),
        "order": by_order(Invoice.order, Order.number),
        "customer": by_order(Invoice.order, Order.customer_name),
        "paid_at": for_few(Invoice.paid_at),
        "due_on": or_last(Invoice.due_on),
        "country": by_order(Invoice.order, Order.country, Order.placed_at),
        "payment_method": by_order(Invoice.order, Order.payment_method_title, Order.placed_at),
        "email": by_order_for_few(Invoice.order, Order.email),
        "sent_at": for_few(Invoice.sent_at),
    }
    column_default_sort = ("issued_at", True)
    column_filters = (
        *days_of(Invoice.issued_at, _l("Date")),
        FilterByOrder(Invoice, Order.country, _l("Country"), "country", country),
        FilterByOrder(Invoice, Order.payment_method_title, _l("Payment method"), "payment_method"),
        *amounts_of(Invoice.total, _l("Total")),
        FilterByReversal(Invoice),
    )
    searched = INVOICE_SEARCH
    export_right = "exports.invoices"
    exported_currency = staticmethod(lambda invoice: invoice.currency)
    exported_as_shown = ("paid_at",)
    column_labels = {
        "kind": _l("Kind"),
        "issued_at": _l("Date"),
        "paid_at": _l("Status"),
        "due_on": _l("Pay by"),
        "country": _l("Country"),
        "payment_method": _l("Payment method"),
        "sent_at": SENT_OFF,
    }
    column_formatters = {
        "kind": lambda view, context, model, name: badge(INVOICE_KINDS[model.kind]),
        "customer": lambda view, context, model, name: model.order.customer_name,
        "country": lambda view, context, model, name: country(model.order.country),
        "email": lambda view, context, model, name: model.order.email,
        "payment_method": lambda view, context, model, name: model.order.payment_method_title,
        "total": lambda view, context, model, name: amount(model.total, model.currency),
        "paid_at": lambda view, context, model, name: paid_badge(model),
        "due_on": lambda view, context, model, name: day(model.due_on) if model.due_on else "",
    }

    def list_query(self) -> Select[Invoice]:
        """With the credit notes of the same order, which say whether an invoice is credited."""
        others = (Invoice.kind, Invoice.credits_id, Invoice.total, Invoice.paid_at)
        shown = (Order.number, Order.customer_name, Order.currency, Order.payment_status, *SAID_OF_ORDER)
        order = joinedload(Invoice.order).options(selectinload(Order.invoices).load_only(*others)).load_only(*shown)
        return select(Invoice).options(order, defer(Invoice.snapshot))

    def count_undrawn(self, ids: list[int]) -> int:
        return printing.count_undrawn_invoices(ids)

    def draw_rows(self, ids: list[int]) -> bytes | None:
        return printing.invoices_in_one(ids)

    def print_url(self, row: Document) -> str:
        return url_for("order_page.invoice_pdf", number=row.order.number, invoice_id=row.id)

    def step_of(self, row: Document) -> Taken | None:
        """Paid, of an order of which this is all that is to pay: else its pop-up says how much of it is."""
        to_pay = [one for one in row.order.invoices if is_to_pay(one)]
        is_for_rows = mark_paid.in_rows and mark_paid.in_rows.is_offered(row.order)
        return (mark_paid, row.order) if to_pay == [row] and is_for_rows else None

    def asked_kind(self) -> InvoiceKind | None:
        asked = self.list_args.get("kind", "")
        return InvoiceKind(asked) if asked in INVOICE_KINDS else None

    def knows_part(self, name: str, value: str) -> bool:
        return value in INVOICE_KINDS if name == "kind" else super().knows_part(name, value)

    def narrowed(self) -> list[ColumnElement[bool]]:
        kind = self.asked_kind()
        return [Invoice.kind == kind] if kind else []

    def kept(self) -> dict[str, str]:
        return {"kind": self.asked_kind() or ""}

    def render(self, template: str, **kwargs: object) -> str:
        kind = self.asked_kind()
        choices = [(None, _l("Any")), *((one, label.text) for one, label in INVOICE_KINDS.items())]
        kwargs["kinds"] = [(self.list_url(kind=value or ""), text, value == kind) for value, text in choices]
        kwargs["kind_text"] = INVOICE_KINDS[kind].text if kind else ""
        return str(super().render(template, **kwargs))


def is_to_pay(invoice: Invoice) -> bool:
    return invoice.kind == InvoiceKind.INVOICE and not invoice.paid_at and not is_fully_credited(invoice)


#: By these it shows whether an order lets its parcels go.
LETS_GO = (
    Order.is_draft, Order.is_pick_up, Order.status, Order.payment_status, Order.held_at, Order.cancelled_at,
    Order.total, Order.invoiced, Order.credited, Order.paid, Order.refunded, Order.adjusted,
    Order.invoiced_elsewhere_at,
)  # fmt: skip


class ShipmentList(FilteredByRecords, OfOrder, TabbedList):
    tabs = {
        "": ListTab(_l("All")),
        "open": ListTab(_l("To ship"), tab_conditions.slips_lying_open),
        "sent": ListTab(_l("Sent"), tab_conditions.parcels_sent),
        "lost": ListTab(_l("Lost"), tab_conditions.parcels_lost),
        "withdrawn": ListTab(_l("Withdrawn"), tab_conditions.slips_withdrawn),
    }
    texts = RecordTexts(
        none=_l("No packing slips yet"),
        none_hint=_l("They are made on an order, or for many in the list of orders."),
        leads_on=LeadsOn("order.index_view", _l("Orders")),
    )
    tab_of_order = "shipments"
    many_actions = (send_shipment, withdraw_packing_slip)
    prints_ticked = True
    printouts = (PICK_LIST,)
    column_list = ("number", "created_at", "order", "customer", "method_title", "tracking_code", "sent_at")
    more_columns = ("country", "email", "phone")
    column_sortable_list = ("number", "created_at")
    sorts = {
        "order": by_order(Shipment.order, Order.number),
        "customer": by_order(Shipment.order, Order.customer_name),
        "method_title": ListSort(Shipment.method_title, (Shipment.created_at,)),
        "tracking_code": for_few(Shipment.tracking_code),
        "sent_at": for_few(Shipment.sent_at),
        "country": by_order(Shipment.order, Order.country, Order.placed_at),
        "email": by_order_for_few(Shipment.order, Order.email),
        "phone": by_order_for_few(Shipment.order, Order.phone),
    }
    column_default_sort = ("created_at", True)
    column_filters = (
        *days_of(Shipment.created_at, _l("Date")),
        FilterByValue(Shipment.method_title, _l("Shipping method")),
        FilterByOrder(Shipment, Order.country, _l("Country"), "country", country),
    )
    searched = SHIPMENT_SEARCH
    export_right = "exports.shipments"
    exported_as_shown = ("sent_at",)
    column_labels = {
        "method_title": _l("Shipping method"),
        "tracking_code": _l("Track & Trace"),
        "sent_at": _l("Status"),
        "country": _l("Country"),
    }
    column_formatters = {
        "customer": lambda view, context, model, name: model.order.customer_name,
        "country": lambda view, context, model, name: country(model.order.country),
        "email": lambda view, context, model, name: model.order.email,
        "phone": lambda view, context, model, name: model.order.phone,
        "sent_at": lambda view, context, model, name: sent_badge(model),
    }

    def list_query(self) -> Select[Shipment]:
        """With what is in them: of a lost one, whether that is all of it."""
        shown = (Order.number, Order.customer_name, Order.currency, Order.phone, *SAID_OF_ORDER, *LETS_GO)
        return select(Shipment).options(joinedload(Shipment.order).load_only(*shown), selectinload(Shipment.lines))

    def count_undrawn(self, ids: list[int]) -> int:
        return printing.count_undrawn_slips(ids)

    def parcels_of(self, ids: list[int]) -> list[Shipment]:
        return slips_to_pack(len(ids), Shipment.id.in_(ids))

    def draw_rows(self, ids: list[int]) -> bytes | None:
        return printing.slips_in_one(ids)

    def print_url(self, row: Document) -> str:
        return url_for("order_page.packing_slip_pdf", number=row.order.number, shipment_id=row.id)
