"""What came in while somebody was away stands on Home, until they were away again."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.actions.returns import request_return
from app.actions.shipments import mark_sent
from app.actions.tickets import ask
from app.columns import at, now
from app.extensions import db
from app.history import SYSTEM
from app.models import Staff
from app.security import sessions
from tests.clients import Client, sign_in, somebody
from tests.factories import placed_order

HOURS = timedelta(hours=1)


def told(browser: Client) -> list[str]:
    found = re.search(r'<p class="meanwhile">(.*?)</p>', browser.get("/admin/").text, re.DOTALL)
    return re.findall(r"<a [^>]*>([^<]+)</a>", found[1]) if found else []


def was_here(in_app: Any, ago: timedelta) -> None:
    """Everybody was seen so long ago, and not since."""
    with in_app():
        db.session.execute(update(Staff).values(seen_at=now() - ago, away_since=None))


@pytest.mark.each_database
def test_who_comes_back_reads_what_came_in(client: Client, in_app: Any) -> None:
    with in_app(), at(now() - 5 * HOURS):
        placed_order(placed_at=now())
    was_here(in_app, 3 * HOURS)
    with in_app(), at(now() - 2 * HOURS):
        for _each in range(2):
            order = placed_order(placed_at=now())
        ask(order, by=SYSTEM, subject="When?", text="On Friday?")
        mark_sent(order, by=SYSTEM)
        line = order.lines[0]
        request_return(order, by=SYSTEM, quantities={line.id: line.quantity}, reason="Damaged")

    first = told(client)

    assert first == ["2 new orders", "1 new question", "1 new return"]
    assert told(client) == first, "it stands there while they are here"


def test_a_short_while_is_no_absence(client: Client, in_app: Any) -> None:
    was_here(in_app, timedelta(minutes=50))
    with in_app(), at(now() - timedelta(minutes=20)):
        placed_order(placed_at=now())

    assert told(client) == []


def test_each_person_is_told_of_their_own_absence_and_of_what_they_may_see(
    client: Client, app: Flask, in_app: Any
) -> None:
    was_here(in_app, 3 * HOURS)
    newcomer = sign_in(app, "office")
    with in_app(), at(now() - 2 * HOURS):
        placed_order(placed_at=now())

    assert told(client) == ["1 new order"]
    assert told(newcomer) == []


@pytest.mark.usefixtures("database")
@pytest.mark.each_database
def test_signing_in_anew_ends_an_absence_and_being_here_does_not() -> None:
    person = somebody("owner")
    start = now() - 10 * HOURS
    for passed in (0, 0.5, 1.2, 4):  # hours; after 1.2 and after 4 they had been away no more than 0.7 and 2.8
        with at(start + passed * HOURS):
            sessions.note_presence(person.id)

    found = db.session.execute(select(Staff.seen_at, Staff.away_since).where(Staff.id == person.id)).one()
    assert found == (start + 4 * HOURS, start + 1.2 * HOURS)
