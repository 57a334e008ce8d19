"""Buttons of the order page: what they do, where they lead, and why they can't be used now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _

from app.actions.declaration import AnyAction
from app.admin_views.dashboard.offered_actions import offered_actions
from app.admin_views.signin import may
from app.extensions import ShownText
from app.models import Order
from app.security.rights import GROUPS, LackedRight


@dataclass(frozen=True)
class Button:
    title: ShownText
    icon: str
    url: str
    reason: str  # why it can't be used; "" when it can
    opens: bool = True  # a pop-up; what asks for nothing and is not final is just pressed


def button(action: AnyAction, order: Order, record: Any = None, *, title: ShownText = "", url: str = "") -> Button:
    """The button of an action on the order, or on one of its records."""
    where = url or action_url(action.name, order, record.id if record is not None else None)
    reason = why_not(action, order if record is None else record)
    return Button(title or action.title, action.icon, where, reason, opens=bool(action.inputs or action.final))


def more_buttons(order: Order, record: Any) -> list[Button]:
    """Of the actions on this part of the order those that no block has a place of its own for."""
    kinds = offered_actions().values()
    return [button(one, order, record) for one in kinds if one.stands == "bar" and type(record) in one.record_types]


def why_not(action: AnyAction, record: Any) -> str:
    """The person's right comes first, then what the action itself says."""
    return lacking(action.right) or action.why_not(record)


def lacking(right: str) -> str:
    """The sentence that says which right is missing; "" when none is."""
    group = GROUPS[right.partition(".")[0]]
    return "" if may(right) else LackedRight(_("You lack the right to %(do)s.", do=str(group)))


def action_url(name: str, order: Order, record_id: int | None = None) -> str:
    return url_in_order(order.number, name, record_id)


def url_in_order(number: str, name: str, record_id: int | None = None) -> str:
    """Where an action is taken; it leads back to the tab that is open now, or to the list that it was taken from.

    A page has dozens of them, which differ in the action and the record: the rest is written once.
    """
    before, after = around_action(number)
    return f"{before}{name}{after}" if record_id is None else f"{before}{name}/{record_id}{after}"


#: In the place of the name of an action.
SOME_ACTION = "~"


def around_action(number: str) -> tuple[str, str]:
    known: dict[str, tuple[str, str]] = g.setdefault("around_actions", {})
    if number not in known:
        tab, back = request.args.get("tab") or None, request.values.get("url") or None
        address = url_for("order_page.act", number=number, action_name=SOME_ACTION, tab=tab, url=back)
        before, _name, after = address.partition(SOME_ACTION)
        known[number] = before, after
    return known[number]
