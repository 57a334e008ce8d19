"""Rows that many records of one transaction write, and that nobody reads before its end: written together then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from app.extensions import Model, db

Written = TypeVar("Written")


class Deferred:
    """What waits to be written, by how that is done."""

    def __init__(self) -> None:
        self.waiting: dict[Callable[..., None], list[object]] = {}

    def write_down(self) -> None:
        waiting, self.waiting = self.waiting, {}
        for write, what in waiting.items():
            write(what)

    def waits(self) -> dict[Callable[..., None], list[object]]:
        return {write: list(what) for write, what in self.waiting.items()}


deferred_here: ContextVar[Deferred | None] = ContextVar("deferred", default=None)


@contextmanager
def deferring(deferred: Deferred | None) -> Iterator[None]:
    """What is deferred in here is written with `deferred.write_down()`; what fails leaves nothing of it behind.

    Without `deferred` all of it is written at once. It stands round a savepoint of the same: what waited before, and
    was written in it, is taken back with it, and waits again.
    """
    token = deferred_here.set(deferred)
    before = deferred.waits() if deferred else {}
    try:
        yield
    except BaseException:
        if deferred:
            deferred.waiting = before
        raise
    finally:
        deferred_here.reset(token)


def defer(write: Callable[[Sequence[Written]], None], *what: Written) -> None:
    """Have it written: at once, or within `deferring` by one call for all records."""
    deferred = deferred_here.get()
    if deferred is None:
        write(what)
    else:
        deferred.waiting.setdefault(write, []).extend(what)


def write_deferred() -> None:
    """Before somebody reads what may have been deferred."""
    if deferred := deferred_here.get():
        deferred.write_down()


def add_rows(rows: Sequence[Model]) -> None:
    """Insert them with whatever is written next; where they were deferred, that is one statement for each table."""
    db.session.add_all(rows)
