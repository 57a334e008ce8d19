"""SERVICES > Import & connections > Connections: the shops that send their orders here by themselves."""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import defer, joinedload, selectinload
from wtforms import Form
from wtforms.fields import SelectField
from wtforms.validators import DataRequired, Length

from app.actions.outside_shops import NEW, shop_of_connection
from app.admin_views.connection_history import PULL_TITLES
from app.admin_views.connection_reading import (
    CHECK_LABELS,
    ConnectionReading,
    look_note,
    reading_of,
    trouble_of,
)
from app.admin_views.connection_telling import telling_of
from app.admin_views.outside_shops import shop_choices
from app.admin_views.record_texts import RecordTexts
from app.admin_views.shop_stock import stocked_of
from app.admin_views.signin import actor, may
from app.config import site_address
from app.connections import managing
from app.connections.platform import Trial
from app.connections.shops import PLATFORMS
from app.errors import ActionRefused
from app.extensions import db, transaction
from app.intake.accept import Foreseen
from app.intake.connections import dismiss_error, give_keys, sends_events, try_out, why_not_try_out
from app.intake.events import SIGNATURES
from app.intake_readers import PLATFORMS as NAMES
from app.models import Arrival, Connection, InvoicesFor, OutsideShop, Source
from app.pages.fields import SecretField
from app.pages.formatting import badge, moment
from app.pages.labels import ARRIVAL_RESULT, IN_USE, INVOICES_FOR, SWITCHED_OFF
from app.queries.keyset import for_few, of_other
from app.security import form_tokens
from app.serving.callers import own_address

#: Shops that send events, or can be read by their API.
SOURCES = {
    source: name
    for source, name in {**NAMES, Source.LIGHTSPEED: "Lightspeed eCom"}.items()
    if source in SIGNATURES or source in PLATFORMS
}
LATEST_EVENTS = 20

#: What somebody does there, step by step.
SETUP_STEPS = {
    "woocommerce": (
        _l("In WordPress, open WooCommerce > Settings > Advanced > Webhooks and press “Add webhook”."),
        _l("Status: Active. Topic: “Order created”. API version: the newest that is offered."),
        _l("Delivery URL: the address above. Secret: the secret above; show it and copy it."),
        _l("Save, and make a second webhook that is the same but for its topic: “Order updated”."),
    ),
    "shopify": (
        _l("In Shopify, open Settings > Notifications > Webhooks and press “Create webhook”."),
        _l("Event: “Order creation”. Format: JSON. URL: the address above."),
        _l("Save, and make a second webhook that is the same but for its event: “Order update”."),
        _l("Below its webhooks, Shopify shows what they are signed with. Enter that here as the secret: Edit."),
    ),
    "lightspeed": (
        _l("Lightspeed eCom takes webhooks through its API, from an app with rights to read and write webhooks."),
        _l("Create one with itemGroup “orders”, itemAction “created”, format “json” and the address above."),
        _l("Make a second one that is the same but for its itemAction: “updated”."),
        _l("Events are signed with the secret of that app. Enter it here as the secret: Edit."),
    ),
}


class Connections(ConnectionReading):
    texts = RecordTexts(new=_l("New connection"), saved=_l("Connection saved"))
    right = sight = "imports.connections"
    stands_under = "arrivals"
    tab = _l("Connections")
    can_create = can_edit = True
    column_list = ("title", "outside_shop", "source", "is_active", "last_event_at", "last_error")
    column_sortable_list = ("title", "source", "is_active")
    sorts = {
        "outside_shop": of_other(OutsideShop.title, Connection.outside_shop_id),
        "last_event_at": for_few(Connection.last_event_at),
        "last_error": for_few(Connection.last_error),
    }
    column_default_sort = ("title", False)
    list_template = "admin/connections/list.html"
    edit_template = "admin/connections/edit.html"
    column_labels = {
        "source": _l("Shop system"),
        "shop": _l("Shop"),
        "secret": _l("Secret"),
        "invoices_for": _l("Invoices for"),
        "notify": _l("Confirm new orders to the customer by mail"),
        "last_event_at": _l("Last event"),
        "last_error": _l("Last error"),
    }
    column_formatters = {
        "source": lambda view, context, model, name: SOURCES.get(model.source, model.source),
        "is_active": lambda view, context, model, name: badge(IN_USE if model.is_active else SWITCHED_OFF),
        "last_event_at": lambda view, context, model, name: moment(model.last_event_at) if model.last_event_at else "–",
        "last_error": lambda view, context, model, name: (trouble_of(model) or model.last_error)[:160],
    }
    form_columns = ("source", "title", "shop", "secret", "invoices_for", "notify", "is_active")
    form_extra_fields = {
        "shop": SelectField(
            _l("Shop"),
            default="",
            description=_l("Whether its orders came here before, by a file or another connection."),
        )
    }
    form_overrides = {"source": SelectField, "secret": SecretField, "invoices_for": SelectField}
    form_args = {
        "source": {"choices": list(SOURCES.items())},
        "title": {
            "validators": [DataRequired()],
            "description": _l("Orders say that they came from here."),
        },
        "secret": {
            "validators": [Length(max=255)],
            "description": _l(
                "What the shop signs its events with. Leave it empty to keep the one that is stored; for a new "
                "WooCommerce shop one is made, for others it is found there once the webhook is made."
            ),
        },
        "invoices_for": {
            "choices": list(INVOICES_FOR.items()),
            "default": InvoicesFor.OPEN,
            "coerce": InvoicesFor,
            "description": _l(
                "Open orders: not those that are completed or invoiced there. The others stand as invoiced elsewhere. "
                "It goes for orders that come in from now on."
            ),
        },
        "notify": {
            "description": _l(
                "A web shop confirms its orders itself. With this tick the customer hears of them twice."
            ),
        },
        "is_active": {"default": True, "description": _l("Otherwise its events are refused.")},
    }

    def is_visible(self) -> bool:
        return False  # a tab

    def list_query(self) -> Select[Connection]:
        return select(Connection).options(joinedload(Connection.outside_shop), selectinload(Connection.pulls))

    def row_url(self, row: Connection) -> str:
        return connection_url(row.id)

    def get_empty_list_message(self) -> str:
        return _("No shop is connected yet. A connected shop sends its orders here by itself.")

    # --- saving ---

    def create_form(self, obj: Connection | None = None) -> Form:
        form = super().create_form(obj)
        first = ("", _("A new one, if it is the first of its system"))
        form.shop.choices = [first, (NEW, _("A new shop")), *shop_choices()]
        return form

    def edit_form(self, obj: Connection | None = None) -> Form:
        form = super().edit_form(obj)
        del form.source  # its address tells it, and that is entered elsewhere
        del form.shop  # its orders are known by it
        if obj is not None and managing.why_not_connect(obj):
            del form.is_active  # it is never switched on
        return form

    def update_model(self, form: Form, model: Connection) -> bool:
        db.session.refresh(model, with_for_update=True)
        return super().update_model(form, model)

    def on_model_change(self, form: Form, model: Connection, is_created: bool) -> None:
        model.title = model.title.strip()
        if is_created:
            with db.session.no_autoflush:
                model.outside_shop = shop_of_connection(model.source, model.title, form.shop.data)
            give_keys(model)
        else:
            with db.session.no_autoflush:
                managing.watch_webhooks_soon(model)
        super().on_model_change(form, model, is_created)

    def get_save_return_url(self, model: Connection, is_created: bool = False) -> str:
        return connection_url(model.id)

    # --- one connection ---

    @expose("/<int:connection_id>")
    def show(self, connection_id: int) -> str:
        return self.page(connection_or_404(connection_id))

    @expose("/<int:connection_id>/secret", methods=["GET", "POST"])
    def secret(self, connection_id: int) -> ResponseReturnValue:
        """The page with its secret, for whoever asks for it; a page that is only looked at never holds it."""
        if request.method != "POST":
            return redirect(connection_url(connection_id))
        return self.page(connection_or_404(connection_id), is_open=True)

    @expose("/<int:connection_id>/sample", methods=["GET", "POST"])
    def sample(self, connection_id: int) -> ResponseReturnValue:
        """Try the connection out with an invented order, of which nothing stays."""
        if request.method != "POST":
            return redirect(connection_url(connection_id))
        db.session.rollback()
        connection = connection_or_404(connection_id)
        foreseen = None
        try:
            foreseen = try_out(connection, by=actor())
        except ActionRefused as refused:
            flash(str(refused), "error")
        db.session.rollback()
        return self.page(connection_or_404(connection_id), sample=foreseen)

    @expose("/<int:connection_id>/dismiss", methods=["POST"])
    def dismiss(self, connection_id: int) -> ResponseReturnValue:
        form_tokens.lead_back_to(connection_url(connection_id))
        db.session.rollback()
        query = select(Connection).where(Connection.id == connection_id).with_for_update()
        with transaction():
            dismiss_error(db.session.scalar(query) or abort(404), by=actor())
        return redirect(connection_url(connection_id), code=303)

    def page(
        self,
        connection: Connection,
        *,
        is_open: bool = False,
        sample: Foreseen | None = None,
        trial: Trial | None = None,
    ) -> str:
        query = select(Arrival).where(Arrival.connection_id == connection.id).options(defer(Arrival.payload))
        events = db.session.scalars(query.order_by(Arrival.id.desc()).limit(LATEST_EVENTS)).all()
        reading = reading_of(connection)
        return str(
            self.render(
                "admin/connections/connection.html",
                connection=connection,
                system=SOURCES.get(connection.source, connection.source),
                address=hook_address(connection),
                has_site_address=bool(site_address()),
                steps=SETUP_STEPS.get(connection.source, ()),
                secret=connection.secret if is_open else "",
                sends_events=sends_events(connection),
                why_not_try_out=why_not_try_out(connection),
                is_told_by_hand=is_told_by_hand(connection),
                sample=sample,
                events=events,
                results=ARRIVAL_RESULT,
                invoices_for=INVOICES_FOR[connection.invoices_for],
                may_place=may("imports.orders"),
                is_readable=managing.is_readable(connection),
                reading=reading,
                stocked=stocked_of(connection, reading.pulls),
                telling=telling_of(connection),
                why_not_connect=managing.why_not_connect(connection),
                why_not_backfill=managing.why_not_backfill(connection),
                managing=managing,
                pull_titles=PULL_TITLES,
                look_note=look_note,
                trial=trial,
                check_labels=CHECK_LABELS,
            )
        )


def connection_or_404(connection_id: int) -> Connection:
    query = select(Connection).where(Connection.id == connection_id).options(joinedload(Connection.outside_shop))
    return (db.session.scalar(query) if connection_id < 10**15 else None) or abort(404)


def connection_url(connection_id: int) -> str:
    return url_for("connection.show", connection_id=connection_id)


def is_told_by_hand(connection: Connection) -> bool:
    """Whether people make its webhooks there, for its API can't."""
    return sends_events(connection) and not PLATFORMS[connection.source].topics


def hook_address(connection: Connection) -> str:
    """What is entered in the shop."""
    path = url_for("hooks.take_event", source=connection.source, key=connection.key)
    return own_address() + path
