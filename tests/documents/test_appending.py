"""Appending the pages of PDFs: each as it was, what they share once, and what is not as ours are the long way."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader, PdfWriter

from app.documents.appending import Unusual, append_pages
from app.documents.merging import merged
from app.documents.render_process import render_together

AT = datetime(2026, 3, 14, 9, 26, tzinfo=UTC)
PAGE_BREAK = "<pdf:nextpage />"


@pytest.fixture(scope="module")
def documents() -> list[bytes]:
    """With a link, brackets in texts, one of two pages, and letters of another font."""
    texts = [
        '<a href="https://mugs.example/(1 0 R)">Pay</a>',
        f"Tea (green) 1 0 R{PAGE_BREAK}Second page",
        "<b>Tea</b> of the same font",
    ]
    drawn = render_together([(f"<p>{text}</p>", AT) for text in texts])
    return [one.pdf for one in drawn if one]


def texts_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content), strict=True).pages]


def looks_of(content: bytes) -> list[tuple[bytes, list[str], list[str]]]:
    """Per page what is drawn, its fonts and where its links lead."""
    return [
        (
            page.get_contents().get_data(),  # type: ignore[union-attr]
            sorted(str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()),
            [str(one.get_object()["/A"].get_object()["/URI"]) for one in page.annotations or ()],
        )
        for page in PdfReader(io.BytesIO(content)).pages
    ]


def test_each_page_is_as_it_was(documents: list[bytes]) -> None:
    together = append_pages(documents)

    assert len(documents) == 3
    assert texts_of(together) == [text for one in documents for text in texts_of(one)]
    assert looks_of(together) == [look for one in documents for look in looks_of(one)]
    assert "https://mugs.example/(1 0 R)" in looks_of(together)[0][2]


def test_what_was_put_together_is_put_together_again_in_any_portions(documents: list[bytes]) -> None:
    many = documents * 4
    together = append_pages(many)

    portions = append_pages([append_pages(many[:5]), append_pages(many[5:])])

    assert looks_of(portions) == looks_of(together) == looks_of(append_pages(documents)) * 4
    assert abs(len(portions) - len(together)) < 100
    assert len(together) < 2 * sum(map(len, documents))


def test_what_is_not_as_ours_is_put_together_the_long_way(documents: list[bytes]) -> None:
    writer, content = PdfWriter(clone_from=io.BytesIO(documents[0])), io.BytesIO()
    writer.encrypt("")
    writer.write(content)
    strange = [
        content.getvalue(),
        documents[0].replace(b"startxref", b"startXref"),
        documents[0][:-400],
        documents[0].replace(b"endobj", b"end_ob", 1),
        b"%PDF-1.4 nothing",
        b"",
    ]

    for one in strange:
        with pytest.raises(Unusual):
            append_pages([documents[1], one])
    assert texts_of(merged([documents[1], strange[0]])) == [*texts_of(documents[1]), *texts_of(documents[0])]


def test_of_pages_that_are_drawn_together_one_that_fails_harms_no_other() -> None:
    pages = ['<table><tr><td colspan="1000000">x</td></tr></table>', "<p>Mug</p>", "<p>Tea</p>"]

    failed, mug, tea = render_together([(page, AT) for page in pages])

    assert failed is None
    assert mug
    assert tea
    assert [texts_of(one.pdf) for one in (mug, tea)] == [["Mug\n"], ["Tea\n"]]
    assert render_together([]) == []
