"""The page of one order: what it shows, to whom, and with how few statements."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from lxml import html

from app import queries
from app.actions.memos import write_memo
from app.actions.payments import mark_not_paid, mark_paid
from app.history import SYSTEM
from app.models import Order
from tests.clients import Client
from tests.factories import address, line, mugs, paid_order, placed_order
from tests.looking import words

TABS = ["", "customer", "products", "invoices", "shipments", "history"]
#: Who is there, the order, all its parts, what lies round it, the shop.
STATEMENTS = 5


@pytest.fixture
def order_number(in_app: Any) -> str:
    with in_app():
        return placed_order(customer_note="Ring twice", discount_codes=["SPRING"]).number


def test_the_dashboard_tells_everything_about_the_order(client: Client, in_app: Any, order_number: str) -> None:
    with in_app():
        write_memo(queries.order_numbered(order_number), by=SYSTEM, text="Deliver after 17:00")

    page = words(client.get(f"/admin/order/{order_number}").text)

    for said in (
        f"{order_number} Not paid Not shipped Awaiting payment",
        "14 Mar 2026 10:26",
        "Femke Jansen Markt 87 2611 GS Delft Netherlands",
        "femke@example.org gets “Order paid” in Dutch.",
        "Invoiced €67.75 Open €67.75",
        "INV00001",
        "Everything on this order is invoiced.",
        "Parcel post €6.05",
        "No packing slips.",
        "Stoneware mug MUG-30 3 €12.50 21 % €37.50",
        "Products €61.70 Parcel post €6.05 Total €67.75 of which VAT 21 % €11.76",
        "Discount codes: SPRING",
        "+31 15 555 0101",
        "Ring twice",
        "Deliver after 17:00",
    ):
        assert said in page, said


@pytest.mark.each_database
@pytest.mark.parametrize("tab", TABS)
def test_each_tab_opens(client: Client, order_number: str, tab: str) -> None:
    answer = client.get(f"/admin/order/{order_number}?tab={tab}")

    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text


def test_the_dashboard_takes_as_many_statements_for_a_small_order_as_for_a_large_one(
    client: Client, in_app: Any, statements: list[str]
) -> None:
    with in_app():
        small = placed_order().number
        large = large_order().number
    counts = []
    for number in (small, large):
        client.get(f"/admin/order/{number}")
        statements.clear()
        client.get(f"/admin/order/{number}")
        counts.append(len(statements))

    assert counts == [STATEMENTS, STATEMENTS + 1]  # of one with a payment also whether the customer was told of it


def large_order() -> Order:
    lines = [line(f"Product {i}", quantity="2", unit_price="1.00", external_id=str(i)) for i in range(60)]
    order = placed_order(lines=lines, total=Decimal(120))
    for count in range(12):
        write_memo(order, by=SYSTEM, text=f"Memo {count}")
    for _ in range(5):
        mark_paid(order, by=SYSTEM, notify=False)
        mark_not_paid(order, by=SYSTEM)
    return order


def test_a_long_order_shows_its_first_lines_and_the_way_to_the_rest(client: Client, in_app: Any) -> None:
    with in_app():
        number = large_order().number

    dashboard = words(client.get(f"/admin/order/{number}").text)
    tab = words(client.get(f"/admin/order/{number}?tab=products").text)

    assert "Product 29" in dashboard
    assert "Product 30" not in dashboard
    assert "30 more products" in dashboard
    assert "Product 59" in tab


def test_a_stated_total_that_differs_is_shown_plainly(client: Client, in_app: Any) -> None:
    with in_app():
        number = placed_order(total=Decimal("67.77")).number

    page = words(client.get(f"/admin/order/{number}").text)

    assert "Lines and VAT add up to €67.75; the web shop stated €67.77. The difference of €0.02 is kept" in page
    assert "Difference as stated €0.02 Total €67.77" in page


def test_the_orders_above_and_below_in_the_list_are_one_key_away(client: Client, in_app: Any) -> None:
    with in_app():
        first, second, third = [placed_order().number for _ in range(3)]

    page = client.get(f"/admin/order/{second}").text

    assert f'rel="prev" href="/admin/order/{third}"' in page
    assert f'rel="next" href="/admin/order/{first}"' in page
    assert "2 of 3" in page


def test_the_language_of_invoices_starts_on_the_orders_own_and_is_asked_only_when_there_are_more(
    client: Client, in_app: Any, order_number: str
) -> None:
    with in_app():
        queries.shop().language, queries.shop().languages = "en", []
    assert "Language of the invoices" not in client.get(f"/admin/order/{order_number}").text

    with in_app():
        queries.shop().languages = ["de", "nl"]
    page = client.get(f"/admin/order/{order_number}").text

    assert re.findall(r'<option value="(..)"( selected)?>', page) == [("en", ""), ("de", ""), ("nl", " selected")]


def test_prices_without_vat_add_it_per_rate(client: Client, in_app: Any) -> None:
    with in_app():
        number = placed_order(prices_include_tax=False, lines=[mugs()], total=Decimal("44.01")).number

    assert "VAT 21 % €6.51 Total €44.01" in words(client.get(f"/admin/order/{number}").text)


def test_everything_typed_outside_is_escaped(client: Client, in_app: Any) -> None:
    evil = "<script>alert(1)</script>"
    with in_app():
        number = placed_order(
            billing=address(name=evil, city=evil),  # the map says that it doesn't know the city
            shipping=address(postcode=evil),  # no map, for the postcode does not fit
            customer_note=evil,
            payment_method=evil,
            lines=[line(evil, quantity="1", unit_price="1", sku=evil, variant=evil)],
        ).number

    for tab in TABS:
        assert evil not in client.get(f"/admin/order/{number}?tab={tab}").text


# --- who may see and do what ----------------------------------------------------------------------------------------


def test_who_lacks_a_right_sees_no_button(signed_in_as: Callable[[str], Client], order_number: str) -> None:
    page = signed_in_as("reader").get(f"/admin/order/{order_number}").text

    for name in ("mark_paid", "mark_sent", "edit_lines", "write_memo", "create_packing_slip", "cancel_order"):
        assert name not in page
    assert "You lack the right" not in page


def test_what_can_not_be_done_now_keeps_the_focus_and_says_why(client: Client, in_app: Any) -> None:
    with in_app():
        number = paid_order().number

    page = html.document_fromstring(client.get(f"/admin/order/{number}").text)

    (paid,) = page.xpath("//*[@id='payment']//button[normalize-space()='Paid']")
    assert (paid.get("aria-disabled"), paid.get("disabled")) == ("true", None)
    assert page.get_element_by_id(paid.get("aria-describedby")).text_content().strip() != ""


def test_strangers_are_sent_to_the_sign_in_page(anonymous: Client, order_number: str) -> None:
    for path in ("", "/mark_paid", "/invoices.pdf", "/map/billing.svg"):
        answer = anonymous.get(f"/admin/order/{order_number}{path}")
        assert (answer.status_code, "/sign-in" in answer.location) == (302, True)


@pytest.mark.each_database
@pytest.mark.parametrize(
    "number", ["ORD99999", "ord10001", "ORD10001 ", "%00", "ORD1%000001", "%F0%9F%8F%B4", "9" * 300, "'"]
)
def test_an_unknown_number_gets_a_friendly_404(client: Client, order_number: str, number: str) -> None:
    answer = client.get(f"/admin/order/{number}")

    assert answer.status_code == 404
    assert "There is no such order" in answer.text


@pytest.mark.each_database
def test_odd_addresses_answer_404(client: Client, in_app: Any, order_number: str) -> None:
    with in_app():
        other = paid_order().invoices[0].id
    paths = ["nothing", "change_address/work", f"change_invoice/{other}", "change_invoice/99999999", "mark_paid/1"]
    paths += ["map/work.svg", f"invoice/{other}.pdf", "packing-slip/1.pdf"]

    for path in paths:
        assert client.get(f"/admin/order/{order_number}/{path}").status_code == 404, path
        assert client.get(f"/admin/order/%00/{path}").status_code == 404, path


def test_the_list_keeps_its_own_addresses(client: Client, order_number: str) -> None:
    assert client.get("/admin/order/").status_code == 200
    assert order_number in client.get("/admin/order/").text


# --- maps and prints ------------------------------------------------------------------------------------------------


def test_a_map_is_drawn_and_kept_nowhere(client: Client, order_number: str) -> None:
    answer = client.get(f"/admin/order/{order_number}/map/billing.svg")

    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_address_without_a_map_says_why(client: Client, in_app: Any) -> None:
    with in_app():
        number = placed_order(billing=address(postcode="", city="Qqxzzyv", country="NL")).number

    page = client.get(f"/admin/order/{number}").text

    assert "No map" in page
    assert client.get(f"/admin/order/{number}/map/billing.svg").status_code == 204


def test_prints_are_pdf(client: Client, in_app: Any) -> None:
    with in_app():
        order = placed_order()
        number, invoice_id = order.number, order.invoices[0].id

    for path in (f"invoice/{invoice_id}.pdf", "invoices.pdf?language=xx"):
        answer = client.get(f"/admin/order/{number}/{path}")
        assert (answer.status_code, answer.mimetype, answer.data[:5]) == (200, "application/pdf", b"%PDF-")


def test_names_of_arabic_run_from_the_right_by_their_first_letter(client: Client, in_app: Any) -> None:
    with in_app():
        order = placed_order(
            lines=[line("دفتر أزرق A4", quantity="1", unit_price="1")],
            total=Decimal(1),
            billing=address(name="محمد عبد الله"),
            customer_note="اتركه عند الجار",
        )
        number = order.number

    page = client.get(f"/admin/order/{number}").text

    assert '<span dir="auto">محمد عبد الله</span>' in page
    assert re.search(r'<td class="cell-first" dir="auto"><span>دفتر', page)
    assert '<blockquote dir="auto">اتركه' in page
