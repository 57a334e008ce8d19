"""The terms: a PDF by its content, kept as long as a mail needs it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.actions.terms import LARGEST_FILE, file_name, remove_terms, replace_terms, terms_of
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor
from app.models import History, StoredFile
from app.queries import shop
from tests.arrange import pdf

pytestmark = pytest.mark.usefixtures("database")

ANN = Actor("person", "Ann", None)


def changes() -> list[list[str]]:
    return [event.facts["changes"]["terms"] for event in db.session.scalars(select(History).order_by(History.id))]


def test_new_terms_take_the_place_of_old_ones_which_stay_for_what_was_sent():
    first = replace_terms(shop(), name="Terms 2025.pdf", content=pdf(), by=ANN)
    second = replace_terms(shop(), name="Terms 2026.pdf", content=pdf(pages=2), by=ANN)

    assert terms_of(shop()) is second
    assert len(second.sha256) == 64
    assert db.session.scalars(select(StoredFile).order_by(StoredFile.id)).all() == [first, second]
    assert changes() == [["", "Terms 2025.pdf"], ["Terms 2025.pdf", "Terms 2026.pdf"]]


def test_terms_are_removed_once():
    replace_terms(shop(), name="Terms.pdf", content=pdf(), by=ANN)

    remove_terms(shop(), by=ANN)
    remove_terms(shop(), by=ANN)

    assert terms_of(shop()) is None
    assert changes() == [["", "Terms.pdf"], ["Terms.pdf", ""]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "This is not a PDF."),
        (b"<html>%PDF-", "This is not a PDF."),
        (b"%PDF-1.7 and then nothing", "This PDF can't be read"),
        (pdf(password="secret"), "This PDF can't be read"),
        (pdf(pages=0), "This PDF can't be read"),
        (b"%PDF-" + b"x" * LARGEST_FILE, "The file is larger than 5 MB."),
    ],
)
def test_what_no_customer_could_read_is_refused(content, reason):
    with pytest.raises(ActionRefused, match=reason):
        replace_terms(shop(), name="Terms.pdf", content=content, by=ANN)

    assert (terms_of(shop()), db.session.scalars(select(StoredFile)).all(), changes()) == (None, [], [])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Terms.PDF", "Terms.pdf"),
        ("C:\\papers\\Allgemeine Bedingungen.pdf", "Allgemeine Bedingungen.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("a\r\nb\0.pdf", "ab.pdf"),
        ("", "terms.pdf"),
        ("x" * 400 + ".pdf", "x" * 200 + ".pdf"),
    ],
)
def test_a_files_name_is_its_last_part_with_the_ending(given, kept):
    assert file_name(given) == kept
