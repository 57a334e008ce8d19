"""The two databases that tests run on. Each is migrated once; after that a new shop is a copy, made in milliseconds."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from flask import Flask
from jinja2 import FileSystemBytecodeCache

from app import SITES, Site, create_app, queries
from app.extensions import db
from app.operations import setup
from tests import postgresql
from tests.clients import Caller
from tests.new_rows import Rows

#: What makes guessing dear makes signing in dear; `admin_views/test_signin.py` asks how dear it is in a shop.
CHEAP_PASSWORDS = {"SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {"argon2__memory_cost": 64, "argon2__rounds": 1}}

#: How the test processes of one run find the folder that they share.
SHARED = "TOONBANK_TEST_SHARED"


class Database(Protocol):
    """Where a test's shop is; `renew` makes it a new shop, with nothing in it but what each shop starts with."""

    app: Flask

    def renew(self) -> None: ...


class Sqlite:
    def __init__(self, folder: Path):
        self.file = folder / "shop.sqlite"
        self.template = folder / "template.sqlite"
        shutil.copyfile(new_sqlite_shop(), self.template)
        self.app = make_app(f"sqlite:///{self.file}")

    def renew(self) -> None:
        self.put_back(self.template)

    def put_back(self, kept: Path) -> None:
        """A new file under its name: who still has the one before open, as a test that ended just now, is in no way."""
        forget_connections(self.app)
        for suffix in ("", "-wal", "-shm"):
            self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(kept, self.file)

    def keep(self, name: str) -> Path:
        """A copy of the shop as it is now."""
        forget_connections(self.app)  # whoever leaves last writes all of it into the one file
        kept = self.file.with_name(f"{name}.sqlite")
        shutil.copyfile(self.file, kept)
        return kept


def new_sqlite_shop() -> Path:
    """A new shop, made by the first test process of the run that asks for one."""
    file = shared_folder() / "new_shop.sqlite"
    with one_at_a_time(file.with_suffix(".lock")):
        if not file.exists():
            making = file.with_suffix(".making")
            make_shop(f"sqlite:///{making}")
            making.rename(file)
    return file


class Postgresql:
    TEMPLATE = "new_shop"

    def __init__(self) -> None:
        postgresql.start()
        self.make_template()
        self.use(f"shop_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")

    def use(self, name: str) -> None:
        self.name, self.app = name, make_app(postgresql.url(name))
        self.rows: Rows | None = None

    def make_template(self) -> None:
        done = postgresql.folder() / "template"
        with postgresql.one_at_a_time():
            if not done.exists():
                postgresql.create(self.TEMPLATE)
                make_shop(postgresql.url(self.TEMPLATE))
                done.touch()

    def renew(self) -> None:
        """Put the rows back, which is ten times as fast as a copy; a copy where the test changed more than rows."""
        forget_connections(self.app)
        if self.rows is not None and self.rows.put_back():
            return
        with postgresql.one_at_a_time():  # two copies at once can't be made of one template
            postgresql.create(self.name, template=self.TEMPLATE)
        self.rows = Rows(self.name)


def make_app(url: str, *, sites: tuple[Site, ...] = SITES) -> Flask:
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "TESTING": True, **CHEAP_PASSWORDS}, sites=sites)
    app.test_client_class = Caller
    if sites and SHARED in os.environ:  # the tools that take pictures have none
        app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(shared_folder()))
    return app


def shared_folder() -> Path:
    """Of this run, for what one test process makes for all of them: a new shop, and templates as they are compiled."""
    return Path(os.environ[SHARED])


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    with lock.open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def make_shop(url: str) -> None:
    app = make_app(url, sites=())
    with app.app_context():
        setup.upgrade()
        setup.first_rows()
        queries.shop().mail_hold = 0  # mails go at once; tests of Undo say how long they wait
        queries.shop().seller_demanded = False  # as a shop from before that; tests of it say what is missing
        db.session.commit()
    forget_connections(app)


def forget_connections(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()
