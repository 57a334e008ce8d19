"""Copies of everything: when they are made, where they are kept, and those that there are."""

from __future__ import annotations

from pathlib import Path

from flask import abort, flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import Field, Form
from wtforms.validators import NumberRange, ValidationError

from app import queries
from app.actions.copies import ask_for_copy
from app.admin_views.freshness import demand_fresh
from app.admin_views.settings.topic import ADVANCED, ShopTopic
from app.admin_views.signin import actor, may
from app.extensions import Sideline, db, transaction, writing
from app.history import Happened, record
from app.models import CopyRun, Outside
from app.queries.outages import current_outages, find_outage
from app.queries.records import last_seal
from app.security import form_tokens

RUNS_SHOWN = 30
MOST_KEPT = 365


def is_usable_folder(form: Form, field: Field) -> None:
    if field.data and not Path(field.data).is_absolute():
        raise ValidationError(_("Enter the whole path, such as /var/backups/toonbank."))


class CopySettings(ShopTopic):
    right = sight = "settings.copies"
    path = ADVANCED
    edit_template = "admin/settings/copies.html"
    form_columns = ("copies_kept", "copies_hour", "copies_folder", "checks_books")
    column_labels = {
        "copies_kept": _l("Daily copies to keep"),
        "copies_hour": _l("Made after, hour"),
        "copies_folder": _l("Folder"),
        "checks_books": _l("Check the books every night"),
    }
    form_args = {
        "copies_kept": {
            "validators": [NumberRange(0, MOST_KEPT, _l("From 0 to 365."))],
            "description": _l("0: none are made by themselves."),
        },
        "copies_hour": {"validators": [NumberRange(0, 23, _l("From 0 to 23."))]},
        "copies_folder": {
            "validators": [is_usable_folder],
            "description": _l(
                "Empty: the folder copies of the installation. A disk that fails takes the copies on it along: name "
                "another disk."
            ),
        },
    }

    def render(self, template: str, **kwargs: object) -> str:
        runs = list(db.session.scalars(select(CopyRun).order_by(CopyRun.id.desc()).limit(RUNS_SHOWN)))
        books = find_outage(current_outages(), Outside.BOOKS)
        about_books = {
            "findings": books.detail.splitlines() if books else [],
            "checked_at": queries.shop().books_checked_at,
            "seal": last_seal(),
        }
        return super().render(template, runs=runs, **about_books, **kwargs)

    @expose("/make", methods=["POST"])
    def make(self) -> ResponseReturnValue:
        if not may(self.right):
            abort(403)
        form_tokens.lead_back_to(url_for(".index_view"))
        with transaction():
            ask_for_copy(by=actor())
        flash(_("A copy is being made. It stands below when it is done."), "success")
        return redirect(url_for(".index_view"), code=303)

    @expose("/<int:run_id>/file")
    def download(self, run_id: int) -> ResponseReturnValue:
        demand_fresh(self.right)
        run = db.session.get(CopyRun, run_id) or abort(404)
        file = Path(run.file)
        if not run.file or not file.is_file():
            abort(404)
        response = send_file(file, "application/octet-stream", as_attachment=True, download_name=file.name)
        if request.method != "HEAD" and response.status_code < 300:  # otherwise nothing is taken out
            db.session.rollback()
            with writing(Sideline.COPY_TAKEN), transaction():
                record(Happened.DATA_EXPORTED, None, actor(), text=file.name)
        response.headers["Cache-Control"] = "no-store"
        return response
