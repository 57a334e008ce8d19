"""Documents as programs read them."""

from __future__ import annotations

from typing import Any

from tests.factories import placed_order


def test_documents_are_read_by_number_and_printed(program: Any, in_app: Any) -> None:
    with in_app():
        number = placed_order().number
    program.post(f"/api/orders/{number}/actions/mark_sent", json={})

    invoice = program.get("/api/invoices").json["items"][0]
    shipment = program.get("/api/shipments").json["items"][0]

    assert program.get(f"/api/invoices/{invoice['number']}").json == invoice
    assert program.get(f"/api/shipments/{shipment['number']}").json == shipment
    assert program.get(f"/api/invoices/{invoice['number']}/pdf").data.startswith(b"%PDF")
    assert program.get(f"/api/shipments/{shipment['number']}/pdf").data.startswith(b"%PDF")
    assert program.get("/api/returns").json == {"items": [], "next": None}
