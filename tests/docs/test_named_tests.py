"""The pages that prove what they promise by tests name tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`([\w/]+\.py)?::(\w+)`")


@pytest.mark.parametrize("page", ["order-dashboard.md", "order-life.md", "security.md"])
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    file, missing, count = "", [], 0
    for named_file, name in NAMED.findall((ROOT / "docs" / page).read_text()):
        file, count = named_file or file, count + 1
        path = ROOT / "tests" / file
        if not path.is_file() or not re.search(rf"^def {name}\(", path.read_text(), re.MULTILINE):
            missing.append(f"{file}::{name}")

    assert missing == []
    assert count > {"order-dashboard.md": 60, "security.md": 15}.get(page, 0)
