"""Every report adds up, to the cent, to what the journal and the VAT export say of the same days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, select, update

from app.actions.credit_notes import credit_order
from app.columns import at, now
from app.exports import journal, vat_summary
from app.exports.figures import REPORTS, FigureScope, lay_out
from app.exports.figures.declaration import EarlierDay
from app.exports.figures.spans import Span
from app.exports.figures.vat import add_up_vat
from app.extensions import db
from app.history import SYSTEM
from app.models import Order
from app.queries import shop
from app.queries.periods import Period
from tests.factories import placed_order
from tests.whole.walked_shop import arrange

#: Which measures of a report are net, VAT and gross.
NET_TAX_GROSS = {
    **dict.fromkeys(("sales", "customers", "payment_methods", "shipping_methods", "channels"), (3, 4, 5)),
    "vat": (1, 2, 3),
    "products": (4, 5, 6),
}
#: And which is what credit notes took back, net.
CREDITED = {name: 3 if name == "products" else 2 for name in NET_TAX_GROSS if name != "vat"}


def sums_of_journal(period: Period) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for row in journal(period):
        currency, net, tax, amount = row[7], row[10], row[11], row[12]
        if row[1] in ("invoice", "credit_note"):
            found = sums[str(currency)]
            sums[str(currency)] = [a + b for a, b in zip(found, (net, tax, amount), strict=True)]  # type: ignore[operator]
    return {currency: tuple(found) for currency, found in sums.items()}  # type: ignore[misc]


def sums_of_credit_notes(asked: FigureScope, told: Iterable[str]) -> dict[str, Decimal]:
    sums = dict.fromkeys(told, Decimal(0))
    for row in journal(asked.period):
        if row[1] == "credit_note":
            sums[str(row[7])] += row[10]  # type: ignore[operator]
    return sums


@pytest.mark.each_database
def test_each_report_comes_to_what_the_books_say(database: None) -> None:
    arrange(Random(5))
    invoiced = select(Order).where(Order.invoiced > 0, Order.credited == 0, Order.cancelled_at.is_(None))
    for order in db.session.scalars(invoiced.order_by(Order.id).limit(3)).all():
        credit_order(order, by=SYSTEM)
    db.session.flush()
    db.session.execute(update(Order).values(is_demo=False))
    zone = shop().time_zone
    today = now().date()
    for since, until, step in ((today - timedelta(days=40), today + timedelta(days=1), "day"), (today, today, "week")):
        asked = FigureScope(Span(since, until), zone, step)
        told = sums_of_journal(asked.period)
        credited = sums_of_credit_notes(asked, told)
        assert told or since == until
        assert any(credited.values()) or since == until
        for name, places in NET_TAX_GROSS.items():
            blocks = lay_out(REPORTS[name], asked)
            found = {one.currency: tuple(one.total.cells[place].value for place in places) for one in blocks}
            assert found == told, name
            for block in blocks:
                for place in places:
                    assert sum(line.cells[place].value for line in block.lines) == block.total.cells[place].value  # type: ignore[misc]
            if name in CREDITED:
                assert {one.currency: one.total.cells[CREDITED[name]].value for one in blocks} == credited, name
        by_rate: dict[Any, list[Any]] = defaultdict(lambda: [0, 0, 0])
        for key, (count, row) in add_up_vat(asked).items():
            one = by_rate[key.country, key.currency, key.name, key.rate]
            by_rate[key.country, key.currency, key.name, key.rate] = [
                one[0] + row.base,
                one[1] + row.tax,
                one[2] + count,
            ]
        said = [tuple(row) for row in vat_summary(asked.period)]
        assert [(*key[:3], Decimal(key[3]) if key[3] else None, *by_rate[key]) for key in sorted(by_rate)] == said


def issue_in(currency: str, day: date) -> None:
    with at(datetime.combine(day, time(12), UTC)):
        placed_order(currency=currency)
        db.session.flush()


def lines_of(report: str, asked: FigureScope, compared: FigureScope) -> dict[str, list[tuple[Any, Any]]]:
    """Currency -> name and amount before of what is told."""
    return {
        block.currency: [(line.names[0], line.before) for line in block.told]
        for block in lay_out(REPORTS[report], asked, compared)
    }


def test_rows_have_the_days_asked_for_also_where_only_those_before_have_sales(database: None) -> None:
    """A day that only those before have comes last, and says so."""
    issue_in("JPY", date(2026, 11, 1))
    issue_in("EUR", date(2026, 10, 31))
    issue_in("EUR", date(2026, 11, 3))
    november = FigureScope(Span(date(2026, 11, 1), date(2026, 11, 30)), "UTC", "day")
    december = FigureScope(Span(date(2026, 12, 1), date(2026, 12, 1)), "UTC", "day")
    compared = FigureScope(Span(date(2026, 11, 1), date(2026, 11, 1)), "UTC", "day")
    assert lines_of("sales", december, compared) == {"JPY": [(date(2026, 12, 1), Decimal("55.75"))]}
    months = [replace(one, step="month") for one in (december, compared)]
    (block,) = lay_out(REPORTS["sales"], *months)
    assert [line.names for line in block.lines] == [(date(2026, 12, 1), date(2026, 12, 1))]
    october = FigureScope(Span(date(2026, 10, 1), date(2026, 10, 31)), "UTC", "day")
    told = lines_of("sales", november, october)
    assert told == {
        "EUR": [(date(2026, 11, 3), Decimal(0)), (EarlierDay(2026, 10, 31), Decimal("55.99"))],
        "JPY": [(date(2026, 11, 1), Decimal(0))],
    }
    assert [type(name) for name, _before in told["EUR"]] == [date, EarlierDay]
    for one in lay_out(REPORTS["sales"], november, october):
        assert sum(line.before or 0 for line in one.lines) == one.total.before
        assert len(one.lines) == (31 if one.currency == "EUR" else 30)


def test_every_report_tells_of_what_only_one_side_has(database: None) -> None:
    """Whichever side is empty: the same rows, the same names, and the amount where it belongs."""
    issue_in("JPY", date(2026, 11, 1))
    full, empty = (FigureScope(Span(day, day), "UTC", "day") for day in (date(2026, 11, 1), date(2026, 12, 1)))
    for name, report in REPORTS.items():
        if report.has_days and name != "returns":
            (now,), (before,) = lay_out(report, full, empty), lay_out(report, empty, full)
            assert [line.before for line in before.lines] == [line.shown for line in now.lines], name
            assert {line.before for line in now.lines} == {line.shown for line in before.lines} == {Decimal(0)}, name
            if not report.is_timeline:
                assert [line.names for line in before.lines] == [line.names for line in now.lines], name


def test_documents_are_found_by_their_days(database: None) -> None:
    """Whatever the days: no report reads the documents of others, nor a document for what the index holds."""
    asked = FigureScope(Span(date(2026, 11, 2), date(2026, 11, 3)), "Europe/Amsterdam", "day")
    asked_for: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        asked_for.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for name in REPORTS:
            if name != "stock":  # which tells of all products
                lay_out(REPORTS[name], asked)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    plans = []
    for statement, parameters in asked_for:
        explained = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans += [str(row[3]) for row in explained]
    growing = ("invoice", "invoice_line", "orders", "order_line", "goods_return", "return_line")
    assert [plan for plan in plans if plan.startswith(tuple(f"SCAN {table}" for table in growing))] == []
    covered = "SEARCH invoice USING COVERING INDEX ix_invoice_figures (issued_at>? AND issued_at<?)"
    assert plans.count(covered) >= len(NET_TAX_GROSS)
