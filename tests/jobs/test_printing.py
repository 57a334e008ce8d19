"""One PDF of many orders as a job: in parts, put together, and thrown away after a week."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from app import jobs
from app.columns import now
from app.extensions import db
from app.history import person
from app.jobs import printing
from app.models import InvoiceMoment, Job, JobState, OutgoingMail, Print, StoredFile
from app.queries import shop
from tests.arrange import work_off
from tests.clients import somebody
from tests.factories import placed_order


def begun(kind: str, numbers: list[str]) -> int:
    return jobs.start(kind, numbers, by=person(somebody("reader")), how={}, language="en", once="").id


@pytest.mark.each_database
def test_invoices_of_all_orders_in_one_pdf_in_order(app: Flask, in_app, monkeypatch):
    monkeypatch.setattr(printing, "STEP", 2)
    with in_app():
        numbers = [placed_order().number for _ in range(5)]
        job_id = begun("print_invoices", numbers)
        mails = len(db.session.scalars(select(OutgoingMail)).all())

    work_off(app)

    with in_app():
        job = db.session.get_one(Job, job_id)
        assert (job.state, job.done, job.report["parts"]) == (JobState.DONE, 5, [])
        (file,) = db.session.scalars(select(StoredFile))
        assert job.report["file"] == file.id
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(file.content)).pages]
        assert [f"INV0000{n}" in page for n, page in enumerate(pages, start=1)] == [True] * 5
        assert len(db.session.scalars(select(Print)).all()) == 5
        assert len(db.session.scalars(select(OutgoingMail)).all()) == mails


def test_a_print_goes_on_where_another_worker_stopped(app: Flask, in_app, monkeypatch):
    monkeypatch.setattr(printing, "STEP", 1)
    with in_app():
        job_id = begun("print_invoices", [placed_order().number for _ in range(3)])
    with app.app_context():
        jobs.work_on_jobs("stops", seconds=0)
    with in_app():
        assert len(db.session.get_one(Job, job_id).report["parts"]) == 1

    work_off(app, "goes on")

    with in_app():
        (file,) = db.session.scalars(select(StoredFile))
        assert len(PdfReader(io.BytesIO(file.content)).pages) == 3


def test_nothing_to_print_makes_no_file(app: Flask, in_app):
    with in_app():
        shop().invoice_moment = InvoiceMoment.MANUAL
        job_id = begun("print_invoices", [placed_order().number])

    work_off(app)

    with in_app():
        assert db.session.get_one(Job, job_id).report["file"] is None
        assert not db.session.scalars(select(StoredFile)).all()


def test_the_pdf_is_thrown_away_after_a_week(app: Flask, in_app):
    with in_app():
        job_id = begun("print_invoices", [placed_order().number])
    work_off(app)

    with in_app():
        jobs.purge()
        assert db.session.get_one(Job, job_id).report["file"]
        db.session.get_one(Job, job_id).finished_at = now() - timedelta(days=8)
        jobs.purge()

    with in_app():
        assert db.session.get_one(Job, job_id).report["file"] is None
        assert not db.session.scalars(select(StoredFile)).all()
