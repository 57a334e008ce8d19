"""The company's data, asked for in the pop-up of what issues the first invoice: saved, and on it goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app import queries
from app.columns import now
from app.extensions import db
from app.history import Happened
from app.models import StaffSession
from tests.clients import Client
from tests.every_action import draft
from tests.factories import COMPANY, placed_order
from tests.looking import words

ENTERED = {f"seller-{name}": value for name, value in COMPANY.items()}


@pytest.fixture
def number(in_app: Any) -> str:
    """A draft of a new shop, that can be placed."""
    with in_app():
        queries.shop().seller_demanded = True
        return draft().number


def place(client: Client, number: str, **more: str) -> Any:
    return client.post(f"/admin/order/{number}/place_draft", data={"in_dialog": "1", **more})


def test_placing_the_first_order_saves_the_company_and_issues_its_invoice(
    client: Client, in_app: Any, number: str
) -> None:
    page = client.get(f"/admin/order/{number}/place_draft").text
    assert 'name="seller-street"' in page
    assert 'value="My shop"' not in page

    refused = place(client, number, **{**ENTERED, "seller-street": "", "seller-vat_id": "NL123456789B14"})
    assert refused.status_code == 422
    assert "This is not a VAT number of that country." in words(refused.text)
    refused = place(client, number, **{**ENTERED, "seller-street": ""})
    assert (refused.status_code, "Fill this in." in refused.text) == (422, True)
    with in_app():
        assert queries.shop().city == ""

    assert place(client, number, **ENTERED).status_code == 303
    with in_app():
        (invoice,) = queries.order_begun_as(number).invoices  # type: ignore[union-attr]
        assert invoice.snapshot["seller"]["street"] == "Stadhuisplein 1"
        (changed,) = queries.history_of(queries.shop())
        assert (changed.what, changed.facts["changes"]["city"]) == (Happened.RECORD_CHANGED, ["", "Amersfoort"])


def test_it_takes_a_fresh_sign_in_as_the_page_of_the_company_does(client: Client, in_app: Any, number: str) -> None:
    with in_app():
        db.session.execute(update(StaffSession).values(proved_at=now() - timedelta(hours=1)))

    assert "data-prove" in place(client, number, **ENTERED).text
    with in_app():
        assert (queries.shop().street, queries.order_numbered(number).is_draft) == ("", True)  # type: ignore[union-attr]


def test_who_may_not_enter_it_reads_who_may(signed_in_as: Any, in_app: Any, number: str) -> None:
    colleague = signed_in_as("office")
    page = colleague.get(f"/admin/order/{number}/place_draft").text
    assert ('name="seller-street"' in page, "Still missing: Name, Street" in words(page)) == (False, True)
    refused = place(colleague, number, **ENTERED)
    assert refused.status_code == 422
    with in_app():
        assert (queries.shop().street, queries.order_numbered(number).is_draft) == ("", True)  # type: ignore[union-attr]


def test_programs_are_refused_in_words_and_told_what_waits(program: Any, in_app: Any, number: str) -> None:
    with in_app():
        waiting = placed_order().number
    for path in (f"/api/orders/{number}/actions/place_draft", f"/api/orders/{waiting}/actions/issue_invoice"):
        answer = program.post(path, json={})
        assert (answer.status_code, "Still missing: Name" in answer.text) == (409, True), answer.text
    assert program.get(f"/api/orders/{waiting}").json["invoice_waits"] is True
