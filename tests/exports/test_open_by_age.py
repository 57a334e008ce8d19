"""Open invoices by age: per customer and in total, exact against the ledger; and the list that reminds of them."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

from app import queries
from app.actions.payments import enter_payment
from app.actions.reminders import send_payment_reminder
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer
from app.models import Order
from tests.clients import Client
from tests.factories import paid_order, placed_order

TOTAL = Decimal("67.75")


def due(days_ago: int, **stated: Any) -> Order:
    shop = queries.shop()
    term, shop.payment_term_days = shop.payment_term_days, -days_ago
    order = placed_order(placed_at=now() - timedelta(days=max(days_ago, 0) + 14), **stated)
    shop.payment_term_days = term
    return order


def test_what_each_customer_owes_adds_up_and_the_unpaid_ones_are_narrowed(client: Client, in_app: Any) -> None:
    koen = NewCustomer(external_id="78", name="Koen", email="koen@example.org")
    with in_app():
        orders = [due(0), due(1), due(31), due(91), due(45, customer=koen), due(2, currency="GBP"), paid_order()]
        enter_payment(orders[1], by=SYSTEM, amount=Decimal("7.75"))
        enter_payment(orders[0], by=SYSTEM, amount=TOTAL + 3)
        send_payment_reminder(orders[2], by=SYSTEM)
        db.session.commit()
        numbers = [order.number for order in orders]
        owed = sum(order.open_amount for order in orders if order.currency == "EUR")

    answer = client.get("/admin/reports/open_by_age?file=csv&separator=;&decimal=.")
    head, *rows = csv.reader(answer.data.decode("utf-8-sig").splitlines(), delimiter=";")
    assert head[4:] == [
        "currency", "not_due", "days_1_30", "days_31_60", "days_61_90", "over_90_days", "to_come", "open",
    ]  # fmt: skip
    assert [[row[1], *map(str.strip, row[4:])] for row in rows] == [
        ["Femke Jansen", "EUR", "0", "60.00", "67.75", "0", "67.75", "-3.00", "192.50"],
        ["Koen", "EUR", "0", "0", "67.75", "0", "0", "0", "67.75"],
        ["Total", "EUR", "0", "60.00", "135.50", "0", "67.75", "-3.00", "260.25"],
        ["Femke Jansen", "GBP", "0", "67.75", "0", "0", "0", "0", "67.75"],
        ["Total", "GBP", "0", "67.75", "0", "0", "0", "0", "67.75"],
    ]
    assert Decimal(rows[2][-1]) == owed

    def listed(query: str) -> list[str]:
        page = client.get(f"/admin/order/?{query}&sort=number").text
        return re.findall(r'name="rowid"[^>]*value="([^"]+)"', page)

    assert listed("overdue=1") == [numbers[at] for at in (1, 2, 3, 4, 5)]
    assert listed("overdue=31&reminders=0") == [numbers[at] for at in (3, 4)]
    assert listed("view=unpaid&reminders=1") == [numbers[2]]
    assert listed("reminders=3") == []
    assert "Reminded twice" in client.get("/admin/order/?view=unpaid").text
    assert "Reminded twice" not in client.get("/admin/order/").text
