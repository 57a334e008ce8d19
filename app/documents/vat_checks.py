"""VAT numbers and VIES: which can be asked about there, when they are, and what was answered.

A number is asked about when a customer or an order gets it, whoever entered it, and before VAT is reversed to it. The
row is written in the transaction of that; a worker asks (`app/connections/vies.py`), so nothing waits for VIES.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TypeAlias

from sqlalchemy import event, exists, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import get_history
from sqlalchemy.orm.base import PassiveFlag

from app.columns import now
from app.documents.einvoice_facts import vat_id_of
from app.documents.vat import UNDER_EU_RULES
from app.documents.vat_numbers import why_not_vat_number
from app.extensions import db
from app.models import Customer, Order, Shop, VatCheck, VatCheckState
from app.queries import shop
from app.queues.leases import LeasedQueue

#: Who has a VAT number.
Named: TypeAlias = Customer | Order

#: What is known since so long ago need not be asked by itself.
KNOWN_FOR = timedelta(days=1)
#: An order placed longer ago is history that somebody imports.
OLD_ORDER = timedelta(days=30)

#: Pauses after an attempt: a minute, twice as long each time, up to six hours.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)

#: So many questions about a number are shown.
MOST_SHOWN = 20

VAT_CHECKS = LeasedQueue(
    VatCheck,
    unfinished=VatCheck.state == VatCheckState.WAITING,
    lease=timedelta(minutes=2),  # longer than two requests, each with its deadline
    most_attempts=24,  # four days
    pause_after=lambda attempts: min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts - 1, 9)),
    allowed=exists(select(Shop.id).where(Shop.checks_vat_numbers)),
)


def number_at_vies(vat_id: str, country: str) -> str:
    """As VIES writes it, "be 0123.456.749" -> "BE0123456749"; "" for what it can't know, as one of Great Britain.

    One without its state is taken for one of `country`.
    """
    number = vat_id_of({"vat_id": vat_id, "country": country})
    return number if number[:2] in UNDER_EU_RULES and 2 < len(number) <= 60 else ""


def vies_number_of(record: Named) -> str:
    """Of a customer or an order; "" where VIES can't be asked about it."""
    return number_at_vies(record.vat_id, country_of_record(record)) if record.vat_id else ""


def country_of_record(record: Named) -> str:
    if isinstance(record, Order):
        return record.country or ""
    address = record.billing or record.shipping
    return address.country if address else ""


def ask_vies(number: str, *, by: str = "") -> VatCheck:
    """By a person: now, whatever is known."""
    waiting = last_check(number)
    if waiting is not None and waiting.state == VatCheckState.WAITING:
        waiting.due_at = now() if not waiting.worker else waiting.due_at
        return waiting
    check = VatCheck(number=number, asked_by=by, created_at=now(), due_at=now())
    db.session.add(check)
    return check


def ask_by_itself(number: str) -> None:
    """Where the shop wants it, unless the answer is known, or waited for."""
    if not shop().checks_vat_numbers:
        return
    last = last_check(number)
    if last is None or not (last.state == VatCheckState.WAITING or is_fresh(last)):
        db.session.add(VatCheck(number=number, created_at=now(), due_at=now()))


def is_fresh(check: VatCheck) -> bool:
    is_answer = check.state in (VatCheckState.VALID, VatCheckState.INVALID)
    return is_answer and check.answered_at is not None and check.answered_at > now() - KNOWN_FOR


def last_check(number: str) -> VatCheck | None:
    """The latest question about it, answered or not."""
    return next(iter(checks_of(number, most=1)), None)


def last_answer(number: str) -> VatCheck | None:
    """The latest question that VIES answered."""
    answered = VatCheck.state.in_((VatCheckState.VALID, VatCheckState.INVALID))
    query = select(VatCheck).where(VatCheck.number == number, answered)
    return db.session.scalars(query.order_by(VatCheck.id.desc()).limit(1)).first()


def checks_of(number: str, *, most: int = MOST_SHOWN) -> list[VatCheck]:
    """The latest first."""
    query = select(VatCheck).where(VatCheck.number == number).order_by(VatCheck.id.desc()).limit(most)
    return list(db.session.scalars(query)) if number else []


# --- when somebody gets a number ------------------------------------------------------------------------------------


@event.listens_for(db.session, "before_flush")
def ask_about_new_numbers(session: Session, *_about: object) -> None:
    """Whichever way they came: a form, a program, a file, another shop."""
    numbers = {vies_number_of(record): None for record in with_new_number((*session.new, *session.dirty))}
    numbers.pop("", None)
    for number in numbers:
        ask_by_itself(number)


def with_new_number(changed: Iterable[object]) -> list[Named]:
    return [one for one in changed if isinstance(one, Customer | Order) and one.vat_id and has_new_number(one)]


def has_new_number(record: Named) -> bool:
    if record.is_demo or not get_history(record, "vat_id", PassiveFlag.PASSIVE_NO_INITIALIZE).has_changes():
        return False
    if isinstance(record, Order) and record.placed_at and record.placed_at < now() - OLD_ORDER:
        return False
    return not why_not_vat_number(record.vat_id, country_of_record(record))
