"""The sealed chain: what was sealed and is changed, deleted, cut off or slipped in is told; erasing stays possible."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256

import pytest
from sqlalchemy import func, select, text

from app.actions.credit_notes import credit_order
from app.actions.payments import mark_paid
from app.actions.personal_data import erase_personal_data
from app.actions.shipments import mark_sent
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer
from app.models import Order, Payment, Print, Seal, SealedRecord, Unsealed
from app.operations import checks, sealing
from app.operations.seal_checks import ChainRow, find_unproven, parse_seal, seal_findings, sealed_after
from app.queries.records import last_seal
from tests.dropped_guards import drop_guards
from tests.factories import placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


@pytest.fixture
def order(database: None) -> Order:
    """The last of four orders with all that is sealed, sealed."""
    for _time in range(4):
        order = placed_order(customer=NewCustomer(name="Noor", email=f"noor{_time}@example.org"))
        mark_paid(order, by=SYSTEM, notify=True)
        of = {"invoice_id": order.invoices[0].id, "revision": 1, "language": "en"}
        db.session.add(Print(**of, content=b"%PDF", sha256=sha256(b"%PDF").hexdigest()))
    db.session.commit()
    sealing.seal_all()
    return order


def test_what_happens_is_sealed_by_and_by_and_all_is_well(order: Order) -> None:
    assert db.session.scalar(select(func.count()).select_from(Unsealed)) == 0
    kinds = set(db.session.scalars(select(SealedRecord.kind)))
    assert kinds == {"invoice", "payment", "history", "mail", "print", "order"}
    assert str(last_seal()).startswith("1-")

    placed_order()
    db.session.commit()
    assert list(checks.findings()) == []  # what is not sealed yet is no fault
    sealing.seal_all()

    assert list(checks.findings(str(last_seal()))) == []
    assert [seal.number for seal in db.session.scalars(select(Seal).order_by(Seal.number))] == [1, 2]


#: What is done, each to a record of its own, and what is told of it.
DAMAGES = {
    "UPDATE invoice SET snapshot = replace({snapshot}, '21', '9'){json} WHERE id = 1": (
        "ORD10001: document INV00001 was changed"
    ),
    "UPDATE invoice SET due_on = '2030-01-01' WHERE id = 2": "ORD10002: document INV00002 was changed",
    "UPDATE invoice SET currency = 'USD' WHERE id = 3": "ORD10003: document INV00003 was changed",
    "UPDATE invoice_line SET net = net + 1000000, tax = tax - 1000000 WHERE invoice_id = 4": (
        "ORD10004: document INV00004 was changed"
    ),
    "UPDATE payment SET amount = amount - 1000000 WHERE id = 1": "ORD10001: payment 1 was changed",
    "UPDATE payment SET paid_at = '2020-01-01 00:00:00.000000' WHERE id = 2": "ORD10002: payment 2 was changed",
    "DELETE FROM payment WHERE id = 3": "ORD10003: payment 3 was deleted",
    'UPDATE history SET facts = \'{{"text": "x"}}\' WHERE id = 3': "ORD10001: entry of the history 3 was changed",
    "UPDATE history SET facts = '{{}}' WHERE id = 4": "ORD10001: entry of the history 4 was emptied",
    "UPDATE history SET actor_name = 'X' WHERE id = 5": "ORD10001: entry of the history 5 was changed",
    "DELETE FROM history WHERE id = 6": "ORD10002: entry of the history 6 was deleted",
    "UPDATE outgoing_mail SET body = 'Pay again' WHERE id = 1": "ORD10001: mail 1 was changed",
    "DELETE FROM print WHERE id = 1": "print 1 was deleted",
    "UPDATE print SET sha256 = 'x' WHERE id = 2": "print 2 was changed",
}


def test_each_sealed_record_that_was_touched_is_told(order: Order) -> None:
    drop_guards()
    is_sqlite = db.engine.dialect.name == "sqlite"
    json, snapshot = ("", "uncompressed(snapshot)") if is_sqlite else ("::json", "snapshot::text")
    for damage in DAMAGES:
        db.session.execute(text(damage.format(json=json, snapshot=snapshot)))
    db.session.commit()

    told = {f"{what} since it was sealed (1). Compare it with a backup" for what in DAMAGES.values()}
    assert set(seal_findings()) == told


def test_sqlite_writes_all_that_is_as_sealed_by_itself(order: Order) -> None:
    """Each record is proven by bytes that SQLite wrote, whatever its letters; PostgreSQL's are looked at one by one."""
    odd = placed_order(customer=NewCustomer(name='N\u00e9 \\ "\u2028😀', email="noor@example.org"))
    odd.payment_method_title = "\x01\x7f \t §"
    mark_paid(odd, by=SYSTEM, notify=True)
    credit_order(order, by=SYSTEM)
    db.session.execute(text("UPDATE outgoing_mail SET state = 'sent', sent_at = created_at"))
    db.session.commit()
    sealing.seal_all()

    rows = sealed_after(0)
    kinds = {ChainRow._make(row).kind for row in rows}
    unproven = {row.kind for row in find_unproven(rows)}
    assert kinds >= {"invoice", "payment", "history", "mail", "mail_sent", "print", "order"}
    assert unproven == (set() if db.engine.dialect.name == "sqlite" else kinds)
    assert list(seal_findings()) == []

    if db.engine.dialect.name == "sqlite":  # which takes what it can't write, too
        drop_guards()
        db.session.execute(text("UPDATE history SET subject = x'ff' WHERE id = 1"))
        db.session.execute(text("UPDATE payment SET method = 'x' WHERE id = 1"))
        damaged = "ORD10001: entry of the history 1 was changed", "ORD10001: payment 1 was changed"
        assert set(seal_findings()) == {f"{one} since it was sealed (1). Compare it with a backup" for one in damaged}


def test_erasing_personal_data_is_no_damage(order: Order) -> None:
    mark_sent(order, by=SYSTEM)
    db.session.execute(text("UPDATE outgoing_mail SET state = 'sent', sent_at = created_at"))
    db.session.commit()
    sealing.seal_all()

    erase_personal_data(order.customer, by=SYSTEM)
    db.session.commit()

    assert list(checks.findings()) == []  # before it is sealed, and after
    sealing.seal_all()
    assert list(checks.findings()) == []
    of_history = select(SealedRecord.salt).where(SealedRecord.kind == "history", SealedRecord.order_id == order.id)
    assert set(db.session.scalars(of_history)) == {None}  # nobody can guess what it said


def test_emptying_without_erasing_is_told(order: Order) -> None:
    """The database lets it be emptied, as erasing does; but nothing says that somebody was erased."""
    db.session.execute(text("UPDATE history SET facts = '{}' WHERE id = 3"))
    db.session.commit()
    sealing.seal_all()

    assert [found.partition(" since")[0] for found in seal_findings()] == [
        "ORD10001: entry of the history 3 was emptied"
    ]


def test_a_tail_that_was_cut_off_with_its_seals_is_found_by_a_seal_that_was_written_down(order: Order) -> None:
    first = str(last_seal())
    second = placed_order()
    db.session.commit()
    sealing.seal_all()
    noted = str(last_seal())
    drop_guards()
    for statement in (
        "DELETE FROM sealed_record WHERE seal_number = 2",
        "DELETE FROM seal WHERE number = 2",
        f"DELETE FROM history WHERE order_id = {second.id}",
    ):
        db.session.execute(text(statement))
    db.session.execute(text(f"DELETE FROM outgoing_mail WHERE order_id = {second.id}"))
    db.session.execute(text(f"DELETE FROM invoice_line WHERE invoice_id = {second.invoices[0].id}"))
    db.session.execute(text(f"DELETE FROM invoice WHERE order_id = {second.id}"))
    db.session.commit()

    assert list(seal_findings(first)) == []
    (found,) = seal_findings(noted)
    assert found.startswith(f"seal {noted} was written down, but the last one here is {first}: what was sealed since")


def test_a_chain_that_was_reckoned_anew_is_found_by_a_seal_that_was_written_down(order: Order) -> None:
    noted = str(last_seal())
    drop_guards()
    db.session.execute(text("UPDATE payment SET amount = amount - 1000000"))
    for table, column in (("sealed_record", "id"), ("seal", "number")):
        db.session.execute(text(f"DELETE FROM {table} WHERE {column} > 0"))
    for kind in ("invoice", "payment", "history", "print"):
        db.session.execute(text(f"INSERT INTO unsealed (kind, record_id) SELECT '{kind}', id FROM {kind}"))
    db.session.execute(text("INSERT INTO unsealed (kind, record_id) SELECT 'mail', id FROM outgoing_mail"))
    db.session.commit()
    sealing.seal_all()

    assert list(seal_findings()) == []
    (found,) = seal_findings(noted)
    assert found.startswith("seal 1 was written down as ")
    assert "the books were rewritten" in found


def test_seals_themselves_are_looked_at(order: Order) -> None:
    drop_guards()
    damages = {
        "UPDATE seal SET hash = 'x'": "seal 1 does not follow from its records and the seal before",
        "UPDATE sealed_record SET digest = content WHERE kind = 'payment'": "ORD10001: payment 1 was changed",
        "DELETE FROM sealed_record WHERE kind = 'payment'": "seal 1 is over",
        "DELETE FROM seal": "seal 1 was deleted",
        "DELETE FROM sealed_record": "the records of seal 1 and all after it were deleted",
    }
    for damage, told in damages.items():
        if damage == "DELETE FROM sealed_record":
            db.session.execute(text("INSERT INTO seal SELECT 1, 'x', at, 5 FROM history WHERE id = 1"))
        db.session.execute(text(damage))
        db.session.commit()
        assert any(found.startswith(told) for found in seal_findings()), damage


def test_what_was_slipped_in_past_the_guards_is_told(order: Order) -> None:
    drop_guards()
    db.session.add(Payment(order_id=order.id, amount=Decimal(5)))
    db.session.commit()

    assert list(seal_findings()) == [
        "payment 5 was written past the guards of the database: it has no seal. Compare it with a backup"
    ]


def test_the_database_refuses_to_change_seals(order: Order) -> None:
    changes = ["UPDATE seal SET hash = 'x'", "DELETE FROM seal"]
    for change in [*changes, "DELETE FROM sealed_record", "UPDATE sealed_record SET digest = content"]:
        with pytest.raises(Exception, match="never changes"):
            db.session.execute(text(change))
        db.session.rollback()


def test_a_seal_is_given_as_it_was_shown() -> None:
    for noted in ("x", "12", "1-abc", "1-ABCDEF0123456789AB"):
        with pytest.raises(ActionRefused, match="is no seal"):
            parse_seal(noted)
