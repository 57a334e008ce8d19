"""Every column of every list sorts it, both ways, or says why not; and whoever turns the pages meets each row once."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import product
from urllib.parse import parse_qs, urlencode

import pytest
from flask import Flask, g, request
from sqlalchemy import func, select

from app import webhooks
from app.admin_views.base import RecordView
from app.columns import now
from app.extensions import db
from app.models import (
    Arrival,
    EInvoiceFormat,
    EInvoiceSending,
    EInvoiceWay,
    Fate,
    ImportBatch,
    Invoice,
    Job,
    JobKind,
    OutgoingMail,
    Product,
    SecurityEvent,
    ShopProduct,
    Source,
    StoredFile,
    Task,
    Ticket,
    WebhookDelivery,
    WebhookEndpoint,
)
from app.queries import counting, keyset, order_list
from app.queries.keyset import ListSort
from app.seeding import seed
from tests.clients import sign_in
from tests.factories import new_connection

ORDERS = 16

#: What sorts no list, and why.
UNSORTED = {
    "draft.begun_by": "stands in the history of each draft",
    "e_invoice.why": "a sentence made of several facts",
    "return.amount": "worked out of invoices, prices and what was paid back",
    "return_reason.missing_in": "languages in which no title is said",
    "return_action.missing_in": "languages in which no title is said",
    "order_status.missing_in": "languages in which no title is said",
    "payment_method.missing_in": "languages in which no title is said",
    "shipping_method.missing_in": "languages in which no title is said",
    "imports.state": "worked out of its job and of whether it was undone",
    "shop_product.note": "a sentence made of several facts",
    "webhook.events": "a list of events",
    "vat_rates.goods": "a list of kinds of goods",
    "api_keys.rights": "a list of rights",
    "role.description": "of roles that came along, said in the language of whoever reads it",
    "role.permissions": "a list of rights",
    "staff.roles": "a list of roles",
}

#: On a page, and at least in each list.
FEW_ROWS = 7


def lists(app: Flask) -> list[RecordView]:
    return [view for view in app.extensions["admin"][0]._views if isinstance(view, RecordView) and view.column_list]


def columns_of(view: RecordView) -> list[str]:
    return [name for name, _title in view._list_columns]


def test_every_column_sorts_its_list_or_says_why_not(app: Flask) -> None:
    unsorted = {
        f"{view.endpoint}.{column}"
        for view in lists(app)
        for column in columns_of(view)
        if not view.is_sortable(column)
    }

    assert unsorted == set(UNSORTED)


# --- rows in every list ---------------------------------------------------------------------------------------------


def fill() -> None:
    """Some rows in every list; values that several have, and some that are empty."""
    seed(ORDERS)
    shop = new_connection()
    endpoint = WebhookEndpoint(title="Till", url="http://127.0.0.1:9/", secret=webhooks.new_secret(), is_active=False)
    file = StoredFile(name="orders.csv", sha256="0", content=b"")
    db.session.add_all([shop, endpoint, file])
    db.session.flush()
    orders = db.session.execute(select(Invoice.order_id, func.min(Invoice.id)).group_by(Invoice.order_id)).all()
    for number, (order_id, invoice_id) in enumerate(orders[: 2 * FEW_ROWS]):
        then = now() + timedelta(days=number) if number % 3 else None
        db.session.add_all(
            [
                OutgoingMail(
                    kind="order_paid",
                    once_key=f"sorts:{number}",
                    order_id=order_id,
                    to_address="a@example.org",
                    subject=f"Paid {number // 2}",
                    body="",
                    message_id=f"<{number}@example.org>",
                    sent_at=then,
                ),
                Arrival(
                    source=Source("csv"),
                    outside_shop_id=shop.outside_shop_id,
                    external_id=str(number),
                    sha256=str(number),
                    payload="{}",
                    result=Fate.ADDED,
                    order_id=order_id if then else None,
                ),
                WebhookDelivery(
                    endpoint_id=endpoint.id,
                    message_id=str(number),
                    event="order.paid",
                    order_id=order_id,
                    body="{}",
                ),
                EInvoiceSending(
                    invoice_id=invoice_id, format=EInvoiceFormat.UBL, way=list(EInvoiceWay)[number % 2], sent_at=then
                ),
                ImportBatch(
                    source=Source("csv"), outside_shop_id=shop.outside_shop_id, file_id=file.id, undone_at=then
                ),
                Job(kind=JobKind.BULK, actor_name=f"Staff {number // 2}", finished_at=then),
                SecurityEvent(kind=f"kind {number // 3}", account=f"{number // 2}@example.org", times=number // 2),
                ShopProduct(outside_shop_id=shop.outside_shop_id, external_id=str(number), title=f"Mug {number // 2}"),
                Task(
                    description=f"Call {number // 2}", author="Owner", due_at=then, order_id=order_id if then else None
                ),
                Ticket(subject=f"Where {number // 2}", name="Femke", order_id=order_id if then else None),
                Product(name=f"Odd {number // 2}", sku=f"ODD-{number}" if then else None),
            ]
        )
    for number, invoice in enumerate(db.session.scalars(select(Invoice))):
        invoice.paid_at = now() if number % 3 else None
    db.session.commit()


def walk(app: Flask, view: RecordView, column: str | None, *, descending: bool) -> list[int]:
    """The ids of the rows on all pages of a list, each page found from the first row of the page before."""
    seen: list[int] = []
    asked = {"state": "all"} if "all" in getattr(view, "tabs", {}) else {}
    for page in range(20):
        with app.test_request_context(f"{view.url}/?{urlencode(asked)}"):
            rows, anchor, has_next = find_page(view, page, column, descending=descending)
        seen += rows
        if not has_next:
            return seen
        asked["a"] = anchor
    return seen  # which has no end


def find_page(view: RecordView, page: int, column: str | None, *, descending: bool) -> tuple[list[int], str, bool]:
    if view.endpoint == "order":
        said = {"sort": column or "", "desc": str(int(descending)), "page": str(page), "page_size": str(FEW_ROWS)}
        question = order_list.read_question({**said, "a": request.args.get("a", "")})
        found = order_list.find(question, "UTC")
        return [row.id for row in found.rows], order_list.anchor_text(question, found.rows[0]), found.has_next
    _count, rows = view.get_list(page, column, descending, None, [], page_size=FEW_ROWS)
    anchor = parse_qs(g.list_page.put_anchor("")[1:]).get("a", [""])[0]
    return [row.id for row in rows], anchor, g.list_page.has_next


def all_in_order(view: RecordView, sort: ListSort, rows: list[int], *, descending: bool) -> list[int]:
    """As the database puts all of them in order at once."""
    ids = select(view.model.id).where(view.model.id.in_(rows))
    ids = ids.join(sort.via) if sort.via is not None else ids
    parts = [*list(sort.place(view.model.id))]
    return list(db.session.scalars(ids.order_by(*(part.desc() if descending else part.asc() for part in parts))))


def faults_of(app: Flask, views: list[RecordView]) -> list[str]:
    """The sorts of which the pages together are not all rows in order."""
    faults = []
    for view in views:
        rows = walk(app, view, None, descending=False)
        for column, descending in product(filter(view.is_sortable, columns_of(view)), (False, True)):
            with app.app_context():
                wanted = all_in_order(view, view.sort_named(column), rows, descending=descending)
            if walk(app, view, column, descending=descending) != wanted:
                faults.append(f"{view.endpoint} by {column}")
    return faults


@pytest.mark.each_database
def test_pages_of_every_list_hold_each_row_once_whatever_sorts_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        fill()

    assert faults_of(app, lists(app)) == []

    rest_of = keyset.ListSort.rest_of
    monkeypatch.setattr(keyset.ListSort, "rest_of", lambda sort, id, row: rest_of(sort, id, 1))
    (invoices,) = [view for view in lists(app) if view.endpoint == "invoice"]
    assert "invoice by kind" in faults_of(app, [invoices])  # of which no page knows where among equals it begins


def test_a_long_list_is_put_in_no_order_that_no_index_has(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        db.session.add_all([Product(name=f"Mug {number}", location=str(9 - number)) for number in range(FEW_ROWS)])
        db.session.commit()
    browser = sign_in(app, "owner")
    (products,) = [view for view in lists(app) if view.endpoint == "product"]
    by_location = f"/admin/product/?sort={columns_of(products).index('location')}"
    page = browser.get(by_location).text
    assert set(sorted_headings(page)) >= {"Name", "Location"}
    assert marked(page) == [("location", "ascending")]

    monkeypatch.setattr(counting, "COUNT_CAP", 5)
    page = browser.get(by_location).text

    assert "Location" not in sorted_headings(page)
    assert marked(page) == [("name", "ascending")]


def marked(page: str) -> list[tuple[str, str]]:
    """The columns that are said to sort the list, and which way."""
    return re.findall(r'<th scope="col" class="col-(\w+)[^>]*aria-sort="(\w+)"', page)


def sorted_headings(page: str) -> list[str]:
    return re.findall(r'class="sort-link" href="[^"]*">([^<]+)', page)
