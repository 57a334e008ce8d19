"""When payment reminders go by themselves, and what late payment is charged by law."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import Field, Form
from wtforms.fields import SelectField
from wtforms.validators import ValidationError

from app import queries
from app.accounting.late_payment import CONSUMER, Rates, Rule, costs_be, costs_nl, rates_with, read_rates, rule_for
from app.admin_views.settings.topic import ADVANCED, ShopTopic
from app.columns import now
from app.extensions import ShownText
from app.models import Shop
from app.pages.fields import LinesField, NumbersField
from app.pages.formatting import country, quantity

MOST_REMINDERS = 4
LONGEST_DELAY = 365
MOST_RATES = 40
HIGHEST_RATE = 50

CHARGED_FROM: dict[int, ShownText] = {
    0: _l("Never: only by a press on the order"),
    2: _l("From the second reminder on"),
    3: _l("From the third reminder on"),
    4: _l("With the fourth reminder"),
}

COSTS: dict[object, ShownText] = {
    costs_nl: _l(
        "15 percent of the first €2,500, 10 percent of the next €2,500, 5 percent of the next €5,000 and so on; "
        "€40 at least"
    ),
    costs_be: _l("€20 up to €150; €30 and 10 percent up to €500; €65 and 5 percent above; €2,000 at most"),
}


def ascending_days(form: Form, field: Field) -> None:
    days = field.data or []
    if len(days) > MOST_REMINDERS:
        raise ValidationError(_("At most %(most)s reminders.", most=MOST_REMINDERS))
    if any(not 1 <= day <= LONGEST_DELAY for day in days):
        raise ValidationError(_("Each from 1 to %(most)s days.", most=LONGEST_DELAY))
    if days != sorted(set(days)):
        raise ValidationError(_("Each later than the one before it."))


def are_rates(form: Form, field: Field) -> None:
    """A name, a day and percents each."""
    if len(field.data or []) > MOST_RATES or not all(map(is_rate, field.data or [])):
        names = ", ".join(read_rates())
        raise ValidationError(_("One a line: a name (%(names)s), a day and percents.", names=names))


def is_rate(line: str) -> bool:
    parts = line.split()
    if len(parts) != 3 or parts[0] not in read_rates():
        return False
    try:
        date.fromisoformat(parts[1])
        percent = Decimal(parts[2])
    except (ValueError, InvalidOperation):
        return False
    return percent.is_finite() and abs(percent) <= HIGHEST_RATE and percent == round(percent, 4)


@dataclass(frozen=True)
class ShownRule:
    """What a country's law lets the shop charge, in words."""

    who: str
    costs: ShownText
    interest: str
    when: str
    law: str


def shown_rules(shop: Shop) -> Iterator[ShownRule]:
    """Of businesses by the law of the shop's country; of consumers by that of theirs."""
    rates = rates_with(shop.reference_rates)
    business = rule_for(is_business=True, shop_country=shop.country, buyer_country=shop.country)
    if business:
        yield show_rule(_("Businesses"), business, rates)
    for code in sorted(CONSUMER, key=lambda one: (one != shop.country, one)):
        yield show_rule(_("Consumers: %(country)s", country=country(code)), CONSUMER[code], rates)


def show_rule(who: str, rule: Rule, rates: Rates) -> ShownRule:
    when = [_("after a reminder that charges nothing")]
    if rule.waits:
        when.append(ngettext("%(num)s day later", "%(num)s days later", rule.waits))
        when.append(_("and only if that reminder named the costs"))
    if rule.by_terms:
        when.append(_("if your terms say so"))
    percent = _("%(percent)s a year", percent=f"{quantity(rule.percent(rates, queries.today()))}\N{NO-BREAK SPACE}%")
    since = _("from the day after the reminder") if rule.from_reminder else _("from the day after it fell due")
    flat = _l("€40") if rule.costs(Decimal(1)) else _l("none")
    return ShownRule(who, COSTS.get(rule.costs, flat), f"{percent}, {since}", ", ".join(when), rule.law)


class ReminderSettings(ShopTopic):
    right = sight = "settings.reminders"
    path = ADVANCED
    edit_template = "admin/settings/reminders.html"
    form_columns = (
        "reminder_days",
        "reminders_from_due",
        "reminders_ask",
        "charged_from",
        "late_terms",
        "reference_rates",
    )
    form_overrides = {"reminder_days": NumbersField, "charged_from": SelectField, "reference_rates": LinesField}
    headings = {"reminder_days": _l("Reminders"), "charged_from": _l("Late payment")}
    column_labels = {
        "reminder_days": _l("Payment reminders, days after the order"),
        "reminders_from_due": _l("Count these days from the day the invoice is due"),
        "reminders_ask": _l("Ask before a reminder goes"),
        "charged_from": _l("Charge costs and interest by itself"),
        "late_terms": _l("Our terms provide for costs and interest of late payment"),
        "reference_rates": _l("Newer reference rates"),
    }
    form_args = {
        "reminder_days": {
            "validators": [ascending_days],
            "description": _l(
                "Up to four, such as 14, 21, 28. Empty: none go by themselves. What fell due before this was switched "
                "on is never made up for."
            ),
        },
        "reminders_from_due": {
            "description": _l(
                "Of an order without an invoice they count from the order. Reminders then go at 9 o’clock."
            ),
        },
        "reminders_ask": {
            "description": _l("What is due waits under Sales > Reminders, and is sent by one press there."),
        },
        "charged_from": {
            "choices": list(CHARGED_FROM.items()),
            "coerce": int,
            "description": _l("As far as the law below lets. The first reminder never charges anything."),
        },
        "late_terms": {"description": _l("Consumers in Belgium are charged nothing without that.")},
        "reference_rates": {
            "validators": [are_rates],
            "description": _l(
                "They change on 1 January and 1 July. One a line, such as “ecb 2026-07-01 2.15”: ecb for businesses, "
                "de for the German base rate, nl, fr and es for consumers there. The last one that is known counts."
            ),
        },
    }

    def render(self, template: str, **kwargs: object) -> str:
        return super().render(template, rules=list(shown_rules(queries.shop())), **kwargs)

    def on_model_change(self, form: Form, model: Shop, is_created: bool) -> None:
        if not model.reminder_days:
            model.reminders_since = None
        elif model.reminders_since is None:
            model.reminders_since = now()
        super().on_model_change(form, model, is_created)

    def shown(self, name: str, value: object) -> str:
        if name == "charged_from" and isinstance(value, int):
            return str(CHARGED_FROM.get(value, value))
        return super().shown(name, value)
