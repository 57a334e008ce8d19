"""After any sequence of steps what must hold, holds.

In the suite a few short sequences, always the same; `make fuzz` looks for new ones as long as one lets it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.accounting import states
from app.admin_views import bulk
from app.models import OrderStatus
from tests.databases import Database
from tests.whole.any_sequence import AnySequence

FEW = settings(
    suppress_health_check=list(HealthCheck),
    max_examples=3,
    stateful_step_count=24,
    derandomize=True,
    database=None,
    deadline=None,
)
LONG = settings(max_examples=100_000, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def machine(
    app: Flask, database_kind: str, database_of_kind: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> type[AnySequence]:
    """Three ticked orders are a job already."""
    monkeypatch.setattr(bulk, "IN_REQUEST", 2)
    return type("AnySequence", (AnySequence,), {"database": database_of_kind(database_kind)})


@pytest.mark.each_database
def test_what_must_hold_holds_after_any_sequence(machine: type[AnySequence]) -> None:
    is_long = settings.get_current_profile_name() == "fuzz"
    run_state_machine_as_test(machine, settings=LONG if is_long else FEW)


def test_a_rule_that_is_broken_is_noticed(machine: type[AnySequence], monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the test above would prove nothing."""
    monkeypatch.setattr(states, "order_status", lambda *_order, **_sums: OrderStatus.COMPLETED)

    with pytest.raises(AssertionError, match="in no work list"):
        run_state_machine_as_test(machine, settings=settings(FEW, phases=[Phase.generate], report_multiple_bugs=False))
