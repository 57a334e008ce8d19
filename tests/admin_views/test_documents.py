"""The lists of documents."""

from __future__ import annotations

from typing import Any

from tests.clients import Client


def test_the_list_of_invoices_tells_credit_notes_apart(client: Client, order_ids: dict[str, Any]) -> None:
    client.post(f"{order_ids['url']}/create_credit_note/{order_ids['invoice']}", data={"everything": "y"})

    everything = client.get("/admin/invoice/").text
    assert "CRN00001" in everything
    assert ">Credited<" in everything.replace("</svg>", ">")
    only_notes = client.get("/admin/invoice/?kind=credit_note").text
    assert "CRN00001" in only_notes
    assert "INV00001" not in only_notes
    assert "CRN00001" not in client.get("/admin/invoice/?kind=invoice").text
