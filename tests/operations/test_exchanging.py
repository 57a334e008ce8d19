"""Killed at any point, a restore or a move leaves the one shop or the other, whole; the same command again finishes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, make_url

from app.errors import CannotStart
from app.operations import backups, exchanging, incoming, moving
from tests import postgresql
from tests.databases import make_app
from tests.factories import placed_order
from tests.installed import forget, numbers, toonbank

NEW_SALT = "n" * 64


def killed(app: Flask, command: tuple[str, ...], room: object, name: str, *, after: bool) -> None:
    """Run the command in a process of its own, which dies where it calls this function, or when that is done."""
    forget(app)
    if child := os.fork():
        _pid, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), os.waitstatus_to_exitcode(status)
        return
    whole = getattr(room, name)

    def die(*args: object) -> None:
        if after:
            whole(*args)
        os.kill(os.getpid(), signal.SIGKILL)

    try:
        setattr(room, name, die)
        toonbank(app, *command)
    finally:
        os._exit(1)


def shop_at_next_start(url: str) -> tuple[list[str], str]:
    """Its orders, and the salt by which its passwords are known."""
    app = make_app(url, sites=())
    return numbers(app), str(app.config["SECURITY_PASSWORD_SALT"])


def copy_of_before(shop: Flask, tmp_path: Path) -> tuple[Path, str]:
    """A copy with one order; since then there is another one, and other keys. Answers the salt in the copy, too."""
    copy = tmp_path / "copy.zip"
    assert toonbank(shop, "backup", str(copy)).exit_code == 0
    salt = tmp_path / "instance" / "password_salt"
    before = salt.read_text()
    salt.write_text(NEW_SALT)
    with shop.app_context():
        placed_order()
        exchanging.db.session.commit()
    forget(shop)
    return copy, before


#: Where a restore is killed, one after the other, and whether the copy has taken the place by then.
DEATHS = [("set_aside", True, False), ("bring_in", True, False), ("put_keys_in_place", False, True)]


def test_a_restore_that_is_killed_again_and_again(shop: Flask, tmp_path: Path) -> None:
    copy, salt = copy_of_before(shop, tmp_path)
    url, other = str(shop.config["SQLALCHEMY_DATABASE_URI"]), {"sqlite": "bring_in", "postgresql": "set_aside"}
    old, new = (["ORD10001", "ORD10002"], NEW_SALT), (["ORD10001"], salt)
    for name, after, is_exchanged in DEATHS:
        if name != other[make_url(url).get_backend_name()]:
            killed(shop, ("restore", "--yes", str(copy)), exchanging, name, after=after)
            assert shop_at_next_start(url) == (new if is_exchanged else old), name

    done = toonbank(make_app(url, sites=()), "restore", "--yes", str(copy))

    assert done.exit_code == 0, done.output
    assert shop_at_next_start(url) == new
    assert toonbank(shop, "check").exit_code == 0
    left = {file.name for file in (tmp_path / "instance").iterdir() if file.name.endswith((".restored", ".restoring"))}
    assert left == set()


@pytest.mark.parametrize("shop", ["postgresql"], indirect=True)
def test_a_start_that_can_not_ask_whose_keys_they_are_says_so(shop: Flask, tmp_path: Path) -> None:
    with shop.app_context():
        exchanging.lay_out_pending({"password_salt": NEW_SALT})
    before = (tmp_path / "instance" / "password_salt").read_text()

    with pytest.raises(CannotStart, match="A restore was interrupted"):
        make_app("postgresql+psycopg://toonbank@/nobody?host=/nowhere", sites=())

    assert (tmp_path / "instance" / "password_salt").read_text() == before
    assert make_app(str(shop.config["SQLALCHEMY_DATABASE_URI"]), sites=()).config["SECURITY_PASSWORD_SALT"] == before


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
def test_a_move_that_is_killed_again_and_again(shop: Flask) -> None:
    if not postgresql.is_installed():
        pytest.skip("PostgreSQL is not installed")
    postgresql.start()
    database = f"killed_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    postgresql.create(database)
    target = postgresql.url(database)
    command = ("move", "--to", target)
    for room, name in ((moving, "bring_in"), (incoming, "set_sequences")):
        killed(shop, command, room, name, after=True)
        there = make_app(target, sites=())
        with there.app_context():
            assert inspect(exchanging.db.engine).get_table_names(schema="public") == []
        forget(there)
    killed(shop, command, moving, "take_the_place", after=True)

    done = toonbank(shop, *command)

    assert done.exit_code == 0, done.output
    assert "All of it was moved there already" in done.output
    assert (numbers(there), numbers(shop)) == (["ORD10001"], ["ORD10001"])
    assert toonbank(there, "check").exit_code == 0


@pytest.mark.parametrize("shop", ["postgresql"], indirect=True)
def test_a_move_back_that_is_killed_again_and_again(shop: Flask, tmp_path: Path) -> None:
    file = tmp_path / "back.sqlite"
    command = ("move", "--to", f"sqlite:///{file}")
    killed(shop, command, moving, "fill_sqlite", after=True)
    assert not file.exists()
    killed(shop, command, backups, "put_under_name", after=True)

    done = toonbank(shop, *command)

    assert done.exit_code == 0, done.output
    assert "All of it was moved there already" in done.output
    there = make_app(f"sqlite:///{file}", sites=())
    assert (numbers(there), numbers(shop)) == (["ORD10001"], ["ORD10001"])
    assert toonbank(there, "check").exit_code == 0
    assert not list(tmp_path.glob("*.moving*"))
