"""REPORTS > Exports: the files for accountants' programs, what is missing for one, and who may have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from app import queries
from app.actions.payments import mark_paid
from app.extensions import db
from app.history import SYSTEM
from app.models import History
from tests.clients import Client
from tests.factories import placed_order

BOOKS = "/admin/reports/books?books-since=2026-01-01&books-until={until}&books-what={what}"


def asked(what: str, until: str = "2026-12-31") -> str:
    return BOOKS.format(what=what, until=until)


def test_each_file_is_made_or_says_what_is_missing(
    client: Client, in_app: Any, signed_in_as: Callable[[str], Client]
) -> None:
    with in_app():
        mark_paid(placed_order(), by=SYSTEM)
        shop = queries.shop()
        shop.country, shop.vat_id, shop.registration = "NL", "", ""

    pages = {what: client.get(asked(what), follow_redirects=True).text for what in ("xaf32", "datev", "fec")}
    assert "Enter the VAT number of your shop first" in pages["xaf32"]
    assert "Enter the numbers of adviser and client first" in pages["datev"]
    assert "Enter the SIREN of your shop first" in pages["fec"]

    with in_app():
        shop = queries.shop()
        shop.vat_id, shop.registration = "NL853746333B01", "404833048"
        shop.ledger_chart, shop.datev_adviser, shop.datev_client = "skr03", "1001", "7"
    for what in ("xaf32", "datev", "fec"):
        page = client.get(asked(what, "2027-01-31"), follow_redirects=True).text
        assert "This file is of one financial year" in page, what
    assert "At most 731 days." in client.get(asked("fec", "2029-01-31"), follow_redirects=True).text
    answers = {what: client.get(asked(what)) for what in ("xaf32", "xaf40", "datev", "fec")}
    names = [answer.headers["Content-Disposition"].partition("filename=")[2] for answer in answers.values()]
    assert names == [
        "auditfile-2026-01-01-2026-12-31.xaf",
        "auditfile-4.0-2026-01-01-2026-12-31.xaf",
        "EXTF_Buchungsstapel-2026-01-01-2026-12-31.csv",
        "404833048FEC20261231.txt",
    ]
    assert all(answer.status_code == 200 and answer.data for answer in answers.values())

    assert signed_in_as("reader").get(asked("fec")).status_code == 403
    with in_app():
        told = db.session.scalars(select(History).where(History.what == "data_exported")).all()
        assert [one.facts["text"] for one in told][-1] == "FEC (France)"
        assert len(told) == len(answers)
