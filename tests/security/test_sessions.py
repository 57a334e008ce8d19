"""One-time links, live sign-ins and the last owner, on each database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.actions.staff import add_staff
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.models import SignInLink, Staff, StaffSession
from app.security import sessions


def somebody(email: str = "ann@example.org", role: str = "owner") -> Staff:
    return add_staff(email, role=role, by=SYSTEM)


def token_for(staff: Staff) -> str:
    return sessions.sign_in_link(staff).removeprefix("/sign-in/")


@pytest.mark.each_database
def test_a_link_works_once(database: None) -> None:
    ann = somebody()
    token = token_for(ann)

    assert sessions.whose_link(token) is ann
    assert sessions.use_link(token) is ann
    assert sessions.use_link(token) is None
    assert sessions.whose_link(token) is None


def test_a_link_runs_out(database: None) -> None:
    token = token_for(somebody())
    db.session.execute(update(SignInLink).values(expires_at=now() - timedelta(seconds=1)))

    assert sessions.whose_link(token) is None
    assert sessions.use_link(token) is None


def test_a_link_signs_nobody_in_who_was_deactivated(database: None) -> None:
    ann = somebody()
    token = token_for(ann)
    ann.active = False
    db.session.flush()

    assert sessions.whose_link(token) is None
    assert sessions.use_link(token) is None


@pytest.mark.each_database
def test_of_two_who_use_a_link_at_once_one_gets_in(app: Flask) -> None:
    with app.app_context():
        token = token_for(somebody())
        db.session.commit()

    def use(number: int) -> bool:
        with app.app_context():
            found = sessions.use_link(token) is not None
            db.session.commit()
            return found

    with ThreadPoolExecutor(4) as several:
        assert sorted(several.map(use, range(4))) == [False, False, False, True]


def test_the_database_keeps_no_secret_that_signs_in(database: None) -> None:
    ann = somebody()
    token, secret = token_for(ann), sessions.begin_session(ann, browser="Firefox")

    assert db.session.scalars(select(SignInLink.id)).all() == [sessions.hash_secret(token)]
    assert db.session.scalars(select(StaffSession.id)).all() == [sessions.hash_secret(secret)]


@pytest.mark.each_database
def test_a_sign_in_counts_for_its_person_until_it_has_been_idle(database: None) -> None:
    ann, bob = somebody(), somebody("bob@example.org")
    secret = sessions.begin_session(ann, browser="Firefox")
    hour = timedelta(hours=1)

    found = sessions.signed_in(secret, ann.fs_uniquifier, idle=hour)
    assert found is not None
    assert found[0] is ann
    assert sessions.signed_in(secret, bob.fs_uniquifier, idle=hour) is None
    assert sessions.signed_in("something else", ann.fs_uniquifier, idle=hour) is None

    db.session.execute(update(StaffSession).values(seen_at=now() - 2 * hour))
    assert sessions.signed_in(secret, ann.fs_uniquifier, idle=hour) is None


def test_ending_the_sessions_of_one_leaves_those_of_others(database: None) -> None:
    ann, bob = somebody(), somebody("bob@example.org")
    for _time in range(2):
        sessions.begin_session(ann, browser="Firefox")
    kept, link = sessions.begin_session(bob, browser="Safari"), token_for(ann)

    sessions.end_sessions(ann)

    assert db.session.scalars(select(StaffSession.id)).all() == [sessions.hash_secret(kept)]
    assert sessions.whose_link(link) is None


def test_purging_takes_only_what_has_run_out(database: None) -> None:
    ann = somebody()
    old, kept = sessions.begin_session(ann, browser=""), sessions.begin_session(ann, browser="")
    old_link, kept_link = token_for(ann), token_for(ann)
    db.session.execute(
        update(StaffSession)
        .where(StaffSession.id == sessions.hash_secret(old))
        .values(seen_at=now() - timedelta(days=31))
    )
    db.session.execute(
        update(SignInLink).where(SignInLink.id == sessions.hash_secret(old_link)).values(expires_at=now())
    )

    sessions.purge()

    assert db.session.scalars(select(StaffSession.id)).all() == [sessions.hash_secret(kept)]
    assert db.session.scalars(select(SignInLink.id)).all() == [sessions.hash_secret(kept_link)]


@pytest.mark.each_database
def test_the_only_owner_stays_one(database: None) -> None:
    ann = somebody()
    packer = somebody("bob@example.org", role="packer")
    away = somebody("cas@example.org")
    away.active = False
    db.session.flush()

    assert sessions.why_not_lose_owner(ann) == "ann@example.org is the only owner. Make somebody else an owner first."
    assert sessions.why_not_lose_owner(packer) == ""

    away.active = True
    db.session.flush()
    assert sessions.why_not_lose_owner(ann) == ""
