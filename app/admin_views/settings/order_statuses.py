"""The shop's own statuses, shown on screen instead of the order status."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import lazy_gettext as _l
from wtforms.fields import RadioField
from wtforms.validators import DataRequired, NumberRange

from app.admin_views.own_word_marks import SaidInLanguages, say_missing
from app.admin_views.record_texts import RecordTexts
from app.admin_views.settings.topic import WORKFLOW, Topic
from app.extensions import ShownText
from app.models import WordKind
from app.pages.formatting import badge
from app.pages.labels import COLOURS, custom_label


class OrderStatusSettings(Topic, SaidInLanguages):
    """None is ever deleted, for orders may have it: what is not in use any more is only no longer offered."""

    texts = RecordTexts(
        new=_l("New order status"),
        saved=_l("Order status saved"),
        none=_l("No order statuses yet"),
        none_hint=_l("A label of your own on orders, such as “Gift wrap” or “Waits for supplier”."),
    )
    right = sight = "settings.order_status"
    path = WORKFLOW
    can_create = can_edit = True
    list_template = "admin/settings/records.html"
    create_template = edit_template = "admin/settings/record.html"
    word_kind = WordKind.CUSTOM_STATUS
    column_list = ("title", "missing_in", "position", "is_active")
    column_sortable_list = ("title", "position", "is_active")
    column_default_sort = ("position", False)
    column_labels = {
        "title": _l("Title"),
        "colour": _l("Colour"),
        "position": _l("Position"),
        "is_active": _l("In use"),
        "missing_in": _l("Other languages"),
    }
    column_formatters = {
        "title": lambda view, context, model, name: badge(replace(custom_label(model), text=model.title)),
        "missing_in": lambda view, context, model, name: say_missing(view.word_kind, model),
    }
    form_columns = ("title", "colour", "position", "is_active")
    form_overrides = {"colour": RadioField}
    form_args = {
        "title": {"validators": [DataRequired()]},
        "colour": {"choices": list(COLOURS.items()), "default": "blue"},
        "position": {
            "validators": [NumberRange(0, 1000)],
            "default": 0,
            "description": _l("The lowest stands first in the drop-down of an order."),
        },
        "is_active": {
            "default": True,
            "description": _l("Otherwise it is not offered any more; orders that have it keep it."),
        },
    }
    explanation = _l(
        "A status of your own replaces the order status on screen only: in the list, on the order and with the "
        "customer’s orders. The order status stays underneath, and both can be filtered by."
    )

    def titles(self) -> dict[str, ShownText]:
        return dict(self.column_labels)

    def render(self, template: str, **kwargs: object) -> str:
        return str(super().render(template, **self.frame(), **kwargs))
