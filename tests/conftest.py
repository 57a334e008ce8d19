"""What tests start from: a new shop on each database, people at its screens, a mail server, and a count of statements.

A test of actions and tools takes `database`, which holds an app context open. A test of pages takes `client` and
arranges or asserts inside `with in_app():`, so that test and request never share a session.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings
from sqlalchemy import event

from app.actions.api_keys import create_key
from app.connections.kept_answers import forget_kept_answers
from app.extensions import db
from app.history import SYSTEM
from app.security.rights import GROUPS
from tests import postgresql
from tests.clients import Client, Program, sign_in
from tests.databases import SHARED, Database, Postgresql, Sqlite
from tests.postbox import Postbox

# A busy machine makes no example wrong.
settings.register_profile("suite", deadline=None, derandomize=True)  # the same examples in every run
settings.register_profile("fuzz", deadline=None)  # see whole/test_any_sequence.py
settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Keep away from the installation's own settings and data; one PostgreSQL serves all processes of the run."""
    if not hasattr(config, "workerinput"):
        os.environ["TOONBANK_INSTANCE"] = tempfile.mkdtemp(prefix="toonbank-instance-")
        os.environ[SHARED] = tempfile.mkdtemp(prefix="toonbank-shared-")
        os.environ.pop("DATABASE_URL", None)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of programs are started, each would compile anew
        os.environ["TOONBANK_ALLOWED_NETWORKS"] = "127.0.0.0/8, ::1"  # where the simulators of shops are
        postgresql.set_aside_folder()
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the clean-up below is never skipped


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is there now stays to the end: nothing of it is looked through whenever Python looks for garbage."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgresql.throw_away()
        for folder in ("TOONBANK_INSTANCE", SHARED):
            shutil.rmtree(os.environ[folder], ignore_errors=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test marked `each_database` runs on both; any other on SQLite."""
    if metafunc.definition.get_closest_marker("each_database"):
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    return getattr(request, "param", "sqlite")


@pytest.fixture(scope="session")
def database_of_kind(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Database]:
    @cache
    def of_kind(kind: str) -> Database:
        return Sqlite(tmp_path_factory.mktemp("sqlite")) if kind == "sqlite" else Postgresql()

    return of_kind


@pytest.fixture
def app(database_kind: str, database_of_kind: Callable[[str], Database]) -> Flask:
    """The application on a new shop."""
    if database_kind == "postgresql" and not postgresql.is_installed():
        pytest.skip("PostgreSQL is not installed")
    database = database_of_kind(database_kind)
    database.renew()
    for limiter in database.app.extensions["limiter"]:
        limiter.reset()
    forget_kept_answers()
    return database.app


@pytest.fixture
def database(app: Flask) -> Iterator[None]:
    """An open app context on a new shop, for tests that make no requests."""
    with app.app_context():
        yield
        db.session.rollback()


@pytest.fixture
def in_app(app: Flask) -> Callable[[], AbstractContextManager[None]]:
    """Where tests of pages arrange and assert: a session of its own, committed at the end."""

    @contextmanager
    def context() -> Iterator[None]:
        with app.app_context():
            yield
            db.session.commit()

    return context


@pytest.fixture(scope="session")
def shops_kept() -> dict[str, tuple[Path, Any]]:
    """By name, the file of a shop that takes long to fill, and what was said of it."""
    return {}


@pytest.fixture
def filled(
    app: Flask,
    in_app: Callable[[], AbstractContextManager[None]],
    database_of_kind: Callable[[str], Database],
    shops_kept: dict[str, tuple[Path, Any]],
) -> Callable[[str, Callable[[], Any]], Any]:
    """A shop of this name, on SQLite: filled the first time, later a copy of that. People sign in after it."""

    def fill(name: str, make: Callable[[], Any]) -> Any:
        shop = database_of_kind("sqlite")
        assert isinstance(shop, Sqlite)
        assert shop.app is app
        if name not in shops_kept:
            with in_app():
                said = make()
            shops_kept[name] = shop.keep(name), said
        kept, said = shops_kept[name]
        shop.put_back(kept)
        return deepcopy(said)

    return fill


@pytest.fixture
def signed_in_as(app: Flask) -> Callable[[str], Client]:
    """A browser in which somebody with this role has signed in."""
    return lambda role: sign_in(app, role)


@pytest.fixture
def client(request: pytest.FixtureRequest, signed_in_as: Callable[[str], Client]) -> Client:
    """The owner's browser."""
    if "database" in request.fixturenames:
        pytest.fail("take client and in_app, or database: test and request must not share a session")
    return signed_in_as("owner")


@pytest.fixture
def anonymous(app: Flask) -> Client:
    """The browser of somebody who has not signed in."""
    return Client(app)


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL statements since the test began; clear() it to count from there."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """A real mail server on a free port, and what it received."""
    with Postbox() as box:
        yield box


@pytest.fixture
def outside_payloads() -> Path:
    """The folder of example payloads from real shops, where there is one."""
    folder = os.environ.get("TOONBANK_PAYLOADS")
    if not folder:
        pytest.skip("TOONBANK_PAYLOADS names no folder of example payloads")
    return Path(folder)


@pytest.fixture
def program_with(app: Flask) -> Callable[..., Program]:
    """A program whose key has these rights."""

    def make(*rights: str, title: str = "Warehouse") -> Program:
        with app.app_context():
            _token, key = create_key(title, rights=list(rights), by=SYSTEM)
            db.session.commit()
        made = Program(app, app.response_class)
        made.key = key
        return made

    return make


@pytest.fixture
def program(program_with: Callable[..., Program]) -> Program:
    """A program that may do everything."""
    return program_with("read", *GROUPS)
