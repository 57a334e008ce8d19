"""Each condition by which `order_proofs` proves an order is needed: without it, one that is damaged would be proven.

Each is left out once, or lets more through, and a shop of plain orders is damaged until an order is proven of which a
check tells. What no damage needs stands in NOT_NEEDED, with the reason.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, TypeAlias

import pytest
from flask import Flask
from sqlalchemy import text

from app.accounting.tax_rows import MARGIN_SCHEMES
from app.actions.cancelling import cancel_order
from app.extensions import db
from app.history import SYSTEM
from app.models import InvoiceMoment, Order, Task, TaskStatus
from app.operations import checks, order_proofs, sealing
from app.operations.order_rows import read_orders_among
from app.queries import shop
from tests import situations
from tests.dropped_guards import drop_guards
from tests.factories import COMPANY, placed_order
from tests.whole.damage import damaging
from tests.whole.weakened import weakenable, weakened_functions

Fill: TypeAlias = Callable[[str, Callable[[], Any]], Any]

#: Orders in all states that are proven, and one with a return, which is not.
SITUATIONS = (
    situations.unpaid, situations.part_paid, situations.set_to_paid, situations.free_order, situations.packed,
    situations.part_sent_rest_packed, situations.all_sent, situations.digital_paid, situations.digital_free,
    situations.pick_up_unpaid, situations.pick_up_ready, situations.pick_up_handed_over, situations.one_on_its_way_back,
)  # fmt: skip


def fill_plain() -> None:
    shop().vat_id = COMPANY["vat_id"]
    for make in SITUATIONS:
        make()
    with_a_task = placed_order()
    db.session.add(Task(order=with_a_task, description="Ring", author="Sanne", status=TaskStatus.DONE))
    shop().invoice_moment = InvoiceMoment.PAID
    placed_order()
    cancel_order(placed_order(), by=SYSTEM, reason="")
    db.session.commit()
    sealing.seal_all()
    assert list(checks.findings()) == []
    drop_guards()


AMOUNTS = {
    "orders": "total net_total tax_total computed_total paid invoiced credited refunded adjusted",
    "order_line": "total quantity invoiced shipped dropped credited returned",
    "invoice": "net_total tax_total total",
    "invoice_line": "quantity net tax",
    "payment": "amount",
    "shipment_line": "quantity lost",
}


def damages() -> Iterator[str]:
    """One value of all orders; then what fits but for one thing."""
    for table, names in AMOUNTS.items():
        for name in names.split():
            yield from (
                f"UPDATE {table} SET {name} = {value}" for value in (f"{name} + 1000000", f"{name} - 1000000", "'x'")
            )
    for status in ("payment_status", "shipment_status", "status"):
        yield f"UPDATE orders SET {status} = 'refunded'"
    yield from ("UPDATE orders SET " + change for change in CHANGES_OF_ORDERS)
    yield from FITTED


CHANGES_OF_ORDERS = (
    "held_at = placed_at", "invoiced_elsewhere_at = placed_at", "elsewhere_number = '7'", "cancelled_at = placed_at",
    "cancelled_at = NULL", "is_draft = 1", "has_memo = 1", "has_open_task = 1", "is_pick_up = 'x'",
    "prices_include_tax = 1 - prices_include_tax", "prices_include_tax = 'x'", "is_pick_up = 1 - is_pick_up",
    "net_total = net_total + 0.5, tax_total = tax_total - 0.5",
    "shipment_status = 'partially_shipped', status = 'awaiting_shipment' WHERE shipment_status = 'shipped'",
    "shipment_status = 'not_shipped', status = 'awaiting_shipment' WHERE shipment_status = 'nothing_to_ship'",
)  # fmt: skip

NOTHING_WENT = "UPDATE orders SET shipment_status = 'not_shipped' WHERE shipment_status = 'partially_shipped'"

FITTED = (
    "UPDATE invoice SET kind = 'credit_note', snapshot = json_set(uncompressed(snapshot), '$.kind', 'credit_note')",
    "UPDATE invoice SET return_id = 1",
    """UPDATE invoice_line SET quantity = -quantity WHERE id IN (SELECT min(id) FROM invoice_line GROUP BY invoice_id);
    UPDATE order_line SET invoiced = -invoiced
        WHERE id IN (SELECT order_line_id FROM invoice_line WHERE quantity < 0)""",
    "UPDATE payment SET reverses_id = id",
    "UPDATE payment SET kind = 'refund'",
    """UPDATE payment SET amount = 'x';
    UPDATE orders SET paid = 0, payment_status = 'not_paid', status = 'awaiting_payment'
        WHERE total > 0 AND cancelled_at IS NULL""",
    "UPDATE shipment SET lost_at = sent_at",
    "UPDATE shipment SET withdrawn_at = sent_at",
    f"""UPDATE shipment_line SET quantity = 'x'
        WHERE shipment_id IN (SELECT id FROM shipment WHERE sent_at IS NOT NULL);
    UPDATE order_line SET shipped = 0; {NOTHING_WENT}""",
    f"UPDATE shipment_line SET quantity = -quantity; UPDATE order_line SET shipped = -shipped; {NOTHING_WENT}",
    "UPDATE shipment_line SET quantity = -quantity",
    "UPDATE shipment_line SET quantity = quantity * 5",
    """UPDATE shipment_line SET order_line_id = (
        SELECT other.id FROM order_line JOIN order_line AS other USING (order_id)
        WHERE order_line.id = order_line_id AND other.kind = 'shipping')""",
    "UPDATE order_line SET dropped = quantity; UPDATE orders SET shipment_status = 'nothing_to_ship'",
    "UPDATE order_line SET dropped_by_cancel = 1000000",
    "UPDATE order_line SET quantity = quantity + 0.5",
    "UPDATE order_line SET kind = 'fee'",
    "UPDATE goods_return SET status = 'completed'",
    """UPDATE order_line SET total = total - 1000000 WHERE id IN (SELECT min(id) FROM order_line GROUP BY order_id);
    UPDATE orders SET total = total - 1000000, net_total = net_total - 1000000,
        computed_total = computed_total - 1000000""",
    "UPDATE orders SET invoiced = 0; UPDATE order_line SET invoiced = 0; DELETE FROM invoice_line; DELETE FROM invoice",
)

SAYS = "number kind currency total net tax due_on issued_on order.number vat[0].base vat[0].tax lines".split()

OF_DOCUMENTS = (
    *(f"UPDATE invoice SET snapshot = json_set(uncompressed(snapshot), '$.{key}', '77')" for key in SAYS),
    "UPDATE invoice SET snapshot = json_insert(uncompressed(snapshot), '$.vat[#]',"
    " json_set(uncompressed(snapshot) -> '$.vat[0]', '$.base', '0', '$.tax', '0'))",
    f"UPDATE invoice SET snapshot = json_set(uncompressed(snapshot), '$.vat[0].name', '{min(MARGIN_SCHEMES)}')",
    "UPDATE invoice SET snapshot = json_set(uncompressed(snapshot), '$.margins', json('[7]'))",
    "UPDATE invoice SET delivery_time = 'ཀ'",
    "UPDATE invoice SET snapshot = json_set(uncompressed(snapshot), '$.payment_method', 'ཀ')",
    "UPDATE invoice SET currency = 'CHF', snapshot = json_set(uncompressed(snapshot), '$.currency', 'CHF')",
)

#: As they are when nobody sealed them anew.
OF_SEALS = ("UPDATE orders SET customer_note = 'X'", "UPDATE order_search SET words = 'X'")

FOLLOWS = "what it looks for is seen by another condition: "
STRICTER = "without it less is proven, not more"
CAREFUL = "no check tells of it by itself: such an order is only not plain"
NOT_NEEDED = {
    "without: makes_anew = 0": CAREFUL,
    "without: credits_id IS NULL": CAREFUL,
    "without: max(quantity) > 0": CAREFUL,
    "without: sent_at IS NULL": STRICTER,
    "without: withdrawn_at IS NULL": STRICTER,
    "without: is_goods": STRICTER,
    "without: quantity > 0": STRICTER,
    "without: shipped >= 0": CAREFUL,
    "without: packed >= 0": CAREFUL,
    "without: is_demo = 0": FOLLOWS + "the demo is not sealed",
    "without: prices_include_tax IN (0, 1)": FOLLOWS + "it is sealed",
    "without: quote_number = ''": FOLLOWS + "the words that an order is found by",
    "without: invoiced = 0": CAREFUL,
    "without: paid = 0": CAREFUL,
    "without: NOT EXISTS (SELECT 1 FROM goods_return WHERE order_id = orders.id)": CAREFUL,
    "without: typeof(orders.total) = 'integer'": FOLLOWS + "it is net and VAT, which are whole",
    "without: typeof(paid) = 'integer'": FOLLOWS + "it is the sum of the payments",
    "without: typeof(invoiced) = 'integer'": FOLLOWS + "it is the sum of the documents",
    "without: typeof(computed_total) = 'integer'": FOLLOWS + "it is the sum of the lines",
    "without: NOT (has_goods AND shipment_status = 'nothing_to_ship')": CAREFUL,
    "without: has_goods": STRICTER,
    "without: shipment_status = 'nothing_to_ship'": STRICTER,
    "says_what_is_stored: document.total % units_of(document.currency) == 0": CAREFUL,
}


#: Of a sum whose kind is looked at, the parts that are whole because what they equal is.
EQUAL_TO_WHOLE = "sum(quantity)", "tax_total", "billed", "coalesce(documents.total, 0)"


def test_each_condition_of_a_proof_is_needed(filled: Fill, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    filled("shop of plain orders", fill_plain)
    weak = weakenable(order_proofs.PLAIN_ORDERS.text)
    is_whole = tuple(f"0 for {part} at" for part in EQUAL_TO_WHOLE)
    left = {less: way for less, way in enumerate(weak.ways) if way not in NOT_NEEDED and not way.startswith(is_whole)}
    with app.app_context(), damaging(Random(13)) as damaged:
        assert isinstance(damaged.raw, sqlite3.Connection)
        last = max(db.session.scalars(db.select(Order.id)))
        assert len(order_proofs.proven_orders(1, last)) == len(SITUATIONS) + 2  # one waits for its return
        monkeypatch.setattr(order_proofs, "as_they_were_sealed", lambda _between: set(range(last + 1)))
        assert proven_by(damaged.raw, weak.sql, last) >= order_proofs.proven_orders(1, last)
        for script in damages():
            db.session.rollback()
            with damaged.done(script):
                proven = order_proofs.proven_orders(1, last)
                wrong = told_among(proven_otherwise(monkeypatch, last) - proven)
                for less in [less for less in left if wrong and wrong & proven_by(damaged.raw, weak.sql, last, less)]:
                    del left[less]

    assert list(left.values()) == []
    assert len(weak.ways) > 100
    assert [one for one in NOT_NEEDED if one not in weak.ways and not one.startswith("says_")] == []


def test_each_condition_of_documents_and_seals_is_needed(
    filled: Fill, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled("shop of plain orders", fill_plain)
    left = {what: (name, less) for name, what, less in weakened_functions(order_proofs) if what not in NOT_NEEDED}
    found = len(left)
    with app.app_context(), damaging(Random(13)) as damaged:
        last = max(db.session.scalars(db.select(Order.id)))
        for scripts in (OF_SEALS, OF_DOCUMENTS):
            for script in scripts:
                db.session.rollback()
                with damaged.done(script):
                    told = told_among(set(range(last + 1)))
                    assert not order_proofs.proven_orders(1, last) & told
                    for what, (name, less) in list(left.items()):
                        with monkeypatch.context() as patch:
                            patch.setattr(order_proofs, name, less)
                            if order_proofs.proven_orders(1, last) & told:
                                del left[what]
            monkeypatch.setattr(order_proofs, "as_they_were_sealed", lambda _between: set(range(last + 1)))

    assert list(left) == []
    assert found > 12


def proven_by(raw: sqlite3.Connection, sql: str, last: int, less: int = -1) -> set[int]:
    return {one for (one,) in raw.execute(sql, {"first": 1, "last": last, "less": less})}


def proven_otherwise(monkeypatch: pytest.MonkeyPatch, last: int) -> set[int]:
    """The orders that all but the large statement prove."""
    with monkeypatch.context() as patch:
        patch.setattr(order_proofs, "PLAIN_ORDERS", text("SELECT id FROM orders WHERE id BETWEEN :first AND :last"))
        return order_proofs.proven_orders(1, last)


def told_among(ids: set[int]) -> set[int]:
    """The orders of which a check tells, as things stand in its rows."""
    judges = (checks.ORDER_FINDINGS, checks.ORDER_WARNINGS)
    orders = read_orders_among(sorted(ids))
    numbers = {one.number: one.id for one in orders}
    found = [*checks.search_findings(orders), *checks.order_seal_findings(orders)] if is_sealed() else []
    told = {numbers[number] for number in numbers for one in found if number in one}
    return told | {one.id for one in orders if any(True for _told in checks.look_at_order(one, *judges))}


def is_sealed() -> bool:
    return order_proofs.as_they_were_sealed.__module__ == order_proofs.__name__
