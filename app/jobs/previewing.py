"""What an action would do to many records: it is run on each and taken back, so that no rule is written twice.

Each is a short transaction of its own that is always rolled back: no number is drawn for good, no mail stays, and
nobody waits longer than for one of them.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from math import inf
from typing import Generic, TypeVar

from flask_babel import gettext as _
from sqlalchemy import select

from app import queries
from app.actions import Action
from app.errors import ActionRefused, say_failed
from app.extensions import Sideline, db, writing
from app.history import Actor
from app.jobs.time_slices import turns
from app.models import Order, OutgoingMail

log = logging.getLogger(__name__)

#: At most so many orders are looked at.
MOST_PREVIEWED = 200


@dataclass(frozen=True)
class PreviewRow:
    """An order that would change, and its (payment, shipment, order) statuses before and after."""

    number: str
    customer_name: str
    total: Decimal
    currency: str
    is_pick_up: bool
    before: tuple[str, str, str]
    after: tuple[str, str, str]
    is_told: bool = False  # the customer heard of it before
    warning: str = ""  # what to think of before it is done


Seen = TypeVar("Seen")


@dataclass
class Preview(Generic[Seen]):
    """What would become of the orders or records that were looked at: the first ones of `total`."""

    total: int
    looked_at: int = 0
    changing: list[Seen] = field(default_factory=list)
    refused: dict[str, list[str]] = field(default_factory=dict)  # reason -> order numbers, or what they are called
    mails: Counter[str] = field(default_factory=Counter)  # kind -> how many
    addresses: dict[str, set[str]] = field(default_factory=dict)  # kind -> to whom

    @property
    def is_whole(self) -> bool:
        return self.looked_at == self.total


def preview(
    action: Action,
    numbers: Sequence[str],
    *,
    by: Actor,
    how: dict[str, object],
    most: int = MOST_PREVIEWED,
    seconds: float = inf,
) -> Preview[PreviewRow]:
    """Look at the first orders, until there are enough or the time is over."""
    tries = [(number, partial(try_on_order, number, action, by, how)) for number in numbers]
    return look_at_each(action, tries, most, seconds)


def preview_records(
    action: Action,
    records: Sequence[tuple[str, Callable[[], object]]],
    *,
    by: Actor,
    how: dict[str, object],
    seconds: float = inf,
) -> Preview[str]:
    """The same for records that are no orders: of each what it is called, and what locks it."""
    tries = [(name, partial(tried_record, name, lock, action, by, how)) for name, lock in records]
    return look_at_each(action, tries, MOST_PREVIEWED, seconds)


def look_at_each(
    action: Action, tries: Sequence[tuple[str, Callable[[], tuple[Seen, list[Letter]]]]], most: int, seconds: float
) -> Preview[Seen]:
    db.session.rollback()
    seen: Preview[Seen] = Preview(total=len(tries))
    with writing(Sideline.TRIED):
        for (name, attempt), _turn in zip(tries[:most], turns(seconds), strict=False):
            look_at(name, attempt, action, seen)
            seen.looked_at += 1
    return seen


def look_at(name: str, attempt: Callable[[], tuple[Seen, list[Letter]]], action: Action, seen: Preview[Seen]) -> None:
    try:
        row, mails = attempt()
    except ActionRefused as no:
        seen.refused.setdefault(str(no), []).append(name)
    except Exception as error:  # one odd order must not hide what becomes of the others
        log.exception("preview of %s on %s failed", action.name, name)
        seen.refused.setdefault(say_failed(error), []).append(name)
    else:
        seen.changing.append(row)
        for mail in mails:
            seen.mails[mail.kind] += 1
            seen.addresses.setdefault(mail.kind, set()).add(mail.to_address.lower())
    finally:
        db.session.rollback()


@dataclass(frozen=True)
class Letter:
    kind: str
    to_address: str


def try_on_order(number: str, action: Action, by: Actor, how: dict[str, object]) -> tuple[PreviewRow, list[Letter]]:
    """The order after the action, and the mails that it would write. The caller rolls back."""
    order = queries.locked_order(number)
    if order is None:
        raise ActionRefused(_("There is no such order."))
    before, is_told = statuses(order), action.told_at(order) is not None
    warning = action.warning(order) if action.warning else ""
    letters = letters_of(order.id, partial(action, order, by=by, **how))
    row = PreviewRow(
        number=number,
        customer_name=order.customer_name or order.company,
        total=order.total,
        currency=order.currency,
        is_pick_up=order.is_pick_up,
        before=before,
        after=statuses(order),
        is_told=is_told,
        warning=warning,
    )
    return row, letters


def tried_record(
    name: str, lock: Callable[[], object], action: Action, by: Actor, how: dict[str, object]
) -> tuple[str, list[Letter]]:
    record = lock()
    if record is None:
        raise ActionRefused(_("It is no longer there."))
    return name, letters_of(getattr(record, "order_id", None), partial(action, record, by=by, **how))


def statuses(order: Order) -> tuple[str, str, str]:
    return order.payment_status, order.shipment_status, order.status


def letters_of(order_id: int | None, act: Callable[[], object]) -> list[Letter]:
    """The mails that it writes about this order; None: about no order."""
    about = OutgoingMail.order_id == order_id
    written = set(db.session.scalars(select(OutgoingMail.id).where(about)))
    act()
    db.session.flush()
    query = select(OutgoingMail.kind, OutgoingMail.to_address).where(about, OutgoingMail.id.not_in(written))
    return [Letter(kind, to_address) for kind, to_address in db.session.execute(query)]
