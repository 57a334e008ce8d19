"""Locks on files, which the kernel gives back when their holder dies, however it dies. Linux and macOS have them."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

#: Seconds between two looks at a lock that somebody else holds.
PAUSE = 0.1


class FileLock:
    """A lock on a file that is there for nothing else: held by many together, or by one alone."""

    def __init__(self, file: Path):
        self.file = file
        self.handle: int | None = None

    def share(self, *, patience: float = 0) -> bool:
        """Hold it together with others; False when somebody still has it alone after so many seconds."""
        return self.take(fcntl.LOCK_SH, patience)

    def own(self, *, patience: float = 0) -> bool:
        """Hold it alone; False when anybody else still holds it after so many seconds."""
        return self.take(fcntl.LOCK_EX, patience)

    def release(self) -> None:
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None

    def take(self, kind: int, patience: float) -> bool:
        """One who shared it and can't have it alone goes on sharing it."""
        had = self.handle is not None
        if self.handle is None:
            self.handle = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600)  # not inherited by programs it starts
        until = time.monotonic() + patience
        while not is_taken(self.handle, kind):
            if time.monotonic() >= until:
                if had:
                    is_taken(self.handle, fcntl.LOCK_SH)
                else:
                    self.release()
                return False
            time.sleep(PAUSE)
        return True


def is_taken(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
