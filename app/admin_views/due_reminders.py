"""SALES > Reminders: those that are due and wait for a yes, where the shop wants to be asked before they go."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import defer, joinedload, selectinload

from app import queries
from app.actions.reminders import due_day, next_reminder, orders_due, remind_by_itself, send_payment_reminder
from app.admin_views.bank import attempt
from app.admin_views.base import StaffPage
from app.admin_views.dashboard.buttons import lacking
from app.admin_views.signin import actor, demand_right
from app.extensions import db
from app.models import Invoice, Order
from app.security import form_tokens

#: So many are shown, and sent by one press.
MOST_ASKED = 100


class DueReminders(StaffPage):
    right = send_payment_reminder.right

    @expose("/")
    def index(self) -> str:
        own = queries.shop()
        found = orders_due(most=MOST_ASKED + 1)
        waiting = [(one, next_reminder(one), due_day(one)) for one in orders_to_ask_about(found[:MOST_ASKED])]
        return self.render(
            "admin/due_reminders.html",
            waiting=[(order, planned.number, due) for order, planned, due in waiting if planned],
            has_more=len(found) > MOST_ASKED,
            asks=own.reminders_ask,
            is_on=bool(own.reminder_days),
            charged_from=own.charged_from,
            why_not=lacking(send_payment_reminder.right),
        )

    @expose("/send", methods=["POST"])
    def send(self) -> ResponseReturnValue:
        """Those that are ticked, each by itself; what was paid or stopped meanwhile stays."""
        demand_right(send_payment_reminder.right)
        form_tokens.lead_back_to(url_for(".index"))
        ids = [int(one) for one in request.form.getlist("order")[:MOST_ASKED] if one.isascii() and one.isdigit()]
        sent = sum(bool(attempt(partial(remind_by_itself, one, by=actor()))) for one in ids if one < 2**62)
        if sent:
            flash(ngettext("%(num)s reminder is on its way", "%(num)s reminders are on their way", sent), "success")
        elif not ids:
            flash(_("Tick an order."), "error")
        if left := len(ids) - sent if sent or ids else 0:
            flash(ngettext("%(num)s was not due any more", "%(num)s were not due any more", left), "warning")
        return redirect(url_for(".index"), code=303)


def orders_to_ask_about(ids: Sequence[int]) -> list[Order]:
    query = select(Order).where(Order.id.in_(ids)).order_by(Order.placed_at, Order.id)
    of_each = (joinedload(Order.customer), selectinload(Order.invoices).options(defer(Invoice.snapshot)))
    return list(db.session.scalars(query.options(*of_each)))
