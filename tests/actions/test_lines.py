"""Editing lines, methods and costs: totals that add up for any edit, stock that follows, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.accounting.states import derived
from app.actions.drafts import begin_empty_draft, copy_order
from app.actions.invoices import issue_invoice
from app.actions.lines import EditedLine, as_edited, edit_lines, listed, why_not_edit_lines
from app.actions.order_methods import change_methods
from app.actions.payments import mark_not_paid, mark_paid
from app.actions.shipments import create_packing_slip
from app.amounts.money import ZERO, decimals
from app.extensions import db
from app.history import SYSTEM, Happened
from app.intake_readers.new_order import NewTax
from app.models import History, InvoiceMoment, Order, PaymentMethod, Product, ShippingMethod, StockMovement
from app.operations.checks import findings
from app.queries import shop
from tests.factories import line, placed_order
from tests.looking import happened, refused

pytestmark = [pytest.mark.usefixtures("database")]


@pytest.fixture
def product() -> Product:
    product = Product(name="Stoneware mug", sku="MUG-30", price=Decimal("12.50"), vat_rate=Decimal(21))
    db.session.add(product)
    db.session.flush()
    return product


@pytest.fixture
def order(product: Product) -> Order:
    """Placed, not invoiced: its mugs are in the catalogue, its teapot is not."""
    shop().invoice_moment = InvoiceMoment.MANUAL
    return placed_order()


def edited(order: Order, **changed: EditedLine) -> list[EditedLine]:
    """The lines as they are, some of them by name replaced."""
    return [changed.get(one.name.split()[-1], as_edited(one)) for one in listed(order)]


def with_quantity(order: Order, name: str, quantity: int) -> list[EditedLine]:
    return [
        EditedLine(**{**vars(as_edited(one)), "quantity": Decimal(quantity)}) if one.name == name else as_edited(one)
        for one in listed(order)
    ]


def assert_adds_up(order: Order) -> None:
    """Everything to the smallest unit of the currency."""
    unit = Decimal(1).scaleb(-decimals(order.currency))
    lines = sum((one.total for one in order.lines), ZERO)
    taxes = sum((Decimal(tax["amount"]) for one in order.lines for tax in one.taxes), ZERO)
    assert order.tax_total == taxes == sum((one.tax_total for one in order.lines), ZERO)
    assert order.total == order.computed_total == (lines if order.prices_include_tax else lines + taxes)
    assert order.net_total == order.total - order.tax_total
    assert order.total >= 0
    for one in order.lines:
        assert one.tax_total == sum((Decimal(tax["amount"]) for tax in one.taxes), ZERO)
        assert one.total % unit == 0
        assert one.tax_total % unit == 0
    for name, value in derived(order).items():
        assert getattr(order, name) == value, name


# --- any edit -------------------------------------------------------------------------------------------------------

PRICES = st.decimals(0, 5000, places=3)
RATES = st.sampled_from([Decimal(rate) for rate in ("0", "5.5", "9", "21", "25")])


@st.composite
def any_line(draw: st.DrawFn) -> EditedLine:
    quantity = draw(st.decimals("0.001", 40, places=3))
    price = draw(PRICES)
    part = draw(st.sampled_from([0, 0, 0.1, 1]))
    discount = (quantity * price * Decimal(str(part))).quantize(Decimal(1), "ROUND_FLOOR")
    return EditedLine("Thing", quantity, price, discount=discount, rate=draw(RATES))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    including=st.booleans(),
    first=st.lists(any_line(), max_size=5),
    second=st.lists(any_line(), max_size=4),
    share=st.sampled_from([0, 0.3, 1]),
    cost=st.decimals(0, 50, places=2),
    rate=RATES,
)
def test_totals_add_up_for_any_edit(currency, including, first, second, share, cost, rate):
    db.session.rollback()
    draft = begin_empty_draft(by=SYSTEM)
    draft.currency, draft.prices_include_tax = currency, including

    edit_lines(draft, by=SYSTEM, lines=first)
    assert_adds_up(draft)
    change_methods(draft, by=SYSTEM, **costs(shipping_cost=cost, shipping_rate=rate))
    assert_adds_up(draft)
    kept = [as_edited(one) for one in listed(draft)][1:]
    whole = sum((one.total for one in listed(draft)[1:]), ZERO)
    discount = (whole * Decimal(str(share))).quantize(Decimal(1), "ROUND_FLOOR")
    edit_lines(draft, by=SYSTEM, lines=[*kept, *second], order_discount=discount)
    assert_adds_up(draft)
    edit_lines(draft, by=SYSTEM, lines=second)
    assert_adds_up(draft)


def costs(**given: object) -> dict[str, object]:
    return {
        **dict.fromkeys(("payment_method", "shipping_method"), 0),
        **dict.fromkeys(("payment_cost", "payment_rate", "shipping_cost", "shipping_rate"), ZERO),
        **given,
    }


def test_vat_is_taken_from_the_sum_per_rate_so_that_no_cent_is_lost():
    draft = begin_empty_draft(by=SYSTEM)

    edit_lines(draft, by=SYSTEM, lines=[EditedLine("A", Decimal(1), Decimal("0.99"), rate=Decimal(21))] * 3)

    assert draft.tax_total == Decimal("0.52")  # of 2.97; line by line it would be 0.51
    assert sorted(one.tax_total for one in draft.lines) == [Decimal("0.17"), Decimal("0.17"), Decimal("0.18")]


def test_a_discount_on_the_order_is_spread_over_the_rates():
    draft = begin_empty_draft(by=SYSTEM)
    lines = [
        EditedLine("Book", Decimal(1), Decimal(109), rate=Decimal(9)),
        EditedLine("Mug", Decimal(1), Decimal(121), rate=Decimal(21)),
    ]

    edit_lines(draft, by=SYSTEM, lines=lines, order_discount=Decimal(23))

    (discount,) = [one for one in draft.lines if one.kind == "discount"]
    assert (discount.total, discount.tax_total) == (Decimal(-23), Decimal("-3.00"))
    assert (draft.total, draft.tax_total) == (Decimal(207), Decimal("27.00"))


def test_several_taxes_and_unknown_rates_change_in_proportion():
    shop().invoice_moment = InvoiceMoment.MANUAL
    two = line("Poster", quantity="2", unit_price="100", rate="0")
    two.taxes = [NewTax("GST", Decimal(10), Decimal(5)), NewTax("PST", Decimal(14), None)]
    order = placed_order(lines=[two], prices_include_tax=False, total=Decimal(224), tax_total=Decimal(24))

    edit_lines(order, by=SYSTEM, lines=with_quantity(order, "Poster", 3))

    assert [(t["name"], t["amount"]) for t in order.lines[0].taxes] == [("GST", "15"), ("PST", "21")]
    assert_adds_up(order)


# --- placed orders --------------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_edit_lines_changes_totals_stock_and_history(order, product):
    taken = EditedLine("Stoneware mug", Decimal(5), Decimal(10), rate=Decimal(21), product_id=product.id, sku="MUG-30")

    edit_lines(order, by=SYSTEM, lines=[*with_quantity(order, "Stoneware mug", 1), taken])

    assert [(one.name, one.quantity) for one in listed(order)] == [
        ("Stoneware mug", 1),
        ("Teapot", 1),
        ("Stoneware mug", 5),
    ]
    assert order.total == Decimal("92.75")
    db.session.refresh(product)
    assert product.stock == -6 == db.session.scalar(select(func.sum(StockMovement.quantity)))
    entry = db.session.scalars(select(History).where(History.what == Happened.LINES_CHANGED)).one()
    assert entry.facts["changes"] == {
        "Stoneware mug": ["3 × 12.5 (21 %)", "1 × 12.5 (21 %)"],
        "Stoneware mug (2)": ["", "5 × 10 (21 %)"],
        "total": ["67.75", "92.75"],
    }
    db.session.commit()
    assert list(findings()) == []


@pytest.mark.each_database
def test_a_removed_line_that_moved_stock_stays_with_nothing_on_it(order, product):
    edit_lines(order, by=SYSTEM, lines=[as_edited(one) for one in listed(order) if one.name == "Teapot"])

    assert [(one.name, one.quantity, one.total) for one in order.lines][:2] == [
        ("Stoneware mug", 0, 0),
        ("Teapot", 1, Decimal("24.2")),
    ]
    db.session.refresh(product)
    assert product.stock == 0
    assert_adds_up(order)

    edit_lines(order, by=SYSTEM, lines=[EditedLine("Vase", Decimal(1), Decimal(9), rate=Decimal(9))])
    assert [one.name for one in order.lines] == ["Stoneware mug", "Parcel post", "Vase"]  # the teapot moved nothing
    issue_invoice(order, by=SYSTEM)
    assert order.invoices[0].total == order.total


def test_what_is_as_it_was_changes_nothing(order):
    version, before = order.version, happened(order)

    edit_lines(order, by=SYSTEM, lines=edited(order))
    db.session.flush()

    assert (order.version, happened(order)) == (version, before)


def test_stock_that_was_never_taken_does_not_come_back(order, product):
    copy = copy_order(order, by=SYSTEM)
    edit_lines(copy, by=SYSTEM, lines=with_quantity(copy, "Stoneware mug", 1))

    assert db.session.scalar(select(func.sum(StockMovement.quantity))) == -3


@pytest.mark.parametrize(
    ("lines", "discount", "sentence"),
    [
        ([], 0, "Keep at least one product"),
        ([EditedLine(" ", Decimal(1), Decimal(1), rate=ZERO)], 0, "Line 1: give it a name"),
        ([EditedLine("A", ZERO, Decimal(1), rate=ZERO)], 0, "has to be more than 0"),
        ([EditedLine("A", Decimal(1), Decimal(-1), rate=ZERO)], 0, "less than 0"),
        ([EditedLine("A", Decimal(10**8), Decimal(10**8), rate=ZERO)], 0, "too much"),
        ([EditedLine("A", Decimal(1), Decimal(1), discount=Decimal(2), rate=ZERO)], 0, "discount is from 0"),
        ([EditedLine("A", Decimal(1), Decimal(1))], 0, "fill in the VAT rate"),
        ([EditedLine("A", Decimal(1), Decimal(1), rate=Decimal(101))], 0, "0 to 100 percent"),
        ([EditedLine("A", Decimal(1), Decimal(1), rate=ZERO, id=999)], 0, "not on the order any more"),
        ([EditedLine("A", Decimal(1), Decimal(1), rate=ZERO, product_id=999)], 0, "product is gone"),
        ([EditedLine("A", Decimal(1), Decimal(1), rate=ZERO)], 2, "Discount on the whole order"),
        ([EditedLine("A", Decimal(1), Decimal(1), rate=ZERO)] * 501, 0, "500 lines"),
    ],
)
def test_edit_lines_refuses_what_makes_no_sense(order, lines, discount, sentence):
    refused(lambda: edit_lines(order, by=SYSTEM, lines=lines, order_discount=Decimal(discount)), sentence)


def test_lines_and_methods_are_fixed_once_invoiced_paid_packed_or_cancelled():
    for act, sentence in (
        (issue_invoice, "is an invoice"),
        (mark_paid, "Something has been paid"),
        (create_packing_slip, "is a packing slip"),
    ):
        shop().invoice_moment = InvoiceMoment.MANUAL
        order = placed_order()
        act(order, by=SYSTEM)
        refused(lambda order=order: edit_lines(order, by=SYSTEM, lines=[]), sentence)
        refused(lambda order=order: change_methods(order, by=SYSTEM, **costs()), sentence)
        if act is mark_paid:
            mark_not_paid(order, by=SYSTEM)
            assert why_not_edit_lines(order) == ""
    order = placed_order()
    order.cancelled_at = order.placed_at
    refused(lambda: edit_lines(order, by=SYSTEM, lines=[]), "cancelled")


# --- methods --------------------------------------------------------------------------------------------------------


@pytest.fixture
def methods() -> tuple[PaymentMethod, ShippingMethod]:
    pair = (
        PaymentMethod(title="Cash on delivery", cost=Decimal("2.50"), vat_rate=Decimal(21)),
        ShippingMethod(title="Pick-up", is_pick_up=True, cost=ZERO, vat_rate=Decimal(21)),
    )
    db.session.add_all(pair)
    db.session.flush()
    return pair


def as_it_is(order: Order) -> dict[str, object]:
    return costs(
        payment_method=order.payment_method_id,
        shipping_method=order.shipping_method_id,
        shipping_cost=Decimal("6.05"),
        shipping_rate=Decimal(21),
    )


@pytest.mark.each_database
def test_another_method_brings_its_own_cost(order, methods):
    cash, pick_up = methods

    given = {**as_it_is(order), "payment_method": cash.id, "shipping_method": pick_up.id}
    change_methods(order, by=SYSTEM, **given)

    assert (order.payment_method_title, order.shipping_method_title, order.is_pick_up) == (
        "Cash on delivery",
        "Pick-up",
        True,
    )
    assert [(one.kind, one.name, one.total) for one in order.lines[2:]] == [
        ("payment", "Cash on delivery", Decimal("2.5"))
    ]
    assert order.total == Decimal("64.20")
    assert_adds_up(order)
    entry = db.session.scalars(select(History).where(History.what == Happened.METHODS_CHANGED)).one()
    assert entry.facts["changes"] == {
        "payment_method": ["Bank transfer", "Cash on delivery"],
        "payment_cost": ["", "2.5 (21 %)"],
        "shipping_method": ["Parcel post", "Pick-up"],
        "shipping_cost": ["6.05 (21 %)", ""],
    }


def test_a_cost_that_was_entered_goes_before_the_methods_own(order, methods):
    cash, _pick_up = methods

    change_methods(order, by=SYSTEM, **{**as_it_is(order), "payment_method": cash.id, "payment_cost": Decimal(1)})

    assert [one.total for one in order.lines if one.kind == "payment"] == [1]


def test_a_methods_cost_is_in_the_shops_own_currency(order, methods):
    cash, _pick_up = methods
    shop().currency = "SEK"

    change_methods(order, by=SYSTEM, **{**as_it_is(order), "payment_method": cash.id})

    assert [one for one in order.lines if one.kind == "payment"] == []


def test_methods_as_they_were_change_nothing(order):
    before = happened(order)

    change_methods(order, by=SYSTEM, **as_it_is(order))

    assert happened(order) == before
    assert order.total == Decimal("67.75")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"payment_method": 999}, "method is gone"),
        ({"shipping_cost": Decimal(-1)}, "Costs are from 0"),
        ({"shipping_rate": Decimal(200)}, "Costs are from 0"),
    ],
)
def test_change_methods_refuses_what_makes_no_sense(order, wrong, sentence):
    refused(lambda: change_methods(order, by=SYSTEM, **{**as_it_is(order), **wrong}), sentence)
