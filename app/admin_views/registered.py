"""The views of the desk as they are registered (`menu.py`), for what goes through all of them."""

from __future__ import annotations

from typing import TypeVar

from flask import current_app
from flask_admin.base import BaseView

SomeView = TypeVar("SomeView", bound=BaseView)


def find_views(kind: type[SomeView]) -> list[SomeView]:
    """All of that kind, in the order of the menu."""
    (admin,) = current_app.extensions["admin"]
    return [view for view in admin._views if isinstance(view, kind)]


def find_open_views() -> dict[str, BaseView]:
    """Those that the person at the screen may open, by their endpoints."""
    return {view.endpoint: view for view in find_views(BaseView) if view.is_accessible()}
