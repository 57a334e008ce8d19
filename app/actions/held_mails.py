"""What an action's declaration means for mails: those of what can be undone wait, and undoing withdraws them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from app import mails
from app.models import Order

if TYPE_CHECKING:
    from app.actions.declaration import AnyAction


@contextmanager
def mails_of(action: AnyAction, record: Any, known: Mapping[str, AnyAction]) -> Iterator[None]:
    """Round the action as it is done to the record; `known` are all actions, by name."""
    with mails.scope() as here:
        is_outermost = not here.is_begun
        if is_outermost:
            here.is_begun, here.undone_by = True, action.undo
            here.undone_on_id = None if action.undo_on else record_id(record)
        yield
        if is_outermost and action.undo_on and any(mail.undone_by for mail in here.queued):
            made = action.undo_on(record)
            for mail in here.queued:
                mail.undone_on_id = made.id
        withdraw_told(action, record, known)


def withdraw_told(action: AnyAction, record: Any, known: Mapping[str, AnyAction]) -> None:
    """Withdraw what tells of that which this action takes back."""
    kinds = {one.mail for one in known.values() if one.undo == action.name and one.mail}
    order_id = record.id if isinstance(record, Order) else getattr(record, "order_id", None)
    if kinds and order_id:
        part_id = None if isinstance(record, Order) else record.id
        mails.withdraw_untrue(action.name, order_id, on_id=part_id, kinds=set() if action.of_parts else kinds)


def record_id(record: Any) -> int | None:
    found: int | None = getattr(record, "id", None)
    return found
