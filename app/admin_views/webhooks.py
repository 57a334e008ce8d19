"""SERVICES > Import & connections > Webhooks: who is told what happens here, and every message to them."""

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
from sqlalchemy.orm import defer, joinedload, load_only
from wtforms import Field, Form, RadioField
from wtforms.validators import DataRequired, ValidationError

from app import webhooks
from app.actions.endpoints import create_endpoint, deliver_again, replace_secret, why_not_address, why_not_send_again
from app.admin_views.base import RecordView
from app.admin_views.filters import FilterByRecord, FilteredByRecords, days_of
from app.admin_views.payloads import pretty
from app.admin_views.record_texts import RecordTexts
from app.admin_views.run_action import run_alone, run_locked
from app.admin_views.signin import may
from app.admin_views.webhook_events import TITLES, event_title, events_by_heading, events_summary
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor
from app.models import DeliveryState, Order, WebhookDelivery, WebhookEndpoint
from app.pages.fields import TickList
from app.pages.formatting import badge, moment
from app.pages.labels import DELIVERY_STATE, FAILING, IN_USE, SWITCHED_OFF, Label
from app.queries.keyset import each_for_few, of_other
from app.security import form_tokens

RIGHT = "settings.webhooks"
LATEST_MESSAGES = 20


def can_be_told(form: Form, field: Field) -> None:
    if reason := why_not_address((field.data or "").strip()):
        raise ValidationError(reason)


def some_are_ticked(form: Form, field: Field) -> None:
    if field.data == "some" and not form.events.data:
        raise ValidationError(_("Tick at least one event below, or choose Everything."))


class Webhooks(RecordView):
    texts = RecordTexts(new=_l("New webhook"), saved=_l("Webhook saved"))
    right = sight = "settings.webhooks"
    stands_under = "arrivals"
    tab = _l("Webhooks out")
    can_create = can_edit = True
    column_list = ("title", "url", "events", "is_active")
    column_sortable_list = ("title", "url", "is_active")
    column_default_sort = ("title", False)
    list_template = "admin/webhooks/list.html"
    create_template = edit_template = "admin/webhooks/edit.html"
    column_labels = {
        "url": _l("Address"),
        "which": _l("Events"),
        "events": _l("Events"),
    }
    column_formatters = {
        "events": lambda view, context, model, name: (
            ngettext("%(num)s event", "%(num)s events", len(model.events)) if model.events else _("Everything")
        ),
        "is_active": lambda view, context, model, name: badge(state_of(model)),
    }
    form_columns = ("title", "url", "which", "events", "is_active")
    form_overrides = {"events": TickList}
    form_extra_fields = {
        "which": RadioField(
            _l("Events"),
            [some_are_ticked],
            choices=[
                ("all", _l("Everything, also what a newer version of Toonbank adds")),
                ("some", _l("The events that are ticked")),
            ],
            default="all",
        )
    }
    form_args = {
        "title": {"validators": [DataRequired()]},
        "url": {
            "validators": [DataRequired(), can_be_told],
            "description": _l("Where messages go, such as https://example.com/hook. Redirects are not followed."),
        },
        "events": {
            "choices": [(event, title) for some in events_by_heading().values() for event, title in some.items()]
        },
        "is_active": {
            "default": True,
            "description": _l("Otherwise no messages are sent, and waiting messages keep waiting."),
        },
    }

    def is_visible(self) -> bool:
        return False  # a tab

    def row_url(self, row: WebhookEndpoint) -> str:
        return endpoint_url(row.id)

    def get_empty_list_message(self) -> str:
        return _("No webhooks yet.")

    def render(self, template: str, **kwargs: object) -> str:
        return str(super().render(template, told=events_by_heading(), **kwargs))

    # --- saving ---

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """The answer to a new webhook is its page with the secret, which is shown this once."""
        if not self.may_change:
            abort(403)
        form = self.create_form()
        if request.method != "POST" or not form.validate():
            answer = self.render(self.create_template, form=form, return_url=url_for(".index_view"), model=None)
            return answer if request.method != "POST" else (answer, 422)
        endpoint = run_alone(self.right, lambda by: create_from_form(form, by))
        return self.page(endpoint.id, secret=endpoint.secret)

    def edit_form(self, obj: Any = None) -> Form:
        form = super().edit_form(obj)
        if request.method != "POST":
            form.which.data = "some" if obj.events else "all"
        return form

    def update_model(self, form: Form, model: WebhookEndpoint) -> bool:
        db.session.refresh(model, with_for_update=True)
        return super().update_model(form, model)

    def on_model_change(self, form: Form, model: WebhookEndpoint, is_created: bool) -> None:
        model.title, model.url = model.title.strip(), model.url.strip()
        model.events = choose_events(form)
        super().on_model_change(form, model, is_created)

    def get_save_return_url(self, model: WebhookEndpoint, is_created: bool = False) -> str:
        return endpoint_url(model.id)

    # --- one webhook ---

    @expose("/<int:endpoint_id>")
    def show(self, endpoint_id: int) -> str:
        return self.page(endpoint_id)

    @expose("/<int:endpoint_id>/secret", methods=["GET", "POST"])
    def new_secret(self, endpoint_id: int) -> ResponseReturnValue:
        if request.method != "POST":
            return redirect(endpoint_url(endpoint_id))
        query = select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id).with_for_update()
        secret = run_alone(self.right, lambda by: replace_secret(db.session.scalar(query) or abort(404), by=by))
        return self.page(endpoint_id, secret=secret)

    @expose("/<int:endpoint_id>/test", methods=["POST"])
    def test(self, endpoint_id: int) -> ResponseReturnValue:
        """A message really goes there, now; what was answered is said in words."""
        db.session.rollback()
        delivery = webhooks.try_out(endpoint_or_404(endpoint_id))
        words = in_words(delivery.answer, delivery.last_error)
        flash(words, "error" if delivery.last_error else "success")
        return redirect(endpoint_url(endpoint_id), code=303)

    def page(self, endpoint_id: int, *, secret: str = "") -> str:
        endpoint = endpoint_or_404(endpoint_id)
        query = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id)
        query = query.options(defer(WebhookDelivery.body)).order_by(WebhookDelivery.id.desc()).limit(LATEST_MESSAGES)
        return self.render(
            "admin/webhooks/webhook.html",
            endpoint=endpoint,
            label=state_of(endpoint),
            events=events_summary(endpoint.events),
            secret=secret,
            messages=[(one, event_title(one.event), DELIVERY_STATE[one.state]) for one in db.session.scalars(query)],
        )


def create_from_form(form: Form, by: Actor) -> WebhookEndpoint:
    endpoint = create_endpoint(form.title.data, url=form.url.data.strip(), events=choose_events(form), by=by)
    endpoint.is_active = form.is_active.data
    form_tokens.keep_answer(endpoint_url(endpoint.id))
    return endpoint


def choose_events(form: Form) -> list[str]:
    """None means all."""
    return list(form.events.data) if form.which.data == "some" else []


def endpoint_or_404(endpoint_id: int) -> WebhookEndpoint:
    found = db.session.get(WebhookEndpoint, endpoint_id) if endpoint_id < 10**15 else None
    return found or abort(404)


def endpoint_url(endpoint_id: int) -> str:
    return url_for("webhook.show", endpoint_id=endpoint_id)


def state_of(endpoint: WebhookEndpoint) -> Label:
    if not endpoint.is_active:
        return SWITCHED_OFF
    return FAILING if endpoint.failing_since else IN_USE


def in_words(status: int | None, error: str) -> str:
    """What the other side answered, and what to do about it."""
    if status is None:
        return _("No answer: %(error)s. Is the address right, and does it listen?", error=error)
    if status < 300:
        return _("It answered %(status)s: the message was taken.", status=status)
    if status < 400:
        return _("It answered %(status)s, a redirect, which is not followed. Enter the final address.", status=status)
    if status in (401, 403):
        return _("It answered %(status)s: it refuses the message. Does it know the secret?", status=status)
    if status in (404, 405, 410):
        return _("It answered %(status)s: nobody takes messages at this address.", status=status)
    if status < 500:
        return _("It answered %(error)s: it does not take the message.", error=error)
    return _("It answered %(error)s: something is wrong there.", error=error)


# --- messages -------------------------------------------------------------------------------------------------------


class Messages(FilteredByRecords):
    """Every message, with its text, what was answered, and Send again."""

    sight = "settings.webhooks"
    stands_under = "arrivals"
    tab = _l("Messages")
    texts = RecordTexts(
        many_done=lambda count: ngettext("%(num)s message queued again.", "%(num)s messages queued again.", count),
        many_unchanged=lambda count: ngettext("%(num)s message unchanged:", "%(num)s messages unchanged:", count),
    )
    many_actions = (deliver_again,)
    can_view_details = True
    column_list = ("created_at", "endpoint", "event", "order_id", "state", "attempts", "last_error", "due_at")
    column_sortable_list = ("created_at", "event")
    sorts = {
        "endpoint": of_other(WebhookEndpoint.title, WebhookDelivery.endpoint_id),
        "order_id": of_other(Order.number, WebhookDelivery.order_id),
        **each_for_few(
            WebhookDelivery.state, WebhookDelivery.attempts, WebhookDelivery.last_error, WebhookDelivery.due_at
        ),
    }
    column_default_sort = ("id", True)
    column_filters = (
        FilterEqual(
            WebhookDelivery.state, _l("Status"), options=[(key, label.text) for key, label in DELIVERY_STATE.items()]
        ),
        FilterByRecord(WebhookDelivery.endpoint_id, _l("Webhook"), WebhookEndpoint),
        FilterEqual(WebhookDelivery.event, _l("Event"), options=list(TITLES.items())),
        *days_of(WebhookDelivery.created_at, _l("Created on")),
    )
    list_template = "admin/webhooks/list.html"
    details_template = "admin/webhooks/message.html"
    column_labels = {
        "endpoint": _l("Webhook"),
        "event": _l("Event"),
        "attempts": _l("Attempts"),
        "last_error": _l("Last answer"),
        "due_at": _l("Next attempt"),
    }
    column_formatters = {
        "event": lambda view, context, model, name: event_title(model.event),
        "order_id": lambda view, context, model, name: getattr(model, "order_number", ""),
        "state": lambda view, context, model, name: badge(DELIVERY_STATE[model.state]),
        "last_error": lambda view, context, model, name: model.last_error[:120] or model.answer or "",
        "due_at": lambda view, context, model, name: (
            moment(model.due_at) if model.state == DeliveryState.WAITING else ""
        ),
    }

    def is_visible(self) -> bool:
        return False  # a tab

    @property
    def may_change(self) -> bool:
        return may(self.sight)

    def list_query(self) -> Select[WebhookDelivery]:
        return select(WebhookDelivery).options(defer(WebhookDelivery.body), joinedload(WebhookDelivery.endpoint))

    def get_list(self, *args: Any, **kwargs: Any) -> tuple[int, list[WebhookDelivery]]:
        count, rows = super().get_list(*args, **kwargs)
        put_order_numbers(rows)
        return count, rows

    @expose("/details/")
    def details_view(self) -> str:
        delivery = self.get_one(request.args.get("id", "")) or abort(404)
        return str(
            self.render(
                self.details_template,
                delivery=delivery,
                order=db.session.get(Order, delivery.order_id) if delivery.order_id else None,
                title=event_title(delivery.event),
                label=DELIVERY_STATE[delivery.state],
                answer=in_words(delivery.answer, delivery.last_error) if delivery.attempts else "",
                is_waiting=delivery.state == DeliveryState.WAITING,
                body=pretty(delivery.body),
                reason=why_not_send_again(delivery),
                return_url=self.get_url(".index_view"),
            )
        )

    @expose("/<int:delivery_id>/send-again", methods=["POST"])
    def again(self, delivery_id: int) -> ResponseReturnValue:
        try:
            run_locked(deliver_again, partial(self.lock_record, delivery_id))
            flash(str(deliver_again.done), "success")
        except ActionRefused as refused:
            flash(str(refused), "error")
        return redirect(url_for(".details_view", id=delivery_id), code=303)


def put_order_numbers(rows: list[Any]) -> None:
    """Let each row know the number of the order that it is about."""
    ids = {row.order_id for row in rows if row.order_id}
    known = db.session.scalars(select(Order).where(Order.id.in_(ids)).options(load_only(Order.id, Order.number)))
    numbers = {order.id: order.number for order in known}
    for row in rows:
        row.order_number = numbers.get(row.order_id, "")
