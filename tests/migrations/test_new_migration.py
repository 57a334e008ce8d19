"""Tables and migrations say the same, and a new migration is written as `make lint` wants it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa

from app.extensions import db

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.filterwarnings("ignore:.*expression-based index")


@pytest.fixture
def another_table() -> Iterator[None]:
    table = sa.Table(
        "supplier",
        db.metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(60), nullable=False, index=True),
    )
    yield
    db.metadata.remove(table)


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
def test_the_migrations_make_the_tables_that_the_records_stand_in() -> None:
    flask_migrate.check()


@pytest.mark.usefixtures("database", "another_table")
def test_a_table_without_a_migration_would_be_seen() -> None:
    with pytest.raises(SystemExit):
        flask_migrate.check()


@pytest.mark.usefixtures("database", "another_table")
@pytest.mark.parametrize("autogenerate", [True, False])
def test_a_new_migration_passes_lint(tmp_path: Path, autogenerate: bool) -> None:
    folder = tmp_path / "app" / "migrations"
    shutil.copytree(ROOT / "app" / "migrations", folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)

    flask_migrate.revision(
        directory=str(folder), message="Suppliers, from whom goods come", rev_id="9999", autogenerate=autogenerate
    )

    (file,) = (folder / "versions").glob("9999_*.py")
    text = file.read_text("utf-8")
    assert text.startswith('"""Suppliers, from whom goods come."""\n')
    assert ('"supplier"' in text) is autogenerate
    assert "#" not in text
    for task in (["check"], ["format", "--check"]):
        subprocess.run([sys.executable, "-m", "ruff", *task, str(file)], cwd=tmp_path, check=True)
