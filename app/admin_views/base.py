"""What every page of the back office stands on: staff only, everything off until a view allows it."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request, url_for
from flask_admin import BaseView
from flask_admin.contrib.sqla import ModelView
from flask_login import current_user

from app.admin_views.signin import may


class StaffOnly:
    """Everybody who is signed in may look; `right` is what it takes to change something."""

    right = ""  # "": nothing can be changed here
    sight = ""  # the right it takes to see the page at all; "": any member of staff

    def is_accessible(self) -> bool:
        return current_user.is_authenticated and (not self.sight or may(self.sight))

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:
        if current_user.is_authenticated:
            abort(403)
        return redirect(url_for("security.login", next=request.full_path))


class StaffPage(StaffOnly, BaseView):
    """A page of our own."""


class RecordView(StaffOnly, ModelView):
    """A Flask-Admin view of one kind of record. Nothing is allowed until a subclass says so, field by field."""

    can_create = False
    can_edit = False
    can_delete = False
    can_export = False
    can_view_details = False
    column_list: Any = ()
    form_columns: Any = ()
    column_display_actions = False
    can_set_page_size = True
    page_size_options = (25, 50, 100)
    page_size = 25
    numeric_columns: tuple[str, ...] = ()

    def is_action_allowed(self, name: str) -> bool:
        return bool(self.right) and may(self.right)
