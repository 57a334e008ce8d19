"""The check of the books by night: once, by one worker, and what it finds is on Home."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from app import extensions, queries
from app.columns import at
from app.extensions import db, end_session
from app.operations import nightly_checks, sealing
from app.operations.nightly_checks import check_by_night
from app.operations.worker import Worker
from app.queries.outages import current_outages
from app.queries.records import last_seal
from tests.clients import Client
from tests.factories import placed_order

NIGHT = datetime(2031, 11, 28, 2, 30, tzinfo=UTC)  # half past three in Amsterdam


@pytest.fixture
def damaged(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly_checks, "REST", 0)
    with app.app_context():
        order = placed_order()
        db.session.commit()
        sealing.seal_all()
        db.session.execute(text(f"UPDATE orders SET paid = 1000000 WHERE id = {order.id}"))
        db.session.commit()


def check(app: Flask, moment: datetime) -> list[str]:
    """What Home is told of afterwards."""
    with app.app_context(), at(moment):
        sealing.seal_all()
        check_by_night()
        end_session()
        return [line for one in current_outages() for line in one.detail.splitlines()]


def test_a_gap_in_the_numbers_is_said_by_name_and_no_rest_is_longer_than_the_work(
    app: Flask, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests, begun = list[float](), time.monotonic()
    monkeypatch.setattr(extensions.time, "sleep", rests.append)
    with app.app_context():
        placed_order()
        db.session.execute(text("UPDATE counter SET next = next + 1 WHERE kind = 'invoice'"))
        db.session.commit()

    assert "invoice: number INV00002 is missing" in check(app, NIGHT)
    assert 0 < sum(rests) < time.monotonic() - begun
    assert "Numbers are missing in the books, or there twice." in client.get("/admin/").text


def test_what_is_wrong_is_said_until_it_is_mended(app: Flask, damaged: None, client: Client) -> None:
    found = check(app, NIGHT)

    assert "ORD10001: paid is stored as 1, but follows as 0" in found
    home = client.get("/admin/").text
    assert "Something in the books is not as it was made." in home
    page = client.get("/admin/copies/?id=1").text
    assert "paid is stored as 1, but follows as 0" in page
    with app.app_context():
        seal = str(last_seal())
    assert seal in page
    assert seal[:10] in home

    with app.app_context():
        db.session.execute(text("UPDATE orders SET paid = 0"))
        db.session.commit()
    assert check(app, NIGHT + timedelta(days=1)) == []
    assert "Something in the books" not in client.get("/admin/").text
    assert "The last check found nothing wrong." in client.get("/admin/copies/?id=1").text


def test_it_begins_once_a_night_and_by_day_only_when_it_was_left_out(app: Flask, damaged: None) -> None:
    assert check(app, NIGHT.replace(hour=12)) == []
    assert check(app, NIGHT) != []
    with app.app_context():
        db.session.execute(text("UPDATE orders SET paid = 0"))
        db.session.commit()

    assert check(app, NIGHT + timedelta(minutes=20)) != []
    assert check(app, NIGHT + timedelta(hours=40)) != []
    assert check(app, NIGHT + timedelta(hours=58)) == []


def test_a_shop_that_wants_none_has_none(app: Flask, damaged: None) -> None:
    with app.app_context():
        queries.shop().checks_books = False
        db.session.commit()

    assert check(app, NIGHT) == []


class EndsLater(threading.Event):
    """Is set the third time that somebody waits for it: in the middle of what he is at."""

    waits = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.waits += 1
        if self.waits == 3:
            self.set()
        return self.is_set()


def test_a_worker_that_is_told_to_end_in_the_middle_ends_and_the_next_begins_anew(app: Flask, damaged: None) -> None:
    stop = EndsLater()
    (books,) = [duty for lane in Worker(app, stop).lanes for duty in lane.duties if duty.name == "books"]
    with app.app_context(), at(NIGHT):
        sealing.seal_all()
        books.do()

        assert stop.waits == 3
        assert current_outages() == []
        assert queries.shop().books_checked_at is None
        end_session()

    assert len(check(app, NIGHT)) > 0
