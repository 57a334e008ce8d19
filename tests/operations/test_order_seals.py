"""Orders against what was sealed of them last: whatever was changed past Toonbank is told, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from itertools import count

import pytest
from sqlalchemy import func, select, text

from app.actions.memos import write_memo
from app.actions.merging import merge_customers
from app.actions.payments import mark_paid
from app.actions.personal_data import erase_personal_data
from app.actions.shipments import mark_sent
from app.columns import now
from app.extensions import db, transaction
from app.history import SYSTEM
from app.intake_readers.new_order import NewCustomer
from app.models import Order, Return, Seal, SealedRecord, Task, Unsealed
from app.operations import checks, seal_checks, sealing
from app.operations.order_rows import order_rows
from app.operations.order_seal_checks import order_seal_findings
from app.operations.order_seals import IS_LAST, ORDER, PART_TITLES, SEALED_FACTS
from app.operations.seal_checks import seal_findings
from app.operations.sealing_anew import TELLING
from tests.dropped_guards import drop_guards
from tests.factories import placed_order

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


@pytest.fixture
def orders(database: None) -> list[Order]:
    """Three orders, the second paid, sent and with a memo; all of it sealed."""
    placed = [placed_order(customer=NewCustomer(name="Noor", email=f"noor{at}@example.org")) for at in range(3)]
    mark_paid(placed[1], by=SYSTEM)
    mark_sent(placed[1], by=SYSTEM)
    write_memo(placed[1], by=SYSTEM, text="Ring twice")
    db.session.commit()
    sealing.seal_all()
    return placed


def told() -> list[str]:
    return [one for orders in order_rows() for one in order_seal_findings(orders)]


def seals_of(order: Order) -> int:
    query = select(func.count()).where(SealedRecord.kind == ORDER, SealedRecord.order_id == order.id)
    return db.session.scalar(query) or 0


#: What is changed past Toonbank of the second order, and how that part is called.
DAMAGES = {
    "UPDATE orders SET placed_at = '2020-01-01 00:00:00.000000' WHERE id = {id}": "",
    "UPDATE orders SET payment_method_title = 'Gold' WHERE id = {id}": "",
    "UPDATE orders SET shipping_method_title = 'Pigeon' WHERE id = {id}": "",
    "UPDATE orders SET prices_include_tax = NOT prices_include_tax WHERE id = {id}": "",
    "UPDATE orders SET customer_id = 1 WHERE id = {id}": "",
    "UPDATE order_line SET unit_price = unit_price + 10000 WHERE order_id = {id}": "lines",
    "UPDATE order_address SET street = 'Elsewhere 1' WHERE order_id = {id}": "addresses",
    "UPDATE order_address SET street2 = 'Attic' WHERE order_id = {id}": "addresses",
    "DELETE FROM order_address WHERE order_id = {id}": "addresses",
    "UPDATE memo SET text = 'Ring once' WHERE order_id = {id}": "memos",
    "DELETE FROM memo WHERE order_id = {id}": "memos",
    "UPDATE invoice SET paid_at = '2020-01-01 00:00:00.000000' WHERE order_id = {id}": "invoices",
    "UPDATE shipment SET created_at = '2020-01-01 00:00:00.000000' WHERE order_id = {id}": "shipments",
    "UPDATE shipment SET sent_at = '2020-01-01 00:00:00.000000' WHERE order_id = {id}": "shipments",
}


def test_what_was_changed_past_toonbank_is_told(orders: list[Order]) -> None:
    drop_guards()
    number, id = orders[1].number, orders[1].id
    db.session.commit()
    assert told() == []
    for damage, part in DAMAGES.items():
        done = db.session.execute(text(damage.format(id=id)))
        assert done.rowcount, damage
        what = f"{number}: {PART_TITLES[part]} changed since that was sealed, and History says nothing of it"
        assert told() == [f"{what}. Compare it with a backup"], damage
        db.session.rollback()


def test_what_is_sealed_changes_only_with_a_migration_that_seals_anew() -> None:
    """Else each order would seem to be damaged. Then write down here what is sealed since, and by which migration."""
    assert list(PART_TITLES) == list(SEALED_FACTS)
    sealed = sha256(repr(sorted(SEALED_FACTS.items())).encode()).hexdigest()
    assert (sealed[:16], "0125") == ("7c39ef665b4f007f", "0125")


def test_what_an_action_changes_is_sealed_anew_and_what_stays_is_not(orders: list[Order]) -> None:
    first, second = orders[0], orders[1]
    assert (seals_of(first), seals_of(second)) == (1, 1)

    write_memo(first, by=SYSTEM, text="Call first")
    db.session.commit()
    assert told() == []  # what is not sealed yet is no fault
    sealing.seal_all()

    assert (seals_of(first), seals_of(second)) == (2, 1)
    assert db.session.scalar(select(func.count()).where(IS_LAST)) == 3  # of each order, only the last has its salt
    assert list(checks.findings()) == []


#: What Toonbank notes on an order without a word in History, if it ever does: of each part that is sealed, one value.
UNTOLD: dict[str, Callable[[Order], object]] = {
    "": lambda order: setattr(order, "company", "Elsewhere"),
    "addresses": lambda order: setattr(order.addresses[0], "city", "Elsewhere"),
    "lines": lambda order: setattr(order.lines[0], "variant", "Blue"),
    "memos": lambda order: setattr(order.memos[0], "text", "Ring once"),
    "tasks": lambda order: order.tasks.append(Task(description="Ring", author="Noor", created_at=now())),
    "invoices": lambda order: setattr(order.invoices[0], "delivery_time", "Later"),
    "shipments": lambda order: setattr(order.shipments[0], "external_id", "17"),
    "returns": lambda order: order.returns.append(Return(number="RMA1", created_at=now(), lines=[])),
    "memos ": lambda order: db.session.delete(order.memos[0]),
}


@pytest.mark.parametrize("part", UNTOLD)
def test_what_toonbank_notes_on_an_order_is_sealed_anew_even_where_history_says_nothing(
    orders: list[Order], part: str
) -> None:
    """A parcel's id at its shop was noted so, and `check` took it for a change past Toonbank."""
    assert {one.strip() for one in UNTOLD} == set(SEALED_FACTS)
    with suppress(RuntimeError), transaction():
        UNTOLD[part](orders[1])
        db.session.flush()
        raise RuntimeError
    assert db.session.scalar(select(Unsealed.id)) is None

    UNTOLD[part](orders[1])
    db.session.commit()
    assert told() == []
    sealing.seal_all()

    assert told() == []
    assert [seals_of(one) for one in orders] == [1, 2, 1]


def test_what_was_told_in_a_savepoint_that_was_taken_back_was_not_told(orders: list[Order]) -> None:
    orders[1].company = "Elsewhere"
    savepoint = db.session.begin_nested()
    write_memo(orders[1], by=SYSTEM, text="Call first")
    db.session.flush()
    savepoint.rollback()
    db.session.commit()
    assert db.session.scalars(select(Unsealed.kind)).all() == [ORDER]


def test_a_change_that_history_tells_is_noted_once(orders: list[Order]) -> None:
    write_memo(orders[1], by=SYSTEM, text="Call first")
    db.session.commit()
    assert db.session.scalars(select(Unsealed.kind)).all() == [sealing.Sealable.HISTORY]
    assert set(TELLING) == {sealing.KINDS[kind].table for kind in sealing.CHANGING}


def test_a_change_is_not_taken_for_one_that_waits_on_another_order(orders: list[Order]) -> None:
    write_memo(orders[0], by=SYSTEM, text="Call first")
    db.session.execute(text("UPDATE orders SET payment_method_title = 'Gold' WHERE id > 1"))
    assert [one.partition(":")[0] for one in told()] == [one.number for one in orders[1:]]


def test_an_order_written_past_the_guards_is_told(orders: list[Order]) -> None:
    drop_guards()
    db.session.execute(text(f"DELETE FROM sealed_record WHERE kind = 'order' AND order_id = {orders[2].id}"))
    assert [one.partition(":")[2] for one in told()] == [
        " has no seal: it was written past the guards of the database. Compare it with a backup"
    ]


def test_a_seal_of_an_order_that_was_touched_is_told(orders: list[Order]) -> None:
    drop_guards()
    db.session.execute(
        text(f"UPDATE sealed_record SET content = salt WHERE kind = 'order' AND order_id = {orders[0].id}")
    )
    assert any(one.startswith(f"{orders[0].number}: seal of the order") for one in seal_findings())
    assert told()


def test_a_seal_that_holds_nothing_hides_no_other_order(orders: list[Order]) -> None:
    drop_guards()
    emptied = f"UPDATE sealed_record SET content = NULL WHERE kind = 'order' AND order_id = {orders[0].id}"
    db.session.execute(text(emptied))
    db.session.execute(text(f"UPDATE orders SET payment_method_title = 'Gold' WHERE id = {orders[2].id}"))
    assert [one.partition(":")[0] for one in told()] == [orders[0].number, orders[2].number]


def test_erased_orders_are_sealed_anew_without_what_was_erased(orders: list[Order]) -> None:
    db.session.execute(text("UPDATE outgoing_mail SET state = 'sent', sent_at = created_at"))
    db.session.commit()
    customer = orders[1].customer
    assert customer is not None
    before = seals_of(orders[1])

    erase_personal_data(customer, by=SYSTEM)
    db.session.commit()

    assert told() == []
    sealing.seal_all()
    assert told() == []
    assert seals_of(orders[1]) == before + 1
    assert db.session.scalar(select(func.count()).where(IS_LAST)) == 3
    assert db.session.scalar(select(Unsealed.id)) is None


def test_a_customer_with_many_orders_is_merged_and_erased_in_portions(
    orders: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each link takes so many records and their orders, and what is erased may take dozens of links."""
    monkeypatch.setattr(sealing, "MOST", 2)
    monkeypatch.setattr(seal_checks, "LINKS_OF_ERASING", 1)
    monkeypatch.setattr(seal_checks, "SUSPECTS_AT_ONCE", 2)
    many = [placed_order(customer=NewCustomer(name="Mila", email="mila@example.org")) for _time in range(4)]
    for order in many:
        mark_paid(order, by=SYSTEM)
        mark_sent(order, by=SYSTEM)
    mila, noor = many[0].customer, orders[1].customer
    assert mila
    assert noor
    db.session.execute(text("UPDATE outgoing_mail SET state = 'sent', sent_at = created_at"))
    db.session.commit()
    sealing.seal_all()
    before, links = [seals_of(order) for order in many], last_link()

    merge_customers(mila, by=SYSTEM, into=noor)
    db.session.commit()
    seal_and_look()
    erase_personal_data(noor, by=SYSTEM)
    db.session.commit()
    seal_and_look()

    assert [seals_of(order) for order in many] == [one + 2 for one in before]
    assert last_link() - links > 10
    assert db.session.scalar(select(func.max(Seal.records)).where(Seal.number > links)) == 2 * sealing.MOST
    drop_guards()
    payment = many[3].payments[0].id
    db.session.execute(text(f"UPDATE payment SET amount = amount + 1 WHERE id = {payment}"))
    wrong = f"{many[3].number}: payment {payment} was changed"  # behind all that was emptied
    assert [one.partition(" since")[0] for one in seal_findings()] == [wrong]


def last_link() -> int:
    return db.session.scalar(select(func.max(Seal.number))) or 0


def seal_and_look() -> None:
    """Nothing is taken for damage, before it is sealed, while it is, and after."""
    for link in count():
        if link % 8 == 0:
            assert [*seal_findings(), *told()] == []
        if not sealing.seal_waiting():
            break
    assert [*seal_findings(), *told()] == []
