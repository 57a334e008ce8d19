"""The form of an action on a record: what it starts with, and whether that has changed since somebody opened it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from wtforms import Form

from app.actions.changing import change_order
from app.actions.declaration import AnyAction, has_address
from app.actions.lines import edit_lines
from app.actions.order_customer import choose_customer
from app.admin_views.dashboard.steps import finding, line_steps
from app.admin_views.forms import Given, form_of
from app.models import Order

#: Of an action whose pop-up has buttons that only change its form: what they do; True when one was pressed.
STEPS: dict[str, Callable[[Form, Any, Mapping[str, str]], bool]] = {
    edit_lines.name: line_steps,
    change_order.name: line_steps,
    choose_customer.name: finding,
}


def form_on(action: AnyAction, record: Any, given: Given = None, **more: object) -> Form:
    """The action's form for this record, or what was `given` (the posted form) on top of it."""
    asked = replace(action, inputs=action.inputs_on(record))
    return form_of(asked, initial=action.initial_values(record, **more), choices=action.choices(record), given=given)


def form_for_many(action: AnyAction, first: Any, given: Given = None) -> Form:
    """What the action asks once for many records; it starts as it would for the first of them, None if that is gone."""
    asked = replace(action, inputs=action.inputs_for_many)
    start = action.initial_values(first) if first else {}
    ticks = {one.name: start[one.name] for one in asked.inputs if one.is_tick and one.name in start}
    if "notify" in ticks and not has_address(first):
        ticks["notify"] = True  # the others may have an address
    return form_of(asked, initial=ticks, choices=action.choices(first) if first else {}, given=given)


def fingerprint(action: AnyAction, record: Any, **more: object) -> str:
    """A few letters that differ when what the form is about has changed meanwhile; "" where that is no harm."""
    if action.edits:
        seen: object = action.initial_values(record, **more)
    elif adds_up(action):
        seen = [action.choices(record), facts_of(getattr(record, "order", record))]
    else:
        return ""
    return hashlib.sha256(json.dumps(seen, sort_keys=True, default=str).encode()).hexdigest()[:16]


def adds_up(action: AnyAction) -> bool:
    """Whether done twice, by two people who each mean the same, it is done once too often; or can't be undone.

    Ticks stand for what was shown beside them, which may be something else by now.
    """
    numbers = (Decimal, dict[int, Decimal])
    ticks = any(one.has_ticks for one in action.inputs)
    return action.final or ticks or any(kind in numbers for one in action.parameters.values() for kind in one.types)


def facts_of(about: object) -> list[object]:
    """How far an order is: its money, and of each line its counters."""
    if not isinstance(about, Order):
        return []
    money = [about.status, about.total, about.paid, about.refunded, about.invoiced, about.credited, about.adjusted]
    names = ("id", "quantity", "invoiced", "shipped", "dropped", "credited", "returned")
    return [*money, *[[getattr(line, name) for name in names] for line in about.lines]]


def take_step(action: AnyAction, form: Form, record: Any, pressed: Mapping[str, str]) -> bool:
    """Whether a button was pressed that only changes the form; it is changed then."""
    return action.name in STEPS and STEPS[action.name](form, record, pressed)
