"""What staff do on the order page, from the pressed button to what is stored, said and refused."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import queries
from app.extensions import db
from app.models import History, MailState, Memo, Order, OutgoingMail, Payment, Shipment
from tests.clients import Client
from tests.factories import paid_order, placed_order

DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def number(in_app: Any) -> str:
    with in_app():
        return placed_order().number


@pytest.fixture
def look(in_app: Any, number: str) -> Callable[[Callable[[Order], Any]], Any]:
    """What a question about the order answers now."""

    def ask(question: Callable[[Order], Any]) -> Any:
        with in_app():
            order = queries.order_numbered(number)
            assert order is not None
            return question(order)

    return ask


@pytest.fixture
def stored(in_app: Any) -> Callable[[], Any]:
    """All that an action could change, to compare."""

    def facts() -> Any:
        with in_app():
            counts = [
                db.session.scalar(select(func.count()).select_from(t)) for t in (History, Payment, Shipment, Memo)
            ]
            orders = db.session.execute(select(Order.number, Order.version, Order.updated_at)).all()
            mails = db.session.execute(select(OutgoingMail.once_key)).all()
            return counts, orders, mails

    return facts


def mails_of(order: Order) -> list[tuple[str, str]]:
    rows = db.session.execute(select(OutgoingMail.kind, OutgoingMail.to_address).order_by(OutgoingMail.id))
    return [(kind, to) for kind, to in rows if kind != "order_confirmation"]


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


# --- payment --------------------------------------------------------------------------------------------------------


@pytest.mark.each_database
def test_paid_records_the_payment_mails_the_customer_and_offers_undo(client: Client, number: str, look: Any) -> None:
    answer = client.post(f"/admin/order/{number}/mark_paid", data={"notify": "y"})

    assert (answer.status_code, answer.location) == (303, f"/admin/order/{number}")
    assert look(lambda order: [(p.amount, p.entered_by) for p in order.payments]) == [(Decimal("67.75"), "Owner")]
    assert look(mails_of) == [("order_paid", "femke@example.org")]
    said = client.get(answer.location).text.partition("Order marked as paid")[2].partition("</div>")[0]
    assert f'action="/admin/order/{number}/mark_not_paid"' in said


def test_undo_takes_the_payment_back_and_mails_nobody(client: Client, number: str, look: Any) -> None:
    client.post(f"/admin/order/{number}/mark_paid")
    client.post(f"/admin/order/{number}/mark_not_paid")

    assert look(lambda order: [p.amount for p in order.payments]) == [Decimal("67.75"), Decimal("-67.75")]
    assert look(lambda order: order.payment_status) == "not_paid"
    assert look(mails_of) == []


def test_paid_twice_is_refused_with_the_reason(client: Client, number: str, stored: Any) -> None:
    client.post(f"/admin/order/{number}/mark_paid")
    client.get(f"/admin/order/{number}")
    before = stored()

    answer = client.post(f"/admin/order/{number}/mark_paid", data={"notify": "y"})

    assert answer.status_code == 303
    banner = client.get(answer.location).text.partition('role="alert"')[2].partition("</div>")[0]
    assert "Nothing is open: the order is paid." in banner
    assert stored() == before


def test_not_paid_is_grey_and_refused_where_the_method_confirms_itself(
    client: Client, in_app: Any, stored: Any
) -> None:
    with in_app():
        number = paid_order(payment_method="iDEAL").number
    before = stored()

    answer = client.post(f"/admin/order/{number}/mark_not_paid")
    page = client.get(answer.location).text

    reason = "Paid online at once by iDEAL."
    assert re.search(rf'<button type="button" class="btn is-off" aria-disabled="true" title="{reason}"', page)
    assert stored() == before


# --- rights and tokens ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("reader", "mark_paid"),
        ("reader", "mark_sent"),
        ("reader", "write_memo"),
        ("packer", "mark_paid"),
        ("packer", "issue_invoice"),
        ("packer", "change_address/billing"),
    ],
)
def test_who_lacks_the_right_is_refused(
    signed_in_as: Callable[[str], Client], number: str, stored: Any, role: str, name: str
) -> None:
    browser = signed_in_as(role)
    before = stored()

    assert browser.post(f"/admin/order/{number}/{name}", data={"text": "Hello"}).status_code == 403
    assert stored() == before


def test_a_post_without_the_token_changes_nothing(app: Flask, client: Client, number: str, stored: Any) -> None:
    before = stored()

    answer = FlaskClient.post(client, f"/admin/order/{number}/mark_paid")

    assert answer.status_code == 400
    assert stored() == before


@pytest.mark.parametrize("name", ["mark_paid", "mark_sent", "issue_invoice", "write_memo", "change_address/billing"])
def test_opening_a_pop_up_changes_nothing(client: Client, number: str, stored: Any, name: str) -> None:
    before = stored()

    assert client.get(f"/admin/order/{number}/{name}").status_code == 200
    assert stored() == before


# --- addresses ------------------------------------------------------------------------------------------------------


def test_an_address_is_edited_in_a_pop_up_that_is_a_page_of_its_own_without_script(client: Client, number: str) -> None:
    whole = client.get(f"/admin/order/{number}/change_address/shipping").text
    fragment = client.get(f"/admin/order/{number}/change_address/shipping", headers=DIALOG).text

    assert '<main id="main"' in whole
    assert '<main id="main"' not in fragment
    assert 'value="Markt 87"' in whole
    assert 'value="Markt 87"' in fragment


def test_saving_an_address_changes_the_orders_own_copy_only(client: Client, number: str, look: Any) -> None:
    given = {"address-street": "Nieuwe Langendijk 4", "address-city": "Delft", "address-country": "BE"}

    answer = client.post(f"/admin/order/{number}/change_address/shipping", data=given)

    assert answer.status_code == 303
    assert look(lambda o: (o.shipping.name, o.shipping.street, o.shipping.country)) == (
        "Femke Jansen",
        "Nieuwe Langendijk 4",
        "BE",
    )
    assert look(lambda o: (o.billing.street, {a.street for a in o.customer.addresses})) == ("Markt 87", {"Markt 87"})


@pytest.mark.each_database
def test_two_people_who_edit_the_same_address_see_both_values_and_overwrite_nothing(
    client: Client, signed_in_as: Callable[[str], Client], number: str, look: Any
) -> None:
    url = f"/admin/order/{number}/change_address/billing"
    seen = seen_in(client.get(url).text)
    signed_in_as("office").post(url, data={"seen": seen, "address-street": "Theirs 1"})

    answer = client.post(url, data={"seen": seen, "in_dialog": "1", "address-street": "Mine 2"})

    assert answer.status_code == 409
    assert "Somebody else changed this after you opened it." in answer.text
    assert re.search(r"Street and number</th><td>Theirs 1</td><td>Mine 2</td>", answer.text)
    assert look(lambda order: order.billing.street) == "Theirs 1"

    again = client.post(url, data={"seen": seen_in(answer.text), "address-street": "Mine 2"})
    assert again.status_code == 303
    assert look(lambda order: order.billing.street) == "Mine 2"


def test_a_memo_of_a_colleague_does_not_stand_in_the_way_of_an_edit(client: Client, number: str, look: Any) -> None:
    url = f"/admin/order/{number}/change_address/billing"
    seen = seen_in(client.get(url).text)
    client.post(f"/admin/order/{number}/write_memo", data={"text": "Called"})

    assert client.post(url, data={"seen": seen, "address-street": "Mine 2"}).status_code == 303
    assert look(lambda order: order.billing.street) == "Mine 2"


def test_an_address_that_is_too_long_comes_back_with_what_is_wrong(client: Client, number: str, stored: Any) -> None:
    before = stored()

    answer = client.post(f"/admin/order/{number}/change_address/billing", data={"address-postcode": "1" * 61})

    assert answer.status_code == 422
    assert "At most 60 letters." in answer.text
    assert stored() == before


@pytest.mark.each_database
def test_odd_letters_are_kept_and_nul_is_left_out(client: Client, number: str, look: Any) -> None:
    client.post(f"/admin/order/{number}/change_address/billing", data={"address-street": "Bla\0ise 🌷 بيت 1"})

    assert look(lambda order: order.billing.street) == "Blaise 🌷 بيت 1"


# --- invoices -------------------------------------------------------------------------------------------------------


def invoice_url(look: Any, number: str, name: str) -> str:
    return f"/admin/order/{number}/{name}/{look(lambda order: order.invoices[0].id)}"


def test_the_invoices_pop_up_sets_paid_and_the_delivery_time(
    client: Client, number: str, look: Any, in_app: Any
) -> None:
    with in_app():
        queries.shop().delivery_times = ["1 to 2 days", "A week"]
    url = invoice_url(look, number, "change_invoice")
    assert "1 to 2 days" in client.get(url).text

    client.post(url, data={"paid": "True", "delivery_time-picked": "A week"})

    assert look(lambda o: (o.invoices[0].is_paid, o.invoices[0].delivery_time, o.paid)) == (
        True,
        "A week",
        Decimal("67.75"),
    )


def test_a_delivery_time_can_be_ones_own_text(client: Client, number: str, look: Any) -> None:
    url = invoice_url(look, number, "change_invoice")

    client.post(url, data={"delivery_time-picked": "own", "delivery_time-own": "After the holidays"})

    assert look(lambda o: (o.invoices[0].is_paid, o.invoices[0].delivery_time)) == (False, "After the holidays")
    assert 'value="After the holidays"' in client.get(url).text


def test_two_people_who_edit_the_same_invoice_see_both_values(client: Client, number: str, look: Any) -> None:
    url = invoice_url(look, number, "change_invoice")
    seen = seen_in(client.get(url).text)
    client.post(f"/admin/order/{number}/mark_paid")

    answer = client.post(url, data={"seen": seen, "paid": "False"})

    assert answer.status_code == 409
    assert re.search(r"Status</th><td>Paid</td><td>Not paid</td>", answer.text)
    assert look(lambda order: order.invoices[0].is_paid) is True


def test_an_invoice_goes_to_a_corrected_address_and_again(client: Client, number: str, look: Any) -> None:
    url = invoice_url(look, number, "send_invoice")

    client.post(url, data={"to": "office@example.org"})
    client.post(url)

    assert look(mails_of) == [("invoice", "office@example.org"), ("invoice", "femke@example.org")]
    assert "Send again" in client.get(url).text


def test_an_address_that_is_none_is_refused_in_the_pop_up(client: Client, number: str, look: Any, stored: Any) -> None:
    url = invoice_url(look, number, "send_invoice")

    before = stored()

    answer = client.post(url, data={"in_dialog": "1", "to": "nobody"}, headers=DIALOG)

    assert answer.status_code == 422
    assert "“nobody” is not an e-mail address." in answer.text
    assert 'value="nobody"' in answer.text
    assert stored() == before


# --- packing slips and sending --------------------------------------------------------------------------------------


def parcels(order: Order) -> list[tuple[bool, str, list[Decimal]]]:
    return [(s.sent_at is not None, s.tracking_code, [line.quantity for line in s.lines]) for s in order.shipments]


def test_a_packing_slip_takes_the_quantities_that_were_typed(client: Client, number: str, look: Any) -> None:
    mugs, pots = look(lambda order: [line.id for line in order.lines][:2])

    answer = client.post(
        f"/admin/order/{number}/create_packing_slip",
        data={f"quantities-{mugs}": "1,5", f"quantities-{pots}": "0"},
    )

    assert answer.status_code == 303
    assert look(parcels) == [(False, "", [Decimal("1.5")])]


@pytest.mark.parametrize(
    ("typed", "said"), [("4", "From 0 to 3."), ("-1", "From 0 to 3."), ("many", "is not an amount")]
)
def test_a_packing_slip_of_what_is_not_there_comes_back_with_what_is_wrong(
    client: Client, number: str, look: Any, stored: Any, typed: str, said: str
) -> None:
    mugs = look(lambda order: order.lines[0].id)

    before = stored()

    answer = client.post(f"/admin/order/{number}/create_packing_slip", data={f"quantities-{mugs}": typed})

    assert answer.status_code == 422
    assert said in answer.text
    assert stored() == before


@pytest.mark.parametrize(
    ("given", "mails"),
    [
        ({"notify": "y"}, ["order_sent"]),
        ({"notify": "y", "tracking_code": "3S1"}, ["track_and_trace"]),
        ({"tracking_code": "3S1"}, []),
    ],
)
def test_sent_tells_the_customer_once_or_not_at_all(
    client: Client, number: str, look: Any, given: dict[str, str], mails: list[str]
) -> None:
    client.post(f"/admin/order/{number}/mark_sent", data=given)

    assert look(parcels) == [(True, given.get("tracking_code", ""), [Decimal(3), Decimal(1)])]
    assert [kind for kind, _to in look(mails_of)] == mails


def test_a_packing_slip_is_set_sent_afterwards_and_its_code_corrected(client: Client, number: str, look: Any) -> None:
    mugs = look(lambda order: order.lines[0].id)
    client.post(f"/admin/order/{number}/create_packing_slip", data={f"quantities-{mugs}": "2"})
    slip = look(lambda order: order.shipments[0].id)

    client.post(f"/admin/order/{number}/send_shipment/{slip}", data={"tracking_code": "WRONG"})
    client.post(f"/admin/order/{number}/change_tracking/{slip}", data={"tracking_code": "RIGHT"})

    assert look(parcels) == [(True, "RIGHT", [Decimal(2)])]
    history = client.get(f"/admin/order/{number}?tab=history").text
    assert "<del>WRONG</del> → <ins>RIGHT</ins>" in history


# --- memos and history ----------------------------------------------------------------------------------------------


def test_a_memo_is_added_and_removed_and_stays_in_history(client: Client, number: str, look: Any) -> None:
    client.post(f"/admin/order/{number}/write_memo", data={"text": "Call <b>first</b>"})
    memo = look(lambda order: [(m.id, m.text, m.author) for m in order.memos])
    assert [(text, author) for _id, text, author in memo] == [("Call <b>first</b>", "Owner")]

    client.post(f"/admin/order/{number}/remove_memo/{memo[0][0]}")

    assert look(lambda order: order.memos) == []
    assert "Memo removed: Call &lt;b&gt;first&lt;/b&gt;" in client.get(f"/admin/order/{number}?tab=history").text


def test_an_empty_memo_is_asked_for_again(client: Client, number: str, stored: Any) -> None:
    before = stored()

    answer = client.post(f"/admin/order/{number}/write_memo", data={"text": "  "})

    assert answer.status_code == 422
    assert "Fill this in." in answer.text
    assert stored() == before


def test_what_is_done_on_a_tab_leads_back_to_it(client: Client, number: str, look: Any) -> None:
    page = client.get(f"/admin/order/{number}?tab=invoices").text
    link = re.search(r'href="([^"]*change_invoice[^"]*)"', page)
    assert link

    answer = client.post(link[1], data={"paid": "True"})

    assert answer.location == f"/admin/order/{number}?tab=invoices"


def test_history_links_each_mail_to_the_outbox(client: Client, number: str, in_app: Any) -> None:
    with in_app():
        mail = db.session.scalar(select(OutgoingMail.id))

    page = client.get(f"/admin/order/{number}?tab=history").text

    assert f'href="/admin/outbox/details/?id={mail}"' in page


def test_after_a_repeat_the_tick_is_off_and_says_when_the_customer_was_told(
    client: Client, in_app: Any, number: str
) -> None:
    client.post(f"/admin/order/{number}/mark_paid", data={"notify": "y"})
    with in_app():
        for mail in db.session.scalars(select(OutgoingMail)):
            mail.state, mail.sent_at = MailState.SENT, datetime(2026, 11, 28, 15, 13, tzinfo=UTC)
    said = client.get(client.post(f"/admin/order/{number}/mark_not_paid").location).text

    assert "The mail to femke@example.org had gone already." in said
    for page in (f"/admin/order/{number}", f"/admin/order/{number}/mark_paid", f"/admin/order/{number}/enter_payment"):
        shown = client.get(page).text
        ticks = [one for one in re.findall(r"<input [^>]*>", shown) if 'name="notify"' in one]
        assert ticks
        assert "Told on 28 Nov 2026 16:13." in html.unescape(shown)
        own = [one for one in ticks if page != f"/admin/order/{number}" or 'form="mark-paid"' in one]
        assert all(" checked" not in one for one in own)


def test_a_message_says_that_the_mail_waits_and_that_it_was_withdrawn(client: Client, in_app: Any, number: str) -> None:
    with in_app():
        queries.shop().mail_hold = 120
    said = client.get(client.post(f"/admin/order/{number}/mark_paid", data={"notify": "y"}).location).text
    assert "Order marked as paid. The mail to femke@example.org goes in 120 seconds." in said
    assert 'data-stays="120"' in said
    with in_app():
        (mail_id,) = db.session.scalars(select(OutgoingMail.id).where(OutgoingMail.kind == "order_paid"))
    assert "Waits for Undo" in client.get(f"/admin/outbox/details/?id={mail_id}").text

    said = client.get(client.post(f"/admin/order/{number}/mark_not_paid").location).text
    assert "The mail to femke@example.org was withdrawn." in said
    assert "was written anew" not in said
    assert "Withdrawn" in client.get(f"/admin/outbox/details/?id={mail_id}").text
