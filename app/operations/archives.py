"""One file that carries all that a shop needs elsewhere: the database, the keys, config.py, and what it is.

The database in it is a SQLite file, whichever database the shop has: it can be put back on either.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, is_zipfile

from flask import current_app

from app.config import LOST_BY, kept_secrets
from app.encryption.passphrases import WrongPassphrase, is_locked, lock_file, unlock_file
from app.extensions import sqlite_module

DESCRIPTION, DATABASE, CONFIG, KEYS = "description.json", "shop.sqlite", "config.py", "keys/"
FORMAT = 1
#: Folders in which a copy grows; one that is left is that of a copy that was killed.
GROWING = ".toonbank-copy-"


class NoArchive(Exception):
    """The text says what is wrong with the file."""


class NeedsPassphrase(Exception):
    """It is protected, and the passphrase lacks or is another one."""


@dataclass
class Description:
    """What an archive says of itself, without being opened."""

    made_at: str
    schema: str
    database: str  # what the shop ran on: "sqlite" or "postgresql"
    counts: dict[str, int]  # rows by table
    last_numbers: dict[str, str]  # kind -> the number given last
    files: dict[str, str] = field(default_factory=dict)  # name -> SHA-256
    last_seal: str = ""  # of the sealed chain, where there is one
    format: int = FORMAT


@dataclass(frozen=True)
class Contents:
    """An archive that was opened: each of its files is as it was when it was made."""

    description: Description | None  # of a copy that is the database alone there is none
    database: Path
    keys: dict[str, str]
    config: bytes | None


# --- making ---------------------------------------------------------------------------------------------------------


@contextmanager
def growing(file: Path) -> Iterator[Path]:
    """A folder beside the file, which goes when it is left; those of copies that were killed go as well."""
    clean_up(file.parent)
    with tempfile.TemporaryDirectory(prefix=GROWING, dir=file.parent) as folder:
        yield Path(folder)


def clean_up(folder: Path) -> None:
    day_ago = datetime.now(UTC).timestamp() - 86400
    for left in folder.glob(f"{GROWING}*"):
        if left.stat().st_mtime < day_ago:
            for one in left.iterdir():
                one.unlink()
            left.rmdir()


def pack(folder: Path, database: Path, *, runs_on: str, passphrase: str, with_keys: bool) -> Path:
    """The archive of this database, in the folder. `database` is a SQLite file that nobody writes to."""
    made, described = folder / "copy.zip", describe(database, runs_on)
    config = Path(current_app.instance_path) / CONFIG
    texts = {f"{KEYS}{name}": key.encode() for name, key in keys_here().items()} if with_keys else {}
    if config.exists():
        texts[CONFIG] = config.read_bytes()
    with open(database, "rb") as source:
        described.files[DATABASE] = file_digest(source, "sha256").hexdigest()
    with open(made, "xb") as out:
        with ZipFile(out, "w", ZIP_DEFLATED, compresslevel=3) as archive:
            for name, content in texts.items():
                described.files[name] = sha256(content).hexdigest()
                archive.writestr(name, content)
            archive.writestr(DESCRIPTION, json.dumps(vars(described), indent=1, sort_keys=True))
            archive.write(database, DATABASE)
        out.flush()
        os.fsync(out.fileno())
    if not passphrase:
        return made
    lock_file(made, locked := folder / "copy.locked", passphrase)
    return locked


def keys_here() -> dict[str, str]:
    """The files that are there, and what is used instead of the last of them."""
    keys = {file.name: file.read_text() for file in kept_secrets(current_app)}
    if current_app.config["CREDENTIALS_KEY_PLACE"]:
        keys["credentials_key"] = str(current_app.config["CREDENTIALS_KEY"])
    return keys


def describe(database: Path, runs_on: str) -> Description:
    with closing(sqlite_module().connect(database)) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_search_%' "
                "AND name NOT LIKE 'sqlite_%' ORDER BY name"
            )
        ]
        counts = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}
        schema = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        drawn = (
            "SELECT kind, prefix, next - 1, digits FROM counter WHERE series = 'main' AND next > start ORDER BY kind"
        )
        numbers = {kind: f"{prefix}{last:0{digits}d}" for kind, prefix, last, digits in connection.execute(drawn)}
        if counts.get("dated_series"):
            dated = "SELECT kind, prefix, next - 1, digits FROM dated_series WHERE series = 'main' ORDER BY prefix"
            numbers |= {kind: f"{prefix}{last:0{digits}d}" for kind, prefix, last, digits in connection.execute(dated)}
        sealed = "SELECT number || '-' || substr(hash, 1, 24) FROM seal ORDER BY number DESC LIMIT 1"
        last_seal = connection.execute(sealed).fetchone() if counts.get("seal") else None
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    return Description(made_at, schema, runs_on, counts, numbers, last_seal=last_seal[0] if last_seal else "")


# --- opening --------------------------------------------------------------------------------------------------------


def is_archive(file: Path) -> bool:
    return is_locked(file) or is_zipfile(file)


def unpack(file: Path, folder: Path, passphrase: str = "") -> Contents:
    """Open it in the folder. Raises NoArchive, NeedsPassphrase."""
    if is_locked(file):
        if not passphrase:
            raise NeedsPassphrase(f"{file} is protected: say its passphrase.")
        try:
            unlock_file(file, plain := folder / "copy.zip", passphrase)
        except WrongPassphrase:
            raise NeedsPassphrase(f"{file} does not open: the passphrase is another one, or it is damaged.") from None
        file = plain
    try:
        with ZipFile(file) as archive:
            return unpack_zip(archive, folder)
    except DAMAGED as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise NoArchive(f"{file} is damaged, or no copy of Toonbank ({reason}).") from None


#: What a file raises in which anything may stand: RuntimeError says that it is encrypted or packed in another way.
DAMAGED = (BadZipFile, zlib.error, struct.error, LookupError, ValueError, TypeError, EOFError, RuntimeError, OSError)


def unpack_zip(archive: ZipFile, folder: Path) -> Contents:
    """Nothing but the names that we know is taken out, and nothing of which we don't know how large it is."""
    small = look_at_members(archive, folder)
    described = Description(**json.loads(archive.read(DESCRIPTION)))
    if described.format > FORMAT:
        raise ValueError("it was made by a newer version")
    database = Path(archive.extract(DATABASE, folder))
    with open(database, "rb") as source:
        found = {DATABASE: file_digest(source, "sha256").hexdigest()}
    texts = {name: archive.read(name) for name in small}
    found |= {name: sha256(content).hexdigest() for name, content in texts.items()}
    if found != described.files or database.stat().st_size != archive.getinfo(DATABASE).file_size:
        raise ValueError("its files are not those that it says it has")
    if not holds_what_it_says(database, described):
        raise ValueError("its database is not the one that it says it has")
    keys = {name.removeprefix(KEYS): content.decode() for name, content in texts.items() if name.startswith(KEYS)}
    return Contents(described, database, keys, texts.get(CONFIG))


def look_at_members(archive: ZipFile, folder: Path) -> list[str]:
    """The names beside the description and the database. Raises ValueError where we would not have packed it so."""
    members = {one.filename: one for one in archive.infolist()}
    if len(members) != len(archive.infolist()):
        raise ValueError("a file stands in it twice")
    if any(one.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or one.is_dir() for one in members.values()):
        raise ValueError("it was packed by another program")
    ours = {DESCRIPTION, DATABASE, CONFIG, *(f"{KEYS}{name}" for name in LOST_BY)}
    if odd := [name for name in members if name not in ours]:
        raise ValueError(f"{odd[0]!r} is none of the files that we pack")
    small = [name for name in members if name == CONFIG or name.startswith(KEYS)]
    if any(members[name].file_size > MOST_BYTES for name in (DESCRIPTION, *small)):
        raise ValueError("a file in it is larger than we make it")
    if members[DATABASE].file_size > shutil.disk_usage(folder).free - LEFT_FREE:
        raise ValueError("its database is larger than what is free on this disk")
    return small


#: Of what is read as a whole: the description, the keys and config.py.
MOST_BYTES = 1_000_000

#: Of the disk, for whoever else writes meanwhile, whatever a file says that it unpacks to.
LEFT_FREE = 64_000_000


def holds_what_it_says(database: Path, described: Description) -> bool:
    """Whether people were told the truth by what they can read without opening it."""
    try:
        with closing(sqlite_module().connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            (schema,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            counts = {
                name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
                for name in described.counts
                if name.isidentifier()
            }
    except sqlite_module().DatabaseError:
        return False
    return (schema, counts) == (described.schema, described.counts)
