"""Migration 0018: jobs, mails and customers keep what they were, in columns instead of in texts."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.extensions import db
from app.jobs.importing import batch_id_of
from app.models import Customer, Job, JobKind, JobState, OutgoingMail
from app.operations import backups, setup
from tests.migrations.going_back import go_back_before

AT = "2026-11-01 10:00"
JOB = text(f"""INSERT INTO job (id, kind, task, state, total, done, report, actor_name, created_at, worker, last_error)
VALUES (:id, :kind, '{{"numbers": ["ORD1"]}}', :state, 3, :done, '{{"parts": []}}', 'Noor', '{AT}', '', '')""")
KINDS = {
    1: ("bulk:mark_paid", "running"),
    2: ("import:12", "done"),
    3: ("undo_import:7", "waiting"),
    4: ("print_invoices", "done"),
    5: ("bulk:send_payment_reminder", "failed"),
}

MAIL = text(f"""INSERT INTO outgoing_mail
(id, kind, once_key, language, to_name, to_address, subject, body, attachments, message_id, state, attempts, due_at,
 worker, last_error, may_be_doubled, created_at, is_demo)
VALUES (:id, 'payment_reminder', :once_key, 'en', '', 'femke@example.org', 'To pay', 'Please.', '[]', :once_key,
 'queued', 0, '{AT}', '', '', false, '{AT}', false)""")
KEYS = {1: "reminder:5:1", 2: "reminder-by-hand:5:1", 3: "again:1:1", 4: "trial:aa"}

CUSTOMER = text(f"""INSERT INTO customer
(id, name, company, vat_id, email, phone, language, notes, created_at, merged_into_id, is_demo, version)
VALUES (:id, :name, '', '', :email, '', '', '', '{AT}', :into, false, 1)""")
PEOPLE = {
    1: ("–", "", None),
    2: ("Femke", "femke@example.org", None),
    3: ("–", "", 1),
    4: ("–", "here.again@example.org", None),
    5: ("–", "", None),
}
ERASED = text("""INSERT INTO history (at, what, subject, actor_kind, actor_name, facts, is_demo)
VALUES ('2026-11-03 12:00', 'personal_data_erased', 'customer:1', 'person', 'Noor', '{}', false)""")


@pytest.mark.each_database
def test_what_stood_in_texts_is_kept_in_columns(app: Flask) -> None:
    with app.app_context():
        go_back_before("0018")
        with db.engine.begin() as connection:
            for number, (kind, state) in KINDS.items():
                connection.execute(JOB, {"id": number, "kind": kind, "state": state, "done": number % 3})
            for number, once_key in KEYS.items():
                connection.execute(MAIL, {"id": number, "once_key": once_key})
            for number, (name, email, into) in PEOPLE.items():
                connection.execute(CUSTOMER, {"id": number, "name": name, "email": email, "into": into})
            connection.execute(ERASED)
        setup.upgrade()

        jobs = db.session.scalars(select(Job).order_by(Job.id)).all()
        assert [(one.kind, one.action, one.subject_id, one.state) for one in jobs] == [
            (JobKind.BULK, "mark_paid", None, JobState.RUNNING),
            (JobKind.IMPORT, "", 12, JobState.DONE),
            (JobKind.UNDO_IMPORT, "", 7, JobState.WAITING),
            (JobKind.PRINT_INVOICES, "", None, JobState.DONE),
            (JobKind.BULK, "send_payment_reminder", None, JobState.FAILED),
        ]
        assert [batch_id_of(one) for one in jobs] == [None, 12, 7, None, None]
        assert [(one.task, one.done, one.report) for one in jobs] == [
            ({"numbers": ["ORD1"]}, number % 3, {"parts": []}) for number in KINDS
        ]
        mails = db.session.execute(select(OutgoingMail.id, OutgoingMail.is_counted_reminder).order_by(OutgoingMail.id))
        assert dict(mails.all()) == {1: True, 2: True, 3: False, 4: False}
        erased = {one.id: one.erased_at and one.erased_at.day for one in db.session.scalars(select(Customer))}
        assert erased == {1: 3, 2: None, 3: 3, 4: None, 5: 1}

        go_back_before("0018")
        with db.engine.begin() as connection:
            kinds = connection.execute(text("SELECT id, kind FROM job"))
            assert dict(kinds.all()) == {number: kind for number, (kind, _state) in KINDS.items()}
        setup.upgrade()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
