"""After any sequence of steps what must hold, holds.

In the suite a few short sequences, always the same; `make fuzz` looks for new ones as long as one lets it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.accounting import states
from app.actions import ACTIONS
from app.admin_views import bulk
from app.models import OrderStatus
from tests.databases import Database
from tests.whole.any_sequence import AnySequence
from tests.whole.tally import Tally, counting

UNCHECKED: dict[str, Any] = {"suppress_health_check": list(HealthCheck)}
FEW = settings(max_examples=3, stateful_step_count=8, derandomize=True, database=None, deadline=None, **UNCHECKED)
#: For so many seconds new sequences are looked for; see tools/fuzz.sh.
FUZZED = int(os.environ.get("TOONBANK_FUZZ", "0"))
LONG = settings(max_examples=3, stateful_step_count=50, derandomize=False, database=None, deadline=None, **UNCHECKED)


@pytest.fixture
def machine(
    app: Flask, database_kind: str, database_of_kind: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> Iterator[type[AnySequence]]:
    """Three ticked orders are a job already."""
    monkeypatch.setattr(bulk, "IN_REQUEST", 2)
    tally = Tally()
    with counting(tally):
        yield type("AnySequence", (AnySequence,), {"database": database_of_kind(database_kind), "tally": tally})


@pytest.mark.each_database
def test_what_must_hold_holds_after_any_sequence(machine: type[AnySequence]) -> None:
    run_state_machine_as_test(machine, settings=FEW)

    assert machine.tally.share >= 2 / 3, machine.tally.table(ACTIONS)


@pytest.mark.each_database
@pytest.mark.skipif(not FUZZED, reason="make fuzz")
def test_new_sequences_break_nothing(machine: type[AnySequence]) -> None:
    """Each action is done at least once meanwhile: those that were not are drawn sooner in the next run."""
    end = monotonic() + FUZZED
    try:
        while monotonic() < end:
            machine.known = machine.tally.done.copy()
            run_state_machine_as_test(machine, settings=LONG)
    finally:
        print(machine.tally.table(ACTIONS))
    assert machine.tally.never_done(ACTIONS) == []


def test_a_rule_that_is_broken_is_noticed(machine: type[AnySequence], monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the tests above would prove nothing."""
    status_of = states.order_status
    odd = {OrderStatus.ON_HOLD: OrderStatus.COMPLETED}
    monkeypatch.setattr(states, "order_status", lambda *of, **sums: odd.get(one := status_of(*of, **sums), one))

    with pytest.raises(AssertionError, match="in no work list"):
        run_state_machine_as_test(machine, settings=settings(FEW, phases=[Phase.generate], report_multiple_bugs=False))
