"""GENERAL > Staff: who may sign in, and with which roles."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import inspect
from wtforms import Form
from wtforms.fields import SelectField
from wtforms.validators import DataRequired, Email

from app.actions.api_keys import end_keys_of, hand_over_key
from app.actions.second_factors import reset_factors
from app.admin_views.base import RecordView
from app.admin_views.browsers import place_here, places_of
from app.admin_views.dashboard.buttons import lacking
from app.admin_views.record_texts import RecordTexts
from app.admin_views.signin import actor, may
from app.config import LANGUAGES
from app.errors import ActionRefused
from app.extensions import db, transaction
from app.mails.account_notices import Notice, tell_person
from app.models import Role, Staff
from app.security import form_tokens, second_factors, sessions
from app.security.api_keys import keys_held_by
from app.security.rights import shown_role
from app.security.security_log import SecurityKind, note_security
from app.serving.callers import own_address


class StaffView(RecordView):
    texts = RecordTexts(new=_l("New member of staff"), saved=_l("Member of staff saved"), none=_l("No staff yet"))
    right = sight = "staff.people"
    can_create = can_edit = True
    column_list = ("name", "email", "roles", "active", "created_at")
    column_sortable_list = ("name", "email", "active", "created_at")
    column_default_sort = ("email", False)
    search_columns = (Staff.name, Staff.email)
    list_template = "admin/staff/list.html"
    edit_template = "admin/staff/edit.html"
    column_labels = {
        "roles": _l("Roles"),
        "active": _l("May sign in"),
        "language": _l("Language"),
        "created_at": _l("Since"),
    }
    column_formatters = {
        "roles": lambda view, context, model, name: ", ".join(shown_role(role.name) for role in model.roles),
    }
    form_columns = ("name", "email", "roles", "language", "active")
    form_overrides = {"language": SelectField}
    form_args = {
        "email": {"validators": [DataRequired(), Email()]},
        "roles": {"validators": [DataRequired()], "get_label": lambda role: shown_role(role.name)},
        "language": {"choices": list(LANGUAGES.items())},
        "active": {"default": True, "description": _l("Without it, they are signed out everywhere at once.")},
    }

    def on_model_change(self, form: Form, model: Staff, is_created: bool) -> None:
        refuse_more_than_own(model)
        model.email = model.email.strip()
        if is_created:
            model.fs_uniquifier = uuid.uuid4().hex
        elif not (model.active and any(role.name == "owner" for role in model.roles)):
            with db.session.no_autoflush:
                reason = sessions.why_not_lose_owner(model)
            if reason:
                raise ActionRefused(reason)
        if not model.active and not is_created:
            sessions.end_sessions(model)
            if ended := end_keys_of(model, by=actor()):
                flash(_("These API keys are out of use now: %(keys)s.", keys=", ".join(map(str, ended))), "warning")
        if before := None if is_created else address_before(model):
            for address in (before, model.email):
                tell_person(
                    model, Notice.ADDRESS_CHANGED, by=actor(), place=place_here(), text=model.email, address=address
                )
        super().on_model_change(form, model, is_created)

    def render(self, template: str, **kwargs: object) -> str:
        if isinstance(model := kwargs.get("model"), Staff):
            kwargs["places"] = places_of(model.id)
            kwargs["keys"] = keys_held_by(model)
            kwargs["why_not_hand_over"] = lacking(hand_over_key.right)
            kwargs["has_factor"] = second_factors.has_factor(model)
            kwargs["why_not_end"] = sessions.why_not_change_staff(model.rights, own=current_user.rights)
        return str(super().render(template, **kwargs))

    def changed(self, model: Staff) -> dict[str, list[object]]:
        before = [role.name for role in roles_held_before(model)]
        now = [role.name for role in sorted(model.roles, key=lambda role: role.id)]
        changed = super().changed(model)
        return {**changed, "roles": [before, now]} if before != now else changed

    @expose("/<int:staff_id>/sign-out", methods=["POST"])
    def sign_out(self, staff_id: int) -> ResponseReturnValue:
        """End one sign-in of a colleague, or all of them; of oneself all others."""
        form_tokens.lead_back_to(url_for(".edit_view", id=staff_id))
        staff = db.session.get(Staff, staff_id) or abort(404)
        if not may(self.right):
            abort(403)
        if reason := sessions.why_not_change_staff(staff.rights, own=current_user.rights):
            flash(reason, "error")
            return redirect(url_for(".edit_view", id=staff.id), code=303)
        with transaction():
            if place := request.form.get("place", ""):
                sessions.end_one(staff.id, place)
            elif staff.id == current_user.id:
                sessions.end_others(staff.id, but=session["sid"])
            else:
                sessions.end_sessions(staff)
            note_security(SecurityKind.SESSIONS_ENDED, detail=str(staff))
        flash(_("Signed out there."), "success")
        return redirect(url_for(".edit_view", id=staff.id), code=303)

    @expose("/<int:staff_id>/reset-factors", methods=["POST"])
    def reset_factors(self, staff_id: int) -> ResponseReturnValue:
        """Take the second factors away from a colleague who lost them."""
        if not may(self.right):
            abort(403)
        form_tokens.lead_back_to(url_for(".edit_view", id=staff_id))
        form_tokens.begin_anew()
        staff = db.session.get(Staff, staff_id) or abort(404)
        try:
            if reason := sessions.why_not_change_staff(staff.rights, own=current_user.rights):
                raise ActionRefused(reason)
            with transaction():
                reset_factors(staff, by=actor())
            flash(_("The second factors are taken away. The person was told by mail."), "success")
        except ActionRefused as no:
            flash(str(no), "error")
        return redirect(url_for(".edit_view", id=staff_id), code=303)

    @expose("/<int:staff_id>/link", methods=["POST"])
    def give_link(self, staff_id: int) -> ResponseReturnValue:
        """Show a one-time sign-in link for a colleague, to hand over."""
        staff = db.session.get(Staff, staff_id)
        if staff is None or not staff.active or not may(self.right):
            flash(_("Only an active member of staff can get a sign-in link."), "error")
            return redirect(url_for(".index_view"), code=303)
        if reason := sessions.why_not_change_staff(staff.rights, own=current_user.rights):
            flash(reason, "error")
            return redirect(url_for(".edit_view", id=staff.id), code=303)
        with transaction():
            link = own_address() + sessions.sign_in_link(staff)
        return self.render("admin/staff/link.html", staff=staff, link=link)


def refuse_more_than_own(staff: Staff) -> None:
    """Neither change somebody who may do more, nor make somebody who may."""
    with db.session.no_autoflush:
        before = {right for role in roles_held_before(staff) for right in role.permissions}
        reason = sessions.why_not_change_staff(before, own=current_user.rights)
        reason = reason or sessions.why_not_give(staff.rights, own=current_user.rights)
    if reason:
        raise ActionRefused(reason)


def address_before(staff: Staff) -> str:
    """The address that is being changed; "" while it stays."""
    past: list[str] = list(inspect(staff).attrs.email.history.deleted or ())
    return past[0] if past and past[0] != staff.email else ""


def roles_held_before(staff: Staff) -> list[Role]:
    past = inspect(staff).attrs.roles.history
    return sorted([*past.unchanged, *past.deleted], key=lambda role: role.id)
