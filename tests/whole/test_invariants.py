"""Each rule of what must hold after any sequence, broken on purpose: the check says so. Nothing else would prove it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from app.accounting import states
from app.actions import ACTIONS, Action, AnyAction, credit_notes, payments, stock
from app.actions.cancelling import cancel_order
from app.actions.credit_notes import create_credit_note
from app.actions.memos import write_memo
from app.actions.parcels import mark_not_sent
from app.actions.payments import mark_not_paid, mark_paid
from app.actions.picking_up import not_ready, ready_for_pickup
from app.actions.shipments import create_packing_slip, mark_sent
from app.actions.stock import count_stock
from app.actions.tracking import mail_shipment, withdraw_telling
from app.columns import now
from app.extensions import db
from app.history import SYSTEM, Actor
from app.models import MailState, MovementKind, Order, OrderStatus, OutgoingMail, Product, StockMovement
from app.numbering import draw
from tests.factories import paid_order, placed_order
from tests.whole.invariants import broken
from tests.whole.moves import Move, undrawable
from tests.whole.watching import Watch

pytestmark = pytest.mark.usefixtures("database")


def assert_seen(order: Order, sentence: str) -> None:
    db.session.flush()
    found = broken([order])
    assert any(sentence in one for one in found), found


def of_kept_stock() -> Order:
    mug = Product(sku="MUG-30", name="Mug", stock=Decimal(20))
    db.session.add(mug)
    db.session.flush()
    count_stock(mug, mug.stock, by=SYSTEM)
    return placed_order()


def test_nothing_is_broken_where_nothing_was_broken() -> None:
    order = of_kept_stock()
    create_packing_slip(order, by=SYSTEM)
    mark_paid(order, by=SYSTEM)
    mark_sent(order, by=SYSTEM)

    assert broken([order]) == []


# --- 6.1 ------------------------------------------------------------------------------------------------------------


def test_rule_6_1_a_counter_that_no_document_tells_of_is_seen() -> None:
    order = paid_order()
    order.lines[0].shipped = Decimal(1)

    assert_seen(order, "is stored, ")


def test_rule_6_1_goods_that_are_packed_twice_are_seen() -> None:
    order = paid_order()
    slip = create_packing_slip(order, by=SYSTEM)
    slip.lines[0].quantity += 1

    assert_seen(order, "shipped, packed, to pack and dropped")


def test_rule_6_1_credited_goods_that_are_still_to_go_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credit_notes, "drop_goods", lambda *_which, **_how: None)
    order = paid_order()
    create_credit_note(order.invoices[0], by=SYSTEM, everything=True)

    assert_seen(order, "is credited, and some of it is still to go")


# --- 6.2 ------------------------------------------------------------------------------------------------------------


def test_rule_6_2_a_ledger_that_does_not_close_is_seen() -> None:
    order = placed_order()
    order.paid = Decimal("0.01")

    assert_seen(order, "is open, but 67.75 follows")


def test_rule_6_2_paid_without_money_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    order = placed_order()
    order.payment_status = states.PaymentStatus.PAID

    assert_seen(order, "it says paid, and 0 came")


def test_rule_6_2_rates_that_do_not_close_are_seen() -> None:
    order = paid_order()
    note = create_credit_note(order.invoices[0], by=SYSTEM, everything=True)
    vat = [{**row, "tax": str(Decimal(row["tax"]) + Decimal("0.01"))} for row in note.snapshot["vat"]]
    set_committed_value(note, "snapshot", {**note.snapshot, "vat": vat})  # the database itself refuses to store it

    assert_seen(order, "its rates don't close")


def test_rule_6_1_more_pieces_that_are_credited_than_were_invoiced_are_seen() -> None:
    order = paid_order()
    note = create_credit_note(order.invoices[0], by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    set_committed_value(note.lines[0], "quantity", Decimal(-4))

    assert_seen(order, f"4 pieces of line {order.lines[0].id} is credited, of 3 on")


def test_rule_6_2_more_vat_that_is_credited_of_a_rate_than_was_invoiced_is_seen() -> None:
    order = paid_order()
    note = create_credit_note(order.invoices[0], by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    vat = [{**row, "tax": "-11.77"} for row in note.snapshot["vat"]]
    set_committed_value(note, "snapshot", {**note.snapshot, "vat": vat})

    assert_seen(order, "11.77 tax of rate 21 is credited, of 11.76 on")


def test_one_number_on_two_documents_is_seen() -> None:
    order = paid_order()
    note = create_credit_note(order.invoices[0], by=SYSTEM, everything=True)
    set_committed_value(note, "number", order.invoices[0].number)  # the database itself refuses to store it

    assert_seen(order, "a number stands twice")


# --- 6.3 ------------------------------------------------------------------------------------------------------------


def test_rule_6_3_stock_that_no_movement_explains_is_seen() -> None:
    order = of_kept_stock()
    product = db.session.get_one(Product, order.lines[0].product_id)
    product.stock += 1

    assert_seen(order, "in stock, ")


def test_rule_6_3_pieces_that_come_back_twice_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stock, "count_undecided_unsent", lambda line, held: line.quantity)
    order = of_kept_stock()
    create_credit_note(order.invoices[0], by=SYSTEM, everything=True, restock=True)
    cancel_order(order, by=SYSTEM, restock=True)

    assert_seen(order, "is off the shelf")


def test_rule_6_3_goods_that_come_back_though_they_are_to_go_are_seen() -> None:
    order = of_kept_stock()
    line = order.lines[0]
    back = {"kind": MovementKind.RETURNED, "document": "return:99", "entered_by": "Nobody", "moved_at": now()}
    which = {"product_id": line.product_id, "order_id": order.id, "order_line_id": line.id}
    db.session.add(StockMovement(quantity=Decimal(1), **back, **which))

    assert_seen(order, "came back or will never go")


def test_rule_6_3_a_lost_parcel_that_left_once_is_seen() -> None:
    order = of_kept_stock()
    (slip,) = mark_sent(order, by=SYSTEM)
    slip.lines[0].lost, slip.lost_at = Decimal(1), now()

    assert_seen(order, "left once more, and 1 got lost")


# --- 6.4 ------------------------------------------------------------------------------------------------------------


def test_rule_6_4_an_order_that_is_over_and_stands_in_a_work_list_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "order_status", lambda *_order, **_sums: OrderStatus.AWAITING_SHIPMENT)
    order = paid_order()
    mark_sent(order, by=SYSTEM)

    assert_seen(order, "nothing is to go and nothing owed, but it is awaiting_shipment")


def test_rule_6_4_goods_that_nobody_finds_are_seen() -> None:
    order = paid_order()
    order.status = OrderStatus.COMPLETED

    assert_seen(order, "in no work list")


def test_rule_6_4_goods_in_two_lists_are_seen() -> None:
    order = paid_order()
    order.payment_status = states.PaymentStatus.NOT_PAID

    assert_seen(order, "nothing is in the way, but it stands in")


# --- 6.5 ------------------------------------------------------------------------------------------------------------


def test_rule_6_5_a_mail_without_its_fact_is_seen() -> None:
    order = placed_order()
    mark_paid(order, by=SYSTEM)
    mail = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "order_paid")).one()
    set_committed_value(mail, "once_key", "order_paid:999")  # the database itself refuses to store it

    assert_seen(order, "is about none of its payments")


@pytest.mark.parametrize(
    ("do", "undo", "sentence"),
    [
        (mark_paid, mark_not_paid, "what it tells of was taken back"),
        (mark_sent, mark_not_sent, "what it tells of is not sent"),
        (ready_for_pickup, not_ready, "it is not ready"),
    ],
)
def test_rule_6_5_a_mail_that_waits_to_say_what_was_undone_is_seen(
    do: AnyAction, undo: AnyAction, sentence: str
) -> None:
    order = placed_order(pick_up=do is ready_for_pickup)
    do(order, by=SYSTEM)
    mail = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == do.mail)).one()
    undo(order, by=SYSTEM)
    mail.state = MailState.QUEUED

    assert_seen(order, f"waits, and {sentence}")


def test_rule_6_5_a_mail_that_history_is_silent_of_is_seen() -> None:
    order = placed_order()
    mail = OutgoingMail(kind="order_paid", once_key="order_paid:0", to_address=order.email, message_id="1")
    mail.subject = mail.body = "Paid"
    db.session.add(mail)

    assert_seen(order, "(order_paid) is in no history")


def test_rule_6_5_a_promised_mail_that_is_not_written_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payments.mails, "queue", lambda *_which, **_how: None)
    assert kept_promise("mark_paid", notify=True) == ["order_paid was promised, and is not there"]


def test_rule_6_5_a_mail_that_nobody_asked_for_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def tell_anyway(order: Order, *, by: Actor, notify: bool = True) -> None:
        mark_paid(order, by=by, notify=True)

    monkeypatch.setitem(ACTIONS, "mark_paid", replace(mark_paid, run=tell_anyway))

    assert kept_promise("mark_paid", notify=False) == ["['order_paid'] written, and nobody asked for it"]


def test_rule_6_5_a_mail_of_another_kind_than_was_taken_back_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    order = paid_order()
    mark_sent(order, by=SYSTEM)
    (parcel,) = order.shipments

    def tell_of_something_else(order: Order, *, by: Actor, tracking_code: str = "", notify: bool = True) -> None:
        withdraw_telling([parcel])
        payments.mails.queue("order_paid", order, once_key="order_paid:0", by=by)
        mail_shipment(parcel, by)

    monkeypatch.setitem(ACTIONS, "mark_sent", replace(mark_sent, run=tell_of_something_else))
    watch, move = Watch(), Move(ACTIONS["mark_sent"], order, {"notify": False})
    move.action(order, by=SYSTEM)

    assert watch.broken_promise(move) == ["['order_paid'] written, and nobody asked for it"]


def test_rule_6_5_a_promise_that_is_kept_is_no_fault() -> None:
    assert kept_promise("mark_paid", notify=True) == kept_promise("mark_paid", notify=False) == []


def kept_promise(name: str, **how: object) -> list[str]:
    order = placed_order()
    watch, move = Watch(), Move(ACTIONS[name], order, how)
    move.action(order, by=SYSTEM, **how)
    return watch.broken_promise(move)


# --- besides --------------------------------------------------------------------------------------------------------


def test_a_change_that_history_does_not_name_is_seen() -> None:
    order = placed_order()
    watch = Watch()
    order.phone = "+31 15 555 9999"
    watch.look()

    assert len(list(watch.unsaid())) == 1


def test_a_change_that_history_names_is_no_fault() -> None:
    order = placed_order()
    watch = Watch()
    write_memo(order, by=SYSTEM, text="Ring twice")
    watch.look()

    assert list(watch.unsaid()) == []


def test_what_was_issued_paid_or_moved_and_changes_is_seen() -> None:
    of_kept_stock()
    watch = Watch()
    key, row = next(iter(watch.stored["stock_movement"].items()))
    watch.stored["stock_movement"][key] = (*row[:2], 7, *row[3:])  # the database itself refuses to store it
    watch.look()

    assert len(list(watch.rewritten())) == 1
    assert watch.touched() == ["stock_movement"]


def test_a_number_that_is_drawn_though_nothing_is_done_is_seen() -> None:
    placed_order()
    watch = Watch()
    draw("invoice")
    watch.look()

    assert watch.touched() == ["counter"]


def test_every_action_can_be_drawn() -> None:
    assert undrawable() == []


def test_an_action_that_takes_something_unknown_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def weigh(order: Order, *, by: Actor, weight: complex) -> None:
        """Nobody draws such a number."""

    monkeypatch.setitem(ACTIONS, "weigh", Action("weigh", "Weigh", "orders.weigh", weigh))

    assert undrawable() == ["weigh: weight"]
