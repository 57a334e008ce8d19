"""Locks on files: many share, one owns, and the dead hold nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from app.locking.database import share_sqlite
from app.locking.files import FileLock

HOLD = """
import sys, time
from pathlib import Path
from app.locking.files import FileLock
lock = FileLock(Path(sys.argv[1]))
assert lock.own()
print("held", flush=True)
time.sleep(60)
"""


def test_many_share_and_one_owns(tmp_path: Path) -> None:
    first, second, third = (FileLock(tmp_path / "lock") for _ in range(3))

    assert (first.share(), second.share(), third.own()) == (True, True, False)
    second.release()
    assert (first.own(), second.share(), third.own()) == (True, False, False)
    first.release()
    assert third.own()


def test_who_can_not_have_it_alone_still_shares_it(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert (first.share(), second.share(), first.own()) == (True, True, False)

    second.release()
    assert second.own() is False  # the first one shares it all the time


def test_who_waits_gets_it_when_its_holder_dies(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        lock = FileLock(file)
        assert (lock.share(), lock.own()) == (False, False)
        other.kill()
        begun = time.monotonic()
        assert lock.own(patience=10)
        assert time.monotonic() - begun < 5


def test_a_database_in_memory_leaves_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url in ("sqlite://", "sqlite:///:memory:"):
        engine = create_engine(url)
        share_sqlite(engine)
        with engine.connect():
            pass

    assert list(tmp_path.iterdir()) == []
