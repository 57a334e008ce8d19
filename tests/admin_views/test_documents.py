"""The lists of documents."""

from __future__ import annotations

import io
from typing import Any

from pypdf import PdfReader
from sqlalchemy import func, select

from app.actions.shipments import create_packing_slip
from app.extensions import db
from app.history import SYSTEM
from app.models import OutgoingMail
from tests.clients import Client
from tests.factories import paid_order, placed_order


def test_the_list_of_invoices_tells_credit_notes_apart(client: Client, order_ids: dict[str, Any]) -> None:
    client.post(f"{order_ids['url']}/create_credit_note/{order_ids['invoice']}", data={"everything": "y"})

    everything = client.get("/admin/invoice/").text
    assert "CRN00001" in everything
    assert ">Credited<" in everything.replace("</svg>", ">")
    only_notes = client.get("/admin/invoice/?kind=credit_note").text
    assert "CRN00001" in only_notes
    assert "INV00001" not in only_notes
    assert "CRN00001" not in client.get("/admin/invoice/?kind=invoice").text


def test_the_ticked_documents_are_printed_or_sent_together(client: Client, in_app: Any) -> None:
    with in_app():
        ids = [str(placed_order(language="en").invoices[0].id) for _each in range(3)]
        create_packing_slip(paid_order(), by=SYSTEM)
    ticked = {"rowid": [*ids[:2], "9999", "x"], "action": "print"}
    printed = client.post("/admin/invoice/action/", data=ticked)
    assert (printed.status_code, printed.content_type, printed.data[:4]) == (200, "application/pdf", b"%PDF")
    assert len(PdfReader(io.BytesIO(printed.data)).pages) == 2
    slips = client.post("/admin/shipment/action/", data={"rowid": ["1"], "action": "print"})
    assert slips.data[:4] == b"%PDF"
    for nothing in ({}, {"rowid": "x"}):
        assert client.post("/admin/invoice/action/", data={"action": "print", **nothing}).location == "/admin/invoice/"
    assert client.post("/admin/return/action/", data={"rowid": "1", "action": "print"}).status_code == 403

    asked = client.post("/admin/invoice/action/", data={"rowid": ids[:2], "action": "send_invoice"})
    assert "INV00001" in asked.text
    with in_app():
        before = db.session.scalar(select(func.count()).select_from(OutgoingMail))
    sent = {"rowid": ids[:2], "action": "send_invoice", "step": "do"}
    assert client.post("/admin/invoice/action/", data=sent).status_code == 303
    with in_app():
        assert db.session.scalar(select(func.count()).select_from(OutgoingMail)) == before + 2


def test_who_may_do_nothing_to_documents_still_prints_them(signed_in_as: Any, in_app: Any) -> None:
    with in_app():
        placed_order()
    reader = signed_in_as("reader")
    page = reader.get("/admin/invoice/").text
    assert 'value="print"' in page
    assert 'value="send_invoice"' not in page
    assert reader.post("/admin/invoice/action/", data={"rowid": "1", "action": "print"}).data[:4] == b"%PDF"
    assert reader.post("/admin/invoice/action/", data={"rowid": "1", "action": "send_invoice"}).status_code == 403
