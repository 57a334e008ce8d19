"""Arguments of an address that a list hands on to its links: none of them says how addresses are made."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.clients import Client, Program
from tests.factories import placed_order


@pytest.mark.parametrize(
    "arguments",
    ["_external=1", "_external=1&_scheme=javascript", "_method=PAY", "_anchor=x", "self=1", "endpoint=x", "values=1"],
)
def test_links_of_a_list_lead_to_the_same_whatever_is_said_of_addresses(
    client: Client, program: Program, in_app: Any, arguments: str
) -> None:
    with in_app():
        placed_order()
        placed_order()

    for browser, path in (
        (client, "/admin/customer/?search=a"),
        (client, "/admin/outbox/?"),
        (program, "/api/orders?limit=1"),
    ):
        browser.get(path)  # which also shows what waits to be said
        assert links(browser.get(f"{path}&{arguments}").text) == links(browser.get(path).text)


def links(text: str) -> list[str]:
    found = re.findall(r'(?:href|action|"next"): ?"([^"]+)"|href="([^"]+)"', text)
    assert found
    return ["".join(one) for one in found]
