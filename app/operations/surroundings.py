"""Looking at what Toonbank needs around it: room on the disk, and a certificate that browsers trust."""

from __future__ import annotations

import shutil
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app

from app.columns import now
from app.config import site_address, sqlite_file
from app.extensions import db, read_only, transaction
from app.models import Outside
from app.queries.outages import begin_outage, current_outages, end_outage, find_outage

#: Less is said on Home: a share of the disk, but never more than so many bytes.
LOW_SHARE = 0.05
LOW = 1024**3
#: A certificate that runs out sooner should have been renewed by now.
RUNS_OUT_WITHIN = timedelta(days=14)
#: Seconds for one look at the own address.
TIME_OUT = 5
EXPIRED = 10  # as OpenSSL numbers it


def look_at_disk() -> None:
    file = sqlite_file(str(db.engine.url))
    folders = {Path(current_app.instance_path), *([file.parent] if file else [])}
    free = min((left for folder in folders if (left := room_left(folder)) is not None), default=None)
    note_look(Outside.DISK, "" if free is None else "low", "" if free is None else str(free // 1024**2))


def room_left(folder: Path) -> int | None:
    """The bytes that are left on its disk; None when they are enough."""
    total, _used, free = shutil.disk_usage(folder)
    return free if free < min(LOW, total * LOW_SHARE) else None


def look_at_certificate() -> None:
    """Of the address that people use. What can't be reached from here says nothing."""
    address = urlsplit(site_address())
    if address.scheme == "https" and address.hostname:
        note_look(Outside.CERTIFICATE, *what_lacks(address.hostname, address.port or 443))


def what_lacks(host: str, port: int) -> tuple[str, str]:
    """("", "") where nothing does, ("ends", when), or ("ended", "")."""
    try:
        trusting = ssl.create_default_context()
        with (
            socket.create_connection((host, port), TIME_OUT) as line,
            trusting.wrap_socket(line, server_hostname=host) as secured,
        ):
            until = str((secured.getpeercert() or {}).get("notAfter", ""))
    except ssl.SSLCertVerificationError as error:
        return ("ended", "") if error.verify_code == EXPIRED else ("", "")  # one of one's own making is no fault
    except OSError:
        return "", ""
    return when_it_ends(datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC))


def when_it_ends(at: datetime) -> tuple[str, str]:
    return ("ends", at.isoformat()) if at - now() < RUNS_OUT_WITHIN else ("", "")


def note_look(what: Outside, reason: str, detail: str) -> None:
    """Write down what changed; an ordinary look writes nothing."""
    with read_only():
        known = find_outage(current_outages(), what)
        db.session.rollback()
    if not reason and known is None:
        return
    with transaction():
        if reason:
            begin_outage(what, reason, detail)
        else:
            end_outage(what)
