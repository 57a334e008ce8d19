"""The shop's own statuses, shown on screen instead of the order status."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.fields import RadioField
from wtforms.validators import DataRequired, NumberRange

from app.admin_views.base import RecordView
from app.admin_views.record_texts import RecordTexts
from app.admin_views.settings.topic import WORKFLOW, Topic
from app.extensions import ShownText
from app.pages.formatting import badge
from app.pages.labels import COLOURS, custom_label


class OrderStatusSettings(Topic, RecordView):
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
    column_list = ("title", "position", "is_active")
    column_sortable_list = ("title", "position")
    column_default_sort = ("position", False)
    column_labels = {
        "title": _l("Title"),
        "colour": _l("Colour"),
        "position": _l("Position"),
        "is_active": _l("In use"),
    }
    column_formatters = {
        "title": lambda view, context, model, name: badge(custom_label(model)),
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
