"""The lines in the payment block that say how often the customer was reminded, and when that happens next."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from app import queries
from app.actions.reminders import delays, next_reminder, why_not_remind
from app.models import Order
from app.pages.formatting import day, moment


def reminding(order: Order) -> list[str]:
    return [line for line in (so_far(order), to_come(order)) if line]


def so_far(order: Order) -> str:
    if not order.reminders or order.reminded_at is None:
        return ""
    count = ngettext("%(num)s payment reminder", "%(num)s payment reminders", order.reminders)
    return _("%(count)s, the last one on %(day)s.", count=count, day=day(order.reminded_at))


def to_come(order: Order) -> str:
    """What happens by itself, in a shop that reminds by itself; nothing about an order that is settled."""
    own = queries.shop()
    if own.reminders_since is None or not own.reminder_days or order.open_amount <= 0 or order.is_finished:
        return ""
    if reason := why_not_remind(order):
        return _("No automatic reminder: %(reason)s", reason=reason)
    if order.customer is not None and order.customer.no_reminders:
        return _("No reminders go by themselves to this customer.")
    if (planned := next_reminder(order)) and own.reminders_ask:
        return _(
            "Reminder %(number)s of %(all)s waits under Sales > Reminders from %(moment)s on.",
            number=planned.number,
            all=len(delays(own)),
            moment=moment(planned.at),
        )
    if planned:
        return _(
            "Reminder %(number)s of %(all)s will be sent automatically on %(moment)s.",
            number=planned.number,
            all=len(delays(own)),
            moment=moment(planned.at),
        )
    return _("No more automatic reminders.")
