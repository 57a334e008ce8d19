"""Which browser somebody signs in with: its name for people, and the mark by which it is known again."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from flask import Response, after_this_request, current_app, request, session
from flask_babel import gettext as _

from app.config import cookie_name
from app.extensions import db, read_only
from app.history import person
from app.mails.account_notices import Notice, tell_person
from app.models import Staff, StaffSession
from app.security import sessions

COOKIE = "browser"

#: What stands in the header -> the browser; of those that name others too, the more special one is first.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS X": "macOS",
    "CrOS": "ChromeOS", "Linux": "Linux",
}  # fmt: skip


def name_browser(header: str) -> str:
    """ "Firefox on Windows"; what nobody knows is named by its first word."""
    browser = next((name for sign, name in BROWSERS.items() if sign in header), "")
    system = next((name for sign, name in SYSTEMS.items() if sign in header), "")
    if browser and system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or re.split(r"[/ ]", header)[0][:40] or _("Unknown browser")


@dataclass(frozen=True)
class SignedInPlace:
    """Where somebody is signed in."""

    row: StaffSession
    browser: str
    is_here: bool


def places_of(staff_id: int) -> list[SignedInPlace]:
    here = sessions.hash_secret(session.get("sid", ""))
    return [SignedInPlace(row, name_browser(row.browser), row.id == here) for row in sessions.live_sessions(staff_id)]


def place_here() -> str:
    """Where this request comes from: the browser, and the address of its network."""
    return f"{name_browser(request.user_agent.string)}, {request.remote_addr or '–'}"


def mark_here() -> str:
    """ "" in a browser with which nobody has signed in."""
    return request.cookies.get(cookie_name(COOKIE), "")[:100]


def is_known_browser() -> bool:
    """Whether the person whose address the form says has signed in with this browser before. It lets nobody in."""
    if not mark_here():
        return False
    with read_only():
        staff = sessions.staff_with(request.form.get("email", ""))
        is_known = staff is not None and sessions.is_recognised(staff, mark_here())
    db.session.rollback()
    return is_known


def know_browser(staff: Staff) -> None:
    """Tell the person by mail when somebody signs in as them with a browser that nobody did before.

    The first one is not told of: it is that of whoever was let in, or the one that was in use all the time.
    """
    mark = mark_here() or secrets.token_urlsafe(24)
    is_first = not sessions.has_browsers(staff)
    if not sessions.recognise(staff, mark) and not is_first:
        tell_person(staff, Notice.NEW_BROWSER, by=person(staff), place=place_here())

    @after_this_request
    def remember(response: Response) -> Response:
        if "language" in request.cookies:
            response.delete_cookie("language")  # the person has a language of their own
        return keep_mark(response, mark)


def keep_mark(response: Response, mark: str) -> Response:
    secure, age = bool(current_app.config["SESSION_COOKIE_SECURE"]), int(sessions.BROWSERS_LAST.total_seconds())
    response.set_cookie(cookie_name(COOKIE), mark, max_age=age, samesite="Lax", httponly=True, secure=secure)
    return response
