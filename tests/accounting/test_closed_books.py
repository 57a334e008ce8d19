"""Closed books: by no way is anything dated into their days, and what is in them stays; reopening takes that back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm.attributes import set_committed_value

from app import queries
from app.accounting.closed_books import day_in_shop
from app.actions.bank_files import take_in_statement
from app.actions.bank_lines import PartOfLine, book_line, set_line_aside, take_line_up_again, undo_booking
from app.actions.closing_books import close_books, reopen_books
from app.actions.elsewhere import invoice_here, set_invoiced_elsewhere
from app.actions.invoices import change_invoice
from app.actions.payments import enter_payment, enter_refund, mark_paid
from app.columns import at
from app.errors import ActionRefused
from app.exports.double_entry import make_entries
from app.extensions import db
from app.history import SYSTEM
from app.models import (
    ClosedPeriod,
    History,
    InvoiceMoment,
    Order,
    Payment,
    Purpose,
    Role,
    SecurityEvent,
    SetAside,
    Shop,
    StatementLine,
)
from app.operations.sealing import seal_all
from app.queries.periods import Period
from app.queries.records import last_seal
from tests.admin_views.settings.saving import saved
from tests.clients import Client
from tests.factories import paid_order, placed_order
from tests.statements.written import STRIPE_REPORT, Movement, write_camt

DAY = date(2026, 11, 5)  # of the bank's lines
TOTAL = Decimal("67.75")


def ever() -> Period:
    return Period(None, DAY + timedelta(days=10), queries.shop().time_zone)


def said() -> list[Any]:
    return [
        (entry.day, entry.document, one.account.number, one.amount)
        for entry in make_entries(ever())
        for one in entry.postings
    ]


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(ActionRefused) as no, db.session.begin_nested():
        act()
    return str(no.value)


def late_asides() -> list[SetAside | None]:
    """Why those were set aside that the last file told of, payments left out."""
    last = select(StatementLine).where(StatementLine.purpose != Purpose.PAYMENT).order_by(StatementLine.id.desc())
    return [one.aside for one in db.session.scalars(last.limit(1))]


def on(day: date) -> datetime:
    return Period(None, None, queries.shop().time_zone).start_of(day) + timedelta(hours=12)


def test_nothing_is_dated_into_closed_days_and_what_is_in_them_stays(app: Flask, in_app: Any) -> None:
    with in_app():
        queries.shop().currency = "EUR"
        with at(on(DAY)):
            early, wrong = placed_order(), placed_order()
            mark_paid(early, by=SYSTEM)
        unpaid = placed_order()
        queries.shop().invoice_moment = InvoiceMoment.MANUAL
        ours, elsewhere = paid_order(), paid_order()
        set_invoiced_elsewhere(elsewhere, by=SYSTEM)
        queries.shop().invoice_moment = InvoiceMoment.DIRECT
        mistaken = Movement("30.00", "?", reference="R2")
        fee, payout = Movement("-3.50", "Costs", reference="F1"), Movement("66.09", "Mollie 77.01", reference="P1")
        take_in_statement(
            "bank.xml", write_camt((Movement("67.75", "?", reference="R1"), mistaken, fee, payout)), by=SYSTEM
        )
        stripe = STRIPE_REPORT.replace(b"67.75", b"68.75").replace(b"65.25", b"66.25").replace(b"-03,", b"-05,")
        take_in_statement("stripe.csv", stripe, by=SYSTEM)
        lines = {line.amount: line.id for line in db.session.scalars(select(StatementLine))}
        set_line_aside(lines[Decimal("-3.50")], by=SYSTEM, why=SetAside.FEE)
        book_line(lines[Decimal(30)], [PartOfLine(wrong.number, Decimal(30))], by=SYSTEM, notify=False)
        ids = early.id, unpaid.id, ours.id, elsewhere.id
        assert "Only days that are over" in refused(lambda: close_books(queries.today(), by=SYSTEM))
        with at(on(DAY + timedelta(days=1)) - timedelta(hours=11, minutes=55)):
            assert "from ten past midnight on" in refused(lambda: close_books(DAY, by=SYSTEM))
        assert "still sealing" in refused(lambda: close_books(DAY, by=SYSTEM))
    with app.app_context():
        seal_all()
    with in_app():
        closed, seal = close_books(DAY, by=SYSTEM), str(last_seal())
        assert (closed.until, closed.seal, queries.shop().books_closed_until) == (DAY, seal, DAY)
        assert "closed until 5 November 2026 already" in refused(lambda: close_books(DAY, by=SYSTEM))
        before = said()

        early, unpaid, ours, elsewhere = (db.session.get_one(Order, id) for id in ids)
        part = [PartOfLine(unpaid.number, TOTAL)]
        tries: dict[str, Callable[[], object]] = {
            "payment": lambda: enter_payment(unpaid, by=SYSTEM, amount=TOTAL, paid_at=on(DAY)),
            "refund": lambda: enter_refund(early, by=SYSTEM, amount=TOTAL, paid_at=on(DAY)),
            "bank line": lambda: book_line(lines[TOTAL], part, by=SYSTEM, notify=False),
            "payout": lambda: set_line_aside(lines[Decimal("66.09")], by=SYSTEM, why=SetAside.PAYOUT),
            "fee of what a shop told": lambda: set_line_aside(lines[Decimal("68.75")], by=SYSTEM),
            "fee": lambda: take_line_up_again(lines[Decimal("-3.50")], by=SYSTEM),
            "row": lambda: db.session.add(Payment(order=unpaid, amount=TOTAL, entered_by="", paid_at=on(DAY))),
        }
        sentence = "The books are closed until 5 November 2026: nothing can be dated 5 November 2026."
        assert {name: refused(act)[: len(sentence)] for name, act in tries.items()} == dict.fromkeys(tries, sentence)
        with at(on(DAY)):
            assert "nothing can be dated" in refused(lambda: mark_paid(unpaid, by=SYSTEM))
        db.session.expire_all()
        assert "It was paid on 14 March 2026" in set_invoiced_elsewhere.why_not(ours)
        assert "It was paid on 14 March 2026" in invoice_here.why_not(elsewhere)
        set_line_aside(lines[TOTAL], by=SYSTEM)  # for no order: it is in no books

        enter_payment(unpaid, by=SYSTEM, amount=TOTAL, paid_at=on(DAY + timedelta(days=1)))
        late = paid_order()  # its shop says that it was paid in March
        assert [day_in_shop(one.paid_at) for one in late.payments] == [DAY + timedelta(days=1)]
        take_in_statement("more.xml", write_camt([Movement("-1.20", "More costs", reference="F2")]), by=SYSTEM)
        undo_booking(lines[Decimal(30)], by=SYSTEM)
        (put_right,) = book_line(lines[Decimal(30)], [PartOfLine(late.number, Decimal(30))], by=SYSTEM, notify=False)
        assert day_in_shop(put_right.paid_at) == queries.today()
        change_invoice(early.invoices[0], by=SYSTEM, paid=False, delivery_time="")
        assert [row for row in said() if row[0] <= DAY] == before

        assert "Say why" in refused(lambda: reopen_books(by=SYSTEM, reason=" "))
        reopen_books(by=SYSTEM, reason="Bank line forgotten")
        assert queries.shop().books_closed_until is None
        take_line_up_again(lines[TOTAL], by=SYSTEM)
        assert "not closed" in refused(lambda: reopen_books(by=SYSTEM, reason="Again"))
        told = [one.facts for one in db.session.scalars(select(History).where(History.what.like("books%")))]
        assert [one.get("number") or one.get("reason") for one in told] == [seal, "Bank line forgotten"]

        ways: dict[str, Callable[[], object]] = {
            "a shop tells": lambda: [day_in_shop(one.paid_at) for one in paid_order().payments],
            "a file of the bank": lambda: (
                take_in_statement("last.csv", stripe.replace(b"po_1", b"po_2"), by=SYSTEM) and late_asides()
            ),
            "elsewhere": lambda: refused(lambda: set_invoiced_elsewhere(ours, by=SYSTEM))[:30],
            "here": lambda: refused(lambda: invoice_here(elsewhere, by=SYSTEM))[:30],
        }
        close = update(Shop).values(books_closed_until=DAY).execution_options(synchronize_session=False)
        done = {}
        for name, way in ways.items():
            set_committed_value(queries.shop(), "books_closed_until", None)  # as it was read, before somebody closed
            db.session.execute(close)
            done[name] = way()
        assert done == {
            "a shop tells": [DAY + timedelta(days=1)],
            "a file of the bank": [None],
            "elsewhere": "It was paid on 14 March 2026, ",
            "here": "It was paid on 14 March 2026, ",
        }
        kinds = list(db.session.scalars(select(SecurityEvent.kind).where(SecurityEvent.kind.like("books%"))))
        assert kinds == ["books_closed", "books_reopened"]


def test_the_page_closes_and_opens_by_right(
    app: Flask, client: Client, in_app: Any, signed_in_as: Callable[[str], Client]
) -> None:
    with in_app():
        db.session.add(Role(name="exporter", permissions=["exports"]))
        placed_order()
        day_before = queries.today() - timedelta(days=2)
    with app.app_context():
        seal_all()

    assert client.post("/admin/reports/close", data={"close-until": day_before.isoformat()}).status_code == 303
    page = client.get("/admin/reports/").text
    assert "Books closed." in page
    assert "The books are closed until" in page
    with in_app():
        closed = db.session.scalars(select(ClosedPeriod)).one()
        assert (closed.until, closed.closed_by, closed.seal) == (day_before, "Owner", str(last_seal()))
        assert closed.seal in page
    zone = {"language": "en", "time_zone": "Asia/Tokyo", "currency": "EUR"}
    assert "closed by the days of this time zone" in saved(client, "languages", zone).text
    for path in ("close", "reopen"):
        data = {"close-until": day_before.isoformat(), "reason": "x"}
        exporter = signed_in_as("exporter")
        assert [exporter.post(f"/admin/reports/{path}", data=one).status_code for one in (data, {})] == [403, 403]
    client.post("/admin/reports/reopen", data={"reason": "A bill was missing"})
    assert "A bill was missing" in client.get("/admin/reports/").text
    with in_app():
        assert queries.shop().books_closed_until is None
