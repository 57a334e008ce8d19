"""Credit notes and returns at the screen: the pop-ups, the tab, the lists and what each says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.returns import create_return
from app.actions.shipments import mark_sent
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.models import Invoice, InvoiceMoment, Order, Return, ReturnReason, ReturnStatus
from app.queries import shop
from tests.arrange import at_once
from tests.clients import Client
from tests.factories import PLACED_AT, paid_order


@pytest.fixture
def order_ids(in_app: Any) -> dict[str, Any]:
    """A paid and sent order of three mugs and a teapot: its number, and the ids of its lines and invoice."""
    with in_app():
        db.session.add(ReturnReason(title="Too blue"))
        db.session.add(ReturnReason(title="Given up", is_active=False))
        order = paid_order(language="en")
        mark_sent(order, by=SYSTEM, notify=False)
        mugs, teapot, shipping = (line.id for line in order.lines)
        return {
            "url": f"/admin/order/{order.number}",
            "invoice": order.invoices[0].id,
            "mugs": mugs,
            "teapot": teapot,
            "shipping": shipping,
        }


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


# --- returns --------------------------------------------------------------------------------------------------------


def test_a_return_from_the_pop_up_to_its_credit_note(client: Client, in_app: Any, order_ids: dict[str, Any]) -> None:
    page = client.get(f"{order_ids['url']}/create_return").text
    assert "The return period ended" not in page
    client.post(f"{order_ids['url']}/create_return", data={f"quantities-{order_ids['mugs']}": "1", "note": "Chipped"})
    tab = client.get(f"{order_ids['url']}?tab=returns").text
    assert "RET00001" in tab
    assert "€12.50" in tab
    assert "Chipped" in tab

    changed = client.get(f"{order_ids['url']}/change_return/1").text
    assert "€12.50 to refund" in changed
    client.post(
        f"{order_ids['url']}/change_return/1", data={f"quantities-{order_ids['mugs']}": "2", "reason": "Too blue"}
    )
    client.post(f"{order_ids['url']}/receive_return/1", data={"restock": "y"})
    client.post(f"{order_ids['url']}/credit_return/1", data={})

    with in_app():
        (back,) = db.session.scalars(select(Return))
        assert (back.reason, back.note, back.status) == ("Too blue", "Chipped", ReturnStatus.COMPLETED)
        assert [note.total for note in credit_notes()] == [Decimal("-25.00")]
    frozen = client.get(f"{order_ids['url']}/change_return/1").text
    assert "A credit note settles this return: it can’t be modified any more." in frozen


def test_a_return_that_somebody_else_changed_meanwhile_shows_both(
    client: Client, in_app: Any, order_ids: dict[str, Any]
) -> None:
    with in_app():
        (order,) = db.session.scalars(select(Order))
        create_return(order, by=SYSTEM, quantities={order_ids["mugs"]: Decimal(1)})
    url = f"{order_ids['url']}/change_return/1"
    seen = client.get(url).text.partition('name="seen" value="')[2].partition('"')[0]
    client.post(url, data={f"quantities-{order_ids['mugs']}": "1", "note": "Theirs", "seen": seen})

    answer = client.post(url, data={f"quantities-{order_ids['mugs']}": "1", "note": "Mine", "seen": seen})

    assert answer.status_code == 409
    assert "Theirs" in answer.text
    assert "Mine" in answer.text


def test_outside_the_return_period_there_is_a_warning(client: Client, in_app: Any, order_ids: dict[str, Any]) -> None:
    with in_app():
        (order,) = db.session.scalars(select(Order))
        order.shipments[0].sent_at = PLACED_AT
    assert now() > PLACED_AT

    page = client.get(f"{order_ids['url']}/create_return").text
    assert "The return period ended on 28 Mar 2026." in page
    client.post(f"{order_ids['url']}/create_return", data={f"quantities-{order_ids['mugs']}": "1"})

    with in_app():
        assert len(db.session.scalars(select(Return)).all()) == 1


def test_the_list_of_returns_is_searched_and_narrowed(client: Client, in_app: Any, order_ids: dict[str, Any]) -> None:
    with in_app():
        (order,) = db.session.scalars(select(Order))
        create_return(order, by=SYSTEM, quantities={order_ids["mugs"]: Decimal(1)}, reason="Too blue")

    for query in ("", "?search=RET00001", "?search=ORD10001", "?status=authorised"):
        page = client.get(f"/admin/return/{query}").text
        assert "RET00001" in page, query
        assert "€12.50" in page
        assert f"{order_ids['url']}?tab=returns" in page
    for query in ("?search=RET00002", "?status=completed"):
        assert "RET00001" not in client.get(f"/admin/return/{query}").text, query
    assert client.get("/admin/return/?status=nonsense").status_code == 200


def test_the_shop_keeps_its_lists_of_reasons_and_actions(client: Client, in_app: Any, signed_in_as: Any) -> None:
    for endpoint in ("return-reason", "return-action"):
        made = client.post(f"/admin/{endpoint}/new/", data={"title": " Torn ", "position": "2", "is_active": "y"})
        assert made.status_code == 302
        page = client.get(f"/admin/{endpoint}/").text
        assert "Torn" in page
        assert "Return reason" in page
        again = client.post(f"/admin/{endpoint}/new/", data={"title": "Torn", "position": "3", "is_active": "y"})
        assert "Already exists" in again.text
        assert signed_in_as("packer").post(f"/admin/{endpoint}/new/", data={"title": "X"}).status_code == 403


def test_the_list_of_invoices_tells_credit_notes_apart(client: Client, order_ids: dict[str, Any]) -> None:
    client.post(f"{order_ids['url']}/create_credit_note/{order_ids['invoice']}", data={"everything": "y"})

    everything = client.get("/admin/invoice/").text
    assert "CRN00001" in everything
    assert ">Credited<" in everything.replace("</svg>", ">")
    only_notes = client.get("/admin/invoice/?kind=credit_note").text
    assert "CRN00001" in only_notes
    assert "INV00001" not in only_notes
    assert "CRN00001" not in client.get("/admin/invoice/?kind=invoice").text


def test_many_orders_are_credited_at_once(client: Client, in_app: Any, order_ids: dict[str, Any]) -> None:
    with in_app():
        other = paid_order().number
    number = order_ids["url"].rpartition("/")[2]
    asked = client.post("/admin/order/bulk", data={"action": "credit_order", "rowid": [number, other]})

    assert "Create credit note" in asked.text
    with in_app():
        assert credit_notes() == []  # it is final: it asks first
