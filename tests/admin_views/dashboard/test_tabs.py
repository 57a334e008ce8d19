"""Where things stand on the page of an order: tabs on top, blocks in their order, buttons at the bottom."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from app.actions.credit_notes import create_credit_note
from app.actions.payments import mark_paid
from app.actions.returns import create_return
from app.actions.shipments import mark_sent
from app.extensions import db
from app.history import SYSTEM
from app.models import CustomStatus
from tests.clients import Client
from tests.factories import placed_order


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())


@pytest.fixture
def address(in_app: Any) -> str:
    """Of an order that was paid, sent, and partly credited and sent back."""
    with in_app():
        db.session.add(CustomStatus(title="Engraving"))
        order = placed_order(language="en")
        mark_paid(order, by=SYSTEM)
        mark_sent(order, by=SYSTEM, tracking_code="3STEST0001")
        mug, teapot = order.lines[:2]
        create_credit_note(
            order.invoices[0], by=SYSTEM, quantities={mug.id: Decimal(1)}, reason="Damaged", action="Pay back"
        )
        create_return(order, by=SYSTEM, quantities={teapot.id: Decimal(1)}, reason="Does not fit", action="Replace")
        return f"/admin/order/{order.number}"


def test_tabs_blocks_and_buttons_stand_where_people_look_for_them(client: Client, address: str) -> None:
    page = client.get(address).text

    tabs = words("<main" + page.partition('aria-label="About this order"')[2].partition("</nav>")[0])
    assert re.findall("[A-Z][a-z]+", tabs) == [
        "Dashboard", "Customer", "Products", "Invoices", "Shipments", "Returns", "Tickets", "History",
    ]  # fmt: skip
    blocks = re.findall(r'<h2 id="[\w-]+-title">\s*([^<]+?)\s*</h2>', page.partition('class="actionbar')[0])
    assert blocks == [
        "Products", "Payment", "Invoices", "Ledger", "Returns", "Custom status", "Tasks", "Memo",
        "Shipping", "Packing slips", "Billing and shipping address", "Customer",
    ]  # fmt: skip
    bar = page.partition('class="actionbar')[2].partition("</main>")[0]
    assert re.findall(r"<svg[^>]*>.*?</svg><span>([^<]+)</span>", bar) == [
        "Notify customer", "Send payment reminder", "More", "Copy", "No reminders", "Suspend", "Cancel order",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tab", "told"),
    [
        ("customer", ("Femke Jansen", "View customer", "Edit", "Markt 87")),
        ("products", ("Stoneware mug", "MUG-30", "€12.50", "Teapot", "€67.75")),
        ("invoices", ("INV00001", "CRN00001 credits INV00001", "-€12.50")),
        ("shipments", ("PS00001", "3STEST0001", "Sent", "Parcel post")),
        ("returns", ("RET00001", "Damaged", "Pay back", "€12.50", "Completed", "RET00002", "1 × Teapot", "Authorised")),
        ("tickets", ("No tickets",)),
        ("history", ("Order placed", "Paid: €67.75", "Invoice INV00001 created: €67.75", "CRN00001 created")),
    ],
)
def test_each_tab_tells_its_part_of_this_order(client: Client, address: str, tab: str, told: tuple[str, ...]) -> None:
    page = words(client.get(f"{address}?tab={tab}").text)

    for text in told:
        assert text in page, text
