"""How often what was tried: kept in a file beside the secrets, which all processes on this machine share.

Until it is told which, each process counts in its own memory, and so it does when that file fails it: nobody is kept
out by a full disk, and nobody may guess without end because of one. What was counted is written as a digest with the
secret of the installation, so that no address and no name stands there.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from limits.storage import Storage

from app.extensions import sqlite_module

if TYPE_CHECKING:
    from sqlite3 import Connection

log = logging.getLogger(__name__)

SCHEME = "toonbank"
#: Seconds that one process waits for the others, each of which needs less than a millisecond.
LOCK_SECONDS = 5
IN_MEMORY = ":memory:"

MAKE = """CREATE TABLE IF NOT EXISTS tried (what TEXT PRIMARY KEY, times INTEGER NOT NULL, until REAL NOT NULL);
CREATE INDEX IF NOT EXISTS ix_tried_until ON tried (until);"""

COUNT = """INSERT INTO tried (what, times, until) VALUES (:what, :more, :until)
ON CONFLICT (what) DO UPDATE SET times = CASE WHEN until <= :now THEN 0 ELSE times END + :more,
until = CASE WHEN until <= :now THEN :until ELSE until END RETURNING times"""


class ThrottleCounts(Storage):
    """As Flask-Limiter wants it."""

    STORAGE_SCHEME = [SCHEME]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **_options: float | str | bool):
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self.count_in(IN_MEMORY, "")

    def count_in(self, place: str | Path, secret: str) -> None:
        self.place, self.secret = str(place), secret.encode()
        self.lock = threading.Lock()
        self.connection: Connection | None = None

    @property
    def base_exceptions(self) -> type[Exception]:
        failed: type[Exception] = sqlite_module().Error
        return failed

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        self.ask("DELETE FROM tried WHERE until <= :now", now=now)
        times = self.ask(COUNT, what=self.digest(key), more=amount, now=now, until=now + expiry)
        return int(times)

    def get(self, key: str) -> int:
        query = "SELECT times FROM tried WHERE what = :what AND until > :now"
        return int(self.ask(query, what=self.digest(key), now=time.time()))

    def get_expiry(self, key: str) -> float:
        return self.ask("SELECT until FROM tried WHERE what = :what", what=self.digest(key)) or time.time()

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        return int(self.ask("DELETE FROM tried"))

    def clear(self, key: str) -> None:
        self.ask("DELETE FROM tried WHERE what = :what", what=self.digest(key))

    def digest(self, key: str) -> str:
        return hmac.new(self.secret, key.encode(), hashlib.sha256).hexdigest()

    def ask(self, statement: str, **values: object) -> float:
        """The number that it answers; 0 for none."""
        with self.lock:
            try:
                return self.ask_there(statement, values)
            except sqlite_module().Error as error:
                log.error("%s: %s; this process counts by itself what is tried", self.place, error)
                self.place, self.connection = IN_MEMORY, None
                return self.ask_there(statement, values)

    def ask_there(self, statement: str, values: dict[str, object]) -> float:
        if self.connection is None:
            self.connection = open_counts(self.place)
        row = self.connection.execute(statement, values).fetchone()
        return float(row[0]) if row else 0


def open_counts(place: str) -> Connection:
    if place != IN_MEMORY:
        os.close(os.open(place, os.O_RDWR | os.O_CREAT, 0o600))
    made: Connection = sqlite_module().connect(
        place, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False
    )
    made.execute("PRAGMA journal_mode=WAL")
    made.execute("PRAGMA synchronous=OFF")
    made.executescript(MAKE)
    return made
