"""A mail as HTML: its lines, links and directions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mails.markup import as_fragment


def test_lines_of_a_paragraph_stand_below_each_other() -> None:
    assert as_fragment("Dear Femke,\n\nMug\nTeapot\n") == "<p>Dear Femke,</p>\n<p>Mug<br>\nTeapot</p>"


def test_a_line_of_arabic_or_hebrew_runs_from_the_right() -> None:
    html = as_fragment("Deliver to:\nمحمد عبد الله\nMarkt 87")

    right = '<span dir="rtl" style="display: block; text-align: right">محمد عبد الله</span>'
    assert html == f"<p>Deliver to:<br>\n{right}\nMarkt 87</p>"
    assert 'dir="rtl"' not in as_fragment("Dear שלום,")


@pytest.mark.parametrize("text", ["", "\n", "one"])
def test_an_empty_text_is_an_empty_paragraph(text: str) -> None:
    assert as_fragment(text) == f"<p>{text.strip()}</p>"


@given(st.text("aא<&\n ", max_size=40))
def test_nothing_of_the_text_is_lost(text: str) -> None:
    said = re.sub(r"<[^>]*>", "", as_fragment(text)).replace("&lt;", "<").replace("&amp;", "&")

    assert "".join(said.split()) == "".join(text.split())
