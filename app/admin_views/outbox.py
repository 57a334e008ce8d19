"""SERVICES > Outbox: every mail, with its text as sent, what became of it, and Send again."""

from __future__ import annotations

import io
from functools import partial

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.contrib.sqla.filters import FilterEqual
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import Select, select
from sqlalchemy.orm import defer

from app import queries
from app.actions.mailing import NEVER_SENT, is_kept, send_again
from app.admin_views.base import RecordView
from app.admin_views.dashboard.buttons import why_not
from app.admin_views.filters import days_of
from app.admin_views.outage_news import mail_outage
from app.admin_views.record_texts import RecordTexts
from app.admin_views.run_action import run_locked
from app.admin_views.signin import may
from app.documents.account_statement import name_of_statement
from app.errors import ActionRefused
from app.extensions import db, transaction
from app.mails.kinds import ALL, KINDS, mail_title
from app.mails.message import OF_ACCOUNT, attachment_as_sent
from app.mails.one_time import has_gap, hide_link
from app.mails.previewing import attachment_names
from app.mails.undoing import is_held
from app.models import Invoice, Order, OutgoingMail, Outside, Quote
from app.pages.formatting import badge
from app.pages.labels import HELD, KEPT, MAIL_STATE, Label
from app.queries.keyset import each_for_few
from app.queries.outages import ask_to_try, current_outages
from app.queries.record_search import MAIL_SEARCH
from app.security import form_tokens


class Outbox(RecordView):
    texts = RecordTexts(
        none=_l("No mails yet"),
        many_done=lambda count: ngettext("%(num)s mail queued again.", "%(num)s mails queued again.", count),
        many_unchanged=lambda count: ngettext("%(num)s mail unchanged:", "%(num)s mails unchanged:", count),
    )
    many_actions = (send_again,)
    right = send_again.right
    stands_under = "mail_texts"  # its tab
    can_view_details = True
    column_list = ("subject", "kind", "to_address", "state", "created_at", "sent_at")
    column_sortable_list = ("kind", "state", "created_at")
    sorts = each_for_few(OutgoingMail.subject, OutgoingMail.to_address, OutgoingMail.sent_at)
    column_default_sort = ("id", True)
    searched = MAIL_SEARCH
    export_right = "exports.mails"
    column_filters = (
        FilterEqual(OutgoingMail.state, _l("Status"), options=[(key, label.text) for key, label in MAIL_STATE.items()]),
        FilterEqual(OutgoingMail.kind, _l("Mail"), options=[(kind, ALL[kind].title) for kind in KINDS]),
        *days_of(OutgoingMail.created_at, _l("Created on")),
    )
    list_template = "admin/outbox/list.html"
    details_template = "admin/outbox/mail.html"
    column_labels = {
        "kind": _l("Mail"),
        "to_address": _l("To"),
        "created_at": _l("Created on"),
        "sent_at": _l("Sent"),
    }
    column_formatters = {
        "subject": lambda view, context, model, name: in_language(model.subject, model.language),
        "kind": lambda view, context, model, name: mail_title(model.kind),
        "state": lambda view, context, model, name: badge_of_mail(model),
    }

    def is_visible(self) -> bool:
        return False  # a tab of E-mails & texts

    def list_query(self) -> Select[OutgoingMail]:
        return select(OutgoingMail).options(defer(OutgoingMail.body))

    def render(self, template: str, **kwargs: object) -> str:
        if template == self.list_template:
            kwargs["may_set_mail"] = may("settings.mail")
            kwargs["mail_outage"] = mail_outage(current_outages(), queries.shop())
        return super().render(template, has_server=bool(queries.shop().smtp_host), **kwargs)

    @expose("/try-now", methods=["POST"])
    def try_now(self) -> ResponseReturnValue:
        """The worker tries the mail server at its next look, and not only after its pause."""
        if not may(send_again.right):
            abort(403)
        form_tokens.lead_back_to(url_for(".index_view"))
        form_tokens.begin_anew()
        with transaction():
            ask_to_try(Outside.MAIL)
        flash(_("The mail server is tried now: look again in a moment."), "success")
        return redirect(url_for(".index_view"), code=303)

    @expose("/details/")
    def details_view(self) -> str:
        mail = self.get_one(request.args.get("id", "")) or abort(404)
        order = db.session.get(Order, mail.order_id) if mail.order_id else None
        return self.render(
            self.details_template,
            mail=mail,
            text=hide_link(mail.body),
            has_gap=has_gap(mail),
            order=order,
            label=label_of_mail(mail),
            waits_until=mail.due_at if is_held(mail) and not mail.job_id and not is_kept(mail) else None,
            action=send_again,
            reason=why_not(send_again, mail),
            kind=mail_title(mail.kind),
            attachments=[
                (one["name"], url_for(".attachment", mail_id=mail.id, position=position))
                for position, one in enumerate(mail.attachments)
            ]
            or [(name, "") for name in to_be_attached(mail)],
            return_url=self.get_url(".index_view"),
        )

    @expose("/<int:mail_id>/attachments/<int:position>")
    def attachment(self, mail_id: int, position: int) -> Response:
        """As it went, also when the document was printed anew since."""
        mail = self.get_one(str(mail_id)) or abort(404)
        file = attachment_as_sent(mail, position) or abort(404)
        return send_file(io.BytesIO(file.content), file.media_type, download_name=file.name)

    @expose("/<int:mail_id>/send-again", methods=["POST"])
    def again(self, mail_id: int) -> ResponseReturnValue:
        form_tokens.lead_back_to(url_for(".details_view", id=mail_id))
        lock = partial(self.lock_record, mail_id)
        try:
            copy = run_locked(send_again, lock, to=request.form.get("to", "").strip())
        except ActionRefused as refused:
            flash(str(refused), "error")
            return redirect(url_for(".details_view", id=mail_id), code=303)
        flash(str(send_again.done), "success")
        return redirect(url_for(".details_view", id=copy.id), code=303)


def in_language(text: str, language: str) -> Markup:
    """So that it is read aloud, and broken, as in the language that it is written in."""
    return Markup('<span lang="{}">{}</span>').format(language, text)


def badge_of_mail(mail: OutgoingMail) -> Markup:
    shown = badge(label_of_mail(mail))
    return Markup('<span title="{}">{}</span>').format(NEVER_SENT, shown) if is_kept(mail) else shown


def label_of_mail(mail: OutgoingMail) -> Label:
    if is_kept(mail):
        return KEPT
    return HELD if is_held(mail) else MAIL_STATE[mail.state]


def to_be_attached(mail: OutgoingMail) -> list[str]:
    """The names of what will go along with a mail that has not gone yet."""
    invoice = db.session.get(Invoice, mail.invoice_id) if mail.invoice_id else None
    quote = db.session.get(Quote, mail.quote_id) if mail.quote_id else None
    statement = [name_of_statement(mail.statement, mail.language)] if mail.kind == OF_ACCOUNT and mail.statement else []
    return [*attachment_names(invoice, mail.file_id, quote), *statement]
