"""Migration 0146: documents are stored compressed, say the same, and are sealed as they were."""

from __future__ import annotations

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.extensions import db
from app.models import Invoice
from app.operations import checks, sealing, setup, starting
from app.operations.schema_checks import read_guards
from app.queries.records import last_seal
from tests.factories import placed_order
from tests.migrations.going_back import go_back_before

STORED = text("SELECT typeof(snapshot) FROM invoice ORDER BY id")
WRITTEN = text("SELECT CAST(snapshot AS TEXT) FROM invoice ORDER BY id")


@pytest.mark.each_database
def test_documents_say_letter_by_letter_what_they_said(app: Flask) -> None:
    with app.app_context():
        for _time in range(3):
            placed_order()
        db.session.commit()
        sealing.seal_all()
        seal = str(last_seal())
        says = list(db.session.scalars(select(Invoice.snapshot).order_by(Invoice.id)))
        go_back_before("0146")
        before = list(db.session.scalars(WRITTEN))
        if db.engine.dialect.name == "sqlite":
            assert set(db.session.scalars(STORED)) == {"text"}
        db.session.remove()

        setup.upgrade()

        assert list(db.session.scalars(select(Invoice.snapshot).order_by(Invoice.id))) == says
        assert list(checks.findings(seal)) == []
        assert str(last_seal()) == seal
        if db.engine.dialect.name == "sqlite":
            assert set(db.session.scalars(STORED)) == {"blob"}
            assert list(db.session.scalars(text("SELECT uncompressed(snapshot) FROM invoice ORDER BY id"))) == before
        with pytest.raises(DBAPIError, match="never changes"):
            db.session.execute(text("UPDATE invoice SET snapshot = '{}'"))
        db.session.rollback()


def test_what_was_broken_off_goes_on(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        for _time in range(3):
            placed_order()
        db.session.commit()
        go_back_before("0146")
        migration = starting.migrations().get_revision("0146").module
        monkeypatch.setattr(migration, "AT_ONCE", 1)
        whole, done = migration.compress, list[str]()

        def break_off(said: str, dictionary: int) -> bytes:
            done.append(said)
            if len(done) == 2:
                raise KeyboardInterrupt
            return bytes(whole(said, dictionary))

        monkeypatch.setattr(migration, "compress", break_off)
        with (
            pytest.raises(KeyboardInterrupt),
            db.engine.begin() as connection,
            Operations.context(MigrationContext.configure(connection)),
        ):
            migration.upgrade()
        assert list(db.session.scalars(STORED)) == ["blob", "text", "text"]
        assert "invoice_is_fixed" in read_guards()
        db.session.remove()

        setup.upgrade()

        assert list(db.session.scalars(STORED)) == ["blob", "blob", "blob"]
        assert list(checks.findings()) == []
