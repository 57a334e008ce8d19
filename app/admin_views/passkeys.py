"""Passkeys at the screen: where they belong, the challenge of this browser, and signing in with one."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security.utils import login_user

from app import queries
from app.admin_views.second_step import PENDING, who_waits
from app.columns import now
from app.config import site_address
from app.extensions import transaction
from app.models import Passkey, Staff
from app.pages.preferences import local_path
from app.pages.throttling import throttle
from app.security import passkeys
from app.security.passkeys import Challenge, PasskeySite
from app.security.security_log import SecurityKind, note_security
from app.serving.callers import own_address

CHALLENGE = "passkey_challenge"

passkey_signin = Blueprint("passkey_signin", __name__, url_prefix="/passkey")


def plug_in_passkeys(app: Flask) -> None:
    app.register_blueprint(passkey_signin)
    app.jinja_env.globals["has_passkeys"] = lambda: passkey_site() is not None
    app.jinja_env.globals["why_no_passkeys"] = why_no_passkeys
    throttle(app, "passkey_signin.enter", from_an_address="30 per minute; 300 per hour")


def passkey_site() -> PasskeySite | None:
    """TOONBANK_ADDRESS, or this very machine by its name; None where browsers have no passkeys.

    No header says it: whoever sends one could have an answer counted that was meant for a site of their own.
    """
    try:
        address = urlsplit(own_address())
        host = own_host()
        port = "" if address.port in (None, {"http": 80, "https": 443}.get(address.scheme)) else f":{address.port}"
    except ValueError:  # no address at all
        return None
    is_safe = address.scheme == "https" or host == "localhost"
    return PasskeySite(f"{address.scheme}://{host}{port}", host) if host and is_safe and not is_number(host) else None


def own_host() -> str:
    """As browsers write it; "" for none. Raises ValueError for what is no address at all."""
    return (urlsplit(own_address()).hostname or "").encode("idna").decode()


def why_no_passkeys() -> str:
    """What to do about it; "" where there are passkeys."""
    if passkey_site() is not None:
        return ""
    address = own_address()
    try:
        host = own_host()
    except ValueError:
        host = ""
    if host and is_number(host):
        number = _("Passkeys belong to a name, and %(host)s is only a number.", host=host)
        return f"{number} {what_to_open(address)}"
    return _("Passkeys need an https address of Toonbank’s own: TOONBANK_ADDRESS says it.")


def what_to_open(address: str) -> str:
    if site_address():
        return _("Give Toonbank a name of its own, with https, in TOONBANK_ADDRESS.")
    return _("Open %(address)s instead.", address=re.sub(r"127\.0\.0\.1|\[::1\]", "localhost", address))


def is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


# --- the challenge of this browser ----------------------------------------------------------------------------------


def ask_device(challenge: Challenge) -> Response:
    """The challenge stays with this browser, signed, for a few minutes."""
    session[CHALLENGE] = [challenge.text, (now() + passkeys.CHALLENGE_LASTS).timestamp()]
    return Response(challenge.options, mimetype="application/json")


def take_challenge() -> str:
    challenge, until = session.pop(CHALLENGE, None) or ("", 0)
    return str(challenge) if until >= now().timestamp() else ""


def ask_to_add(staff: Staff) -> Response:
    site = passkey_site() or abort(404)
    shop, secret = queries.shop().name or "Toonbank", str(current_app.config["SECRET_KEY"])
    return ask_device(passkeys.challenge_to_add(staff, site=site, shop=shop, secret=secret))


def take_new_passkey(staff: Staff, answer: str, title: str) -> Passkey | None:
    """The one that the browser brings; None when it is not right."""
    challenge, site = take_challenge(), passkey_site()
    if not challenge or site is None:
        return None
    return passkeys.keep_passkey(staff, answer, title=title, challenge=challenge, site=site)


def whose_passkey(answer: str) -> Staff | None:
    """Whose device answered this browser's challenge, which is used up by it."""
    challenge, site = take_challenge(), passkey_site()
    if not challenge or site is None:
        return None
    return passkeys.use_passkey(answer, challenge=challenge, site=site)


# --- signing in -----------------------------------------------------------------------------------------------------


@passkey_signin.get("/ask")
def hand_out_challenge() -> ResponseReturnValue:
    """What the browser asks of whichever device."""
    return ask_device(passkeys.challenge_to_sign_in(site=passkey_site() or abort(404)))


@passkey_signin.post("/")
def enter() -> ResponseReturnValue:
    """A passkey is password and second factor in one; it also stands in for the code after a password."""
    waiting = who_waits()
    with transaction():
        staff = whose_passkey(request.form.get("credential", ""))
        if staff is not None:
            is_second = waiting is not None and waiting.id == staff.id
            _key, _until, remember, first, where = session.pop(PENDING, None) or ("", 0, False, "", "")
            stays = remember if is_second else bool(request.form.get("remember"))
            login_user(staff, remember=stays, authn_via=[first, "passkey"] if is_second else ["passkey"])
    if staff is None:
        note_security(SecurityKind.FACTOR_FAILED, account=str(waiting or ""), staff_id=waiting.id if waiting else None)
        flash(_("This passkey is not known here, or it took too long. Try again."), "error")
        again = url_for("security.login", next=request.form.get("next") or None)
        return redirect(url_for("second_step.enter_code") if waiting else again, code=303)
    return redirect(where if is_second else local_path(request.form.get("next") or "/"), code=303)
