"""Trying once more, as a whole, what failed in passing; nothing that was saved is done again."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.extensions import db, is_beside, reading, roll_back
from app.repeating.failures import is_lost, is_passing

#: Tries of one thing, and seconds after which no further one is begun.
MOST_TRIES = 6
TRYING_LASTS = 8.0
LONGEST_PAUSE = 1.0
#: Where an error keeps that what it failed may be saved all the same.
IN_DOUBT = "toonbank_in_doubt"


# --- what was saved -------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What was committed in one try; `is_open` while the answer to a COMMIT is awaited."""

    saved: int = 0
    is_open: bool = False
    error: BaseException | None = None
    is_once: bool = False  # however often it is sent, it is done once

    def is_in_doubt(self, error: BaseException) -> bool:
        """Whether what was to be committed may be saved all the same."""
        return self.is_open and isinstance(error, DBAPIError) and is_lost(error)

    def may_repeat(self, error: BaseException) -> bool:
        return is_passing(error) and not self.saved and (self.is_once or not self.is_in_doubt(error))


def is_in_doubt(error: BaseException) -> bool:
    """Whether what failed so in `repeat` may be saved all the same."""
    return bool(vars(error).get(IN_DOUBT))


tally: ContextVar[Tally | None] = ContextVar("tally", default=None)


@contextmanager
def counting() -> Iterator[Tally]:
    """Count what is committed in here, for whoever counts outside as well."""
    outer, here = tally.get(), Tally()
    token = tally.set(here)
    try:
        yield here
    finally:
        tally.reset(token)
        if outer:
            outer.saved += here.saved


@event.listens_for(Engine, "commit")
def note_commit(connection: Connection) -> None:
    count = tally.get()
    if count and not reading.get() and not is_beside.get():
        count.is_open = True


@event.listens_for(db.session, "after_commit")
def note_committed(session: Session) -> None:
    count = tally.get()
    if count and count.is_open:
        count.saved, count.is_open = count.saved + 1, False


# --- once more ------------------------------------------------------------------------------------------------------


@dataclass
class Patience:
    """How long, and how often, one thing is tried: by itself, or together with others."""

    until: float = field(default_factory=lambda: time.monotonic() + TRYING_LASTS)

    def is_left(self, tries: int) -> bool:
        return tries < MOST_TRIES and time.monotonic() < self.until

    def wait(self, tries: int) -> None:
        """Two that were in each other's way are not so again at the same moment."""
        time.sleep(min(LONGEST_PAUSE, 0.05 * 2**tries) * random.uniform(0.5, 1.0))


DoneIt = TypeVar("DoneIt")


def repeat(do: Callable[[], DoneIt], patience: Patience | None = None) -> DoneIt:
    """Do it, anew each time that the database fails it in passing; `do` begins its own transaction."""
    patience, tries = patience or Patience(), 0
    while True:
        tries += 1
        with counting() as count:
            try:
                return do()
            except SQLAlchemyError as error:
                if not (count.may_repeat(error) and patience.is_left(tries)):
                    vars(error)[IN_DOUBT] = count.is_in_doubt(error)
                    raise
        roll_back()
        patience.wait(tries)
