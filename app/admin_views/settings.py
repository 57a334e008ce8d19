"""GENERAL > Settings: one page per topic, all of them over the shop's own record."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from flask import redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.fields import PasswordField, SelectField, SelectMultipleField
from wtforms.validators import DataRequired, Email, Length, NumberRange, Optional, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app import queries
from app.admin_views.base import RecordView
from app.admin_views.fields import LinesField
from app.config import LANGUAGES
from app.models import InvoiceMoment
from app.money import is_currency

#: endpoint -> (group, title): the left list of the settings
TOPICS = {
    "company": (_l("General"), _l("Company")),
    "languages": (_l("General"), _l("Languages")),
    "administration": (_l("Advanced"), _l("Administration")),
    "mail_settings": (_l("Advanced"), _l("Mail")),
}


class SettingsView(RecordView):
    """One topic. There is one record, so the page is its form."""

    right = sight = "settings"
    stands_under = "company"  # what the menu marks while this page is open
    can_edit = True
    edit_template = "admin/settings/form.html"

    def get_one(self, id: Any) -> Any:
        return queries.shop()

    def is_visible(self) -> bool:
        """One entry in the menu leads to all topics."""
        return self.endpoint == next(iter(TOPICS))

    @expose("/", methods=("GET", "POST"))
    def index_view(self) -> Any:
        if request.args.get("id") != "1":
            return redirect(url_for(".index_view", id=1, url=url_for(".index_view")), code=303)
        return self.edit_view()

    def render(self, template: str, **kwargs: Any) -> str:
        topics = [
            (url_for(f"{name}.index_view"), group, title, name == self.endpoint)
            for name, (group, title) in TOPICS.items()
        ]
        kwargs.update(topics=topics, topic=TOPICS[self.endpoint])
        return super().render(template, **kwargs)

    def get_save_return_url(self, model: Any, is_created: bool) -> str:
        return url_for(".index_view")


class CompanySettings(SettingsView):
    form_columns = (
        "name", "street", "postcode", "city", "country", "vat_id", "registration", "email", "phone", "website",
        "iban", "bic", "footer", "currency", "time_zone",
    )  # fmt: skip
    form_overrides = {"time_zone": SelectField}
    column_labels = {
        "name": _l("Name"),
        "street": _l("Street and number"),
        "postcode": _l("Postcode"),
        "city": _l("Town"),
        "country": _l("Country (two letters)"),
        "vat_id": _l("VAT id"),
        "registration": _l("Registration number"),
        "email": _l("E-mail"),
        "phone": _l("Phone"),
        "website": _l("Website"),
        "iban": _l("IBAN"),
        "bic": _l("BIC"),
        "footer": _l("Text below invoices"),
        "currency": _l("Currency (three letters)"),
        "time_zone": _l("Time zone"),
    }
    form_args = {
        "name": {"validators": [DataRequired(), Length(max=255)]},
        "country": {"validators": [Regexp("^[A-Za-z]{2}$", message=_l("Two letters, such as NL."))]},
        "email": {"validators": [Optional(), Email(), Length(max=255)]},
        "iban": {"description": _l("Printed on invoices, with a code to scan and pay.")},
        "time_zone": {"choices": sorted(available_timezones())},
    }

    def on_model_change(self, form: Any, model: Any, is_created: bool) -> None:
        model.country, model.currency = model.country.upper(), model.currency.upper()
        model.iban = "".join(model.iban.split()).upper()
        if not is_currency(model.currency):
            raise ValidationError(_("“%(code)s” is not a currency. Use a code such as EUR.", code=model.currency))
        super().on_model_change(form, model, is_created)


class TickList(SelectMultipleField):
    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class LanguageSettings(SettingsView):
    form_columns = ("language", "languages")
    form_overrides = {"language": SelectField, "languages": TickList}
    column_labels = {"language": _l("Language of the shop"), "languages": _l("Documents and mails also in")}
    form_args = {
        "language": {"choices": list(LANGUAGES.items())},
        "languages": {"choices": list(LANGUAGES.items()), "validators": []},
    }


class AdministrationSettings(SettingsView):
    form_columns = ("invoice_moment", "payment_term_days", "delivery_times")
    form_overrides = {"invoice_moment": SelectField, "delivery_times": LinesField}
    column_labels = {
        "invoice_moment": _l("Create invoices"),
        "payment_term_days": _l("Days to pay"),
        "delivery_times": _l("Delivery times"),
    }
    form_args = {
        "invoice_moment": {
            "choices": [
                (InvoiceMoment.DIRECT.value, _l("Direct: when the order is placed")),
                (InvoiceMoment.PAID.value, _l("Paid: when the order is paid")),
                (InvoiceMoment.MANUAL.value, _l("Manual: by hand, on the order")),
            ],
            "coerce": InvoiceMoment,
        },
        "payment_term_days": {"validators": [NumberRange(0, 365)]},
        "delivery_times": {"description": _l("One a line; offered in the pop-up of an invoice.")},
    }


class MailSettings(SettingsView):
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
