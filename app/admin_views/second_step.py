"""The second step of signing in: a code of the authenticator app, or a recovery code."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security.tf_plugin import TfPlugin
from flask_security.utils import login_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.actions.second_factors import use_recovery_code
from app.admin_views.browsers import place_here
from app.columns import now
from app.extensions import db, transaction
from app.history import person
from app.models import Staff
from app.pages.localized_forms import Localized
from app.pages.preferences import local_path
from app.pages.throttling import was_refused
from app.security import second_factors
from app.security.security_log import SecurityKind, note_security

#: How long the first step counts.
FIRST_STEP_LASTS = timedelta(minutes=10)
PENDING = "second_step"

second_step = Blueprint("second_step", __name__, url_prefix="/second-step")


class SecondStep(TfPlugin):
    """What Flask-Security asks after each first step: whether there is a second one."""

    def tf_enter(
        self, user: object, remember_me: bool | None, primary_authn_via: str, next_loc: str | None
    ) -> Response | None:
        if not isinstance(user, Staff) or not second_factors.has_factor(user):
            return None
        until = (now() + FIRST_STEP_LASTS).timestamp()
        where = local_path(request.args.get("next") or request.form.get("next") or "/")
        session[PENDING] = [user.fs_uniquifier, until, bool(remember_me), primary_authn_via, where]
        return redirect(url_for("second_step.enter_code"), code=303)


class CodeForm(Localized, FlaskForm):
    code = StringField(
        _l("Code"),
        [InputRequired(), Length(max=60)],
        description=_l("The six digits that the app on your phone shows now, or one of your recovery codes."),
    )


@second_step.route("/", methods=["GET", "POST"])
def enter_code() -> ResponseReturnValue:
    staff = who_waits()
    if staff is None:
        session.pop(PENDING, None)
        return redirect(url_for("security.login"), code=303)
    form = CodeForm()
    if not form.validate_on_submit():
        return show_second_step(staff, form), 422 if form.errors else 200
    way = way_in(staff, form.code.data)
    if not way:
        note_security(SecurityKind.FACTOR_FAILED, account=str(staff), staff_id=staff.id)
        form.code.errors = [_("This code is wrong, or was used already. Type the one that the app shows now.")]
        return show_second_step(staff, form), 422
    _key, _until, remember, first, where = session.pop(PENDING)
    with transaction():
        login_user(staff, remember=remember, authn_via=[first, way])
    if way == "recovery code":
        left = second_factors.codes_left(staff.id)
        flash(_("You used a recovery code; %(count)s are left. Make new ones on your page.", count=left), "warning")
    return redirect(where, code=303)


def show_second_step(staff: Staff, form: CodeForm) -> str:
    return render_template("security/second_step.html", form=form, has_passkey=second_factors.has_passkey(staff.id))


def who_waits() -> Staff | None:
    """The person who has taken the first step in this browser, not long ago."""
    key, until, *_rest = session.get(PENDING) or ("", 0)
    if until < now().timestamp():
        return None
    return db.session.scalar(select(Staff).where(Staff.fs_uniquifier == key, Staff.active))


def way_in(staff: Staff, code: str) -> str:
    """By what the code lets the person in; "" when it doesn't. It is used up by this."""
    with transaction():
        if second_factors.take_code(staff.id, code):
            return "code"
        if use_recovery_code(staff, code, place=place_here(), by=person(staff)):
            return "recovery code"
    return ""


def account_that_waits() -> str:
    return f"second step: {(session.get(PENDING) or [''])[0]}"


def throttle_second_step(app: Flask) -> None:
    """Wrong codes are counted for the person, from wherever they come, and for the network address."""
    (limiter,) = app.extensions["limiter"]
    view = app.view_functions["second_step.enter_code"]
    each = {"methods": ["POST"], "deduct_when": was_refused}
    view = limiter.limit("5 per minute; 20 per hour", key_func=account_that_waits, **each)(view)
    app.view_functions["second_step.enter_code"] = limiter.limit("10 per minute; 60 per hour", **each)(view)
