"""The sentence that tells who gets which mail, in which language, before it goes."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.admin_views.showing import language
from app.models import Order

MAILS = {
    "order_paid": _l("Order paid"),
    "order_sent": _l("Order sent"),
    "track_and_trace": _l("Track & Trace"),
    "invoice": _l("Invoice"),
}


def who_gets(order: Order, kind: str) -> str:
    """ "femke@example.org gets “Order paid” in Dutch."; "" when the order has no e-mail address."""
    if not order.email:
        return ""
    return _(
        "%(address)s gets “%(mail)s” in %(language)s.",
        address=order.email,
        mail=MAILS[kind],
        language=language(order.language),
    )
