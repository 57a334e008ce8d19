"""Every value and every row of a shop is damaged, one at a time: `toonbank check` tells it, or it is said why not.

damages.toml has for each table and column the check that tells it, or the reason why none does. A new column is to be
decided there; what the check told once, it tells for ever.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest
from flask import Flask
from sqlalchemy import Column, Table, select, text, update
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from app.actions.credit_notes import credit_return
from app.actions.merging import merge_customers
from app.actions.numbering import change_series
from app.actions.payments import mark_paid, take_back_payment
from app.actions.returns import authorise_return, receive_return, request_return
from app.actions.shipments import mark_sent
from app.columns import ExactDecimal, now
from app.einvoices.reading import read_document
from app.einvoices.ubl import write_ubl
from app.extensions import Base, db
from app.history import SYSTEM
from app.models import (
    Customer,
    EInvoice,
    EInvoiceFormat,
    Invoice,
    MailState,
    Order,
    OutgoingMail,
    PackingSlipPrint,
    Print,
    Quote,
    QuotePrint,
    Shipment,
    ShopProduct,
    ZeroRate,
)
from app.operations import checks, order_proofs, schema_checks, sealing
from app.operations.order_rows import read_orders_among
from app.queries import shop
from tests.dropped_guards import drop_guards
from tests.factories import COMPANY, outside_shop, placed_order
from tests.situations import lost
from tests.whole.damage import (
    Damaged,
    NothingElse,
    Tellers,
    damaging,
    finders,
    others,
    reach,
    says,
    tables,
    without_guards,
)
from tests.whole.walked_shop import arrange, as_most_shops_do

Fill: TypeAlias = Callable[[str, Callable[[], Any]], Any]

DECIDED: dict[str, Any] = tomllib.loads(Path(__file__).with_name("damages.toml").read_text("utf-8"))

#: Of a table: that one of its rows is gone.
DELETED = "DELETED"

GUARDS_OF_TABLES = """
    SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"""

#: Checks of what is no value and no row of a table, or of what this shop has not, each with its test.
TOLD_ELSEWHERE = {
    "guard_findings": "tests/operations/test_schema_checks.py",
    "noted_findings": "tests/operations/test_sealing.py",
}


def fill_shop() -> None:
    """An order of every sort, one that came back and one that got lost, prints of all sorts, and all of it sealed."""
    shop().vat_id = COMPANY["vat_id"]
    arrange(Random(3))
    as_most_shops_do()
    goods_return()
    lost()
    add_prints()
    noor = Customer(name="Noor", email="noor2@example.org")
    db.session.add(noor)
    db.session.flush()
    merge_customers(noor, by=SYSTEM, into=db.session.scalars(select(Customer).order_by(Customer.id)).first())
    change_series("order", prefix="A", digits=5, next=1, by=SYSTEM)
    change_series("return", prefix="R{yyyy}-", digits=4, next=1, by=SYSTEM)
    order = placed_order()
    mark_sent(order, by=SYSTEM)
    request_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    mark_paid(order, by=SYSTEM, notify=True)
    paid_by_mistake = placed_order()
    mark_paid(paid_by_mistake, by=SYSTEM)
    take_back_payment(paid_by_mistake.payments[0], by=SYSTEM)
    db.session.add(ShopProduct(outside_shop=outside_shop(), external_id="9", title="Mug there"))
    db.session.execute(update(OutgoingMail).where(OutgoingMail.id < 4).values(state=MailState.SENT, sent_at=now()))
    db.session.commit()
    sealing.seal_all()
    assert list(checks.findings()) == []
    drop_guards()


def goods_return() -> None:
    order = placed_order()
    mark_paid(order, by=SYSTEM)
    mark_sent(order, by=SYSTEM)
    back = request_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    authorise_return(back, by=SYSTEM)
    receive_return(back, by=SYSTEM, restock=True)
    credit_return(back, by=SYSTEM)


def add_prints() -> None:
    content: dict[str, Any] = {"content": b"x", "sha256": sha256(b"x").hexdigest()}
    slip, quote = (db.session.scalars(select(one.id)).first() for one in (Shipment, Quote))
    invoice = db.session.scalars(select(Invoice).order_by(Invoice.id)).first()
    assert invoice
    db.session.add(Print(invoice_id=invoice.id, revision=1, language="en", **content))
    db.session.add(PackingSlipPrint(shipment_id=slip, language="en", says="x", **content))
    xml = write_ubl(read_document(invoice, zero_rate=ZeroRate.ZERO))
    kept = {"content": xml, "sha256": sha256(xml).hexdigest()}
    db.session.add(EInvoice(invoice_id=invoice.id, revision=1, format=EInvoiceFormat.UBL, **kept))
    db.session.add(QuotePrint(quote_id=quote, **content))


# --- what is decided ------------------------------------------------------------------------------------------------


def words_by_column(table: str, what: str) -> dict[str, str]:
    """By column of the table, the check that tells it ("told") or the reason why none does ("untold")."""
    of_table: dict[str, dict[str, str]] = DECIDED.get(table, {})
    return {column: word for word, columns in of_table.get(what, {}).items() for column in columns.split()}


def told_columns() -> list[tuple[Table, str, list[str]]]:
    """Table, column (or DELETED) and the checks one of which tells of it, as it is another one for another row."""
    return [
        (table, what, tellers.split(" or "))
        for name, table in tables().items()
        for what, tellers in words_by_column(name, "told").items()
    ]


def test_each_table_and_column_is_decided() -> None:
    whole = {table for names in DECIDED["all"].values() for table in names.split()}
    decided = {
        name: {*words_by_column(name, "told"), *words_by_column(name, "untold")}
        for name in DECIDED
        if name not in ("all", "own", "fitted")
    }
    wanted = {name: {DELETED, *table.columns.keys()} for name, table in tables().items() if name not in whole}

    assert decided == wanted
    assert whole <= set(tables())
    assert [name for name in DECIDED if set(words_by_column(name, "told")) & set(words_by_column(name, "untold"))] == []


def test_each_check_has_a_damage_of_its_own() -> None:
    declared = {teller for _table, _what, tellers in told_columns() for teller in tellers} | set(DECIDED["own"])
    asking = {name for name in finders() if reach(name) != {name}}  # seen by what those tell that they ask
    assert set(finders()) - declared - asking == set(TOLD_ELSEWHERE)
    assert [name for name, places in finders().items() if len({one for _module, one in places}) > 1] == []


def test_every_damage_is_told_by_its_check(filled: Fill, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each table a row that is taken by chance; TOONBANK_DAMAGE_SEED chooses others."""
    random = Random(int(os.environ.get("TOONBANK_DAMAGE_SEED", "13")))
    filled("shop to damage everywhere", fill_shop)
    wrong: list[str] = []
    with app.app_context(), damaging(random) as damaged:
        without_guards(monkeypatch)
        tellers = Tellers(monkeypatch)
        assert tellers.look() == {}
        for table, what, wanted in told_columns():
            if said := untold(tellers, damaged, table, what, wanted):
                wrong.append(f"{table.name}.{what} is not told by {wanted}: {said}")
        fitted = [(teller, script) for teller, scripts in DECIDED["fitted"].items() for script in scripts]
        for teller, script in [*DECIDED["own"].items(), *fitted]:
            with damaged.done(script):
                if teller not in tellers.look(teller).values():
                    wrong.append(f"{script} is not told by {teller}")
        assert tellers.look() == {}  # each damage was mended

    assert wrong == []
    assert set(finders()) - tellers.seen == set(TOLD_ELSEWHERE)


#: The checks of an order that `order_proofs` stands for. A new one has to be proven there before it stands here.
PROVEN = {
    *("state_findings", "ledger_findings", "elsewhere_findings", "margin_findings", "snapshot_findings"),
    "total_findings",
    *("credit_findings", "vat_findings", "return_findings", "goods_findings", "loss_findings", "order_house_findings"),
    *("money_warnings", "misprint_warnings", "letter_warnings"),
}

#: The tables that checks of orders read.
OF_ORDERS: dict[str, str] = {
    "orders": "id IN ({0})",
    **dict.fromkeys(
        "order_address order_line memo task payment invoice shipment goods_return".split(), "order_id IN ({0})"
    ),
    "invoice_line": "invoice_id IN (SELECT id FROM invoice WHERE order_id IN ({0}))",
    "shipment_line": "shipment_id IN (SELECT id FROM shipment WHERE order_id IN ({0}))",
    "return_line": "return_id IN (SELECT id FROM goods_return WHERE order_id IN ({0}))",
}


def test_no_order_is_proven_of_which_a_check_tells(filled: Fill, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each damage were sealed: one value, or up to three by the same amount, so that they may well fit."""
    random = Random(int(os.environ.get("TOONBANK_DAMAGE_SEED", "13")))
    filled("shop to damage everywhere", fill_shop)
    as_they_were_sealed = order_proofs.as_they_were_sealed
    monkeypatch.setattr(order_proofs, "as_they_were_sealed", lambda _between: set(orders))
    wrong: list[str] = []
    with app.app_context(), damaging(random) as damaged:
        orders: Sequence[int] = db.session.scalars(select(Order.id).where(Order.is_draft.is_(False))).all()
        assert as_they_were_sealed(order_proofs.Slice(1, max(orders))) == set(orders)
        healthy = order_proofs.proven_orders(1, max(orders))
        unproven_once = set[int]()
        for script in damages_of_orders(damaged, random, orders, sorted(healthy)):
            db.session.rollback()  # what is read holds what was there before
            with damaged.done(script):
                proven = order_proofs.proven_orders(1, max(orders))
                unproven_once |= healthy - proven
                wrong += [f"{script}: {told}" for told in told_of(proven)]
                db.session.rollback()

    assert wrong == []
    assert len(healthy) > 5
    assert unproven_once == healthy
    assert {one.__name__ for one in (*checks.ORDER_FINDINGS, *checks.ORDER_WARNINGS)} == PROVEN


#: What a document says of itself: it is damaged there, as the database would refuse to change a letter elsewhere.
SAID_BY_DOCUMENTS = (
    "number kind currency total net tax due_on issued_on order.number vat[0].base vat[0].tax lines margins".split()
)


#: What fits but for one thing: a rate that is said twice, margins that nobody reckoned, letters that no font has.
FITTED_IN_DOCUMENTS = (
    "snapshot = json_insert(uncompressed(snapshot), '$.vat[#]',"
    " json_set(uncompressed(snapshot) -> '$.vat[0]', '$.base', '0', '$.tax', '0'))",
    "snapshot = json_set(uncompressed(snapshot), '$.vat[0].name', 'margin_goods')",
    "delivery_time = 'ཀ'",
    "snapshot = json_set(uncompressed(snapshot), '$.payment_method', 'ཀ')",
)


def damages_of_orders(damaged: Damaged, random: Random, orders: Sequence[int], healthy: Sequence[int]) -> Iterator[str]:
    """Each column of all healthy orders, which are judged one by one, each thing that documents say, and up to three
    amounts of one order at once, so that they may well fit."""
    columns = [column for name in OF_ORDERS for column in tables()[name].columns if not column.primary_key]
    amounts = [column for column in columns if isinstance(column.type, ExactDecimal)]
    steps = [step * sign for step in (1, 10_000, 1_000_000) for sign in (1, -1)]
    for column in columns:
        yield change_of_orders(damaged, random, column, healthy, steps[4])
    for key in SAID_BY_DOCUMENTS:
        said = f"snapshot = json_set(uncompressed(snapshot), '$.{key}', '77')"
        yield f"UPDATE invoice SET {said} WHERE order_id IN {tuple(healthy)}"
    for change in FITTED_IN_DOCUMENTS:
        yield f"UPDATE invoice SET {change} WHERE order_id IN {tuple(healthy)}"
    for _time in range(int(os.environ.get("TOONBANK_DAMAGES", "50"))):
        order, step = random.choice(random.choice([orders, healthy])), random.choice(steps)
        some = random.sample(amounts, random.randint(1, 3))
        yield ";\n".join(change_of_orders(damaged, random, column, [order], step) for column in some)


def change_of_orders(damaged: Damaged, random: Random, column: Column[object], orders: Sequence[int], step: int) -> str:
    where = OF_ORDERS[column.table.name].format(", ".join(map(str, orders)))
    found = damaged.raw.execute(f"SELECT [{column.name}] FROM [{column.table.name}] WHERE {where}").fetchall()
    if not found:
        return f"SELECT 'no {column} of orders {orders}'"
    if isinstance(column.type, ExactDecimal):
        value = f"coalesce([{column.name}], 0) + {step}"
    else:
        value = in_sql(next(others(damaged.raw, random, column, found[0][0])))
    return f"UPDATE OR IGNORE [{column.table.name}] SET [{column.name}] = {value} WHERE {where}"


def in_sql(value: object) -> str:
    if value is None or isinstance(value, int):
        return "NULL" if value is None else str(int(value))
    return "'" + str(value).replace("'", "''") + "'"


def told_of(proven: set[int]) -> list[str]:
    """What the checks of an order tell of these."""
    judges = (checks.ORDER_FINDINGS, checks.ORDER_WARNINGS)
    of_each = (checks.look_at_order(one, *judges) for one in read_orders_among(sorted(proven)))
    return [told.sentence for of_order in of_each for told in of_order]


def test_damages_hide_nothing_of_each_other(filled: Fill, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three at once, each of another table, TOONBANK_DAMAGES times; TOONBANK_DAMAGE_SEED chooses others."""
    random = Random(int(os.environ.get("TOONBANK_DAMAGE_SEED", "13")))
    filled("shop to damage everywhere", fill_shop)
    changes = [one for one in told_columns() if one[1] not in (DELETED, "id")]
    wrong: list[str] = []
    with app.app_context(), damaging(random) as damaged:
        without_guards(monkeypatch)
        tellers = Tellers(monkeypatch)
        for _time in range(int(os.environ.get("TOONBANK_DAMAGES", "3"))):
            chosen = {table.name: (table, what, wanted) for table, what, wanted in random.sample(changes, 3)}.values()
            wrong += told_too_little(tellers, damaged, list(chosen))

    assert wrong == []


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_on_postgresql_damage_is_told_as_well(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of some columns, which TOONBANK_DAMAGE_SEED chooses; there each has its type, and its words are looked at."""
    random = Random(int(os.environ.get("TOONBANK_DAMAGE_SEED", "13")))
    chosen = random.sample(told_columns(), int(os.environ.get("TOONBANK_DAMAGES_THERE", "40")))
    wrong, done = list[str](), 0
    with app.app_context():
        fill_shop()
        without_guards(monkeypatch)
        tellers = Tellers(monkeypatch)
        with damaging(random) as damaged:
            for table, what, wanted in chosen:
                with suppress(NothingElse):
                    if said := untold(tellers, damaged, table, what, wanted):
                        wrong.append(f"{table.name}.{what} is not told by {wanted}: {said}")
                    done += 1
            changes = [one for one in told_columns() if one[1] not in (DELETED, "id")]
            for _time in range(int(os.environ.get("TOONBANK_DAMAGES", "3"))):
                chosen_three = {one[0].name: one for one in random.sample(changes, 3)}.values()
                with suppress(NothingElse):
                    wrong += told_too_little(tellers, damaged, list(chosen_three))
        assert tellers.look() == {}  # each damage was mended
        scripts = [(teller, one) for teller, scripts in DECIDED["fitted"].items() for one in scripts]
        scripts += DECIDED["own"].items()
        there = [is_told_there(tellers, teller, script) for teller, script in scripts]
        wrong += [
            f"{one[1]} is not told by {one[0]}" for one, told in zip(scripts, there, strict=True) if told is False
        ]
        monkeypatch.undo()
        wrong += untold_of_the_schema()
        assert list(checks.findings()) == []  # each was taken back

    assert wrong == []
    assert done > len(chosen) * 0.8
    assert there.count(True) > len(there) * 0.7


def is_told_there(tellers: Tellers, teller: str, script: str) -> bool | None:
    """In a transaction that is taken back; None of a script that only SQLite takes, whose columns take anything."""
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    try:
        for statement in script.split(";"):
            if statement.strip():
                db.session.execute(text(statement))
    except (DataError, IntegrityError, ProgrammingError):
        db.session.rollback()
        return None
    tellers.innermost.clear()
    tellers.wanted = {teller}
    list(checks.findings())
    db.session.rollback()
    return teller in tellers.innermost.values()


def untold_of_the_schema() -> list[str]:
    """Of guards, indexes, constraints and references what is not told when it is gone, each in a transaction."""
    tables = Base.metadata.sorted_tables
    for table in tables:  # the shop was filled without
        db.session.execute(text(f'ALTER TABLE "{table.name}" ENABLE TRIGGER ALL'))
    db.session.commit()
    names = {str(one.name): table.name for table in tables for one in table.constraints if one.name}
    indexes = {str(one.name): table.name for table in tables for one in table.indexes}
    parts = [one for one in {**names, **indexes} if sum(one in other for other in {**names, **indexes}) > 1]
    untold = [one for one in parts if not is_missed(indexes, {one: names[one]} if one in names else {one: ""})]
    for guard, table in db.session.execute(text(GUARDS_OF_TABLES)).all():
        db.session.execute(text(f'DROP TRIGGER "{guard}" ON "{table}"'))
    told = "\n".join(schema_checks.guard_findings())
    untold += [one for one in schema_checks.wanted_guards() if f"the guard {one} is missing" not in told]
    db.session.rollback()
    if not is_missed(indexes, {**names, **dict.fromkeys(indexes, "")}):
        untold.append("all at once")
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    wanted = set()
    for table in tables:
        key = next(iter(table.primary_key)).name
        for column in {one.parent.name for one in table.foreign_keys if not one.parent.primary_key}:
            last = f'(SELECT max("{key}") FROM "{table.name}")'
            with suppress(IntegrityError), db.session.begin_nested():  # what a constraint forbids nobody can do there
                done = db.session.execute(text(f'UPDATE "{table.name}" SET "{column}" = 999999 WHERE "{key}" = {last}'))
                wanted |= {f"{table.name}.{column}"} if done.rowcount else set()
    found = list(schema_checks.reference_findings())
    db.session.rollback()
    assert len(wanted) > 60
    told_of = {f"{one.split()[0]}.{one.split(' its ')[1].split()[0]}" for one in found}
    return [*untold, *sorted(wanted - told_of)]


def is_missed(indexes: dict[str, str], gone: dict[str, str]) -> bool:
    """Whether each of these is told to be missing: constraints with their tables, indexes without."""
    for name, table in gone.items():
        if table:
            db.session.execute(text(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}" CASCADE'))
        else:
            db.session.execute(text(f'DROP INDEX IF EXISTS "{name}"'))
    told = "\n".join(schema_checks.index_findings())
    db.session.rollback()
    return all(f" {name} of " in told for name in gone)


def told_too_little(tellers: Tellers, damaged: Damaged, chosen: list[tuple[Table, str, list[str]]]) -> list[str]:
    """Which of these damages nobody tells of when all of them are done."""
    with ExitStack() as mending:
        done = []
        for table, what, wanted in chosen:
            row = damaged.row(table, table.columns[what])
            assert row is not None, f"the shop has no {table.name}"
            names = damaged.names_of(table, row)
            value = mending.enter_context(damaged.changed(table, table.columns[what], row))
            done.append((f"{table.name}.{what}", wanted, names | damaged.names_of(table, {**row, what: value})))
        found = tellers.look(*(name for _what, wanted, _names in done for name in wanted))
    tellers_of = {said_by: [one for one in found if found[one] == said_by] for said_by in found.values()}
    return [
        f"{what} of {sorted(names)} is not told by {wanted}: {found}"
        for what, wanted, names in done
        if not any(says(one, names) for said_by in wanted for one in tellers_of.get(said_by, ()))
    ]


def untold(tellers: Tellers, damaged: Damaged, table: Table, what: str, wanted: list[str]) -> str:
    """Which row was damaged, and what else is told, where none of the checks tells of it and which row it is."""
    column = table.columns.get(what)
    row = damaged.row(table, column)
    assert row is not None, f"the shop has no {table.name}"
    names = damaged.names_of(table, row)
    with damaged.deleted(table, row) if column is None else damaged.changed(table, column, row) as value:
        names |= damaged.names_of(table, {**row, what: value})  # told of where it stands now, or of where it stood
        found = tellers.look(*wanted)
        if any(said_by in wanted and says(sentence, names) for sentence, said_by in found.items()):
            return ""
        return f"{sorted(names)} {row.get(what)!r} -> {value!r}: {tellers.look()}"


def test_what_leads_nowhere_is_told_of_every_reference(
    filled: Fill, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the last row of each table that has any, all at once: they hide nothing of each other."""
    filled("shop to damage everywhere", fill_shop)
    wanted: set[str] = set()
    with app.app_context(), damaging(Random(1)) as damaged:
        without_guards(monkeypatch)
        for table in tables().values():
            for column in {key.parent for key in table.foreign_keys if not key.parent.primary_key}:
                if damaged.row(table):
                    last = f"(SELECT max(rowid) FROM [{table.name}])"
                    damaged.raw.execute(f"UPDATE [{table.name}] SET [{column.name}] = 999999 WHERE rowid = {last}")
                    wanted.add(f"{table.name}.{column.name}")
        found = list(schema_checks.reference_findings())

    told = {f"{one.split()[0]}.{one.split(' its ')[1].split()[0]}" for one in found}
    assert wanted - told == set()
    assert len(wanted) > 60
