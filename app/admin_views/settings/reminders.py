"""When payment reminders go by themselves."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, Form
from wtforms.validators import ValidationError

from app.admin_views.settings.topic import ADVANCED, ShopTopic
from app.columns import now
from app.models import Shop
from app.pages.fields import NumbersField

MOST_REMINDERS = 4
LONGEST_DELAY = 365


def ascending_days(form: Form, field: Field) -> None:
    days = field.data or []
    if len(days) > MOST_REMINDERS:
        raise ValidationError(_("At most %(most)s reminders.", most=MOST_REMINDERS))
    if any(not 1 <= day <= LONGEST_DELAY for day in days):
        raise ValidationError(_("Each from 1 to %(most)s days.", most=LONGEST_DELAY))
    if days != sorted(set(days)):
        raise ValidationError(_("Each later than the one before it."))


class ReminderSettings(ShopTopic):
    right = sight = "settings.reminders"
    path = ADVANCED
    form_columns = ("reminder_days",)
    form_overrides = {"reminder_days": NumbersField}
    column_labels = {"reminder_days": _l("Payment reminders, days after the order")}
    form_args = {
        "reminder_days": {
            "validators": [ascending_days],
            "description": _l(
                "Up to four, such as 14, 21, 28. Empty: none go by themselves. What fell due before this was switched "
                "on is never made up for."
            ),
        },
    }

    def on_model_change(self, form: Form, model: Shop, is_created: bool) -> None:
        if not model.reminder_days:
            model.reminders_since = None
        elif model.reminders_since is None:
            model.reminders_since = now()
        super().on_model_change(form, model, is_created)
