"""What a pop-up says before it issues an invoice: which letters no font has."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.models import InvoiceMoment
from app.queries import shop
from tests.clients import Client
from tests.factories import address, line, placed_order

DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}
NAMED = "བ (TIBETAN LETTER BA)"


def order_with(in_app: Any, moment: InvoiceMoment, name: str) -> str:
    with in_app():
        shop().invoice_moment = moment
        flag = line("Flag", quantity="1", unit_price="1")
        return placed_order(lines=[flag], total=Decimal(1), billing=address(name=name)).number


@pytest.mark.parametrize(
    ("moment", "action", "name", "is_named"),
    [
        (InvoiceMoment.MANUAL, "issue_invoice", "བ", True),
        (InvoiceMoment.PAID, "mark_paid", "བ", True),
        (InvoiceMoment.PAID, "enter_payment", "བ", True),
        (InvoiceMoment.MANUAL, "mark_paid", "བ", False),  # issues none
        (InvoiceMoment.DIRECT, "mark_paid", "བ", False),  # has its invoice
        (InvoiceMoment.MANUAL, "issue_invoice", "अनिल 🌷 山田", False),  # fonts have those
    ],
)
def test_letters_without_font_are_named_before_the_invoice(
    client: Client, in_app: Any, moment: InvoiceMoment, action: str, name: str, is_named: bool
) -> None:
    number = order_with(in_app, moment, name)

    page = client.get(f"/admin/order/{number}/{action}", headers=DIALOG).text

    assert (NAMED in page) is is_named


def test_an_invoice_with_such_letters_is_not_refused(client: Client, in_app: Any) -> None:
    number = order_with(in_app, InvoiceMoment.PAID, "བ")

    answer = client.post(f"/admin/order/{number}/mark_paid", data={"notify": ""})

    assert answer.status_code in (200, 303)
