"""Going back in a hurry leaves what going back leaves."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import downgrade
from sqlalchemy import text

from app.extensions import db
from tests.databases import forget_connections
from tests.migrations.going_back import go_back_to

#: The first migration since only adds columns: with them, the triggers come back last of all.
BEFORE = "0125"


def test_triggers_that_were_laid_aside_are_back(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        file, kept = Path(str(db.engine.url.database)), tmp_path / "kept.sqlite"
        forget_connections(app)
        shutil.copyfile(file, kept)
        downgrade(revision=BEFORE)
        slowly = schema()
        forget_connections(app)
        shutil.copyfile(kept, file)

        go_back_to(BEFORE)

        assert schema() == slowly
        assert sum(kind == "trigger" for kind, *_rest in slowly) > 50


def schema() -> list[tuple[Any, ...]]:
    with db.engine.connect() as connection:
        found = connection.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"))
        return [tuple(row) for row in found]
