"""Lists that are narrowed: by days, latest first; by what their rows say, and the orders of these; by amounts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import queries
from app.admin_views import base
from app.admin_views.filters import FilterByAmount, FilterByChoice, FilterByDay
from app.columns import now
from app.extensions import db
from app.models import (
    AddressKind,
    Customer,
    CustomerAddress,
    Invoice,
    MarginScheme,
    OutgoingMail,
    Product,
    Return,
    Shipment,
    Staff,
    Task,
    Ticket,
)
from app.queries import order_list
from tests.clients import Client
from tests.factories import placed_order


def names(page: str) -> list[str]:
    return re.findall(r'class="row-link" href="[^"]*">([^<]*)<', page)


def test_a_list_is_narrowed_by_days_of_the_shop(app: Flask, client: Client, in_app: Any) -> None:
    with in_app():
        queries.shop().time_zone = "Europe/Amsterdam"
        for name, moment in (
            ("Late evening before", datetime(2026, 3, 1, 22, 59, tzinfo=UTC)),
            ("Midnight", datetime(2026, 3, 1, 23, 0, tzinfo=UTC)),
            ("Evening", datetime(2026, 3, 2, 22, 59, tzinfo=UTC)),
            ("Next day", datetime(2026, 3, 2, 23, 0, tzinfo=UTC)),
        ):
            db.session.add(Customer(name=name, created_at=moment))

    def shown(query: str) -> list[str]:
        return names(client.get(f"/admin/customer/?{query}").text)

    assert shown("flt0_created_at_since=2026-03-02&flt1_created_at_until=2026-03-02") == ["Evening", "Midnight"]
    assert shown("flt0_created_at_since=2026-03-03") == ["Next day"]
    assert shown("flt0_created_at_until=2026-03-01") == ["Late evening before"]
    assert shown("flt0_created_at_since=&flt1_created_at_until=2026-03-01&sort=0") == ["Late evening before"]
    page = client.get("/admin/customer/?flt0_created_at_since=2026-03-02&state=businesses&search=x").text
    assert 'name="flt1_created_at_since" value="2026-03-02"' in page  # the form holds it, and replaces it
    assert page.count('value="2026-03-02"') == 1 + page.count('type="hidden" name="flt0_created_at_since"')

    filters = 0
    for view in app.extensions["admin"][0]._views:
        for name, (_at, one) in (getattr(view, "_filter_args", None) or {}).items():
            if isinstance(one, FilterByDay):
                filters += 1
                day = "1990-01-01" if one.is_end else "2190-01-01"
                assert "Nothing matches" in client.get(f"{view.url}/?flt0_{name}={day}").text, (view.endpoint, name)
                said = client.get(f"{view.url}/?flt0_{name}=2026-02-30").text
                assert "This list does not know all" in said
    assert filters >= 16


#: Of the shop below: what each list is asked, and which rows it shows.
ASKED = {
    "order": {
        "country=BE": ["B"],
        "payment_method=iDEAL": ["N"],
        "shipping_method=Post": ["B"],
        "channel=till.example": ["B"],
        "amount_from=100,5": ["B"],
        "amount_to=100.50": ["B", "N"],
        "amount_from=100.51": [],
        "product=TEA-1": ["B"],
        "product=TEA-1&payment_method=iDEAL": [],
        "vat=reversed": ["B"],
        "has=memo": ["N"],
        "has=task": ["B"],
        "has=question": [],
        "product=TEA-1&sort=customer_name&desc=0": ["B"],
    },
    "invoice": {
        "flt0_country=BE": ["B"],
        "flt0_country=BE&state=open": ["B"],
        "flt0_payment_method=iDEAL": ["N"],
        "flt0_total_from=100,50": ["B"],
        "flt0_total_to=40,00": ["N"],
        "flt0_vat=reversed": ["B"],
        "flt0_vat=reversed&flt1_country=NL": [],
    },
    "shipment": {"flt0_method_title=Post": ["B"], "flt0_country=NL": ["N"], "flt0_country=NL&sort=0": ["N"]},
    "return": {"flt0_reason=Too small": ["B"], "flt0_action=Exchange": ["N"]},
    "customer": {"flt0_country=BE": ["B"], "flt0_language=it": ["N"], "flt0_language=it&search=xyz": []},
    "product": {
        "flt0_price_from=7,50": ["B"],
        "flt0_price_to=7,49": ["N"],
        "flt0_keeps_stock=no": ["N"],
        "flt0_margin_scheme=margin_goods": ["N"],
        "flt0_vat_rate=9": ["N"],
    },
    "task": {"flt0_assignee_id=1": ["N"], "flt0_assignee_id=nobody": ["B"]},
    "ticket": {"flt0_assignee_id=1": ["N"], "flt0_assignee_id=nobody": ["B"]},
    "outbox": {"flt0_kind=order_sent": ["N"]},
}


def one_of_two(letter: str) -> None:
    """B, a business in Belgium whose VAT is reversed; N, somebody in the Netherlands."""
    is_b = letter == "B"
    order = placed_order()
    order.lines[0].sku = "TEA-1" if is_b else "MUG-1"
    staff = db.session.scalars(select(Staff)).one()
    assert staff.id == 1
    order.customer_name, order.country = letter, "BE" if is_b else "NL"
    order.payment_method_title, order.shipping_method_title = ("Invoice", "Post") if is_b else ("iDEAL", "DHL")
    order.channel, order.total = ("till.example", Decimal("100.50")) if is_b else ("shop.example", Decimal(40))
    order.vat_id, order.tax_total = ("BE0123456749", Decimal(0)) if is_b else ("", Decimal("6.94"))
    order.has_memo, order.has_open_task = not is_b, is_b
    customer = Customer(name=letter, language="fr" if is_b else "it")
    customer.addresses.append(CustomerAddress(kind=AddressKind.BILLING, country=order.country))
    order.customer = customer
    fields = {"order_id": order.id, "number": letter, "created_at": now()}
    about = {"language": "nl", "currency": "EUR", "issued_at": now(), "snapshot": {}}
    total = order.total
    db.session.add(
        Invoice(order_id=order.id, number=letter, total=total, net_total=total, tax_total=Decimal(0), **about)
    )
    db.session.add(Shipment(**fields, method_title=order.shipping_method_title))
    db.session.add(Return(**fields, reason="Too small" if is_b else "Broken", action="Refund" if is_b else "Exchange"))
    has = None if is_b else staff.id
    db.session.add(Task(description=letter, author="", assignee_id=has))
    db.session.add(Ticket(subject=letter, name="", email="", assignee_id=has, created_at=now(), last_message_at=now()))
    mail = {"to_address": "a@example.org", "body": "", "message_id": f"<{letter}@example.org>", "once_key": letter}
    db.session.add(OutgoingMail(kind="order_paid" if is_b else "order_sent", subject=letter, **mail))
    rate, scheme = (Decimal(21), MarginScheme.NONE) if is_b else (Decimal(9), MarginScheme.GOODS)
    price = Decimal("7.50") if is_b else Decimal("7.49")
    db.session.add(Product(name=letter, price=price, vat_rate=rate, keeps_stock=is_b, margin_scheme=scheme))


@pytest.mark.each_database
def test_lists_are_narrowed_by_what_rows_and_their_orders_say(
    app: Flask, client: Client, in_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_app():
        one_of_two("B")
        one_of_two("N")

    def shown(list_name: str, query: str) -> list[str]:
        page = client.get(f"/admin/{list_name}/?{query}").text
        assert "This list does not know all" not in page, (list_name, query)
        rows = re.findall(r"<tr data-href.*?</tr>", page, re.DOTALL)
        found = [re.search(r">\s*([BN])\s*<", row) for row in rows]
        assert None not in found, (list_name, query, rows)
        return sorted({one[1] for one in found if one})

    def all_as_said() -> None:
        faults = {
            f"{name}/?{query}": (found, rows)
            for name, asked in ASKED.items()
            for query, rows in asked.items()
            if (found := shown(name, query)) != rows
        }
        assert not faults, faults

    all_as_said()
    monkeypatch.setattr(order_list, "FEW", 0)  # as in a shop where many rows have each value: met on the way
    monkeypatch.setattr(order_list, "is_page_near", lambda *asked: True)
    monkeypatch.setattr(base, "is_met_on_the_way", lambda *asked, enough: True)
    all_as_said()

    tried = {(name, query.partition("=")[0].partition("_")[2]) for name, asked in ASKED.items() for query in asked}
    for view in app.extensions["admin"][0]._views:
        for name, (_at, one) in (getattr(view, "_filter_args", None) or {}).items():
            if isinstance(one, FilterByChoice | FilterByAmount):
                assert (view.endpoint, name) in tried, "a filter that this test does not try"

    for query, said in (
        ("invoice/?flt0_total_from=12,5,0", "Total, From: Write the amount without separators of thousands"),
        ("invoice/?flt0_total_to=much", "Total, Up to: “much” is not an amount"),
        ("invoice/?flt0_country=XX", "Country: XX"),
        ("task/?flt0_assignee_id=99", "Assigned to: 99"),
        ("order/?amount_from=much", "Amount from: “much” is not an amount"),
        ("order/?has=nothing", "With: nothing"),
    ):
        page = client.get(f"/admin/{query}").text
        assert ("This list does not know all" in page, said in page, "data-href" in page) == (True, True, False), query
    more = client.get("/admin/order/filters?amount_from=12,50&amount_to=much&country=BE&view=unpaid").text
    for kept in ('<option value="BE" selected>Belgium<', 'name="view" value="unpaid"', 'value="12.50"', 'value="much"'):
        assert kept in more
    for country, is_small in (
        ("BE", False),
        ("NL", True),
    ):  # at home there is nothing to reverse, nor of who charges none
        with in_app():
            own = queries.shop()
            own.country, own.is_small_business = country, is_small
            db.session.commit()
        assert shown("order", "vat=reversed") == shown("invoice", "flt0_vat=reversed") == []
