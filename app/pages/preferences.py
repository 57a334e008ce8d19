"""How somebody wants the screens: light or dark, and the language.

They are cookies, so that it works before signing in too; the language of somebody who is signed in is their own, on
every device.
"""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, request
from werkzeug.wrappers import Response

from app.actions.staff import change_profile
from app.config import LANGUAGES, cookie_name
from app.extensions import db, transaction
from app.history import person
from app.models import Staff
from app.security.identity import current_staff

THEMES = ("light", "dark", "auto")
ONE_YEAR = 365 * 24 * 3600

preferences = Blueprint("preferences", __name__, url_prefix="/preferences")


@preferences.post("/")
def save() -> Response:
    """Remember the one button that was pressed, then go back to the page it was pressed on."""
    response = redirect(local_path(request.form.get("next", "")), code=303)
    if request.form.get("theme") in THEMES:
        remember(response, "theme", request.form["theme"])
    language = request.form.get("language")
    if language in LANGUAGES and (staff := current_staff()):
        with transaction():
            change_profile(db.session.get_one(Staff, staff.id), language=language, by=person(staff))
        response.delete_cookie(cookie_name("language"), secure=bool(current_app.config["SESSION_COOKIE_SECURE"]))
    elif language in LANGUAGES:
        remember(response, "language", language)
    return response


def remember(response: Response, name: str, value: str) -> None:
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(cookie_name(name), value, max_age=ONE_YEAR, samesite="Lax", secure=secure)


def recall(name: str) -> str:
    """What was picked in this browser; "" for nothing."""
    return request.cookies.get(cookie_name(name), "")


def local_path(wanted: str) -> str:
    """The path, if it is one of ours. Browsers read //host and /\\host as another host, and skip control characters."""
    leads_away = not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted
    return "/" if leads_away or not wanted.isprintable() else wanted
