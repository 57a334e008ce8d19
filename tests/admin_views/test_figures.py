"""The pages of reports: the same figures on screen and in the files, days that can be, and few statements."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from app.admin_views import figures
from app.admin_views.bars import find_ticks
from app.columns import at
from app.exports.figures import REPORTS
from app.extensions import db
from app.queries import today
from tests.clients import Client
from tests.factories import placed_order

PAGE = "/admin/figures/"


def test_page_and_files_have_the_same_figures_in_few_statements(
    client: Client, in_app: Any, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = "?period=this_month&compare=before"
    assert "Nothing in these days" in client.get(f"{PAGE}sales{asked}").text
    with in_app():
        for currency in ("EUR", "EUR", "JPY"):
            placed_order(currency=currency)
        db.session.commit()
        day = today().isoformat()
    for name in REPORTS:
        page = client.get(f"{PAGE}{name}{asked}")
        assert page.status_code == 200
        table = client.get(f"{PAGE}{name}/file{asked}&file=csv")
        rows = list(csv.reader(io.StringIO(table.data.decode("utf-8-sig")), delimiter=";"))
        sheet = load_workbook(io.BytesIO(client.get(f"{PAGE}{name}/file{asked}&file=xlsx").data)).active
        assert sheet is not None
        assert [len(rows[0])] * len(rows) == [len(row) for row in rows]
        assert len(list(sheet.rows)) == len(rows)
        for written, row in zip(list(sheet.values)[1:], rows[1:], strict=True):
            for one, other in zip(written, row, strict=True):
                number = isinstance(one, int | float)
                assert not number or round(Decimal(str(one)), 6) == Decimal(other.replace(",", "."))
    (row,) = [
        row
        for row in csv.reader(io.StringIO(client.get(f"{PAGE}sales/file?file=csv").text), delimiter=";")
        if row[:2] == ["EUR", day]
    ]
    assert row[2:] == ["2", "111,98", "0,00", "111,98", "23,52", "135,50", "67,75"]
    page = client.get(f"{PAGE}sales").text
    assert page.count("€135.50") == 2, "its day and the total"
    del statements[:]
    client.get(f"{PAGE}products{asked}")
    few = len(statements)
    with in_app():
        for _at in range(10):
            placed_order()
    del statements[:]
    client.get(f"{PAGE}products{asked}")
    assert len(statements) == few <= 16
    monkeypatch.setattr(figures, "MOST_DOCUMENTS", 5)
    refused = client.get(f"{PAGE}products{asked}").text
    assert "more than 5 invoices" in refused
    assert "<table" not in refused


def test_days_that_only_those_before_have_are_marked_and_cut_alike(client: Client, in_app: Any) -> None:
    with in_app(), at(datetime(2024, 4, 8, 12, tzinfo=UTC)):
        placed_order()
        db.session.commit()
    asked = "?period=days&since=2025-01-01&until=2025-04-08&compare=year&step=day"  # 98 days, beside 99 with a 29 Feb
    rows = list(csv.reader(io.StringIO(client.get(f"{PAGE}sales/file{asked}&file=csv").text), delimiter=";"))
    assert [row[1] for row in rows] == ["Day", "8 Apr 2024 (before)", "Total"]
    assert "8 Apr 2024 (before)" in client.get(f"{PAGE}sales{asked}").text


def test_days_that_cannot_be_are_said_and_nobody_else_looks(client: Client, signed_in_as: Any) -> None:
    for wrong, said in (
        ("period=days", "Enter both days."),
        ("period=days&since=2026-02-02&until=2026-02-01", "before the first one"),
        ("period=days&since=2000-02-02&until=2026-02-01", "At most 3660 days."),
        ("period=days&since=0001-01-01&until=0001-01-02", "Choose days of these years."),
        ("period=nonsense", "Not a valid choice"),
    ):
        assert said in client.get(f"{PAGE}sales?{wrong}").text
        assert client.get(f"{PAGE}sales/file?{wrong}").status_code == 400
    assert client.get(PAGE).location.endswith("/figures/sales")
    packer = signed_in_as("packer")
    assert packer.get(f"{PAGE}sales").status_code == 403
    assert "/admin/figures" not in packer.get("/admin/order/").text


def test_an_axis_has_round_numbers_around_all_bars() -> None:
    for low, high in ((0, 1), (0, 99), (-30, 7), (0, Decimal("0.03")), (-5, 0), (0, 123456)):
        ticks = find_ticks(Decimal(low), Decimal(high))
        assert ticks[0] <= low
        assert ticks[-1] >= high
        assert 0 in ticks
        assert 2 <= len(ticks) <= 7
