"""Putting a copy back: only while nothing runs, saying what is lost, and keeping what was there."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing, nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, select, text

from app.actions.numbering import change_series
from app.columns import now
from app.einvoices.sending import queue_sending
from app.errors import ActionRefused
from app.extensions import db, sqlite_module
from app.history import SYSTEM
from app.models import CopyRun, EInvoiceSending, EInvoiceState, Invoice, MailState, Order, OutgoingMail, Shop
from app.operations import backups, carrying_over, restoring, setup
from app.operations.row_copying import CopyFailed
from tests.factories import placed_order
from tests.installed import forget, numbers, toonbank
from tests.migrations.going_back import go_back_to
from tests.postbox import free_port

on_sqlite = pytest.mark.parametrize("shop", ["sqlite"], indirect=True)


def serving() -> subprocess.Popen[str]:
    """A running server, once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "toonbank", "serve", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return server
    server.kill()
    raise AssertionError(server.communicate()[0])


def one_more(app: Flask) -> None:
    with app.app_context():
        placed_order()
        db.session.commit()
    forget(app)


def backed_up(app: Flask, tmp_path: Path) -> Path:
    copy = tmp_path / "copy"
    with app.app_context():
        backups.backup(copy)
    forget(app)
    return copy


# --- both databases -------------------------------------------------------------------------------------------------


def test_what_is_put_back_what_is_lost_and_what_is_kept(shop: Flask, tmp_path: Path) -> None:
    copy = backed_up(shop, tmp_path)
    one_more(shop)
    one_more(shop)

    done = toonbank(shop, "restore", "--yes", str(copy))

    assert (done.exit_code, done.stderr) == (0, "")
    lost, lost_invoices, *_others, restored, kept = done.stdout.splitlines()
    assert lost == "The database that is there has 2 orders that the copy has not: ORD10002 to ORD10003."
    assert lost_invoices.startswith("The database that is there has 2 invoices and credit notes that the copy has not:")
    assert restored == f"Restored from {copy}"
    assert numbers(shop) == ["ORD10001"]
    assert toonbank(shop, "check").exit_code == 0

    former = Path(kept.removeprefix("What was there before is kept in "))
    assert former.parent == tmp_path / "instance"
    assert former.stat().st_mode & 0o777 == 0o600
    assert toonbank(shop, "restore", "--yes", str(former)).exit_code == 0
    assert numbers(shop) == ["ORD10001", "ORD10002", "ORD10003"]
    assert toonbank(shop, "check").exit_code == 0


@on_sqlite
def test_without_a_terminal_nothing_is_lost_unless_that_is_said(shop: Flask, tmp_path: Path) -> None:
    """What would be lost is read from either database above; what is done about it is the command's own matter."""
    copy = backed_up(shop, tmp_path)
    assert toonbank(shop, "restore", str(copy)).exit_code == 0  # nothing is lost
    one_more(shop)

    done = toonbank(shop, "restore", str(copy))

    assert (done.exit_code, done.stderr) == (1, "Error: Nothing was restored. To lose that, add --yes.\n")
    assert numbers(shop) == ["ORD10001", "ORD10002"]


def e_invoice_on_its_way() -> int:
    (invoice,) = placed_order().invoices
    due_at = now() + timedelta(days=1)
    return queue_sending(invoice, by=SYSTEM, state=EInvoiceState.WAITING, due_at=due_at).id


def test_no_number_is_given_twice_and_what_went_out_does_not_go_again(shop: Flask, tmp_path: Path) -> None:
    """Also where the numbers took another form meanwhile, which the copy knows nothing of, and takes again later."""
    with shop.app_context():
        change_series("invoice", prefix="INV{yyyy}-", digits=4, next=None, by=SYSTEM)
        sent, unknown, waiting = [e_invoice_on_its_way() for _one in range(3)]
        db.session.commit()
    copy = backed_up(shop, tmp_path)
    with shop.app_context():
        for mail in db.session.scalars(select(OutgoingMail)):
            mail.state, mail.sent_at = MailState.SENT, now()
        row = db.session.get_one(EInvoiceSending, sent)
        row.state, row.sent_at, row.external_id = EInvoiceState.SENT, now(), "doc-1"
        db.session.delete(db.session.get_one(EInvoiceSending, unknown))  # nobody can say what became of it
        placed_order()
        change_series("order", prefix="B-", digits=3, next=1, by=SYSTEM)
        placed_order()
        db.session.commit()
        given = all_numbers()
    forget(shop)

    assert toonbank(shop, "restore", "--yes", str(copy)).exit_code == 0

    with shop.app_context():
        kept = all_numbers()
        states = set(db.session.scalars(select(OutgoingMail.state)))
        assert (kept < given, states) == (True, {MailState.SENT})
        rows = {row.id: (row.state, row.external_id) for row in db.session.scalars(select(EInvoiceSending))}
        assert rows == {
            sent: (EInvoiceState.SENT, "doc-1"),
            unknown: (EInvoiceState.ASKED, ""),
            waiting: (EInvoiceState.WAITING, ""),
        }
        fresh = placed_order()
        assert fresh.number == "ORD10006"
        db.session.commit()
        with pytest.raises(ActionRefused, match="B-001 was given already"):
            change_series("order", prefix="B-", digits=3, next=1, by=SYSTEM)
        db.session.rollback()
        change_series("order", prefix="B-", digits=3, next=2, by=SYSTEM)
        placed_order()
        db.session.commit()
        assert not (all_numbers() - kept) & given
    assert toonbank(shop, "check").output == "All is well.\n"


def test_copies_stay_what_and_where_this_installation_knows_them(shop: Flask, tmp_path: Path) -> None:
    """Those that another installation made are not taken away here, and new ones go where this one puts them.

    The folder that the copy names may be that of the shop beside it.
    """
    with shop.app_context():
        db.session.get_one(Shop, 1).copies_folder = "/of/the/other"
        db.session.add_all(
            [CopyRun(day="2026-11-27", file="/there/1.zip"), CopyRun(day="2026-11-28", file="/here/2.zip")]
        )
        db.session.commit()
    copy = backed_up(shop, tmp_path)
    with shop.app_context():
        db.session.execute(delete(CopyRun).where(CopyRun.file == "/there/1.zip"))
        db.session.get_one(Shop, 1).copies_folder = "/here"
        db.session.commit()

    done = toonbank(shop, "restore", "--yes", str(copy))

    assert done.exit_code == 0
    assert "The copies of each day go into /here, not into /of/the/other" in done.stdout
    with shop.app_context():
        assert db.session.get_one(Shop, 1).copies_folder == "/here"
        assert list(db.session.scalars(select(CopyRun.file).order_by(CopyRun.day))) == ["", "/here/2.zip"]


@on_sqlite
def test_copies_go_into_the_own_folder_where_none_is_named(shop: Flask, tmp_path: Path) -> None:
    """That it is carried over into either database is seen above."""
    with shop.app_context():
        db.session.get_one(Shop, 1).copies_folder = "/of/the/other"
        db.session.commit()
    copy = backed_up(shop, tmp_path)
    with shop.app_context():
        db.session.get_one(Shop, 1).copies_folder = ""
        db.session.commit()

    done = toonbank(shop, "restore", "--yes", str(copy))

    said = f"The copies of each day go into {tmp_path / 'instance' / 'copies'}, not into /of/the/other"
    assert said in done.stdout
    with shop.app_context():
        assert db.session.get_one(Shop, 1).copies_folder == ""
    assert "copies of each day" not in toonbank(shop, "restore", "--yes", str(backed_up(shop, tmp_path / "1"))).stdout


def all_numbers() -> set[str]:
    return {*db.session.scalars(select(Order.number)), *db.session.scalars(select(Invoice.number))}


def test_it_refuses_beside_a_running_server_and_goes_when_that_has_ended(shop: Flask, tmp_path: Path) -> None:
    copy = backed_up(shop, tmp_path)
    one_more(shop)
    server = serving()
    try:
        done = toonbank(shop, "restore", "--yes", str(copy))
    finally:
        server.kill()
        server.communicate()
    wait_until_alone(shop)

    assert (done.exit_code, done.stdout) == (1, "")
    assert re.fullmatch(r"Error: Nothing was restored, for .*: stop (it|them) first .*\n", done.stderr)
    assert numbers(shop) == ["ORD10001", "ORD10002"]
    assert toonbank(shop, "restore", "--yes", str(copy)).exit_code == 0  # a killed server holds nothing
    assert numbers(shop) == ["ORD10001"]


def wait_until_alone(app: Flask) -> None:
    """PostgreSQL notices a little later that a program was killed."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    until = time.monotonic() + 30
    with app.app_context():
        while on_server(app) and db.session.scalar(others) and time.monotonic() < until:
            db.session.rollback()
            time.sleep(0.1)
    forget(app)


COUNT = """
from app import create_app
from app.extensions import db
from tests.migrations.going_back import go_back_to
app = create_app()
print("ready", flush=True)
with app.app_context():
    print(db.session.scalar(db.text("SELECT count(*) FROM orders")))
"""


def test_who_comes_while_it_runs_waits(shop: Flask, tmp_path: Path) -> None:
    copy = backed_up(shop, tmp_path)
    one_more(shop)
    with shop.app_context(), restoring.exchange(copy) as change:
        other = subprocess.Popen([sys.executable, "-c", COUNT], stdout=subprocess.PIPE, text=True)
        assert other.stdout
        assert other.stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(3)
        change.carry_out()
    forget(shop)

    assert other.communicate(timeout=60)[0] == "1\n"
    assert numbers(shop) == ["ORD10001"]


def test_what_is_no_copy_is_refused_in_a_sentence(shop: Flask, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    for content in (b"", b"something else", b"SQLite format 3\0" + bytes(5000), b"PGDMP" + bytes(500)):
        wrong.write_bytes(content)
        done = toonbank(shop, "restore", "--yes", str(wrong))
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
        assert done.stderr == f"Error: {wrong} is not a whole copy of a Toonbank database; nothing was changed.\n"
    assert numbers(shop) == ["ORD10001"]
    assert not list((tmp_path / "instance").glob("*before*"))


@on_sqlite
def test_a_copy_of_a_newer_toonbank_is_refused_in_a_sentence(shop: Flask, tmp_path: Path) -> None:
    """A copy is a SQLite file whichever database it comes from or goes to; it is looked at before that is."""
    copy = tmp_path / "copy.sqlite"
    with shop.app_context():
        backups.backup(copy)
    with closing(sqlite_module().connect(copy)) as there:
        there.execute("UPDATE alembic_version SET version_num = '9999'")
        there.commit()

    done = toonbank(shop, "restore", "--yes", str(copy))

    assert done.exit_code == 1
    assert done.stderr == (
        f"Error: {copy} is a copy of a newer Toonbank (schema 9999): update Toonbank first; nothing was changed.\n"
    )


def test_the_database_of_a_newer_toonbank_is_kept_and_an_earlier_copy_put_back(shop: Flask, tmp_path: Path) -> None:
    copy = backed_up(shop, tmp_path)
    set_schema(shop, "9999")
    with shop.app_context(), pytest.raises(CopyFailed, match="newer Toonbank") if on_server(shop) else nullcontext():
        backups.backup(tmp_path / "another")
    forget(shop)

    done = toonbank(shop, "restore", "--yes", str(copy))

    assert (done.exit_code, done.stderr) == (0, "")
    assert [file.stat().st_size > 0 for file in (tmp_path / "instance").glob("*before-restore*")] == [True]
    assert numbers(shop) == ["ORD10001"]


def on_server(app: Flask) -> bool:
    with app.app_context():
        return db.engine.dialect.name == "postgresql"


@pytest.mark.parametrize(
    ("shop", "version"), [("sqlite", "0001"), ("sqlite", "0003"), ("postgresql", "0003")], indirect=["shop"]
)
def test_a_copy_of_an_older_toonbank_says_what_is_to_be_done(shop: Flask, tmp_path: Path, version: str) -> None:
    """Numbers that it lacks are not given again, also when it is put back twice before it is brought up to date."""
    with shop.app_context():
        go_back_to(version)
    copy = backed_up(shop, tmp_path)
    with shop.app_context():
        setup.upgrade()
    one_more(shop)

    for _time in range(2):
        done = toonbank(shop, "restore", "--yes", str(copy))
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout.splitlines()[-1].startswith("It is of an older version: `flask --app wsgi toonbank init`")

    assert toonbank(shop, "init").exit_code == 0
    assert numbers(shop) == ["ORD10001"]
    found = toonbank(shop, "check").output
    if version == "0001":  # which has no place for lost numbers: they are told
        assert "ORD10002" in found
    else:
        assert found.startswith("All is well.\n")
    one_more(shop)
    assert numbers(shop) == ["ORD10001", "ORD10003"]


def set_schema(app: Flask, version: str) -> None:
    with app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
        db.session.commit()


# --- SQLite ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "instance"


@on_sqlite
@pytest.mark.parametrize("damage", [b"", b"no database any more", b"SQLite format 3\0" + b"\xff" * 9000])
def test_a_damaged_database_is_moved_aside_byte_by_byte(
    shop: Flask, tmp_path: Path, folder: Path, damage: bytes
) -> None:
    copy = backed_up(shop, tmp_path)
    for suffix in ("-wal", "-shm"):
        (folder / f"shop.sqlite{suffix}").unlink(missing_ok=True)
    (folder / "shop.sqlite").write_bytes(damage)
    (folder / "shop.sqlite-wal").write_bytes(b"what was left of its log")

    done = toonbank(shop, "restore", "--yes", str(copy))

    assert (done.exit_code, done.stderr) == (0, "")
    (kept,) = folder.glob("shop.before-restore-*.sqlite")
    assert kept.read_bytes() == damage
    if damage:
        assert "can’t be read" in done.stdout
    assert numbers(shop) == ["ORD10001"]


@on_sqlite
def test_another_program_that_has_it_open_is_noticed(shop: Flask, tmp_path: Path, folder: Path) -> None:
    copy = backed_up(shop, tmp_path)
    hold = f"import sqlite3; c = sqlite3.connect({str(folder / 'shop.sqlite')!r}); c.execute('SELECT 1 FROM orders')"
    hold += ".fetchall(); print('open', flush=True); import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        done = toonbank(shop, "restore", "--yes", str(copy))
        other.kill()

    assert done.exit_code == 1
    assert "another program has" in done.stderr
    assert toonbank(shop, "restore", "--yes", str(copy)).exit_code == 0


@on_sqlite
def test_a_file_as_it_stood_is_put_back_with_its_log(shop: Flask, tmp_path: Path, folder: Path) -> None:
    """Copied by hand from a running shop: what was last acknowledged is in the log only."""
    keeper = sqlite_module().connect(folder / "shop.sqlite")
    keeper.execute("SELECT 1 FROM orders").fetchall()
    one_more(shop)
    for suffix in ("", "-wal"):
        (tmp_path / f"by-hand{suffix}").write_bytes((folder / f"shop.sqlite{suffix}").read_bytes())
    keeper.close()
    one_more(shop)

    assert toonbank(shop, "restore", "--yes", str(tmp_path / "by-hand")).exit_code == 0
    assert numbers(shop) == ["ORD10001", "ORD10002"]


@on_sqlite
def test_the_database_is_not_restored_from_itself(shop: Flask, folder: Path) -> None:
    done = toonbank(shop, "restore", "--yes", str(folder / "shop.sqlite"))

    assert (done.exit_code, "is the database itself" in done.stderr) == (1, True)


@on_sqlite
def test_without_a_database_the_copy_becomes_it(shop: Flask, tmp_path: Path, folder: Path) -> None:
    copy = backed_up(shop, tmp_path)
    for file in folder.glob("shop.sqlite*"):
        file.unlink()

    done = toonbank(shop, "restore", "--yes", str(copy))

    assert (done.exit_code, done.stdout) == (0, f"Restored from {copy}\n{restoring.SET_NUMBERS}\n")
    assert numbers(shop) == ["ORD10001"]
    with shop.app_context():  # nobody knows what went out since
        found = {tuple(row) for row in db.session.execute(select(OutgoingMail.state, OutgoingMail.last_error))}
        assert found == {(MailState.FAILED, carrying_over.WHY_IT_WAITS)}
