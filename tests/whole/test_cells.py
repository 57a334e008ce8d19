"""One value of a row is changed in the list: with the form, the right, the history and the warning of its own page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.history import Happened
from app.models import Customer, CustomStatus, History, Memo, Order, Product, StockMovement
from tests.arrange import at_once
from tests.clients import Client, sign_in
from tests.factories import placed_order

PATH = "/admin/product/ajax/update/"


@pytest.fixture
def mug(in_app: Any) -> dict[str, str]:
    with in_app():
        db.session.add(Product(sku="MUG-30", name="Mug", price=Decimal("12.50"), vat_rate=Decimal(21)))
        db.session.flush()
        product = db.session.scalars(select(Product)).one()
        return {"id": str(product.id), "seen_version": str(product.version)}


@pytest.mark.parametrize(
    ("field", "typed", "kept", "shown"),
    [
        ("price", "13,75", Decimal("13.75"), "13.75"), ("stock", "7", Decimal(7), "7"),
        ("location", "B4", "B4", "B4"), ("is_active", None, False, ""),
    ],
)  # fmt: skip
def test_a_value_is_saved_and_shown_as_the_list_shows_it(
    client: Client, in_app: Any, mug: dict[str, str], field: str, typed: str | None, kept: object, shown: str
) -> None:
    answer = client.post(PATH, data=mug | {"field": field} | ({} if typed is None else {field: typed}))

    assert answer.status_code == 200, answer.text
    assert shown in answer.json["shown"]
    assert answer.json["version"] != mug["seen_version"]
    assert f'data-edit="{field}" data-value="{answer.json["value"]}"' in client.get("/admin/product/").text
    with in_app():
        product = db.session.scalars(select(Product)).one()
        said = db.session.scalars(select(History).where(History.what == Happened.RECORD_CHANGED)).one()
        assert getattr(product, field) == kept
        assert set(said.facts["changes"]) == {field}
        assert len(db.session.scalars(select(StockMovement)).all()) == (field == "stock")


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        ({"field": "price", "price": "-1"}, 422, ""), ({"field": "price", "price": "much"}, 422, ""),
        ({"field": "price", "price": ""}, 422, "Fill this in."),
        ({"field": "stock", "stock": "5", "seen_version": "0"}, 409, "Somebody else changed this"),
        ({"field": "name", "name": "Cup"}, 404, None), ({"field": "price", "price": "1", "id": "x"}, 404, None),
    ],
)  # fmt: skip
def test_what_the_page_of_the_product_refuses_is_refused_here(
    client: Client, in_app: Any, mug: dict[str, str], data: dict[str, str], status: int, said: str | None
) -> None:
    answer = client.post(PATH, data=mug | data)

    assert answer.status_code == status
    assert said is None or (answer.json["error"] and said in answer.json["error"])
    with in_app():
        product = db.session.scalars(select(Product)).one()
        assert (product.name, product.price, product.stock) == ("Mug", Decimal("12.50"), 0)
        assert db.session.scalars(select(History).where(History.what == Happened.RECORD_CHANGED)).all() == []


def test_who_may_not_change_products_is_offered_nothing(app: Flask, client: Client, mug: dict[str, str]) -> None:
    reader = sign_in(app, "reader")

    assert "data-edit" not in reader.get("/admin/product/").text
    assert reader.post(PATH, data=mug | {"field": "price", "price": "1"}).status_code == 403


# --- notes of customers, and what actions say that they are done in cells of the list of orders ----------------------

ORDERS = "/admin/order/ajax/update/"


def test_notes_of_a_customer_are_changed_in_the_list(client: Client, in_app: Any) -> None:
    with in_app():
        customer = placed_order().customer
        given = {"id": str(customer.id), "field": "notes", "seen_version": str(customer.version)}
    client.post("/admin/list-views/look", data={"list": "customer", "columns": ["name", "notes"]})

    answer = client.post("/admin/customer/ajax/update/", data=given | {"notes": "Calls first.\nRings twice."})

    assert answer.status_code == 200, answer.text
    assert answer.json["shown"] == "Calls first.\nRings twice."
    again = client.post("/admin/customer/ajax/update/", data=given | {"notes": "Never calls."})
    assert again.status_code == 409
    assert "now “Calls first." in again.json["error"]
    assert "data-lines" in client.get("/admin/customer/").text
    with in_app():
        assert db.session.scalars(select(Customer)).one().notes == "Calls first.\nRings twice."


@pytest.fixture
def order(in_app: Any) -> dict[str, str]:
    with in_app():
        db.session.add_all([CustomStatus(title="Gift wrap", colour="blue"), CustomStatus(title="Old", is_active=False)])
        return {"id": placed_order().number, "field": "status", "seen_version": "None"}


def status_now(in_app: Any) -> str:
    with in_app():
        return str(db.session.scalars(select(Order)).one().custom_status or "")


def test_the_custom_status_is_set_in_the_list_and_taken_off_again(
    client: Client, in_app: Any, order: dict[str, str]
) -> None:
    page = client.get("/admin/order/").text
    assert 'data-edit="status" data-version="None" data-value="None"' in page
    assert "Gift wrap</option>" in page
    assert "Old</option>" not in page

    answer = client.post(ORDERS, data=order | {"status": "1"})

    assert answer.status_code == 200, answer.text
    assert (answer.json["version"], answer.json["value"]) == ("1", "1")
    assert "Gift wrap" in answer.json["shown"]
    assert status_now(in_app) == "Gift wrap"
    with in_app():
        said = db.session.scalars(select(History).where(History.what == Happened.CUSTOM_STATUS_SET)).one()
        assert said.facts["status"] == "Gift wrap"
    back = client.post(ORDERS, data=order | {"status": "None", "seen_version": "1"})
    assert "Awaiting payment" in back.json["shown"]
    assert status_now(in_app) == ""


def test_a_memo_is_added_in_the_list(client: Client, in_app: Any, order: dict[str, str]) -> None:
    client.post("/admin/list-views/look", data={"list": "order", "columns": ["number", "memo"]})
    given = order | {"field": "memo", "seen_version": "0"}

    answer = client.post(ORDERS, data=given | {"memo": "<b>After five"})

    assert answer.status_code == 200, answer.text
    assert answer.json["shown"] == "&lt;b&gt;After five"
    page = client.get("/admin/order/").text
    assert 'data-edit="memo" data-version="1" data-value=""' in page
    assert "&lt;b&gt;After five</td>" in page
    twice = client.post(ORDERS, data=given | {"memo": "<b>After five"})
    assert twice.status_code == 409
    assert client.post(ORDERS, data=given | {"memo": "Or six", "seen_version": "1"}).json["shown"] == "Or six"
    with in_app():
        assert [one.text for one in db.session.scalars(select(Memo).order_by(Memo.id))] == ["<b>After five", "Or six"]


@pytest.mark.each_database
def test_who_adds_a_memo_while_another_does_is_shown_it(app: Flask, in_app: Any, order: dict[str, str]) -> None:
    browsers = [sign_in(app, role) for role in ("owner", "office")]
    given = order | {"field": "memo", "seen_version": "0"}

    answers = at_once(2, lambda at: browsers[at].post(ORDERS, data=given | {"memo": f"Memo {at}"}).status_code)

    assert sorted(answers) == [200, 409]
    with in_app():
        assert len(db.session.scalars(select(Memo)).all()) == 1


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        ({"status": "2"}, 422, "Not a valid choice."), ({"status": "99"}, 422, ""), ({"status": "x"}, 422, ""),
        ({"status": "1", "seen_version": "7"}, 409, "Somebody else changed this"),
        ({"field": "memo", "memo": " ", "seen_version": "0"}, 422, "Fill this in."),
        ({"field": "memo", "memo": "x" * 2001, "seen_version": "0"}, 422, "At most 2000 letters."),
        ({"field": "total", "total": "1"}, 404, None), ({"status": "1", "id": "ORD\0"}, 404, None),
        ({"status": "1", "id": "nothing"}, 404, None),
    ],
)  # fmt: skip
def test_what_the_order_refuses_is_refused_in_its_row(
    client: Client, in_app: Any, order: dict[str, str], data: dict[str, str], status: int, said: str | None
) -> None:
    answer = client.post(ORDERS, data=order | data)

    assert answer.status_code == status, answer.text
    assert said is None or (answer.json["error"] and said in answer.json["error"])
    assert status_now(in_app) == ""
    with in_app():
        assert db.session.scalars(select(Memo)).all() == []


def test_who_may_not_change_orders_is_offered_nothing_in_their_rows(app: Flask, order: dict[str, str]) -> None:
    reader = sign_in(app, "reader")

    assert "data-edit" not in reader.get("/admin/order/").text
    for given in ({"status": "1"}, {"status": "x"}, {"status": "1", "seen_version": "7"}):
        assert reader.post(ORDERS, data=order | given).status_code == 403, "before anything is said of the order"


def test_without_a_custom_status_there_is_none_to_choose(client: Client, in_app: Any) -> None:
    with in_app():
        placed_order()

    assert 'data-edit="status"' not in client.get("/admin/order/").text
