"""What can be done next, drawn at random: an action of the registry on a record, with values for all that it takes.

Mostly one that can be done on that record now; a few that can't show that the refusal leaves everything as it was.
A new action is taken in by itself. One on a record of a new kind, or one that takes something of a new type, is not:
`undrawable` names it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from sqlalchemy import inspect

from app.actions import ACTIONS, AnyAction
from app.actions.texts import TextPlace
from app.extensions import Model, db
from app.models import Order
from tests.whole.entered import all_of, fill_in, is_known, is_stored

#: What ends the story of an order or a customer, and how often that is drawn.
RARE = {"cancel_order": 0.2, "set_invoiced_elsewhere": 0.2, "credit_order": 0.2}
RARE |= {"erase_personal_data": 0.5, "merge_customers": 0.5}
#: How often something is tried that can't be done.
FORBIDDEN = 0.1
#: So many records are looked at, to find one on which an action can be done.
LOOKED_AT = 8


@dataclass(frozen=True)
class Move:
    action: AnyAction
    record: Any
    how: dict[str, Any]

    @property
    def order(self) -> Order | None:
        return self.record if isinstance(self.record, Order) else getattr(self.record, "order", None)

    def found_again(self) -> Move | None:
        """The same in the session that is open now; None when its record is gone."""
        if not isinstance(self.record, Model):
            return self
        record = db.session.get(type(self.record), inspect(self.record).identity)
        return replace(self, record=record) if record is not None else None

    def __str__(self) -> str:
        return f"{self.action.name} on {self.order or ''} {self.record} with {self.how}"


def undrawable() -> list[str]:
    """Each action that is never drawn, or what it takes that can't be."""
    wrong = [action.name for action in ACTIONS.values() if kind_of(action) is None]
    for action in ACTIONS.values():
        for name, parameter in action.parameters.items():
            if not all(map(is_known, parameter.types)):
                wrong.append(f"{action.name}: {name}")
    return wrong


def draw_move(
    random: Random, done: Mapping[str, int] = Counter(), among: Sequence[AnyAction] | None = None
) -> Move | None:
    """An action on a record that there is; sooner one that was done less often. None where nothing was found."""
    actions = list(ACTIONS.values() if among is None else among)
    weights = [RARE.get(one.name, 1) / (1 + done[one.name]) for one in actions]
    is_forbidden = random.random() < FORBIDDEN
    for action in random.choices(actions, weights, k=12):
        if record := record_for(random, action, is_forbidden=is_forbidden):
            return Move(action, record, fill_in(random, action, record))
    return None


def record_for(random: Random, action: AnyAction, *, is_forbidden: bool = False) -> Any:
    """One of some records on which the action can be done, or can't; None where there is none."""
    records = all_of(kind_of(action))
    some = random.sample(records, min(len(records), LOOKED_AT))
    return next((one for one in some if bool(action.why_not(one)) == is_forbidden), None)


def kind_of(action: AnyAction) -> Any:
    return next((kind for kind in action.record_types if is_stored(kind) or kind is TextPlace), None)
