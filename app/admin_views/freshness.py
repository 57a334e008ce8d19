"""A fresh sign-in before what would hurt most: who sits down at somebody's open screen can't do it.

What takes one is derived from the rights: each page and each action has one. What was typed comes along: the page that
asks for the password sends the same form once more. Programs have keys, and are asked for nothing.
"""

from __future__ import annotations

from flask import Blueprint, Flask, abort, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_security.utils import verify_password
from limits import parse
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException

from app.admin_views.passkeys import passkey_site, whose_passkey
from app.columns import now
from app.csrf import SAFE_METHODS
from app.extensions import security, transaction
from app.pages.preferences import local_path
from app.security import form_tokens, second_factors, sessions
from app.security.rights import grants
from app.security.security_log import SecurityKind, note_security

#: Groups of rights, and single ones, that take a fresh sign-in.
FRESH = ("settings", "staff", "exports", "refunds", "imports.connections")

PASSWORD, CODE, PASSKEY = PROOFS = ("proof_password", "proof_code", "proof_passkey")
FORM = "form"
TRIES = parse("10 per hour")


class NotFresh(HTTPException):
    """The person has to show once more who they are."""

    code = 422


def plug_in_freshness(app: Flask) -> None:
    """The proof is taken out of the form before anything else looks at it."""
    app.register_blueprint(proving)
    app.before_request(take_proof)
    app.register_error_handler(NotFresh, ask_for_proof)


def needs_fresh(right: str) -> bool:
    return bool(right) and grants(FRESH, right)


def demand_fresh(right: str) -> None:
    """Raises NotFresh when the right takes a fresh sign-in, and that of the person at the screen is none any more."""
    if needs_fresh(right):
        demand_proof()


def demand_proof() -> None:
    if "sign_in" in g and g.sign_in.fresh_until <= now() and not g.get("is_proven"):
        raise NotFresh


def take_proof() -> None:
    """Nothing of it is left in the form: neither a view nor a token of the form sees it."""
    if request.method in SAFE_METHODS or not set(PROOFS) & request.form.keys():
        return
    password, code, passkey = (request.form.get(name, "") for name in PROOFS)
    rest = [pair for pair in request.form.items(multi=True) if pair[0] not in PROOFS]
    setattr(request, FORM, ImmutableMultiDict(rest))  # werkzeug keeps there what it has read
    if not current_user.is_authenticated:
        return
    counted = f"proof of {current_user.id}"
    (limiter,) = current_app.extensions["limiter"]
    if not limiter.limiter.test(TRIES, counted):
        abort(429)
    g.is_proven = is_proof(password, code, passkey)
    if g.is_proven:
        with transaction():
            sessions.prove(session["sid"])
    else:
        limiter.limiter.hit(TRIES, counted)
        note_security(SecurityKind.SIGN_IN_FAILED)


def is_proof(password: str, code: str, passkey: str) -> bool:
    """A passkey, else the password; the code of the app for whoever has no password."""
    if passkey:
        with transaction():
            owner = whose_passkey(passkey)
            return owner is not None and owner.id == current_user.id
    if current_user.password:
        return bool(password) and bool(verify_password(normalize_password(password), current_user.password))
    with transaction():
        return bool(code) and second_factors.take_code(current_user.id, code)


def normalize_password(password: str) -> str:
    """The same letters typed on another keyboard, as signing in will read them."""
    return str(security.password_util.normalize(password))


def ask_for_proof(_error: NotFresh) -> ResponseReturnValue:
    """The same form once more, with all that was typed, and the password; files have to be chosen again.

    It keeps its token, so that it does its work once.
    """
    in_dialog = request.headers.get("HX-Target") == "dialog-body"
    is_sent = request.method == "POST" and request.endpoint != "proving.lead_on"
    page = render_template(
        "security/prove_dialog.html" if in_dialog else "security/prove.html",
        url=request.full_path.rstrip("?") if is_sent else "",
        back=request.form.get("next", "/") if request.method == "POST" else request.full_path.rstrip("?"),
        fields=[pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token"] if is_sent else [],
        has_token=is_sent and form_tokens.FIELD in request.form,
        files=[(name, file.filename) for name, file in request.files.items(multi=True) if file.filename],
        has_passkey=has_passkeys_here(),
        is_wrong="is_proven" in g,
        wrong=_("This is wrong. Type it once more."),
    )
    return page, 422


def has_passkeys_here() -> bool:
    return passkey_site() is not None and second_factors.has_passkey(current_user.id)


proving = Blueprint("proving", __name__, url_prefix="/prove")


@proving.post("/")
def lead_on() -> ResponseReturnValue:
    """Back to the page or file that was asked for."""
    if not current_user.is_authenticated:
        return redirect(url_for("security.login"), code=303)
    demand_proof()
    return redirect(local_path(request.form.get("next", "")), code=303)
