"""What must hold of mails after any sequence: each has its fact, is in History, and waits to say nothing untrue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import select

from app.extensions import db
from app.models import History, MailState, Order, OutgoingMail

#: What stands first in the key of a mail, and which of its order's records the number after it is.
FACTS = {
    "order_paid": "payments",
    "refund": "payments",
    "sent": "shipments",
    "invoice": "invoices",
    "credit_note": "invoices",
    "return_requested": "returns",
    "return_authorised": "returns",
    "return_received": "returns",
    "return_rejected": "returns",
}


def broken_mails(orders: Sequence[Order]) -> Iterator[str]:
    """Each mail is about a record that is there, and History says since when it waits."""
    told = set(db.session.scalars(select(History.subject).where(History.subject.startswith("outgoing_mail:"))))
    ids = {order.id: order for order in orders}
    mails = {mail.id: mail for mail in db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))}
    for mail in mails.values():
        if f"outgoing_mail:{mail.id}" not in told:
            yield f"mail {mail.id} ({mail.kind}) is in no history"
        if mail.order_id in ids:
            order = ids[mail.order_id]
            for sentence in (*missing_fact(mail, order, mails), *untrue(mail, order, mails)):
                yield f"{order.number}: mail {mail.once_key} {sentence}"


def fact_of(mail: OutgoingMail, mails: Mapping[int, OutgoingMail]) -> tuple[str, int]:
    """What the mail is about by its key; of a copy, and of one to a second address, what the first is about."""
    kind, _colon, rest = mail.once_key.partition(":")
    if kind == "again":
        return fact_of(mails[int(rest.partition(":")[0])], mails)
    if kind.startswith("to-"):
        kind, _colon, rest = rest.partition(":")
    number = rest.partition(":")[0]
    return kind, int(number) if number.isdigit() else 0


def missing_fact(mail: OutgoingMail, order: Order, mails: Mapping[int, OutgoingMail]) -> Iterator[str]:
    kind, record_id = fact_of(mail, mails)
    if (part := FACTS.get(kind)) and record_id not in {record.id for record in getattr(order, part)}:
        yield f"is about none of its {part}"
    if mail.invoice_id and mail.invoice_id not in {document.id for document in order.invoices}:
        yield "encloses the document of another order"
    if kind == "order_cancelled" and not (order.cancelled_at or is_rest_cancelled(order)):
        yield "says that it is cancelled, and it is not"


def is_rest_cancelled(order: Order) -> bool:
    what = select(History.id).where(History.order_id == order.id, History.what == "rest_cancelled")
    return db.session.scalar(what.limit(1)) is not None


def untrue(mail: OutgoingMail, order: Order, mails: Mapping[int, OutgoingMail]) -> Iterator[str]:
    """What waits still to tell of what was taken back since."""
    if mail.state != MailState.QUEUED:
        return
    kind, record_id = fact_of(mail, mails)
    if kind in ("order_paid", "refund") and record_id in {one.reverses_id for one in order.payments}:
        yield "waits, and what it tells of was taken back"
    if kind == "sent" and any(one.id == record_id and one.sent_at is None for one in order.shipments):
        yield "waits, and what it tells of is not sent"
    if kind == "ready_for_pickup" and order.ready_at is None:
        yield "waits, and it is not ready"
