"""`toonbank check` beside people who work: it tells no false damage, and holds nobody up."""

from __future__ import annotations

import gc
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import cycle

import pytest
from flask import Flask
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import event, select

from app.actions.credit_notes import credit_order
from app.actions.payments import mark_paid
from app.actions.shipments import mark_sent
from app.extensions import db, looking_at_one_moment, transaction
from app.history import SYSTEM
from app.models import Order
from app.operations import checks, order_rows, sealing
from app.operations.canonical import in_json, write_value
from app.queries import search
from tests.factories import placed_order

#: A step of somebody's work is done before each statement that reads these, so many in all.
IN_THE_MIDST_OF, MOST = ("FROM payment \n", "FROM invoice \n", "FROM shipment \n", "FROM orders \n"), 24


def newest() -> Order:
    return db.session.scalars(select(Order).order_by(Order.id.desc()).limit(1)).one()


STEPS: tuple[Callable[[], object], ...] = (
    placed_order,
    lambda: mark_paid(newest(), by=SYSTEM),
    sealing.add_link,
    placed_order,
    lambda: mark_sent(newest(), by=SYSTEM),
    lambda: credit_order(newest(), by=SYSTEM),
)


@pytest.fixture
def work(shop: Flask) -> Iterator[list[str]]:
    """What somebody else did, each in the midst of what this thread asks, and in a transaction of its own."""
    done: list[str] = []
    steps, here = cycle(STEPS), threading.get_ident()

    def do(step: Callable[[], object]) -> None:
        with shop.app_context(), transaction():
            step()
            done.append(str(step))

    def interrupt(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        is_read = any(one in statement for one in IN_THE_MIDST_OF)
        if is_read and threading.get_ident() == here and len(done) < MOST:
            other = threading.Thread(target=do, args=(next(steps),))
            other.start()
            other.join()

    with shop.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", interrupt)
    yield done
    event.remove(engine, "before_cursor_execute", interrupt)


def test_a_check_beside_people_who_work_tells_no_damage(
    shop: Flask, work: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_rows, "ORDERS_AT_ONCE", 2)
    with shop.app_context(), looking_at_one_moment():
        found = list(checks.findings())

    assert found == []
    assert len(work) == MOST


@pytest.mark.usefixtures("database")
def test_a_slice_of_orders_takes_so_many_statements(statements: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """However many orders: of those that are proven 12 statements per thousand, in slices of 500."""
    monkeypatch.setattr(order_rows, "ORDERS_AT_ONCE", 2)
    taken = []
    for _time in range(2):
        for _order in range(2):
            placed_order()
        db.session.flush()
        sealing.add_link()
        statements.clear()
        assert list(checks.findings()) == []
        taken.append(len(statements))

    assert taken[1] - taken[0] == 6 + 1  # one more link, too


def test_words_and_json_are_read_as_their_slow_ways_do() -> None:
    for said in ("", "A-1_b  C\0D\te\x7f9@x.y", "".join(map(chr, range(128)))):
        assert search.words(said) == search.WORD.findall(said.replace("\0", "").lower())
    for written in ('{"a": [1.5, "é", null]}', ' {"a": 1} ', "[]", '"x"', '["\\ud800", Infinity]'):
        assert order_rows.read_json(written) == json.loads(written)
    for broken in ("", "{", '{"a": 1} x', "nul"):
        with pytest.raises(json.JSONDecodeError):
            order_rows.read_json(broken)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec=None)) | st.decimals() | st.dates(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
)


@given(JSON_VALUES)
@example(
    ["\x00\x1f\x7f\x80é\u2028\ud800😀", '"\\/', 2**64, -(2**63) - 1, datetime(2026, 3, 1, 9, 26, tzinfo=UTC), b"x"]
)
@example(
    ["\x00\x1f\x7f\x80é\u2028😀", '"\\/', 2**64 - 1, -(2**63), datetime(2026, 3, 1, 9, 26, 0, 5, tzinfo=UTC), b"x"]
)
def test_what_digests_are_made_of_is_written_as_json_writes_it(value: object) -> None:
    assert in_json(value) == json.dumps(value, default=write_value, separators=(",", ":")).encode()


def test_rows_have_all_their_columns_whenever_python_tidies_up(database: None) -> None:
    """What is still needed of a class is not let go of with it."""
    before = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for part in order_rows.OWNED_ROWS * 2:
            order_rows.table_reader.cache_clear()
            order_rows.table_reader(part, db.engine.dialect)
    finally:
        gc.set_threshold(*before)
