"""Copies of everything, and migrations from nothing to now and back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask_migrate import check, downgrade
from sqlalchemy import inspect, select

from app.actions.drafts import begin_empty_draft
from app.extensions import db
from app.history import SYSTEM
from app.models import Order
from app.operations import backups, setup
from tests.factories import placed_order
from tests.migrations.going_back import go_back_to


@pytest.mark.usefixtures("database")
def test_a_backup_never_overwrites(tmp_path: Path):
    (tmp_path / "there").write_text("something else")

    with pytest.raises(FileExistsError, match="exists already"):
        backups.backup(tmp_path / "there")
    assert (tmp_path / "there").read_text() == "something else"


@pytest.mark.each_database
def test_a_copy_is_for_its_owner_only_and_of_one_that_fails_nothing_stays(app, tmp_path: Path, monkeypatch):
    before = os.umask(0)
    try:
        with app.app_context():
            backups.backup(tmp_path / "copy")
            assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
            monkeypatch.setattr(backups.archives, "describe", lambda *_args: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                backups.backup(tmp_path / "fails")
    finally:
        os.umask(before)
    assert [file.name for file in tmp_path.iterdir()] == ["copy"]


@pytest.mark.each_database
def test_migrations_make_what_the_models_say_and_can_be_taken_back(app):
    with app.app_context():
        db.session.remove()
        check()  # exits when the database differs from the models
        downgrade(revision="base")
        assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}
        setup.upgrade()
        setup.first_rows()
        db.session.commit()
        assert placed_order().number == "ORD10001"
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()


@pytest.mark.each_database
@pytest.mark.usefixtures("database")
def test_indexes_are_built_anew_on_a_shop_with_orders():
    numbers = {placed_order().number, begin_empty_draft(by=SYSTEM).number}
    db.session.commit()
    go_back_to("0008")
    before = {index["name"] for index in inspect(db.engine).get_indexes("orders")}
    setup.upgrade()

    after = {index["name"] for index in inspect(db.engine).get_indexes("orders")}
    assert "ix_orders_is_draft_placed_at" in before - after
    assert "ix_orders_placed_placed_at" in after - before
    assert not [name for name in after if "is_draft" in str(name)]
    assert set(db.session.scalars(select(Order.number))) == numbers
    db.session.rollback()
    for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
        copy.unlink()
