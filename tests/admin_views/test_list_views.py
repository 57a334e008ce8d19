"""Views of lists that people save, and the columns, rows and density that each chooses for themselves."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.list_views import MOST_VIEWS
from app.actions.payments import mark_paid
from app.actions.returns import create_return
from app.actions.shipments import mark_sent
from app.admin_views.base import RecordView
from app.admin_views.list_looks import FEW_COLUMNS
from app.extensions import db
from app.history import SYSTEM
from app.models import Customer, History, ListLook, ListView, Product
from tests.clients import Client, sign_in
from tests.factories import placed_order
from tests.looking import words

UNPAID = "/admin/order/?payment=not_paid&sort=total&desc=1&page=0&page_size=50"
PRODUCTS = "/admin/product/?search=mug&sort=2"


def tabs(page: str) -> list[str]:
    """The saved views above a list, and which of them is looked at."""
    found = re.findall(r'<li><a href="[^"]*"( aria-current="page")?>(?:(?!</a>).)*<bdi>([^<]*)</bdi>', page, re.DOTALL)
    return [unescape(title) + (" *" if here else "") for here, title in found]


def address_of(page: str, title: str) -> str:
    return unescape(re.findall(rf'<li><a href="([^"]*)"[^>]*>(?:(?!</a>).)*<bdi>{title}</bdi>', page, re.DOTALL)[0])


def offered(page: str) -> dict[str, str]:
    """What the form that saves a view carries."""
    form = re.findall(r'action="/admin/list-views/save".*?</form>', page, re.DOTALL)[0]
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)}


def save(browser: Client, path: str, title: str, **more: str) -> Any:
    fields = {**offered(browser.get(path).text), **more, "title": title}
    return browser.post("/admin/list-views/save", data=fields, follow_redirects=True)


def headings(page: str) -> list[str]:
    (row,) = re.findall(r"<thead>(.*?)</thead>", page, re.DOTALL)
    return [
        text for text in map(words, re.findall(r"<th\b[^>]*>(.*?)</th>", row, re.DOTALL)) if text not in ("", "Actions")
    ]


def test_a_view_is_a_tab_with_its_count_private_or_shared_by_right(app: Flask, in_app: Any, statements: Any) -> None:
    owner, office = sign_in(app, "owner"), sign_in(app, "office")
    with in_app():
        for _each in range(3):
            paid = placed_order()
        mark_paid(paid, by=SYSTEM)
        db.session.add_all([Product(name="Mug", price=Decimal(5)), Product(name="Plate", price=Decimal(7))])
    assert "/list-views/save" not in owner.get("/admin/order/").text  # there is nothing to save
    assert "/list-views/save" not in owner.get("/admin/order/?view=unpaid").text

    page = save(office, UNPAID, " Who  owes ").text
    save(office, PRODUCTS, "Mugs")

    assert tabs(page) == ["Who owes *"]
    assert tabs(owner.get("/admin/order/").text) == []
    assert address_of(page, "Who owes") == "/admin/order/?desc=1&payment=not_paid&sort=total"
    assert address_of(office.get("/admin/product/").text, "Mugs") == "/admin/product/?search=mug&sort=2"
    assert tabs(office.get("/admin/product/?search=mug&sort=2&page_size=50").text) == ["Mugs *"]
    statements.clear()
    assert set(office.get("/admin/list-views/?list=order").json.values()) == {"2"}
    assert len(statements) < 7, statements
    assert set(office.get("/admin/list-views/?list=product").json.values()) == {"1"}
    assert owner.get("/admin/list-views/?list=order").json == {}

    # by whom it may be shared
    assert "is_shared" not in office.get(UNPAID).text
    fields = {**offered(office.get("/admin/order/?country=NL").text), "title": "Home", "is_shared": "1"}
    assert office.post("/admin/list-views/save", data=fields).status_code == 403
    page = save(owner, "/admin/order/?search=nobody", "Lost", is_shared="1").text
    assert tabs(page) == ["Lost *"]
    odd = "/admin/order/?search=a%26b%3D%2B%25+%C3%A9%40x%23%3B"
    assert tabs(save(owner, odd, "Odd").text) == ["Odd *", "Lost"]
    with in_app():
        odd_view = db.session.scalars(select(ListView).where(ListView.title == "Odd")).one()
        assert odd_view.address == "search=a%26b%3D%2B%25 é@x%23%3B"
        db.session.delete(odd_view)
    assert tabs(office.get("/admin/order/").text) == ["Who owes", "Lost"]
    assert 'action="/admin/list-views/change"' not in office.get("/admin/order/?search=nobody").text
    with in_app():
        lost, owes = (
            db.session.scalars(select(ListView.id).where(ListView.title == t)).one() for t in ("Lost", "Who owes")
        )
    for path in ("change", "delete"):
        assert office.post(f"/admin/list-views/{path}", data={"view": lost, "title": "x"}).status_code == 403
        assert owner.post(f"/admin/list-views/{path}", data={"view": owes, "title": "x"}).status_code == 404

    # the same name once more, another name, nobody else's, and away
    assert tabs(save(office, "/admin/order/?country=NL", "who owes").text) == ["Who owes *", "Lost"]
    back = {"url": "/admin/order/"}
    owner.post("/admin/list-views/change", data={"view": lost, "title": "Found", "is_shared": "1", **back})
    assert tabs(office.get("/admin/order/").text) == ["Who owes", "Found"]
    owner.post("/admin/list-views/change", data={"view": lost, "title": "Found", **back})
    assert tabs(office.get("/admin/order/").text) == ["Who owes"]
    assert tabs(owner.get("/admin/order/").text) == ["Found"]
    assert owner.post("/admin/list-views/delete", data={"view": lost, **back}).status_code == 303
    assert tabs(owner.get("/admin/order/").text) == []
    with in_app():
        told = select(History.what).where(History.subject == f"list_view:{lost}").order_by(History.id)
        assert list(db.session.scalars(told)) == [
            "record_created",
            "record_changed",
            "record_changed",
            "record_deleted",
        ]


def test_a_view_keeps_the_meaning_of_its_filters_and_one_that_means_nothing_is_no_tab(
    client: Client, in_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/admin/outbox/")
    outbox = next(view for view in client.application.extensions["admin"][0]._views if view.endpoint == "outbox")
    page = save(client, "/admin/outbox/?flt0_1=order_paid", "Paid").text
    assert tabs(page) == ["Paid *"]
    monkeypatch.setattr(
        outbox, "_filter_args", {"0": (0, outbox._filters[1]), "1": (1, outbox._filters[0])}
    )  # as a release that puts another filter first
    assert address_of(client.get("/admin/outbox/").text, "Paid") == "/admin/outbox/?flt0_kind=order_paid"

    data = {"list": "product", "address": "search=a%00b", "title": "Odd"}
    client.post("/admin/list-views/save", data=data)
    with in_app():
        view = db.session.scalars(select(ListView).where(ListView.list == "product")).one()
        assert view.address == "search=ab"
        view.address = ""  # as erasing leaves it
    assert tabs(client.get("/admin/product/").text) == ["Odd"]


def test_what_can_not_be_saved_says_why_and_leaves_nothing(client: Client, in_app: Any) -> None:
    for title, why in (("  ", "Give the view a name."), ("x" * 61, "at most 60 characters")):
        assert why in save(client, "/admin/order/?country=NL", title).text
    for number in range(MOST_VIEWS):
        save(client, f"/admin/order/?search=number{number}", f"View {number}")
    assert f"There are {MOST_VIEWS} views" in save(client, "/admin/order/?country=NL", "One more").text
    with in_app():
        first = db.session.scalars(select(ListView.id).order_by(ListView.id)).first()
    said = client.post(
        "/admin/list-views/change",
        data={"view": first, "title": "View 2", "url": "/admin/order/"},
        follow_redirects=True,
    )
    assert "There is a view “View 2” already." in unescape(said.text)
    assert len(tabs(said.text)) == MOST_VIEWS
    for asked, status in (("profile", 404), ("nothing", 404), ("", 404)):
        assert client.get(f"/admin/list-views/?list={asked}").status_code == status
        assert client.post("/admin/list-views/look", data={"list": asked}).status_code == status


def test_each_chooses_columns_rows_and_density_for_themselves(app: Flask, in_app: Any) -> None:
    owner, packer = sign_in(app, "owner"), sign_in(app, "packer")
    with in_app():
        placed_order()
        db.session.add_all([Product(name=f"Mug {number:02}", price=Decimal(number)) for number in range(30)])
    usual = headings(owner.get("/admin/product/").text)

    fields = {"list": "product", "columns": ["price", "keeps_stock"], "rows": "50", "density": "dense"}
    page = owner.post(
        "/admin/list-views/look", data={**fields, "url": "/admin/product/?page=1&page_size=25"}, follow_redirects=True
    ).text

    assert headings(page) == ["Name", "Price", "Stock is kept"]
    assert page.count("<tr data-href") == 30
    assert " dense" in page
    assert headings(packer.get("/admin/product/").text) == usual
    sorted_by = unescape(re.findall(r'href="([^"]*)">Price', page)[0])
    assert "Mug 00" in owner.get(sorted_by).text.partition("Mug 01")[0]
    assert owner.get("/admin/product/?page_size=25").text.count("<tr data-href") == 25

    look = {"list": "order", "columns": ["total", "email", "discount_codes", "nothing"], "url": "/admin/order/"}
    page = packer.post("/admin/list-views/look", data=look, follow_redirects=True).text
    assert headings(page) == ["Number", "Total", "E-mail", "Discount codes"]
    page = packer.post("/admin/list-views/look", data={**look, "reset": "1"}, follow_redirects=True).text
    assert headings(page) == headings(owner.get("/admin/order/").text)
    with in_app():
        kept = select(ListLook.list, ListLook.columns, ListLook.rows, ListLook.is_dense).order_by(ListLook.list)
        assert db.session.execute(kept).all() == [
            ("order", [], 0, False),
            ("product", ["name", "price", "keeps_stock"], 50, True),
        ]


def test_every_column_that_can_be_chosen_is_shown_and_asks_nothing_more(
    app: Flask, in_app: Any, statements: Any
) -> None:
    """Of each list with a choice: with all of its columns a page takes the statements that it takes anyhow."""
    owner = sign_in(app, "owner")
    with in_app():
        for _each in range(2):
            order = placed_order()
            mark_sent(order, by=SYSTEM)
            create_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
        db.session.add_all([Product(name="Mug"), Customer(name="J. Groen")])
    (admin,) = app.extensions["admin"]
    views = [view for view in admin._views if isinstance(view, RecordView) and len(view._list_columns) > FEW_COLUMNS]
    lists = [view for view in views if "columns-menu" in owner.get(f"{view.url}/").text]
    assert {"order", "invoice", "shipment", "customer", "product"} <= {view.endpoint for view in lists}
    for view in lists:
        statements.clear()
        owner.get(f"{view.url}/")
        taken = len(statements)
        every = [name for name, _title in view._list_columns]
        owner.post("/admin/list-views/look", data={"list": view.endpoint, "columns": every, "url": "/admin/"})
        statements.clear()
        page = owner.get(f"{view.url}/").text
        assert len(statements) == taken, (view.endpoint, statements)
        if "<thead>" in page:
            assert len(headings(page)) >= len(every), (view.endpoint, headings(page))
