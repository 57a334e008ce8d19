"""Another form of numbers: what was given stays and is known, nothing is given twice, and drawing goes on meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.actions.numbering import change_series, why_not_change_credit_note_series
from app.columns import at
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM, Actor
from app.models import Counter, DatedSeries, History, Invoice, Order, PastSeries
from app.numbering import draw, format_number
from app.operations import checks
from app.queries import shop
from tests.arrange import at_once
from tests.factories import placed_order

ANN = Actor("person", "Ann", None)


def counter_of(kind: str) -> Counter:
    query = select(Counter).where(Counter.kind == kind, Counter.series == "main")
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def past() -> list[tuple[object, ...]]:
    rows = db.session.scalars(select(PastSeries).order_by(PastSeries.id))
    return [(row.kind, row.series, row.prefix, row.digits, row.first, row.last) for row in rows]


@pytest.mark.each_database
def test_what_was_given_becomes_a_stretch_and_a_new_one_begins(database):
    placed_order()
    placed_order()

    change_series("invoice", prefix="2026-", digits=4, next=1, by=ANN)

    placed_order()
    numbers = db.session.scalars(select(Invoice.number).order_by(Invoice.id)).all()
    assert numbers == ["INV00001", "INV00002", "2026-0001"]
    assert past() == [("invoice", "main", "INV", 5, 1, 2)]
    assert (counter_of("invoice").start, counter_of("invoice").next) == (1, 2)
    assert list(checks.findings()) == []
    event = db.session.scalars(select(History).where(History.subject == "shop:1")).one()
    assert (event.facts["changes"], event.actor_name) == ({"numbers_invoice": ["INV00003", "2026-0001"]}, "Ann")


def test_before_the_first_number_only_the_counter_changes(database):
    change_series("order", prefix="WEB", digits=3, next=500, by=ANN)

    assert (past(), draw("order")) == ([], "WEB500")
    assert counter_of("order").start == 500


def test_another_prefix_goes_on_counting_when_no_number_is_named(database):
    draw("order")

    change_series("order", prefix="A-", digits=5, next=None, by=ANN)

    assert draw("order") == "A-10002"


def test_nothing_happens_when_nothing_differs(database):
    draw("order")

    change_series("order", prefix="ORD", digits=5, next=10002, by=ANN)

    assert (past(), db.session.scalars(select(History)).all()) == ([], [])


def test_numbers_that_were_skipped_on_purpose_are_no_gap(database):
    placed_order()
    change_series("invoice", prefix="INV", digits=5, next=100, by=ANN)
    placed_order()

    assert past() == [("invoice", "main", "INV", 5, 1, 1)]
    assert list(checks.findings()) == []


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"prefix": "IN/", "digits": 5, "next": None}, "prefix: at most 12 letters and digits"),
        ({"prefix": "A" * 13, "digits": 5, "next": None}, "prefix: at most 12 letters and digits"),
        ({"prefix": "Ä", "digits": 5, "next": None}, "prefix: at most 12 letters and digits"),
        ({"prefix": "INV\n", "digits": 5, "next": None}, "prefix: at most 12 letters and digits"),
        ({"prefix": "INV", "digits": 0, "next": None}, "digits: from 1 to 12."),
        ({"prefix": "INV", "digits": 5, "next": 0}, "next number: from 1 to "),
        ({"prefix": "INV", "digits": 5, "next": 2}, "next number: INV00002 was given already. Go on from 3"),
        ({"prefix": "INV", "digits": 3, "next": 1}, "next number: INV002 was given already."),
        ({"prefix": "CRN", "digits": 5, "next": 7}, "prefix: CRN00007 would be given twice."),
        ({"prefix": "D-INV", "digits": 5, "next": 1}, "prefix: D-INV00001 would be given twice."),
        ({"prefix": "INV0", "digits": 4, "next": 1}, "prefix: INV00001 would be given twice."),
    ],
)
def test_a_form_that_would_give_a_number_twice_is_refused(database, wanted, reason):
    draw("invoice")
    draw("invoice")

    with pytest.raises(ActionRefused) as no:
        change_series("invoice", **wanted, by=ANN)

    assert str(no.value).startswith(reason)
    assert (past(), draw("invoice")) == ([], "INV00003")


def test_a_prefix_of_long_ago_goes_on_where_it_stopped(database):
    draw("invoice")
    change_series("invoice", prefix="X", digits=5, next=1, by=ANN)
    draw("invoice")

    with pytest.raises(ActionRefused, match="INV00001 was given already"):
        change_series("invoice", prefix="INV", digits=5, next=1, by=ANN)
    change_series("invoice", prefix="INV", digits=5, next=2, by=ANN)

    assert draw("invoice") == "INV00002"


def test_orders_never_take_the_numbers_of_drafts(database):
    with pytest.raises(ActionRefused, match="would be given twice"):
        change_series("order", prefix="DRAFT", digits=1, next=1, by=ANN)


@pytest.mark.each_database
def test_while_some_draw_and_one_changes_the_form_no_number_is_lost_or_doubled(app, in_app):
    forms = ["A", "B", "C"]

    def act(position: int) -> list[str]:
        kept = []
        for turn in range(6):
            with app.app_context():
                if position == 0:
                    if turn < len(forms):
                        change_series("invoice", prefix=forms[turn], digits=4, next=1, by=SYSTEM)
                    db.session.commit()
                    continue
                number = draw("invoice")
                if (position + turn) % 3 == 0:
                    db.session.rollback()
                else:
                    db.session.commit()
                    kept.append(number)
        return kept

    answers = at_once(4, act)

    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    drawn = sorted(number for kept in answers for number in kept)
    with in_app():
        counter = counter_of("invoice")
        stretches = [*past(), ("", "", counter.prefix, counter.digits, counter.start, counter.next - 1)]
        known = [
            format_number(prefix, number, digits)
            for *_of, prefix, digits, first, last in stretches
            for number in range(first, last + 1)
        ]
    assert drawn == sorted(known)


def test_credit_notes_choose_their_series_until_there_is_one(database):
    assert why_not_change_credit_note_series() == ""

    (invoice,) = placed_order().invoices
    note = {"order_id": invoice.order_id, "kind": "credit_note", "number": draw("credit_note"), "currency": "EUR"}
    db.session.add(Invoice(**note, net_total=0, tax_total=0, total=0, credits_id=invoice.id, snapshot={}))
    db.session.flush()

    assert why_not_change_credit_note_series().startswith("Credit notes have been made already")


# --- prefixes that know the year ------------------------------------------------------------------------------------

#: In Amsterdam it is 2027 already, in UTC and in New York still 2026.
NEW_YEARS_EVE = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)


def invoice_numbers() -> list[str]:
    return list(db.session.scalars(select(Invoice.number).order_by(Invoice.id)))


def dated() -> list[tuple[object, ...]]:
    rows = db.session.scalars(select(DatedSeries).order_by(DatedSeries.kind, DatedSeries.prefix))
    return [(row.kind, row.prefix, row.start, row.next) for row in rows]


@pytest.mark.each_database
def test_a_series_that_knows_the_year_begins_anew_by_itself(database):
    with at(NEW_YEARS_EVE - timedelta(hours=2)):
        change_series("invoice", prefix="INV{yyyy}-", digits=4, next=1, by=ANN)
        placed_order()
        placed_order()
    with at(NEW_YEARS_EVE):
        placed_order()
    with at(NEW_YEARS_EVE + timedelta(days=40)):
        placed_order()

    assert invoice_numbers() == ["INV2026-0001", "INV2026-0002", "INV2027-0001", "INV2027-0002"]
    assert dated() == [("invoice", "INV2026-", 1, 3), ("invoice", "INV2027-", 1, 3)]
    assert list(checks.findings()) == []


def test_the_day_is_that_of_the_shops_clock(database):
    with at(NEW_YEARS_EVE):
        change_series("invoice", prefix="{yy}-", digits=3, next=1, by=ANN)
        shop().time_zone = "America/New_York"
        db.session.flush()
        placed_order()
        shop().time_zone = "Europe/Amsterdam"
        db.session.flush()
        placed_order()

    assert invoice_numbers() == ["26-001", "27-001"]


def test_an_order_of_last_year_draws_from_last_years_row(database):
    """Imports bring orders with their own days, in any order."""
    with at(NEW_YEARS_EVE + timedelta(days=3)):
        change_series("order", prefix="{yyyy}.", digits=3, next=None, by=ANN)
        for moment in (NEW_YEARS_EVE, NEW_YEARS_EVE - timedelta(hours=1), NEW_YEARS_EVE + timedelta(days=1)):
            placed_order(placed_at=moment)
        placed_order(placed_at=NEW_YEARS_EVE - timedelta(days=9))

    numbers = list(db.session.scalars(select(Order.number).order_by(Order.id)))
    assert numbers == ["2027.10001", "2026.001", "2027.10002", "2026.002"]
    assert list(checks.findings()) == []


def test_a_gap_in_a_year_is_found_in_that_year(database):
    with at(NEW_YEARS_EVE - timedelta(days=1)):
        change_series("invoice", prefix="{yyyy}-", digits=3, next=1, by=ANN)
        draw("invoice")
        placed_order()
    with at(NEW_YEARS_EVE):
        placed_order()
        draw("invoice")

    assert list(checks.findings()) == ["invoice: number 2026-001 is missing", "invoice: number 2027-002 is missing"]


def test_a_prefix_with_this_year_goes_on_as_one_that_knows_the_year(database):
    with at(NEW_YEARS_EVE - timedelta(days=1)):
        change_series("invoice", prefix="2026-", digits=4, next=1, by=ANN)
        placed_order()
        change_series("invoice", prefix="{yyyy}-", digits=4, next=None, by=ANN)
        placed_order()
    with at(NEW_YEARS_EVE):
        placed_order()

    assert invoice_numbers() == ["2026-0001", "2026-0002", "2027-0001"]
    assert past() == [("invoice", "main", "2026-", 4, 1, 1)]
    assert list(checks.findings()) == []


def test_back_to_a_plain_prefix_and_to_the_year_again_gives_nothing_twice(database):
    with at(NEW_YEARS_EVE - timedelta(days=1)):
        change_series("invoice", prefix="{yyyy}-", digits=4, next=1, by=ANN)
        placed_order()
        change_series("invoice", prefix="F", digits=4, next=1, by=ANN)
        placed_order()
    with at(NEW_YEARS_EVE):
        change_series("invoice", prefix="{yyyy}-", digits=4, next=1, by=ANN)
        placed_order()
    with at(NEW_YEARS_EVE - timedelta(days=1)):
        placed_order()

    assert invoice_numbers() == ["2026-0001", "F0001", "2027-0001", "2026-0002"]
    assert list(checks.findings()) == []


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({"prefix": "{mm}-", "digits": 5, "next": 1}, "prefix: {mm} comes again each year."),
        ({"prefix": "{year}", "digits": 5, "next": 1}, "prefix: at most 12 letters"),
        ({"prefix": "{yyyy", "digits": 5, "next": 1}, "prefix: at most 12 letters"),
        ({"prefix": "INVOICE{yyyy}{mm}", "digits": 5, "next": 1}, "prefix: at most 12 letters"),
        ({"prefix": "{yyyy}-", "digits": 5, "next": 1}, "prefix: 2031-00001 would be given twice."),
        ({"prefix": "{yyyy}{mm}", "digits": 5, "next": 1}, ""),
    ],
)
def test_a_pattern_that_would_give_a_number_twice_in_some_year_is_refused(database, wanted, reason):
    change_series("credit_note", prefix="2031-", digits=5, next=1, by=ANN)

    if not reason:
        change_series("invoice", **wanted, by=ANN)
        return
    with pytest.raises(ActionRefused) as no:
        change_series("invoice", **wanted, by=ANN)

    assert str(no.value).startswith(reason)
    assert dated() == []


def test_invoices_and_credit_notes_may_both_know_the_year(database):
    change_series("invoice", prefix="F{yyyy}{mm}", digits=4, next=1, by=ANN)
    change_series("credit_note", prefix="C{yyyy}{mm}", digits=4, next=1, by=ANN)

    with pytest.raises(ActionRefused, match="would be given twice"):
        change_series("credit_note", prefix="F{yyyy}{mm}", digits=5, next=1, by=ANN)


@pytest.mark.each_database
def test_two_who_draw_the_first_number_of_a_year_at_once_get_two(app, in_app):
    with in_app():
        change_series("invoice", prefix="{yyyy}-", digits=3, next=1, by=ANN)

    def act(position: int) -> list[str]:
        kept = []
        for turn in range(4):
            with app.app_context():
                number = draw("invoice", at=NEW_YEARS_EVE + timedelta(days=400 * turn))
                if (position + turn) % 3 == 0:
                    db.session.rollback()
                else:
                    db.session.commit()
                    kept.append(number)
        return kept

    answers = at_once(4, act)

    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    drawn = sorted(number for kept in answers for number in kept)
    with in_app():
        known = [
            format_number(prefix, number, 3) for _kind, prefix, first, next in dated() for number in range(first, next)
        ]
    assert drawn == sorted(known)
    assert len(drawn) > 8
