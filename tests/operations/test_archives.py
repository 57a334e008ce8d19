"""One archive that carries all that a shop needs elsewhere: made on either database, put back on either."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import TypeAlias
from warnings import catch_warnings
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile, ZipInfo

import pytest
from flask import Flask
from sqlalchemy import select

from app.encryption.passphrases import MAGIC
from app.encryption.sealed import Sealed
from app.extensions import db
from app.models import Connection, Order, OutsideShop, Shop, Source
from app.operations import archives, backups, exchanging, verifying
from app.queries.records import last_seal
from tests.databases import make_app
from tests.factories import new_connection, placed_order
from tests.installed import forget, numbers, toonbank


def made_on(app: Flask, file: Path, *more: str) -> Path:
    done = toonbank(app, "backup", str(file), *more)
    assert done.exit_code == 0, done.output
    return file


def test_it_says_what_it_is_and_is_whole(shop: Flask, tmp_path: Path) -> None:
    copy = made_on(shop, tmp_path / "copy.zip", "--verify")

    with zipfile.ZipFile(copy) as archive:
        said = json.loads(archive.read("description.json"))
        names = set(archive.namelist())
    assert {"shop.sqlite", "keys/secret_key", "keys/password_salt", "keys/credentials_key"} <= names
    assert (said["counts"]["orders"], said["last_numbers"]["order"]) == (1, "ORD10001")
    with shop.app_context():
        assert said["last_seal"] == str(last_seal() or "")
    assert set(said["files"]) == names - {"description.json"}
    assert copy.stat().st_mode & 0o777 == 0o600


def test_restored_elsewhere_everybody_signs_in_and_secrets_open(
    shop: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere is SQLite, with keys of its own."""
    with shop.app_context():
        db.session.add(OutsideShop(source=Source.WOOCOMMERCE, title="Mugs"))
        db.session.flush()
        db.session.add(new_connection(credentials=Sealed.of({"key": "geheim"})))
        db.session.commit()
    (tmp_path / "instance" / "config.py").write_text("MAX_CONTENT_LENGTH = 1000\n")
    (tmp_path / "passphrase").write_text("correct horse battery\n")
    how = ("--passphrase-file", str(tmp_path / "passphrase"))
    copy = made_on(shop, tmp_path / "copy.zip", *how)
    assert copy.read_bytes().startswith(MAGIC)
    there = tmp_path / "elsewhere"
    monkeypatch.setenv("TOONBANK_INSTANCE", str(there))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    elsewhere = make_app(f"sqlite:///{there / 'shop.sqlite'}", sites=())

    assert "say its passphrase" in toonbank(elsewhere, "restore", str(copy)).stderr
    done = toonbank(elsewhere, "restore", str(copy), *how)

    assert (done.exit_code, done.stderr) == (0, "")
    assert numbers(elsewhere) == ["ORD10001"]
    for key in ("secret_key", "password_salt", "credentials_key"):
        assert (there / key).read_text() == (tmp_path / "instance" / key).read_text()
    again = make_app(f"sqlite:///{there / 'shop.sqlite'}", sites=())
    assert again.config["MAX_CONTENT_LENGTH"] == 1000
    with again.app_context():
        assert db.session.scalars(select(Connection)).one().credentials.open() == {"key": "geheim"}
    assert toonbank(again, "check").exit_code == 0


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
@pytest.mark.parametrize("stated_in", ["TOONBANK_CREDENTIALS_KEY", "config.py"])
def test_secrets_that_the_key_here_does_not_open_are_said_before_anything_is_done(
    shop: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stated_in: str
) -> None:
    with shop.app_context():
        db.session.get_one(Shop, 1).smtp_password = "swordfish"
        db.session.commit()
    copy = made_on(shop, tmp_path / "copy.zip")
    there = tmp_path / "elsewhere"
    there.mkdir()
    monkeypatch.setenv("TOONBANK_INSTANCE", str(there))
    if stated_in == "config.py":
        (there / "config.py").write_text("CREDENTIALS_KEY = 'of another shop'\n")
    else:
        monkeypatch.setenv(stated_in, "of another shop")
    elsewhere = make_app(f"sqlite:///{there / 'shop.sqlite'}", sites=())

    done = toonbank(elsewhere, "restore", str(copy))

    assert (done.exit_code, done.stderr) == (1, "Error: Nothing was restored. To lose that, add --yes.\n")
    assert "1 password or secret in the copy can’t be opened with the key here" in done.stdout
    assert f"{stated_in}, then restore it again." in done.stdout
    assert not (there / "shop.sqlite").exists()
    (there / "config.py").unlink(missing_ok=True)
    monkeypatch.delenv("TOONBANK_CREDENTIALS_KEY", raising=False)
    assert toonbank(make_app(f"sqlite:///{there / 'shop.sqlite'}", sites=()), "restore", str(copy)).exit_code == 0
    with make_app(f"sqlite:///{there / 'shop.sqlite'}", sites=()).app_context():
        assert db.session.get_one(Shop, 1).smtp_password == "swordfish"


def test_it_carries_the_key_that_is_used_wherever_that_is_stated(
    shop: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "instance" / "config.py").write_text("CREDENTIALS_KEY = 'short'\n")
    stating = make_app(str(shop.config["SQLALCHEMY_DATABASE_URI"]), sites=())
    with stating.app_context():
        db.session.get_one(Shop, 1).smtp_password = "swordfish"
        db.session.commit()
    copy = made_on(stating, tmp_path / "copy.zip")
    there = tmp_path / "elsewhere"
    there.mkdir()
    (there / "config.py").write_text("# its own\n")
    monkeypatch.setenv("TOONBANK_INSTANCE", str(there))
    monkeypatch.delenv("DATABASE_URL", raising=False)

    done = toonbank(make_app(f"sqlite:///{there / 'shop.sqlite'}", sites=()), "restore", str(copy))

    assert done.exit_code == 0, done.output
    started = make_app(f"sqlite:///{there / 'shop.sqlite'}", sites=())
    with started.app_context():  # a short file would be one that was cut off
        assert db.session.get_one(Shop, 1).smtp_password == "swordfish"


def test_it_goes_back_to_the_database_that_it_came_from(shop: Flask, tmp_path: Path) -> None:
    """Also when it is the database alone, as older versions made it."""
    for name in ("copy.zip", "copy.sqlite"):
        copy = made_on(shop, tmp_path / name)
        before = numbers(shop)
        with shop.app_context():
            placed_order()
            db.session.commit()

        done = toonbank(shop, "restore", "--yes", str(copy))

        assert done.exit_code == 0, done.output
        assert numbers(shop) == before
    with shop.app_context():  # ids go on after the highest
        assert placed_order().id == max(db.session.scalars(select(Order.id)))
        db.session.rollback()
    assert toonbank(shop, "check").exit_code == 0


def test_a_damaged_archive_and_a_wrong_passphrase_change_nothing(shop: Flask, tmp_path: Path) -> None:
    copy = made_on(shop, tmp_path / "copy.zip")
    whole = copy.read_bytes()
    for wrong in (whole[:-200], whole.replace(b"secret_key", b"secret_kez"), MAGIC + bytes(500)):
        copy.write_bytes(wrong)
        done = toonbank(shop, "restore", "--yes", str(copy))
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1), done.output
    assert numbers(shop) == ["ORD10001"]
    assert not list((tmp_path / "instance").glob("*before*"))


Member: TypeAlias = tuple[ZipInfo | str, bytes]


def damages_of(whole: bytes, members: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """By what was done to it, what becomes of an archive of these members."""
    random = Random(13)
    for at in (0, 1, 30, *random.sample(range(31, len(whole)), 12), len(whole) - 22, len(whole) - 1):
        yield f"cut off at {at}", whole[:at]
    with ZipFile(BytesIO(whole)) as archive:
        begins = {one.filename: one.header_offset + 30 + len(one.filename) for one in archive.infolist()}
        packed = {one.filename: one.compress_size for one in archive.infolist()}
    for name, begin in begins.items():
        for at in {begin, *random.sample(range(begin, begin + packed[name]), min(packed[name], 4))}:
            yield f"{name} flipped at {at}", whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
    for name in members:
        entry = whole.rindex(name.encode()) - 46  # in the list at the end; what is nothing to us may be damaged there
        for field, place in {"flags": 8, "way": 10, "CRC": 16, "size": 24, "name": 46}.items():
            at = entry + place
            yield f"{field} of {name} flipped", whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
    for name in members:
        yield f"without {name}", packed_of({one: held for one, held in members.items() if one != name}.items())
        yield f"{name} twice", packed_of([*members.items(), (name, members[name])])
        yield f"{name} is empty", packed_of({**members, name: b""}.items())
    said = json.loads(members["description.json"])
    key = sha256(b"evil").hexdigest()
    for odd in ("keys/../evil", "keys//tmp/evil", "keys/../../evil", "keys/", "keys/evil"):
        files = {**said, "files": {**said["files"], odd: key}}
        yield f"with {odd}", packed_of({**described(members, files), odd: b"evil"}.items())
    for odd in ("../shop.sqlite", "/shop.sqlite", "SHOP.SQLITE"):
        renamed = {odd if name == "shop.sqlite" else name: held for name, held in members.items()}
        yield f"the database as {odd}", packed_of(renamed.items())
    link = ZipInfo("shop.sqlite")
    link.external_attr = 0o120777 << 16
    linked = {**said, "files": {**said["files"], "shop.sqlite": sha256(b"/etc/passwd").hexdigest()}}
    without = {name: held for name, held in described(members, linked).items() if name != "shop.sqlite"}
    yield "a link as database", packed_of([*without.items(), (link, b"/etc/passwd")])
    yield "packed in another way", packed_of(members.items(), ZIP_LZMA)
    yield "many members", packed_of([*members.items(), *((f"{number}", b"") for number in range(3000))])
    yield "a bomb as description", packed_of({**members, "description.json": bytes(30_000_000)}.items())
    yield "a bomb as key", packed_of({**members, "keys/secret_key": bytes(30_000_000)}.items())
    bomb = bytearray(whole)  # of which the list says that its database is larger than any disk
    bomb[bomb.rindex(b"shop.sqlite") - 22 : bomb.rindex(b"shop.sqlite") - 18] = b"\xf0\xff\xff\xff"
    yield "a database of 4 GB", bytes(bomb)
    untrue: tuple[dict[str, object], ...] = (
        {"schema": "9999"}, {"schema": 3}, {"counts": {**said["counts"], "orders": 7}}, {"counts": 7}, {"format": 99},
        {"counts": {"orders; DROP TABLE orders": 1}}, {"files": []}, {"files": {}}, {"more": 1}, {"format": "x"},
        {"files": {**said["files"], "shop.sqlite": "0" * 64}}, {"counts": {"nothing": 1}},
    )  # fmt: skip
    for what in untrue:
        yield f"says {what}", packed_of(described(members, {**said, **what}).items())
    for text in (b"[]", b"{", b"7", b"\xff", b"[" * 100_000):
        yield f"says {text[:9]!r}", packed_of({**members, "description.json": text}.items())
    for database in (b"no database", b"SQLite format 3\0" + bytes(5000), members["shop.sqlite"][:8192]):
        files = {**said, "files": {**said["files"], "shop.sqlite": sha256(database).hexdigest()}}
        yield (
            f"its database is {database[:9]!r}",
            packed_of({**described(members, files), "shop.sqlite": database}.items()),
        )


def infos_of(whole: bytes) -> list[ZipInfo]:
    with ZipFile(BytesIO(whole)) as archive:
        return archive.infolist()


def described(members: dict[str, bytes], said: dict[str, object]) -> dict[str, bytes]:
    return {**members, "description.json": json.dumps(said).encode()}


def packed_of(members: Iterable[Member], how: int = ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with catch_warnings(action="ignore"), ZipFile(file, "w", how) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
def test_however_an_archive_is_damaged_a_sentence_says_so_and_nothing_changes(
    shop: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = made_on(shop, tmp_path / "whole.zip").read_bytes()
    with ZipFile(BytesIO(whole)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    forget(shop)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and ".lock" not in file.name}
    copy, wrong, tried = tmp_path / "copy.zip", list[str](), 0
    for damage, content in damages_of(whole, members):
        copy.write_bytes(content)
        tried += 1
        ways = [("restore", "--yes", str(copy))] + [("backup", "--verify", str(copy))] * (tried % 8 == 0)
        for way in ways:
            done = toonbank(shop, *way)
            if (done.exit_code, done.stderr.count("\n")) != (1, 1) or not done.stderr.startswith("Error: "):
                wrong.append(f"{damage}: {way[0]}: {done.exit_code} {done.output[-300:]} {done.exception!r}")
        copy.unlink()
        now = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and ".lock" not in file.name}
        if now != before:
            wrong.append(f"{damage}: changed {[str(one) for one in now if now[one] != before.get(one)]}")
            before = now

    os.mkfifo(pipe := tmp_path / "pipe")
    for endless in (Path("/dev/zero"), Path("/dev/null"), pipe):
        for way in (("restore", "--yes", str(endless)), ("backup", "--verify", str(endless))):
            assert toonbank(shop, *way).stderr == f"Error: {endless} is no file; nothing was changed.\n"
    copy.write_bytes(whole)
    (tmp_path / "passphrase").write_bytes(b"\xff\xfe")
    unread = toonbank(shop, "restore", "--yes", "--passphrase-file", str(tmp_path / "passphrase"), str(copy))
    assert (unread.exit_code, "is no text in UTF-8" in unread.stderr) == (1, True)
    free = sum(one.file_size for one in infos_of(whole)) + 1000
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))
    assert "is larger than what is free on this disk" in toonbank(shop, "restore", "--yes", str(copy)).stderr
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=1000))
    assert "is larger than what is free on this disk" in toonbank(shop, "restore", "--yes", str(copy)).stderr
    assert not wrong, "\n".join(wrong)
    assert tried > 100


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
def test_a_copy_whose_books_are_wrong_is_found(shop: Flask, tmp_path: Path) -> None:
    with shop.app_context():
        db.session.execute(db.text("UPDATE counter SET next = next + 3 WHERE kind = 'order' AND series = 'main'"))
        db.session.commit()
        backups.backup(tmp_path / "copy.zip")
        assert verifying.verify(tmp_path / "copy.zip")[0] == "order: number ORD10002 is missing"
        db.session.rollback()


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
def test_killed_in_the_middle_it_leaves_no_file_under_its_name(shop: Flask, tmp_path: Path) -> None:
    """And what it leaves besides goes when the next copy is made a day later."""
    script = """
import os
from app import create_app
from app.operations import archives, backups
whole = archives.pack
archives.pack = lambda *args, **how: (whole(*args, **how), os.kill(os.getpid(), 9))
with create_app().app_context():
    backups.backup(__import__("pathlib").Path("COPY"))
"""
    copies = tmp_path / "copies"
    done = subprocess.run([sys.executable, "-c", script.replace("COPY", str(copies / "copy.zip"))])
    assert done.returncode == -9
    (left,) = copies.iterdir()
    assert left.name.startswith(archives.GROWING)
    os.utime(left, (0, 0))

    made_on(shop, copies / "copy.zip")

    assert [file.name for file in copies.iterdir()] == ["copy.zip"]


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
def test_keys_come_with_the_database_or_not_at_all(shop: Flask, tmp_path: Path) -> None:
    """Killed before the database is exchanged, the old keys stay; after it, the next start takes the new ones."""
    folder, pending = tmp_path / "instance", tmp_path / "instance" / "shop.sqlite.restoring"
    before = (folder / "password_salt").read_text()
    with shop.app_context():
        exchanging.lay_out_keys({"password_salt": "n" * 64})
    pending.touch()
    make_app(f"sqlite:///{folder / 'shop.sqlite'}", sites=())
    assert (folder / "password_salt").read_text() == before

    with shop.app_context():
        exchanging.lay_out_keys({"password_salt": "n" * 64})
    pending.unlink()
    make_app(f"sqlite:///{folder / 'shop.sqlite'}", sites=())
    assert (folder / "password_salt").read_text() == "n" * 64
    assert before in {kept.read_text() for kept in folder.glob("password_salt.before-restore-*")}
    forget(shop)
