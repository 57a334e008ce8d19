"""Drafts: begun, copied, placed, put aside; what each does, and that a refusal changes nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from app import queries
from app.actions.drafts import begin_draft, begin_empty_draft, copy_order, discard_draft, place_draft, restore_draft
from app.actions.invoices import issue_invoice
from app.actions.lines import EditedLine, edit_lines
from app.actions.order_customer import choose_customer
from app.actions.payments import mark_paid
from app.actions.shipments import create_packing_slip, mark_sent
from app.extensions import db
from app.history import SYSTEM, Happened
from app.models import (
    Customer,
    InvoiceMoment,
    Order,
    OrderStatus,
    PaymentMethod,
    PaymentStatus,
    Product,
    ShippingMethod,
    StockMovement,
)
from app.operations.checks import findings
from app.queries import order_list, shop
from tests.factories import new_order, placed_order
from tests.looking import everything, happened, kinds_of_mail, refused

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def mug() -> EditedLine:
    product = Product(name="Mug", sku="MUG", price=Decimal("12.10"), vat_rate=Decimal(21))
    db.session.add(product)
    db.session.flush()
    return EditedLine("Mug", Decimal(2), Decimal("12.10"), rate=Decimal(21), product_id=product.id, sku="MUG")


def draft_with_mugs() -> Order:
    draft = begin_empty_draft(by=SYSTEM)
    draft.customer_name, draft.email = "Stan Guit", "stan@example.org"
    return edit_lines(draft, by=SYSTEM, lines=[mug()])


def listed(**asked: str) -> list[str]:
    return [row.number for row in order_list.find(order_list.read_question(asked), "Europe/Amsterdam").rows]


def test_begin_draft_takes_a_number_of_its_own_series():
    first, second = begin_empty_draft(by=SYSTEM), begin_empty_draft(by=SYSTEM)

    assert [(d.number, d.source, d.external_id) for d in (first, second)] == [
        ("DRAFT1", "staff", "DRAFT1"),
        ("DRAFT2", "staff", "DRAFT2"),
    ]
    assert (first.status, first.is_draft, first.currency, first.total) == (OrderStatus.DRAFT, True, "EUR", 0)
    assert happened(first) == [Happened.DRAFT_BEGUN]


def test_begin_draft_for_a_customer_copies_data_and_addresses():
    customer = placed_order().customer

    draft = begin_draft(customer, by=SYSTEM)

    assert (draft.customer, draft.customer_name, draft.email) == (customer, "Femke Jansen", "femke@example.org")
    assert draft.billing.city == draft.shipping.city == "Delft"
    assert draft.country == "NL"


def test_begin_draft_for_a_merged_customer_is_the_other_ones():
    customer, other = placed_order().customer, Customer(name="Femke J.")
    db.session.add(other)
    db.session.flush()
    customer.merged_into_id = other.id

    assert begin_draft(customer, by=SYSTEM).customer is other


def test_copy_order_makes_a_draft_of_the_same():
    order = placed_order(currency="KWD", prices_include_tax=False)

    draft = copy_order(order, by=SYSTEM)

    assert (draft.number, draft.copied_from_id, draft.source) == ("DRAFT1", order.id, "staff")
    for name in ("customer", "customer_name", "email", "language", "currency", "payment_method", "shipping_method"):
        assert getattr(draft, name) == getattr(order, name)
    assert [(a.kind, a.street) for a in draft.addresses] == [(a.kind, a.street) for a in order.addresses]
    assert [(x.name, x.quantity, x.unit_price, x.total, x.taxes) for x in draft.lines] == [
        (x.name, x.quantity, x.unit_price, x.total, x.taxes) for x in order.lines
    ]
    assert [x.invoiced for x in draft.lines] == [0, 0, 0]
    assert (draft.invoices, draft.payments, draft.status) == ([], [], OrderStatus.DRAFT)
    assert happened(draft) == [Happened.DRAFT_COPIED]
    assert happened(order)[-1] == Happened.ORDER_COPIED


def test_a_copy_has_the_sum_of_its_lines_as_total_and_no_stated_difference():
    draft = copy_order(placed_order(total=Decimal("67.79")), by=SYSTEM)

    assert (draft.total, draft.stated_difference) == (Decimal("67.75"), 0)


def test_a_cancelled_order_and_a_draft_can_be_copied_too():
    order = placed_order()
    order.cancelled_at = order.placed_at

    again = copy_order(copy_order(order, by=SYSTEM), by=SYSTEM)

    assert (again.number, again.cancelled_at, len(again.lines)) == ("DRAFT2", None, 3)


def test_drafts_are_in_no_list_count_or_revenue():
    order = placed_order()
    copy_order(order, by=SYSTEM)
    db.session.flush()

    page = order_list.find(order_list.read_question({}), "Europe/Amsterdam")
    assert [row.number for row in page.rows] == [order.number]
    assert page.views == {**dict.fromkeys(order_list.VIEWS, 0), "": 1, "open": 1, "unpaid": 1}
    for asked in ({"search": "femke"}, {"search": "fe"}, {"payment": "not_paid"}, {"country": "NL"}, {"sort": "total"}):
        assert listed(**asked) == [order.number], asked
    assert listed(status="draft") == []  # no such filter, which is said
    assert order_list.matching_numbers(order_list.read_question({}), "Europe/Amsterdam", up_to=9) == [order.number]
    assert queries.orders_of_customer(order.customer, most=9) == [order]
    assert queries.revenue_of_customer(order.customer) == [("EUR", 1, Decimal("67.75"))]


# --- placing --------------------------------------------------------------------------------------------------------


def test_place_draft_makes_an_order_as_any_other():
    draft = draft_with_mugs()

    order = place_draft(draft, by=SYSTEM)

    assert (order.number, order.external_id, order.is_draft) == ("ORD10001", "DRAFT1", False)
    assert (order.status, order.total) == (OrderStatus.AWAITING_PAYMENT, Decimal("24.20"))
    assert [i.total for i in order.invoices] == [Decimal("24.20")]
    assert db.session.scalars(select(StockMovement.quantity)).all() == [-2]
    assert order.customer.email == "stan@example.org"
    assert kinds_of_mail() == ["order_confirmation"]
    assert happened(order) == [
        Happened.DRAFT_BEGUN,
        Happened.LINES_CHANGED,
        Happened.DRAFT_PLACED,
        Happened.INVOICE_ISSUED,
        Happened.MAIL_QUEUED,
    ]
    assert listed(search="guit") == ["ORD10001"]
    assert queries.order_begun_as("DRAFT1") is order
    assert queries.locked_order("DRAFT1") is order
    db.session.commit()
    assert list(findings()) == []


def test_place_draft_without_mail_tells_nobody():
    place_draft(draft_with_mugs(), by=SYSTEM, notify=False)

    assert kinds_of_mail() == []


def test_place_draft_invoices_by_the_shops_setting():
    shop().invoice_moment = InvoiceMoment.MANUAL

    assert place_draft(draft_with_mugs(), by=SYSTEM).invoices == []


def test_a_placed_total_of_zero_owes_nothing():
    draft = draft_with_mugs()
    edit_lines(draft, by=SYSTEM, lines=[EditedLine("Sample", Decimal(1), Decimal(0), rate=Decimal(21))])

    order = place_draft(draft, by=SYSTEM)

    assert (order.payment_status, [i.is_paid for i in order.invoices]) == (PaymentStatus.NOTHING_OWED, [True])
    assert Happened.TOTAL_ZERO in happened(order)


def test_place_draft_belongs_to_the_customer_of_its_address():
    known = placed_order().customer
    draft = draft_with_mugs()
    draft.email = "FEMKE@example.org"

    assert place_draft(draft, by=SYSTEM).customer is known


def test_place_draft_refuses_what_is_no_order_yet():
    empty = begin_empty_draft(by=SYSTEM)
    refused(lambda: place_draft(empty, by=SYSTEM), "Add at least one product")

    edit_lines(empty, by=SYSTEM, lines=[mug()])
    refused(lambda: place_draft(empty, by=SYSTEM), "Enter who is ordering")

    empty.customer_name, empty.currency = "Stan", "XXY"
    refused(lambda: place_draft(empty, by=SYSTEM), "currency: XXY")

    empty.currency = "EUR"
    discard_draft(empty, by=SYSTEM)
    refused(lambda: place_draft(empty, by=SYSTEM), "discarded")

    order = placed_order()
    refused(lambda: place_draft(order, by=SYSTEM), "order already")


@pytest.mark.parametrize("act", [mark_paid, issue_invoice, create_packing_slip, mark_sent])
def test_a_draft_is_not_paid_invoiced_or_sent(act):
    draft = draft_with_mugs()

    refused(lambda: act(draft, by=SYSTEM), "draft")


# --- discarding -----------------------------------------------------------------------------------------------------


def test_discard_draft_keeps_it_and_restore_takes_it_up_again():
    draft = draft_with_mugs()

    discard_draft(draft, by=SYSTEM)
    assert (draft.status, bool(draft.cancelled_at)) == (OrderStatus.DRAFT, True)
    refused(lambda: discard_draft(draft, by=SYSTEM), "discarded")
    refused(lambda: edit_lines(draft, by=SYSTEM, lines=[]), "discarded")
    refused(lambda: choose_customer(draft, by=SYSTEM, customer_id=1), "discarded")

    restore_draft(draft, by=SYSTEM)
    assert draft.cancelled_at is None
    refused(lambda: restore_draft(draft, by=SYSTEM), "not discarded")
    assert happened(draft)[-2:] == [Happened.DRAFT_DISCARDED, Happened.DRAFT_RESTORED]


def test_a_draft_of_a_known_customer_begins_with_the_methods_of_their_last_order():
    transfer, bike = PaymentMethod(title="Transfer"), ShippingMethod(title="By bike", cost=Decimal("4"), vat_rate=21)
    online = PaymentMethod(title="iDEAL", confirms_itself=True)
    db.session.add_all([transfer, online, bike, PaymentMethod(title="Cash"), ShippingMethod(title="Parcel")])
    order = placed_order()
    assert order.customer is not None
    order.payment_method, order.shipping_method = transfer, bike

    draft = begin_draft(order.customer, by=SYSTEM)
    assert (draft.payment_method_title, draft.shipping_method_title, draft.total) == ("Transfer", "By bike", 4)
    chosen = begin_empty_draft(by=SYSTEM)
    choose_customer(chosen, by=SYSTEM, customer_id=order.customer.id, take_over=True)
    assert (chosen.payment_method_title, chosen.shipping_method_title, chosen.total) == ("Transfer", "By bike", 4)

    order.payment_method = online
    for method in queries.methods_in_use(ShippingMethod, None):
        method.is_active = method.title == "Parcel"
    later = begin_draft(order.customer, by=SYSTEM)
    assert (later.payment_method_title, later.shipping_method_title, later.total) == ("", "Parcel", 0)


def test_an_order_is_neither_discarded_nor_restored():
    order = placed_order()

    refused(lambda: discard_draft(order, by=SYSTEM), "cancel it instead")
    refused(lambda: restore_draft(order, by=SYSTEM), "order already")


def test_the_number_source_and_currency_are_fixed_once_placed():
    order = place_draft(draft_with_mugs(), by=SYSTEM)
    db.session.commit()

    before = everything()
    order.currency = "USD"
    with pytest.raises(Exception, match="never changes"):
        db.session.flush()
    db.session.rollback()
    assert everything() == before


def test_an_order_that_comes_in_as_a_draft_was_called_is_another_one():
    place_draft(draft_with_mugs(), by=SYSTEM)

    assert placed_order(**vars(new_order(external_id="DRAFT1"))).number == "ORD10002"
