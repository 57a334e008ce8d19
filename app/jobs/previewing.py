"""What an action would do to many orders: it is run on each and taken back, so that no rule is written twice.

Each order is a short transaction of its own that is always rolled back: no number is drawn for good, no mail stays, and
nobody waits longer than for one order.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import inf
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app import queries
from app.actions import Action
from app.errors import ActionRefused
from app.extensions import db
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
    before: tuple[str, str, str]
    after: tuple[str, str, str]


@dataclass
class Preview:
    """What would become of the orders that were looked at: the first ones of `total`."""

    total: int
    looked_at: int = 0
    changing: list[PreviewRow] = field(default_factory=list)
    refused: dict[str, list[str]] = field(default_factory=dict)  # reason -> order numbers
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
    how: dict[str, Any],
    most: int = MOST_PREVIEWED,
    seconds: float = inf,
) -> Preview:
    """Look at the first orders, until there are enough or the time is over."""
    db.session.rollback()
    seen = Preview(total=len(numbers))
    for number, _turn in zip(numbers[:most], turns(seconds), strict=False):
        look_at(number, action, by, how, seen)
        seen.looked_at += 1
    return seen


def look_at(number: str, action: Action, by: Actor, how: dict[str, Any], seen: Preview) -> None:
    try:
        row, mails = tried(number, action, by, how)
    except ActionRefused as no:
        seen.refused.setdefault(str(no), []).append(number)
    except Exception:  # one odd order must not hide what becomes of the others
        log.exception("preview of %s on order %s failed", action.name, number)
        seen.refused.setdefault(_("An error that nobody expected; it is in the log."), []).append(number)
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


def tried(number: str, action: Action, by: Actor, how: dict[str, Any]) -> tuple[PreviewRow, list[Letter]]:
    """The order after the action, and the mails that it would write. The caller rolls back."""
    order = queries.locked_order(number)
    if order is None:
        raise ActionRefused(_("There is no such order."))
    before, written = statuses(order), mail_ids(order)
    action(order, by=by, **how)
    db.session.flush()
    row = PreviewRow(number, order.customer_name or order.company, order.total, order.currency, before, statuses(order))
    return row, letters(order, written)


def statuses(order: Order) -> tuple[str, str, str]:
    return order.payment_status, order.shipment_status, order.status


def mail_ids(order: Order) -> set[int]:
    return set(db.session.scalars(select(OutgoingMail.id).where(OutgoingMail.order_id == order.id)))


def letters(order: Order, but_for: set[int]) -> list[Letter]:
    query = select(OutgoingMail.kind, OutgoingMail.to_address).where(
        OutgoingMail.order_id == order.id, OutgoingMail.id.not_in(but_for)
    )
    return [Letter(kind, to_address) for kind, to_address in db.session.execute(query)]
