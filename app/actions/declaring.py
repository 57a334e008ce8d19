"""The declaration that stands on each action: written once, read by buttons, pop-ups, bulk menu, rights and tests."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.errors import ActionRefused

WhyNot = Callable[[Any], str]

#: Kinds of input that can be asked once for many orders; what the others ask for differs from order to order.
FOR_MANY = ("text", "long_text", "choice", "select", "tick")


@dataclass(frozen=True)
class Input:
    """One thing that an action asks for. `kind` says which field a form shows for it."""

    name: str
    title: Any
    kind: str = (
        "text"  # text | long_text | amount | moment | choice | select | tick | address | quantities | lines | record
    )
    required: bool = False
    hint: Any = ""
    most: int = 255  # letters
    per_order: bool = False  # makes no sense for many orders at once, such as a Track & Trace code


@dataclass(frozen=True)
class Action:
    """What somebody can do to a record; call it like the function it stands on."""

    name: str
    title: Any
    right: str  # "<group>.<name>"; see app.rights
    run: Callable[..., Any]
    why_not: WhyNot
    icon: str = "check"
    done: Any = ""  # said afterwards, in the past tense
    bulk: bool = False
    mail: str = ""  # the mail that tells the customer
    final: bool = False  # asks before it is done
    inputs: tuple[Input, ...] = field(default=())
    on: str = ""  # the kind of record it is done to: the type of the function's first parameter
    takes: Mapping[str, inspect.Parameter] = field(default_factory=dict)  # what else it may be given, besides `by`

    @property
    def inputs_for_many(self) -> tuple[Input, ...]:
        """What is asked once when the action is done to many orders."""
        return tuple(one for one in self.inputs if one.kind in FOR_MANY and not one.per_order)

    def __call__(self, record: Any, **how: Any) -> Any:
        return self.run(record, **how)


ACTIONS: dict[str, Action] = {}


def action(
    *, title: Any, group: str, why_not: WhyNot = lambda record: "", **declared: Any
) -> Callable[[Callable[..., Any]], Action]:
    """Declare a function as an action, whose right belongs to `group`.

    It refuses by itself, for the reason that `why_not` gives, before it begins.
    """

    def declare(run: Callable[..., Any]) -> Action:
        def refuse_or_run(record: Any, **how: Any) -> Any:
            if reason := why_not(record):
                raise ActionRefused(reason)
            return run(record, **how)

        refuse_or_run.__doc__ = run.__doc__
        name = run.__name__
        if name in ACTIONS:
            raise ValueError(f"two actions are called {name}")
        of_record, *others = inspect.signature(run).parameters.values()
        ACTIONS[name] = Action(
            name,
            title,
            f"{group}.{name}",
            refuse_or_run,
            why_not,
            on=of_record.annotation,
            takes={other.name: other for other in others if other.name != "by"},
            **declared,
        )
        return ACTIONS[name]

    return declare
