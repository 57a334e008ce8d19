"""Changing an order that is invoiced: documents for what goes and comes, and sums that close whatever is changed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounting.tax_rows import TaxRow, said_rows, summed
from app.actions.changing import change_order, discount_left, lines_standing
from app.actions.credit_notes import create_credit_note, credit_order
from app.actions.invoices import issue_invoice
from app.actions.lines import EditedLine
from app.actions.payments import mark_paid
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.stock import count_stock
from app.amounts.money import ZERO
from app.extensions import db
from app.history import SYSTEM, Happened
from app.intake_readers.new_order import NewLine, NewTax
from app.models import History, InvoiceMoment, LineKind, Order, PaymentMethod, Product, ShippingMethod
from app.operations import checks
from app.queries import shop
from tests.factories import line, paid_order, placed_order
from tests.looking import happened, kinds_of_mail, refused

pytestmark = pytest.mark.usefixtures("database")


def edited(order: Order, /, *more: EditedLine, without: str = "", **changed: dict[str, object]) -> list[EditedLine]:
    """The order's lines; of those called so by their last word some values are others."""
    lines = [one for one in lines_standing(order).values() if one.name.split()[-1] != without]
    return [*(replace(one, **changed.get(one.name.split()[-1], {})) for one in lines), *more]


def free_line(price: str, quantity: str = "1", rate: str = "21", name: str = "Saucer") -> EditedLine:
    return EditedLine(name, Decimal(quantity), Decimal(price), rate=Decimal(rate))


def change(order: Order, lines: list[EditedLine], discount: Decimal | None = None, **how: object) -> Order:
    off = discount_left(order) if discount is None else discount
    return change_order(order, by=SYSTEM, lines=lines, order_discount=off, **how)


def totals(order: Order) -> list[Decimal]:
    return [one.total for one in order.invoices]


@pytest.mark.each_database
def test_one_more_mug_is_one_invoice() -> None:
    product = Product(sku="MUG-30", name="Stoneware mug", stock=Decimal(10))
    db.session.add(product)
    db.session.flush()
    count_stock(product, product.stock, by=SYSTEM)
    order = paid_order()
    assert product.stock == 7

    change(order, edited(order, mug={"quantity": Decimal(4)}), notify=True)

    assert totals(order) == [Decimal("67.75"), Decimal("12.50")]
    assert (order.total, order.invoiced, order.open_amount) == (Decimal("80.25"), Decimal("80.25"), Decimal("12.50"))
    assert [one.is_paid for one in order.invoices] == [True, False]
    assert (order.lines[0].quantity, order.lines[0].to_ship, product.stock) == (4, 4, 6)
    assert kinds_of_mail()[-1] == "invoice"
    assert Happened.ORDER_CHANGED in happened(order)
    assert list(checks.findings()) == []


@pytest.mark.each_database
def test_what_goes_is_credited_and_what_comes_is_invoiced() -> None:
    order = paid_order()

    change(
        order,
        edited(order, free_line("9.99"), mug={"quantity": Decimal(1)}, Teapot={"unit_price": Decimal(30)}),
        notify=True,
    )

    assert totals(order) == [Decimal("67.75"), Decimal("-49.20"), Decimal("39.99")]
    assert (order.total, order.invoiced, order.credited, order.open_amount) == (
        Decimal("58.54"), Decimal("58.54"), 0, Decimal("-9.21"),
    )  # fmt: skip
    assert [(one.name, one.quantity, one.to_ship) for one in order.lines if one.is_shippable] == [
        ("Stoneware mug", 1, 1),
        ("Teapot", 1, 1),
        ("Saucer", 1, 1),
    ]
    assert kinds_of_mail()[-2:] == ["credit_note", "invoice"]
    assert list(checks.findings()) == []
    credit_order(order, by=SYSTEM)
    assert set(summed(said_rows(one) for one in order.invoices).values()) <= {TaxRow()}


def test_a_line_that_goes_stays_readable_and_its_stock_comes_back() -> None:
    product = Product(sku="MUG-30", name="Stoneware mug", stock=Decimal(10))
    db.session.add(product)
    db.session.flush()
    count_stock(product, product.stock, by=SYSTEM)
    order = placed_order()

    change(order, edited(order, without="mug"))

    assert (order.total, totals(order)[-1], product.stock) == (Decimal("30.25"), Decimal("-37.50"), 10)
    assert (order.lines[0].name, order.lines[0].quantity) == ("Stoneware mug", 0)
    assert order.invoices[-1].snapshot["lines"][0]["quantity"] == "-3"
    assert list(checks.findings()) == []


def test_what_was_sent_can_only_become_more() -> None:
    order = paid_order()
    mugs = order.lines[0]
    send_shipment(create_packing_slip(order, by=SYSTEM, quantities={mugs.id: Decimal(2)}), by=SYSTEM)

    refused(lambda: change(order, edited(order, without="mug")), "Stoneware mug: 2 were sent. Create a return")
    for wrong in ({"quantity": Decimal(1)}, {"unit_price": Decimal(9)}, {"name": "Plain mug"}):
        refused(lambda wrong=wrong: change(order, edited(order, mug=wrong)), "Only the quantity can change, to 2")
    change(order, edited(order, mug={"quantity": Decimal(2)}))
    assert (totals(order)[-1], mugs.to_ship) == (Decimal("-12.50"), 0)
    mark_sent(order, by=SYSTEM, notify=False)
    refused(lambda: change(order, edited(order)), "Everything on this order is sent")
    assert list(checks.findings()) == []


def test_open_packing_slips_follow() -> None:
    order = paid_order()
    mugs, teapot, _shipping = order.lines
    first = create_packing_slip(order, by=SYSTEM, quantities={mugs.id: Decimal(2)})
    second = create_packing_slip(order, by=SYSTEM, quantities={mugs.id: Decimal(1), teapot.id: Decimal(1)})

    change(order, edited(order, free_line("5"), mug={"quantity": Decimal(1)}, without="Teapot"))

    assert ([one.quantity for one in first.lines], first.is_open, second.is_open) == ([1], True, False)
    assert (mugs.to_pack, mugs.packed, teapot.to_ship, order.lines[-1].to_pack) == (0, 1, 0, 1)
    assert [line.dropped for line in order.lines] == [0] * len(order.lines)
    assert list(checks.findings()) == []


def test_a_discount_on_the_whole_order_makes_all_goods_anew() -> None:
    lines = [
        line("Mug", quantity="1", unit_price="100", external_id="1"),
        line("Book", quantity="1", unit_price="100", rate="9", external_id="2"),
        NewLine(
            name="Discount",
            kind="discount",
            quantity=Decimal(1),
            unit_price=Decimal(-20),
            total=Decimal(-20),
            taxes=[NewTax("VAT", Decimal("-1.74"), Decimal(21)), NewTax("VAT", Decimal("-0.83"), Decimal(9))],
        ),
    ]
    order = placed_order(lines=lines, total=Decimal(180), tax_total=None)

    change(order, edited(order, Book={"quantity": Decimal(2)}))
    assert totals(order) == [180, -180, 280]
    assert list(checks.findings()) == []
    change(order, edited(order), Decimal(50))
    assert (totals(order)[-1], order.total, discount_left(order)) == (250, 250, 50)
    assert list(checks.findings()) == []
    create_credit_note(order.invoices[-1], by=SYSTEM, quantities={order.lines[1].id: Decimal(1)})
    assert totals(order)[-1] == Decimal("-83.33")
    change(order, edited(order), ZERO)

    assert (discount_left(order), order.open_amount, order.invoiced - order.credited) == (0, 200, 200)
    assert list(checks.findings()) == []
    credit_order(order, by=SYSTEM)
    assert (order.open_amount, set(summed(said_rows(one) for one in order.invoices).values())) == (0, {TaxRow()})


def test_after_a_part_was_credited_the_rest_is_changed() -> None:
    order = placed_order()
    mugs = order.lines[0]
    create_credit_note(order.invoices[0], by=SYSTEM, quantities={mugs.id: Decimal(1)})
    assert lines_standing(order)[mugs.id].quantity == 2

    change(order, edited(order, mug={"quantity": Decimal(3)}))
    assert (mugs.quantity, totals(order)[-1]) == (4, Decimal("12.50"))
    change(order, edited(order, mug={"unit_price": Decimal(10)}))

    assert [(one.name, one.quantity, one.invoiced, one.credited) for one in order.lines if one.is_shippable] == [
        ("Stoneware mug", 1, 1, 1),
        ("Teapot", 1, 1, 0),
        ("Stoneware mug", 3, 3, 0),
    ]
    assert (order.open_amount, order.invoiced - order.credited) == (Decimal("60.25"), Decimal("60.25"))
    assert list(checks.findings()) == []


def test_an_order_that_is_paid_and_not_invoiced_is_changed_without_documents() -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = paid_order()
    change(order, edited(order, mug={"quantity": Decimal(4)}))
    assert (order.invoices, order.total, order.open_amount) == ([], Decimal("80.25"), Decimal("12.50"))
    issue_invoice(order, by=SYSTEM)
    assert list(checks.findings()) == []


def test_it_is_refused_with_a_reason() -> None:
    order = placed_order()
    refused(
        lambda: change(order, [EditedLine("Mug", Decimal(1), Decimal(1), rate=ZERO, id=999_999)]),
        "not on the order any",
    )
    refused(lambda: change(order, []), "Keep at least one product")
    shop().invoice_moment = InvoiceMoment.MANUAL
    fresh = placed_order()
    refused(lambda: change(fresh, edited(fresh)), "edit the products")
    before = len(order.invoices)
    change(order, edited(order))
    assert len(order.invoices) == before


@st.composite
def wanted_lines(draw: st.DrawFn, order: Order) -> list[EditedLine]:
    lines = []
    for one in lines_standing(order).values():
        how = draw(st.sampled_from(["same", "same", "more", "fewer", "price", "gone"]))
        if how == "more":
            lines.append(replace(one, quantity=one.quantity + draw(st.sampled_from([Decimal(1), Decimal("0.5")]))))
        elif how == "fewer" and one.quantity > 1:
            lines.append(replace(one, quantity=one.quantity - 1))
        elif how == "price":
            lines.append(replace(one, unit_price=Decimal(draw(st.integers(0, 5000))) / 100))
        elif how != "gone":
            lines.append(one)
    for _ in range(draw(st.integers(0 if lines else 1, 2))):
        lines.append(
            free_line(str(Decimal(draw(st.integers(0, 5000))) / 100), "3", draw(st.sampled_from("0 9 21".split())))
        )
    return lines


@settings(
    max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, phases=[Phase.generate]
)
@given(data=st.data())
def test_whatever_is_changed_the_sums_close(data: st.DataObject) -> None:
    gross, currency = data.draw(st.booleans()), data.draw(st.sampled_from(["EUR", "JPY", "KWD"]))
    lines = [
        line("Mug", quantity="3", unit_price="12", external_id="1"),
        line("Book", quantity="2.5", unit_price="8", rate="9", external_id="2"),
        line("Post", quantity="1", unit_price="6", kind="shipping", external_id="3"),
    ]
    for one in lines:
        one.taxes[0].amount = Decimal(round(one.taxes[0].amount))
    total = sum((one.total + (0 if gross else one.taxes[0].amount) for one in lines), ZERO)
    shop().currency = currency
    order = placed_order(lines=lines, total=total, tax_total=None, currency=currency, prices_include_tax=gross)
    for _ in range(data.draw(st.integers(1, 3))):
        wanted = data.draw(wanted_lines(order))
        most = sum((int(one.quantity * one.unit_price) for one in wanted), 0)
        change(order, wanted, Decimal(data.draw(st.sampled_from([0, 0, most // 5]))))
        assert order.invoiced - order.credited == order.total - order.credited
        assert {one.name for one in lines_standing(order).values()} == {one.name for one in wanted}
        if order.invoices[-1].total > 0 and data.draw(st.booleans()):
            part = next(one for one in order.invoices[-1].lines if one.quantity > 0)
            create_credit_note(
                order.invoices[-1], by=SYSTEM, quantities={part.order_line_id: min(part.quantity, Decimal(1))}
            )
    mark_paid(order, by=SYSTEM) if order.open_amount > 0 else None
    if any(one.total for one in order.invoices):
        credit_order(order, by=SYSTEM)
    assert set(summed(said_rows(one) for one in order.invoices).values()) <= {TaxRow()}
    assert order.invoiced == order.credited
    assert [one for one in checks.findings() if order.number in one] == []


# --- payment and shipping -------------------------------------------------------------------------------------------


SHIPPING = Decimal("6.05")


def method(kind: type[PaymentMethod] | type[ShippingMethod], title: str, cost: str, **facts: object) -> int:
    made = kind(title=title, cost=Decimal(cost), vat_rate=Decimal(21), **facts)
    db.session.add(made)
    db.session.flush()
    return made.id


@pytest.mark.each_database
def test_rule_3_6_another_method_credits_its_old_cost_and_invoices_the_new_one() -> None:
    order, express = paid_order(), method(ShippingMethod, "Express", "12.10")
    create_packing_slip(order, by=SYSTEM)

    change(order, edited(order), shipping_method=express, notify=True)

    before = order.invoices[0]
    old, new = (line for line in order.lines if line.kind == LineKind.SHIPPING)
    assert totals(order) == [before.total, -SHIPPING, Decimal("12.10")]
    assert (order.shipping_method_title, new.name, new.total, old.total) == ("Express", "Express", Decimal("12.10"), 0)
    assert (order.total, order.invoiced) == (before.total - SHIPPING + Decimal("12.10"), order.total)
    assert kinds_of_mail()[-2:] == ["credit_note", "invoice"]
    assert list(checks.findings()) == []
    change(order, edited(order), shipping_cost=ZERO)
    assert (order.invoiced, order.total) == (order.total, before.total - SHIPPING)
    assert list(checks.findings()) == []
    credit_order(order, by=SYSTEM)
    assert set(summed(said_rows(one) for one in order.invoices).values()) <= {TaxRow()}


def test_rule_3_6_a_method_of_the_same_cost_makes_no_document_and_stands_in_history() -> None:
    order, transfer = paid_order(), method(PaymentMethod, "Transfer", "0")

    change(order, edited(order), payment_method=transfer)

    assert (order.payment_method_title, len(order.invoices)) == ("Transfer", 1)
    (entry,) = db.session.scalars(select(History).where(History.what == Happened.ORDER_CHANGED))
    assert entry.facts["changes"]["payment_method"][1] == "Transfer"


def test_rule_3_6_an_order_without_an_invoice_gets_its_one_line_of_shipping_changed() -> None:
    shop().invoice_moment = InvoiceMoment.MANUAL
    order = paid_order()

    change(order, edited(order), shipping_cost=Decimal(10), shipping_rate=Decimal(21))

    assert [line.total for line in order.lines if line.kind == LineKind.SHIPPING] == [10]
    assert (order.invoices, list(checks.findings())) == ([], [])


def test_rule_3_6_what_went_by_a_carrier_is_not_to_be_picked_up() -> None:
    order, counter = paid_order(), method(ShippingMethod, "Pick up", "0", is_pick_up=True)
    (first, *_others) = order.lines
    send_shipment(create_packing_slip(order, by=SYSTEM, quantities={first.id: Decimal(1)}), by=SYSTEM)

    refused(lambda: change(order, edited(order), shipping_method=counter), "Choose one that goes the same way")
    refused(lambda: change(order, edited(order), shipping_method=999), "This method is gone")
    refused(lambda: change(order, edited(order), shipping_cost=Decimal(-1)), "Costs are from 0")
