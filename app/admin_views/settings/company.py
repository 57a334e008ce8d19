"""The shop itself: its address, its languages and money, its maps."""

from __future__ import annotations

import io
from zoneinfo import available_timezones

from flask import Response, send_file
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect
from wtforms import Form
from wtforms.fields import BooleanField, SelectField
from wtforms.validators import DataRequired, Email, Optional, Regexp, ValidationError

from app.accounting.vat_rates import usual_rate
from app.actions.logo import remove_logo, replace_logo
from app.actions.sellers import SELLER_TITLES, demand_from_now_on
from app.actions.usual_words import turn_first_words
from app.admin_views.forms import CountryField
from app.admin_views.settings.documents import TEXTS
from app.admin_views.settings.topic import ShopTopic
from app.admin_views.signin import actor
from app.amounts.money import is_currency
from app.config import LANGUAGES
from app.documents.example import draw_example
from app.models import MapKind, Shop
from app.pages.company_numbers import is_iban, is_vat_number
from app.pages.fields import FileUpload, TickList
from app.queries import shop

LOGO = _l("Logo")


class CompanySettings(ShopTopic):
    right = sight = "settings.company"
    form_columns = (
        "name", "street", "postcode", "city", "country", "vat_id", "registration",
        "email", "phone", "website", "iban", "bic", "logo", "remove_logo",
    )  # fmt: skip
    column_labels = {
        **SELLER_TITLES,
        "registration": _l("Registration number"),
        "email": _l("E-mail"),
        "phone": _l("Phone"),
        "website": _l("Website"),
        "iban": _l("IBAN"),
        "bic": _l("BIC"),
        "logo": LOGO,
    }
    form_args = {
        "name": {"validators": [DataRequired()]},
        "country": {"choices": [], "validators": [DataRequired(_l("Fill this in."))]},
        "vat_id": {
            "validators": [is_vat_number],
            "description": _l("A small business that is exempt from VAT needs none: say so under VAT scheme."),
        },
        "email": {"validators": [Optional(), Email()]},
        "iban": {"validators": [is_iban], "description": _l("Printed on invoices, with a code to scan and pay.")},
    }

    form_overrides = {"country": CountryField}
    edit_template = "admin/settings/company.html"
    form_extra_fields = {
        "logo": FileUpload(
            LOGO, description=_l("PNG or JPEG. It stands on invoices and packing slips, in the menu and in My account.")
        ),
        "remove_logo": BooleanField(_l("Remove the logo")),
    }

    def on_model_change(self, form: Form, model: Shop, is_created: bool) -> None:
        model.iban = "".join(model.iban.split()).upper()
        demand_from_now_on(model)
        super().on_model_change(form, model, is_created)
        if form.logo.data:
            name, content = form.logo.data
            replace_logo(model, name=name, content=content, by=actor())
        elif form.remove_logo.data:
            remove_logo(model, by=actor())

    @expose("/example.pdf")
    def example(self) -> Response:
        """An invoice as it will look: invented buyer, no number of its own."""
        response = send_file(
            io.BytesIO(draw_example(shop(), usual_rate())), "application/pdf", download_name="example.pdf"
        )
        response.headers["Cache-Control"] = "no-store"
        return response


class LanguageSettings(ShopTopic):
    right = sight = "settings.languages"
    form_columns = ("language", "languages", "currency", "time_zone")
    form_overrides = {"language": SelectField, "languages": TickList, "time_zone": SelectField}
    column_labels = {
        "language": _l("Language of the shop"),
        "languages": _l("Documents and mails also in"),
        "currency": _l("Currency (three letters)"),
        "time_zone": _l("Time zone"),
    }
    form_args = {
        "language": {"choices": list(LANGUAGES.items())},
        "languages": {"choices": list(LANGUAGES.items()), "validators": []},
        "currency": {"description": _l("Of orders that are made here; one that comes in keeps its own.")},
        "time_zone": {"choices": sorted(available_timezones())},
    }

    def on_model_change(self, form: Form, model: Shop, is_created: bool) -> None:
        model.currency = model.currency.upper()
        if not is_currency(model.currency):
            raise ValidationError(_("“%(code)s” is not a currency. Use a code such as EUR.", code=model.currency))
        if model.books_closed_until and inspect(model).attrs.time_zone.history.has_changes():
            raise ValidationError(
                _(
                    "The books are closed by the days of this time zone: in another one, what is near midnight is of "
                    "another day. Have them reopened first (Reports > Exports)."
                )
            )
        was = turn_texts(model)
        super().on_model_change(form, model, is_created)
        if was:
            turn_first_words(model, was=was, by=actor())


def turn_texts(model: Shop) -> str:
    """What was the text of the old language of the shop is that of another one now, and the other way round.

    Answers the old language; "" where it is the same.
    """
    was, is_now = next(iter(inspect(model).attrs.language.history.deleted or ()), ""), model.language
    for own, others in TEXTS if was else ():
        texts = {**getattr(model, others), was: getattr(model, own)}
        setattr(model, own, texts.pop(is_now, getattr(model, own)))
        setattr(model, others, {code: text for code, text in texts.items() if text})
    return was


class MapSettings(ShopTopic):
    right = sight = "settings.maps"
    form_columns = ("maps", "maps_key")
    form_overrides = {"maps": SelectField}
    column_labels = {"maps": _l("Maps beside addresses"), "maps_key": _l("Google’s API key")}
    form_args = {
        "maps": {
            "choices": [
                (MapKind.BUILT_IN.value, _l("Built in")),
                (MapKind.OPENSTREETMAP.value, "OpenStreetMap"),
                (MapKind.GOOGLE.value, "Google Maps"),
            ],
            "coerce": MapKind,
            "description": _l(
                "Built in: drawn by Toonbank itself; nothing leaves this machine. With OpenStreetMap or Google, the "
                "browser of whoever opens an order tells that provider where its addresses are: OpenStreetMap the "
                "place of the postcode or town, Google the street and number too."
            ),
        },
        "maps_key": {
            "validators": [Regexp(r"^[\w-]*$", message=_l("Letters, digits, - and _ only."))],
            "description": _l("For the Maps Embed API. Browsers see it: restrict it to this address at Google."),
        },
    }

    def on_model_change(self, form: Form, model: Shop, is_created: bool) -> None:
        if model.maps == MapKind.GOOGLE and not model.maps_key:
            raise ValidationError(_("Google’s maps need an API key. Enter it, or choose another kind of map."))
        super().on_model_change(form, model, is_created)
