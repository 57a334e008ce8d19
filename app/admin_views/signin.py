"""Signing in and out, and who is there: Flask-Security, with a registry of live sign-ins behind its cookie."""

from __future__ import annotations

from datetime import timedelta
from functools import wraps

from flask import Flask, Request, abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, user_logged_out
from flask_security import LoginForm, SQLAlchemyUserDatastore, user_authenticated
from flask_security.utils import set_request_attr
from wtforms import BooleanField, EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from app.admin_views.browsers import is_known_browser, know_browser
from app.admin_views.freshness import demand_fresh, plug_in_freshness
from app.admin_views.passkeys import plug_in_passkeys
from app.admin_views.passwords import SHORTEST_PASSWORD, passwords
from app.admin_views.second_step import SecondStep, second_step, throttle_second_step
from app.admin_views.signin_links import links
from app.columns import now
from app.extensions import Sideline, db, read_only, reading, security, transaction, writing
from app.history import Actor, Happened, person, record
from app.mails.addresses import is_address
from app.models import Role, Staff
from app.pages.localized_forms import Localized
from app.pages.throttling import throttle
from app.security import sessions
from app.security.rights import grants
from app.security.security_log import SecurityKind, note_security


def is_staff() -> bool:
    """Whether somebody of the staff is at the screen; looked up once a page, which asks for each button."""
    if "rights" not in g and current_user.is_authenticated:
        g.rights = current_user.rights
    return "rights" in g


def may(right: str) -> bool:
    """Whether the person at the screen has this right."""
    rights = g.get("rights")
    return grants(rights, right) if rights is not None else is_staff() and grants(g.rights, right)


def demand_right(right: str) -> None:
    """403 without it; a fresh sign-in where it takes one, before anything else is said."""
    if not may(right):
        abort(403)
    demand_fresh(right)


def actor() -> Actor:
    """The person at the screen, or who runs a command, as history names them."""
    return g.actor if "actor" in g else person(current_user)


def plug_in_security(app: Flask) -> None:
    """Sign-in by password or one-time link. There is no registration: staff is added by an owner."""
    app.config.from_mapping(
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/sign-in",
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_LENGTH_MIN=SHORTEST_PASSWORD,
        SECURITY_EMAIL_VALIDATOR_ARGS={"test_environment": True},  # a shop on its own network may have mail@shop.test
        SECURITY_FRESHNESS=timedelta(minutes=-1),  # no page that asks for the password once more
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_CACHE_CONTROL=None,  # policy.py says it for every page
        SECURITY_STATIC_FOLDER=None,
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
        PERMANENT_SESSION_LIFETIME=sessions.LONGEST_SIGN_IN,
    )
    app.before_request(look_who_is_there)  # before Flask-Security's own, which would hold the transaction open
    security.init_app(app, SQLAlchemyUserDatastore(db, Staff, Role), login_form=SignInForm)
    security.two_factor_plugins = SecondStep()
    security.login_manager.user_loader(staff_at_the_screen)
    security.login_manager.request_loader(nobody_by_token)
    user_authenticated.connect(begin, app)
    user_logged_out.connect(end, app)
    app.register_blueprint(links)
    app.register_blueprint(passwords)
    app.register_blueprint(second_step)
    app.before_request(lead_to_setting_up)
    plug_in_freshness(app)
    plug_in_passkeys(app)
    let_sign_in_again(app)
    throttle_sign_in(app)
    throttle_second_step(app)


def let_sign_in_again(app: Flask) -> None:
    """Whoever sends the form while somebody is signed in here gets a sign-in of their own, which ends that one.

    Flask-Security would leave things as they are, whatever was typed. After a wrong password they are.
    """
    view = app.view_functions["security.login"]

    @wraps(view)
    def enter() -> ResponseReturnValue:
        if request.method == "POST":
            g.pop("rights", None)
            g._login_user = security.login_manager.anonymous_user()
        answer: ResponseReturnValue = app.ensure_sync(view)()
        return answer

    app.view_functions["security.login"] = enter


def throttle_sign_in(app: Flask) -> None:
    """Somebody who is kept out still has one-time links."""
    tries = "10 per minute; 60 per hour"
    throttle(
        app,
        "security.login",
        from_an_address=tries,
        for_an_email="20 per hour",
        by_everybody="100 per hour",
        spares=is_known_browser,
        only_refused=True,
    )
    throttle(app, "passwords.choose", from_an_address=tries, only_refused=True)


# --- at each request ------------------------------------------------------------------------------------------------


#: What pages ask for by themselves, whether somebody is there or not: by endpoint the part that is renewed; "": all of
#: it. It is no use of the sign-in, which would never end unused as long as a page is open.
ASKED_BY_ITSELF = {
    "news.index": "",
    "jobs.show": "job-progress",
    "imports.show": "import-progress",
    "connection.show": "backfill-progress",
}


def look_who_is_there() -> None:
    """Find the person at the screen, holding no lock: what the request does next begins its own transaction."""
    with read_only():
        is_stale = current_user.is_authenticated and now() - g.sign_in.seen_at > sessions.SEEN_EVERY
    if is_stale and not is_asked_by_itself():
        db.session.rollback()
        with writing(Sideline.LAST_SEEN), transaction():
            sessions.keep_alive(session["sid"], current_user.id)
    if not reading.get():
        db.session.rollback()


def is_asked_by_itself() -> bool:
    part = ASKED_BY_ITSELF.get(request.endpoint or "")
    return part is not None and part in ("", request.headers.get("HX-Target"))


def lead_to_setting_up() -> ResponseReturnValue | None:
    """Whose role needs a second factor, and who has none, sets one up before anything else."""
    if not request.path.startswith("/admin/") or request.blueprint in ("factors", "admin_static"):
        return None
    if not (current_user.is_authenticated and g.sign_in.lacks_factor):
        return None
    if "HX-Request" in request.headers:
        abort(403)
    return redirect(url_for("factors.index"), code=303)


def staff_at_the_screen(key: str) -> Staff | None:
    """Called by Flask-Login with the `fs_uniquifier` in the cookie, which counts as long as its sign-in is registered.

    The record is detached, roles and all: a rollback doesn't expire it, and nothing that a page does can change it.
    """
    if request.endpoint == "static" or "sid" not in session:
        return None
    found = sessions.signed_in(session["sid"], key)
    if found is None:
        return None
    g.sign_in = found
    for one in (found.staff, *found.staff.roles):
        db.session.expunge(one)
    set_request_attr("fs_authn_via", "session")
    return found.staff


def nobody_by_token(incoming: Request) -> None:
    """Flask-Security would take its own tokens, which no registry knows; programs have the API's keys."""


# --- signing in and out ---------------------------------------------------------------------------------------------


class SignInForm(Localized, LoginForm):
    """Answers an unknown address, a wrong password and somebody deactivated alike, and after the same time."""

    email = EmailField(_l("E-mail address"), [InputRequired(), Length(max=255)])
    password = PasswordField(_l("Password"), [InputRequired(), Length(max=255)])
    remember = BooleanField(_l("Stay signed in on this device"))

    def validate(self, **kwargs: object) -> bool:
        self.ifield = self.email
        self.user = person_signing_in(self.email.data or "")
        if super().validate(**kwargs):
            return True
        if self.email.data and self.password.data:
            self.email.errors, self.password.errors = [], []
            note_security(SecurityKind.SIGN_IN_FAILED, account=only_address(self.email.data))
            self.form_errors = [_("The e-mail address or the password is wrong.")]
        return False


def only_address(typed: str) -> str:
    """What was typed, if it is an e-mail address: people type their password there, too."""
    return typed.strip() if is_address(typed.strip()) else ""


def person_signing_in(email: str) -> Staff | None:
    """Detached, and the transaction over: checking a password takes long, and nobody should wait for it."""
    with read_only():
        staff = sessions.staff_with(email)
    if staff is not None:
        db.session.expunge(staff)
    db.session.rollback()
    return staff


def begin(sender: Flask, user: Staff, authn_via: list[str], **more: object) -> None:
    """Register the sign-in. A new password has ended all others, so a copied cookie is dead."""
    if "sid" in session:
        sessions.end_session(session["sid"])
    if "change" in authn_via:
        sessions.end_sessions(user)
        note_security(SecurityKind.PASSWORD_CHANGED, account=str(user), staff_id=user.id)
    if session.pop("_remember", "") == "set":  # Flask-Login's own cookie for this would bypass the registry
        session.permanent = True
    session["came_by"] = authn_via[0]
    session["sid"] = sessions.begin_session(
        user,
        browser=request.user_agent.string,
        address=request.remote_addr or "",
        stays=session.permanent,
    )
    if "change" not in authn_via:
        know_browser(user)
    record(Happened.SIGNED_IN, None, person(user), subject=user, way=authn_via[0])


def end(sender: Flask, user: Staff, **more: object) -> None:
    """Take the sign-in off the registry, so that a copy of the cookie stops working."""
    if "sid" in session:
        with transaction():
            sessions.end_session(session["sid"])
            note_security(SecurityKind.SIGNED_OUT, account=str(user), staff_id=user.id)
    session.clear()
