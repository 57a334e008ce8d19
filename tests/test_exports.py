"""Data taken out: whole, exact, safe for spreadsheets, for the right days; and a journal that closes with the books."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from app.actions.credit_notes import credit_order
from app.actions.payments import mark_paid
from app.exports import EXPORTS, as_csv, journal, vat_summary
from app.exports.files import cell_text, harmless
from app.extensions import db
from app.history import SYSTEM
from app.models import History, Invoice, MarginScheme, Product
from app.queries.periods import Period
from tests.clients import Client
from tests.factories import address, line, placed_order

EVER = Period(None, None, "Europe/Amsterdam")


def read(content: bytes, separator: str = ";") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=separator))


@pytest.mark.parametrize("name", EXPORTS)
def test_each_export_is_a_csv_and_an_xlsx_of_the_same_rows(client: Client, in_app: Any, name: str) -> None:
    with in_app():
        mark_paid(placed_order(), by=SYSTEM)
        used = Product(sku="USED", name="Camera", margin_scheme=MarginScheme.GOODS, purchase_price=Decimal(60))
        db.session.add(used)
        db.session.flush()
        camera = line("Camera", quantity="1", unit_price="67.75", rate="0", sku="USED")
        placed_order(lines=[camera], tax_total=Decimal(0))

    as_read = read(client.get(f"/admin/reports/{name}?file=csv&separator=;&decimal=,").data)
    sheet = load_workbook(io.BytesIO(client.get(f"/admin/reports/{name}?file=xlsx").data)).active

    header, *rows = list(sheet.iter_rows(values_only=True))
    assert list(header) == list(EXPORTS[name].columns)
    assert len(rows) == len(as_read) > 0
    assert list(as_read[0]) == list(header)


def test_numbers_have_the_decimal_sign_that_was_asked_for(client: Client, in_app: Any) -> None:
    with in_app():
        placed_order()

    comma = read(client.get("/admin/reports/orders?file=csv&separator=;&decimal=,").data)
    point = read(client.get("/admin/reports/orders?file=csv&separator=,&decimal=.").data, ",")

    assert (comma[0]["total"], point[0]["total"]) == ("67,75", "67.75")


def test_the_mark_comes_first_and_accents_survive(client: Client, in_app: Any) -> None:
    with in_app():
        placed_order(billing=address(name="Zoë Ångström"), shipping=address())

    content = client.get("/admin/reports/orders?file=csv&separator=;&decimal=,").data
    assert content.startswith(b"\xef\xbb\xbf")
    assert "Zoë Ångström" in content.decode("utf-8-sig")


@pytest.mark.parametrize(
    "evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", "＋1", "－1", "﹦1", "＠A1", "−1", " =1", "\u200b=1"]
)
def test_no_text_runs_as_a_formula(client: Client, in_app: Any, evil: str) -> None:
    with in_app():
        placed_order(lines=[line(f"{evil} mug", quantity="1", unit_price="1")], total=Decimal(1), customer_note=evil)

    assert harmless(evil) == f"'{evil}"
    (row,) = read(client.get("/admin/reports/lines?file=csv&separator=;&decimal=,").data)
    assert row["name"].startswith("'")
    sheet = load_workbook(io.BytesIO(client.get("/admin/reports/lines?file=xlsx").data)).active
    assert all(cell.data_type != "f" for cells in sheet.iter_rows() for cell in cells)


@pytest.mark.parametrize("number", ["+380 99 000-00-00", "+31 6 12345678", "+1 (555) 010.9999"])
def test_a_phone_number_stays_as_it_is(number: str) -> None:
    assert harmless(number) == number


RUNS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"]
RUNS += ["＝1+1", "＋1", "－1", "﹦1", "＠A1", "−1", " =1", "\u200b=1"]  # elsewhere, or to the eye


@pytest.mark.parametrize("evil", RUNS)
def test_what_only_looks_like_a_phone_number_is_no_exception(evil: str) -> None:
    assert harmless(evil) == f"'{evil}"


def test_a_negative_amount_is_a_number_and_no_formula() -> None:
    assert cell_text(Decimal("-12.5"), ",", EVER.start_of(date(2026, 1, 1)).tzinfo) == "-12,5"  # type: ignore[arg-type]


@pytest.mark.usefixtures("database")
def test_a_period_is_of_the_shops_own_days() -> None:
    night = datetime(2026, 3, 14, 23, 30, tzinfo=UTC)  # half past midnight of the 15th in Amsterdam
    number = placed_order(placed_at=night).number

    def in_period(day: date) -> list[str]:
        return [row[0] for row in EXPORTS["orders"].rows(Period(day, day, "Europe/Amsterdam"), [])]

    assert (in_period(date(2026, 3, 14)), in_period(date(2026, 3, 15))) == ([], [number])


@pytest.mark.usefixtures("database")
def test_chunks_leave_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.exports.tables.CHUNK", 3)
    monkeypatch.setattr("app.exports.bookkeeping.ROWS_AT_ONCE", 3)
    numbers = [placed_order().number for _ in range(8)]

    assert [row[0] for row in EXPORTS["orders"].rows(EVER, [])] == numbers
    assert len({row[3] for row in journal(EVER)}) == 8


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
def test_the_journal_and_the_vat_close_with_the_documents() -> None:
    mixed = [line("Book", quantity="2", unit_price="10.90", rate="9"), line("Mug", quantity="3", unit_price="12.10")]
    order = placed_order(lines=mixed, total=Decimal("58.10"), tax_total=None)
    mark_paid(order, by=SYSTEM)
    credit_order(order, by=SYSTEM)
    placed_order()
    db.session.flush()

    rows = list(journal(EVER))
    documents = [row for row in rows if row[1] in ("invoice", "credit_note")]
    total = db.session.scalar(select(func.sum(Invoice.total)))
    assert sum(row[12] for row in documents) == total == Decimal("67.75")
    assert sum(row[10] for row in documents) + sum(row[11] for row in documents) == total
    assert [(row[1], row[12]) for row in rows if row[1] == "payment"] == [("payment", Decimal("58.10"))]
    assert {row[3]: (row[4], row[5]) for row in vat_summary(EVER)} == {
        Decimal(9): (Decimal(0), Decimal(0)),
        Decimal(21): (Decimal("55.99"), Decimal("11.76")),
    }


def test_the_filter_of_the_order_list_narrows_the_export(client: Client, in_app: Any) -> None:
    with in_app():
        paid = placed_order()
        mark_paid(paid, by=SYSTEM)
        number = paid.number
        placed_order()

    found = read(client.get("/admin/reports/orders?file=csv&separator=;&decimal=,&list=payment%3Dpaid").data)
    assert [row["number"] for row in found] == [number]


def test_who_takes_out_what_is_a_right_and_in_history(
    client: Client, signed_in_as: Callable[[str], Client], in_app: Any
) -> None:
    assert signed_in_as("office").get("/admin/reports/orders?file=csv&separator=;&decimal=,").status_code == 403
    client.get("/admin/reports/orders?file=csv&separator=;&decimal=,")
    with in_app():
        told = db.session.scalars(select(History).where(History.what == "data_exported")).one()
        assert (told.actor_name, told.facts["text"]) == ("Owner", "Orders")


@pytest.mark.parametrize(
    "query", ["file=csv&separator=,&decimal=,", "since=2026-02-02&until=2026-02-01", "file=doc", "since=today"]
)
def test_what_makes_no_sense_is_said_and_nothing_is_taken_out(client: Client, query: str) -> None:
    assert client.get(f"/admin/reports/orders?{query}").status_code == 303


def test_a_csv_is_written_while_it_is_read() -> None:
    read_so_far = []

    def rows() -> Any:
        for number in range(10_000):
            read_so_far.append(number)
            yield (number,)

    pieces = as_csv(("n",), rows(), separator=";", decimal=",", time_zone="UTC")
    next(pieces)
    next(pieces)
    assert len(read_so_far) < 1000
