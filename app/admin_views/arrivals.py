"""SERVICES > Import: every payload that came in, word for word, and what became of it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_admin.contrib.sqla.filters import FilterEqual
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import defer

from app.actions.intake import try_again, why_not_try_again
from app.admin_views.base import RecordView
from app.admin_views.labels import ARRIVAL_RESULT
from app.admin_views.showing import badge, moment
from app.admin_views.signin import actor, may
from app.errors import ActionRefused
from app.extensions import db
from app.models import Arrival, Order


class Arrivals(RecordView):
    tab = _l("Events")
    list_template = "admin/arrivals/list.html"
    can_view_details = True
    column_list = ("arrived_at", "source", "origin", "external_id", "result", "field", "reason")
    column_sortable_list = ("arrived_at",)
    column_default_sort = ("id", True)
    search_columns = (Arrival.origin, Arrival.external_id, Arrival.reason)
    column_filters = (
        FilterEqual(Arrival.result, _l("Result"), options=[(key, label.text) for key, label in ARRIVAL_RESULT.items()]),
    )
    details_template = "admin/arrivals/details.html"
    column_labels = {
        "arrived_at": _l("Date"),
        "source": _l("Source"),
        "origin": _l("From"),
        "external_id": _l("Id there"),
        "result": _l("Result"),
        "field": _l("Field"),
        "reason": _l("Reason"),
    }
    column_formatters = {
        "arrived_at": lambda view, context, model, name: moment(model.arrived_at),
        "result": lambda view, context, model, name: badge(ARRIVAL_RESULT[model.result]),
    }

    def list_query(self) -> Any:
        return select(Arrival).options(defer(Arrival.payload))

    @expose("/details/")
    def details_view(self) -> str:
        arrival = self.get_one(request.args.get("id", "")) or abort(404)
        order = db.session.get(Order, arrival.order_id) if arrival.order_id else None
        return self.render(
            self.details_template,
            arrival=arrival,
            order=order,
            label=ARRIVAL_RESULT[arrival.result],
            reason=why_not_try_again(arrival)
            or ("" if may("imports.orders") else _("You lack the right to bring orders in.")),
            return_url=self.get_url(".index_view"),
        )

    @expose("/<int:arrival_id>/try-again", methods=["POST"])
    def again(self, arrival_id: int) -> Any:
        if not may("imports.orders"):
            abort(403)
        query = select(Arrival).where(Arrival.id == arrival_id).with_for_update()
        arrival = db.session.scalar(query) or abort(404)
        try:
            taken = try_again(arrival, by=actor())
            db.session.commit()
        except ActionRefused as refused:
            db.session.rollback()
            flash(str(refused), "error")
            return redirect(url_for(".details_view", id=arrival_id), code=303)
        if taken.order is None:
            flash(f"{taken.field}: {taken.reason}", "error")
            return redirect(url_for(".details_view", id=arrival_id), code=303)
        flash(_("Order %(number)s: %(result)s", number=taken.order.number, result=taken.result), "success")
        return redirect(url_for("order_page.show", number=taken.order.number), code=303)
