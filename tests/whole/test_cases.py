"""Bug reports of other shops, case by case: what was wrong there comes out right here."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.mails import Postman, deliver_due
from app.models import MailState, Order, OutgoingMail
from app.queries import shop
from tests.clients import Client
from tests.documents.printed_text import lines_of, places
from tests.looking import words
from tests.postbox import Postbox
from tests.whole.cases import IS_THERE, Desk, cents, line_id, rows, taken_out
from tests.whole.cases import case as given

pytestmark = pytest.mark.skipif(not IS_THERE, reason="there is no folder of cases beside TOONBANK_PAYLOADS")


@pytest.fixture
def desk(program: Any, in_app: Any) -> Desk:
    return Desk(program, in_app)


def test_case_1_a_discount_is_taken_off_the_base_of_each_rate(desk: Desk, client: Client) -> None:
    order = desk.sell(given("01-edit-lines"))

    assert rows(order["invoices"][0]) == [("21", "74.38", "15.62"), ("9", "82.57", "7.43")]
    assert order["net_total"] == "156.95"
    assert "21% 74.38 15.62 9% 82.57 7.43 Total excl. VAT €156.95" in desk.says(order)
    number = order["invoices"][0]["number"]
    journal = [row for row in taken_out(client, "journal") if row["number"] == number]
    assert [(row["net"], row["vat"]) for row in journal] == [("74.38", "15.62"), ("82.57", "7.43")]
    assert sum(Decimal(row["amount"]) for row in journal) == 180
    vat = taken_out(client, "vat")
    vat = [row for row in vat if row["vat_rate"] in ("21", "9")]
    assert [(row["net"], row["vat"]) for row in vat] == [("74.38", "15.62"), ("82.57", "7.43")]


def test_case_5_vat_is_base_times_rate(desk: Desk) -> None:
    order = desk.place(given("05-order"))

    assert rows(order["invoices"][0]) == [("25", "2088.66", "522.17")]
    assert order["total"] == "2610.83"


def test_case_7_the_same_goods_have_one_total_however_they_come_in(desk: Desk) -> None:
    one, ten, ten_lines = (desk.place(order) for order in given("07-orders"))
    draft = desk.act(ten_lines, "copy_order")
    lines = [{key: line[key] for key in ("id", "name", "quantity", "unit_price")} for line in draft["lines"]]
    lines[0]["name"] = "Renamed"
    draft = desk.act(draft, "edit_lines", lines=lines)

    assert [cents(order["total"]) for order in (one, ten, ten_lines, draft)] == ["3.80", "37.98", "37.98", "37.98"]


def test_case_17_a_discount_goes_back_in_proportion(desk: Desk) -> None:
    order = desk.sell(given("17-edit-lines"))

    note = desk.credit(order, quantities={line_id(order, "Pizza"): "2"})

    assert (order["total"], note["total"]) == ("24.75", "-9.9")


def test_case_25_a_gift_card_pays_and_takes_nothing_off(desk: Desk, app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "orders.json"
    file.write_text(json.dumps(given("25-woocommerce")))

    done = app.test_cli_runner().invoke(args=["toonbank", "import", "--from", "woocommerce", str(file)])

    assert done.exit_code == 0, done.output
    with desk.in_app():
        number = db.session.scalars(select(Order.number)).one()
    order = desk.order(number)
    assert [(one["total"], one["net_total"], one["tax_total"]) for one in order["invoices"]] == [
        ("90", "74.38", "15.62")
    ]
    assert sorted((one["amount"], one["method"]) for one in order["payments"]) == [("30", "Gift card"), ("60", "iDEAL")]
    assert order["open_amount"] == "0"
    assert "Difference" not in desk.says(order)
    assert order["email"] == "Ann@Berg.example"


def test_case_31_an_invoice_says_how_it_was_paid(desk: Desk) -> None:
    says = desk.says(desk.place(given("31-order")))

    assert "Gift card 100.00, iDEAL 92.60" in says
    assert "Bank transfer" not in says


def test_case_33_what_was_paid_back_is_no_longer_paid(desk: Desk, client: Client) -> None:
    order = desk.place(given("33-order"))
    desk.act(order, "mark_paid", notify=False)
    after = desk.act(order, "enter_refund", amount="50")
    assert after["payment_status"] == "refunded"
    assert after["status"] == "needs_decision"

    page = f"/admin/order/{order['number']}"
    assert "€50.00 of this order went back to the customer." in words(client.get(f"{page}/mark_sent").text)
    with desk.in_app():
        shop().forbid_unpaid_shipping = True
    assert desk.press(f"orders/{order['number']}", "mark_sent", notify=False).status_code == 409


def test_case_35_two_equal_presses_refund_once(desk: Desk, client: Client) -> None:
    """The double click itself is tried out in tests/browser/test_double_click.py, for every pop-up."""
    order = desk.place(given("35-order"))
    desk.act(order, "mark_paid", notify=False)
    tokens = client.tokens()

    for _ in range(2):
        client.post(f"/admin/order/{order['number']}/enter_refund", data={"amount": "3.92"}, headers=tokens)

    assert [one["amount"] for one in desk.order(order["number"])["payments"] if one["kind"] == "refund"] == ["-3.92"]


def test_case_43_what_is_credited_before_it_goes_does_not_go(desk: Desk) -> None:
    bowl = desk.stock("BW-1", "10")
    order = desk.place(given("43-order"))
    desk.act(order, "mark_paid", notify=False)
    desk.act(order, "create_packing_slip")
    desk.credit(order, quantities={line_id(order, "Bowl"): "1"}, restock=True)

    order = desk.act(order, "mark_sent", notify=False)

    assert [[one["quantity"] for one in slip["lines"]] for slip in order["shipments"]] == [["2"]]
    assert (order["lines"][0]["shipped"], desk.left(bowl)) == ("2", 8)


def test_case_45_a_lost_parcel_is_sent_again(desk: Desk) -> None:
    order = desk.place(given("45-order"))
    desk.act(order, "mark_paid", notify=False)
    order = desk.act(order, "mark_sent", notify=False)

    order = desk.done(desk.press(f"shipments/{order['shipments'][0]['number']}", "mark_lost"))
    assert order["lines"][0]["to_pack"] == "1"
    order = desk.act(order, "mark_sent", notify=False)

    assert (len(order["shipments"]), len(order["invoices"]), order["lines"][0]["shipped"]) == (2, 1, "1")


def test_case_47_a_draft_and_its_pop_up_warn_of_more_than_there_is(desk: Desk, client: Client) -> None:
    body = given("47-edit-lines")
    body["lines"][0]["product_id"] = desk.stock("BW-1", "8")

    draft = desk.draft(body)

    assert [(one["needed"], one["stock"], one["short"]) for one in draft["short_of_stock"]] == [("50", "8", "42")]
    page = f"/admin/order/{draft['number']}"
    for path in (page, f"{page}/place_draft"):
        assert "50 ordered, 8 in stock: 42 short." in words(client.get(path).text), path
    assert desk.act(draft, "place_draft", notify=False)["short_of_stock"][0]["short"] == "42"


def test_case_49_an_invoice_without_vat_names_its_exemption(desk: Desk) -> None:
    swiss, british, northern_irish = (desk.says(desk.place(order)) for order in given("49-orders"))

    articles = [set(re.findall(r"\b(?:138|146)\b", says)) for says in (swiss, british, northern_irish)]
    assert articles == [{"146"}, {"146"}, {"138"}]  # not within the number of an order


def test_case_53_arabic_begins_at_the_right(desk: Desk) -> None:
    order = desk.place(given("53-order"))

    drawn = [text for text, *_ in places(desk.pdf(order))]
    xs = {text: x for text, x, *_ in places(desk.pdf(order))}

    assert drawn.index("50") < drawn.index("A4")
    assert xs["A4"] > 150


def test_case_55_emoji_are_printed_or_named_before(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    order = desk.place(given("55-order"))
    printed = desk.pdf(order)

    assert printed.startswith(b"%PDF")
    assert caplog.messages == []  # the printer warns of each letter that it can't draw


def test_case_63_an_amount_stands_on_one_line(desk: Desk) -> None:
    wanted = {"HUF": "HUF125,000.00", "KWD": "KWD12,345.675", "IDR": "IDR12,500,000.00", "EUR": "€1,234,567.89"}
    for body in given("63-orders"):
        lines = [line.replace("\xa0", "") for line in lines_of(desk.pdf(desk.place(body)))]
        assert wanted[body["currency"]] in lines, lines


def test_case_71_every_good_address_gets_the_mail(desk: Desk, postbox: Postbox, app: Flask) -> None:
    with desk.in_app():
        postbox.connect(shop())
    for body in given("71-orders"):
        desk.place(body)
    with app.app_context():
        assert deliver_due(Postman()) == 5

    got = sorted(to.addr_spec for mail in postbox.mails for to in mail["To"].addresses)
    assert got == [*["buyer@example.org"] * 2, "femke@example.org", *["office@example.org"] * 2]
    with desk.in_app():
        assert set(db.session.scalars(select(OutgoingMail.state))) == {MailState.SENT}


def test_case_77_a_phone_number_stays_as_it_is(desk: Desk, client: Client) -> None:
    desk.place(given("77-order"))

    assert [row["phone"] for row in taken_out(client, "customers")] == ["+380 99 000-00-00"]


def test_case_83_a_prefix_knows_the_year(desk: Desk, client: Client) -> None:
    asked = {"invoice-lead": "F{yyyy}-", "invoice-next": "12", "invoice-digits": "4"}

    preview = client.get("/admin/numbering/preview/invoice", query_string=asked).text

    assert preview.split(";")[0][-5:] == "-0012"
    assert preview.endswith("-0001")
