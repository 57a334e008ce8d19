"""What the shop has decided about security."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import NumberRange

from app.admin_views.settings.topic import ADVANCED, ShopTopic


class SecuritySettings(ShopTopic):
    right = sight = "settings.security"
    path = ADVANCED
    form_columns = ("security_log_days",)
    column_labels = {"security_log_days": _l("Days to keep the security log")}
    form_args = {
        "security_log_days": {
            "validators": [NumberRange(7, 3650, _l("From 7 to 3650 days."))],
            "description": _l("It holds network addresses: keep it no longer than you would look into it."),
        },
    }
