"""The mail server that mails go through."""

from __future__ import annotations

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import Field, Form
from wtforms.fields import PasswordField, SelectField
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from app import queries
from app.admin_views.settings.topic import ADVANCED, ShopTopic
from app.admin_views.signin import may
from app.extensions import db
from app.mails.addresses import is_address, split_sender
from app.mails.server import Server, server_of, why_not_in_clear, why_not_ready
from app.mails.test_mail import TROUBLES, plain_words, try_server
from app.mails.undoing import LONGEST_HOLD
from app.models import Shop


def sender_address(form: Form, field: Field) -> None:
    """An address, or a name with one: "My shop <shop@your-shop.example>"."""
    if not is_address(split_sender(field.data or "")[1]):
        raise ValidationError(_("Enter it as shop@your-shop.example or My shop <shop@your-shop.example>."))


#: What says to whom the password goes.
WHOSE_PASSWORD = ("smtp_host", "smtp_port", "smtp_security", "smtp_user")


def not_in_clear(form: Form, field: Field) -> None:
    if reason := why_not_in_clear(form.smtp_host.data or "", field.data, form.smtp_user.data or ""):
        raise ValidationError(reason)


def typed_for_this_server(form: Form, field: Field) -> None:
    """The one that is stored goes to the server that it was entered for, and to no other one."""
    own = queries.shop()
    is_other = any(getattr(own, name) != (form[name].data or type(getattr(own, name))()) for name in WHOSE_PASSWORD)
    if own.smtp_password and form.smtp_user.data and is_other and not field.data:
        raise ValidationError(_("Enter it again: it was entered for another server, port, security or user name."))


class MailSettings(ShopTopic):
    right = sight = "settings.mail"
    path = ADVANCED
    edit_template = "admin/settings/mail.html"
    form_columns = (
        *("mail_sender", "smtp_host", "smtp_port", "smtp_security", "smtp_user", "smtp_password"),
        "mail_hold",
    )
    form_overrides = {"smtp_security": SelectField, "smtp_password": PasswordField}
    column_labels = {
        "mail_sender": _l("Sender"),
        "smtp_host": _l("SMTP server"),
        "smtp_port": _l("Port"),
        "smtp_security": _l("Security"),
        "smtp_user": _l("User name"),
        "smtp_password": _l("Password"),
        "mail_hold": _l("Time for Undo, in seconds"),
    }
    form_args = {
        "mail_sender": {
            "validators": [Optional(), sender_address],
            "description": _l("Empty: the e-mail address of the company."),
        },
        "smtp_host": {"description": _l("Without a server, mails wait in the outbox.")},
        "smtp_port": {"validators": [NumberRange(1, 65535)]},
        "smtp_security": {
            "choices": [("starttls", "STARTTLS"), ("ssl", "TLS"), ("none", _l("None"))],
            "validators": [not_in_clear],
        },
        "mail_hold": {
            "validators": [NumberRange(0, LONGEST_HOLD, _l("From 0 to 300 seconds."))],
            "description": _l(
                "A mail of what can be undone goes after this time; until then Undo withdraws it. 0: at once."
            ),
        },
        "smtp_password": {
            "validators": [typed_for_this_server, Length(max=255)],
            "description": _l("Stored encrypted. Leave it empty to keep the one that is stored."),
        },
    }

    def update_model(self, form: Form, model: Shop) -> bool:
        if not form.smtp_password.data:
            form.smtp_password.data = model.smtp_password
        return super().update_model(form, model)

    def render(self, template: str, **kwargs: object) -> str:
        return super().render(template, why_not_try=why_not_ready(queries.shop()), **kwargs)

    @expose("/trial", methods=["POST"])
    def trial(self) -> ResponseReturnValue:
        """A mail to the person at the screen, at once, by the settings as stored; the server's answer is shown."""
        if not may(self.right):
            abort(403)
        server, to = server_or_none(), current_user.email
        if server is None:
            flash(why_not_ready(queries.shop()), "error")
            return redirect(url_for(".index_view"), code=303)
        locale = get_locale()
        db.session.commit()  # nobody waits while the server thinks
        try:
            answer = try_server(server, to=to, language=locale.language if locale else "en")
        except TROUBLES as error:
            flash(plain_words(error, server), "error")
        else:
            flash(_("The mail server took a mail to %(address)s: %(answer)s", address=to, answer=answer), "success")
        return redirect(url_for(".index_view"), code=303)


def server_or_none() -> Server | None:
    try:
        return server_of(queries.shop())
    except LookupError:
        return None
