"""What a connected shop is told of that which is done here: whether, and who mails its customers about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import func, select
from sqlalchemy.orm.interfaces import ORMOption
from wtforms import Form
from wtforms.fields import SelectField

from app.admin_views.base import RecordView
from app.admin_views.connection_history import ConnectionHistory
from app.admin_views.record_texts import RecordTexts
from app.columns import now
from app.connections.failures import SENTENCES
from app.connections.writer import Writer
from app.connections.writing import WRITERS
from app.extensions import ShownText, db, transaction
from app.models import Connection, Mailer, ShopWrite, ShopWriteKind, ShopWriteState, Telling
from app.pages.formatting import moment
from app.queries.telling import untold_by
from app.write_back.listeners import CHOICES

TELLING_TITLES: dict[Telling, ShownText] = {
    Telling.OFF: _l("Off"),
    Telling.ASK: _l("Ask each time"),
    Telling.ON: _l("On"),
}
MAILER_TITLES: dict[Mailer, ShownText] = {Mailer.US: "Toonbank", Mailer.SHOP: _l("The shop")}

#: What a choice means wherever its platform has nothing more to say of it (`Writer.hints`).
HINTS: dict[str, ShownText] = {
    "tell_sent": _l("With code and carrier. The order is completed there once all of it is sent and paid."),
    "tell_paid": _l("Once nothing is open any more, such as after a bank transfer."),
    "tell_cancelled": _l("An order that is completed or refunded there is left as it is, and you are told."),
    "tell_refunded": _l("As a refund of that amount. It moves no money, unless you tick that the shop pays it back."),
    "tell_notes": _l("What you write to the customer, as a note on the order."),
    "mailer": _l("About what the shop is told. With the shop, nothing of this is mailed from here."),
    "refunds_there": _l(
        "Only where its payment provider can. Then don’t pay it back yourself: what you enter here as refunded is paid "
        "back by the shop."
    ),
}
RECORDED_ONLY = _l("As a refund of that amount. It moves no money.")


def choice_field() -> dict[str, object]:
    return {"choices": list(TELLING_TITLES.items()), "coerce": Telling}


class ShopTelling(ConnectionHistory, RecordView):
    texts = RecordTexts(saved=_l("What the shop is told is saved"))
    right = sight = "imports.connections"
    stands_under = "arrivals"
    can_edit = True
    edit_template = "admin/connections/telling.html"
    form_columns = (
        "tell_sent",
        "tell_paid",
        "tell_cancelled",
        "tell_refunded",
        "refunds_there",
        "tell_notes",
        "mailer",
    )
    form_overrides = dict.fromkeys((*(column.key for column in CHOICES.values()), "mailer"), SelectField)
    column_labels = {
        "tell_sent": _l("Sent"),
        "tell_paid": _l("Paid"),
        "tell_cancelled": _l("Cancelled"),
        "tell_refunded": _l("Refunded"),
        "tell_notes": _l("Messages to the customer"),
        "refunds_there": _l("The shop pays the money back"),
        "mailer": _l("Who mails the customer"),
    }
    form_args = {
        **{column.key: choice_field() for column in CHOICES.values()},
        "mailer": {"choices": list(MAILER_TITLES.items()), "coerce": Mailer},
    }

    def is_visible(self) -> bool:
        return False  # it is reached from the connection

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        return redirect(url_for("connection.index_view"))

    @expose("/<int:connection_id>/try-now", methods=["POST"])
    def try_now(self, connection_id: int) -> ResponseReturnValue:
        """Tell it what waits without waiting for the end of its rest."""
        if not self.may_change:
            abort(403)
        connection = self.get_one(connection_id) or abort(404)
        with transaction():
            connection.tell_after = None
        return redirect(connection_page(connection_id), code=303)

    def get_one(self, id: str | int, *options: ORMOption) -> Connection | None:
        """Of a shop that can be told something."""
        found = super().get_one(id, *options)
        return found if isinstance(found, Connection) and has_writer(found) else None

    def edit_form(self, obj: Connection | None = None) -> Form:
        """With what its platform can be told."""
        form = super().edit_form(obj)
        if obj is not None:
            hints = hints_of(WRITERS[obj.source])
            for name in [one for one in self.form_columns if one not in hints]:
                delattr(form, name)
            for name, hint in hints.items():
                form[name].description = hint
        return form

    def on_model_change(self, form: Form, model: Connection, is_created: bool) -> None:
        for kind, column in CHOICES.items():
            if kind not in WRITERS[model.source].kinds:  # as it was before an update of Toonbank
                setattr(model, column.key, Telling.OFF)
        is_told = any(getattr(model, column.key) != Telling.OFF for column in CHOICES.values())
        model.told_since = (model.told_since or now()) if is_told else None
        model.tell_after = None
        super().on_model_change(form, model, is_created)

    def get_save_return_url(self, model: Connection, is_created: bool = False) -> str:
        return connection_page(model.id)

    def render(self, template: str, **kwargs: object) -> str:
        connection = kwargs.get("model")
        if isinstance(connection, Connection):
            kwargs |= telling_facts(connection)
        return str(super().render(template, **kwargs))


def hints_of(writer: type[Writer]) -> dict[str, ShownText]:
    """The fields of its form, by their names, with what each means there."""
    offered = {CHOICES[kind].key for kind in writer.kinds} | {"mailer"}
    own: dict[str, ShownText] = {**HINTS, **writer.hints}
    if ShopWriteKind.REFUNDED in writer.kinds and writer.can_pay_back:
        offered.add("refunds_there")
    elif "tell_refunded" not in writer.hints:
        own["tell_refunded"] = RECORDED_ONLY
    return {name: hint for name, hint in own.items() if name in offered}


def has_writer(connection: Connection) -> bool:
    return connection.source in WRITERS and connection.is_read


def connection_page(connection_id: int) -> str:
    return url_for("connection.show", connection_id=connection_id)


@dataclass(frozen=True)
class ToldOf:
    """What the connection's page says: what its shop is told of, and what is wrong with that."""

    rows: Sequence[tuple[ShownText, ShownText]]
    trouble: str
    offered: Sequence[ShownText]


def telling_of(connection: Connection) -> ToldOf | None:
    """None of a shop that can't be told anything."""
    if not has_writer(connection):
        return None
    titles = ShopTelling.column_labels
    offered = [CHOICES[kind].key for kind in CHOICES if kind in WRITERS[connection.source].kinds]
    choices = {name: getattr(connection, name) for name in offered}
    told = {name: choice for name, choice in choices.items() if choice != Telling.OFF}
    rows: list[tuple[ShownText, ShownText]] = [(titles[name], TELLING_TITLES[choice]) for name, choice in told.items()]
    if rows:
        rows.append((titles["mailer"], MAILER_TITLES[connection.mailer]))
        rows.append((_l("Since"), moment(connection.told_since) if connection.told_since else "–"))
    trouble = connection.tell_trouble
    return ToldOf(rows, str(SENTENCES[trouble]) if trouble and rows else "", [titles[name] for name in offered])


def telling_facts(connection: Connection) -> dict[str, object]:
    """What its page and its form say of telling it."""
    waiting = select(func.count()).where(
        ShopWrite.connection_id == connection.id, ShopWrite.state == ShopWriteState.WAITING
    )
    trouble = connection.tell_trouble
    return {
        "waiting": db.session.scalar(waiting.select_from(ShopWrite)),
        "trouble": str(SENTENCES[trouble]) if trouble else "",
        "since": moment(connection.told_since) if connection.told_since else "",
        "before": ", ".join(say_before(connection)),
        "page_url": connection_page(connection.id),
    }


def say_before(connection: Connection) -> list[str]:
    """How much was done here that is never told: "12 parcels"."""
    before = untold_by(connection)
    said = [
        (before.parcels, ngettext("%(num)s parcel", "%(num)s parcels", before.parcels)),
        (before.payments, ngettext("%(num)s payment", "%(num)s payments", before.payments)),
        (before.refunds, ngettext("%(num)s refund", "%(num)s refunds", before.refunds)),
        (before.cancelled, ngettext("%(num)s cancelled order", "%(num)s cancelled orders", before.cancelled)),
    ]
    return [text for count, text in said if count]
