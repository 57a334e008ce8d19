"""Keys of programs: what they open, and what opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.api_keys import revoke_key
from app.extensions import db
from app.history import SYSTEM
from app.models import ApiToken
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
