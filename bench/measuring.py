"""Timing one thing: wall clock, our own CPU, the database's share, and SQL statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from statistics import median
from time import perf_counter, thread_time
from typing import Any

from sqlalchemy import Engine

#: Runs before the measured ones: caches and prepared statements fill.
WARM_UP = 3

OURS = ("do_execute", "do_execute_no_params", "do_executemany", "do_commit")
NO_QUESTION = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")


@dataclass
class Figures:
    """Medians of one case: milliseconds, and a count."""

    ms: float
    cpu_ms: float  # of this thread, outside the database driver
    database_ms: float  # in the database driver: executing and committing
    statements: float


class Meter:
    """Counts what one engine does between reset() and the end of a call."""

    def __init__(self, engine: Engine):
        self.reset()
        for name in OURS:
            setattr(engine.dialect, name, self.metered(name, getattr(engine.dialect, name)))

    def reset(self) -> None:
        self.seconds = self.cpu_seconds = 0.0
        self.statements = 0

    def metered(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            if name != "do_commit" and not str(args[1]).startswith(NO_QUESTION):
                self.statements += 1
            with self.in_database():
                return original(*args, **kwargs)

        return run

    @contextmanager
    def in_database(self) -> Iterator[None]:
        wall, cpu = perf_counter(), thread_time()
        try:
            yield
        finally:
            self.seconds += perf_counter() - wall
            self.cpu_seconds += thread_time() - cpu

    def measure(self, calls: Iterable[Callable[[], object]]) -> Figures:
        """Run each call once; the first few only warm up."""
        measured = [self.one(call) for call in calls][WARM_UP:]
        return Figures(*(median(getattr(one, field.name) for one in measured) for field in fields(Figures)))

    def one(self, call: Callable[[], object]) -> Figures:
        self.reset()
        wall, cpu = perf_counter(), thread_time()
        call()
        wall, cpu = perf_counter() - wall, thread_time() - cpu
        return Figures(wall * 1000, (cpu - self.cpu_seconds) * 1000, self.seconds * 1000, self.statements)
