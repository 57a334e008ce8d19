"""The mail server that mails go through."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.fields import PasswordField, SelectField
from wtforms.validators import Email, NumberRange, Optional

from app.admin_views.settings.topic import ADVANCED, ShopTopic


class MailSettings(ShopTopic):
    right = sight = "settings.mail"
    path = ADVANCED
    form_columns = ("mail_sender", "smtp_host", "smtp_port", "smtp_security", "smtp_user", "smtp_password")
    form_overrides = {"smtp_security": SelectField, "smtp_password": PasswordField}
    column_labels = {
        "mail_sender": _l("Sender"),
        "smtp_host": _l("SMTP server"),
        "smtp_port": _l("Port"),
        "smtp_security": _l("Security"),
        "smtp_user": _l("User name"),
        "smtp_password": _l("Password"),
    }
    form_args = {
        "mail_sender": {
            "validators": [Optional(), Email()],
            "description": _l("Empty: the e-mail address of the company."),
        },
        "smtp_host": {"description": _l("Without a server, mails wait in the outbox.")},
        "smtp_port": {"validators": [NumberRange(1, 65535)]},
        "smtp_security": {"choices": [("starttls", "STARTTLS"), ("ssl", "TLS"), ("none", _l("None"))]},
        "smtp_password": {"description": _l("Leave empty to keep the one that is stored.")},
    }

    def update_model(self, form: Any, model: Any) -> bool:
        if not form.smtp_password.data:
            form.smtp_password.data = model.smtp_password
        return super().update_model(form, model)
