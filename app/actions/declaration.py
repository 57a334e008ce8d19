"""The declaration on each action: written once, read by buttons, pop-ups, bulk menu, API, rights and tests."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import UnionType
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeAlias, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement

from app import mails
from app.actions.held_mails import mails_of
from app.errors import ActionRefused
from app.extensions import ShownText
from app.models import Order, OutgoingMail

#: What a form starts with, or what there is to choose in it, by the names of the inputs.
Values: TypeAlias = dict[str, Any]

Record = TypeVar("Record")
How = ParamSpec("How")
Result = TypeVar("Result")

#: What is to be known of a record.
OfRecord: TypeAlias = Callable[[Any], object]

#: Kinds of input that can be asked once for many orders; what the others ask for differs from order to order.
FOR_MANY = ("text", "long_text", "choice", "select", "tick")


TICK = "tick"
TICKS = "ticks"


@dataclass(frozen=True)
class Input:
    """One thing that an action asks for. `kind` says which field a form shows for it."""

    name: str
    title: ShownText
    # text | long_text | amount | moment | day | choice | select | tick | ticks | address | quantities | lines | record
    kind: str = "text"
    required: bool = False
    hint: ShownText = ""
    most: int = 255  # letters
    per_order: bool = False  # makes no sense for many orders at once, such as a Track & Trace code
    initial: OfRecord | None = None  # what it starts with in a form
    choices: OfRecord | None = None  # what there is to choose from; see `forms.MAKERS`
    is_asked: OfRecord | None = None  # whether its form asks at all; mostly it does

    @property
    def is_tick(self) -> bool:
        return self.kind == TICK

    @property
    def has_ticks(self) -> bool:
        """One for each thing that can be chosen."""
        return self.kind == TICKS


@dataclass(frozen=True)
class Parameter:
    """Something that an action may be given besides its record: its types, and whether it can be left out."""

    name: str
    types: tuple[Any, ...]  # bool, Decimal, dict[int, Decimal], PaymentMethod ...; of `X | None` only X
    may_be_none: bool
    is_required: bool


def has_address(record: Any) -> bool:
    """Whether the customer of an order, or of one of its documents, can be written to."""
    return bool(getattr(record, "order", record).email)


#: The tick of most actions that mail: it starts as the customer can be written to.
NOTIFY = Input("notify", _l("Tell the customer by mail"), kind="tick", initial=has_address)

#: Why something is taken back, or money changed: free text, in History.
REASON = Input("reason", _l("Reason"), hint=_l("Only colleagues see this."))


def never(record: object) -> str:
    return ""


@dataclass(frozen=True)
class Many:
    """How an action is done to many records of a list at once, where that is not as it is done to each of them."""

    confirm: ShownText  # asked in the menu, instead of a preview
    why_not: Callable[[Any], str] = never  # besides: nobody has looked at every single record


#: What is said of a record.
Says = Callable[[Any], str]


@dataclass(frozen=True)
class InRows:
    """An action that stands as a button in the rows of the list of its records: orders, or what belongs to them.

    A row of the list of orders has the columns of `order_list.COLUMNS` and no record: `is_offered` says by these, or
    by the document, where the button is worth its place. Why it is refused all the same, the action's own `why_not`
    says when it is pressed.
    """

    is_offered: Callable[[Any], bool]
    icon: str = ""  # where the action's own would say too little without the word beside it
    at_once: bool = False  # by one press, as its form would start, while Undo still stops its mail


@dataclass(frozen=True)
class InCell:
    """An action whose only input is entered in a cell of the list of its records, by all the rules of its form.

    `seen` and `value` say of a record, or of its row in the list, what the person has seen of it, which must be so
    still, and what the cell's field starts with. A list gives the choices, where there are any.
    """

    column: str
    seen: OfRecord
    value: OfRecord = never


@dataclass(frozen=True)
class Step:
    """A step that a record takes on its way: the next one is the first that is due and that the action does not refuse.

    `is_due` says so by the columns of `order_list.COLUMNS`, or of a part of an order by the part itself.
    """

    place: int  # among the steps of records of its kind
    is_due: OfRecord


@dataclass(frozen=True)
class Action(Generic[Record, How, Result]):
    """What somebody can do to a record; call it like the function it stands on.

    All that pages, programs and lists need to offer it stands here, or is derived from the function's own types.
    """

    name: str
    title: ShownText
    right: str  # "<group>.<name>"; see app.security.rights
    run: Callable[Concatenate[Record, How], Result]
    why_not: Callable[[Any], str] = never
    icon: str = "check"
    right_title: ShownText = (
        ""  # what the right is called where the button's word, out of its place, would say too little
    )
    done: ShownText = ""  # said afterwards, in the past tense
    done_otherwise: Says | None = None  # of the record: said instead; "" mostly
    afterwards: Says | None = None  # of the record: what is to be thought of now; "" mostly
    bulk: bool = False
    mail: str = ""  # the mail that tells the customer
    mail_of: Says | None = None  # of the record: which mail it is now, of several
    mail_beside: str = ""  # another one that goes along with it, or in its place
    told: Callable[[Any], ColumnElement[bool] | None] | None = None  # which mails tell of just this; None: none can
    warning: Says | None = None  # of the record: what to think of before it is done; "" mostly
    final: bool = False  # asks before it is done
    inputs: tuple[Input, ...] = field(default=())
    dialog: str = "action"  # the pop-up's template
    dialog_title: ShownText = ""  # of the pop-up, where the button's word would say too little
    initial: Callable[..., Values] | None = None  # of the record: what several of its inputs start with together
    preview: Callable[..., object] | None = None  # of the record and what the form says: what would go out
    doubt: Callable[..., str] | None = None  # of the record and what the form says: what to think of before it is done
    edits: bool = False  # changes what the person sees in the form: two people must not overwrite one another
    undo: str = ""  # the name of the action that takes it back
    is_undo: bool = False  # of two that take each other back, the one that is shown only where it can be done
    of_parts: bool = False  # takes back parts of an order, and withdraws the mails of just these by itself
    undo_on: Callable[[Order], Any] | None = None  # what was made in the order, where the undo is about that
    opens_result: bool = False  # leads to the order that came of it
    stands: Literal["bar", "first", "block", "lists"] = "bar"  # where its button is on the order page, if on it at all
    many: Many | None = None
    in_vain: Callable[[Any], str] = never  # of its result: why it came to nothing, though what was learnt is kept
    in_rows: InRows | None = None
    in_cell: InCell | None = None
    step: Step | None = None
    on_drafts: Literal["never", "too", "only"] = "never"  # whether its button in the bar is on drafts

    def __call__(self, record: Record, /, *args: How.args, **how: How.kwargs) -> Result:
        return self.run(record, *args, **how)

    def said_of(self, record: object) -> str:
        """What is said when it was done to the record."""
        otherwise = self.done_otherwise(record) if self.done_otherwise else ""
        more = self.afterwards(record) if self.afterwards else ""
        done = otherwise or str(self.done or self.title)
        return f"{done}. {more}" if more else done

    @property
    def has_own_right(self) -> bool:
        return self.right.partition(".")[2] == self.name

    @property
    def inputs_for_many(self) -> tuple[Input, ...]:
        """What is asked once when the action is done to many orders."""
        return tuple(one for one in self.inputs if one.kind in FOR_MANY and not one.per_order)

    def inputs_on(self, record: Record) -> tuple[Input, ...]:
        """What is asked of this record; all else stays as the function has it."""
        return tuple(one for one in self.inputs if one.is_asked is None or one.is_asked(record))

    def initial_values(self, record: Record, **more: object) -> Values:
        """What its form starts with."""
        each = {one.name: one.initial(record) for one in self.inputs if one.initial}
        if each.get(NOTIFY.name) and self.told_at(record):
            each[NOTIFY.name] = False
        return each | (self.initial(record, **more) if self.initial else {})

    def told_at(self, record: object) -> datetime | None:
        """When the customer was told of this before: it was undone since, and is to be done again."""
        order = getattr(record, "order", record)
        can_be_repeated = self.told or (self.undo and not self.undo_on)
        if not self.mail or not can_be_repeated or not isinstance(order, Order):
            return None
        which = self.told(record) if self.told else OutgoingMail.kind == self.mail
        return None if which is None else mails.told_at(order.id, which)

    def choices(self, record: Record) -> Values:
        """Per input what there is to choose from."""
        return {one.name: one.choices(record) for one in self.inputs if one.choices}

    @cached_property
    def record_types(self) -> tuple[type, ...]:
        """The kinds of record that it is done to."""
        return alternatives(next(iter(self._types.values())))

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """What it takes besides its record and who does it."""
        _record, *others = inspect.signature(self.run).parameters.values()
        return {
            one.name: Parameter(
                one.name,
                alternatives(self._types[one.name]),
                type(None) in typing.get_args(self._types[one.name]),
                one.default is inspect.Parameter.empty,
            )
            for one in others
            if one.name != "by"
        }

    @cached_property
    def _types(self) -> Mapping[str, Any]:
        return typing.get_type_hints(inspect.unwrap(self.run))


def alternatives(annotation: object) -> tuple[Any, ...]:
    """`Order | Shop` -> (Order, Shop); None is left out."""
    if isinstance(annotation, UnionType) or typing.get_origin(annotation) is typing.Union:
        return tuple(one for one in typing.get_args(annotation) if one is not type(None))
    return (annotation,)


AnyAction: TypeAlias = Action[Any, ..., Any]

ACTIONS: dict[str, AnyAction] = {}


def action(
    *,
    title: ShownText,
    group: str,
    right: str = "",
    why_not: Callable[[Any], str] = never,
    **declared: Any,
) -> Callable[[Callable[Concatenate[Record, How], Result]], Action[Record, How, Result]]:
    """Declare a function as an action, whose right belongs to `group`; `declared` are the other parts of an Action.

    `right` names another's, such as that of the page on which it stands; else the action has one of its own.
    It refuses by itself, for the reason that `why_not` gives, before it begins.
    """

    def declare(run: Callable[Concatenate[Record, How], Result]) -> Action[Record, How, Result]:
        @functools.wraps(run)
        def refuse_or_run(record: Record, /, *args: How.args, **how: How.kwargs) -> Result:
            if reason := why_not(record):
                raise ActionRefused(reason)
            with mails_of(made, record, ACTIONS):
                return run(record, *args, **how)

        if run.__name__ in ACTIONS:
            raise ValueError(f"two actions are called {run.__name__}")
        made = Action(run.__name__, title, right or f"{group}.{run.__name__}", refuse_or_run, why_not, **declared)
        ACTIONS[made.name] = made
        return made

    return declare
