"""The page of open invoices by age: what each customer owes, the total, and few statements however many they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.actions.payments import enter_payment
from app.admin_views import receivables
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer
from app.queries import shop
from tests.clients import Client
from tests.factories import placed_order

PAGE = "/admin/receivables/"


def test_what_is_open_stands_by_age_and_customer_in_few_statements(
    client: Client, in_app: Any, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Nothing is open" in client.get(PAGE).text

    def order(name: str, days: int) -> None:
        email = f"{name.lower()}@example.org"
        shop().payment_term_days = -days  # an invoice is dated when it is issued
        placed_order(customer=NewCustomer(name=name, email=email))

    with in_app():
        for name, days in (("Anna", 5), ("Anna", 45), ("Bert", 200)):
            order(name, days)
        db.session.commit()
    page = client.get(PAGE).text
    assert (
        page.count("€67.75") == 2 + 1 + 3 + 1
    )  # Anna's two ages, Bert's one and his sum, and the totals of three ages
    assert page.count("€135.50") == 1
    assert page.count("€203.25") == 1
    assert page.index("Anna") < page.index("Bert"), "who owes most first"

    del statements[:]
    client.get(PAGE)
    few = len(statements)
    with in_app():
        for at in range(12):
            order(f"Cora{at}", 3)
        db.session.commit()
    del statements[:]
    page = client.get(PAGE).text
    assert len(statements) == few <= 12, statements
    assert "Cora11" in page
    with in_app():
        placed_order(customer=NewCustomer(name="Dora", email="dora@example.org"), currency="GBP")
        db.session.commit()
    monkeypatch.setattr(receivables, "MOST_OWING", 2)
    page = client.get(PAGE).text
    assert page.count("£67.75") == 4  # Dora’s and the total, by age and in all: never among the euros
    assert page.count("€1,016.25") == 1
    assert "Cora11" not in page
    assert "The 2 who owe most of 14." in page


def test_part_of_it_paid_leaves_the_rest_and_who_may_not_export_does_not_see_it(
    client: Client, in_app: Any, signed_in_as: Any
) -> None:
    with in_app():
        order = placed_order()
        enter_payment(order, by=SYSTEM, amount=Decimal(60))
        db.session.commit()
    assert "€7.75" in client.get(PAGE).text
    assert signed_in_as("packer").get(PAGE).status_code == 403
