"""Choosing a password: one's own, after the old one or after a one-time link."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required
from flask_security.changeable import change_user_password
from flask_security.utils import verify_password
from flask_wtf import FlaskForm
from wtforms import PasswordField, ValidationError
from wtforms.validators import EqualTo, InputRequired, Length

from app import queries
from app.admin_views.browsers import place_here
from app.admin_views.freshness import demand_proof, normalize_password
from app.columns import now
from app.extensions import transaction
from app.history import person
from app.mails.account_notices import Notice, tell_person
from app.pages.localized_forms import Localized
from app.security.second_factors import has_factor
from app.security.weak_passwords import why_weak

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 128

passwords = Blueprint("passwords", __name__, url_prefix="/password")


@passwords.route("/", methods=["GET", "POST"])
@login_required
def choose() -> ResponseReturnValue:
    form = NewPasswordForm()
    if not asks_for_the_old_one():
        del form.password
        if request.method == "POST" and has_factor(current_user):  # else a first password would stand in for the app
            demand_proof()
    if not form.validate_on_submit():
        return render_template("security/password.html", form=form), 422 if form.errors else 200

    with transaction():
        me = current_user._get_current_object()
        change_user_password(me, normalize_password(form.new_password.data), notify=False)
        tell_person(me, Notice.PASSWORD_CHANGED, by=person(me), place=place_here())
    flash(_("Password changed. You are signed out everywhere else."), "success")
    return redirect(url_for("profile.index"), code=303)


class NewPasswordForm(Localized, FlaskForm):
    password = PasswordField(_l("Current password"), [InputRequired()])
    new_password = PasswordField(_l("New password"), [InputRequired(), Length(SHORTEST_PASSWORD, LONGEST_PASSWORD)])
    again = PasswordField(
        _l("New password, once more"), [EqualTo("new_password", _l("This is not the same as the new password."))]
    )

    def validate_password(self, field: PasswordField) -> None:
        if not verify_password(normalize_password(field.data), current_user.password):
            raise ValidationError(_("This is not your current password."))

    def validate_new_password(self, field: PasswordField) -> None:
        if reason := why_weak(normalize_password(field.data or ""), names=names_on_screen()):
            raise ValidationError(reason)


def names_on_screen() -> tuple[str, ...]:
    return current_user.name, current_user.email, queries.shop().name, "Toonbank"


def asks_for_the_old_one() -> bool:
    """Whoever came by a link just now has none, or has forgotten it."""
    came_by_link = session.get("came_by") == "link" and g.sign_in.fresh_until > now()
    return bool(current_user.password) and not came_by_link
