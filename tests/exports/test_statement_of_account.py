"""The statement of account of a customer, and its file from the customer's page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from app import queries
from app.actions.credit_notes import credit_order
from app.actions.payments import enter_payment
from app.exports.statement_of_account import statement_rows
from app.extensions import db
from app.history import SYSTEM
from app.queries.periods import Period
from tests.clients import Client
from tests.factories import PLACED_AT, paid_order, placed_order

TOTAL = Decimal("67.75")


def test_what_is_owed_follows_each_document_and_payment(
    client: Client, in_app: Any, signed_in_as: Callable[[str], Client]
) -> None:
    with in_app():
        paid, open_order = paid_order(), placed_order()
        customer, today = paid.customer, queries.today()
        assert open_order.customer_id == customer.id
        enter_payment(open_order, by=SYSTEM, amount=Decimal(20))
        credited = placed_order()
        credit_order(credited, by=SYSTEM)

        rows = list(statement_rows(customer, Period(None, today, "Europe/Amsterdam")))
        assert [row[8] for row in rows][-2:] == [TOTAL - 20] * 2
        assert rows[0][:2] == (PLACED_AT.date(), "Payment")
        assert sum((row[6] or 0) - (row[7] or 0) for row in rows) == TOTAL - 20
        assert sorted(row[1] for row in rows) == ["Balance", "Credit note", *["Invoice"] * 3, "Payment", "Payment"]

        later = list(statement_rows(customer, Period(date(2026, 4, 1), today, "Europe/Amsterdam")))
        assert (later[0][1], later[0][8], later[-1][8]) == ("Balance before", -TOTAL, TOTAL - 20)
        with db.session.no_autoflush:  # as it may be reckoned, where prices are without VAT; it prints in cents
            credited.invoices[0].total += Decimal("0.004")
            rows = list(statement_rows(customer, Period(None, today, "Europe/Amsterdam")))
            assert [row[6] for row in rows].count(TOTAL) == 3
            db.session.expire(credited.invoices[0])
        customer_id = customer.id

    answer = client.get(f"/admin/customer/statement?id={customer_id}&file=csv")
    assert answer.data.decode("utf-8-sig").splitlines()[-1].endswith("47,75")
    assert f"statement-{customer_id}" in answer.headers["Content-Disposition"]
    some_days = client.get(f"/admin/customer/statement?id={customer_id}&file=csv&since=2026-04-01&until=2026-04-30")
    assert [line.split(";")[1] for line in some_days.text.splitlines()[1:]] == ["Balance before", "Balance"]
    assert f"statement-{customer_id}-2026-04-01-2026-04-30.csv" in some_days.headers["Content-Disposition"]
    wrong = client.get(f"/admin/customer/statement?id={customer_id}&since=2026-04-30&until=2026-04-01")
    assert (wrong.status_code, wrong.headers["Location"]) == (303, f"/admin/customer/details/?id={customer_id}")
    for said in ("since=soon", "until=2026-02-30", "file=pdf&until=31-12-2026"):
        assert client.get(f"/admin/customer/statement?id={customer_id}&{said}").status_code == 303, said
        assert "is no day. Enter it like 2026-11-30." in client.get(f"/admin/customer/details/?id={customer_id}").text
    assert client.get(f"/admin/customer/statement?id={customer_id}&since=&until=").status_code == 200
    assert "Statement of account" in client.get(f"/admin/customer/details/?id={customer_id}").text
    assert signed_in_as("packer").get(f"/admin/customer/statement?id={customer_id}").status_code == 403


def test_a_vat_number_of_a_customer_is_checked_by_its_digits(client: Client, in_app: Any) -> None:
    page = "/admin/customer/new/"
    wrong = client.post(page, data={"name": "Femke", "vat_id": "NL123456789B01"})
    assert "This is not a VAT number of that country." in wrong.text
    assert client.post(page, data={"name": "Femke", "vat_id": "NL853746333B01"}).status_code == 302
    assert client.post(page, data={"name": "Jo", "vat_id": "12-3456789"}).status_code == 302  # no country is known
