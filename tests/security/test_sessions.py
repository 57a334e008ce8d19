"""One-time links, live sign-ins and the last owner, on each database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import queries
from app.actions.staff import add_staff
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.models import CustomerSession, SignInLink, Staff, StaffSession
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
@pytest.mark.parametrize(
    ("stays", "seen", "started", "is_alive"),
    [
        (False, timedelta(hours=11), timedelta(hours=20), True),
        (False, timedelta(hours=12), timedelta(hours=20), False),
        (True, timedelta(days=29), timedelta(days=29), True),
        (True, timedelta(minutes=1), timedelta(days=30), False),
        (False, timedelta(minutes=1), timedelta(days=30), False),
    ],
)
def test_a_sign_in_ends_unused_and_in_any_case(
    database: None, stays: bool, seen: timedelta, started: timedelta, is_alive: bool
) -> None:
    """For its own person only; what can't live any more is not listed, and is forgotten."""
    ann, bob = somebody(), somebody("bob@example.org")
    secret = sessions.begin_session(ann, browser="Firefox", stays=stays)
    assert sessions.signed_in(secret, bob.fs_uniquifier) is None
    assert sessions.signed_in("something else", ann.fs_uniquifier) is None

    db.session.execute(update(StaffSession).values(seen_at=now() - seen, started_at=now() - started))
    db.session.expire_all()

    found = sessions.signed_in(secret, ann.fs_uniquifier)
    assert (found.staff if found else None) is (ann if is_alive else None)
    assert len(sessions.live_sessions(ann.id)) == is_alive
    sessions.purge()
    assert len(db.session.scalars(select(StaffSession.id)).all()) == is_alive


def test_a_shop_says_when_sign_ins_end(database: None) -> None:
    ann = somebody()
    secret = sessions.begin_session(ann, browser="Firefox")
    db.session.execute(update(StaffSession).values(seen_at=now() - timedelta(hours=5)))
    db.session.expire_all()
    assert sessions.signed_in(secret, ann.fs_uniquifier) is not None

    queries.shop().signin_hours = 4
    db.session.flush()

    assert sessions.signed_in(secret, ann.fs_uniquifier) is None


@pytest.mark.each_database
def test_a_browser_is_known_to_one_person_after_the_first_time(database: None) -> None:
    ann, bob = somebody(), somebody("bob@example.org")
    assert not sessions.has_browsers(ann)

    assert [sessions.recognise(ann, "mark") for _time in range(2)] == [False, True]
    assert not sessions.recognise(bob, "mark")
    assert sessions.has_browsers(ann)


def test_a_customer_stays_signed_in_while_looking_now_and_then(database: None) -> None:
    secret = sessions.begin_visit("femke@example.org")
    db.session.flush()

    def visit(**ago: timedelta) -> object:
        db.session.execute(update(CustomerSession).values({name: now() - one for name, one in ago.items()}))
        return sessions.visit(secret)

    assert visit(seen_at=timedelta(days=6)) is not None
    assert visit(seen_at=timedelta(days=7)) is None
    sessions.keep_visit(secret)
    assert visit(started_at=timedelta(days=13)) is not None
    assert visit(started_at=timedelta(days=14)) is None


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
