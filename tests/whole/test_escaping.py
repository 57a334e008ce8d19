"""Markup that people typed, in any field of any record, is text on every page."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser import every_page
from tests.clients import Client

MARKUP = "<i class=typed>&"
#: They are made by the same templates, and there are many.
POP_UP = re.compile(r"/admin/order/[^/]+/\w|/api/")


def test_no_page_takes_what_people_typed_for_markup(
    samples: dict[str, list[Any]], owner: Client, in_app: Any, paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(every_page, "TYPED", MARKUP)
    with in_app():
        every_page.let_people_type()
    answers = {path: owner.get(path) for path in paths if not POP_UP.match(path)}
    pages = {path: answer.text for path, answer in answers.items() if answer.mimetype == "text/html"}

    assert [path for path, page in pages.items() if "<i class=typed" in page] == []
    assert sum("&lt;i class=typed&gt;&amp;" in page for page in pages.values()) > 20
