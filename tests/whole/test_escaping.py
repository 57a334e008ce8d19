"""Markup that people typed, in any field of any record, is text on every page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser import every_page
from tests.clients import Client

TEMPLATES = Path(__file__).parents[2] / "app" / "templates"

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


#: A link in which a template fills in what somebody typed.
FILLED_IN = re.compile(r"""["'](?:mailto|tel|sms):\{\{([^}]*)\}\}""")


def test_no_address_or_phone_number_adds_to_the_link_that_it_stands_in() -> None:
    """Else “a@b.example?bcc=c@d.example” writes to somebody else as well."""
    found = [
        (file.name, said) for file in TEMPLATES.rglob("*.html") for said in FILLED_IN.findall(file.read_text("utf-8"))
    ]

    assert len(found) > 5
    assert [one for one in found if not one[1].strip().endswith("|urlencode")] == []
