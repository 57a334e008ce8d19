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

    def go_back(self, lengths: dict[Callable[..., None], int]) -> None:
        """To what waited before a savepoint that is rolled back."""
        self.waiting = {write: self.waiting[write][:length] for write, length in lengths.items()}


deferred_here: ContextVar[Deferred | None] = ContextVar("deferred", default=None)


@contextmanager
def deferring(deferred: Deferred | None) -> Iterator[None]:
    """What is deferred in here is written with `deferred.write_down()`; what fails leaves nothing of it behind.

    Without `deferred` all of it is written at once. It stands round a savepoint of the same.
    """
    token = deferred_here.set(deferred)
    lengths = {write: len(what) for write, what in deferred.waiting.items()} if deferred else {}
    try:
        yield
    except BaseException:
        if deferred:
            deferred.go_back(lengths)
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
