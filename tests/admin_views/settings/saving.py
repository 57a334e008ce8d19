"""Saving a page of the settings, as the browser does."""

from __future__ import annotations

import re

from tests.clients import Client

ADMINISTRATION = {
    "invoice_moment": "paid",
    "payment_term_days": "21",
    "delivery_times": "1-2 days\r\n3 days",
    "hide_phone_on_invoices": "y",
    "credit_notes_own_series": "True",
    "forbid_unpaid_shipping": "True",
    "quote_days": "45",
    "return_days": "30",
    "low_stock": "3",
}


def saved(client: Client, path: str, values: dict[str, object]):
    """The answer to saving these values on the topic's page."""
    seen = re.search(r'name="seen_version"[^>]*value="(\d+)"', client.get(f"/admin/{path}/?id=1").text)[1]
    return client.post(f"/admin/{path}/?id=1", data={**values, "seen_version": seen})
