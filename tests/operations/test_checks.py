"""`toonbank check` finds what is wrong, and nothing where all is well."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm.attributes import set_committed_value

from app.actions import stock
from app.actions.credit_notes import credit_order
from app.actions.numbering import change_series
from app.actions.payments import mark_paid
from app.actions.shipments import mark_sent
from app.actions.stock import count_stock
from app.encryption.sealed import Sealed
from app.extensions import db
from app.history import SYSTEM
from app.models import Invoice, MovementKind, PaymentStatus, Product
from app.operations import checks
from tests.factories import new_connection, placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def test_a_healthy_shop_has_no_findings():
    mark_paid(placed_order(), by=SYSTEM)

    assert list(checks.findings()) == []


def test_a_state_that_does_not_follow_is_found():
    order = placed_order()
    order.payment_status = PaymentStatus.PAID
    db.session.flush()

    assert list(checks.findings()) == [
        "ORD10001: payment_status is stored as paid, but follows as not_paid",
    ]


def test_a_number_that_was_skipped_is_found():
    placed_order()
    db.session.execute(text("UPDATE counter SET next = next + 2 WHERE kind = 'invoice' AND series = 'main'"))

    assert list(checks.findings()) == [
        "invoice: number INV00002 is missing",
        "invoice: number INV00003 is missing",
    ]


def test_a_number_that_no_counter_drew_is_found():
    placed_order()
    change_series("order", prefix="A", digits=5, next=1, by=SYSTEM)
    placed_order()
    db.session.execute(text("UPDATE counter SET next = next - 1 WHERE kind = 'order' AND series = 'main'"))
    db.session.execute(text("UPDATE past_series SET last = last + 1"))

    assert list(checks.findings()) == [
        "order: number A00001 was never drawn",
        "order: number ORD10002 is missing",
    ]


@pytest.mark.parametrize("is_sent", [True, False])
def test_goods_that_are_back_in_stock_though_they_go_or_went_are_found(is_sent: bool):
    mug = Product(sku="MUG-30", name="Mug", stock=Decimal(10))
    db.session.add(mug)
    db.session.flush()
    count_stock(mug, mug.stock, by=SYSTEM)
    order = placed_order()
    if is_sent:
        mark_sent(order, by=SYSTEM)
    assert list(checks.findings()) == []

    stock.move([stock.Move(order.lines[0], Decimal(1))], order, kind=MovementKind.CANCELLED, document="x", by=SYSTEM)

    assert list(checks.findings()) == ["ORD10001: 2 of Stoneware mug is out, but 3 went or is to go, and 0 came back"]


# --- what documents say of their VAT ----------------------------------------------------------------------------------


def says(document: Invoice, **changed: object) -> None:
    """As if it had been issued saying this; the database lets nobody change it."""
    set_committed_value(document, "snapshot", {**document.snapshot, **changed})


def test_documents_whose_vat_does_not_add_up_are_found():
    order = placed_order()
    (invoice,) = order.invoices
    (row,) = invoice.snapshot["vat"]
    assert list(checks.vat_findings(order)) == []

    says(invoice, vat=[{**row, "tax": "1.00"}])
    wrong_tax = list(checks.vat_findings(order))
    says(invoice, vat=[{**row, "base": "50.00"}])
    wrong_base = list(checks.vat_findings(order))
    set_committed_value(invoice, "snapshot", {key: said for key, said in invoice.snapshot.items() if key != "vat"})

    assert wrong_tax == [f"{order.number}: INV00001 says VAT 11.76 on 55.99, per rate 1.00 on 55.99"]
    assert wrong_base == [f"{order.number}: INV00001 says VAT 11.76 on 55.99, per rate 11.76 on 50.00"]
    assert list(checks.vat_findings(order)) == [f"{order.number}: INV00001 says nothing of its VAT"]


def test_vat_that_a_credit_note_takes_back_at_another_rate_is_found():
    order = placed_order()
    (invoice,) = order.invoices
    credit_order(order, by=SYSTEM)
    (note,) = [one for one in order.invoices if one.is_credit_note]
    assert list(checks.vat_findings(order)) == []

    says(note, vat=[{**row, "rate": "9"} for row in note.snapshot["vat"]])

    assert list(checks.vat_findings(order)) == [
        f"{order.number}: all of {invoice.number} is credited, but not its VAT per rate"
    ]


def test_a_key_that_was_sealed_elsewhere_is_warned_of():
    db.session.add(new_connection(credentials=Sealed.of({"consumer_key": "ck_1"})))
    db.session.flush()
    assert list(checks.warnings()) == []

    db.session.add(new_connection(title="Cups", key="k", credentials=Sealed("of another installation")))
    db.session.flush()

    assert list(checks.warnings()) == [
        "Cups: its key can't be read: put back the file credentials_key, or enter the key again under Access"
    ]


def test_a_file_that_can_not_all_be_read_is_not_looked_at_in_memory(monkeypatch: pytest.MonkeyPatch):
    """Whatever the disk can't give, as the memory of this very program at 0, would end who looks at it."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads its files itself")
    with checks.much_memory():
        assert mapped_bytes()
        db.session.execute(text("PRAGMA mmap_size = 0"))

    monkeypatch.setattr(checks, "sqlite_file", lambda _url: Path("/proc/self/mem"))
    with checks.much_memory():
        assert mapped_bytes() == 0


def mapped_bytes() -> int | None:
    return db.session.scalar(text("PRAGMA mmap_size"))
