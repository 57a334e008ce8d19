"""Lists that are narrowed by days: from one, until the end of another, in the shop's time zone, latest first."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from app import queries
from app.admin_views.filters import FilterByDay
from app.extensions import db
from app.models import Customer
from tests.clients import Client


def names(page: str) -> list[str]:
    return re.findall(r'class="row-link" href="[^"]*">([^<]*)<', page)


def test_a_list_is_narrowed_by_days_of_the_shop(app: Flask, client: Client, in_app: Any) -> None:
    with in_app():
        queries.shop().time_zone = "Europe/Amsterdam"
        for name, moment in (
            ("Late evening before", datetime(2026, 3, 1, 22, 59, tzinfo=UTC)),
            ("Midnight", datetime(2026, 3, 1, 23, 0, tzinfo=UTC)),
            ("Evening", datetime(2026, 3, 2, 22, 59, tzinfo=UTC)),
            ("Next day", datetime(2026, 3, 2, 23, 0, tzinfo=UTC)),
        ):
            db.session.add(Customer(name=name, created_at=moment))

    def shown(query: str) -> list[str]:
        return names(client.get(f"/admin/customer/?{query}").text)

    assert shown("flt0_created_at_since=2026-03-02&flt1_created_at_until=2026-03-02") == ["Evening", "Midnight"]
    assert shown("flt0_created_at_since=2026-03-03") == ["Next day"]
    assert shown("flt0_created_at_until=2026-03-01") == ["Late evening before"]
    assert shown("flt0_created_at_since=&flt1_created_at_until=2026-03-01&sort=0") == ["Late evening before"]
    page = client.get("/admin/customer/?flt0_created_at_since=2026-03-02&state=businesses&search=x").text
    assert 'name="flt1_created_at_since" value="2026-03-02"' in page  # the form holds it, and replaces it
    assert page.count('value="2026-03-02"') == 1 + page.count('type="hidden" name="flt0_created_at_since"')

    filters = 0
    for view in app.extensions["admin"][0]._views:
        for name, (_at, one) in (getattr(view, "_filter_args", None) or {}).items():
            if isinstance(one, FilterByDay):
                filters += 1
                day = "1990-01-01" if one.is_end else "2190-01-01"
                assert "Nothing matches" in client.get(f"{view.url}/?flt0_{name}={day}").text, (view.endpoint, name)
                said = client.get(f"{view.url}/?flt0_{name}=2026-02-30").text
                assert "This list does not know all" in said
    assert filters >= 16
