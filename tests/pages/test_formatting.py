"""Every value on screen in the reader's words: lists and pages fall back on its type."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum

import pytest
from sqlalchemy import inspect

from app.admin_views.base import RecordView
from app.config import ROOT
from app.models import EInvoiceWay, InvoiceKind, JobKind, Source, TaskStatus, VatCategory
from app.pages.formatting import readable, size
from app.pages.labels import LABELS

MOMENT = datetime(2026, 11, 28, 15, 3, 9, 471839, tzinfo=UTC)


def test_no_page_groups_the_digits_of_a_number_the_english_way() -> None:
    pages = (ROOT / "app" / "templates").rglob("*.html")

    assert [str(page) for page in pages if ":,}" in page.read_text("utf-8")] == [], "use the filter `quantity`"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        (True, "Yes"),
        (MOMENT, "28 Nov 2026 16:03"),
        (date(2026, 11, 28), "28 Nov 2026"),
        (Decimal("1.5000"), "1.5"),
        (TaskStatus.IN_PROGRESS, "In progress"),
        ([Decimal("1.50"), None, False], "1.5, , No"),
        ({"since": date(2026, 11, 28), "words": ("a", "b")}, "since: 28 Nov 2026; words: a, b"),
        ("<b>&", "<b>&"),
        (7, "7"),
    ],
)
def test_a_value_is_readable_by_its_type(app, value, words):
    with app.test_request_context():
        assert readable(value) == words


@pytest.mark.parametrize(
    ("language", "bytes_", "words"),
    [
        ("en", 999, "999 byte"),
        ("de", 438_812, "438,8 kB"),
        ("fr", 438_812, "438,8\u202fko"),
        ("nl", 2_500_000_000, "2,5 GB"),
    ],
)
def test_the_size_of_a_file_is_written_as_in_the_language(app, language, bytes_, words):
    with app.test_request_context(headers={"Cookie": f"language={language}"}):
        assert size(bytes_) == words


def test_a_column_without_a_formatter_is_readable(client):
    page = client.get("/admin/staff/").text

    assert "+00:00" not in page


def test_every_state_that_a_list_shows_has_a_label(app):
    shown = {
        kind for view in app.extensions["admin"][0]._views if isinstance(view, RecordView) for kind in states(view)
    }

    assert TaskStatus in shown
    assert shown - set(LABELS) - WITHOUT_LOOKS == set()


#: What a view has words of its own for, or what is a plain word anyhow.
WITHOUT_LOOKS = {EInvoiceWay, InvoiceKind, JobKind, Source, VatCategory}


def states(view: RecordView) -> set[type[Enum]]:
    columns = inspect(view.model).columns
    kinds = {columns[name].type.python_type for name in view.column_list if name in columns}
    return {kind for kind in kinds if issubclass(kind, Enum)}


def test_every_record_of_a_list_says_in_words_which_one_it_is(app):
    lists = [view for view in app.extensions["admin"][0]._views if isinstance(view, RecordView)]

    assert [view.endpoint for view in lists if view.model.__str__ is object.__str__] == []


def test_what_is_made_once_speaks_the_readers_language_and_holds_nothing_of_a_request(client):
    """The dialogs of the frame and the badges of the list are kept from page to page."""
    pages = {}
    for language in ("en", "de", "en"):
        client.set_cookie("language", language)
        pages.setdefault(language, []).append(client.get("/admin/order/").text.partition('id="leaving"')[2])
    first, again = pages["en"]
    assert "Keyboard shortcuts" in first
    assert "Tastenkürzel" in pages["de"][0]
    assert first
    assert first == again
    assert "csrf" not in first
    assert "form_token" not in first
