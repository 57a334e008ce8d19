"""Keys of programs, and the way in for staff, made at a terminal."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions.staff import add_staff
from app.cli.running import print_link
from app.extensions import db
from app.history import SYSTEM
from app.models import ApiToken
from app.security.rights import GROUPS
from app.security.sessions import begin_session
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


def test_the_owners_link_is_printed_until_somebody_has_come_in(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    with app.app_context():
        owner = add_staff("owner@example.org", role="owner", by=SYSTEM)
        db.session.commit()
        print_link("http://127.0.0.1:8000", asked=False)
        assert "http://127.0.0.1:8000/sign-in/" in capsys.readouterr().out
        begin_session(owner, browser="")
        db.session.commit()
        print_link("http://127.0.0.1:8000", asked=False)
        assert capsys.readouterr().out == ""
        print_link("http://127.0.0.1:8000", asked=True)
        assert "/sign-in/" in capsys.readouterr().out
