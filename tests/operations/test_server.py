"""Serving: what the process of the worker does before it works."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator

import pytest

from app.operations import server


@pytest.fixture
def own_process() -> Iterator[None]:
    """What belongs to the process is as it was afterwards."""
    stops, often = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)], gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*often)
    for number, stop in zip((signal.SIGINT, signal.SIGTERM), stops, strict=True):
        signal.signal(number, stop)


def test_a_worker_of_its_own_settles_its_memory_before_it_works(
    database: None, own_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the collector looks at all that start-up made while the worker holds the lock."""
    settled: list[bool] = []
    monkeypatch.setattr(server, "run_worker", lambda _app, _stop: settled.append(gc.get_freeze_count() > 1000))

    server.run_worker_alone()

    assert settled == [True]
