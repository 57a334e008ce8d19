"""The pictures of the docs, which `make pictures` takes: each is shown somewhere, and none is missing or large."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from app.connections.shops import PLATFORMS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PICTURES = sorted((DOCS / "pictures").glob("*"))
SHOWN = re.compile(r"!\[[^\]]+\]\(pictures/([^)]+)\)")


def test_every_picture_is_shown_and_every_one_that_is_shown_exists() -> None:
    shown = {name for page in DOCS.glob("*.md") for name in SHOWN.findall(page.read_text())}

    assert shown == {one.name for one in PICTURES}


def test_of_every_platform_there_is_a_picture_of_its_access() -> None:
    wanted = {f"access-{source.value}.png" for source in PLATFORMS}

    assert wanted == {one.name for one in PICTURES if one.name.startswith("access-")}, "make pictures takes them"


@pytest.mark.parametrize("file", PICTURES, ids=lambda one: one.name)
def test_a_picture_is_small_and_wide_enough(file: Path) -> None:
    picture = Image.open(file)

    assert (picture.format, picture.mode, picture.width) == ("PNG", "P", 1100)
    assert file.stat().st_size <= 60_000
