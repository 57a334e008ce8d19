"""The page behind a one-time sign-in link: a button, so that programs which follow links in mail don't use it up."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security.utils import login_user

from app.extensions import security, transaction
from app.security import sessions
from app.security.security_log import SecurityKind, note_security

links = Blueprint("links", __name__, url_prefix="/sign-in")


@links.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    staff = sessions.whose_link(token)
    return render_template("security/sign_in_link.html", staff=staff), 200 if staff else 410


@links.post("/<token>")
def use(token: str) -> ResponseReturnValue:
    """The link is used up in one transaction with what it leads to: for it stands for the password only."""
    step: ResponseReturnValue | None = None
    with transaction():
        staff = sessions.use_link(token)
        if staff is not None:
            step = security.two_factor_plugins.tf_enter(staff, False, "link", None)
        if staff is not None and step is None:
            login_user(staff, authn_via=["link"])
    if staff is None:
        note_security(SecurityKind.LINK_FAILED)
        return render_template("security/sign_in_link.html", staff=None), 410
    if step is not None:
        return step
    if not staff.password:
        flash(no_password_yet(), "success")  # type: ignore[arg-type]
    return redirect("/", code=303)


def no_password_yet() -> dict[str, str]:
    return {"text": _("You have no password yet."), "link": url_for("passwords.choose"), "link_text": _("Choose one")}
