"""Who of the staff is at the screen, for what all sites share: an app may do without the staff's own."""

from __future__ import annotations

from typing import cast

from flask import current_app
from flask_login import current_user

from app.models import Staff


def current_staff() -> Staff | None:
    has_sign_in = hasattr(current_app, "login_manager")
    return cast(Staff, current_user) if has_sign_in and current_user.is_authenticated else None


def forget_staff() -> None:
    """For the rest of the request nobody in particular is there."""
    if hasattr(current_app, "login_manager"):
        current_app.login_manager._update_request_context_with_user()
