"""Every fault of the start is one sentence that says what to do, and leaves everything as it was."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import cache
from pathlib import Path

import pytest

from app import create_app
from app.errors import CannotStart
from app.extensions import sqlite_module
from app.locking import database as locks
from tests import postgresql
from tests.databases import forget_connections

SAID = "Error: "

Said = Callable[..., str]


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "TOONBANK_PROXIES", "TOONBANK_CREDENTIALS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TOONBANK_INSTANCE", str(tmp_path / "instance"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "instance"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[Said]:
    """What a command says in a process of its own, as far as that goes without one; it must fail, in one line."""

    def command(*words: str, **environ: str) -> str:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        app = app_of(tuple(environ.items()))
        done = app.test_cli_runner().invoke(args=["toonbank", *words])
        forget_connections(app)
        assert done.exit_code == 1, done.output
        assert done.output.startswith(SAID), done.output
        assert done.output.count("\n") == 1, done.output
        return done.output.removeprefix(SAID).strip()

    app_of = cache(lambda _environ: create_app(sites=()))
    yield command
    locks.held.clear()


@pytest.fixture
def shop_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a shop, as `init` makes it; made once, then copied."""
    ready = tmp_path_factory.getbasetemp() / "ready-shop"
    if not ready.exists():
        app = create_app(sites=())
        assert app.test_cli_runner().invoke(args=["toonbank", "init"]).exit_code == 0
        forget_connections(app)
        locks.held.clear()
        shutil.copytree(folder, ready)
    shutil.copytree(ready, folder, dirs_exist_ok=True)
    return folder


def all_bytes(folder: Path) -> dict[str, bytes]:
    """But for locks, which are made by looking."""
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file() and one.suffix != ".lock"}


# --- before there is an application ---------------------------------------------------------------------------------


def test_a_folder_that_is_a_file(folder: Path) -> None:
    folder.write_text("here")

    with pytest.raises(CannotStart, match=r"it is a file.*TOONBANK_INSTANCE"):
        create_app()
    assert folder.read_text() == "here"


def test_a_folder_that_can_not_be_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write_text("here")
    monkeypatch.setenv("TOONBANK_INSTANCE", str(folder / "below"))

    with pytest.raises(CannotStart, match=f"can't be made .{os.strerror(errno.ENOTDIR)}.*TOONBANK_INSTANCE"):
        create_app()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_folder_that_is_read_only(folder: Path) -> None:
    folder.mkdir(mode=0o500)

    with pytest.raises(CannotStart, match="can't be written to"):
        create_app()


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("A = 1\nB = (\n", r"config\.py, line 2: '\(' was never closed. Correct that line"),
        ("A = 1\n\nB = int('x')\n", r"config\.py, line 3: invalid literal for int.* Correct it"),
        ("import nothing_of_the_kind\n", r"config\.py, line 1: No module named"),
        ("A = 1\0\n", r"config\.py: source code .*null bytes\. Correct"),
    ],
)
def test_a_mistake_in_the_settings_file(folder: Path, written: str, sentence: str) -> None:
    folder.mkdir()
    (folder / "config.py").write_text(written)

    with pytest.raises(CannotStart, match=sentence):
        create_app()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://root:hidden@db/shop", "names mysql: Toonbank runs on SQLite and PostgreSQL"),
        ("postgresql+psycopg2://root:hidden@db/shop", r"names postgresql\+psycopg2"),
        ("hidden", "is no address of a database"),
        ("postgresql://root:hidden@db:port/shop", "is no address of a database"),
    ],
)
def test_another_database_than_ours(monkeypatch: pytest.MonkeyPatch, url: str, sentence: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    with pytest.raises(CannotStart, match=sentence) as refused:
        create_app()
    assert "hidden" not in str(refused.value)


def test_a_number_of_proxies_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOONBANK_PROXIES", "yes")

    with pytest.raises(CannotStart, match="TOONBANK_PROXIES is yes"):
        create_app()


@pytest.mark.parametrize(
    ("name", "left"), [("secret_key", ""), ("password_salt", "cut-off-half-way"), ("credentials_key", "")]
)
def test_a_secret_that_is_empty_or_cut_off(folder: Path, name: str, left: str) -> None:
    folder.mkdir()
    (folder / name).write_text(left)

    with pytest.raises(CannotStart, match=f"{name} (is empty|holds 16 characters only).*Put it back from a copy"):
        create_app()
    assert (folder / name).read_text() == left


@pytest.mark.parametrize("damaged", [b"\0" * 64, b"\xff" * 64])
def test_a_secret_that_is_no_text(folder: Path, damaged: bytes) -> None:
    folder.mkdir()
    (folder / "secret_key").write_bytes(damaged)

    with pytest.raises(CannotStart, match=r"secret_key is no text: it was damaged\. Put it back from a copy"):
        create_app()


def test_a_folder_instead_of_the_settings_file(folder: Path) -> None:
    (folder / "config.py").mkdir(parents=True)

    with pytest.raises(CannotStart, match=r"config\.py is a folder"):
        create_app()


def test_a_program_that_starts_loads_nothing_that_few_of_its_pages_need() -> None:
    """A fifth of the time in which each command, each web process and each worker begins."""
    said = "import sys; import app; print(*{'openpyxl', 'xlsxwriter', 'zxcvbn', 'reportlab'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_a_web_server_that_imports_it_ends_with_the_sentence(folder: Path) -> None:
    folder.write_text("here")

    done = subprocess.run([sys.executable, "-c", "import wsgi"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("Toonbank can't start: the folder ")


# --- the database ---------------------------------------------------------------------------------------------------


def test_before_init_nothing_is_made(said: Said, folder: Path) -> None:
    missing = f"There is no database yet ({folder}/shop.sqlite). Make it: flask --app wsgi toonbank init"
    for command in ("serve --port 0", "worker", "check", "settings", "pull", "user add jo@example.org"):
        assert said(*command.split()) == missing
        assert list(folder.iterdir()) == []


def test_keys_without_their_database_are_no_new_shop(said: Said, shop_folder: Path) -> None:
    for file in shop_folder.glob("shop.sqlite*"):
        file.unlink()
    before = all_bytes(shop_folder)

    sentence = said("init", "--demo")
    assert "shop.sqlite is not there, though" in sentence
    assert "toonbank restore COPY" in sentence
    assert all_bytes(shop_folder) == before

    app = create_app(sites=())
    assert app.test_cli_runner().invoke(args=["toonbank", "init", "--new"]).exit_code == 0
    forget_connections(app)
    keys = {name: held for name, held in all_bytes(shop_folder).items() if not name.startswith("shop.")}
    assert keys == before


def test_a_damaged_database_says_which_copies_there_are(said: Said, shop_folder: Path) -> None:
    file = shop_folder / "shop.sqlite"
    shutil.copyfile(file, shop_folder / "shop.before-upgrade-20261101-120000.sqlite")
    file.write_bytes(b"\0" * 100 + file.read_bytes()[100:])
    before = file.read_bytes()

    for command in ("serve --port 0", "init", "check"):
        sentence = said(*command.split())
        assert sentence.startswith(
            f"{file} is damaged. Beside it there are shop.before-upgrade-20261101-120000.sqlite."
        )
        assert "toonbank restore COPY" in sentence
        assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("schema", "commands", "sentence"),
    [
        (
            "9999_later",
            ("serve --port 0", "worker", "init"),
            "of a newer version of Toonbank than this one (9999_",
        ),
        ("0001", ("serve --port 0", "worker"), "of an older version of Toonbank (0001). Bring it up to date: flask"),
    ],
)
def test_a_schema_that_does_not_fit(
    said: Said, shop_folder: Path, schema: str, commands: tuple[str, ...], sentence: str
) -> None:
    with sqlite_module().connect(shop_folder / "shop.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (schema,))
    connection.close()

    for command in commands:
        assert sentence in said(*command.split())
    app = create_app(sites=())
    answer = copy_context().run(app.test_client().get, "/readyz")
    forget_connections(app)
    assert answer.status_code == 503
    assert sentence in answer.text


def test_postgresql_that_is_down(said: Said) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"postgresql://toonbank:hidden@127.0.0.1:{port}/shop"

    for command in (("serve", "--port", "0"), ("init",), ("worker",)):
        sentence = said(*command, DATABASE_URL=url)
        assert f"PostgreSQL on 127.0.0.1:{port} can't be used" in sentence
        assert "Start it, or correct DATABASE_URL." in sentence
        assert "hidden" not in sentence


def test_a_postgresql_that_nobody_knows(said: Said) -> None:
    sentence = said("check", DATABASE_URL="postgresql://toonbank:hidden@nobody.invalid/shop")

    assert sentence.startswith("PostgreSQL on nobody.invalid can't be used (")
    assert "hidden" not in sentence


def test_a_host_that_is_none_of_this_machine(said: Said, shop_folder: Path) -> None:
    sentence = said("serve", "--host", "nobody.invalid", "--port", "0", TOONBANK_INSTANCE=str(shop_folder))

    assert sentence == "nobody.invalid is no address of this machine. Choose another --host."


def test_a_postgresql_without_a_shop(said: Said) -> None:
    if not postgresql.is_installed():
        pytest.skip("PostgreSQL is not installed")
    postgresql.start()
    name = f"nothing_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    postgresql.create(name)

    assert said("check", DATABASE_URL=postgresql.url(name)).startswith("There is no shop in the database yet. Make it:")
    missing = postgresql.url(name).replace(name, "not_there")
    assert 'database "not_there" does not exist' in said("init", DATABASE_URL=missing)


# --- the rest -------------------------------------------------------------------------------------------------------


def test_a_port_that_is_taken_begins_no_work_and_no_link(said: Said, shop_folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        sentence = said("serve", "--port", str(port))

    assert sentence.startswith(f"Another program serves 127.0.0.1:{port}")
    with sqlite_module().connect(shop_folder / "shop.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM worker_heartbeat").fetchone() == (0,)
    connection.close()


def test_a_copy_to_where_there_is_no_room_leaves_nothing(said: Said, shop_folder: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this machine has no full disk to try it with")
    (shop_folder / "below").write_text("a file")

    assert said("backup", str(full)).endswith("exists already: choose another name")
    assert (
        said("backup", str(shop_folder / "below" / "copy"))
        == f"{shop_folder / 'below'} is no folder: choose another place"
    )


def test_secrets_are_kept_with_the_first_database_and_stay(folder: Path) -> None:
    app = create_app(sites=())
    assert app.test_cli_runner().invoke(args=["toonbank", "init"]).exit_code == 0
    kept = {name: (folder / name).read_text() for name in ("secret_key", "password_salt", "credentials_key")}
    again = create_app(sites=())
    forget_connections(app)
    locks.held.clear()

    config = ("SECRET_KEY", "SECURITY_PASSWORD_SALT", "CREDENTIALS_KEY")
    assert [app.config[key] for key in config] == list(kept.values()) == [again.config[key] for key in config]
    assert [one.stat().st_mode & 0o777 for one in folder.iterdir() if one.name in kept] == [0o600] * 3
    assert not list(folder.glob("*.new"))
