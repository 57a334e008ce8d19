"""SERVICES > Outbox: every mail, with its text as sent, what became of it, and Send again."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import defer

from app import queries
from app.actions.mailing import send_again
from app.admin_views.base import RecordView
from app.admin_views.labels import MAIL_STATE
from app.admin_views.showing import badge, moment
from app.admin_views.signin import actor, may
from app.errors import ActionRefused
from app.extensions import db
from app.models import Order, OutgoingMail


class Outbox(RecordView):
    can_view_details = True
    column_list = ("subject", "to_address", "state", "created_at", "sent_at")
    column_sortable_list = ("created_at",)
    column_default_sort = ("id", True)
    search_columns = (OutgoingMail.subject, OutgoingMail.to_address)
    list_template = "admin/outbox/list.html"
    details_template = "admin/outbox/mail.html"
    column_labels = {
        "subject": _l("Subject"),
        "to_address": _l("To"),
        "state": _l("State"),
        "created_at": _l("Written"),
        "sent_at": _l("Sent"),
    }
    column_formatters = {
        "state": lambda view, context, model, name: badge(MAIL_STATE[model.state]),
        "created_at": lambda view, context, model, name: moment(model.created_at),
        "sent_at": lambda view, context, model, name: moment(model.sent_at) if model.sent_at else "",
    }

    def list_query(self) -> Any:
        return select(OutgoingMail).options(defer(OutgoingMail.body))

    def render(self, template: str, **kwargs: Any) -> str:
        return super().render(template, has_server=bool(queries.shop().smtp_host), **kwargs)

    @expose("/details/")
    def details_view(self) -> str:
        mail = self.get_one(request.args.get("id", "")) or abort(404)
        order = db.session.get(Order, mail.order_id) if mail.order_id else None
        return self.render(
            self.details_template,
            mail=mail,
            order=order,
            label=MAIL_STATE[mail.state],
            action=send_again,
            reason=send_again.why_not(mail)
            or ("" if may(send_again.right) else _("You lack the right to write to customers.")),
            return_url=self.get_url(".index_view"),
        )

    @expose("/<int:mail_id>/send-again", methods=["POST"])
    def again(self, mail_id: int) -> Any:
        if not may(send_again.right):
            abort(403)
        query = select(OutgoingMail).where(OutgoingMail.id == mail_id).with_for_update()
        mail = db.session.scalar(query) or abort(404)
        try:
            copy = send_again(mail, by=actor(), to=request.form.get("to", "").strip())
            db.session.commit()
        except ActionRefused as refused:
            db.session.rollback()
            flash(str(refused), "error")
            return redirect(url_for(".details_view", id=mail_id), code=303)
        flash(str(send_again.done), "success")
        return redirect(url_for(".details_view", id=copy.id), code=303)
