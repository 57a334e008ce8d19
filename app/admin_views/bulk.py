"""Doing something to many orders: which are meant, the preview, and then at once or as a job."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict
from wtforms import Form

from app import jobs, queries
from app.actions import ACTIONS
from app.actions.declaration import AnyAction
from app.actions.next_steps import steps_of
from app.admin_views.action_forms import form_for_many
from app.admin_views.forms import as_id
from app.admin_views.run_action import shorten_list
from app.admin_views.signin import actor, may
from app.mails.kinds import mail_title
from app.models import Order
from app.pages.formatting import order_badges
from app.queries import order_list
from app.security.rights import GROUPS

#: More orders than this are looked at first...
ASKS_FIRST = 20
#: ...more than this are a job for the worker, with a page that shows its progress...
IN_REQUEST = 50
#: ...and so many are printed while the person waits, if fewer documents than that have to be drawn first.
PRINTS_IN_REQUEST, DRAWS_IN_REQUEST = 100, 10

#: Buttons of their own above the list; all others stand behind More.
FIRST = ("mark_paid", "mark_sent", "create_packing_slip")

#: A preview takes about so many seconds at most.
PREVIEW_TAKES = 2.0

#: So many orders that would change are shown.
SHOWN = 10


@cache
def bulk_actions() -> tuple[AnyAction, ...]:
    """All actions that can be done to many orders: the first ones, then the others by what they are about.

    Those on the order as a whole come at the end, and what is final last.
    """
    many = (one for one in ACTIONS.values() if one.bulk and Order in one.record_types)
    return tuple(sorted(many, key=place_in_menu))


@cache
def row_actions(kind: type = Order) -> tuple[AnyAction, ...]:
    """The actions that say that they stand in the rows of the list of these records, in the same order."""
    return tuple(
        sorted((one for one in ACTIONS.values() if one.in_rows and kind in one.record_types), key=place_in_menu)
    )


@cache
def pressed_in_rows() -> dict[str, AnyAction]:
    """Those, and the steps of an order, by their names."""
    return {one.name: one for one in (*row_actions(), *steps_of(Order))}


def place_in_menu(action: AnyAction) -> tuple[int, int, bool]:
    groups = sorted(GROUPS, key="orders".__eq__)
    first = FIRST.index(action.name) if action.name in FIRST else len(FIRST)
    return first, groups.index(group_of(action)), action.final


def group_of(action: AnyAction) -> str:
    return action.right.partition(".")[0]


def group_offered() -> tuple[list[AnyAction], list[list[AnyAction]]]:
    """What the person at the screen may do to many orders: as buttons, and behind More, group by group."""
    allowed = [action for action in bulk_actions() if may(action.right)]
    behind: dict[str, list[AnyAction]] = {}
    for action in allowed:
        if action.name not in FIRST:
            behind.setdefault(group_of(action), []).append(action)
    return [action for action in allowed if action.name in FIRST], list(behind.values())


# --- which orders are meant -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Meant:
    """The orders that are meant, and the fields by which a form says so again."""

    numbers: list[str]
    fields: list[tuple[str, str]]
    has_grown: bool = False  # more match now than the person has seen


def find_meant(given: MultiDict[str, str], back: str) -> Meant:
    """The ticked orders, or all that match what the list at `back` was asked.

    What came in after the person looked is not meant: `up_to` is the newest order of then.
    """
    if not given.get("all_matching"):
        numbers = order_list.known_numbers(given.getlist("rowid"))
        return Meant(numbers, [("rowid", number) for number in numbers])
    question = order_list.read_question(dict(parse_qsl(back.partition("?")[2])))
    up_to = as_number(given.get("up_to")) or order_list.newest_id()
    numbers = order_list.matching_numbers(question, queries.shop().time_zone, up_to=up_to)
    fields = [("all_matching", "1"), ("up_to", str(up_to)), ("seen", str(len(numbers)))]
    return Meant(numbers, fields, has_grown="seen" in given and len(numbers) > as_number(given.get("seen")))


def as_number(text: str | None) -> int:
    return as_id(text) or 0


# --- what is asked, and the preview ---------------------------------------------------------------------------------


def form_for(action: AnyAction, numbers: list[str], given: MultiDict[str, str] | None = None) -> Form:
    """What the action asks once for all of them; it starts as it would for the first of them.

    The tick of the mail starts off when all of a few were told before.
    """
    form = form_for_many(action, queries.order_numbered(numbers[0]), given)
    if given is None and "notify" in form and len(numbers) <= ASKS_FIRST:
        form.notify.data &= not all(map(action.told_at, map(queries.order_numbered, numbers)))
    return form


def asks_first(action: AnyAction, count: int) -> bool:
    """Whether there is a preview; a few orders are just done, unless that is final, mails or takes more."""
    takes_more = any(not one.is_tick for one in action.inputs_for_many)
    return count > ASKS_FIRST or action.final or bool(action.mail) or takes_more


def undo_of(action: AnyAction) -> AnyAction | None:
    """The action that takes this one back on many orders."""
    return ACTIONS.get(action.undo) if action in bulk_actions() else None


def as_undone(undo: AnyAction) -> dict[str, Any]:
    """How the undoing action is done: nobody is mailed of it."""
    return {one.name: False for one in undo.inputs if one.is_tick}


def preview_page(action: AnyAction, orders: Meant, form: Form, *, is_complete: bool) -> dict[str, object]:
    """What the preview page shows. Nothing is looked at before the form is complete."""
    badges = order_badges()
    seen = preview_action(action, orders.numbers, form) if is_complete else None
    return {
        "action": action,
        "orders": orders,
        "form": form,
        "seen": seen,
        "shown": SHOWN,
        "mails": mails_of(seen) if seen else [],
        "warned": [row for row in seen.changing if row.warning] if seen else [],
        "told": [row.number for row in seen.changing if row.is_told] if seen else [],
        "is_job": len(orders.numbers) > IN_REQUEST,
        "badges": {
            is_pick_up: (badges["payment"], badges["pick_up" if is_pick_up else "shipment"], badges["status"])
            for is_pick_up in (False, True)
        },
    }


def preview_action(action: AnyAction, numbers: list[str], form: Form) -> jobs.Preview[jobs.PreviewRow]:
    return jobs.preview(action, numbers, by=actor(), how=form.data, seconds=PREVIEW_TAKES)


def mails_of(seen: jobs.Preview[Any]) -> list[tuple[str, int, int, str]]:
    """What each mail is called, how many go, to how many addresses, and the first of them."""
    return [
        (mail_title(kind), count, len(seen.addresses[kind]), shorten_list(sorted(seen.addresses[kind])))
        for kind, count in seen.mails.items()
    ]
