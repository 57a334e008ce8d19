"""GENERAL > Staff: who may sign in, and with which roles."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields import SelectField
from wtforms.validators import DataRequired, Email, Length

from app import access
from app.admin_views.base import RecordView
from app.admin_views.showing import yes_or_no
from app.admin_views.signin import may
from app.config import LANGUAGES
from app.errors import ActionRefused
from app.extensions import db
from app.models import Staff


class StaffView(RecordView):
    right = sight = "staff"
    can_create = can_edit = True
    column_list = ("name", "email", "roles", "active", "created_at")
    column_sortable_list = ("name", "email", "created_at")
    column_default_sort = ("email", False)
    search_columns = (Staff.name, Staff.email)
    edit_template = "admin/staff/edit.html"
    column_labels = {
        "name": _l("Name"),
        "email": _l("E-mail"),
        "roles": _l("Roles"),
        "active": _l("May sign in"),
        "language": _l("Language"),
        "created_at": _l("Since"),
    }
    column_formatters = {
        "roles": lambda view, context, model, name: ", ".join(role.name for role in model.roles),
        "active": lambda view, context, model, name: yes_or_no(model.active),
    }
    form_columns = ("name", "email", "roles", "language", "active")
    form_overrides = {"language": SelectField}
    form_args = {
        "email": {"validators": [DataRequired(), Email(), Length(max=255)]},
        "roles": {"validators": [DataRequired()]},
        "language": {"choices": list(LANGUAGES.items())},
        "active": {"default": True, "description": _l("Without it, they are signed out everywhere at once.")},
    }

    def on_model_change(self, form: Any, model: Staff, is_created: bool) -> None:
        model.email = model.email.strip()
        if is_created:
            model.fs_uniquifier = uuid.uuid4().hex
        elif not (model.active and any(role.name == "owner" for role in model.roles)):
            with db.session.no_autoflush:
                reason = access.why_not_lose_owner(model)
            if reason:
                raise ActionRefused(reason)
        if not model.active and not is_created:
            access.end_sessions(model)
        super().on_model_change(form, model, is_created)

    @expose("/<int:staff_id>/link", methods=["POST"])
    def give_link(self, staff_id: int) -> Any:
        """Show a one-time sign-in link for a colleague, to hand over."""
        staff = db.session.get(Staff, staff_id)
        if staff is None or not staff.active or not may(self.right):
            flash(_("Only an active member of staff can get a sign-in link."), "error")
            return redirect(url_for(".index_view"), code=303)
        link = url_for("links.show", token=access.sign_in_link(staff).rpartition("/")[2], _external=True)
        db.session.commit()
        return self.render("admin/staff/link.html", staff=staff, link=link)
