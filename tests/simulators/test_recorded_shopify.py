"""What was asked of a recorded Shopify shop is understood by the simulated one, as far as it takes part.

The recordings lie in a folder outside the project that TOONBANK_PAYLOADS names.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema, parse, validate

from tests.simulators.shopify.schema import SCHEMA

FOLDER = Path(os.environ.get("TOONBANK_PAYLOADS") or "nowhere") / "shopify-graphql"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="TOONBANK_PAYLOADS names no folder")

FILES = ("cancel-refused", "fulfilment-refused", "fulfilment-several-codes", "tracking-added-and-changed")
#: What is asked there to set the scene, and by nobody here.
APART = ("orderCreate", "fulfillmentOrder(id", "V2")


def queries_in(told: Any) -> Iterator[str]:
    if isinstance(told, dict):
        for name, value in told.items():
            if name == "query" and isinstance(value, str):
                yield value
            else:
                yield from queries_in(value)
    elif isinstance(told, list):
        for value in told:
            yield from queries_in(value)


@pytest.mark.parametrize("name", FILES)
def test_recorded_questions_fit_the_schema(name: str) -> None:
    schema = build_schema(SCHEMA)
    asked = set(queries_in(json.loads((FOLDER / f"{name}.json").read_text("utf-8"))))
    ours = [one for one in asked if not any(apart in one for apart in APART)]

    assert ours
    assert {error.message for one in ours for error in validate(schema, parse(one))} == set()
