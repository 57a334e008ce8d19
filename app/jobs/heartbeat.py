"""Who works in the background: a row for each worker that says when it was last seen, and a file that it holds locked.

The row is for people. The file is for the other workers on this machine: the kernel unlocks it when its worker dies,
and whoever finds it so gives back what that one had in hand.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, select, update

from app.columns import now
from app.extensions import db, transaction
from app.locking.files import FileLock
from app.models import WorkerHeartbeat
from app.queues.leases import end_leases_of

#: Seconds between two heartbeats.
EVERY = 30
#: A worker that was not seen for so long is not running.
SILENCE = timedelta(seconds=3 * EVERY)
#: How long is remembered who worked when.
KEPT = timedelta(days=7)
#: What a worker is at is kept so far: it may be at something in each lane.
DOING_LETTERS = 60


# --- the row --------------------------------------------------------------------------------------------------------


def beat(name: str, started_at: datetime, doing: str) -> None:
    """Note that the worker of this name lives, and what it is at."""
    alive = {"seen_at": now(), "doing": doing[:DOING_LETTERS], "stopped_at": None}
    if not db.session.execute(update(WorkerHeartbeat).where(WorkerHeartbeat.name == name).values(alive)).rowcount:  # type: ignore[attr-defined]
        who = {"name": name, "host": socket.gethostname()[:255], "pid": os.getpid(), "started_at": started_at}
        db.session.add(WorkerHeartbeat(**who, **alive))
        db.session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.seen_at < now() - KEPT))


def note_end(name: str) -> None:
    this = update(WorkerHeartbeat).where(WorkerHeartbeat.name == name, WorkerHeartbeat.stopped_at.is_(None))
    db.session.execute(this.values(stopped_at=now()))


@dataclass(frozen=True)
class Pulse:
    """How it stands with the background work of the whole shop."""

    is_running: bool
    seen_at: datetime | None  # the latest sign of life of any worker
    doing: str


def pulse() -> Pulse:
    """One statement; its answer is that of the worker that was seen last, one that runs before one that ended."""
    ended = WorkerHeartbeat.stopped_at.is_not(None)
    latest = select(WorkerHeartbeat).order_by(ended, WorkerHeartbeat.seen_at.desc(), WorkerHeartbeat.id).limit(1)
    found = db.session.scalar(latest)
    if found is None:
        return Pulse(False, None, "")
    return Pulse(found.stopped_at is None and is_recent(found.seen_at), found.seen_at, found.doing)


def is_recent(seen_at: datetime | None) -> bool:
    return seen_at is not None and seen_at > now() - SILENCE


# --- the file -------------------------------------------------------------------------------------------------------


def presence(folder: Path, name: str) -> FileLock:
    """The locked file of a living worker. It gets its name when it is locked, so that nobody ever finds it unlocked."""
    folder.mkdir(mode=0o700, exist_ok=True)
    token = name.rpartition(":")[2]
    lock = FileLock(folder / f"{token}.new")
    lock.own()
    lock.file.write_text(name)
    lock.file = lock.file.rename(folder / f"{token}.lock")
    return lock


def leave(lock: FileLock) -> None:
    lock.file.unlink(missing_ok=True)
    lock.release()


def bury_dead(folder: Path) -> int:
    """Give back what workers that died on this machine had in hand, so that it is gone on with at once."""
    count = 0
    for lock in find_deserted(folder):
        with transaction():
            count += release(lock.file.read_text())
        leave(lock)
    return count


def find_deserted(folder: Path) -> Iterator[FileLock]:
    for file in sorted(folder.glob("*.lock")):
        lock = FileLock(file)
        if lock.own():
            try:
                if file.exists():  # else another worker was quicker
                    yield lock
            finally:
                lock.release()


def release(name: str) -> int:
    """End the leases of a worker that is gone. A mail that it had in hand stays "sending": it may have arrived."""
    count = end_leases_of(name)
    note_end(name)
    return count
