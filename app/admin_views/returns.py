"""SALES > Returns: all that comes back, and the shop's own lists of reasons and actions, each in a tab."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload
from wtforms.validators import DataRequired, NumberRange

from app.actions.credit_notes import reimbursable
from app.actions.returns import authorise_return, complete_return, receive_return
from app.admin_views.documents import OfOrder
from app.admin_views.filters import FilterByValue, FilteredByRecords, days_of
from app.admin_views.own_word_marks import SaidInLanguages, say_missing
from app.admin_views.record_texts import RecordTexts
from app.admin_views.tabbed_list import ListTab, TabbedList
from app.amounts.money import ZERO
from app.extensions import ShownText
from app.models import Invoice, Order, OrderLine, Return, ReturnLine, ReturnStatus, WordKind
from app.pages.formatting import amount, badge, day, quantity
from app.pages.labels import RETURN_STATUS
from app.queries.keyset import ListSort, for_few, of_other
from app.queries.record_search import RETURN_SEARCH

#: By these it shows what is refunded.
SAID_OF_INVOICE = (
    Invoice.order_id, Invoice.kind, Invoice.credits_id, Invoice.return_id, Invoice.currency, Invoice.total,
    Invoice.snapshot,
)  # fmt: skip
SAID_OF_LINE = (
    OrderLine.order_id, OrderLine.position, OrderLine.kind, OrderLine.quantity, OrderLine.total, OrderLine.taxes,
    OrderLine.tax_total,
)  # fmt: skip


def in_status(status: ReturnStatus) -> ListTab:
    return ListTab(RETURN_STATUS[status].text, lambda: [Return.status == status])


#: How many come back.
PIECES = (
    select(func.sum(ReturnLine.quantity)).where(ReturnLine.return_id == Return.id).correlate(Return).scalar_subquery()
)


class ReturnList(FilteredByRecords, OfOrder, TabbedList):
    """A row opens the order at its returns, where they are received, credited, completed or rejected."""

    tabs = {"": ListTab(_l("All")), **{status.value: in_status(status) for status in ReturnStatus}}
    tab_part = "status"
    tab_of_order = "returns"
    many_actions = (authorise_return, receive_return, complete_return)
    column_list = ("number", "created_at", "order", "customer", "pieces", "reason", "action", "amount", "status")
    column_sortable_list = ("number", "created_at")
    sorts = {
        "order": of_other(Order.number, Return.order_id),
        "customer": of_other(Order.customer_name, Return.order_id),
        "pieces": for_few(PIECES),
        "reason": ListSort(Return.reason, (Return.created_at,)),
        "action": ListSort(Return.action, (Return.created_at,)),
        "status": ListSort(Return.status, (Return.created_at,)),
    }
    column_default_sort = ("created_at", True)
    column_filters = (
        *days_of(Return.created_at, _l("Date")),
        FilterByValue(Return.reason, _l("Return reason")),
        FilterByValue(Return.action, _l("Preferred solution")),
    )
    numeric_columns = ("pieces", "amount")
    searched = RETURN_SEARCH
    export_right = "exports.returns"
    exported_currency = staticmethod(lambda goods_return: goods_return.order.currency)
    exported_values = {
        "amount": reimbursable,
        "pieces": lambda goods_return: sum((line.quantity for line in goods_return.lines), ZERO),
    }
    list_template = "admin/returns/list.html"
    column_labels = {
        "pieces": _l("Pieces"),
        "reason": _l("Return reason"),
        "action": _l("Preferred solution"),
        "amount": _l("Refundable"),
    }
    column_formatters = {
        "created_at": lambda view, context, model, name: day(model.created_at),
        "customer": lambda view, context, model, name: model.order.customer_name,
        "pieces": lambda view, context, model, name: quantity(sum((line.quantity for line in model.lines), ZERO)),
        "amount": lambda view, context, model, name: reimbursable_text(model),
        "status": lambda view, context, model, name: badge(RETURN_STATUS[model.status]),
    }

    def list_query(self) -> Select[Return]:
        """With all that it takes to say what is refunded."""
        invoices = selectinload(Order.invoices).load_only(*SAID_OF_INVOICE).selectinload(Invoice.lines)
        shown = (
            Order.number,
            Order.customer_name,
            Order.currency,
            Order.prices_include_tax,
            Order.invoiced_elsewhere_at,
        )
        lines = selectinload(Order.lines).load_only(*SAID_OF_LINE)
        order = joinedload(Return.order).options(invoices, lines).load_only(*shown)
        return select(Return).options(order, selectinload(Return.lines))

    def get_empty_list_message(self) -> ShownText:
        if self.asked_tab():
            return super().get_empty_list_message()
        return _("No returns yet. Create one on the order whose goods come back.")


def reimbursable_text(goods_return: Return) -> str:
    value = reimbursable(goods_return)
    return "" if value is None else amount(value, goods_return.order.currency)


class ReturnTitles(SaidInLanguages):
    """One of the shop's own lists. What is no longer in use stays on the returns that said so."""

    stands_under = "return"
    can_create = can_edit = True
    column_list = ("title", "missing_in", "position", "is_active")
    column_formatters = {"missing_in": lambda view, context, model, name: say_missing(view.word_kind, model)}
    column_sortable_list = ("title", "position", "is_active")
    column_default_sort = ("position", False)
    list_template = "admin/returns/titles.html"
    column_labels = {"position": _l("Sort order"), "missing_in": _l("Other languages")}
    form_columns = ("title", "position", "is_active")
    form_args = {
        "title": {
            "validators": [DataRequired()],
            "filters": [lambda text: (text or "").strip()],
        },
        "position": {"validators": [NumberRange(0, 9999)], "default": 0, "description": _l("The lowest stands first.")},
        "is_active": {"default": True},
    }

    def is_visible(self) -> bool:
        return False  # a tab beside the returns


class ReturnReasonView(ReturnTitles):
    texts = RecordTexts(new=_l("New return reason"), saved=_l("Return reason saved"), none=_l("No return reasons yet"))
    right = "returns.reasons"
    word_kind = WordKind.RETURN_REASON


class ReturnActionView(ReturnTitles):
    texts = RecordTexts(
        new=_l("New return solution"), saved=_l("Return solution saved"), none=_l("No return solutions yet")
    )
    right = "returns.actions"
    word_kind = WordKind.RETURN_ACTION
