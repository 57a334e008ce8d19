"""Putting a copy back: what it is, and what would be lost by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app

from app.config import SHORTEST_SECRET
from app.extensions import db, sqlite_module
from app.locking.database import DatabaseInUse, own_database
from app.operations import archives, backups, secrets_key
from app.operations.archives import Contents, NoArchive
from app.operations.carrying_over import Replacement, carried_over, changed_folder
from app.operations.exchanging import CanNotRestore, exchange_postgresql, exchange_sqlite, is_sqlite_file
from app.operations.starting import head, is_known
from app.operations.stored_rows import DumpFile, Postgresql, SqliteFile, StoredRows

#: What is compared: table, column, which rows, and what people call one and many of them.
COMPARED = (
    ("orders", "number", None, "order", "orders"),
    ("invoice", "number", None, "invoice or credit note", "invoices and credit notes"),
    ("shipment", "number", None, "packing slip", "packing slips"),
    ("goods_return", "number", None, "return", "returns"),
    ("payment", "id", None, "payment", "payments"),
    ("outgoing_mail", "message_id", ("state", "sent"), "mail that was sent", "mails that were sent"),
)
#: Columns whose values mean something to people.
SPOKEN = "number"

UNREADABLE = "The database that is there can’t be read: what it has and the copy has not, nobody can say."
SET_NUMBERS = (
    "Which numbers were given after the copy was made, nobody can say. Set the next ones before you go on: "
    "toonbank settings numbering.order.next=… numbering.invoice.next=…"
)


@dataclass
class Exchange:
    """A copy that is about to take the place of the database, and what is lost by that, a sentence each."""

    copy: Contents
    is_older: bool
    former: StoredRows | None  # None where there is no database, or one that can't be read
    losses: list[str] = field(default_factory=list)

    def carry_out(self) -> Path | None:
        """Where the database that was there is kept now; None when there was none."""
        place = Replacement(stored_in(self.copy.database), is_sqlite=backups.is_sqlite())
        statements = carried_over(self.former, place, datetime.now(UTC))
        exchange = exchange_sqlite if backups.is_sqlite() else exchange_postgresql
        return exchange(self.copy.database, statements, self.beside())

    def note_on_copies(self) -> str:
        """Which folder copies go into from now on, where that is another one than the copy says; else ""."""
        change = changed_folder(self.former, stored_in(self.copy.database))
        if change is None:
            return ""
        into = change[1] or f"{Path(current_app.instance_path) / 'copies'}"
        of_copy = f"not into {change[0]}, where another shop may keep its own" if change[0] else "as before"
        return f"The copies of each day go into {into}, {of_copy}. You can change that: Settings > Copies"

    def beside(self) -> dict[str, str]:
        """The keys; and config.py, where this installation has none of its own."""
        file = Path(current_app.instance_path) / archives.CONFIG
        is_wanted = self.copy.config is not None and not file.exists()
        return keys_as_files(self.copy.keys) | (
            {archives.CONFIG: (self.copy.config or b"").decode()} if is_wanted else {}
        )


def keys_as_files(keys: dict[str, str]) -> dict[str, str]:
    """A short key that somebody stated is said again and again: a short file looks as if it had been cut off."""
    stated = keys.get(secrets_key.KEY_FILE, "")
    if not 0 < len(stated.strip()) < SHORTEST_SECRET:
        return keys
    return keys | {secrets_key.KEY_FILE: " ".join([stated.strip()] * SHORTEST_SECRET)}


@contextmanager
def exchange(copy: Path, passphrase: str = "") -> Iterator[Exchange]:
    """Nobody else uses the database meanwhile. Raises CanNotRestore, NeedsPassphrase."""
    if backups.is_sqlite() and copy.resolve() == backups.sqlite_file().resolve():
        raise CanNotRestore(f"{copy} is the database itself: name a copy of it.")
    with open_copy(copy, passphrase) as contents:
        is_older = look_at(contents.database, copy)
        db.session.remove()
        try:
            with own_database(db.engine):
                former, lost = compare(contents.database)
                yield Exchange(contents, is_older, former, [*lost, *secrets_out_of_reach(contents)])
        except DatabaseInUse as error:
            raise CanNotRestore(f"Nothing was restored, for {error}") from None


@contextmanager
def open_copy(copy: Path, passphrase: str) -> Iterator[Contents]:
    """What is in it; a copy that is the database alone is that. A device or a pipe may go on for ever."""
    if not copy.is_file():
        raise CanNotRestore(f"{copy} is no file; nothing was changed.")
    if not archives.is_archive(copy):
        yield Contents(None, copy, {}, None)
        return
    folder = backups.sqlite_file().parent if backups.is_sqlite() else Path(current_app.instance_path)
    with archives.growing(folder / copy.name) as place:
        try:
            yield archives.unpack(copy, place, passphrase)
        except NoArchive as error:
            raise CanNotRestore(f"{error} Nothing was changed.") from None


# --- what it is -----------------------------------------------------------------------------------------------------


def look_at(database: Path, copy: Path) -> bool:
    """Whether the copy is of an older version. Raises CanNotRestore when it is none, or of a newer one."""
    is_file = backups.is_sqlite() or is_sqlite_file(database)
    schema = schema_of_file(database) if is_file else schema_of_dump(database)
    if not schema:
        raise CanNotRestore(f"{copy} is not a whole copy of a Toonbank database; nothing was changed.")
    if not is_known(schema):
        text = f"{copy} is a copy of a newer Toonbank (schema {schema}): update Toonbank first; nothing was changed."
        raise CanNotRestore(text)
    return schema != head()


def schema_of_file(copy: Path) -> str:
    """The version of the schema; "" when the file is damaged, or something else."""
    try:
        with closing(sqlite_module().connect(f"{copy.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                return ""
            connection.execute("SELECT 1 FROM orders, shop LIMIT 1")
            return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    except (sqlite_module().DatabaseError, TypeError):
        return ""


def schema_of_dump(copy: Path) -> str:
    try:
        dump = DumpFile(copy)
        has_shop = any(True for _name in dump.rows("shop", "name"))
        return str(next(dump.rows("alembic_version", "version_num"), ("",))[0]) if has_shop else ""
    except backups.ToolFailed:
        return ""


# --- what would be lost ---------------------------------------------------------------------------------------------


def compare(copy: Path) -> tuple[StoredRows | None, list[str]]:
    """The database that is there, if it can be read, and what it has that the copy has not, a line each."""
    if backups.is_sqlite() and not backups.sqlite_file().exists():
        return None, []
    former = SqliteFile(backups.sqlite_file()) if backups.is_sqlite() else Postgresql(db.engine)
    try:
        return (former, losses(former, stored_in(copy))) if former.columns("orders") else (None, [])
    except (sqlite_module().DatabaseError, FileNotFoundError):
        return None, [UNREADABLE, SET_NUMBERS]


def stored_in(copy: Path) -> StoredRows:
    return SqliteFile(copy) if backups.is_sqlite() or is_sqlite_file(copy) else DumpFile(copy)


def losses(former: StoredRows, copy: StoredRows) -> list[str]:
    found = []
    for table, column, which, one, many in COMPARED:
        lost = list_lost(values_in(former, table, column, which), values_in(copy, table, column, which))
        if lost:
            called = one if len(lost) == 1 else many
            span = lost[0] if len(lost) == 1 else f"{lost[0]} to {lost[-1]}"
            named = f": {span}" if column == SPOKEN else ""
            found.append(f"The database that is there has {len(lost)} {called} that the copy has not{named}.")
    return found


def list_lost(here: set[str], there: set[str]) -> list[str]:
    return sorted(here - there, key=lambda value: (len(value), value))


def values_in(rows: StoredRows, table: str, column: str, which: tuple[str, str] | None) -> set[str]:
    """Those of the rows that have this value in that column; of a table that is not there, none."""
    names = (column, *which[:1]) if which else (column,)
    if not {*names} <= rows.columns(table):
        return set()
    found = rows.rows(table, *names)
    return {str(value) for value, *other in found if value is not None and (not which or other == [which[1]])}


# --- which secrets could not be read --------------------------------------------------------------------------------


def secrets_out_of_reach(contents: Contents) -> list[str]:
    """Whether the key that is used afterwards opens what is sealed in the copy; a sentence where it does not."""
    place, own = secrets_key.key_place(), str(current_app.config["CREDENTIALS_KEY"])
    brought = contents.keys.get(secrets_key.KEY_FILE, "")
    rows = stored_in(contents.database)
    if not (lost := secrets_key.count_lost(rows, own if place else brought or own)):
        return []
    called = "password or secret" if lost == 1 else "passwords and secrets"
    said = (
        f"{lost} {called} in the copy can’t be opened with the key here ({place or f'the file {secrets_key.KEY_FILE}'})"
    )
    if place and brought and secrets_key.count_lost(rows, brought) < lost:
        return [f"{said}. The copy brings its own key along: take out {place}, then restore it again."]
    return [f"{said}: add the key of the shop that was copied behind it, with a space between, or enter them anew."]
