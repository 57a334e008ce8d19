"""Whatever a file holds, reading it finds something and never breaks."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.intake_readers import SOURCES, Found, orders_in
from tests.intake_readers.samples_read import READ, sample
from tests.looking import is_storable

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.sampled_from(
        ["", "1e30", "-0.01", "0001-01-01T00:00:00+14:00", "2025-05-06", "\x00", "\ud800", "1e-400", "1e9999999"]
    ),
    st.sampled_from([10**30, -1, 10**400, 0.1, 999999999999]),
)
ANYTHING = st.recursive(SCALARS, lambda part: st.lists(part) | st.dictionaries(st.text(), part), max_leaves=20)


def all_found(source: str, text: str) -> list[Found]:
    """What is found, each with an order or a problem, and storable."""
    found = list(orders_in(source, text, currency="EUR"))
    for one in found:
        assert (one.order is None) != (one.problem is None)
        assert one.problem is None or (one.problem.field and one.problem.reason)
        assert one.problem is None or is_storable([one.problem.field, one.problem.reason])
        assert one.order is None or is_storable(asdict(one.order))
        assert is_storable([one.raw, one.external_id])
    return found


@pytest.mark.parametrize("source", SOURCES)
@given(value=ANYTHING)
@settings(max_examples=60, deadline=None)
def test_any_json_is_found_but_no_order(source: str, value: Any) -> None:
    assert not any(found.order for found in all_found(source, json.dumps(value)))


@pytest.mark.parametrize("source", SOURCES)
@given(text=st.text())
@settings(max_examples=60, deadline=None)
def test_any_text_is_found_but_no_order(source: str, text: str) -> None:
    assert not any(found.order for found in all_found(source, text))


@pytest.mark.parametrize("source", READ)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_an_order_with_anything_anywhere_is_read_or_refused(source: str, data: st.DataObject) -> None:
    payload = json.loads(sample(source))
    for _ in range(data.draw(st.integers(1, 3))):
        put_somewhere(payload, data)

    assert len(all_found(source, json.dumps(payload))) <= 20


def put_somewhere(value: Any, data: st.DataObject) -> None:
    """Replace or remove one part, at any depth."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    if not keys:
        return
    key = data.draw(st.sampled_from(keys))
    if isinstance(value[key], (dict, list)) and data.draw(st.booleans()):
        put_somewhere(value[key], data)
    elif data.draw(st.booleans()):
        value[key] = data.draw(ANYTHING)
    else:
        del value[key]
