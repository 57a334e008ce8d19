"""Tasks on the screens: the block on the order page, SALES > Tasks, the flag in the list of orders; the reminder."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import queries
from app.actions.tasks import add_task, finish_task
from app.columns import at, now
from app.extensions import db
from app.history import SYSTEM
from app.models import History, Order, OutgoingMail, Task, TaskStatus
from app.operations import worker
from app.operations.worker import Duty, attend
from tests.arrange import at_once
from tests.clients import Client, somebody
from tests.factories import placed_order
from tests.looking import words

DUE = datetime(2030, 3, 1, 15, 0, tzinfo=UTC)
FORM = {"description": "Call", "status": "open", "assignee_id": "None", "due_at": "", "remind_at": ""}


@pytest.fixture
def number(in_app: Any) -> str:
    with in_app():
        return placed_order().number


def give(in_app: Any, number: str | None = None, **given: Any) -> int:
    with in_app():
        about = queries.order_numbered(number) if number else queries.shop()
        return add_task(about, by=SYSTEM, **{"description": "Call about the slot", **given}).id


def only_task() -> Task:
    return db.session.scalars(select(Task)).one()


def owner_id() -> str:
    return str(somebody("owner").id)


def picked(in_app: Any) -> dict[str, str]:
    with in_app():
        return {**FORM, "assignee_id": owner_id()}


# --- on the order page ----------------------------------------------------------------------------------------------


def test_add_task_from_the_order_page_with_date_time_assignee_and_reminder(
    client: Client, in_app: Any, number: str
) -> None:
    form = {**picked(in_app), "due_at": "2030-03-01T16:00", "remind_at": "2030-02-28T09:30", "status": "in_progress"}

    answer = client.post(f"/admin/order/{number}/add_task", data=form)

    assert (answer.status_code, answer.location) == (303, f"/admin/order/{number}")
    with in_app():
        task = only_task()
        assert (task.description, task.status, task.due_at) == ("Call", TaskStatus.IN_PROGRESS, DUE)
        assert task.remind_at == datetime(2030, 2, 28, 8, 30, tzinfo=UTC)
        assert (str(task.assignee), task.author, task.order.number) == ("Owner", "Owner", number)
        assert queries.order_numbered(number).has_open_task
    page = client.get(f"/admin/order/{number}")
    assert "Call due 1 Mar 2030 16:00 Owner In progress" in words(page.text)


def test_the_pop_up_starts_with_oneself(client: Client, in_app: Any, number: str) -> None:
    page = client.get(f"/admin/order/{number}/add_task").text

    with in_app():
        assert re.search(rf'<option selected value="{owner_id()}">Owner</option>', page)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"description": ""}, "Fill this in."),
        ({"description": "x" * 2001}, "At most 2000 letters."),
        ({"due_at": "tomorrow"}, "This is not a date and time."),
        ({"due_at": "0001-01-01T00:00"}, "This is not a date and time."),
        ({"status": "gone"}, "Not a valid choice"),
        ({"assignee_id": "999"}, "Not a valid choice"),
        ({"remind_at": "2020-01-01T00:00"}, "The reminder would be in the past."),
    ],
)
def test_a_form_that_makes_no_sense_comes_back_with_what_was_typed(
    client: Client, in_app: Any, number: str, wrong: dict[str, str], said: str
) -> None:
    answer = client.post(f"/admin/order/{number}/add_task", data={**picked(in_app), "in_dialog": "1", **wrong})

    assert answer.status_code == 422
    assert said in answer.text
    assert wrong.get("due_at", "") in answer.text
    with in_app():
        assert db.session.scalars(select(Task)).all() == []


def test_finish_and_take_up_again_with_undo(client: Client, in_app: Any, number: str) -> None:
    task_id = give(in_app, number)

    client.post(f"/admin/order/{number}/finish_task/{task_id}")
    page = client.get(f"/admin/order/{number}").text

    assert "Task done" in page
    assert f'action="/admin/order/{number}/reopen_task/{task_id}"' in page
    with in_app():
        assert only_task().status == TaskStatus.DONE
    client.post(f"/admin/order/{number}/reopen_task/{task_id}")
    with in_app():
        assert only_task().status == TaskStatus.OPEN
    history = words(client.get(f"/admin/order/{number}?tab=history").text)
    for said in (
        "Task: Call about the slot",
        "Task done: Call about the slot",
        "Status: Open → Done",
        "reopened",
    ):
        assert said in history


def test_finish_twice_says_that_it_is_done(client: Client, in_app: Any, number: str) -> None:
    task_id = give(in_app, number)
    for _ in range(2):
        client.post(f"/admin/order/{number}/finish_task/{task_id}")

    assert "This task is done already." in client.get(f"/admin/order/{number}").text


def test_two_who_change_a_task_see_each_others_values(client: Client, in_app: Any, number: str) -> None:
    task_id = give(in_app, number, due_at=DUE)
    url = f"/admin/order/{number}/change_task/{task_id}"
    seen = re.search(r'name="seen" value="(\w+)"', client.get(url).text)[1]  # type: ignore[index]
    client.post(url, data={**picked(in_app), "description": "Mail"})

    answer = client.post(
        url, data={**picked(in_app), "description": "Visit", "due_at": "2030-03-01T16:00", "seen": seen}
    )

    assert answer.status_code == 409
    assert "Task description Mail Visit" in words(answer.text)
    assert "Due – 2030-03-01 16:00" in words(answer.text)
    with in_app():
        assert only_task().description == "Mail"


@pytest.mark.each_database
def test_finish_pressed_by_four_people_happens_once(in_app: Any, signed_in_as: Any, number: str) -> None:
    task_id = give(in_app, number)
    browsers = [signed_in_as("owner") for _ in range(4)]

    at_once(4, lambda position: browsers[position].post(f"/admin/order/{number}/finish_task/{task_id}"))

    with in_app():
        assert len(db.session.scalars(select(History).where(History.what == "task_done")).all()) == 1


def test_the_block_shows_ten_open_ones_first_and_the_way_to_the_rest(client: Client, in_app: Any, number: str) -> None:
    with in_app():
        order = queries.order_numbered(number)
        finish_task(add_task(order, by=SYSTEM, description="Long done"), by=SYSTEM)
        for day in range(11, 0, -1):
            add_task(order, by=SYSTEM, description=f"Task {day:02}", due_at=datetime(2020, 1, day, tzinfo=UTC))

    page = client.get(f"/admin/order/{number}").text

    assert re.findall(r"data-dialog>(Task \d+|Long done)</a>", page) == [f"Task {day:02}" for day in range(1, 11)]
    assert "Overdue" in page
    assert "2 more tasks" in page


def test_who_may_not_give_tasks_sees_them_but_no_way_to_change_them(
    signed_in_as: Any, in_app: Any, number: str
) -> None:
    task_id = give(in_app, number)
    reader = signed_in_as("reader")

    page = reader.get(f"/admin/order/{number}").text

    assert "Call about the slot" in page
    assert "finish_task" not in page
    assert "Add task" not in page
    for name in ("change_task", "finish_task", "reopen_task"):
        assert reader.post(f"/admin/order/{number}/{name}/{task_id}", data=FORM).status_code == 403
        assert reader.post(f"/admin/task/{task_id}/{name}", data=FORM).status_code == 403
    assert reader.post("/admin/task/add_task", data=FORM).status_code == 403
    with in_app():
        assert only_task().status == TaskStatus.OPEN


def test_a_task_of_another_order_is_not_found_here(client: Client, in_app: Any, number: str) -> None:
    with in_app():
        other = placed_order().number
    task_id = give(in_app, other)

    assert client.post(f"/admin/order/{number}/finish_task/{task_id}").status_code == 404


def test_the_list_of_orders_flags_an_open_task(client: Client, in_app: Any, number: str) -> None:
    assert 'aria-label="Open task"' not in client.get("/admin/order/").text
    task_id = give(in_app, number)
    assert 'aria-label="Open task"' in client.get("/admin/order/").text
    client.post(f"/admin/order/{number}/finish_task/{task_id}")
    assert 'aria-label="Open task"' not in client.get("/admin/order/").text


# --- SALES > Tasks --------------------------------------------------------------------------------------------------


@pytest.fixture
def many(client: Client, in_app: Any, number: str) -> None:
    with in_app():
        order, mine = queries.order_numbered(number), int(owner_id())
        add_task(order, by=SYSTEM, description="Open later", due_at=DUE, assignee_id=mine)
        add_task(order, by=SYSTEM, description="Open some time")
        add_task(
            queries.shop(), by=SYSTEM, description="Late", due_at=datetime(2020, 1, 1, tzinfo=UTC), assignee_id=mine
        )
        finish_task(add_task(order, by=SYSTEM, description="Finished"), by=SYSTEM)


def listed(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/admin/task/?{query}")
    assert page.status_code == 200
    return re.findall(r'class="row-link" href="[^"]*">([^<]+)</a>', page.text)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Late", "Open later", "Open some time"]),
        ("state=overdue", ["Late"]),
        ("state=done", ["Finished"]),
        ("state=all", ["Finished", "Late", "Open later", "Open some time"]),
        ("whose=mine", ["Late", "Open later"]),
        ("whose=mine&state=done", []),
        ("sort=2&desc=1", ["Open some time", "Open later", "Late"]),
        ("search=later", ["Open later"]),
        ("search=ORD10001", ["Open later", "Open some time"]),
        ("page=-3", ["Late", "Open later", "Open some time"]),
        ("state=nonsense&whose=nobody", []),  # and said so
    ],
)
@pytest.mark.each_database
def test_the_list_of_tasks(client: Client, query: str, expected: list[str]) -> None:
    assert sorted(listed(client, query)) == sorted(expected) if "all" in query else listed(client, query) == expected


@pytest.mark.usefixtures("many")
def test_tabs_count_what_is_in_them(client: Client) -> None:
    assert "Open 3 Overdue 1 Done 1 All 4" in words(client.get("/admin/task/").text)
    assert "Open 2 Overdue 1 Done 0 All 2" in words(client.get("/admin/task/?whose=mine").text)


@pytest.mark.usefixtures("many")
def test_a_row_leads_to_its_order_or_to_the_task_itself(client: Client, number: str) -> None:
    page = client.get("/admin/task/").text

    assert re.search(rf'href="/admin/order/{number}">Open later<', page)
    own = re.search(r'class="row-link" href="([^"]+)">Late<', page)
    assert own is not None
    opened = client.get(own[1].replace("&amp;", "&"))
    assert (opened.status_code, "Late" in opened.text) == (200, True)


def test_a_task_apart_from_orders_is_added_changed_and_finished_from_the_list(client: Client, in_app: Any) -> None:
    back = {"url": "/admin/task/?whose=mine"}

    added = client.post("/admin/task/add_task", data={**picked(in_app), **back})
    with in_app():
        task_id = only_task().id
    changed = client.post(f"/admin/task/{task_id}/change_task", data={**picked(in_app), "description": "Mail", **back})
    finished = client.post(f"/admin/task/{task_id}/finish_task", data=back)

    for answer in (added, changed, finished):
        assert (answer.status_code, answer.location) == (303, "/admin/task/?whose=mine")
    with in_app():
        assert (only_task().description, only_task().status, only_task().order) == ("Mail", TaskStatus.DONE, None)
    page = client.get("/admin/task/")
    assert "Task done" in page.text
    assert f"/admin/task/{task_id}/reopen_task" in page.text


def test_finished_from_the_list_the_order_knows(client: Client, in_app: Any, number: str) -> None:
    task_id = give(in_app, number)

    client.post(f"/admin/task/{task_id}/finish_task")

    with in_app():
        assert not queries.order_numbered(number).has_open_task


@pytest.mark.each_database
def test_odd_addresses_of_tasks_answer_404(client: Client, in_app: Any) -> None:
    for path in ("1/finish_task", "99999999999999999999/change_task", "1/write_memo", "x/finish_task"):
        assert client.post(f"/admin/task/{path}", data=FORM).status_code == 404, path
        assert client.get(f"/admin/task/{path}").status_code == 404, path


def test_nobody_is_led_to_another_site(client: Client, in_app: Any) -> None:
    answer = client.post("/admin/task/add_task", data={**picked(in_app), "url": "//evil.example"})

    assert answer.location == "/"


def test_what_is_typed_is_escaped(client: Client, in_app: Any, number: str) -> None:
    evil = "<script>alert(1)</script>"
    task_id = give(in_app, number, description=evil)

    for path in (f"order/{number}", "task/", f"task/{task_id}/change_task", f"order/{number}?tab=history"):
        assert evil not in client.get(f"/admin/{path}").text


# --- the reminder ---------------------------------------------------------------------------------------------------


def remind_in(app: Any) -> Callable[[int], bool]:
    return lambda position: attend(Duty("tasks", worker.remind_of_tasks), app)


@pytest.mark.each_database
def test_two_workers_at_once_queue_a_reminder_once(app: Any, in_app: Any) -> None:
    with in_app():
        orders = [placed_order() for _ in range(3)]
        with at(now() - timedelta(hours=1)):
            for about in (*orders, queries.shop()):
                add_task(
                    about,
                    by=SYSTEM,
                    description="Call",
                    assignee_id=int(owner_id()),
                    remind_at=now() + timedelta(minutes=9),
                )

    at_once(4, remind_in(app))

    with in_app():
        mails = db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "task_reminder")).all()
        assert len(mails) == 4
        assert db.session.scalars(select(Task.id).where(Task.reminded_at.is_(None))).all() == []


@pytest.mark.each_database
def test_a_reminder_and_a_change_of_the_same_task_do_not_lock_each_other_out(
    app: Any, in_app: Any, signed_in_as: Any, number: str
) -> None:
    with in_app(), at(now() - timedelta(hours=1)):
        order = queries.order_numbered(number)
        due = now() + timedelta(minutes=9)
        ids = [
            add_task(order, by=SYSTEM, description="Call", assignee_id=int(owner_id()), remind_at=due).id for _ in "ab"
        ]
    browsers = [signed_in_as("owner") for _ in ids]

    def act(position: int) -> Any:
        if position >= len(ids):
            return remind_in(app)(position)
        return browsers[position].post(f"/admin/order/{number}/finish_task/{ids[position]}").status_code

    answers = at_once(4, act)

    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    with in_app():
        assert {task.status for task in db.session.scalars(select(Task))} == {TaskStatus.DONE}
        assert not db.session.scalars(select(Order)).one().has_open_task


def test_an_idle_worker_only_looks(app: Any, statements: list[str]) -> None:
    attend(Duty("tasks", worker.remind_of_tasks), app)

    assert [statement.split()[0] for statement in statements] == ["SELECT"]
