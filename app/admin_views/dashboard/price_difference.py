"""What an order comes to as the form of its lines has it, before anything is saved."""

from __future__ import annotations

from decimal import Decimal

from flask import request
from flask_babel import gettext as _

from app import jobs
from app.actions.lines import EditedLine
from app.admin_views.dashboard.action_dialog import PopUp
from app.admin_views.signin import actor
from app.pages.formatting import amount


def price_difference(shown: PopUp) -> str:
    """Found by doing it and taking it back; "" before anything is entered, and while a line is not complete.

    Whatever of the order was read before has to be read again afterwards.
    """
    is_asked = request.method == "POST" and request.form.get("step") != "find" and not shown.reason
    if not is_asked or not all(map(is_complete, shown.form.lines.data)):
        return ""
    number, currency, before = shown.order.number, shown.order.currency, shown.order.total
    how = {**shown.form.data, **({"notify": False} if "notify" in shown.form else {})}
    seen = jobs.preview(shown.action, [number], by=actor(), how=how)
    if not seen.changing:
        return next(iter(seen.refused), "")
    return say_difference(before, seen.changing[0].total, currency)


def is_complete(line: EditedLine) -> bool:
    return bool(line.name) and None not in (line.quantity, line.unit_price, line.discount)


def say_difference(before: Decimal, after: Decimal, currency: str) -> str:
    more, total = amount(abs(after - before), currency), amount(after, currency)
    if after > before:
        return _("%(amount)s more: the order comes to %(total)s.", amount=more, total=total)
    if after < before:
        return _("%(amount)s less: the order comes to %(total)s.", amount=more, total=total)
    return _("The order comes to %(total)s, as before.", total=total)
