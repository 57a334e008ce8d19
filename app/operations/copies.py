"""The copy of each day, and those that somebody asked for: made, written down, and the oldest taken away."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flask import current_app
from sqlalchemy.exc import IntegrityError

from app import queries
from app.actions import copies
from app.extensions import db, read_only, transaction
from app.history import SYSTEM
from app.models import CopyRun
from app.operations import backups
from app.security.security_log import SecurityKind, note_security

log = logging.getLogger(__name__)

#: The file in the instance folder that holds the passphrase of the copies, where they have one.
PASSPHRASE = "backup_passphrase"


def make_due(worker: str = "") -> int:
    """Make the copy that is due, if one is; answers how many were made."""
    begin_day()
    with read_only():
        is_due = copies.COPIES.is_any_due()
        db.session.rollback()
    if not is_due:
        return 0
    with transaction():
        claimed = [run.id for run in copies.COPIES.claim(worker)]
        folder = copies_folder()
    return sum(make_copy(run_id, folder, worker) for run_id in claimed)


def begin_day() -> None:
    with read_only():
        day = copies.day_to_copy()
        db.session.rollback()
    if day:
        with suppress(IntegrityError), transaction():  # another worker was faster
            db.session.add(CopyRun(day=day))


def make_copy(run_id: int, folder: Path, worker: str) -> bool:
    """Nothing is held while it is made. One that is written down nowhere, for its lease is over, leaves no file."""
    error = ""
    try:
        file = backups.new_name(folder / "toonbank.zip", "copy")
        backups.backup(file, passphrase=kept_passphrase())
    except Exception as failure:  # whatever it is, it is to be seen on Home
        log.exception("copy %s could not be made", run_id)
        error = f"{type(failure).__name__}: {failure}"
    if error:
        with transaction():
            if run := copies.COPIES.held_by(worker, run_id):
                copies.note_failed(run, error)
        return False
    with transaction(), removed_on_failure(file):
        run = copies.COPIES.held_by(worker, run_id)
        if run is None:
            file.unlink(missing_ok=True)
            return False
        copies.note_made(run, str(file), file.stat().st_size)
        note_security(SecurityKind.BACKED_UP, account=run.asked_by or SYSTEM.name, detail=file.name)
        db.session.flush()
        take_away_superfluous()
    return True


@contextmanager
def removed_on_failure(file: Path) -> Iterator[None]:
    """Inside the transaction: once that is being committed the file stays, for nobody knows what became of it."""
    try:
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def take_away_superfluous() -> None:
    for run in copies.superfluous():
        with suppress(OSError):  # somebody else has taken it away, or the disk is not there just now
            Path(run.file).unlink()
        run.file = ""
    copies.forget_old()


def copies_folder() -> Path:
    return Path(queries.shop().copies_folder or Path(current_app.instance_path) / "copies")


def kept_passphrase() -> str:
    """What protects the copies; "" for nothing. It must be known elsewhere as well, or no copy can be opened."""
    file = Path(current_app.instance_path) / PASSPHRASE
    return os.environ.get("TOONBANK_BACKUP_PASSPHRASE") or (file.read_text().strip() if file.exists() else "")
