"""Signing in to My account: a link by mail, used once. Nothing tells whether an address is known."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from wtforms import EmailField
from wtforms.validators import Email, InputRequired, Length

from app.account.visiting import PATH, let_in, let_out, visit_secret, who
from app.extensions import db, transaction
from app.history import Actor, Happened, record
from app.mails.to_customer import queue_account_link
from app.models import ActorKind, Customer, Order
from app.pages.localized_forms import LocalizedForm
from app.security import sessions
from app.security.security_log import SecurityKind, note_security
from app.serving.callers import own_address

signing_in = Blueprint("signing_in", __name__, url_prefix=f"{PATH}/sign-in")


class AskForm(LocalizedForm):
    email = EmailField(
        _l("Your e-mail address"),
        [InputRequired(), Length(max=255), Email(message=_l("This is not an e-mail address. Correct it."))],
    )


@signing_in.route("/", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    form = AskForm(request.form if request.method == "POST" else None)
    if request.method != "POST":
        if who():
            return redirect(url_for("account.orders"))
        return render_template("account/ask.html", form=form)
    if not form.validate():
        return render_template("account/ask.html", form=form), 422
    if not (address := own_address()):
        return render_template("account/no_address.html"), 503
    with transaction():
        send_link(str(form.email.data).strip().lower(), address)
    return render_template("account/asked.html", email=form.email.data)


def send_link(email: str, address: str) -> None:
    """Have the link mailed to an address that there is a customer with. It is made when the mail goes."""
    language = db.session.scalar(
        select(Order.language)
        .join(Customer, Customer.id == Order.customer_id)
        .where(func.lower(Customer.email) == email)
        .order_by(Order.id.desc())
        .limit(1)
    )
    if language is None:
        return
    locale = get_locale()
    queue_account_link(
        email,
        f"{address}{url_for('.ask')}",
        language=locale.language if locale else language,
        by=Actor(ActorKind.CUSTOMER, email),
    )


@signing_in.get("/<token>")
def open_link(token: str) -> ResponseReturnValue:
    """Asks for a click: programs that look into mails open links, too."""
    if not sessions.is_customer_link(token):
        return render_template("account/run_out.html"), 410
    return render_template("account/open_link.html", token=token)


@signing_in.post("/<token>")
def use_link(token: str) -> ResponseReturnValue:
    email = sessions.use_customer_link(token)
    if email is None:
        note_security(SecurityKind.CUSTOMER_LINK_FAILED)
        db.session.rollback()
        return render_template("account/run_out.html"), 410
    with transaction():
        record(Happened.CUSTOMER_SIGNED_IN, None, Actor(ActorKind.CUSTOMER, email))
        return let_in(redirect(url_for("account.orders"), code=303), email)


@signing_in.post("/out")
def sign_out() -> ResponseReturnValue:
    email = who()
    with transaction():
        sessions.end_visit(visit_secret())
        if email:
            note_security(SecurityKind.CUSTOMER_SIGNED_OUT, account=email)
    flash(_("You are signed out."), "success")
    return let_out(redirect(url_for(".ask"), code=303))
