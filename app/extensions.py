"""The plugged-in libraries, and how each transaction begins."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from enum import Enum
from functools import cached_property
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import flask_babel
from babel.support import NullTranslations
from flask import Flask
from flask.globals import _cv_app as app_context
from flask_babel import Babel, Domain, get_locale
from flask_babel.speaklater import LazyString
from flask_mail import Mail
from flask_migrate import Migrate
from flask_security.core import Security
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.compiler import InsertmanyvaluesSentinelOpts

from app.compression.texts import add_uncompressed
from app.csrf import SAFE_METHODS, OwnPages
from app.locking.database import share_postgresql, share_sqlite

log = logging.getLogger(__name__)

#: SQLite below this may corrupt its write-ahead log when several processes reset it.
SAFE_WAL = (3, 51, 3)

#: Rows of an index that SQLite looks at to estimate what it holds, whatever its size.
ANALYSIS_LIMIT = 400


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Texts(Domain):
    """The catalogues by language. Flask-Babel's own spells the language out at each text of a page."""

    def get_translations(self) -> NullTranslations:
        here = context_of_texts()
        locale = getattr(here, "babel_locale", None) or get_locale()
        language = locale.language if locale else ""
        if language not in self.cache:
            self.cache[language] = super().get_translations()
        found: NullTranslations = self.cache[language]
        return found


def context_of_texts() -> SimpleNamespace | None:
    """Where Flask-Babel keeps the language of this moment. Its own asks four times for each text where that is."""
    context = app_context.get(None)
    if context is None:
        return None
    known: SimpleNamespace | None = context.g.get("_flask_babel")
    if known is None:
        known = context.g._flask_babel = SimpleNamespace()
    return known


vars(flask_babel)["_get_current_context"] = context_of_texts


class Languages(Babel):
    @cached_property
    def domain_instance(self) -> Texts:
        return Texts(domain=self.domain)


db = SQLAlchemy(model_class=Base)
if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    class Model(Base):
        """What tables inherit, as a type checker can see it: Flask-SQLAlchemy makes its class at run time."""

        __abstract__ = True

else:
    Model = db.Model
babel = Languages()
csrf = OwnPages()
mail = Mail()
migrate = Migrate()
security = Security()

#: A text that people read; a lazy one is translated when it is shown.
ShownText: TypeAlias = str | LazyString


def put_in_quotes(text: str) -> str:
    """Between quotation marks as the language of who reads has them."""
    return flask_babel.gettext("“%(text)s”", text=text)


reading: ContextVar[bool] = ContextVar("reading", default=False)
#: Whether what is written is no part of what the request does.
is_beside: ContextVar[bool] = ContextVar("is_beside", default=False)


@contextmanager
def read_only() -> Iterator[None]:
    """Transactions begun in here only read, and the database refuses what would change it.

    On SQLite they never wait for a writer.
    """
    token = reading.set(True)
    try:
        yield
    finally:
        reading.reset(token)


#: Whether each transaction sees one moment from its first statement to its last. On SQLite it always does.
of_one_moment: ContextVar[bool] = ContextVar("of_one_moment", default=False)


@contextmanager
def looking_at_one_moment() -> Iterator[None]:
    """Transactions begun in here only read, and what others commit meanwhile they see nothing of.

    Sums can be compared with what they are sums of, beside people who work.
    """
    token = of_one_moment.set(True)
    try:
        with read_only():
            yield
    finally:
        of_one_moment.reset(token)


#: Milliseconds that a transaction on SQLite waits for its turn to write.
patience: ContextVar[int] = ContextVar("patience", default=30_000)


@contextmanager
def impatient() -> Iterator[None]:
    """Transactions begun in here wait for others only shortly: an OperationalError then."""
    token = patience.set(200)
    try:
        yield
    finally:
        patience.reset(token)


class Sideline(Enum):
    """All that is written while a request is answered that only asks, or while a worker only reads."""

    LAST_SEEN = "when somebody at the screen was last seen"
    VISITOR_SEEN = "when a customer was last seen in My account"
    KEY_USED = "when a program last used its key"
    PRINT = "a document that is printed when it is first needed"
    QUOTE = "a quote that gets its number when it is first needed"
    EXPORT = "who took which data out"
    COPY_TAKEN = "who took a copy of everything out"
    TRIED = "what an action would do: tried out, and taken back at once"
    SECURITY_LOG = "who was kept out"
    OUTLOOK = "what an import would do: tried out, and taken back at once"


#: What is written whatever becomes of the request.
NO_PART_OF_IT = (Sideline.LAST_SEEN, Sideline.VISITOR_SEEN, Sideline.KEY_USED, Sideline.PRINT, Sideline.QUOTE)


def let_others_write() -> None:
    """Between two slices of a long look at things: no transaction is held open, and the next slice sees what is new."""
    if reading.get():
        db.session.rollback()
        if leisure := at_leisure.get():
            leisure.rest()


class Ended(BaseException):
    """A long look is to end between two slices; no fault of what is looked at, so that nothing takes it for one."""


class Leisure:
    """Between two slices it rests for as long as the last one took, and for so many seconds at most.

    There it is told to end, too, where there is a `stop`: rest raises Ended.
    """

    def __init__(self, seconds: float, stop: threading.Event | None):
        self.seconds, self.stop, self.begun = seconds, stop, time.monotonic()

    def rest(self) -> None:
        seconds = min(self.seconds, time.monotonic() - self.begun)
        if self.stop is None:
            time.sleep(seconds)
        elif self.stop.wait(seconds):
            raise Ended
        self.begun = time.monotonic()


at_leisure: ContextVar[Leisure | None] = ContextVar("at_leisure", default=None)


@contextmanager
def resting(seconds: float, stop: threading.Event | None = None) -> Iterator[None]:
    """Round a long look at things that nobody waits for; once `stop` is set it raises Ended."""
    token = at_leisure.set(Leisure(seconds, stop))
    try:
        yield
    finally:
        at_leisure.reset(token)


@contextmanager
def writing(what: Sideline) -> Iterator[None]:
    """Transactions begun in here write, although the request only asks; short ones, of their own."""
    token, beside = reading.set(False), is_beside.set(what in NO_PART_OF_IT)
    try:
        yield
    finally:
        is_beside.reset(beside)
        reading.reset(token)


@contextmanager
def transaction() -> Iterator[None]:
    """A short transaction of a worker's own: committed at the end, or nothing of it stays."""
    try:
        yield
        db.session.commit()
    except BaseException:
        roll_back()
        raise


#: What was asked for the records of one transaction, by what it is; None where nothing is remembered.
memory: ContextVar[dict[object, object] | None] = ContextVar("memory", default=None)

Remembered = TypeVar("Remembered")


@contextmanager
def remembering() -> Iterator[None]:
    """Round many records that are written in one transaction, and change nothing of what they have in common."""
    token = memory.set({})
    try:
        yield
    finally:
        memory.reset(token)


def remember(what: object, ask: Callable[[], Remembered]) -> Remembered:
    """What is asked, once within `remembering`; where there is none it is asked again the next time."""
    known = memory.get()
    if known is not None and what in known:
        return cast(Remembered, known[what])
    found = ask()
    if known is not None and found is not None:
        known[what] = found
    return found


def forget() -> None:
    """Ask anew for all that was remembered: what was rolled back holds none of it any more."""
    known = memory.get()
    if known is not None:
        known.clear()


def give_way() -> None:
    """Wait for others only shortly until this transaction ends: an OperationalError then, and it can begin anew.

    Who holds what another one waits for, and waits for what that one holds, is refused by PostgreSQL after a second:
    the one that waits longest. So that it is never somebody at a screen, this one is refused sooner.
    """
    if db.engine.dialect.name == "postgresql":  # SQLite has one lock
        db.session.execute(text("SET LOCAL lock_timeout = '200ms'"))


def roll_back() -> None:
    """End the transaction; on a connection that is gone, let go of that. What went wrong before stays the news."""
    try:
        db.session.rollback()
    except Exception:
        log.warning("the transaction could not be rolled back; its connection is thrown away", exc_info=True)
        with suppress(Exception):
            db.session().invalidate()


def go_on_reading() -> None:
    """Nothing was done, and the page is drawn without holding anything that others wait for: it only reads."""
    roll_back()
    reading.set(True)


def end_session() -> None:
    """Roll back, and leave no session behind that a later app context could be given."""
    roll_back()
    try:
        db.session.remove()
    except Exception:
        db.session.registry.clear()


class TransactionMode:
    """WSGI middleware: requests that only ask read, all others may write.

    It stands in front of Flask because Flask opens the session before any before_request function runs. What a view
    does by mistake when it is asked with HEAD, say, is thus refused by the database itself.
    """

    def __init__(self, app: WSGIApplication):
        self.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        reading.set(environ["REQUEST_METHOD"] in SAFE_METHODS)
        return self.app(environ, start_response)


def engine_options(url: str) -> dict[str, object]:
    if url.startswith("sqlite"):
        return {"module": sqlite_module(), "connect_args": {"timeout": 30}, "hide_parameters": True}
    # Statements of a page are short, and to compile one takes longer than all of them, once tables are large.
    options = "-c lock_timeout=5s -c statement_timeout=60s -c idle_in_transaction_session_timeout=120s -c jit=off"
    return {
        "isolation_level": "READ COMMITTED",
        "pool_pre_ping": True,
        "hide_parameters": True,  # errors are logged, and what was stored names people
        "connect_args": {
            "options": options,
            "prepare_threshold": None,
            "application_name": "toonbank",
            "connect_timeout": 5,  # seconds; a machine that is gone refuses nothing
        },
    }


def sqlite_module() -> ModuleType:
    """pysqlite3 bundles a SQLite that is safe in WAL mode; the system's is the fallback."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        import sqlite3 as dbapi2
    return dbapi2


def plug_in_database(app: Flask) -> None:
    url = str(app.config["SQLALCHEMY_DATABASE_URI"])
    app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", engine_options(url))
    db.init_app(app)
    with app.app_context():
        is_sqlite = url.startswith("sqlite")
        for prepare in (share_sqlite, prepare_sqlite) if is_sqlite else (share_postgresql, prepare_postgresql):
            prepare(db.engine)


def prepare_sqlite(engine: Engine) -> None:
    """Let us, not the driver, begin transactions: writers take the lock first, so nobody decides on stale facts."""
    safe_wal = sqlite_module().sqlite_version_info >= SAFE_WAL
    # Rows that are inserted by one statement get their ids in its order: SQLAlchemy need not insert them one by one.
    engine.dialect.insertmanyvalues_implicit_sentinel = InsertmanyvaluesSentinelOpts.ANY_AUTOINCREMENT

    @event.listens_for(engine, "connect")
    def on_connect(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        add_uncompressed(connection)
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA journal_mode={'WAL' if safe_wal else 'DELETE'}")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # what is erased stands in no free page
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.execute("PRAGMA trusted_schema=OFF")
        cursor.execute(f"PRAGMA analysis_limit={ANALYSIS_LIMIT}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        is_writing = not reading.get()
        if connection.info.get("is_writing") is not is_writing:
            driver_of(connection).execute(f"PRAGMA query_only={'OFF' if is_writing else 'ON'}")
        connection.info["is_writing"] = is_writing
        if connection.info.get("patience", 30_000) != patience.get():
            driver_of(connection).execute(f"PRAGMA busy_timeout={patience.get()}")
            connection.info["patience"] = patience.get()
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def prepare_postgresql(engine: Engine) -> None:
    """The driver says READ ONLY in the BEGIN that it sends anyway, and what it sees where that is not the usual."""

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        driver = driver_of(connection)
        if not driver.closed:  # else the first statement tells of it, in the way that everybody expects
            driver.read_only = reading.get()
            if connection.info.get("of_one_moment", False) is not of_one_moment.get():
                connection.info["of_one_moment"] = of_one_moment.get()
                engine.dialect.set_isolation_level(
                    driver, "REPEATABLE READ" if of_one_moment.get() else "READ COMMITTED"
                )


def driver_of(connection: Connection) -> Any:
    """The driver's own connection; what it can do beyond the standard, SQLAlchemy has no types for."""
    return connection.connection.dbapi_connection
