"""SERVICES > E-mails & texts > Email: the texts of the mails, with a preview on a real order beside each."""

from __future__ import annotations

import hashlib

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms import Field, HiddenField, StringField, TextAreaField
from wtforms.validators import ValidationError

from app import queries
from app.actions import Action
from app.actions.texts import (
    TextPlace,
    change_text,
    mistakes,
    restore_text,
    switch_mail_off,
    switch_mail_on,
    why_not_switch_off,
)
from app.admin_views.base import StaffPage
from app.admin_views.dashboard.buttons import lacking, why_not
from app.admin_views.dashboard.history import who
from app.admin_views.forms import clean
from app.admin_views.signin import actor, may
from app.config import LANGUAGES
from app.errors import ActionRefused, ChangedMeanwhile
from app.extensions import db, transaction
from app.mails.kinds import ALL, KINDS
from app.mails.test_mail import preview_of_text, queue_trial
from app.mails.texts import Text, known_words
from app.models import History, MailText, Order, Shop
from app.pages.localized_forms import LocalizedForm
from app.security import form_tokens

MOST_EVENTS = 20


class TextForm(LocalizedForm):
    """Knows the place that it is about, for the words differ."""

    subject = StringField(_l("Subject"), filters=[clean])
    body = TextAreaField(_l("Text"), filters=[clean])
    order = StringField(
        _l("Preview on order"), filters=[clean], description=_l("An order number. Empty: the latest order.")
    )
    seen = HiddenField()

    def __init__(self, place: TextPlace, *given: object, **more: object):
        super().__init__(*given, **more)
        self.place = place

    def validate_subject(self, field: Field) -> None:
        self.check(field)

    def validate_body(self, field: Field) -> None:
        self.check(field)

    def check(self, field: Field) -> None:
        if found := mistakes(self.place, field.name, field.data or ""):
            raise ValidationError(" ".join(found))

    @property
    def text(self) -> Text:
        return Text(self.subject.data or "", "\n".join((self.body.data or "").strip().splitlines()))


class MailTexts(StaffPage):
    """The list of kinds, and one page per kind and language."""

    @expose("/")
    def index_view(self) -> ResponseReturnValue:
        own = set(db.session.execute(select(MailText.kind, MailText.language)).tuples())
        off = queries.shop().mails_off
        rows = [(kind, ALL[kind], kind in off, [(code, (kind, code) in own) for code in LANGUAGES]) for kind in KINDS]
        return self.render("admin/mail_texts/list.html", rows=rows)

    @expose("/<kind>/<language>", methods=["GET", "POST"])
    def edit(self, kind: str, language: str) -> ResponseReturnValue:
        place = find_place_or_404(kind, language)
        if request.method != "POST":
            text = place.text
            form = TextForm(place, data={"subject": text.subject, "body": text.body, "seen": mark(text)})
            form.order.data = request.args.get("order", "")
            return self.shown(place, form)
        if not may(change_text.right):
            abort(403)
        form = TextForm(place, request.form)
        if not form.validate():
            return self.shown(place, form), 422
        try:
            run_on_text(change_text, place, form.seen.data, subject=form.text.subject, body=form.text.body)
        except ChangedMeanwhile:
            theirs = place.text
            form.seen.data = mark(theirs)
            return self.shown(place, form, theirs=theirs), 409
        return said_and_back(change_text, place)

    @expose("/<kind>/<language>/preview", methods=["POST"])
    def preview(self, kind: str, language: str) -> ResponseReturnValue:
        """The page as it was filled in, with its mistakes; nothing is saved, so nothing is refused either."""
        place = find_place_or_404(kind, language)
        form = TextForm(place, request.form)
        form.validate()
        return self.shown(place, form)

    @expose("/<kind>/<language>/trial", methods=["POST"])
    def trial(self, kind: str, language: str) -> ResponseReturnValue:
        """The text as it was filled in goes to the person at the screen, by the ordinary way."""
        if not may(change_text.right):
            abort(403)
        place = find_place_or_404(kind, language)
        form_tokens.lead_back_to(url_of(place))
        form = TextForm(place, request.form)
        if not form.validate():
            return self.shown(place, form), 422
        order = order_to_show(form)
        if order is None:
            return self.shown(place, form), 422
        preview = preview_of_text(kind, language, form.text, order)
        with transaction():
            mail = queue_trial(kind, preview, to=current_user.email, to_name=str(current_user))
            message = {"text": _("A test mail is on its way to %(address)s.", address=mail.to_address)}
            message["link"], message["link_text"] = url_for("outbox.details_view", id=mail.id), _("View")
        flash(message, "success")  # type: ignore[arg-type]
        return self.shown(place, form)

    @expose("/<kind>/<language>/<any(restore_text, switch_mail_off, switch_mail_on):action_name>", methods=["POST"])
    def act(self, kind: str, language: str, action_name: str) -> ResponseReturnValue:
        place = find_place_or_404(kind, language)
        form_tokens.lead_back_to(url_of(place))
        action = {one.name: one for one in (restore_text, switch_mail_off, switch_mail_on)}[action_name]
        try:
            run_on_text(action, place)
        except ActionRefused as no:
            flash(str(no), "error")
            return redirect(url_of(place), code=303)
        return said_and_back(action, place)

    def shown(self, place: TextPlace, form: TextForm, theirs: Text | None = None) -> str:
        is_off = place.kind in queries.shop().mails_off
        order = order_to_show(form)
        return self.render(
            "admin/mail_texts/text.html",
            place=place,
            kind=ALL[place.kind],
            form=form,
            theirs=theirs,
            order=order,
            preview=preview_of_text(place.kind, place.language, form.text, order) if order else None,
            words=known_words(place.kind),
            is_off=is_off,
            why_not_change=lacking(change_text.right),
            restore=restore_text,
            why_not_restore=why_not(restore_text, place),
            switch=switch_mail_on if is_off else switch_mail_off,
            why_not_switch=lacking(switch_mail_off.right) or ("" if is_off else why_not_switch_off(place)),
            history=[(event, who(event)) for event in history_of_kind(place.kind)],
            url=lambda name: url_for(f".{name}", kind=place.kind, language=place.language),
            act_url=lambda action: url_for(".act", kind=place.kind, language=place.language, action_name=action.name),
        )


MailTexts._default_view = "index_view"


def find_place_or_404(kind: str, language: str) -> TextPlace:
    return TextPlace(kind, language) if kind in KINDS and language in LANGUAGES else abort(404)


def url_of(place: TextPlace) -> str:
    return url_for("mail_texts.edit", kind=place.kind, language=place.language)


def said_and_back(action: Action, place: TextPlace) -> ResponseReturnValue:
    flash(str(action.done), "success")
    return redirect(url_of(place), code=303)


def mark(text: Text) -> str:
    """A few letters that differ when somebody else has saved another text."""
    return hashlib.sha256(f"{text.subject}\0{text.body}".encode()).hexdigest()[:16]


def run_on_text(action: Action, place: TextPlace, seen: str | None = None, **how: object) -> None:
    """Run the action and commit. The shop is locked first: of two people who save at once one sees the other's text."""
    if not may(action.right):
        abort(403)
    db.session.rollback()
    db.session.scalars(select(Shop).with_for_update().execution_options(populate_existing=True)).one()
    with transaction():
        if seen is not None and seen != mark(place.text):
            raise ChangedMeanwhile(0, 0)
        action(place, by=actor(), **how)


def order_to_show(form: TextForm) -> Order | None:
    """The order that was asked for, else the latest one; an unknown number is an error of its field."""
    number = (form.order.data or "").strip()
    if not number:
        latest = select(Order).where(Order.is_draft.is_(False)).order_by(Order.placed_at.desc(), Order.id.desc())
        latest = latest.options(joinedload(Order.outside_shop))
        return db.session.scalar(latest.limit(1))
    order = queries.order_numbered(number)
    if order is None:
        form.order.errors = [_("There is no order %(number)s.", number=number)]
    return order


def history_of_kind(kind: str) -> list[History]:
    """What was changed about this kind of mail, newest first."""
    subjects = [f"{MailText.__tablename__}:{TextPlace(kind, language).id}" for language in ("", *LANGUAGES)]
    query = select(History).where(History.subject.in_(subjects)).order_by(History.id.desc()).limit(MOST_EVENTS)
    return list(db.session.scalars(query))
