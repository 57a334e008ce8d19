"""Working in turns, with a gap after each."""

from __future__ import annotations

import time
from collections.abc import Iterator

from app.extensions import db

#: The gap after a turn, as a part of the time that the turn took.
GAP = 0.5


def turns(seconds: float) -> Iterator[None]:
    """Turns, begun until so many seconds have passed; one at least.

    SQLite has one lock for all writers and no queue before it: whoever waits looks again now and then, and would find
    it taken each time if one turn followed right upon the other.
    """
    ends, has_queue = time.monotonic() + seconds, db.engine.dialect.name != "sqlite"
    while True:
        begun = time.monotonic()
        yield
        if not has_queue:
            time.sleep((time.monotonic() - begun) * GAP)
        if time.monotonic() >= ends:
            return
