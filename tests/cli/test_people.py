"""Keys of programs, made at a terminal."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import ApiToken
from app.security.rights import GROUPS
from tests.arrange import Run


def test_a_key_with_all_rights_is_the_last_word_and_opens_the_api(run: Run, app: Flask) -> None:
    made = run("key", "add", "Warehouse", "--rights", "all").output.split()[-1]

    answer = app.test_client().get("/api/orders", headers={"Authorization": f"Bearer {made}"})
    assert answer.status_code == 200
    with app.app_context():
        assert set(db.session.scalars(select(ApiToken)).one().rights) == {"read", *GROUPS}


def test_a_key_has_the_rights_that_are_named(run: Run, app: Flask) -> None:
    run("key", "add", "Till", "--rights", "read.orders,payments.mark_paid", "--right", "memos")

    with app.app_context():
        assert db.session.scalars(select(ApiToken.rights)).one() == ["memos", "payments.mark_paid", "read.orders"]


@pytest.mark.parametrize("rights", ["every", "payments.mark_payed", "read,"])
def test_an_unknown_right_makes_no_key(run: Run, app: Flask, rights: str) -> None:
    result = run("key", "add", "Till", "--rights", rights.replace("read,", ""))

    assert result.exit_code == 1
    with app.app_context():
        assert db.session.scalars(select(ApiToken)).all() == []
