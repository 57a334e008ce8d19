"""Which failures of the database pass by themselves, and which leave it open what was saved."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

#: Serialization, deadlock, lock time-out, and a server that has no connection free, ends, or begins.
PASSING = ("40001", "40P01", "55P03", "53300", "57P01", "57P02", "57P03", "25P03")
#: What SQLite says of what passes.
SQLITE_BUSY = ("database is locked", "table is locked", "database is busy")


def is_passing(error: BaseException) -> bool:
    """Whether the same may succeed in a moment: somebody else was at it, or the database was away."""
    if isinstance(error, NoConnectionFree):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = code_of(error)
    return is_lost(error) or code in PASSING or (not code and any(part in str(error.orig) for part in SQLITE_BUSY))


def is_lost(error: DBAPIError) -> bool:
    """Whether the connection ended, or none could be made."""
    code = code_of(error)
    if code:
        return code.startswith(("08", "57P0"))
    is_of_server = type(error.orig).__module__.startswith("psycopg")
    return is_of_server and type(error.orig).__name__ in ("OperationalError", "InterfaceError")


def is_full(error: BaseException) -> bool:
    """Whether the disk of the database is full."""
    return isinstance(error, DBAPIError) and (code_of(error) == "53100" or "disk is full" in str(error.orig))


def code_of(error: DBAPIError) -> str:
    """PostgreSQL's code of the error; "" for none."""
    return getattr(error.orig, "sqlstate", None) or ""
