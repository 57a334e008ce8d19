"""Every address of the application with what no record has in it: an answer in words, never an error of ours."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.config import ROOT
from tests.clients import Client, sign_in
from tests.factories import placed_order

#: One more than PostgreSQL's largest id, far more than any integer column holds, and a NUL, which it refuses in texts.
HUGE = "1" + "0" * 30
NO_RECORD = ("2147483648", HUGE, "a%00b")
#: How the program asks for one of them by its name.
READS = re.compile(r"""\b(?:args|form|given|asked)\.(?:get|getlist)\("(\w+)\"""")
READ_SOMEWHERE = {name for file in (ROOT / "app").rglob("*.py") for name in READS.findall(file.read_text())}
ASKED = sorted({"cursor", "limit", "since", "status", "page_size", "flt0_0", "flt1_2"} | READ_SOMEWHERE)
POSTED = sorted({"text", "into", "product_id"} | READ_SOMEWHERE)


@pytest.mark.parametrize(
    ("database_kind", "value"),
    [*(("postgresql", value) for value in NO_RECORD), ("sqlite", HUGE)],
    indirect=["database_kind"],
)
def test_no_address_answers_with_an_error_of_ours(
    app: Flask,
    in_app: Any,
    program: Any,
    monkeypatch: pytest.MonkeyPatch,
    value: str,
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr(app, "testing", False)
    with in_app():
        number = placed_order().number
    staff = sign_in(app, "owner")
    asked = "&".join(f"{name}={value}" for name in ASKED)
    posted = {name: value.replace("%00", "\0") for name in POSTED}

    wrong = []
    for rule in app.url_map.iter_rules():
        if "static" in rule.endpoint or "out" in rule.endpoint.rpartition(".")[2]:
            continue
        filled = {re.sub("<[^>]+>", value, rule.rule), re.sub("<(?!number)[^>]+>", value, rule.rule)}
        for path in (one.replace("<number>", number) for one in filled):
            browser: Client | Any = program if path.startswith("/api") else staff
            for method in sorted(rule.methods & {"GET", "POST"}):  # type: ignore[operator]
                body = {"json" if path.startswith("/api") else "data": posted} if method == "POST" else {}
                answer = browser.open(f"{path}?{asked}", method=method, **body)
                if answer.status_code >= 500 and answer.status_code != 503:
                    wrong.append((method, path, answer.status_code))
    assert wrong == []
