"""The search of the top bar: it finds each kind for whoever may see its list, and leads to what is scanned."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.returns import create_return
from app.actions.shipments import mark_sent
from app.admin_views.base import RecordView
from app.admin_views.everything import searched_lists, title_of
from app.admin_views.registered import find_views
from app.extensions import Model, db
from app.history import SYSTEM
from app.models import (
    SEARCH_DOCUMENTS,
    Arrival,
    Customer,
    Order,
    OutgoingMail,
    Product,
    SecurityEvent,
    ShopProduct,
    Task,
    Ticket,
)
from app.queries import record_search
from app.queries.everything import find_everywhere
from app.queries.record_search import ORDER_SEARCH, PRODUCT_SEARCH, Searched
from app.security.rights import ROLES
from tests.clients import Client, sign_in
from tests.factories import address, outside_shop, paid_order

WORD = "Quokkaberg"

#: A record of each table with documents of its own, that is found by the word.
FOUND: dict[str, Callable[[], Model]] = {
    "customer": lambda: Customer(name=WORD),
    "product": lambda: Product(name=WORD, sku="QUO-1"),
    "shop_product": lambda: ShopProduct(outside_shop=outside_shop(), external_id="1", title=WORD, facts={}),
    "ticket": lambda: Ticket(subject=WORD, email="q@example.org"),
    "task": lambda: Task(description=WORD, author="Owner"),
    "outgoing_mail": lambda: OutgoingMail(
        kind="order_paid", once_key="q", to_address="q@example.org", subject=WORD, body="", message_id="<q@example.org>"
    ),
    "arrival": lambda: Arrival(
        outside_shop=outside_shop(), source="woocommerce", external_id="q", sha256="0", payload="{}", result="added",
        origin=WORD,
    ),
    "security_event": lambda: SecurityEvent(kind="signed_in", account=WORD),
}  # fmt: skip

CODE = "3SQUOK0001"


def plant() -> Order:
    """An order with an invoice, a packing slip and a return, and one of everything else."""
    order = paid_order(billing=address(name=WORD), shipping=address(name=WORD))
    mark_sent(order, by=SYSTEM, tracking_code=CODE)
    create_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    db.session.add_all([make() for make in FOUND.values()])
    db.session.flush()
    return order


def test_every_kind_that_is_searched_by_documents_is_found_here(app: Flask) -> None:
    declared = [one for one in vars(record_search).values() if isinstance(one, Searched)]
    with app.app_context():
        lists = {str(view.searched.model.__tablename__): view for view in searched_lists() if view.searched}

    assert {view.searched for view in lists.values()} == set(declared)
    assert set(FOUND) == set(SEARCH_DOCUMENTS) <= set(lists)


@pytest.mark.parametrize("role", ROLES)
def test_a_person_finds_of_each_kind_what_its_list_would_show(app: Flask, in_app: Any, role: str) -> None:
    with in_app():
        plant()
        lists = {title_of(view): view.url for view in searched_lists()}
    client = sign_in(app, role)
    may_see = {name for name, url in lists.items() if client.get(f"{url}/").status_code == 200}

    for address_asked in ("/admin/search/", "/admin/search/suggestions"):
        answer = client.get(address_asked, query_string={"q": WORD.lower()})
        assert answer.headers["Cache-Control"] == "no-store"
        assert headings_in(answer.text) == may_see
    if role == "owner":
        assert may_see == set(lists)


def headings_in(page: str) -> set[str]:
    return {unescape(found).strip() for found in re.findall(r"(?:</svg> )([^<]+)(?:</h2>|</div>)", page)}


def test_what_is_scanned_leads_to_its_record(app: Flask, in_app: Any, caplog: pytest.LogCaptureFixture) -> None:
    with in_app():
        order = plant()
        product_id = db.session.scalars(select(Product.id).where(Product.sku == "QUO-1")).one()
        page = f"/admin/order/{order.number}"
        wanted = {
            order.number.lower(): page,
            order.invoices[0].number: f"{page}?tab=invoices",
            order.shipments[0].number: f"{page}?tab=shipments",
            order.returns[0].number: f"{page}?tab=returns",
            CODE: f"{page}?tab=shipments",
            f" {CODE[:6]}{CODE[6:]} ": f"{page}?tab=shipments",
            "quo-1": f"/admin/product/edit/?id={product_id}",
        }
    client = sign_in(app, "owner")

    led = {typed: client.get("/admin/search/", query_string={"q": typed}).location for typed in wanted}

    assert led == wanted
    assert client.get("/admin/search/", query_string={"q": CODE, "all": "1"}).status_code == 200
    assert not any(typed.strip() in caplog.text for typed in wanted)


def test_a_code_that_two_records_have_leads_to_neither(app: Flask, in_app: Any) -> None:
    with in_app():
        first, second = [paid_order() for _again in range(2)]
        for order in (first, second):
            mark_sent(order, by=SYSTEM, tracking_code=CODE)
        numbers = {first.number, second.number}

    answer = sign_in(app, "owner").get("/admin/search/", query_string={"q": CODE})

    assert answer.status_code == 200
    assert all(number in answer.text for number in numbers)


@pytest.mark.parametrize(("role", "found"), [("owner", True), ("office", False)])
def test_pages_are_found_by_their_titles_where_somebody_may_open_them(app: Flask, role: str, found: bool) -> None:
    pages = sign_in(app, role).get("/admin/search/suggestions?q=number").text

    assert ('href="/admin/numbering/"' in pages) is found
    assert "Nothing matches" in sign_in(app, role).get("/admin/search/suggestions?q=zzzqqq").text


@pytest.mark.parametrize("role", ROLES)
def test_what_is_found_to_be_begun_can_be_opened_and_all_else_is_refused(app: Flask, in_app: Any, role: str) -> None:
    client = sign_in(app, role)
    with in_app():
        making = {str(view.texts.new): f"{view.url}/new/" for view in find_views(RecordView) if view.can_create}
    others = {
        "New order": "/admin/draft/", "Add task": "/admin/task/add_task",
        "Import orders from files": "/admin/imports/upload", "Create and print packing slips": "/admin/packing/",
        "Export": "/admin/reports/",
    }  # fmt: skip

    for title, page in {**making, **others}.items():
        found = client.get("/admin/search/suggestions", query_string={"q": title.lower()}).text
        is_found = f'href="{page}"><span>{title}<' in found
        if is_found or title in making:
            assert (client.get(page).status_code == 200) is is_found, title
        assert is_found or role != "owner", title


def test_what_can_be_begun_is_found_in_the_reader_s_language(client: Client) -> None:
    client.post("/preferences/", data={"language": "de", "next": "/admin/"})
    found = client.get("/admin/search/suggestions?q=importieren").text

    assert "Aktionen" in headings_in(found)
    assert 'href="/admin/imports/upload"' in found


def test_pages_stand_above_records_when_their_name_begins_with_what_was_typed(client: Client, in_app: Any) -> None:
    with in_app():
        db.session.add(Ticket(subject="Invoice is missing", email="q@example.org"))

    assert kinds_found(client, "invoice")[0] == "Pages"
    assert kinds_found(client, "missing")[0] == "Tickets"
    assert kinds_found(client, "voice is")[0] == "Tickets"


def kinds_found(client: Client, typed: str) -> list[str]:
    page = client.get("/admin/search/suggestions", query_string={"q": typed}).text
    return re.findall(r'role="group" aria-label="([^"]+)"', page)


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
def test_what_was_entered_whole_comes_first_then_the_newest() -> None:
    db.session.add_all(
        [Product(name="Mug red", sku="MUG"), *(Product(name=f"Mug {n}", sku=f"MUG-{n}") for n in range(5))]
    )
    db.session.flush()
    first, *others = [product.id for product in db.session.scalars(select(Product).order_by(Product.id))]

    kinds = (PRODUCT_SEARCH, ORDER_SEARCH)
    assert find_everywhere(kinds, "mug", most=3) == [[first, *others[:-3:-1]], []]
    assert find_everywhere(kinds, "mu", most=3) == [[*others[:-4:-1]], []]
    assert find_everywhere(kinds, "zzzqqq", most=3) == find_everywhere(kinds, "%_", most=3) == [[], []]
    assert find_everywhere((), "mug", most=3) == []


def test_the_manual_is_found_in_the_reader_s_language_by_what_it_tells_of(client: Client) -> None:
    found = client.get("/admin/search/suggestions?q=lost, send").text
    assert 'href="/admin/manual/sending"' in found
    client.post("/preferences/", data={"language": "de", "next": "/admin/"})

    assert "Ware kommt zurück" in client.get("/admin/search/suggestions?q=ware kommt").text
    assert "Ware kommt zurück" not in client.get("/admin/search/suggestions?q=wa").text
