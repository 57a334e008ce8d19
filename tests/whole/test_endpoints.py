"""Every page that code or a template leads to by its name is there: a renamed view leaves no dead end behind."""

from __future__ import annotations

import re

from flask import Flask

from app.config import ROOT

NAMED = re.compile(r"""(?:url_for|get_url)\(\s*["']([\w.-]+)["']""")


def test_every_page_that_is_named_is_a_route(app: Flask) -> None:
    routes = {rule.endpoint for rule in app.url_map.iter_rules()}
    known = routes | {f".{route.partition('.')[2]}" for route in routes}
    sources = [*(ROOT / "app").rglob("*.py"), *(ROOT / "app").rglob("*.html")]
    named = {(file.name, name) for file in sources for name in NAMED.findall(file.read_text("utf-8"))}

    assert len(named) > 200
    assert sorted((file, name) for file, name in named if name not in known) == []
