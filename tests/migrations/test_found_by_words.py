"""Migration 0088: what a shop of before has is found by its words, and stays so whatever is done to it."""

from __future__ import annotations

import importlib

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.columns import now
from app.extensions import db
from app.models import FOUND_BY, SEARCH_DOCUMENTS, Customer, Product
from app.operations import backups, setup
from app.operations.search_checks import word_findings
from app.queries.record_search import CUSTOMER_SEARCH, FOLDED, PRODUCT_SEARCH, Searched, find_first
from tests.migrations.going_back import go_back_before

migration = importlib.import_module("app.migrations.versions.0088_found_by_words")


def found(searched: Searched, question: str) -> list[str]:
    listed = select(searched.model.id.label("id")).order_by(searched.model.id)
    return [row.name for row in find_first(searched, question, listed, most=5)]


@pytest.mark.each_database
def test_a_shop_of_before_is_found_by_its_words(app: Flask) -> None:
    with app.app_context():
        db.session.add_all(
            [Customer(name="Zoë Müller-Ørsted", email="zoe@example.org"), Product(name="Öl 50%", sku=None)]
        )
        db.session.commit()
        go_back_before("0088")
        setup.upgrade()

        assert found(CUSTOMER_SEARCH, "ZOE") == found(CUSTOMER_SEARCH, "muller-orsted") == ["Zoë Müller-Ørsted"]
        assert found(CUSTOMER_SEARCH, "zoë@example.org") == ["Zoë Müller-Ørsted"]
        assert found(CUSTOMER_SEARCH, "muller example.com") == []
        db.session.scalars(select(Customer)).one().name = "Štefan"
        db.session.add(Product(name='5" pipe', sku="P-5"))
        db.session.commit()
        assert (found(CUSTOMER_SEARCH, "muller"), found(CUSTOMER_SEARCH, "stefan")) == ([], ["Štefan"])
        assert (found(PRODUCT_SEARCH, "50%"), found(PRODUCT_SEARCH, '5" pi'), found(PRODUCT_SEARCH, "_-5")) == (
            ["Öl 50%"],
            ['5" pipe'],
            [],
        )
        assert list(word_findings()) == []
        db.session.delete(db.session.scalars(select(Customer)).one())
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(SEARCH_DOCUMENTS["customer"])) == 0
        db.session.rollback()
        for copy in backups.sqlite_file().parent.glob("*before-upgrade*") if backups.is_sqlite() else ():
            copy.unlink()


def test_questions_are_folded_as_documents_are() -> None:
    assert migration.FOUND_BY == FOUND_BY
    both = {plain: set(letters.lower()) for plain, letters in migration.FOLDED.items()}
    assert {plain: letters - {"i", "\u0307"} for plain, letters in both.items()} == {
        plain: set(letters) for plain, letters in FOLDED.items()
    }


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
def test_every_document_is_kept_by_its_triggers() -> None:
    """Also when a program writes to the database that is none of ours."""
    db.session.execute(
        text(
            "INSERT INTO security_event (at, kind, account, client, detail, times) VALUES (:at, 'x', 'Ünal', '', '', 1)"
        ),
        {"at": now()},
    )
    document = SEARCH_DOCUMENTS["security_event"]
    assert "unal" in db.session.scalars(select(document.c.words).order_by(document.c.id.desc())).first()
    db.session.execute(text("UPDATE security_event SET account = '' WHERE account = 'Ünal'"))
    assert "unal" not in db.session.scalars(select(document.c.words).order_by(document.c.id.desc())).first()
    db.session.rollback()
