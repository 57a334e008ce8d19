"""Invoices and credit notes on the order page: the pop-ups, and what each says."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.admin_views.dashboard.invoices import paid_label
from app.extensions import db
from app.models import Invoice, InvoiceMoment, Order, OutgoingMail, PaymentStatus
from app.pages.labels import PAYMENT_STATUS
from app.queries import shop
from tests.arrange import at_once
from tests.clients import Client
from tests.factories import line, paid_order, placed_order
from tests.looking import everything, happened, words


def credit_notes() -> list[Invoice]:
    return list(db.session.scalars(select(Invoice).where(Invoice.kind == "credit_note").order_by(Invoice.id)))


def test_the_pop_up_credits_quantities_and_amounts(client: Client, in_app: Any, order_ids: dict[str, Any]) -> None:
    url = f"{order_ids['url']}/create_credit_note/{order_ids['invoice']}"
    page = client.get(url).text
    assert "Credit note for INV00001" in page
    assert "femke@example.org gets “Credit note” in English." in page
    assert "Too blue" in page
    assert "Given up" not in page

    given = {
        f"quantities-{order_ids['mugs']}": "1",
        f"quantities-{order_ids['shipping']}": "1",
        f"amounts-{order_ids['teapot']}": "4,20",
        "reason": "Too blue",
        "notify": "y",
    }
    answer = client.post(url, data=given)

    assert answer.status_code == 303
    with in_app():
        (note,) = credit_notes()
        assert note.total == Decimal("-22.75")
        (back,) = note.order.returns
        assert (back.reason, [line.quantity for line in back.lines]) == ("Too blue", [1])
        assert note.sent_at
    page = client.get(order_ids["url"]).text
    assert "credits INV00001" in page
    assert "RET00001" in page


def test_everything_that_is_left_is_one_tick(client: Client, in_app: Any, order_ids: dict[str, Any]) -> None:
    client.post(f"{order_ids['url']}/create_credit_note/{order_ids['invoice']}", data={"everything": "y"})

    with in_app():
        assert [note.total for note in credit_notes()] == [Decimal("-67.75")]
    page = client.get(order_ids["url"]).text
    assert "Everything on this invoice is credited." in page
    assert ">Credited<" in page


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("quantities-{mugs}", "4", "From 0 to 3."),
        ("amounts-{mugs}", "37.51", "From 0 to 37.50."),
        ("amounts-{mugs}", "1.005", "1.005 has too many decimals for an amount in EUR."),
        ("amounts-{mugs}", "a lot", "“a lot” is not an amount."),
        ("quantities-{mugs}", "0", "Enter at least one quantity or amount to credit."),
    ],
)
def test_what_cant_be_credited_comes_back_with_the_reason(
    client: Client, in_app: Any, order_ids: dict[str, Any], field: str, typed: str, said: str
) -> None:
    url = f"{order_ids['url']}/create_credit_note/{order_ids['invoice']}"
    answer = client.post(url, data={field.format(**order_ids): typed, "in_dialog": "1"})

    assert answer.status_code == 422
    assert said in answer.text
    with in_app():
        assert credit_notes() == []


@pytest.mark.each_database
def test_two_who_credit_the_same_at_once_make_one_credit_note(
    in_app: Any, signed_in_as: Any, order_ids: dict[str, Any]
) -> None:
    browsers = [signed_in_as("owner") for _ in range(4)]
    url = f"{order_ids['url']}/create_credit_note/{order_ids['invoice']}"
    press = {f"quantities-{order_ids['mugs']}": "2", "in_dialog": "1", "notify": "y"}

    answers = at_once(4, lambda position: browsers[position].post(url, data=press).status_code)

    assert sorted(answers) == [303, 422, 422, 422]
    with in_app():
        assert [note.total for note in credit_notes()] == [Decimal("-25.00")]
        (order,) = db.session.scalars(select(Order))
        assert (order.lines[0].credited, order.lines[0].returned, len(order.returns)) == (2, 2, 1)


@pytest.mark.parametrize("name", ["create_credit_note/1", "create_return"])
def test_a_packer_may_not_give_anything_back(
    in_app: Any, signed_in_as: Any, order_ids: dict[str, Any], name: str
) -> None:
    packer = signed_in_as("packer")
    answer = packer.post(f"{order_ids['url']}/{name}", data={"everything": "y"})

    assert answer.status_code == 403
    with in_app():
        assert credit_notes() == []


def test_an_invoice_for_part_of_the_order(client: Client, in_app: Any) -> None:
    with in_app():
        shop().invoice_moment = InvoiceMoment.MANUAL
        order = paid_order()
        url, mugs = f"/admin/order/{order.number}", order.lines[0].id
    page = client.get(f"{url}/issue_invoice").text
    assert f'name="quantities-{mugs}"' in page
    assert 'value="3"' in page

    client.post(f"{url}/issue_invoice", data={f"quantities-{mugs}": "2"})

    with in_app():
        assert [invoice.total for invoice in db.session.scalars(select(Invoice))] == [Decimal("25.00")]


def test_a_single_invoice_has_create_credit_note_in_words(client: Client, in_app: Any) -> None:
    with in_app():
        number = placed_order().number

    block = client.get(f"/admin/order/{number}").text.partition('id="invoices"')[2].partition("</section>")[0]

    assert block.count("/create_credit_note/") == 1
    assert "<span>Create credit note</span>" in block


def test_a_credit_note_has_the_invoices_i(client: Client, in_app: Any, order_ids: dict[str, Any]) -> None:
    url = order_ids["url"]
    client.post(f"{url}/create_credit_note/{order_ids['invoice']}", data={"everything": "y", "notify": "y"})
    with in_app():
        note_id = credit_notes()[0].id
    assert f"send_invoice/{note_id}" in client.get(url).text

    page = words(client.get(f"{url}/send_invoice/{note_id}").text)
    assert "Credit note CRN00001" in page
    assert "In the name of Femke Jansen." in page
    assert "To refund" in page
    assert "€67.75 is to be refunded." in page
    assert "On its way to femke@example.org." in page
    client.post(f"{url}/send_invoice/{note_id}", data={"to": "office@example.org"})
    client.post(f"{url}/enter_refund", data={"amount": "67.75"})

    page = words(client.get(f"{url}/send_invoice/{note_id}").text)
    assert "On its way to office@example.org." in page
    assert "is to be refunded" not in page
    assert "Refunded" in page
    with in_app():
        mails = db.session.scalars(select(OutgoingMail).where(OutgoingMail.invoice_id == note_id))
        assert [mail.kind for mail in mails] == ["credit_note", "credit_note"]
        assert happened(db.session.get(Invoice, note_id).order).count("credit_note_sent") == 2


def test_one_more_of_an_invoiced_order_is_one_pop_up(client: Client, in_app: Any) -> None:
    with in_app():
        order = placed_order(language="en")
        url, mugs = f"/admin/order/{order.number}", order.lines[0].id
    assert f"{url}/change_order" in client.get(url).text
    page = client.get(f"{url}/change_order").text
    assert "Change the order" in page
    assert "femke@example.org gets “Credit note”, “Invoice” in English." in page

    row = {
        "id": str(mugs),
        "name": "Stoneware mug",
        "quantity": "4",
        "unit_price": "12,50",
        "discount": "0",
        "rate": "21",
    }
    kept = dict(re.findall(r'name="((?:payment|shipping)_(?:cost|rate))" [^>]*value="([^"]*)"', page))
    methods = dict(
        re.findall(r'name="((?:payment|shipping)_method)".*?<option selected value="(\d+)"', page, re.DOTALL)
    )
    lines = {f"lines-0-{name}": value for name, value in row.items()} | kept | methods
    assert kept["shipping_cost"] == "6.05"
    with in_app():
        before = everything(without=("staff_session", "print"))
    said = client.post(f"{url}/change_order", data={**lines, "order_discount": "0", "step": "total"}).text
    assert "€11.70 less: the order comes to €56.05." in words(said)
    dearer = client.post(
        f"{url}/change_order", data={**lines, "order_discount": "0", "step": "total", "shipping_cost": "12,10"}
    ).text
    assert "€5.65 less: the order comes to €62.10." in words(dearer)
    assert '<details class="more mb-3" open>' in dearer
    incomplete = {**lines, "lines-0-name": "", "order_discount": "0", "step": "total"}
    assert "the order comes to" not in words(client.post(f"{url}/change_order", data=incomplete).text)
    with in_app():
        assert everything(without=("staff_session", "print")) == before  # it was only looked at
    answer = client.post(f"{url}/change_order", data={**lines, "order_discount": "0", "notify": "y"})

    assert answer.status_code == 303
    with in_app():
        (order,) = db.session.scalars(select(Order))
        assert [one.total for one in order.invoices] == [Decimal("67.75"), Decimal("-24.20"), Decimal("12.50")]
        assert (order.lines[0].quantity, order.open_amount) == (4, Decimal("56.05"))


@pytest.mark.usefixtures("database")
def test_an_invoice_of_nothing_says_nothing_owed_for_no_money_came() -> None:
    order = placed_order(lines=[line("Sample", quantity="2", unit_price="0")], total=Decimal(0), tax_total=Decimal(0))

    assert [paid_label(invoice) for invoice in order.invoices] == [PAYMENT_STATUS[PaymentStatus.NOTHING_OWED]]
