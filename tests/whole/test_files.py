"""Every file that an installation makes is its owner's alone, whatever the folder was."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from app import create_app
from app.extensions import db
from app.operations import backups
from tests.databases import forget_connections
from tests.factories import placed_order


def test_every_file_is_its_owners_whatever_the_folder_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    monkeypatch.setenv("TOONBANK_INSTANCE", str(folder))
    before = os.umask(0)
    try:
        (folder / "of-an-older-version.sqlite").write_text("copy")
        app = create_app()
        assert app.test_cli_runner().invoke(args=["toonbank", "init"]).exit_code == 0
        with app.app_context():
            placed_order()
            db.session.commit()
            backups.backup(folder / "copy.sqlite")
        (folder / "made-by-anybody.log").write_text("log")
        found = {file.name: file.stat().st_mode & 0o777 for file in folder.rglob("*") if file.is_file()}
    finally:
        forget_connections(app)
        os.umask(before)

    assert {name: oct(mode) for name, mode in found.items() if mode & 0o077} == {}
    assert {"shop.sqlite", "secret_key", "copy.sqlite", "made-by-anybody.log"} <= set(found)
    assert any(re.search("lock|wal|shm", name) for name in found)
