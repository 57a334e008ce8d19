"""Orders that are invoiced elsewhere: which that come in are, in each mode and by each way, and what follows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.actions.cancelling import cancel_order
from app.actions.credit_notes import credit_order
from app.actions.drafts import copy_order
from app.actions.elsewhere import invoice_here, set_invoiced_elsewhere
from app.actions.invoices import issue_invoice
from app.actions.lines import edit_lines
from app.actions.payments import enter_refund, mark_paid
from app.actions.reminders import next_reminder, orders_to_remind
from app.columns import now
from app.errors import ActionRefused
from app.exports.bookkeeping import journal, vat_summary
from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import dry_run, take_in, try_again
from app.intake.batches import keep_file
from app.intake.corrections import correct
from app.intake.events import read_event, receive
from app.intake_readers import Found
from app.intake_readers.new_order import NewOrder, NewPayment, NewRefund, NewShipment
from app.models import Arrival, Invoice, InvoiceMoment, InvoicesFor, Order, OutgoingMail
from app.operations import checks
from app.queries import search, shop
from app.queries.periods import Period
from tests.arrange import run
from tests.factories import (
    PLACED_AT,
    new_connection,
    new_order,
    outside_shop,
    paid_order,
    place,
    placed_order,
    shop_key,
)

pytestmark = pytest.mark.usefixtures("database")

TOTAL = Decimal("67.75")
PAID = [NewPayment(TOTAL, PLACED_AT, external_id="tr_1")]
SENT = [NewShipment({}, sent_at=PLACED_AT, external_id="s1")]
BACK = [NewRefund(TOTAL, PLACED_AT, external_id="r1")]

#: What an order is where it comes from, as a reader tells it.
STATES: dict[str, dict] = {
    "open": {},
    "paid": {"payments": PAID},
    "sent, not paid": {"shipments": SENT},
    "completed": {"is_completed": True, "payments": PAID, "shipments": SENT},
    "paid and sent": {"payments": PAID, "shipments": SENT},
    "completed, nobody knows whether paid": {"is_completed": True},
    "picked up": {"payments": PAID, "pick_up": True, "picked_up_at": PLACED_AT},
    "paid back in full": {"payments": PAID, "refunds": BACK},
    "paid back in part": {"payments": PAID, "refunds": [NewRefund(Decimal(5), PLACED_AT)]},
    "cancelled": {"cancelled_at": PLACED_AT},
    "cancelled and paid back": {"cancelled_at": PLACED_AT, "payments": PAID, "refunds": BACK},
    "failed": {"has_failed": True},
    "on hold": {"held": True, "payments": PAID},
    "invoiced there": {"invoice_numbers": ["F-7"]},
    "invoiced there, no number": {"is_invoiced": True, "payments": PAID},
}

NOTHING, ELSEWHERE = "nothing", "elsewhere"
#: State -> under "open orders": what becomes of it in the modes direct, paid and manual.
OPEN = {
    "open": ("invoice", NOTHING, NOTHING),
    "paid": ("invoice", "invoice", NOTHING),
    "sent, not paid": ("invoice", NOTHING, NOTHING),
    "completed": (ELSEWHERE,) * 3,
    "paid and sent": (ELSEWHERE,) * 3,
    "completed, nobody knows whether paid": (ELSEWHERE,) * 3,
    "picked up": (ELSEWHERE,) * 3,
    "paid back in full": (ELSEWHERE,) * 3,
    "paid back in part": ("invoice", "invoice", NOTHING),
    "cancelled": (NOTHING,) * 3,
    "cancelled and paid back": (NOTHING,) * 3,
    "failed": (NOTHING,) * 3,
    "on hold": (NOTHING,) * 3,
    "invoiced there": (ELSEWHERE,) * 3,
    "invoiced there, no number": (ELSEWHERE,) * 3,
}
#: Under "all": only what can't be invoiced at all is not.
ALL = OPEN | {
    "completed": ("invoice", "invoice", NOTHING),
    "paid and sent": ("invoice", "invoice", NOTHING),
    "completed, nobody knows whether paid": ("invoice", NOTHING, NOTHING),
    "picked up": ("invoice", "invoice", NOTHING),
    "paid back in full": ("invoice", NOTHING, NOTHING),
    "invoiced there": ("invoice", NOTHING, NOTHING),
    "invoiced there, no number": ("invoice", "invoice", NOTHING),
}
NONE = {state: (NOTHING if "cancelled" in state else ELSEWHERE,) * 3 for state in STATES}
EXPECTED = {InvoicesFor.OPEN: OPEN, InvoicesFor.ALL: ALL, InvoicesFor.NONE: NONE}


def stated(state: str, **more) -> Found:
    new = new_order(**{**STATES[state], **more})
    return Found(new.external_id, f"{{}} {new.external_id}", order=new)


def bring_in(found: Found, choice: InvoicesFor = InvoicesFor.OPEN, **how) -> Order:
    taken = take_in(found, shop=shop_key(), origin="a file", by=SYSTEM, invoices=choice, **how)
    assert taken.order is not None
    return taken.order


def became(order: Order) -> str:
    if order.invoices:
        return "invoice"
    return ELSEWHERE if order.is_invoiced_elsewhere else NOTHING


def again(found: Found, **stated) -> Found:
    assert found.order is not None
    return replace(found, order=replace(found.order, **stated))


def arrange(mode: InvoiceMoment) -> None:
    shop().invoice_moment = mode
    db.session.flush()


@pytest.mark.parametrize("mode", InvoiceMoment)
@pytest.mark.parametrize("choice", InvoicesFor)
@pytest.mark.parametrize("state", STATES)
def test_what_comes_in_is_invoiced_by_its_state_the_choice_and_the_mode(state, choice, mode):
    arrange(mode)
    found = stated(state)

    (foreseen,) = dry_run([found], shop=shop_key(), by=SYSTEM, invoices=choice)
    order = bring_in(found, choice)

    assert became(order) == EXPECTED[choice][state][list(InvoiceMoment).index(mode)]
    assert (foreseen.invoices, foreseen.is_elsewhere) == (len(order.invoices), order.is_invoiced_elsewhere)
    assert order.elsewhere_number == ("F-7" if order.is_invoiced_elsewhere and state == "invoiced there" else "")
    assert list(checks.findings()) == []


def test_every_state_has_an_expectation():
    assert OPEN.keys() == ALL.keys() == NONE.keys() == STATES.keys()


# --- what happens afterwards ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", InvoiceMoment)
def test_later_news_of_an_order_that_is_invoiced_elsewhere_makes_no_invoice(mode):
    arrange(mode)
    found = stated("invoiced there")
    order = bring_in(found)

    for news in ({"payments": PAID}, {"shipments": SENT, "is_completed": True}, {"payments": PAID, "refunds": BACK}):
        bring_in(again(found, **news))
        assert order.invoices == []
    mails = db.session.scalars(select(OutgoingMail.kind)).all()

    assert (order.payment_status, order.open_amount, order.is_invoiced_elsewhere) == ("refunded", 0, True)
    assert mails == ["order_confirmation"]
    assert list(checks.findings()) == []


def test_an_order_that_came_in_open_is_invoiced_when_it_is_paid_later():
    arrange(InvoiceMoment.PAID)
    found = stated("open")
    order = bring_in(found)

    bring_in(again(found, payments=PAID, shipments=SENT, is_completed=True))

    assert became(order) == "invoice"


def test_a_number_that_comes_later_says_that_the_order_is_invoiced_elsewhere():
    arrange(InvoiceMoment.PAID)
    found = stated("open")
    order = bring_in(found)

    (foreseen,) = dry_run([again(found, payments=PAID, invoice_numbers=["F-8"])], shop=shop_key(), by=SYSTEM)
    bring_in(again(found, payments=PAID, invoice_numbers=["F-8"]))
    bring_in(again(found, payments=PAID, invoice_numbers=["F-8"]))

    assert (became(order), order.elsewhere_number) == (ELSEWHERE, "F-8")
    assert (foreseen.changes, foreseen.invoices) == (("payments", "invoiced"), 0)


def test_a_number_that_comes_later_changes_nothing_of_what_is_invoiced_here_or_is_to_be():
    found, wanted = stated("open"), stated("open")
    invoiced = bring_in(found)
    arrange(InvoiceMoment.MANUAL)
    to_do = bring_in(wanted, InvoicesFor.ALL)

    bring_in(again(found, invoice_numbers=["F-8"]))
    bring_in(again(wanted, invoice_numbers=["F-9"]), InvoicesFor.ALL)

    assert (became(invoiced), became(to_do)) == ("invoice", NOTHING)


@pytest.mark.parametrize(("mode", "expected"), [("direct", "invoice"), ("paid", "invoice"), ("manual", NOTHING)])
def test_an_order_whose_payment_failed_is_neither_confirmed_nor_invoiced_before_it_is_paid(mode, expected):
    arrange(InvoiceMoment(mode))
    found = stated("failed")
    order = bring_in(found)
    before, mails = became(order), db.session.scalars(select(OutgoingMail.kind)).all()

    bring_in(again(found, payments=PAID, has_failed=False))

    assert (before, mails) == (NOTHING, [])
    assert became(order) == expected


@pytest.mark.parametrize("state", ["completed", "completed, nobody knows whether paid", "paid back in full", "failed"])
def test_what_is_over_where_it_comes_from_is_not_confirmed(state):
    bring_in(stated(state), InvoicesFor.ALL)

    assert db.session.scalars(select(OutgoingMail.kind)).all() == []


# --- what the order offers ------------------------------------------------------------------------------------------


def test_nothing_makes_an_invoice_of_an_order_that_is_invoiced_elsewhere():
    arrange(InvoiceMoment.PAID)
    order = bring_in(stated("invoiced there"))
    with pytest.raises(ActionRefused, match="invoiced elsewhere: products and prices are fixed"):
        edit_lines(order, by=SYSTEM, lines=[])

    mark_paid(order, by=SYSTEM)

    assert order.invoices == []
    with pytest.raises(ActionRefused, match="invoiced elsewhere, number F-7"):
        issue_invoice(order, by=SYSTEM)
    with pytest.raises(ActionRefused, match="it is credited there"):
        credit_order(order, by=SYSTEM)


def test_the_ledger_of_an_order_that_is_invoiced_elsewhere_closes_by_its_total():
    order = bring_in(stated("invoiced there"))
    before = order.payment_status, order.open_amount
    mark_paid(order, by=SYSTEM)
    paid = order.payment_status, order.open_amount
    enter_refund(order, by=SYSTEM, amount=Decimal(10))

    assert (before, paid) == (("not_paid", TOTAL), ("paid", 0))
    assert order.open_amount == 0
    assert dict(order.ledger.rows) == {
        "invoiced": 0,
        "invoiced_elsewhere": TOTAL,
        "not_yet_invoiced": 0,
        "credited": 0,
        "no_longer_owed": -10,
        "adjusted": 0,
        "paid": -TOTAL,
        "paid_back": 10,
    }
    assert list(checks.findings()) == []


def test_a_cancelled_order_that_was_invoiced_elsewhere_owes_back_what_was_paid():
    order = bring_in(stated("invoiced there", payments=PAID))

    cancel_order(order, by=SYSTEM)

    assert (order.open_amount, order.invoices) == (-TOTAL, [])
    assert list(checks.findings()) == []


def test_invoice_here_after_all_takes_it_back_and_makes_no_invoice_by_itself():
    order = bring_in(stated("invoiced there"))

    invoice_here(order, by=SYSTEM)
    after = became(order), order.elsewhere_number
    invoice = issue_invoice(order, by=SYSTEM)

    assert after == (NOTHING, "")
    assert invoice.total == TOTAL
    with pytest.raises(ActionRefused, match="There is an invoice here"):
        set_invoiced_elsewhere(order, by=SYSTEM)
    with pytest.raises(ActionRefused, match="not invoiced elsewhere"):
        invoice_here(order, by=SYSTEM)
    assert list(checks.findings()) == []


def test_an_order_is_set_to_invoiced_elsewhere_by_hand_and_found_by_that_number():
    arrange(InvoiceMoment.PAID)
    order = placed_order()

    set_invoiced_elsewhere(order, by=SYSTEM, invoice_number=" ACC-2026/77 ")
    mark_paid(order, by=SYSTEM)

    assert (became(order), order.elsewhere_number) == (ELSEWHERE, "ACC-2026/77")
    found = search.matching("acc 2026")
    assert found is not None
    assert db.session.scalars(found).all() == [order.id]


def test_a_copy_is_an_order_of_its_own_that_is_invoiced_here():
    draft = copy_order(bring_in(stated("invoiced there")), by=SYSTEM)

    assert (draft.is_invoiced_elsewhere, draft.elsewhere_number) == (False, "")


def test_orders_that_programs_and_people_place_are_invoiced_as_ever():
    order = place(new_order(**STATES["completed"]))

    assert became(order) == "invoice"


def test_books_leave_out_what_is_invoiced_elsewhere():
    ours = paid_order(total=Decimal("67.75"))
    bring_in(stated("completed"))
    always = Period(None, None, "Europe/Amsterdam")
    db.session.flush()

    assert {row[3] for row in journal(always)} == {ours.number}
    assert [row[6] for row in vat_summary(always)] == [1]


def test_who_invoices_elsewhere_duns_there():
    own = shop()
    own.reminder_days, own.reminders_since = [3], now() - timedelta(days=30)
    recently = now() - timedelta(days=5)
    ours, elsewhere = (
        bring_in(stated("open", placed_at=recently)),
        bring_in(stated("invoiced there", placed_at=recently)),
    )
    db.session.flush()

    assert orders_to_remind() == [ours.id]
    assert next_reminder(elsewhere) is None


# --- the ways in ----------------------------------------------------------------------------------------------------


def woo(number: int, **stated) -> str:
    line = {"id": 1, "name": "Mug", "quantity": 1, "total": "10.00", "subtotal": "10.00", "total_tax": "0.00"}
    return json.dumps(
        {
            "id": number,
            "currency": "EUR",
            "total": "10.00",
            "status": "processing",
            "date_created_gmt": "2018-03-01T10:00:00",
            "date_paid_gmt": "2018-03-01T10:05:00",
            "billing": {"first_name": "Femke", "last_name": "Jansen", "email": "femke@example.org", "country": "NL"},
            "line_items": [line],
            **stated,
        }
    )


DONE = {"status": "completed", "date_completed_gmt": "2018-03-02T10:00:00"}
#: Of an open and a completed order, under each choice.
BOTH = {"open": ("invoice", ELSEWHERE), "all": ("invoice", "invoice"), "none": (ELSEWHERE, ELSEWHERE)}


def all_became() -> tuple[str, ...]:
    return tuple(became(order) for order in db.session.scalars(select(Order).order_by(Order.id)))


@pytest.mark.parametrize("choice", InvoicesFor)
def test_events_of_a_connection_follow_its_choice(choice):
    connection = new_connection(key="k", secret="s", invoices_for=choice)
    db.session.add(connection)
    db.session.flush()

    for number, more in ((1, {}), (2, DONE)):
        arrival = receive(connection, woo(number, **more).encode(), "order.created")
        assert arrival is not None
        read_event(arrival.id)

    assert all_became() == BOTH[choice]


def test_a_new_connection_asks_for_invoices_of_open_orders():
    connection = new_connection(key="k", secret="s")
    db.session.add(connection)
    db.session.flush()

    assert connection.invoices_for == InvoicesFor.OPEN


@pytest.mark.parametrize("choice", InvoicesFor)
@pytest.mark.parametrize("way", ["try again", "correct"])
def test_what_waited_in_quarantine_follows_the_choice_with_which_it_came(way, choice):
    for number, more in ((1, {}), (2, DONE)):
        payload = woo(number, **more)
        how = {"result": "quarantined", "sha256": str(number), "invoices_for": choice}
        waiting = Arrival(source="woocommerce", outside_shop=outside_shop(), origin="f.json", payload=payload, **how)
        db.session.add(waiting)
        db.session.flush()
        taken = try_again(waiting, by=SYSTEM) if way == "try again" else correct(waiting, waiting.payload, by=SYSTEM)
        assert taken.result == "added"

    assert all_became() == BOTH[choice]


@pytest.mark.parametrize("way", ["connection", "file"])
def test_what_waited_in_quarantine_follows_the_connection_or_file_by_which_it_came(way):
    choice = InvoicesFor.NONE
    connection = new_connection(key="k", invoices_for=choice)
    batch = keep_file(outside_shop(), "f.json", b"[]", notify=False, by=SYSTEM, invoices=choice)
    db.session.add(connection)
    db.session.flush()
    came_by = {"connection_id": connection.id} if way == "connection" else {"batch_id": batch.id}
    waiting = Arrival(
        source="woocommerce", outside_shop=outside_shop(), sha256="1", payload=woo(1), result="quarantined", **came_by
    )
    db.session.add(waiting)
    db.session.flush()

    try_again(waiting, by=SYSTEM)

    assert all_became() == (ELSEWHERE,)


@pytest.mark.parametrize("choice", [*InvoicesFor, None])
def test_the_command_line_follows_its_option(app, tmp_path, choice):
    db.session.commit()
    file = tmp_path / "orders.json"
    file.write_text(f"[{woo(1)}, {woo(2, **DONE)}, {{}}]")
    option = ["--invoices", choice] if choice else []

    _code, told = run(app, "import", "--from", "woocommerce", *option, "--dry-run", file)
    run(app, "import", "--from", "woocommerce", *option, file)
    kept = db.session.scalars(select(Arrival.invoices_for).where(Arrival.result == "quarantined")).one()

    assert all_became() == BOTH[choice or "open"]
    assert kept == (choice or "open")
    assert f"invoices: {all_became().count('invoice')}, dated 20" in told
    assert f"invoiced elsewhere: {all_became().count(ELSEWHERE)}" in told


# --- what the database and `check` refuse ---------------------------------------------------------------------------


@pytest.mark.each_database
def test_the_database_refuses_both_an_invoice_and_elsewhere():
    placed_order()
    bring_in(stated("invoiced there"))
    db.session.commit()
    here, elsewhere = db.session.scalars(select(Order).order_by(Order.id))

    with pytest.raises(DBAPIError, match="invoiced elsewhere, or here"):
        db.session.execute(text("UPDATE orders SET invoiced_elsewhere_at = placed_at WHERE id = :id"), {"id": here.id})
    db.session.rollback()
    zero = dict.fromkeys(("net_total", "tax_total", "total"), Decimal(0))
    db.session.add(Invoice(order_id=elsewhere.id, number="X1", issued_at=now(), currency="EUR", **zero))
    with pytest.raises(DBAPIError, match="invoiced elsewhere, or here"):
        db.session.flush()
    db.session.rollback()


def test_check_tells_of_a_number_of_elsewhere_on_an_order_that_is_not():
    order = placed_order()
    order.elsewhere_number = "F-1"
    db.session.flush()

    assert f"{order.number}: has the number F-1 of elsewhere, but is not invoiced there" in list(checks.findings())


def test_facts_that_say_nothing_make_no_order_over():
    new: NewOrder = new_order(shipments=[NewShipment({"1": Decimal(3)}, sent_at=PLACED_AT)], payments=PAID)

    assert became(bring_in(Found(new.external_id, "{}", order=new))) == "invoice"  # the teapot is still to go
