"""What moves stock: orders, cancelling and counting; the stock is always the sum of its movements."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.actions.cancelling import cancel_order
from app.actions.credit_notes import create_credit_note, credit_return
from app.actions.lines import EditedLine, as_edited, edit_lines, listed
from app.actions.returns import create_return, receive_return
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.stock import Move, count_stock, move, moved_in_all
from app.amounts.money import ZERO
from app.demo import plant, remove_demo
from app.extensions import db
from app.history import SYSTEM
from app.intake.external_updates import update_order
from app.models import InvoiceMoment, MovementKind, Order, Product, StockMovement
from app.operations import checks
from app.queries import shop
from tests.factories import PLACED_AT, new_order, paid_order, place, placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


@pytest.fixture
def mug() -> Product:
    """Ten of them, counted."""
    mug = Product(sku="MUG-30", name="Stoneware mug", stock=Decimal(10))
    db.session.add(mug)
    db.session.flush()
    count_stock(mug, mug.stock, by=SYSTEM)
    return mug


def movements(mug: Product) -> list[tuple[str, Decimal]]:
    rows = db.session.execute(
        select(StockMovement.kind, StockMovement.quantity)
        .where(StockMovement.product_id == mug.id)
        .order_by(StockMovement.id)
    )
    return [(kind, quantity) for kind, quantity in rows]


def test_an_order_takes_its_goods_and_cancelling_gives_them_back(mug):
    order = placed_order()
    assert mug.stock == 7

    cancel_order(order, by=SYSTEM, credit=True)

    assert mug.stock == 10
    assert movements(mug) == [("counted", 10), ("ordered", -3), ("cancelled", 3)]
    assert list(checks.stock_findings()) == []


def test_only_what_was_not_sent_comes_back(mug):
    order = paid_order()
    slip = create_packing_slip(order, by=SYSTEM, quantities={order.lines[0].id: Decimal("1.5")})
    send_shipment(slip, by=SYSTEM)

    cancel_order(order, by=SYSTEM, credit=True)

    assert mug.stock == Decimal("8.5")
    assert movements(mug)[-1] == ("cancelled", Decimal("1.5"))


def test_cancelling_without_putting_back_leaves_the_stock_alone(mug):
    cancel_order(placed_order(), by=SYSTEM, credit=True, restock=False)

    assert mug.stock == 7


def test_an_order_that_is_cancelled_elsewhere_gives_its_goods_back_once(mug):
    new = new_order()
    order = place(new)
    new.cancelled_at = PLACED_AT

    assert update_order(order, new, by=SYSTEM) == ["cancelled"]
    assert update_order(order, new, by=SYSTEM) == []

    assert (mug.stock, movements(mug)[-1]) == (10, ("cancelled", 3))


def test_more_may_be_ordered_than_there_is(mug):
    for _ in range(4):
        placed_order()

    assert mug.stock == -2
    assert list(checks.stock_findings()) == []


def test_counting_keeps_the_difference(mug):
    placed_order()
    mug.stock = Decimal(4)
    count_stock(mug, mug.stock, by=SYSTEM)
    count_stock(mug, mug.stock, by=SYSTEM)

    assert movements(mug) == [("counted", 10), ("ordered", -3), ("counted", -3)]
    assert moved_in_all(mug) == 4


def test_a_stock_that_its_movements_do_not_explain_is_found(mug):
    db.session.execute(update(Product).values(stock=Decimal(12)))

    assert list(checks.findings()) == ["MUG-30: 12 in stock, but its movements add up to 10"]


def test_the_demo_shop_explains_its_stock_and_gives_back_what_it_took(mug):
    real = Product(sku="MUG-STN-30", name="Our own speckled mug", stock=Decimal(50))
    db.session.add(real)
    db.session.flush()
    count_stock(real, real.stock, by=SYSTEM)
    plant()
    db.session.refresh(real)
    assert real.stock < 50
    assert list(checks.stock_findings()) == []

    remove_demo(by=SYSTEM)

    assert real.stock == 50
    assert list(checks.stock_findings()) == []
    assert set(db.session.scalars(select(Product.sku))) == {"MUG-30", "MUG-STN-30"}


def test_a_line_that_is_not_in_the_catalogue_moves_nothing(mug):
    order = placed_order()

    assert [line.product_id for line in order.lines] == [mug.id, None, None]
    assert db.session.scalar(select(StockMovement).where(StockMovement.quantity == ZERO)) is None


# --- each piece comes back once, and not where somebody said no ------------------------------------------------------


def part(order: Order, quantity: str) -> dict[int, Decimal]:
    return {order.lines[0].id: Decimal(quantity)}


def test_rule_1_10_what_was_credited_without_putting_back_stays_out_when_the_order_is_cancelled(mug):
    order = placed_order()
    create_credit_note(order.invoices[0], by=SYSTEM, quantities=part(order, "1"))

    cancel_order(order, by=SYSTEM, credit=True)

    assert (mug.stock, order.lines[0].not_restocked) == (9, 1)


def test_rule_1_10_what_was_put_back_by_a_credit_note_does_not_come_back_by_cancelling(mug):
    order = paid_order()
    create_credit_note(order.invoices[0], by=SYSTEM, quantities=part(order, "1"), restock=True)
    send_shipment(create_packing_slip(order, by=SYSTEM, quantities=part(order, "1")), by=SYSTEM)

    cancel_order(order, by=SYSTEM, credit=True)

    assert mug.stock == 9  # one went


@pytest.mark.parametrize(("restock", "stock"), [(True, 10), (False, 7)])
def test_rule_1_10_one_answer_for_what_did_not_go_also_with_credit_notes(mug, restock, stock):
    order = placed_order()

    cancel_order(order, by=SYSTEM, credit=True, restock=restock)

    assert (mug.stock, order.lines[0].not_restocked) == (stock, 10 - stock)


def test_rule_1_10_a_return_received_without_putting_back_is_not_put_back_by_its_credit_note(mug):
    order = paid_order()
    mark_sent(order, by=SYSTEM)
    goods_return = create_return(order, by=SYSTEM, quantities=part(order, "1.5"))
    receive_return(goods_return, by=SYSTEM)

    credit_return(goods_return, by=SYSTEM, restock=True)
    create_credit_note(order.invoices[0], by=SYSTEM, restock=True)

    assert (mug.stock, order.lines[0].not_restocked) == (Decimal("8.5"), Decimal("1.5"))


def test_rule_1_10_a_return_is_decided_on_when_it_is_received_whatever_the_credit_note_said(mug):
    order = paid_order()
    mark_sent(order, by=SYSTEM)
    create_credit_note(order.invoices[0], by=SYSTEM, quantities=part(order, "1"))
    assert (mug.stock, order.lines[0].not_restocked) == (7, 0)

    receive_return(order.returns[0], by=SYSTEM, restock=True)

    assert mug.stock == 8


def test_rule_1_10_two_returns_of_a_line_each_have_their_own_answer(mug):
    order = paid_order()
    mark_sent(order, by=SYSTEM)
    kept, back = (create_return(order, by=SYSTEM, quantities=part(order, one)) for one in ("1", "2"))

    receive_return(kept, by=SYSTEM)
    receive_return(back, by=SYSTEM, restock=True)

    assert (mug.stock, movements(mug)[-1]) == (9, ("returned", 2))


def test_rule_1_10_cancelled_elsewhere_after_a_credit_note_that_put_nothing_back(mug):
    new = new_order()
    order = place(new)
    create_credit_note(order.invoices[0], by=SYSTEM, quantities=part(order, "2"))
    new.cancelled_at = PLACED_AT

    update_order(order, new, by=SYSTEM)
    create_credit_note(order.invoices[0], by=SYSTEM, restock=True)

    assert mug.stock == 8


def test_rule_1_10_what_comes_back_is_never_more_than_what_was_ordered(mug):
    order = placed_order()

    order.lines[0].not_restocked = Decimal(4)

    with pytest.raises(IntegrityError, match="not_restocked"):
        db.session.flush()


def test_rule_1_10_check_finds_a_line_that_put_back_more_than_it_took(mug):
    order = placed_order()
    order.lines[0].not_restocked = Decimal(2)
    move([Move(order.lines[0], Decimal(2))], order, kind=MovementKind.RETURNED, document="by hand", by=SYSTEM)

    assert list(checks.findings()) == [
        f"{order.number}: of Stoneware mug 1 is out of stock, but 2 are not put back",
        f"{order.number}: 2 of Stoneware mug are not put back, but 0 could have been",
        f"{order.number}: 1 of Stoneware mug is out, but 3 went or is to go, and 0 came back",
    ]


def test_a_new_line_in_the_place_of_a_removed_one_takes_all_its_pieces(database):
    """The database may give it the id of the removed one, which moved nothing."""
    mug = Product(sku="BOWL", name="Bowl", stock=Decimal(20))
    db.session.add(mug)
    db.session.flush()
    count_stock(mug, mug.stock, by=SYSTEM)
    shop().invoice_moment = InvoiceMoment.PAID
    order = placed_order()
    kept = [as_edited(line) for line in listed(order)]
    free = EditedLine(name="Bowl", quantity=Decimal(1), unit_price=Decimal(5), rate=Decimal(21))
    edit_lines(order, by=SYSTEM, lines=[*kept, free])

    edit_lines(order, by=SYSTEM, lines=[*kept, replace(free, quantity=Decimal("2.5"), product_id=mug.id)])

    db.session.refresh(mug)
    assert mug.stock == moved_in_all(mug) == Decimal("17.5")
