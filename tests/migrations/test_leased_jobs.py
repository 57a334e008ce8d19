"""Migration 0019: jobs that wait, or that a worker left behind, are due as they were, and stay."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.extensions import db
from app.jobs.leasing import JOBS
from app.models import Job
from app.operations import backups, setup
from tests.migrations.going_back import go_back_before

JOB = """INSERT INTO job (id, kind, task, state, total, done, report, actor_name, created_at, leased_until, worker,
last_error)
VALUES (:id, 'bulk:mark_paid', '{}', 'running', 3, 1, '{}', 'Femke', '2026-11-01 09:00:00', :until, '', '')"""


@pytest.mark.each_database
def test_jobs_of_before_are_done_in_their_turn(app: Flask) -> None:
    with app.app_context():
        go_back_before("0019")
        db.session.execute(text(JOB), {"id": 1, "until": "2026-11-01 10:00:00"})
        db.session.execute(text(JOB), {"id": 2, "until": None})
        db.session.commit()
        setup.upgrade()

        rows = db.session.execute(select(Job.id, Job.due_at, Job.attempts, Job.done).order_by(Job.id)).all()
        assert [(id, due.hour, attempts, done) for id, due, attempts, done in rows] == [(1, 10, 0, 1), (2, 9, 0, 1)]
        assert [JOBS.claim("worker")[0].id for _ in range(2)] == [2, 1]
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()
