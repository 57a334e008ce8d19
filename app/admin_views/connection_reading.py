"""A connection's page: what lets Toonbank in, whether it works, and what is read from the shop by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from babel.numbers import format_decimal
from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import DateField, Field, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, NumberRange

from app.admin_views.base import RecordView
from app.admin_views.connection_history import ConnectionHistory
from app.admin_views.forms import clean
from app.admin_views.run_action import run_alone
from app.connections import managing
from app.connections.asking_for_keys import KeyQuestion, ask_for_key, can_ask, say_what_came, why_not_ask
from app.connections.client import Access
from app.connections.failures import REMEDIES, SENTENCES, Remedy, ShopFailure
from app.connections.platform import Check, CheckState, Credential, Trial
from app.connections.shops import PLATFORMS
from app.errors import ActionRefused
from app.extensions import db, transaction
from app.history import Actor
from app.models import Connection, Look, Pull, PullKind, PullState
from app.pages.fields import SecretField
from app.pages.formatting import locale
from app.pages.labels import Label
from app.pages.localized_forms import LocalizedForm
from app.security import form_tokens

LATEST_LOOKS = 20

CHECK_LABELS: dict[CheckState, Label] = {
    CheckState.WORKS: Label(_l("Works"), "green", "check"),
    CheckState.NOT_NEEDED: Label(_l("To note"), "orange", "info-circle"),
    CheckState.MISSING: Label(_l("Missing"), "red", "alert-triangle"),
}


class AccessForm(LocalizedForm):
    address = StringField(_l("Address of the shop"), [DataRequired(_l("Fill this in."))], filters=[clean, str.strip])
    poll_minutes = IntegerField(
        _l("Minutes between two looks"),
        [InputRequired(_l("Fill this in.")), NumberRange(managing.FEWEST_MINUTES, managing.MOST_MINUTES)],
    )
    certificate = TextAreaField(
        _l("Certificate of its issuer"),
        description=_l("Only for a shop whose certificate is of its own making: in PEM, as text."),
    )

    @property
    def credentials(self) -> dict[str, Field]:
        return {name: one for name, one in self._fields.items() if name.startswith(CREDENTIAL)}


#: What the fields of a platform's credentials are called in front.
CREDENTIAL = "credential_"


def access_form(connection: Connection) -> type[AccessForm]:
    """The form of its platform; what is secret is never shown again."""
    fields = {CREDENTIAL + one.name: credential_field(one) for one in PLATFORMS[connection.source].credentials}
    return type("PlatformAccessForm", (AccessForm,), fields)


def credential_field(asked: Credential) -> Field:
    kind = SecretField if asked.is_secret else StringField
    return kind(asked.title, filters=[clean, str.strip], description=asked.hint)


class BackfillForm(LocalizedForm):
    since = DateField(_l("Since"), [DataRequired(_l("Fill this in."))])


@dataclass(frozen=True)
class Reading:
    """What the page says of what is read by the shop's API; nothing is asked where there is no access."""

    pulls: dict[PullKind, Pull] = field(default_factory=dict)
    looks: Sequence[Look] = ()

    @property
    def troubles(self) -> list[tuple[Pull, str, bool]]:
        """Each with its sentence, and whether somebody has to mend something."""
        return [
            (pull, str(SENTENCES[pull.trouble]), REMEDIES[pull.trouble] == Remedy.MEND)
            for pull in self.pulls.values()
            if pull.trouble and pull.kind != PullKind.WEBHOOKS
        ]

    @property
    def backfill_progress(self) -> str:
        """ "1,200 of about 4,300 orders"; at the end, what was read: what a shop counts has baskets among it."""
        pull = self.pulls.get(PullKind.BACKFILL)
        if pull is None:
            return ""
        found = format_decimal(pull.found, locale=locale())
        if pull.total is None or pull.state == PullState.DONE:
            return ngettext("%(found)s order", "%(found)s orders", pull.found, found=found)
        total = format_decimal(pull.total, locale=locale())
        return _("%(found)s of about %(total)s orders", found=found, total=total)


def reading_of(connection: Connection) -> Reading:
    if not connection.is_read:
        return Reading()
    query = select(Look).where(Look.connection_id == connection.id).order_by(Look.id.desc()).limit(LATEST_LOOKS)
    return Reading(managing.pulls_of(connection), db.session.scalars(query).all())


def trouble_of(connection: Connection) -> str:
    """What is wrong with reading it, in a sentence; webhooks that can't be made are no trouble."""
    troubles = (one.trouble for one in connection.pulls if one.trouble and one.kind != PullKind.WEBHOOKS)
    return next((str(SENTENCES[trouble]) for trouble in troubles), "")


def look_note(look: Look) -> str:
    """What a line of the log says besides its figures."""
    if look.trouble:
        said = f" ({look.detail})" if look.detail else ""
        return f"{SENTENCES[look.trouble]}{said}"
    if look.kind == PullKind.WEBHOOKS:
        return ngettext("%(num)s webhook made anew", "%(num)s webhooks made anew", look.taken)
    notes = []
    if look.missed:
        notes.append(ngettext("%(num)s had been missed", "%(num)s had been missed", look.missed))
    if look.quarantined:
        notes.append(ngettext("%(num)s in quarantine", "%(num)s in quarantine", look.quarantined))
    return ", ".join(notes)


class ConnectionReading(ConnectionHistory, RecordView):
    """The addresses of a connection's page that are about reading; `Connections` inherits them."""

    def page(self, connection: Connection, *, trial: Trial | None = None) -> str:
        raise NotImplementedError

    @expose("/<int:connection_id>/access", methods=["GET", "POST"])
    def access(self, connection_id: int) -> ResponseReturnValue:
        """Where the shop is, and what lets us in. What was entered is kept, and tried at once."""
        connection = readable_or_404(connection_id)
        if reason := managing.why_not_connect(connection):
            flash(reason, "error")
            return redirect(page_url(connection_id), code=303)
        form = access_form(connection)(request.form, obj=connection)
        if request.method == "POST" and form.validate():
            form_tokens.lead_back_to(page_url(connection_id))
            try:
                run_alone(self.right, lambda by: keep(connection_id, form, by))
            except ActionRefused as refused:
                flash(str(refused), "error")
            else:
                return self.page(readable_or_404(connection_id), trial=try_kept(connection_id))
        connection = readable_or_404(connection_id)
        platform = PLATFORMS[connection.source]
        facts: dict[str, object] = {"steps": platform.steps, "example_address": platform.example_address}
        facts |= {"can_ask": can_ask(connection), "why_not_ask": why_not_ask()}
        return str(self.render("admin/connections/access.html", connection=connection, form=form, **facts))

    @expose("/<int:connection_id>/ask-for-key", methods=["GET", "POST"])
    def ask_for_key(self, connection_id: int) -> ResponseReturnValue:
        """The link to the shop's own page; a form may lead to no other site, so that it is pressed."""
        if request.method != "POST":
            return redirect(url_for(".access", connection_id=connection_id))
        readable_or_404(connection_id)
        form_tokens.lead_back_to(url_for(".access", connection_id=connection_id))
        address = clean(request.form.get("address", "")) or ""
        back = url_for(".asked_key", connection_id=connection_id)
        asked: list[KeyQuestion] = []

        def ask(by: Actor) -> None:
            connection = locked_connection(connection_id)
            asked.append(ask_for_key(connection, address, callback=key_callback, back=back, by=by))

        try:
            run_alone(self.right, ask)
        except ActionRefused as refused:
            flash(str(refused), "error")
            return redirect(url_for(".access", connection_id=connection_id), code=303)
        connection = readable_or_404(connection_id)
        return str(self.render("admin/connections/ask_for_key.html", connection=connection, question=asked[0]))

    @expose("/<int:connection_id>/asked-key")
    def asked_key(self, connection_id: int) -> ResponseReturnValue:
        """Where the shop sends people back to; what it adds to the address is not believed."""
        said, is_good = say_what_came(readable_or_404(connection_id))
        flash(said, "success" if is_good else "error")
        return redirect(page_url(connection_id))

    @expose("/<int:connection_id>/try", methods=["POST"])
    def try_access(self, connection_id: int) -> ResponseReturnValue:
        form_tokens.lead_back_to(page_url(connection_id))
        trial = try_kept(connection_id)
        return self.page(readable_or_404(connection_id), trial=trial)

    @expose("/<int:connection_id>/forget-access", methods=["POST"])
    def forget_access(self, connection_id: int) -> ResponseReturnValue:
        return self.change(connection_id, lambda by: managing.forget_access(locked_connection(connection_id), by=by))

    @expose("/<int:connection_id>/backfill", methods=["POST"])
    def backfill(self, connection_id: int) -> ResponseReturnValue:
        form = BackfillForm(request.form)
        if not form.validate():
            flash(_("Since: enter the day from which on orders are read."), "error")
            return redirect(page_url(connection_id), code=303)
        since = form.since.data
        return self.change(
            connection_id, lambda by: managing.begin_backfill(locked_connection(connection_id), since, by=by)
        )

    @expose("/<int:connection_id>/read-catalogue", methods=["POST"])
    def read_catalogue(self, connection_id: int) -> ResponseReturnValue:
        return self.change(connection_id, lambda by: managing.begin_catalogue(locked_connection(connection_id), by=by))

    @expose("/<int:connection_id>/<pull_kind>/pause", methods=["POST"])
    def pause(self, connection_id: int, pull_kind: str) -> ResponseReturnValue:
        return self.change(connection_id, lambda by: managing.pause(pull_or_404(connection_id, pull_kind), by=by))

    @expose("/<int:connection_id>/<pull_kind>/go-on", methods=["POST"])
    def go_on(self, connection_id: int, pull_kind: str) -> ResponseReturnValue:
        return self.change(connection_id, lambda by: managing.go_on(pull_or_404(connection_id, pull_kind), by=by))

    @expose("/<int:connection_id>/<pull_kind>/look-now", methods=["POST"])
    def look_now(self, connection_id: int, pull_kind: str) -> ResponseReturnValue:
        return self.change(connection_id, lambda by: managing.retry(pull_or_404(connection_id, pull_kind)))

    def change(self, connection_id: int, act: Callable[[Actor], object]) -> ResponseReturnValue:
        form_tokens.lead_back_to(page_url(connection_id))
        try:
            run_alone(self.right, act)
        except ActionRefused as refused:
            flash(str(refused), "error")
        return redirect(page_url(connection_id), code=303)


def key_callback(token: str) -> str:
    return url_for("hooks.take_asked_key", token=token)


def page_url(connection_id: int) -> str:
    return url_for("connection.show", connection_id=connection_id)


def readable_or_404(connection_id: int) -> Connection:
    query = select(Connection).where(Connection.id == connection_id).options(joinedload(Connection.outside_shop))
    connection = db.session.scalar(query)
    if connection is None or not managing.is_readable(connection):
        abort(404)
    return connection


def locked_connection(connection_id: int) -> Connection:
    query = select(Connection).where(Connection.id == connection_id).with_for_update()
    return db.session.scalar(query) or abort(404)


def pull_or_404(connection_id: int, kind: str) -> Pull:
    if kind not in list(PullKind):
        abort(404)
    return managing.locked_pull(locked_connection(connection_id), PullKind(kind)) or abort(404)


def keep(connection_id: int, form: AccessForm, by: Actor) -> None:
    connection = locked_connection(connection_id)
    given = {name.removeprefix(CREDENTIAL): one.data or "" for name, one in form.credentials.items()}
    access = managing.entered_access(
        connection, address=form.address.data or "", given=given, certificate=form.certificate.data or ""
    )
    managing.keep_access(connection, access, minutes=form.poll_minutes.data or 0, by=by)


def try_kept(connection_id: int) -> Trial:
    """Nothing is locked meanwhile: the shop takes its time. What was found of how to ask it is kept."""
    connection = readable_or_404(connection_id)
    source, title = connection.source, _("The shop can be asked")
    try:
        access = managing.kept_access(connection)
        db.session.rollback()
        trial = managing.try_access(source, access)
    except ShopFailure as failure:
        return Trial([Check(title, CheckState.MISSING, failure.sentence)], Access(connection.address, {}))
    if trial.access != access:
        with transaction():
            managing.note_access(locked_connection(connection_id), trial.access)
    return trial
