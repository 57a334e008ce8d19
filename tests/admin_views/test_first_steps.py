"""The first hour of a shop: how orders come in, and what is to be set up; only what the person may do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app import queries
from app.actions.sellers import complete_seller
from app.actions.staff import add_staff
from app.actions.usual_offers import offer_usual
from app.extensions import db
from app.history import SYSTEM
from app.models import PaymentMethod, Product, Role
from tests.clients import Client
from tests.factories import COMPANY, placed_order
from tests.looking import words

STEPS = [
    "Your name and e-mail address", "Your password", "Company, address and VAT number, or that you are VAT-exempt",
    "Payment methods", "Shipping methods", "Mail server", "Numbers of invoices", "Colleagues", "First order",
]  # fmt: skip


def steps_on(page: str) -> dict[str, bool]:
    """Each step, and whether it is done."""
    card = re.search(r'id="steps".*?</ol>', page, re.S)
    items = re.findall(r"<li>(.*?)</li>", card[0], re.S) if card else []
    return {words(item).removeprefix("Done ").removeprefix("To do "): "circle-check" in item for item in items}


def test_a_new_shop_offers_four_ways_in_and_nine_steps(client: Client) -> None:
    for page in (client.get("/admin/").text, client.get("/admin/order/").text):
        for way in ("Connect my shop", "Read a file", "Type an order", "Look at a demo"):
            assert way in page
    assert list(steps_on(client.get("/admin/").text)) == STEPS


@pytest.mark.parametrize("role", ["packer", "reader"])
def test_who_may_do_none_of_it_is_offered_none(signed_in_as: Any, role: str) -> None:
    page = signed_in_as(role).get("/admin/").text
    assert (steps_on(page), "ways-in" in page) == ({}, False)


def test_of_the_steps_one_sees_those_that_one_may_take(signed_in_as: Any, in_app: Any) -> None:
    with in_app():
        db.session.add(Role(name="company", permissions=["settings.company"]))
    assert list(steps_on(signed_in_as("company").get("/admin/").text)) == [STEPS[1], STEPS[2]]


def test_everything_that_is_offered_opens(signed_in_as: Any) -> None:
    for role in ("owner", "office"):
        person = signed_in_as(role)
        page = person.get("/admin/").text
        offered = re.findall(r'<a [^>]*href="(/[^"]+)"', page[page.index("<main") :])
        answers = {address: person.get(address.replace("&amp;", "&"), follow_redirects=True) for address in offered}
        assert {address for address, answer in answers.items() if answer.status_code != 200} == set()


def test_each_step_ticks_itself(client: Client, in_app: Any) -> None:
    with in_app():
        complete_seller(queries.shop(), COMPANY, by=SYSTEM)
        offer_usual("payment", ["ideal"], by=SYSTEM)
        offer_usual("shipping", ["postnl"], by=SYSTEM)
        queries.shop().smtp_host = "mail.example.com"
        add_staff("pat@example.com", role="packer", by=SYSTEM)
        placed_order()
    undone = [text for text, is_done in steps_on(client.get("/admin/").text).items() if not is_done]
    assert undone == ["Your password"]


def test_they_can_be_put_away(client: Client, in_app: Any, signed_in_as: Any) -> None:
    assert signed_in_as("office").post("/admin/put-steps-away").status_code == 403
    client.post("/admin/put-steps-away")
    assert "First steps" not in client.get("/admin/").text
    with in_app():
        assert queries.history_of(queries.shop())[0].facts["changes"] == {"steps_put_away": [False, True]}


def test_methods_are_ticked_in_a_list_of_the_country(client: Client, in_app: Any, signed_in_as: Any) -> None:
    page = client.get("/admin/usual-methods/?kind=payment").text
    assert "Usual in Netherlands" in page
    assert page.index("iDEAL") < page.index("PayPal")
    client.post("/admin/usual-methods/?kind=payment", data={"offer": ["ideal", "transfer", "bancontact"]})
    with in_app():
        found = {one.title: one.confirms_itself for one in db.session.query(PaymentMethod)}
    assert found == {"iDEAL": True, "Bank transfer": False}
    assert signed_in_as("packer").post("/admin/usual-methods/", data={"offer": ["card"]}).status_code == 403
    assert client.get("/admin/usual-methods/?kind=odd").status_code == 404


def test_a_new_product_has_no_price_and_the_standard_rate(client: Client, in_app: Any) -> None:
    page = client.get("/admin/product/new/").text
    assert re.search(r'name="price"[^>]*value=""', page)
    assert re.search(r'name="vat_rate"[^>]*value="21"', page)
    assert '<option value="9" label="Reduced rate: food, ' in page
    refused = client.post("/admin/product/new/", data={"name": "Mug", "price": "", "vat_rate": "21"})
    assert "Fill this in." in refused.text
    with in_app():
        assert db.session.query(Product).count() == 0


def test_an_empty_list_leads_on(client: Client) -> None:
    assert "Choose from a list" in client.get("/admin/shipping-method/").text
    assert "They are made with your orders" in client.get("/admin/invoice/").text


def test_my_invoice_is_shown_as_it_will_look(client: Client, in_app: Any) -> None:
    with in_app():
        before = queries.shop().version
    assert client.get("/admin/company/example.pdf").data.startswith(b"%PDF")
    with in_app():
        assert queries.shop().version == before
