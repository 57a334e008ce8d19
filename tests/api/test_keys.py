"""Keys of programs: what they open, and what opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.actions.api_keys import revoke_key
from app.admin_views.rights_list import rights
from app.extensions import db
from app.history import SYSTEM
from app.models import ApiToken
from app.security.rights import READING
from tests.api.sent import ORDER


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer nonsense", "Basic dG9vbg==", "Bearer \xe9"])
def test_without_a_key_that_counts_nothing_is_told(app: Flask, header: str | None) -> None:
    answer = app.test_client().get("/api/orders", headers={"Authorization": header} if header else {})

    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_opens_what_it_was_given_and_no_more(program_with: Callable[..., Any]) -> None:
    reader = program_with("read.orders")

    assert reader.get("/api/orders").status_code == 200
    assert reader.get("/api/customers").status_code == 403
    refusal = reader.post("/api/orders", json=ORDER)
    assert refusal.status_code == 403
    assert "imports.place_order" in refusal.json["detail"]


def operations(app: Flask) -> list[tuple[str, str, str]]:
    """Address, method and right of whatever programs can ask; the right is "" where none is declared."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            if rule.rule.startswith("/api/") and hasattr(app.view_functions[rule.endpoint], "view_class"):
                given = {
                    **dict.fromkeys(rule.arguments, 1),
                    **({"written": "ubl"} if "written" in rule.arguments else {}),
                }
                path = app.url_map.bind("localhost").build(rule.endpoint, given)
                asked = app.view_functions[rule.endpoint].view_class  # type: ignore[attr-defined]
                for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                    found.append((path, method, getattr(getattr(asked, method.lower()), "right", "")))
    return found


def test_each_operation_takes_its_one_right(app: Flask, in_app: Any, program_with: Callable[..., Any]) -> None:
    """A key with all others is refused, and one with that alone is not, whatever else may be wrong."""
    program = program_with("read.orders")
    with app.test_request_context():
        single = {*READING, *(right for some in rights().values() for right, _title in some)} - {"read"}
    wrong, asked = [], sorted(operations(app), key=lambda one: one[2])
    for right, of_right in groupby(asked, key=itemgetter(2)):
        ways = [(path, method) for path, method, _right in of_right]
        for given, is_let_in in ((sorted(single - {right}), False), ([right], True)):
            with in_app():
                db.session.execute(update(ApiToken).values(rights=given))
            answers = [program.open(path, method=method, json={}).status_code for path, method in ways]
            wrong += [
                f"{way} with {'it alone' if is_let_in else 'all but ' + right}: {status}"
                for way, status in zip(ways, answers, strict=True)
                if (status == 403) == is_let_in or status == 401
            ]

    assert wrong == []
    assert {right for _path, _method, right in asked} <= single
    assert len(asked) > 90


def test_a_revoked_key_is_dead(app: Flask, program: Any) -> None:
    with app.app_context():
        revoke_key(db.session.scalars(select(ApiToken)).one(), by=SYSTEM)
        db.session.commit()

    assert program.get("/api/orders").status_code == 401


def test_a_cookie_of_the_back_office_is_no_key(client: Any) -> None:
    assert client.get("/api/orders").status_code == 401


def test_only_the_hash_of_a_key_is_stored(app: Flask, program: Any) -> None:
    with app.app_context():
        token = db.session.scalars(select(ApiToken)).one()
        assert program.key not in (token.hash, token.beginning)
        assert program.key.startswith(token.beginning)
