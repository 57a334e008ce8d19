"""The VAT rates of each country from their days on: those that came along, and what the shop says otherwise."""

from __future__ import annotations

from datetime import date

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import ColumnElement, select
from wtforms import BooleanField, DateField, Field, Form, SelectField
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional, ValidationError

from app.accounting.vat_rates import country_of_rates, load_rates
from app.actions.vat_rates import bring_up_to_date, refuse_known, shipped_rate
from app.admin_views.base import RecordView
from app.admin_views.forms import CountryField
from app.admin_views.list_address import Filters
from app.admin_views.record_texts import RecordTexts
from app.admin_views.settings.topic import Topic
from app.columns import FIRST_YEAR, LAST_YEAR
from app.extensions import ShownText, db
from app.models import RateOrigin, VatCategory, VatRate
from app.pages.fields import TickList
from app.pages.formatting import badge, country, day, quantity
from app.pages.labels import RATE_ORIGIN, VAT_CATEGORY, VAT_GOODS, Label, goods_text
from app.queries import shop, today

#: What tells a rate from all others: of one that came along it stays.
KEY = ("country", "category", "valid_from")

RATE_TAKEN_BACK = Label(_l("Taken back"), "gray", "ban")


def show_days(rate: VatRate) -> str:
    """From which day on, and until when if that is known."""
    if rate.valid_until:
        return _("%(from)s to %(until)s", **{"from": day(rate.valid_from), "until": day(rate.valid_until)})
    return day(rate.valid_from)


def show_origin(rate: VatRate) -> Markup:
    taken_back = "" if rate.is_active else badge(RATE_TAKEN_BACK)
    return Markup("{} {}").format(badge(RATE_ORIGIN[rate.origin]), taken_back)


def sensible_day(form: Form, field: Field) -> None:
    if field.data and not FIRST_YEAR <= field.data.year <= LAST_YEAR:
        raise ValidationError(_("This is no day that people write down."))


def not_before_first(form: Form, field: Field) -> None:
    first: date | None = form["valid_from"].data if "valid_from" in form else form.kept_from
    if first and field.data and field.data < first:
        raise ValidationError(_("The last day can’t be before the first."))


class VatRateSettings(Topic, RecordView):
    """A list per country. Issued documents say what was so when they were issued, whatever is changed here."""

    texts = RecordTexts(
        new=_l("New VAT rate"),
        saved=_l("VAT rate saved"),
        none=_l("No VAT rates yet"),
        none_hint=_l("None came along for this country. Add those that hold there."),
    )
    right = sight = "settings.vat_rates"
    can_create = can_edit = True
    list_template = "admin/settings/vat_rates.html"
    create_template = edit_template = "admin/settings/record.html"
    column_list = ("percent", "category", "valid_from", "goods", "source", "origin")
    column_sortable_list = ("percent", "category", "valid_from", "source", "origin")
    column_default_sort = ("valid_from", True)
    column_labels = {
        "country": _l("Country"),
        "category": _l("Category"),
        "percent": _l("Percent"),
        "valid_from": _l("From"),
        "valid_until": _l("Until"),
        "goods": _l("What it is for"),
        "source": _l("Source"),
        "origin": _l("Whose"),
        "as_shipped": _l("As it came along"),
    }
    column_formatters = {
        "percent": lambda view, context, model, name: f"{quantity(model.percent)} %",
        "category": lambda view, context, model, name: str(VAT_CATEGORY[model.category]),
        "valid_from": lambda view, context, model, name: show_days(model),
        "goods": lambda view, context, model, name: goods_text(model.goods) or "–",
        "origin": lambda view, context, model, name: show_origin(model),
    }
    form_columns = (
        "country",
        "category",
        "percent",
        "valid_from",
        "valid_until",
        "goods",
        "source",
        "is_active",
        "as_shipped",
    )
    form_overrides = {"country": CountryField, "category": SelectField, "goods": TickList, "valid_from": DateField}
    form_extra_fields = {
        "as_shipped": BooleanField(
            _l("As it came along"), description=_l("Takes back what you corrected; updates of Toonbank keep it true.")
        )
    }
    form_args = {
        "country": {"choices": [], "validators": [DataRequired(_l("Fill this in."))]},
        "category": {"choices": list(VAT_CATEGORY.items()), "coerce": VatCategory},
        "percent": {"validators": [InputRequired(_l("Fill this in.")), NumberRange(0, 100)]},
        "valid_from": {
            "validators": [InputRequired(_l("Fill this in.")), sensible_day],
            "description": _l("The first day. The rate of this category that held before ends by itself."),
        },
        "valid_until": {
            "validators": [Optional(), sensible_day, not_before_first],
            "description": _l("The last day, if the country has no such rate afterwards. Else leave it empty."),
        },
        "goods": {"choices": [(one.value, title) for one, title in VAT_GOODS.items()]},
        "source": {"description": _l("The law that says so, such as “Wet OB 1968 art. 9”.")},
        "is_active": {
            "default": True,
            "description": _l("Otherwise it is taken back: it isn’t proposed, and what held before goes on."),
        },
    }
    explanation = _l(
        "These rates are proposed for products, order lines, shipping and payment costs: those that hold on the day of "
        "supply. Those that came along are kept up to date by updates of Toonbank; what you correct or add stays as it "
        "is. What was issued never changes."
    )

    def titles(self) -> dict[str, ShownText]:
        return dict(self.column_labels)

    # --- one country at a time ---

    def asked_country(self) -> str:
        asked = self.list_args.get("country", "")
        return country_of_rates(asked.upper() if is_country_code(asked) else shop().country)

    def knows_part(self, name: str, value: str) -> bool:
        return is_country_code(value) if name == "country" else super().knows_part(name, value)

    def conditions(self, search: str | None, filters: Filters) -> list[ColumnElement[bool]]:
        return [*super().conditions(search, filters), VatRate.country == self.asked_country()]

    def render(self, template: str, **kwargs: object) -> str:
        if template == self.list_template:
            shown = self.asked_country()
            kwargs |= {"country": shown, "country_name": country(shown), "countries": self.choices(shown)}
            kwargs["in_force"] = {one.id for one in load_rates(shown).in_force(shown, today())}
        return str(super().render(template, **self.frame(), **kwargs))

    def choices(self, shown: str) -> list[tuple[str, str, bool]]:
        """Where each country is shown, what it is called, and whether it is this one."""
        known = {shown, country_of_rates(shop().country), *db.session.scalars(select(VatRate.country).distinct())}
        named = sorted((country(one), one) for one in known)
        return [(url_for(".index_view", country=one), name, one == shown) for name, one in named]

    # --- a rate ---

    def create_form(self, obj: VatRate | None = None) -> Form:
        form = super().create_form(obj)
        del form.as_shipped
        if request.method != "POST":
            form.country.data, form.percent.data = self.asked_country(), None
        return form

    def edit_form(self, obj: VatRate | None = None) -> Form:
        """Of one that came along, country, category and day stay: by them an update knows it again."""
        form = super().edit_form(obj)
        origin = obj.origin if obj else RateOrigin.OWN
        if origin != RateOrigin.OWN:
            form.kept_from = obj.valid_from if obj else None
            for name in KEY:
                del form[name]
        if origin != RateOrigin.CORRECTED or obj is None or shipped_rate(obj) is None:
            del form.as_shipped
        return form

    def on_model_change(self, form: Form, model: VatRate, is_created: bool) -> None:
        if "country" in form:
            model.country = country_of_rates(model.country)
        refuse_known(model)
        shipped = shipped_rate(model) if "as_shipped" in form and form.as_shipped.data else None
        if shipped:
            bring_up_to_date(model, shipped)
        elif model.origin == RateOrigin.SHIPPED and self.changed(model):
            model.origin = RateOrigin.CORRECTED
        super().on_model_change(form, model, is_created)

    def get_save_return_url(self, model: VatRate, is_created: bool = False) -> str:
        return url_for(".index_view", country=model.country)


def is_country_code(text: str) -> bool:
    return text.isascii() and text.isalpha() and len(text) == 2
