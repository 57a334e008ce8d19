"""Bug reports of other shops that came out right from the start, and must stay so: each with its number."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from app.extensions import db
from app.models import OutgoingMail, Product
from app.queries import shop
from tests.clients import Client
from tests.documents.printed_text import pages_in, places
from tests.forms import forms_in
from tests.looking import words
from tests.whole.cases import IS_THERE, Desk, case, cents, line_id, rows, taken_out

pytestmark = pytest.mark.skipif(not IS_THERE, reason="there is no folder of cases beside TOONBANK_PAYLOADS")


@pytest.fixture
def desk(program: Any, in_app: Any) -> Desk:
    return Desk(program, in_app)


def given(number: int) -> dict[str, Any]:
    return dict(next(one["order"] for one in case("passing") if one["no"] == number))


def test_each_of_them_is_tried() -> None:
    tried = {int(name.split("_")[2]) for name in globals() if name.startswith("test_case_")}

    assert tried == {one["no"] for one in case("passing")}


def test_case_3_a_gift_bears_no_vat(desk: Desk) -> None:
    order = desk.place(given(3))

    assert rows(order["invoices"][0]) == [("21", "4.00", "0.84"), ("4", "31.50", "1.26")]
    assert cents(order["total"]) == "37.60"


def test_case_9_vat_of_many_small_pieces(desk: Desk) -> None:
    order = desk.place(given(9))

    assert (cents(order["tax_total"]), cents(order["total"])) == ("11.95", "71.71")


def test_case_11_a_discount_takes_off_its_vat(desk: Desk) -> None:
    order = desk.place(given(11))

    assert (cents(order["total"]), cents(order["tax_total"])) == ("110.00", "10.00")


def test_case_13_a_cashback_leaves_one_invoice(desk: Desk) -> None:
    order = desk.place(given(13))

    assert [(one["kind"], cents(one["total"])) for one in order["invoices"]] == [("invoice", "20.00")]


def test_case_15_a_credit_is_credited_with_its_product(desk: Desk) -> None:
    order = desk.place(given(15))
    invoice = f"invoices/{order['invoices'][0]['number']}"

    alone = desk.press(invoice, "create_credit_note", quantities={line_id(order, "Product"): "1"})
    assert alone.status_code == 409
    assert cents(desk.credit(order)["total"]) == "-162.55"


def test_case_19_one_by_one_comes_to_the_whole(desk: Desk) -> None:
    order = desk.place(given(19))

    notes = [desk.credit(order, quantities={line_id(order, "Mug"): "1"}) for _ in range(3)]
    notes.append(desk.credit(order))

    assert sum(Decimal(note["total"]) for note in notes) == Decimal("-29.97")
    assert sum(Decimal(note["tax_total"]) for note in notes) == Decimal("-4.79")
    assert desk.order(order["number"])["open_amount"] == "0"


def test_case_21_amounts_come_to_the_whole(desk: Desk) -> None:
    order = desk.place(given(21))
    first, second = line_id(order, "A"), line_id(order, "B")

    assert desk.credit(order, amounts={first: "0.52", second: "0.51"})["total"] == "-1.03"
    invoice = f"invoices/{order['invoices'][0]['number']}"
    too_much = desk.press(invoice, "create_credit_note", amounts={first: "0.49"})
    assert too_much.status_code == 409
    assert "0.48" in too_much.json["detail"]
    desk.credit(order)
    assert desk.order(order["number"])["credited"] == "2"


def test_case_23_a_currency_of_three_decimals(desk: Desk) -> None:
    order = desk.place(given(23))

    notes = [desk.credit(order, quantities={line_id(order, "Cup"): "1"}) for _ in range(3)]

    assert order["total"] == "3.705"
    assert [note["total"] for note in notes] == ["-1.235"] * 3
    assert sorted(note["tax_total"] for note in notes) == ["-0.058", "-0.059", "-0.059"]


def test_case_27_payment_costs_go_back_with_everything(desk: Desk) -> None:
    assert cents(desk.credit(desk.place(given(27)))["total"]) == "-9.90"


def test_case_29_too_much_is_paid_and_goes_back(desk: Desk) -> None:
    order = desk.place(given(29))

    paid = desk.act(order, "enter_payment", amount="40")
    back = desk.act(order, "enter_refund", amount="35")

    assert (paid["open_amount"], back["open_amount"]) == ("-35", "0")


def test_case_37_paid_twice_is_paid_once(desk: Desk) -> None:
    order = desk.place(given(37))

    desk.act(order, "mark_paid", notify=False)

    assert desk.press(f"orders/{order['number']}", "mark_paid", notify=False).status_code == 409
    assert len(desk.order(order["number"])["payments"]) == 1


def test_case_39_goods_come_back_in_stock_once(desk: Desk) -> None:
    cheese = desk.stock("CH-1", "100")
    order = desk.place(given(39))
    left = [desk.left(cheese)]
    desk.credit(order, quantities={line_id(order, "Cheese"): "2"}, restock=True)
    left.append(desk.left(cheese))
    desk.act(order, "cancel_order", credit=True, restock=True, notify=False)

    assert [*left, desk.left(cheese)] == [95, 97, 100]


def test_case_41_what_is_sent_and_credited_is_completed(desk: Desk) -> None:
    order = desk.place(given(41))
    desk.act(order, "mark_paid", notify=False)
    slip = desk.act(order, "create_packing_slip", quantities={line_id(order, "Cheese"): "2"})["shipments"][0]
    desk.done(desk.press(f"shipments/{slip['number']}", "send_shipment", notify=False))
    desk.credit(order, quantities={line_id(order, "Bread"): "1"})

    order = desk.act(order, "enter_refund", amount="5")

    assert order["status"] == "completed"


def test_case_51_the_vat_export_names_the_country_and_takes_credit_notes_off(desk: Desk, client: Client) -> None:
    order = desk.place(given(51))
    desk.place({**given(51), "external_id": "another"})
    desk.credit(order)

    (row,) = taken_out(client, "vat")

    assert (row["country"], row["vat_rate"], row["net"], row["vat"]) == ("DE", "19", "100.00", "19.00")


def test_case_57_every_sign_is_printed(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    order = desk.place(given(57))

    assert given(57)["lines"][0]["name"] in desk.says(order)
    assert caplog.messages == []


def test_case_59_long_names_stay_inside_their_column(desk: Desk) -> None:
    found = places(desk.pdf(desk.place(given(59))))

    (quantity,) = {round(x) for text, x, *_ in found if text == "Quantity"}
    names = [x for text, x, *_ in found if text.startswith(("Handmade", "SKU-0", "Donau"))]
    assert names
    assert max(names) < quantity
    assert [text for text, x, *_ in found if text == "12,345,678.90" and x < quantity] == []


def test_case_61_an_invoice_of_many_pages(desk: Desk) -> None:
    body = given(61)
    lines = [{**body["lines"][0], "name": f"Product {n:03}", "unit_price": str(n)} for n in range(1, 301)]
    pdf = desk.pdf(desk.place({**body, "lines": lines}))

    found = places(pdf)
    pages = pages_in(pdf)
    assert {page for text, *_rest, page in found if text == "Description"} == set(range(pages))
    assert {page for text, *_rest, page in found if text == "Total incl. VAT"} == {pages - 1}
    assert [text for text, *_ in found if text.startswith("Product ")] == [line["name"] for line in lines]


def test_case_65_without_a_billing_address_the_invoice_goes_to_the_other(desk: Desk) -> None:
    assert "Bill to Ship To Markt 87 2611 GS Delft" in desk.says(desk.place(given(65)))


def test_case_67_capitals_make_no_second_customer(desk: Desk) -> None:
    first = desk.place({**given(67), "external_id": "before", "customer": {"email": "hello@website.example"}})

    assert desk.place(given(67))["customer_id"] == first["customer_id"]


def test_case_69_the_link_goes_to_the_address_of_the_customer(desk: Desk, anonymous: Client) -> None:
    desk.place(given(69))

    anonymous.post("/account/sign-in/", data={"email": "FEMKE@Example.ORG"})

    with desk.in_app():
        links = db.session.scalars(select(OutgoingMail.to_address).where(OutgoingMail.kind == "account_link")).all()
    assert links == ["femke@example.org"]


def test_case_73_who_was_merged_stays_so(desk: Desk) -> None:
    order = desk.place(given(73))
    other = desk.place({**given(73), "external_id": "m1", "customer": {"name": "M1", "email": "m1@x.example"}})
    ticket = desk.program.post("/api/tickets", json={"order_number": order["number"], "subject": "When?", "text": "?"})
    assert ticket.status_code == 201
    gone, into = order["customer_id"], other["customer_id"]

    assert desk.press(f"customers/{gone}", "merge_customers", into=into).status_code == 200

    assert desk.order(order["number"])["customer_id"] == into
    assert desk.program.get(f"/api/tickets/{ticket.json['id']}").json["customer_id"] == into
    assert desk.place({**given(73), "external_id": "next"})["customer_id"] == into


def test_case_75_bulk_names_what_it_left_out(desk: Desk, client: Client) -> None:
    numbers = [desk.place({**given(75), "external_id": f"bulk-{n}"})["number"] for n in range(3)]
    desk.press(f"orders/{numbers[1]}", "mark_paid", notify=False)
    desk.press(f"orders/{numbers[2]}", "cancel_order", credit=True, notify=False)

    fields = {"action": "mark_paid", "rowid": numbers}
    page = client.post("/admin/order/bulk", data=fields, follow_redirects=True)
    for said in ("1 order", numbers[1], numbers[2], "Nothing is open: the order is paid."):
        assert said in words(page.text), said
    (form,) = [form for form in forms_in(page.text) if form.action == "/admin/order/bulk"]
    client.post("/admin/order/bulk", data={**form.fields, "step": "do"})
    assert [len(desk.order(number)["payments"]) for number in numbers] == [1, 1, 0]


def test_case_79_a_postcode_keeps_its_nought(desk: Desk, client: Client) -> None:
    desk.place(given(79))

    (row,) = taken_out(client, "customers")
    assert row["postcode"] == "02138"
    sheet = load_workbook(io.BytesIO(client.get("/admin/reports/customers?file=xlsx").data)).active
    header, values = sheet.iter_rows(values_only=True)
    assert values[header.index("postcode")] == "02138"


def test_case_81_a_day_is_that_of_the_shop(desk: Desk, client: Client) -> None:
    with desk.in_app():
        shop().time_zone = "Europe/Amsterdam"
    last = desk.place(given(81))
    desk.place({**given(81), "external_id": "new-year", "placed_at": "2025-12-31T23:30:00Z"})

    found = taken_out(client, "orders", since="2025-12-31", until="2025-12-31")

    assert [row["number"] for row in found] == [last["number"]]


def test_case_85_a_credit_note_has_the_rate_of_its_invoice(desk: Desk) -> None:
    old = desk.stock("OLD-1", "10")
    order = desk.place(given(85))
    with desk.in_app():
        db.session.get_one(Product, old).vat_rate = Decimal(9)

    note = desk.credit(order, quantities={line_id(order, "Old mug"): "1"})

    assert (cents(note["total"]), rows(note)) == ("-10.00", [("21", "-8.26", "-1.74")])
