"""Home: what waits, sales, one's own tasks, and the first steps of a new shop."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from app import queries
from app.actions.tasks import add_task
from app.admin_views import home
from app.admin_views.chart import chart
from app.columns import now
from app.connections.managing import begin_pulls, pulls_of
from app.extensions import db
from app.history import SYSTEM
from app.models import Connection, Invoice, Order, Pull, PullKind, Task, Trouble
from app.queries.statistics import Day
from tests.clients import Client, somebody
from tests.factories import line, new_connection, placed_order
from tests.looking import words


def give(in_app: Any, to: str, description: str, due_at: datetime | None = None) -> int:
    with in_app():
        about = queries.shop()
        return add_task(about, by=SYSTEM, description=description, assignee_id=somebody(to).id, due_at=due_at).id


def test_numbers_lead_to_their_lists(client: Client, in_app: Any) -> None:
    with in_app():
        placed_order(placed_at=now())
        placed_order()
    give(in_app, "owner", "Call", datetime(2020, 1, 1, tzinfo=UTC))
    give(in_app, "owner", "Mail")

    page = client.get("/admin/").text

    assert "Open 2 +1 today" in words(page)
    assert "Unpaid 2 oldest: 14 Mar 2026" in words(page)
    assert "Tasks 2 1 late" in words(page)
    for link in ("/admin/order/?view=open", "/admin/order/?view=unpaid", "/admin/task/?whose=mine&amp;state=overdue"):
        assert f'href="{link}"' in page


def test_my_tasks_are_mine_late_ones_first_and_are_finished_here(client: Client, in_app: Any) -> None:
    give(in_app, "owner", "Some time")
    give(in_app, "owner", "Later", datetime(2030, 1, 1, tzinfo=UTC))
    late = give(in_app, "owner", "Late", datetime(2020, 1, 1, tzinfo=UTC))
    give(in_app, "packer", "Not mine")

    page = client.get("/admin/").text

    assert re.findall(r"data-dialog>(Some time|Later|Late|Not mine)</a>", page) == ["Late", "Later", "Some time"]
    assert "Overdue" in page
    answer = client.post(f"/admin/task/{late}/finish_task?url=/admin/")
    assert (answer.status_code, answer.location) == (303, "/admin/")
    with in_app():
        assert db.session.get_one(Task, late).done_at is not None


def test_sales_are_drawn_and_stand_in_a_table(client: Client, in_app: Any) -> None:
    with in_app():
        placed_order(placed_at=now())

    page = client.get("/admin/").text

    assert page.count("<rect ") == 1
    assert "€67.75 1 order best day: €67.75" in words(page)
    assert re.search(r"<td class=\"num\">1</td><td class=\"num\">€67\.75</td>", page)


def test_a_new_shop_sees_its_first_steps_and_no_bars(client: Client) -> None:
    page = client.get("/admin/").text

    assert "First steps" in page
    assert "<rect " not in page
    assert "€0.00 0 orders" in words(page)
    assert "No orders yet" in page


@pytest.mark.parametrize(
    ("totals", "heights"), [([], []), ([0, 0], [0, 0]), ([200, 100, 1, 0], [100, 50, 0.5, 0]), ([-5, 10], [0, 100])]
)
def test_bars_are_as_high_as_their_share_of_the_axis(in_app: Any, totals: list[int], heights: list[float]) -> None:
    with in_app():
        drawn = chart(days_with(totals), "EUR")

    assert [bar.length for bar in drawn.bars] == heights
    assert all(bar.start + bar.length == 100 for bar in drawn.bars)


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [
        ("0.90", ["€0", "€0.50", "€1"]),
        ("67.75", ["€0", "€20", "€40", "€60", "€80"]),
        ("1234", ["€0", "€500", "€1,000", "€1,500"]),
    ],
)
def test_the_axis_has_round_amounts_up_to_above_the_best_day(in_app: Any, highest: str, ticks: list[str]) -> None:
    with in_app():
        drawn = chart(days_with([0, highest]), "EUR")

    assert [tick.text for tick in drawn.ticks] == ticks
    assert (drawn.ticks[0].at, drawn.ticks[-1].at) == (100, 0)


def test_the_axis_is_written_as_its_reader_writes(client: Client, in_app: Any) -> None:
    with in_app():
        placed_order(placed_at=now(), total=Decimal(2000), lines=[line("Vase", quantity="1", unit_price="2000")])
    client.post("/preferences/", data={"language": "de", "next": "/admin/"})

    page = client.get("/admin/").text

    written = [text.replace("\xa0", " ") for text in re.findall(r"<text [^>]*>([^<]*)</text>", page)]
    assert written == ["0 €", "500 €", "1.000 €", "1.500 €", "2.000 €"]


@pytest.mark.parametrize(
    ("asked", "orders", "rows"),
    [("", 2, 30), ("?period=7", 1, 7), ("?period=30", 2, 30), ("?period=365", 3, 12), ("?period=31", 2, 30),
     ("?period=%00", 2, 30)],
)  # fmt: skip
def test_sales_are_those_of_the_period_asked_for(
    client: Client, in_app: Any, asked: str, orders: int, rows: int
) -> None:
    with in_app():
        for days in (0, 20, 300, 400):
            placed_order(placed_at=now() - timedelta(days=days))

    page = client.get(f"/admin/{asked}").text

    sales = page.partition('id="sales"')[2].partition("</section>")[0]
    assert f"{orders} order" in words(sales)
    assert sales.count('<th scope="row">') == rows
    current = {"?period=7": "7 days", "?period=365": "1 year"}.get(asked, "30 days")
    assert re.findall(r'aria-current="true">([^<]*)<', sales) == [current]


def test_a_year_of_too_many_orders_is_not_added_up(
    client: Client, in_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "MOST_ADDED_UP", 1)
    with in_app():
        placed_order(placed_at=now())
    drawn = client.get("/admin/?period=365").text
    with in_app():
        placed_order(placed_at=now())

    page = client.get("/admin/?period=365").text

    assert "best month: €67.75" in words(drawn)
    assert "More than 1 orders in a year are not added up here." in words(page)
    assert "2 orders" in words(client.get("/admin/").text)


def days_with(totals: Iterable[int | str]) -> list[Day]:
    return [Day(date(2026, 1, 1), 1, Decimal(total)) for total in totals]


def test_home_leads_to_lists_and_first_steps(client, in_app):
    empty = client.get("/admin/").text
    with in_app():
        placed_order()
    home = client.get("/admin/").text

    assert "No orders yet" in empty
    assert "First steps" in empty
    assert "ORD10001" in home
    assert 'href="/admin/order/?view=unpaid"' in home


def test_one_click_removes_the_demo_shop_and_leaves_the_rest(client, in_app, signed_in_as):
    client.post("/admin/plant-demo")
    with in_app():
        own = placed_order().number
    client.post("/admin/plant-demo")  # refused: there are orders
    assert "This is the demo shop." in client.get("/admin/").text
    assert signed_in_as("office").post("/admin/remove-demo").status_code == 403
    assert signed_in_as("office").post("/admin/plant-demo").status_code == 403

    client.post("/admin/remove-demo")

    with in_app():
        assert db.session.scalars(select(Order.number)).all() == [own]
        assert {invoice.order.number for invoice in db.session.scalars(select(Invoice))} == {own}
    assert "This is the demo shop." not in client.get("/admin/").text


def stop_shop(**stated: Any) -> int:
    """A shop whose last look failed."""
    connection = new_connection(address="https://mugs.example", **stated)
    db.session.add(connection)
    db.session.flush()
    begin_pulls(connection)
    poll = pulls_of(connection)[PullKind.POLL]
    poll.trouble, poll.attempts = Trouble.NO_ANSWER, 1
    db.session.commit()
    return connection.id


def test_a_shop_that_can_not_be_read_is_seen_here(client, in_app, signed_in_as):
    with in_app():
        connection_id = stop_shop(title="Mugs")
    assert "does not answer" not in client.get("/admin/").text  # it may pass by itself

    with in_app():
        db.session.execute(update(Pull).where(Pull.kind == PullKind.POLL).values(attempts=3))
        db.session.commit()
    said = "Mugs: The shop does not answer. Toonbank tries again by itself."
    assert f'<a href="/admin/connection/{connection_id}">{said}</a>' in client.get("/admin/").text
    packer = signed_in_as("packer").get("/admin/").text
    assert said in packer
    assert f"/admin/connection/{connection_id}" not in packer

    with in_app():
        db.session.get_one(Connection, connection_id).is_active = False
        db.session.commit()
    assert said not in client.get("/admin/").text


def test_a_shop_that_somebody_has_to_mend_is_seen_at_once(client, in_app):
    with in_app():
        connection = db.session.get_one(Connection, stop_shop(title="Mugs"))
        poll = pulls_of(connection)[PullKind.POLL]
        poll.trouble = Trouble.WRONG_KEY
        connection.tell_trouble, connection.tell_trouble_at = Trouble.NO_RIGHT, now()
        db.session.commit()

    page = client.get("/admin/").text

    assert page.count("Mugs: ") == 1
    assert re.search("The shop does not know this key|The key lacks a right", page)
