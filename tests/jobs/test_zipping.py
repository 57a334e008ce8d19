"""One ZIP of the documents of many orders: each as PDF and XML, and a list that tells their digests and links."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select

from app import jobs, queries
from app.actions.credit_notes import create_credit_note
from app.admin_views import reports
from app.extensions import db
from app.history import SYSTEM, person
from app.jobs import printing
from app.jobs.zipping import LIST, LIST_COLUMNS, SEAL, zip_documents
from app.models import Invoice, Job, JobKind, Role, StoredFile
from app.operations.sealing import seal_all
from app.queries.periods import Period
from app.queries.records import last_seal
from tests.arrange import work_off
from tests.clients import somebody
from tests.einvoices.random_orders import invoice_of_a_business
from tests.factories import placed_order


def begun(numbers: list[str], **how: str) -> int:
    by = person(somebody("reader"))
    return jobs.start(JobKind.ZIP_INVOICES, numbers, by=by, how=how, language="en", once="").id


def made(job_id: int) -> ZipFile:
    file = db.session.get_one(StoredFile, db.session.get_one(Job, job_id).report["file"])
    assert (file.name, file.media_type) == (f"zip_invoices-{job_id}.zip", "application/zip")
    return ZipFile(io.BytesIO(file.content))


def rows_of(whole: ZipFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(whole.read(LIST).decode("utf-8-sig"))))


@pytest.mark.each_database
def test_every_document_is_in_it_and_in_its_list(app: Flask, in_app, monkeypatch):
    """In parts of one order each; of a consumer there is the PDF alone, and the list says why."""
    monkeypatch.setattr(printing, "STEP", 1)
    with in_app():
        consumer = placed_order()
        credit = create_credit_note(consumer.invoices[0], by=SYSTEM, everything=True, kept=True)
        business = invoice_of_a_business()
        names = [business.number, consumer.invoices[0].number, credit.number]
        numbers = [business.order.number, consumer.number]
    with app.app_context():
        seal_all()
    with in_app():
        job_id = begun(numbers)
        seal = str(last_seal())

    work_off(app)

    with in_app(), made(job_id) as whole:
        assert whole.testzip() is None
        files = [
            f"{names[0]}.pdf",
            f"{names[0]}-ubl.xml",
            f"{names[0]}-cii.xml",
            *[f"{name}.pdf" for name in names[1:]],
        ]
        assert sorted(whole.namelist()) == sorted([*files, LIST, SEAL])
        assert whole.read(SEAL).decode().split() == [seal, seal]
        rows = rows_of(whole)
        assert list(rows[0]) == list(LIST_COLUMNS)
        assert [row["number"] for row in rows] == [name for name in names for _file in range(3)]
        for row in rows:
            if row["not_made"]:
                assert row["sha256"] == ""
                assert row["file"] not in files
                assert "can’t be an e-invoice" in row["not_made"]
            else:
                assert row["sha256"] == sha256(whole.read(row["file"])).hexdigest()
            assert row["sealed_in"] == seal.split("-")[0]
        assert len([row for row in rows if row["not_made"]]) == 4
        stored = db.session.scalars(select(Invoice).order_by(Invoice.id)).all()
        assert {row["number"]: row["amount"] for row in rows} == {one.number: f"{one.total:.2f}" for one in stored}


def test_of_some_days_nothing_of_others_is_in_it(app: Flask, in_app):
    with in_app():
        number, today = placed_order().number, queries.today()
        before = today - timedelta(days=1)

        assert zip_documents([number], {"until": before.isoformat()}) is None
        assert zip_documents([number], {"since": today.isoformat(), "until": today.isoformat()}) is not None
        assert jobs.orders_in(Period(today, today, "Europe/Amsterdam")) == [number]
        assert jobs.orders_in(Period(None, before, "Europe/Amsterdam")) == []


def test_the_same_documents_make_the_same_file(app: Flask, in_app):
    with in_app():
        numbers = [placed_order().number]
        assert jobs.collect_at_once(JobKind.ZIP_INVOICES, numbers) == jobs.collect_at_once(
            JobKind.ZIP_INVOICES, numbers
        )


def test_the_page_of_exports_makes_one_of_a_month(app: Flask, client, in_app, signed_in_as):
    with in_app():
        queries.shop().vat_id = "NL853746333B01"
        number, today = placed_order().number, queries.today()
    page = client.get("/admin/reports/").text
    assert f'name="zip-until" type="date" value="{today.replace(day=1) - timedelta(days=1)}"' in page

    asked = [{"zip-since": since, "zip-until": "2020-01-31"} for since in ("2020-01-01", "2020-02-01")]
    empty, wrong = (client.post("/admin/reports/documents", data=days, follow_redirects=True).text for days in asked)
    days = {"zip-since": today.isoformat(), "zip-until": today.isoformat()}
    path = client.post("/admin/reports/documents", data=days).location
    work_off(app)

    assert "There are no invoices of these days." in empty
    assert "This day is before the first one." in wrong
    assert "Download ZIP" in client.get(path).text
    answer = client.get(f"{path}/file")
    assert answer.mimetype == "application/zip"
    whole = ZipFile(io.BytesIO(answer.data))
    assert [row["order_number"] for row in rows_of(whole)] == [number] * 3
    ledger = list(csv.DictReader(io.StringIO(whole.read("ledger.csv").decode("utf-8-sig"))))
    assert sum(Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0) for row in ledger) == 0 < len(ledger)
    assert {row["order_number"] for row in ledger} == {number}
    assert {"vat.csv", f"auditfile-{today}-{today}.xaf"} <= set(whole.namelist())
    assert signed_in_as("reader").get(f"{path}/file").status_code == 403
    with in_app():
        db.session.add(Role(name="invoices", permissions=["exports.invoices", "orders"]))
    by_invoices = signed_in_as("invoices")
    path = by_invoices.post("/admin/reports/documents", data=days).location
    work_off(app)
    names = ZipFile(io.BytesIO(by_invoices.get(f"{path}/file").data)).namelist()
    assert {name for name in names if "-" not in name and not name.startswith("INV")} == {LIST, SEAL}
    assert signed_in_as("reader").post("/admin/reports/documents").status_code == 403


def test_a_zip_that_would_hold_too_much_asks_for_fewer_days(client, in_app, monkeypatch):
    monkeypatch.setattr(reports, "ORDERS_IN_ZIP", 1)
    with in_app():
        placed_order()
        placed_order()

    page = client.post("/admin/reports/documents", follow_redirects=True).text

    assert "These days have invoices of 2 orders; a ZIP takes 1. Choose fewer days." in page
