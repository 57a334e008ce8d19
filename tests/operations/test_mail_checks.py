"""`toonbank check` finds mails that wait for nothing, and orders that nobody can place any more."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from app.actions.drafts import begin_empty_draft
from app.actions.payments import mark_not_paid, mark_paid
from app.extensions import db
from app.history import SYSTEM
from app.models import Job, JobKind, JobState, Order, OutgoingMail
from app.operations import checks
from tests.factories import placed_order
from tests.looking import kinds_of_mail

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def paid_mail() -> int:
    mark_paid(placed_order(), by=SYSTEM, notify=True)
    assert kinds_of_mail()[-1] == "order_paid"
    return db.session.scalars(select(OutgoingMail.id).order_by(OutgoingMail.id.desc())).first() or 0


def found() -> list[str]:
    return list(checks.findings())


def test_a_mail_of_what_was_undone_does_not_wait() -> None:
    mail_id = paid_mail()
    mail = db.session.get_one(OutgoingMail, mail_id)
    mark_not_paid(db.session.get_one(Order, mail.order_id), by=SYSTEM)
    assert found() == []

    db.session.execute(text(f"UPDATE outgoing_mail SET state = 'queued' WHERE id = {mail_id}"))

    assert found() == [f"mail {mail_id} (order_paid) waits to be sent, but what it tells was undone"]


@pytest.mark.parametrize("state", [None, *JobState])
def test_a_mail_waits_for_no_job_that_is_over(state: JobState | None) -> None:
    mail_id, job_id = paid_mail(), 999
    if state is not None:
        job = Job(kind=JobKind.BULK, state=state, action="mark_paid", staff_id=None)
        db.session.add(job)
        db.session.flush()
        job_id = job.id
    db.session.execute(text(f"UPDATE outgoing_mail SET job_id = {job_id} WHERE id = {mail_id}"))

    is_over = state not in (JobState.WAITING, JobState.RUNNING)
    assert found() == ([f"mail {mail_id} (order_paid) waits for job {job_id}, which is over"] if is_over else [])


def test_a_mail_is_undone_by_what_can_be_done() -> None:
    mail_id = paid_mail()
    db.session.execute(text(f"UPDATE outgoing_mail SET undone_by = 'mark_unpaid' WHERE id = {mail_id}"))

    assert found() == [f"mail {mail_id} (order_paid) is undone by mark_unpaid, which is nothing that can be done"]


def test_a_mail_tells_of_what_its_order_has_and_of_what_still_holds() -> None:
    mail_id, other = paid_mail(), placed_order()
    mail = db.session.get_one(OutgoingMail, mail_id)
    payment = mail.undone_on_id
    db.session.execute(text(f"UPDATE outgoing_mail SET undone_on_id = 999 WHERE id = {mail_id}"))
    assert found() == [f"mail {mail_id} (order_paid) tells of payment 999, which its order has not"]

    mark_not_paid(db.session.get_one(Order, mail.order_id), by=SYSTEM)
    was = f"undone_on_id = {payment}, state = 'queued', undone_at = NULL"
    db.session.execute(text(f"UPDATE outgoing_mail SET {was} WHERE id = {mail_id}"))
    assert found() == [f"mail {mail_id} (order_paid) waits to tell of payment {payment}, which was taken back"]

    db.session.execute(text(f"UPDATE outgoing_mail SET state = 'sent' WHERE id = {mail_id}"))
    assert found() == []
    say = {"kind": "order_cancelled", "to_address": "femke@example.org", "subject": "Cancelled", "body": "Cancelled"}
    document = db.session.get_one(Order, mail.order_id).invoices[0].id
    cancelled = OutgoingMail(**say, once_key="x", message_id="x", order_id=other.id, language="en", invoice_id=document)
    db.session.add(cancelled)
    db.session.flush()
    assert found() == [
        f"mail {cancelled.id} (order_cancelled) tells that an order is cancelled, which it never was",
        f"mail {cancelled.id} (order_cancelled) takes the document of another order along",
    ]


def test_an_order_of_no_shop_waits_for_no_checkout() -> None:
    order = placed_order()
    order.is_unplaced = True
    assert found() == []

    draft = begin_empty_draft(by=SYSTEM)
    draft.is_unplaced = True

    assert found() == [f"{draft.number}: waits for its customer to finish a checkout that no outside shop has"]
