"""One value of a row is changed in the list: with the form, the right, the history and the warning of its own page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from lxml import html
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


# --- Undo ------------------------------------------------------------------------------------------------------------


def undo_in(answer: Any) -> tuple[str, dict[str, str]]:
    """Where the form of the toast leads, and what it carries."""
    form = html.fromstring(answer.json["toast"]).find(".//form")
    return form.get("action"), {one.get("name"): one.get("value") for one in form.findall(".//input")}


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("price", "13,75", "Mug: Price changed from “12.5” to “13.75”."), ("stock", "7", "from “0” to “7”."),
        ("location", "B4", "from “–” to “B4”."), ("is_active", None, "changed from “Yes” to “No”."),
    ],
)  # fmt: skip
def test_what_was_changed_is_said_and_undone(
    client: Client, in_app: Any, mug: dict[str, str], field: str, typed: str | None, said: str
) -> None:
    with in_app():
        before = getattr(db.session.scalars(select(Product)).one(), field)
    given = mug | {"field": field, "url": "/admin/product/?sort=1"} | ({} if typed is None else {field: typed})
    answer = client.post(PATH, data=given)
    assert said in html.fromstring(answer.json["toast"]).text_content()

    path, fields = undo_in(answer)
    undone = client.post(path, data=fields)

    assert (undone.status_code, undone.location) == (303, "/admin/product/?sort=1")
    page = client.get(undone.location).text
    assert "data-toast" in page
    with in_app():
        assert getattr(db.session.scalars(select(Product)).one(), field) == before
        changes = db.session.scalars(
            select(History).where(History.what == Happened.RECORD_CHANGED).order_by(History.id)
        ).all()
        (there, back) = (one.facts["changes"][field] for one in changes)
        assert back == there[::-1]


def test_undo_is_refused_where_somebody_changed_that_value_meanwhile(
    client: Client, in_app: Any, mug: dict[str, str]
) -> None:
    path, fields = undo_in(client.post(PATH, data=mug | {"field": "stock", "stock": "7"}))
    with in_app():
        db.session.scalars(select(Product)).one().stock = Decimal(6)

    page = client.get(client.post(path, data=fields | {"url": "/admin/product/"}).location).text

    assert "Stock was not undone, because somebody changed it meanwhile. It is “6” now." in page
    with in_app():
        assert db.session.scalars(select(Product)).one().stock == 6


def test_undo_minds_only_its_own_value(client: Client, in_app: Any, mug: dict[str, str]) -> None:
    """One cell after the other, and then the first one back."""
    first = client.post(PATH, data=mug | {"field": "stock", "stock": "7"})
    path, fields = undo_in(first)
    client.post(PATH, data=mug | {"field": "location", "location": "B4", "seen_version": first.json["version"]})

    client.post(path, data=fields)

    with in_app():
        product = db.session.scalars(select(Product)).one()
        assert (product.stock, product.location) == (0, "B4")


def test_nothing_is_said_of_what_was_refused(client: Client, mug: dict[str, str]) -> None:
    assert client.post(PATH, data=mug | {"field": "price", "price": "-1"}).json["toast"] == ""


def test_who_may_not_change_it_can_not_undo_it(app: Flask, client: Client, mug: dict[str, str]) -> None:
    path, fields = undo_in(client.post(PATH, data=mug | {"field": "stock", "stock": "7"}))

    own = {name: value for name, value in fields.items() if name not in ("csrf_token", "form_token")}

    assert sign_in(app, "reader").post(path, data=own).status_code == 403


def test_a_status_is_undone_unless_somebody_set_another_one(client: Client, in_app: Any, order: dict[str, str]) -> None:
    answer = client.post(ORDERS, data=order | {"status": "1"})
    assert f"{order['id']}: Status changed from “Awaiting payment” to “Gift wrap”." in answer.json["toast"]
    path, fields = undo_in(answer)
    assert client.post(path, data=fields).status_code == 303
    assert status_now(in_app) == ""

    page = client.get(client.post(path, data=fields | {"url": "/admin/order/"}).location).text

    assert "Status was not undone, because somebody changed it meanwhile." in page
    assert status_now(in_app) == ""


def test_undo_of_a_memo_takes_it_away(app: Flask, client: Client, in_app: Any, order: dict[str, str]) -> None:
    given = order | {"field": "memo", "seen_version": "0", "memo": "After five", "url": "/admin/order/?view=open"}
    answer = client.post(ORDERS, data=given)
    assert "Memo added" in answer.json["toast"]
    path, fields = undo_in(answer)

    undone = client.post(path, data=fields)

    assert undone.location == "/admin/order/?view=open"
    with in_app():
        assert db.session.scalars(select(Memo)).all() == []
        assert db.session.scalars(select(History).where(History.what == Happened.MEMO_REMOVED)).one()


def test_what_was_typed_is_escaped_in_the_toast(client: Client, mug: dict[str, str]) -> None:
    toast = client.post(PATH, data=mug | {"field": "location", "location": "<b>B4"}).json["toast"]

    assert "&lt;b&gt;B4" in toast
    assert "<b>" not in toast


def test_undo_leads_to_no_other_site(client: Client, mug: dict[str, str]) -> None:
    path, fields = undo_in(client.post(PATH, data=mug | {"field": "stock", "stock": "7"}))

    assert client.post(path, data=fields | {"url": "https://evil.example/"}).location.startswith("/")


# --- the same in other tables of orders ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/admin/", "/admin/customer/details/?id=1"])
def test_the_custom_status_is_set_on_home_and_on_the_page_of_the_customer(
    app: Flask, client: Client, in_app: Any, order: dict[str, str], path: str
) -> None:
    page = html.fromstring(client.get(path).text)
    (cell,) = page.xpath("//table[@data-edits='/admin/order/ajax/update/']//td[@data-edit='status']")
    assert (cell.get("data-version"), cell.getparent().get("data-id")) == ("None", order["id"])
    assert page.xpath("//template[@data-choices='status']/option/text()") == ["None", "Gift wrap"]

    answer = client.post(ORDERS, data=order | {"status": "1", "url": path})
    assert status_now(in_app) == "Gift wrap"
    undo, fields = undo_in(answer)
    assert client.post(undo, data=fields).location == path
    assert status_now(in_app) == ""

    assert "data-edit" not in sign_in(app, "reader").get(path).text


@pytest.mark.parametrize("path", ["/admin/", "/admin/customer/details/?id=1"])
def test_a_shop_without_custom_statuses_offers_none(client: Client, in_app: Any, path: str) -> None:
    with in_app():
        placed_order()

    assert "data-edit" not in client.get(path).text
