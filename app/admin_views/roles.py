"""GENERAL > Staff > Roles: which rights go together. Those that came with Toonbank stay; a shop adds its own."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import func, select
from wtforms import Field, Form
from wtforms.validators import DataRequired, ValidationError

from app.admin_views.base import RecordView
from app.admin_views.record_texts import RecordTexts
from app.admin_views.rights_list import rights, rights_summary
from app.admin_views.signin import may
from app.errors import ActionRefused
from app.extensions import ShownText, db
from app.models import Role
from app.pages.fields import TickList
from app.security import sessions
from app.security.rights import GROUPS, ROLES, grants, shortest, shown_role


def all_rights() -> list[tuple[str, ShownText]]:
    return [*GROUPS.items(), *(one for some in rights().values() for one in some)]


def one_role_of_a_name(form: Form, field: Field) -> None:
    query = select(Role.id).where(func.lower(Role.name) == field.data.strip().lower())
    here = request.args.get("id", "")
    if any(str(role_id) != here for role_id in db.session.scalars(query)):
        raise ValidationError(_("There is a role of this name already. Choose another name."))


class RoleView(RecordView):
    texts = RecordTexts(new=_l("New role"), saved=_l("Role saved"), none=_l("No roles yet"))
    right = sight = "staff.roles"
    stands_under = "staff"
    can_create = can_edit = can_delete = True
    column_list = ("name", "description", "permissions")
    column_sortable_list = ("name",)
    column_default_sort = ("id", False)
    list_template = "admin/staff/roles.html"
    create_template = edit_template = "admin/staff/role.html"
    column_labels = {"description": _l("Description"), "permissions": _l("Rights")}
    column_formatters = {
        "name": lambda view, context, model, name: shown_role(model.name),
        "description": lambda view, context, model, name: describe_role(model),
        "permissions": lambda view, context, model, name: rights_summary(model.permissions),
    }
    form_columns = ("name", "description", "permissions")
    form_overrides = {"permissions": TickList}
    form_args = {
        "name": {"validators": [DataRequired(), one_role_of_a_name]},
        "description": {},
        "permissions": {"choices": all_rights, "validators": []},
    }

    def is_visible(self) -> bool:
        return not may("staff.people")  # who sees the staff finds the roles in a tab beside it

    def render(self, template: str, **kwargs: Any) -> str:
        model = kwargs.get("model")
        kwargs["why_not"] = sessions.why_not_change_role(model, own=own_rights()) if model else ""
        return str(
            super().render(
                template,
                groups=GROUPS,
                rights=rights(),
                own=own_rights(),
                grants=grants,
                shown_role=shown_role,
                **kwargs,
            )
        )

    # --- saving ---

    def stamp(self, model: Role) -> str:
        """A role has no version: what it says is what tells."""
        said = json.dumps([model.name, model.description, model.permissions])
        return hashlib.sha256(said.encode()).hexdigest()

    def create_form(self, obj: Role | None = None) -> Form:
        """`?copy=<id>` begins with what another role says."""
        form = super().create_form(obj)
        copied = self.get_one(request.args.get("copy", "")) if request.method != "POST" else None
        if copied is not None:
            form.name.data = _("Copy of %(role)s", role=shown_role(copied.name))
            form.description.data, form.permissions.data = describe_role(copied), list(copied.permissions)
        return form

    def update_model(self, form: Form, model: Role) -> bool:
        db.session.refresh(model, with_for_update=True)
        if reason := sessions.why_not_change_role(model, own=own_rights()):
            flash(reason, "error")
            return False
        return super().update_model(form, model)

    def on_model_change(self, form: Form, model: Role, is_created: bool) -> None:
        model.name = model.name.strip()
        model.permissions = shortest(model.permissions)
        if reason := sessions.why_not_give(model.permissions, own=own_rights()):
            raise ActionRefused(reason)
        super().on_model_change(form, model, is_created)

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> ResponseReturnValue:
        if not self.may_change:
            abort(403)
        role = self.get_one(request.form.get("id", "")) or abort(404)
        if reason := sessions.why_not_delete_role(role, own=own_rights()):
            flash(reason, "error")
            return redirect(url_for(".edit_view", id=role.id), code=303)
        if self.delete_model(role):
            flash(_("Role deleted."), "success")
        return redirect(url_for(".index_view"), code=303)


def own_rights() -> set[str]:
    rights: set[str] = current_user.rights
    return rights


def describe_role(role: Role) -> str:
    return str(ROLES[role.name][0]) if role.name in ROLES else role.description
