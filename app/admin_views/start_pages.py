"""Where somebody begins: Home, or the page that they chose for themselves."""

from __future__ import annotations

from flask import url_for
from flask_admin.base import BaseView
from flask_babel import gettext as _
from flask_login import current_user

from app.admin_views.registered import find_open_views
from app.admin_views.signin import is_staff

#: Views that people work in all day, by their endpoints.
BEGINNINGS = (
    *("order", "draft", "invoice", "receivables", "bank", "shipment", "packing", "return", "ticket", "task"),
    *("customer", "product", "figures"),
)


def list_start_pages() -> list[tuple[str, str]]:
    """Those that the person may open, as choices of a field; "" is Home."""
    return [("", _("Home")), *((view.endpoint, str(view.name)) for view in open_beginnings())]


def start_url() -> str:
    """Of the page that the person chose, as long as they may open it; else of Home. Nobody is led to the sign-in."""
    if not is_staff():
        return url_for("security.login")
    chosen = current_user.start_page
    view = next((one for one in open_beginnings() if one.endpoint == chosen), None)
    return url_for(f"{view.endpoint}.{view._default_view}" if view else "admin.index")


def open_beginnings() -> list[BaseView]:
    opened = find_open_views()
    return [opened[endpoint] for endpoint in BEGINNINGS if endpoint in opened]
