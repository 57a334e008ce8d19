"""SALES > Drafts: orders in the making, begun by staff; and those that were put aside."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select

from app import queries
from app.actions.drafts import begin_draft, begin_empty_draft
from app.admin_views.base import Beginning, RecordView
from app.admin_views.dashboard.buttons import lacking
from app.admin_views.forms import as_id
from app.admin_views.list_address import Filters
from app.admin_views.record_texts import RecordTexts
from app.admin_views.run_action import run_alone
from app.extensions import db
from app.history import Actor, Happened
from app.models import Customer, History, Order
from app.pages.formatting import amount
from app.security import form_tokens

DISCARDED = "discarded"
VIEWS = {"": _l("Drafts"), DISCARDED: _l("Discarded")}


class DraftList(RecordView):
    begins = (Beginning(begin_draft.title, ".index_view", begin_draft.right),)  # its button is there
    texts = RecordTexts(none=_l("No drafts"))
    tab_part = "view"
    list_template = "admin/draft/list.html"
    column_list = ("number", "placed_at", "customer_name", "total", "begun_by")
    column_sortable_list = ("number", "placed_at", "customer_name", "total")
    column_default_sort = ("placed_at", True)
    search_columns = (Order.number, Order.customer_name, Order.company, Order.email)
    column_labels = {
        "placed_at": _l("Created"),
        "customer_name": _l("Customer"),
        "begun_by": _l("By"),
    }
    column_formatters = {
        "customer_name": lambda view, context, model, name: model.customer_name or model.company or model.email or "–",
        "total": lambda view, context, model, name: amount(model.total, model.currency),
    }

    def row_url(self, row: Order) -> str:
        return url_for("order_page.show", number=row.number)

    def conditions(self, search: str | None, filters: Filters) -> list[ColumnElement[bool]]:
        is_discarded = Order.cancelled_at.is_not(None) if self.asked_view() else Order.cancelled_at.is_(None)
        return [Order.is_draft.is_(True), is_discarded, *super().conditions(search, filters)]

    def knows_part(self, name: str, value: str) -> bool:
        return value in VIEWS if name == "view" else super().knows_part(name, value)

    def asked_view(self) -> str:
        return DISCARDED if self.list_args.get("view") == DISCARDED else ""

    def get_list(self, *args: Any, **kwargs: Any) -> tuple[int, list[Order]]:
        count, rows = super().get_list(*args, **kwargs)
        names = begun_by([row.id for row in rows])
        for row in rows:
            row.begun_by = names.get(row.id, "")
        return count, rows

    def render(self, template: str, **kwargs: object) -> str:
        view = self.asked_view()
        kwargs["tabs"] = [
            {"text": title, "url": url_for(".index_view", view=name or None), "current": name == view}
            for name, title in VIEWS.items()
        ]
        kwargs["why_not_begin"] = lacking(begin_draft.right)
        return super().render(template, **kwargs)

    @expose("/begin", methods=["POST"])
    def begin(self) -> ResponseReturnValue:
        """Begin a draft, for the customer who is named in the form if any, and go to its page.

        Who tries the demo shop goes on in it, unless the form says that the order is `real`.
        """
        customer_id = as_id(request.form.get("customer"))
        page = run_alone(begin_draft.right, lambda by: page_of(begin_for(customer_id, by)))
        flash(str(begin_draft.done), "success")
        return redirect(page, code=303)


def begin_for(customer_id: int | None, by: Actor) -> Order:
    if customer_id is None:
        return begin_empty_draft(by=by, demo=not request.form.get("real") and queries.has_only_demo())
    draft: Order = begin_draft(db.session.get(Customer, customer_id) or abort(404), by=by)
    return draft


def page_of(draft: Order) -> str:
    """Where the draft is filled in, also for who pressed twice."""
    page = url_for("order_page.show", number=draft.number)
    form_tokens.keep_answer(page, {"text": str(begin_draft.done)})
    return page


def begun_by(order_ids: list[int]) -> dict[int, str]:
    """Who began each of these drafts, as History says."""
    began = (Happened.DRAFT_BEGUN, Happened.DRAFT_COPIED)
    query = select(History.order_id, History.actor_name).where(History.order_id.in_(order_ids), History.what.in_(began))
    return {order_id: name for order_id, name in db.session.execute(query) if order_id is not None}
