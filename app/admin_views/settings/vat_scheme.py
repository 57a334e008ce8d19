"""The shop's VAT scheme: normal, small business or margin, One Stop Shop; and the limits that its sales are near."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form
from wtforms.fields import SelectField

from app.actions.sellers import SELLER_TITLES, demand_from_now_on
from app.actions.vat_limits import LimitKind, LimitState, WatchedLimit, sales_by_year, watched_limits
from app.admin_views.settings.administration import true_or_false
from app.admin_views.settings.topic import ShopTopic
from app.models import Shop, ZeroRate
from app.pages.formatting import amount, badge, moment
from app.pages.labels import Label
from app.queries import shop

LIMIT_STATE = {
    LimitState.FAR: Label(_l("Below the limit"), "green", "check"),
    LimitState.NEAR: Label(_l("Near the limit"), "orange", "alert-triangle"),
    LimitState.CROSSED: Label(_l("Above the limit"), "red", "alert-triangle"),
}


#: By kind, and whether it is crossed.
LIMIT_SAID = {
    (LimitKind.SMALL_BUSINESS, False): _l(
        "Turnover of %(year)s is %(sold)s; the limit of a small business is %(limit)s."
    ),
    (LimitKind.SMALL_BUSINESS, True): _l(
        "Turnover of %(year)s is %(sold)s, above the %(limit)s of a small business: see VAT scheme."
    ),
    (LimitKind.DISTANCE_SALES, False): _l(
        "Sales to consumers in other EU countries in %(year)s are %(sold)s; from %(limit)s on their VAT is due."
    ),
    (LimitKind.DISTANCE_SALES, True): _l(
        "Sales to consumers in other EU countries in %(year)s are %(sold)s, above %(limit)s: see VAT scheme."
    ),
}


def say_limit(one: WatchedLimit) -> str:
    """What is near or crossed, in a sentence."""
    said = {"year": one.year, "sold": amount(one.sold, "EUR"), "limit": amount(one.limit, "EUR")}
    return str(LIMIT_SAID[one.kind, one.state == LimitState.CROSSED]) % said


def what_to_do(one: WatchedLimit) -> str:
    """Once it is near or crossed."""
    if one.state == LimitState.FAR:
        return ""
    if one.kind == LimitKind.DISTANCE_SALES:
        return _(
            "Above it the VAT of the customer’s country is due, from the very sale that crosses it and all of next "
            "year. Register for the One Stop Shop with your tax authority before, and tick it here."
        )
    if one.tolerated and one.sold <= one.tolerated:
        return _(
            "Up to %(amount)s the exemption lasts until the end of the year; above that it ends at once. Ask your "
            "accountant.",
            amount=amount(one.tolerated, "EUR"),
        )
    return _(
        "Above it the exemption ends, in most countries at once: from then on charge VAT, get a VAT number, and take "
        "the tick away here. Ask your accountant."
    )


LIMIT_TITLES = {
    LimitKind.SMALL_BUSINESS: _l("Turnover without VAT"),
    LimitKind.DISTANCE_SALES: _l("Sales to consumers in other EU countries"),
}


def as_row(one: WatchedLimit) -> tuple[object, ...]:
    """What is watched, of which year, what was sold, the limit, the state, and what to do."""
    sold, limit = amount(one.sold, "EUR"), amount(one.limit, "EUR")
    return LIMIT_TITLES[one.kind], one.year, sold, limit, badge(LIMIT_STATE[one.state]), what_to_do(one)


class VatSchemeSettings(ShopTopic):
    right = sight = "settings.vat_scheme"
    edit_template = "admin/settings/vat_scheme.html"
    form_columns = ("is_small_business", "sells_services", "zero_rate", "uses_oss", "checks_vat_numbers")
    form_overrides = {"sells_services": SelectField, "zero_rate": SelectField}
    column_labels = {
        "is_small_business": SELLER_TITLES["is_small_business"],
        "sells_services": _l("Sold mainly"),
        "zero_rate": _l("What the zero rate of VAT stands for"),
        "uses_oss": _l("The VAT of other EU countries is declared by the One Stop Shop (OSS)"),
        "checks_vat_numbers": _l("VAT numbers of customers are checked at VIES, the register of the EU"),
    }
    form_args = {
        "is_small_business": {
            "description": _l(
                "Invoices say so instead of a VAT number, and no VAT is proposed. Otherwise VAT is charged as usual."
            )
        },
        "sells_services": {
            "choices": [("False", _l("Goods")), ("True", _l("Services"))],
            "coerce": true_or_false,
            "description": _l("In France a small business has another limit for services."),
        },
        "zero_rate": {
            "choices": [
                (ZeroRate.ASKED.value, _l("Not said")),
                (ZeroRate.ZERO.value, _l("A zero rate by law")),
                (ZeroRate.EXEMPT.value, _l("Exempt from VAT")),
                (ZeroRate.MARGIN_GOODS.value, _l("Margin scheme: second-hand goods")),
                (ZeroRate.MARGIN_ART.value, _l("Margin scheme: works of art")),
                (ZeroRate.MARGIN_ANTIQUES.value, _l("Margin scheme: antiques and collectors’ items")),
            ],
            "coerce": ZeroRate,
            "description": _l(
                "E-invoices say it, and invoices the sentence that the law wants. Supplies inside the EU and exports "
                "without VAT are known by themselves."
            ),
        },
        "uses_oss": {
            "description": _l(
                "Then the rates of the country where the goods go are proposed for consumers there, and a rate that is "
                "one here and there is that of the other country."
            )
        },
        "checks_vat_numbers": {
            "description": _l(
                "Toonbank then sends each new one, and your own, to ec.europa.eu, and keeps the answer as your proof. "
                "No order waits for it; what VIES can’t tell at the moment is asked again."
            )
        },
    }

    def on_model_change(self, form: Form, model: Shop, is_created: bool) -> None:
        demand_from_now_on(model)
        super().on_model_change(form, model, is_created)

    def shown(self, name: str, value: object) -> str:
        return super().shown(name, str(value) if name in self.form_overrides and isinstance(value, bool) else value)

    def render(self, template: str, **kwargs: object) -> str:
        limits = [as_row(one) for one in watched_limits(shop())]
        advice = list(dict.fromkeys(str(row[-1]) for row in limits if row[-1]))
        reckoned = max((one.reckoned_at for one in sales_by_year().values()), default=None) if limits else None
        kwargs |= {"limits": limits, "advice": advice, "reckoned": moment(reckoned) if reckoned else ""}
        return super().render(template, **kwargs)
