"""How long a sign-in lives, and when it has to be fresh."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms.validators import NumberRange

from app.admin_views.settings.topic import ShopTopic
from app.extensions import db
from app.models import Role
from app.pages.fields import TickList
from app.security.rights import shown_role


def roles_to_choose() -> list[tuple[int, str]]:
    found = db.session.execute(select(Role.id, Role.name).order_by(Role.id))
    return [(role_id, shown_role(name)) for role_id, name in found]


class RoleTicks(TickList):
    """Ids of roles."""

    def __init__(self, *args: object, **more: object):
        super().__init__(*args, coerce=int, **more)


class SignInSettings(ShopTopic):
    right = sight = "staff.sign_in"
    form_columns = ("factor_roles", "signin_hours", "signin_days", "fresh_minutes")
    form_overrides = {"factor_roles": RoleTicks}
    column_labels = {
        "factor_roles": _l("Roles that need a second factor"),
        "signin_hours": _l("Hours until an unused sign-in ends"),
        "signin_days": _l("Days until any sign-in ends"),
        "fresh_minutes": _l("Minutes that a sign-in counts as fresh"),
    }
    form_args = {
        "factor_roles": {
            "choices": roles_to_choose,
            "validators": [],
            "description": _l("Whoever has one of them and no second factor sets it up before anything else opens."),
        },
        "signin_hours": {
            "validators": [NumberRange(1, 72)],
            "description": _l("On a device that stays signed in, an unused sign-in lives as long as any."),
        },
        "signin_days": {
            "validators": [NumberRange(1, 90)],
            "description": _l("Then everybody signs in anew, however busy they are."),
        },
        "fresh_minutes": {
            "validators": [NumberRange(1, 240)],
            "description": _l(
                "After that, the password is asked for once more before settings, staff, keys, connections, exports "
                "and refunds."
            ),
        },
    }

    def shown(self, name: str, value: object) -> str:
        if name != "factor_roles" or not isinstance(value, list):
            return super().shown(name, value)
        titles = dict(roles_to_choose())
        return ", ".join(titles.get(one, str(one)) for one in value)
