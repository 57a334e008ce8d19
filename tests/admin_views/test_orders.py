"""The list of orders as a browser sees it: rows, tabs, filters, pages, row buttons and bulk buttons."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import product

import pytest
from sqlalchemy import select

from app.actions.cancelling import cancel_order
from app.actions.payments import mark_paid
from app.actions.shipments import create_packing_slip, mark_sent
from app.actions.suspending import suspend
from app.admin_views.bulk import row_actions
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer
from app.models import InvoiceMoment, Order, OutgoingMail, Payment, PaymentStatus, ShipmentStatus
from app.queries import order_list, shop
from tests.factories import PLACED_AT, address, paid_order, placed_order

NUMBER = re.compile(r'class="row-link" href="/admin/order/(\w+)["?]')


def numbers(page):
    assert page.status_code == 200
    return NUMBER.findall(page.text)


def place(in_app, count, **stated):
    with in_app():
        return [placed_order(placed_at=PLACED_AT + timedelta(hours=i), **stated).number for i in range(count)]


def test_list_shows_newest_first_with_what_people_need(client, in_app):
    placed = place(in_app, 3)

    page = client.get("/admin/order/")

    assert numbers(page) == placed[::-1]
    for text in ("Femke Jansen", "€67.75", "14 Mar ", "Not paid", "Not shipped", "Awaiting payment"):
        assert text in page.text


def test_list_takes_one_statement_besides_sign_in_look_shop_custom_statuses_and_shops(client, in_app, statements):
    place(in_app, 30)
    client.get("/admin/order/")
    statements.clear()

    client.get("/admin/order/?page=1")

    # who is there, how they want the list, the own shop, custom statuses, the shops that orders come from, the list
    # with all of its counts
    assert len(statements) == 6, statements


def test_search_takes_one_statement_more(client, in_app, statements):
    place(in_app, 30)
    statements.clear()

    client.get("/admin/order/?search=femke")

    assert len(statements) == 7, statements


@pytest.mark.each_database
def test_pages_follow_each_other_without_gap_or_double_whatever_sorts_them(client, in_app):
    placed = place(in_app, 8)
    for sort, desc in product(order_list.SORTS, "01"):
        seen, url = [], f"/admin/order/?page_size=3&sort={sort}&desc={desc}"
        while url:
            page = client.get(url)
            seen.append(numbers(page))
            assert len(seen) < 5
            following = re.search(r'rel="next" href="([^"]+)"', page.text)
            url = following and following[1].replace("&amp;", "&")

        assert [number for page in seen for number in page] == (placed if desc == "0" else placed[::-1]), sort
        back = re.search(r'rel="prev" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
        assert numbers(client.get(back)) == seen[1]


@pytest.mark.each_database
def test_a_word_that_most_orders_have_is_asked_of_one_after_the_other(client, in_app, statements):
    with in_app():
        for name in "kbhdajgcfeiml":
            order = placed_order() if name in "bdfhjl" else paid_order(total=Decimal("60.00"))
            order.customer_name = name
        other = placed_order(customer=NewCustomer(email="c@elsewhere.nl"))
        other.customer_name = "c"

    seen, url = "", "/admin/order/?search=example&view=unpaid&sort=customer_name&page_size=2"
    while url:
        page = client.get(url)
        seen += "".join(re.findall(r'"cell-customer"><bdi>(\w)<', page.text))
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        url = following and following[1].replace("&amp;", "&")

    assert seen == "bdfhjl"
    assert any("customer_name || ''" in one and "order_search.words" in one for one in statements), statements


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("payment=paid", [1]),
        ("payment=not_paid", [2, 0]),
        ("view=unpaid", [2, 0]),
        ("view=to_ship", [1]),
        ("status=awaiting_payment&search=breda", [2]),
        ("search=DUPONT", [2]),
        ("search=4811", [2]),
        ("country=BE", []),
        ("since=2026-03-15", [2, 1]),
        ("until=2026-03-14", [0]),
        ("sort=total&desc=0", [1, 0, 2]),
        ("sort=customer_name", [2, 1, 0]),
    ],
)
def test_filters_and_orders(client, in_app, query, expected):
    with in_app():
        orders = [
            placed_order(),
            paid_order(placed_at=PLACED_AT + timedelta(days=1), total=Decimal("60.00")),
            placed_order(
                placed_at=PLACED_AT + timedelta(days=2),
                total=Decimal("90.00"),
                billing=address(name="Amélie Dupont", postcode="4811 XC", city="Breda"),
            ),
        ]
        orders[1].customer_name = "Bo"
        placed = [order.number for order in orders]

    found = numbers(client.get(f"/admin/order/?{query}"))

    assert found == [placed[i] for i in expected]


@pytest.mark.each_database
@pytest.mark.parametrize(
    "query",
    ["page=-5", "page=99999999999999999999", "page=x", "a=1~2~3", "a=0~1~nonsense&sort=total", "search=%00",
     "search=%25_%22'",
     "search=a", "sort=id;drop", "since=2026-99-99", "page_size=100000", "status=nope", "country=%00", "desc=2"],
)  # fmt: skip
def test_no_address_breaks_the_list(client, in_app, query):
    place(in_app, 2)

    assert client.get(f"/admin/order/?{query}").status_code == 200


def test_row_button_marks_one_order_paid_and_comes_back(client, in_app):
    first, second = place(in_app, 2)

    answer = client.post("/admin/order/bulk", data={"row": f"mark_paid:{first}", "url": "/admin/order/?view=unpaid"})

    assert (answer.status_code, answer.location) == (303, "/admin/order/?view=unpaid")
    with in_app():
        states = dict(db.session.execute(select(Order.number, Order.payment_status)).all())
    assert states == {first: PaymentStatus.PAID, second: PaymentStatus.NOT_PAID}


def test_bulk_button_changes_ticked_orders_and_names_the_refused(client, in_app):
    with in_app():
        open_order, paid = placed_order().number, paid_order().number

    client.post("/admin/order/bulk", data={"action": "mark_paid", "rowid": [open_order, paid], "step": "do"})
    page = client.get("/admin/order/")

    assert "Paid: 1 order changed." in page.text
    assert f"{paid}: Nothing is open: the order is paid." in page.text
    with in_app():
        assert len(db.session.scalars(select(Payment)).all()) == 2


def test_bulk_sends_each_order_once_with_its_mail(client, in_app):
    placed = place(in_app, 2)

    for _ in range(2):
        client.post("/admin/order/bulk", data={"action": "mark_sent", "rowid": placed, "step": "do", "notify": "y"})

    with in_app():
        assert set(db.session.scalars(select(Order.shipment_status))) == {ShipmentStatus.SHIPPED}
        assert len(db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "order_sent")).all()) == 2


def test_bulk_needs_the_right(in_app, signed_in_as):
    (number,) = place(in_app, 1)

    assert signed_in_as("reader").post("/admin/order/bulk", data={"row": f"mark_paid:{number}"}).status_code == 403
    assert (
        signed_in_as("packer").post("/admin/order/bulk", data={"action": "mark_paid", "rowid": number}).status_code
        == 403
    )
    with in_app():
        assert not db.session.scalars(select(Payment)).all()


def test_bulk_refuses_what_is_no_action_of_the_list(client, in_app):
    (number,) = place(in_app, 1)

    assert client.post("/admin/order/bulk", data={"action": "drop", "rowid": number}).status_code == 400
    assert client.post("/admin/order/bulk", data={"row": f"write_memo:{number}"}).status_code == 400
    assert client.post("/admin/order/bulk", data={"action": "write_memo", "rowid": number}).status_code == 400


def test_strangers_are_sent_to_the_sign_in(anonymous):
    answer = anonymous.get("/admin/order/?view=open")

    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/admin/order/?view%3Dopen"


def test_rows_without_an_invoice_offer_no_print(client, in_app):
    with in_app():
        shop().invoice_moment = InvoiceMoment.MANUAL
        without = placed_order().number
        shop().invoice_moment = InvoiceMoment.DIRECT
        having = placed_order().number

    page = client.get("/admin/order/").text

    assert f"/admin/order/{having}/invoices.pdf" in page
    assert f"/admin/order/{without}/invoices.pdf" not in page


def test_empty_list_says_how_orders_come_in(client):
    assert "No orders yet" in client.get("/admin/order/").text
    assert "Nothing matches" in client.get("/admin/order/?search=nobody").text


@pytest.mark.parametrize(
    ("role", "happened", "offered"),
    [
        ("owner", [], ["mark_paid", "mark_sent", "credit_order"]),
        ("owner", [mark_paid], ["create_packing_slip", "mark_sent", "credit_order"]),
        ("owner", [mark_paid, create_packing_slip], ["mark_sent", "credit_order"]),
        ("owner", [mark_paid, mark_sent], ["credit_order"]),
        ("owner", [suspend], ["mark_paid", "credit_order"]),
        ("owner", [partial(cancel_order, credit=True)], []),
        ("packer", [], ["mark_sent"]),
        ("packer", [mark_paid], ["create_packing_slip", "mark_sent"]),
        ("reader", [], []),
    ],
)
def test_a_row_has_its_next_step_and_then_the_other_buttons(signed_in_as, in_app, role, happened, offered):
    with in_app():
        order = placed_order()
        for act in happened:
            act(order, by=SYSTEM)

    assert row_buttons(signed_in_as(role)) == offered


def test_what_is_picked_up_is_handed_over_from_its_row(client, in_app):
    with in_app():
        placed_order().is_pick_up = True

    assert row_buttons(client) == ["mark_paid", "credit_order", "picked_up"]


def test_paid_in_a_row_is_one_press_with_its_mail_and_undo(client, in_app):
    with in_app():
        number = placed_order().number

        shop().mail_hold = 30
    row = client.get("/admin/order/").text
    client.post("/admin/order/bulk", data={"row": f"mark_paid:{number}", "url": "/admin/order/"})
    page = client.get("/admin/order/").text

    assert "Paid: the customer gets “Order paid”, unless you undo it" in row
    assert "The mail to femke@example.org goes in 30 seconds." in page
    assert f"/admin/order/{number}/mark_not_paid" in page
    with in_app():
        assert db.session.scalars(select(OutgoingMail.kind)).all()[-1] == "order_paid"


def test_no_row_offers_what_no_order_of_its_state_can_have_done(client, in_app):
    """A row knows no record: what it offers may be refused for a reason that stands elsewhere, not for its state."""
    with in_app():
        orders = [*[placed_order() for _each in range(4)], placed_order(pick_up=True)]
        mark_paid(orders[1], by=SYSTEM)
        mark_sent(orders[2], by=SYSTEM)
        cancel_order(orders[3], by=SYSTEM, credit=True)
        offered = [(one, action) for one in orders for action in row_actions() if action.in_rows.is_offered(one)]

        assert {(one.number, action.name): action.why_not(one) for one, action in offered if action.why_not(one)} == {}
        assert "mark_sent" not in {action.name for one, action in offered if one.is_pick_up}
        assert len([one for one, action in offered if not one.is_pick_up and action.name != "credit_order"]) == 4


def row_buttons(client):
    """Those that are just pressed, and those that open a pop-up; a look at the row is no button of an action."""
    found = re.findall(r'name="row" value="(\w+):\w+"|/admin/order/\w+/(\w+)\?url=', client.get("/admin/order/").text)
    return [pressed or opened for pressed, opened in found if opened != "look"]
