"""Proving that returns are what their lines, moments, credit notes and history say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from app.amounts.money import ZERO
from app.extensions import db
from app.history import Happened
from app.models import History, InvoiceKind, Order, Return, ReturnStatus


def return_findings(order: Order) -> Iterator[str]:
    came_back: dict[int, Decimal] = defaultdict(Decimal)
    for one in order.returns:
        for part in one.lines if one.status != ReturnStatus.REJECTED else ():
            came_back[part.order_line_id] += part.quantity
    for line in order.lines:
        if line.returned != (back := came_back.get(line.id, ZERO)):
            yield f"{order.number}: returned of {line.name} is stored as {line.returned}, but follows as {back}"
    notes = {invoice.id for invoice in order.invoices if invoice.kind == InvoiceKind.CREDIT_NOTE}
    for one in order.returns:
        if one.credit_note_id is not None and one.credit_note_id not in notes:
            yield f"{order.number}: {one.number} is settled by no credit note of this order"
        if one.status not in fitting_statuses(one):
            moments = f"received {day_of(one.received_at)}, finished {day_of(one.finished_at)}"
            yield f"{order.number}: return {one.number} is stored as {one.status}, but {moments}"
    settled = {one.id for one in order.returns if one.credit_note_id}
    for note in (one for one in order.invoices if one.return_id and one.return_id not in settled):
        yield f"{order.number}: {note.number} settles no return of this order"


def fitting_statuses(goods_return: Return) -> tuple[ReturnStatus, ...]:
    """What a return may be by its moments: one that is completed may still arrive."""
    if goods_return.finished_at and goods_return.received_at:
        is_late = goods_return.received_at > goods_return.finished_at
        return (ReturnStatus.RECEIVED if is_late else ReturnStatus.COMPLETED,)
    if goods_return.finished_at:
        return ReturnStatus.COMPLETED, ReturnStatus.REJECTED
    return (ReturnStatus.RECEIVED,) if goods_return.received_at else (ReturnStatus.REQUESTED, ReturnStatus.AUTHORISED)


def day_of(moment: datetime | None) -> str:
    return f"on {moment:%Y-%m-%d}" if moment else "never"


def asked_findings() -> Iterator[str]:
    """A return that its customer asked for is authorised once somebody of the shop authorised it."""
    before = (ReturnStatus.REQUESTED, ReturnStatus.AUTHORISED)
    told = (Happened.RETURN_REQUESTED, Happened.RETURN_AUTHORISED)
    entries = select(Return.number, Return.status, History.what, History.facts)
    entries = entries.join(History, History.order_id == Return.order_id)
    entries = entries.where(Return.status.in_(before), History.what.in_(told)).order_by(Return.number, History.id)
    happened: dict[tuple[str, ReturnStatus], set[str]] = defaultdict(set)
    for number, status, what, facts in db.session.execute(entries):
        if facts.get("number") == number:
            happened[number, status].add(what)
    for (number, status), own in happened.items():
        follows = ReturnStatus.AUTHORISED if Happened.RETURN_AUTHORISED in own else ReturnStatus.REQUESTED
        if status != follows:
            yield f"return {number} is stored as {status}, but follows from its history as {follows}"
