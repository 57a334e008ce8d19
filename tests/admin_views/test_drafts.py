"""Drafts at the screen: begun, filled, placed and found again; lines and customers edited with and without script."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app import queries
from app.actions.drafts import begin_empty_draft, copy_order, discard_draft
from app.actions.lines import EditedLine, edit_lines
from app.extensions import db
from app.history import SYSTEM
from app.intake.placing import place_order
from app.models import Customer, InvoiceMoment, Order, PaymentMethod, Product
from app.queries import shop
from tests.arrange import at_once
from tests.factories import new_order, placed_order, shop_key

DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def draft(in_app) -> str:
    """A copy of an order: two products and shipping."""
    with in_app():
        return copy_order(placed_order(), by=SYSTEM).number


def order_of(number: str) -> Order:
    order = queries.order_numbered(number) or queries.order_begun_as(number)
    assert order is not None
    return order


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


def rows(*lines: dict[str, Any]) -> dict[str, Any]:
    """The posted form of these lines."""
    start = {"id": "", "product_id": "", "sku": "", "discount": "0", "rate": "21"}
    return {
        f"lines-{position}-{name}": value
        for position, line in enumerate(lines)
        for name, value in {**start, **line}.items()
    }


def test_new_order_begins_a_draft_and_opens_it(client, in_app):
    answer = client.post("/admin/draft/begin")

    assert (answer.status_code, answer.location) == (303, "/admin/order/DRAFT1")
    page = client.get(answer.location)
    assert page.status_code == 200
    for text in ("Draft created", "No products yet", "Edit products", "Place order", "Discard"):
        assert text in page.text
    assert "New order" in client.get("/admin/order/").text
    assert "New order" in client.get("/admin/draft/").text


def test_new_order_for_a_customer(client, in_app):
    with in_app():
        customer_id = placed_order().customer_id

    answer = client.post("/admin/draft/begin", data={"customer": customer_id})

    assert "Femke Jansen" in client.get(answer.location).text
    assert client.post("/admin/draft/begin", data={"customer": "999"}).status_code == 404
    with in_app():
        assert queries.order_numbered("DRAFT2") is None


def test_a_packer_begins_no_draft(signed_in_as):
    packer = signed_in_as("packer")

    assert packer.post("/admin/draft/begin").status_code == 403
    assert "New order" not in packer.get("/admin/draft/").text


def test_who_tries_the_demo_shop_begins_an_order_of_it_and_may_want_one_of_their_own(client, in_app):
    with in_app():
        place_order(new_order(), shop=shop_key(), by=SYSTEM, demo=True)

    page = client.get(client.post("/admin/draft/begin").location)
    assert "D-DRAFT1" in page.text
    assert "This is an order of the demo shop." in page.text
    found = client.post("/admin/order/D-DRAFT1/choose_customer", data={"find": "femke", "step": "find"})
    assert "femke@example.org" in found.text
    assert client.post("/admin/draft/begin", data={"real": "y"}).location == "/admin/order/DRAFT1"
    assert "of the demo shop" not in client.get("/admin/order/DRAFT1").text
    with in_app():
        customer = db.session.scalars(select(Customer)).one().id
    client.post("/admin/order/D-DRAFT1/choose_customer", data={"customer_id": customer})
    assert "of the demo shop" not in client.get("/admin/order/D-DRAFT1").text

    with in_app():
        placed_order()
    assert client.post("/admin/draft/begin").location == "/admin/order/DRAFT2"


def test_the_list_of_drafts_has_two_tabs(client, in_app, statements):
    with in_app():
        order = placed_order()
        copy_order(order, by=SYSTEM)
        discard_draft(copy_order(order, by=SYSTEM), by=SYSTEM)
        begin_empty_draft(by=SYSTEM)
    client.get("/admin/draft/")
    statements.clear()

    page = client.get("/admin/draft/")

    # who is there, how they want the list, the shop, the count, the rows, who began them
    assert len(statements) == 6, statements
    assert re.findall(r">(DRAFT\d)</a>", page.text) == ["DRAFT3", "DRAFT1"]
    for text in ("Femke Jansen", "€67.75", "Toonbank"):
        assert text in page.text
    assert re.findall(r">(DRAFT\d)</a>", client.get("/admin/draft/?view=discarded").text) == ["DRAFT2"]
    assert re.findall(r">(DRAFT\d)</a>", client.get("/admin/draft/?search=femke").text) == ["DRAFT1"]
    for sort in range(4):
        assert client.get(f"/admin/draft/?sort={sort}&desc=1").status_code == 200


def test_copy_lands_on_the_draft_and_says_so_on_the_order(client, in_app):
    with in_app():
        number = placed_order().number

    answer = client.post(f"/admin/order/{number}/copy_order")

    assert (answer.status_code, answer.location) == (303, "/admin/order/DRAFT1")
    assert "Copied to draft DRAFT1" in client.get(f"/admin/order/{number}?tab=history").text
    assert f"Copied from {number}" in client.get("/admin/order/DRAFT1?tab=history").text


def test_place_lands_on_the_order_and_the_old_number_leads_there(client, in_app, draft):
    dialog = client.get(f"/admin/order/{draft}/place_draft", headers=DIALOG).text
    assert "femke@example.org gets “Order confirmation” in Dutch." in dialog

    answer = client.post(f"/admin/order/{draft}/place_draft", data={"notify": "y", "in_dialog": "1"})

    assert (answer.status_code, answer.location) == (303, "/admin/order/ORD10002")
    for tab in ("", "?tab=customer"):
        old = client.get(f"/admin/order/{draft}{tab}")
        assert (old.status_code, old.location) == (302, f"/admin/order/ORD10002{tab}")
    again = client.post(f"/admin/order/{draft}/place_draft", data={"in_dialog": "1"})
    assert again.status_code == 422
    assert "This is an order already." in again.text
    assert client.get("/admin/order/DRAFT99").status_code == 404


def test_place_says_what_is_missing(client, in_app):
    client.post("/admin/draft/begin")

    page = client.post("/admin/order/DRAFT1/place_draft", data={"in_dialog": "1"}, headers=DIALOG)

    assert page.status_code == 422
    assert "Add at least one product first." in page.text


def test_discard_offers_undo(client, in_app, draft):
    answer = client.post(f"/admin/order/{draft}/discard_draft")

    page = client.get(answer.location).text
    assert f"/admin/order/{draft}/restore_draft" in page
    assert "Discarded" in page
    assert "The draft is discarded. Reopen it first." in page
    client.post(f"/admin/order/{draft}/restore_draft")
    with in_app():
        assert order_of(draft).cancelled_at is None


@pytest.mark.each_database
def test_place_pressed_by_four_people_is_one_order(in_app, signed_in_as, draft):
    browsers = [signed_in_as("owner") for _ in range(4)]
    press = {"path": f"/admin/order/{draft}/place_draft", "data": {"notify": "y", "in_dialog": "1"}}

    answers = at_once(4, lambda position: browsers[position].post(**press).status_code)

    assert sorted(answers) == [303, 422, 422, 422]
    with in_app():
        order = order_of(draft)
        assert (order.number, len(order.invoices)) == ("ORD10002", 1)


# --- lines ----------------------------------------------------------------------------------------------------------


def test_lines_are_edited_in_the_pop_up(client, in_app, draft):
    with in_app():
        first, second = (line.id for line in order_of(draft).lines[:2])
    dialog = client.get(f"/admin/order/{draft}/edit_lines", headers=DIALOG).text
    assert 'value="Stoneware mug"' in dialog
    assert 'value="12.50"' in dialog

    answer = client.post(
        f"/admin/order/{draft}/edit_lines",
        data={
            "seen": seen_in(dialog),
            "in_dialog": "1",
            "order_discount": "2,50",
            **rows(
                {"id": first, "name": "Stoneware mug", "quantity": "2", "unit_price": "12,50"},
                {"name": "Engraving", "quantity": "1", "unit_price": "5", "rate": "9"},
            ),
        },
    )

    assert answer.status_code == 303, answer.text
    with in_app():
        order = order_of(draft)
        assert [(line.name, line.kind, line.total) for line in order.lines] == [
            ("Stoneware mug", "product", 25),
            ("Parcel post", "shipping", Decimal("6.05")),
            ("Engraving", "product", 5),
            ("Discount", "discount", Decimal("-2.5")),
        ]
        assert order.total == Decimal("33.55")
        assert second not in [line.id for line in order.lines]
    history = client.get(f"/admin/order/{draft}?tab=history").text
    assert "Products changed: Stoneware mug, Teapot, Engraving" in history
    assert "€2.50" in history


def test_small_buttons_only_change_the_form(client, in_app, draft):
    with in_app():
        db.session.add(Product(name="Tile", sku="TIL-1", price=Decimal("4.20"), vat_rate=Decimal(9), stock=Decimal(7)))
        db.session.flush()
        version = order_of(draft).version
    url, mug = f"/admin/order/{draft}/edit_lines", {"name": "Mug", "quantity": "1", "unit_price": "8"}

    found = client.post(url, data={"step": "find", "find": "til", **rows(mug)})
    assert found.status_code == 200
    assert "TIL-1" in found.text
    assert 'name="lines-0-name" value="Mug"' in found.text
    none = client.post(url, data={"step": "find", "find": "nothing", **rows(mug)})
    assert "Nothing matches" in none.text
    product_id = re.search(r'name="add_product" value="(\d+)"', found.text)[1]
    added = client.post(url, data={"add_product": product_id, **rows(mug)})
    assert 'name="lines-1-name" value="Tile"' in added.text
    assert 'name="lines-1-rate" value="9"' in added.text
    tile = {"product_id": product_id, "name": "Tile", "quantity": "1", "unit_price": "4.20"}
    twice = client.post(url, data={"add_product": product_id, **rows(mug, tile)})
    assert 'name="lines-1-quantity" value="2"' in twice.text
    assert "lines-2-name" not in twice.text
    free = client.post(url, data={"step": "free_line", **rows(mug)})
    assert 'name="lines-1-rate" value="21"' in free.text
    removed = client.post(url, data={"remove": "0", **rows(mug, tile)})
    assert 'name="lines-0-name" value="Tile"' in removed.text
    for nonsense in ({"remove": "99"}, {"remove": "x"}, {"add_product": "999"}, {"add_product": ""}):
        assert client.post(url, data={**nonsense, **rows(mug)}).status_code == 200
    with in_app():
        assert order_of(draft).version == version


def test_a_wrong_line_comes_back_with_what_is_wrong(client, in_app, draft):
    url = f"/admin/order/{draft}/edit_lines"
    good = {"name": "Mug", "quantity": "1", "unit_price": "8"}

    typed = client.post(url, data={"in_dialog": "1", **rows({**good, "quantity": "one"})})
    assert typed.status_code == 422
    assert "“one” is not an amount." in typed.text
    assert 'value="one"' in typed.text
    refused = client.post(url, data={"in_dialog": "1", **rows({**good, "rate": ""})})
    assert refused.status_code == 422
    assert "Line 1: fill in the VAT rate" in refused.text
    unnamed = client.post(url, data={"in_dialog": "1", **rows({**good, "name": ""})})
    assert "Fill this in." in unnamed.text


def test_two_people_edit_the_lines(client, in_app, draft):
    url = f"/admin/order/{draft}/edit_lines"
    seen = seen_in(client.get(url, headers=DIALOG).text)
    with in_app():
        edit_lines(order_of(draft), by=SYSTEM, lines=[EditedLine("Vase", Decimal(1), Decimal(9), rate=Decimal(9))])

    mine = rows({"name": "Mug", "quantity": "1", "unit_price": "8"})
    page = client.post(url, data={"seen": seen, "in_dialog": "1", **mine})

    assert page.status_code == 409
    assert "1 × Vase 9" in page.text
    assert "1 × Mug 8" in page.text
    after = client.post(url, data={"seen": seen_in(page.text), "in_dialog": "1", **mine})
    assert after.status_code == 303
    with in_app():
        assert [line.name for line in order_of(draft).lines if line.kind == "product"] == ["Mug"]


def test_an_order_with_an_invoice_says_why_its_lines_are_fixed(client, in_app):
    with in_app():
        number = placed_order().number

    page = client.get(f"/admin/order/{number}").text
    assert "There is an invoice: payment and shipping are fixed. Use Change the order." in page
    posted = client.post(f"/admin/order/{number}/edit_lines", data={"in_dialog": "1", **rows()})
    assert posted.status_code == 422
    assert "There is an invoice: products and prices are fixed. Use Change the order" in posted.text


def test_methods_are_chosen_in_the_pop_up(client, in_app, draft):
    with in_app():
        cash = PaymentMethod(title="Cash on delivery", cost=Decimal("2.50"), vat_rate=Decimal(21))
        db.session.add_all([cash, PaymentMethod(title="Old one", is_active=False)])
        db.session.flush()
        cash_id, parcel_id = cash.id, order_of(draft).shipping_method_id
    url = f"/admin/order/{draft}/change_methods"
    dialog = client.get(url, headers=DIALOG).text
    assert "Cash on delivery" in dialog
    assert "Old one" not in dialog

    answer = client.post(
        url,
        data={
            "seen": seen_in(dialog), "in_dialog": "1", "payment_method": cash_id, "shipping_method": parcel_id,
            "payment_cost": "0", "payment_rate": "0", "shipping_cost": "6,05", "shipping_rate": "21",
        },
    )  # fmt: skip

    assert answer.status_code == 303, answer.text
    with in_app():
        order = order_of(draft)
        assert (order.payment_method_title, order.total) == ("Cash on delivery", Decimal("70.25"))
    stale = client.post(url, data={"seen": "0" * 16, "in_dialog": "1", "payment_method": "0", "shipping_method": "0"})
    assert stale.status_code == 409
    assert client.post(url, data={"in_dialog": "1", "payment_method": "999"}).status_code == 422


# --- who ordered ----------------------------------------------------------------------------------------------------

PERSON = {
    "customer_name": "Femke de Vries", "company": "Pottery BV", "vat_id": "NL001", "email": "new@example.org",
    "phone": "+31 6", "language": "nl", "customer_note": "Ring twice",
}  # fmt: skip


def test_the_customer_is_edited_on_the_customer_tab(client, in_app):
    with in_app():
        order = placed_order()
        number, total = order.number, order.total
    page = client.get(f"/admin/order/{number}?tab=customer").text
    assert f"/admin/order/{number}/change_customer?tab=customer" in page
    url = f"/admin/order/{number}/change_customer?tab=customer"
    seen = seen_in(client.get(url, headers=DIALOG).text)

    answer = client.post(url, data={**PERSON, "seen": seen, "in_dialog": "1"})

    assert answer.location == f"/admin/order/{number}?tab=customer"
    with in_app():
        order = order_of(number)
        assert {name: getattr(order, name) for name in PERSON} == PERSON
        assert (order.total, order.customer.name) == (total, "Femke Jansen")
    history = client.get(f"/admin/order/{number}?tab=history").text
    assert "Customer changed" in history
    assert "new@example.org" in history
    assert number in client.get("/admin/order/?search=vries").text


def test_the_customers_record_changes_with_a_tick(client, in_app, draft):
    client.post(f"/admin/order/{draft}/change_customer", data={**PERSON, "also_on_record": "y"})

    with in_app():
        customer = order_of(draft).customer
        assert (customer.name, customer.email, customer.vat_id) == ("Femke de Vries", "new@example.org", "NL001")


def test_a_record_is_made_for_an_order_without_customer(client, in_app):
    with in_app():
        begin_empty_draft(by=SYSTEM)

    client.post("/admin/order/DRAFT1/change_customer", data={**PERSON, "also_on_record": "y"})

    with in_app():
        assert order_of("DRAFT1").customer.email == "new@example.org"


def test_a_wrong_address_is_refused_and_finished_orders_are_fixed(client, in_app):
    with in_app():
        order = placed_order()
        number = order.number
    url = f"/admin/order/{number}/change_customer"

    wrong = client.post(url, data={**PERSON, "email": "no address", "in_dialog": "1"})
    assert wrong.status_code == 422
    assert "“no address” is not an e-mail address." in wrong.text
    with in_app():
        order_of(number).cancelled_at = order_of(number).placed_at
    for name in ("change_customer", "choose_customer"):
        page = client.post(f"/admin/order/{number}/{name}", data={**PERSON, "customer_id": "1", "in_dialog": "1"})
        assert page.status_code == 422
        assert "This order is cancelled." in page.text


def test_another_customer_is_searched_and_chosen(client, in_app, draft):
    with in_app():
        other, demo = Customer(name="Stan Guit", email="stan@example.org"), Customer(name="Stan Demo", is_demo=True)
        db.session.add_all([other, demo])
        db.session.flush()
        other_id, demo_id = other.id, demo.id
    url = f"/admin/order/{draft}/choose_customer"
    assert "Find" in client.get(url, headers=DIALOG).text

    found = client.post(url, data={"step": "find", "find": "stan", "in_dialog": "1"}).text
    assert "stan@example.org" in found
    assert "Stan Demo" not in found
    none = client.post(url, data={"in_dialog": "1"})
    assert none.status_code == 422
    assert "Choose one first." in none.text
    mixed = client.post(url, data={"customer_id": demo_id, "in_dialog": "1"})
    assert "don’t mix" in mixed.text
    gone = client.post(url, data={"customer_id": "999", "in_dialog": "1"})
    assert "This customer is gone." in gone.text
    answer = client.post(url, data={"customer_id": other_id, "take_over": "y", "in_dialog": "1"})

    assert answer.status_code == 303
    with in_app():
        order = order_of(draft)
        assert (order.customer_id, order.customer_name, order.email) == (other_id, "Stan Guit", "stan@example.org")


def test_only_the_link_changes_without_taking_over(client, in_app):
    with in_app():
        shop().invoice_moment = InvoiceMoment.MANUAL
        number = placed_order().number
        other = Customer(name="Stan Guit")
        db.session.add(other)
        db.session.flush()
        other_id = other.id

    client.post(f"/admin/order/{number}/choose_customer", data={"customer_id": other_id})

    with in_app():
        assert (order_of(number).customer_id, order_of(number).customer_name) == (other_id, "Femke Jansen")
