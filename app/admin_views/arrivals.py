"""SERVICES > Import & connections > Events: every payload that came in, word for word, and what became of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.contrib.sqla.filters import FilterEqual
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import Select, select
from sqlalchemy.orm import defer, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from app.admin_views.dashboard.buttons import lacking
from app.admin_views.filters import FilterByRecord, FilteredByRecords, days_of
from app.admin_views.payloads import LONGEST_PAYLOAD, differences, pretty
from app.admin_views.record_texts import RecordTexts
from app.admin_views.run_action import run_locked
from app.admin_views.signin import actor, may
from app.admin_views.webhooks import put_order_numbers
from app.errors import ActionRefused
from app.extensions import db
from app.intake.accept import Taken, try_again, why_not_try_again
from app.intake.corrections import correct, corrected_by, correction_of
from app.intake_readers import PLATFORMS, SOURCES
from app.models import Arrival, Connection, Order, OutsideShop
from app.pages.formatting import badge
from app.pages.labels import ARRIVAL_RESULT, UPDATE_PARTS
from app.queries.keyset import each_for_few, of_other
from app.queries.record_search import ARRIVAL_SEARCH
from app.security import form_tokens

RIGHT = "imports.orders"


def platform_of(source: str) -> str:
    """What people call it."""
    return PLATFORMS.get(source, source)


class Arrivals(FilteredByRecords):
    tab = _l("Events")
    texts = RecordTexts(
        many_done=lambda count: ngettext("%(num)s payload read.", "%(num)s payloads read.", count),
        many_unchanged=lambda count: ngettext("%(num)s payload unchanged:", "%(num)s payloads unchanged:", count),
    )
    many_actions = (try_again,)
    can_view_details = True
    column_list = ("arrived_at", "origin", "source", "topic", "external_id", "result", "field", "reason", "order_id")
    column_sortable_list = ("arrived_at", "result")
    sorts = each_for_few(
        Arrival.origin, Arrival.source, Arrival.topic, Arrival.external_id, Arrival.field, Arrival.reason
    ) | {"order_id": of_other(Order.number, Arrival.order_id)}  # fmt: skip
    column_default_sort = ("id", True)
    searched = ARRIVAL_SEARCH
    column_filters = (
        FilterEqual(Arrival.result, _l("Result"), options=[(key, label.text) for key, label in ARRIVAL_RESULT.items()]),
        FilterEqual(Arrival.source, _l("Source"), options=[(source, platform_of(source)) for source in SOURCES]),
        FilterByRecord(Arrival.connection_id, _l("Connection"), Connection),
        FilterByRecord(Arrival.outside_shop_id, _l("Shop"), OutsideShop),
        *days_of(Arrival.arrived_at, _l("Date")),
    )
    list_template = "admin/arrivals/list.html"
    details_template = "admin/arrivals/details.html"
    column_labels = {
        "arrived_at": _l("Date"),
        "source": _l("Source"),
        "origin": _l("From"),
        "topic": _l("Topic"),
        "external_id": _l("Id there"),
        "result": _l("Result"),
        "field": _l("Field"),
        "reason": _l("Reason"),
    }
    column_formatters = {
        "source": lambda view, context, model, name: platform_of(model.source),
        "result": lambda view, context, model, name: badge(ARRIVAL_RESULT[model.result]),
        "order_id": lambda view, context, model, name: getattr(model, "order_number", ""),
    }

    @property
    def may_change(self) -> bool:
        return may(RIGHT)

    def row_title(self, row: object) -> str:
        assert isinstance(row, Arrival)
        return f"{platform_of(row.source)} {row.external_id}"

    def list_query(self) -> Select[Arrival]:
        return select(Arrival).options(defer(Arrival.payload))

    def get_one(self, id: str | int, *options: ORMOption) -> Any:
        """With its shop, in the same statement."""
        return super().get_one(id, joinedload(Arrival.outside_shop), *options)

    def get_list(self, *args: Any, **kwargs: Any) -> tuple[int, list[Arrival]]:
        count, rows = super().get_list(*args, **kwargs)
        put_order_numbers(rows)
        return count, rows

    @expose("/details/")
    def details_view(self) -> str:
        arrival = self.get_one(request.args.get("id", "")) or abort(404)
        before, after = corrected_by(arrival), correction_of(arrival)
        changes = differences((before or arrival).payload, (after or arrival).payload) if before or after else []
        earlier = earlier_payload(arrival)
        return str(
            self.render(
                self.details_template,
                arrival=arrival,
                platform=platform_of(arrival.source),
                order=db.session.get(Order, arrival.order_id) if arrival.order_id else None,
                connection=db.session.get(Connection, arrival.connection_id) if arrival.connection_id else None,
                may_see_connection=may("imports.connections"),
                label=ARRIVAL_RESULT[arrival.result],
                payload=pretty(arrival.payload),
                before=before,
                after=after,
                changes=changes,
                since=differences(earlier, arrival.payload) if earlier else [],
                changed=[UPDATE_PARTS[name] for name in arrival.changed if name in UPDATE_PARTS],
                reason=why_not_change(arrival),
                return_url=self.get_url(".index_view"),
            )
        )

    @expose("/<int:arrival_id>/try-again", methods=["POST"])
    def again(self, arrival_id: int) -> ResponseReturnValue:
        form_tokens.lead_back_to(url_for(".details_view", id=arrival_id))
        try:
            taken = run_locked(try_again, partial(self.lock_record, arrival_id))
        except ActionRefused as refused:
            flash(str(refused), "error")
            return redirect(url_for(".details_view", id=arrival_id), code=303)
        if taken.order is None:
            flash(f"{taken.field}: {taken.reason}", "error")
            return redirect(url_for(".details_view", id=arrival_id), code=303)
        return to_the_order(taken)

    @expose("/<int:arrival_id>/correct", methods=["GET", "POST"])
    def correct(self, arrival_id: int) -> ResponseReturnValue:
        """Change the payload and read it. What still can't be read comes back as it was filled in."""
        if not self.may_change:
            abort(403)
        if request.method != "POST":
            arrival = self.get_one(str(arrival_id)) or abort(404)
            if reason := why_not_correct(arrival):
                flash(reason, "error")
                return redirect(url_for(".details_view", id=arrival_id), code=303)
            return self.form(arrival, pretty(arrival.payload), arrival.field, arrival.reason)
        db.session.rollback()
        arrival = lock_arrival(arrival_id) or abort(404)
        text = request.form.get("payload", "")
        try:
            taken = correct(arrival, text, by=actor())
            if taken.order is not None:
                db.session.commit()
                return to_the_order(taken)
        except ActionRefused as refused:
            db.session.rollback()
            flash(str(refused), "error")
            return redirect(url_for(".details_view", id=arrival_id), code=303)
        db.session.rollback()
        return self.form(self.get_one(str(arrival_id)), text, taken.field, taken.reason), 422

    def form(self, arrival: Arrival, text: str, field: str, reason: str) -> str:
        return str(
            self.render(
                "admin/arrivals/correct.html",
                arrival=arrival,
                platform=platform_of(arrival.source),
                text=text,
                field=field,
                reason=reason,
                return_url=url_for(".details_view", id=arrival.id),
            )
        )


def lock_arrival(arrival_id: int) -> Arrival | None:
    query = select(Arrival).where(Arrival.id == arrival_id).with_for_update()
    return db.session.scalar(query) if arrival_id < 10**15 else None


def earlier_payload(arrival: Arrival) -> str:
    """What came before it of the same order, to see what its shop changed; "" for the first one."""
    if arrival.order_id is None or len(arrival.payload) > LONGEST_PAYLOAD:
        return ""
    earlier = select(Arrival.payload).where(Arrival.order_id == arrival.order_id, Arrival.id < arrival.id)
    found = db.session.scalar(earlier.order_by(Arrival.id.desc()).limit(1)) or ""
    return found if len(found) <= LONGEST_PAYLOAD else ""


def why_not_change(arrival: Arrival) -> str:
    return why_not_try_again(arrival) or lacking(RIGHT)


def why_not_correct(arrival: Arrival) -> str:
    if len(arrival.payload) > LONGEST_PAYLOAD:
        return _("This payload is too long to be changed here.")
    return why_not_change(arrival)


def to_the_order(taken: Taken) -> ResponseReturnValue:
    assert taken.order is not None
    flash(_("Order %(number)s: %(result)s", number=taken.order.number, result=taken.result), "success")
    return redirect(url_for("order_page.show", number=taken.order.number), code=303)
