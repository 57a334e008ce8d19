"""Trying a copy: restored into a temporary place, brought up to date, and checked, its secrets among it."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask, current_app

from app.extensions import db, end_session, read_only
from app.operations import checks, restoring
from app.operations.archives import Contents
from app.operations.databases_beside import migrate_to


def verify(copy: Path, passphrase: str = "") -> list[str]:
    """What is wrong with it; [] for a copy that can be relied on. Raises CanNotRestore, NeedsPassphrase."""
    with TemporaryDirectory(prefix="toonbank-verify-") as place, restoring.open_copy(copy, passphrase) as contents:
        restoring.look_at(contents.database, copy)
        restored = Path(place) / "shop.sqlite"
        shutil.copyfile(contents.database, restored)
        app = app_on(restored, contents)
        with app.app_context(), read_only():
            try:
                return list(checks.findings())
            finally:
                end_session()
                db.engine.dispose()


def app_on(restored: Path, contents: Contents) -> Flask:
    from app import create_app

    own = {"CREDENTIALS_KEY": contents.keys.get("credentials_key") or current_app.config["CREDENTIALS_KEY"]}
    app: Flask = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{restored}", **own}, sites=())
    with app.app_context():
        migrate_to("head", db.engine)
    return app
