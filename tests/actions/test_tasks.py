"""Tasks: giving, changing, finishing and taking them up again, what refuses that, and the reminder by mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.actions.tasks import add_task, change_task, finish_task, remind, reopen_task
from app.columns import at, now
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM, Happened
from app.models import History, Order, OutgoingMail, Staff, Task, TaskStatus
from app.operations import checks
from app.queries import shop, tasks_to_remind_of
from tests.clients import somebody
from tests.factories import placed_order

DUE = datetime(2030, 3, 1, 15, 0, tzinfo=UTC)
EARLIER = DUE - timedelta(days=1)


@pytest.fixture
def order(database: None) -> Order:
    return placed_order()


@pytest.fixture
def colleague(database: None) -> Staff:
    return somebody("packer")


def task_on(about: Any, **given: Any) -> Task:
    return add_task(about, by=SYSTEM, **{"description": "Call about the slot", **given})


def told(what: Happened) -> list[dict[str, Any]]:
    return list(db.session.scalars(select(History.facts).where(History.what == what).order_by(History.id)))


def shown(task: Task) -> dict[str, Any]:
    names = ("description", "status", "due_at", "assignee_id", "remind_at", "author", "order_id")
    return {name: getattr(task, name) for name in names}


# --- giving ---------------------------------------------------------------------------------------------------------


def test_add_task_marks_the_order_and_is_in_its_history(order: Order, colleague: Staff) -> None:
    task = task_on(order, description="  Call about the slot ", due_at=DUE, assignee_id=colleague.id, remind_at=EARLIER)

    assert shown(task) == {
        "description": "Call about the slot",
        "status": TaskStatus.OPEN,
        "due_at": DUE,
        "assignee_id": colleague.id,
        "remind_at": EARLIER,
        "author": "Toonbank",
        "order_id": order.id,
    }
    assert order.has_open_task
    assert told(Happened.TASK_ADDED) == [
        {
            "text": "Call about the slot",
            "assignee": "Packer",
            "due_at": DUE.isoformat(),
            "remind_at": EARLIER.isoformat(),
            "task_status": "open",
        }
    ]
    assert list(checks.findings()) == []


def test_add_task_apart_from_any_order(order: Order) -> None:
    task = task_on(shop(), status=TaskStatus.IN_PROGRESS)

    assert (task.order, task.status) == (None, TaskStatus.IN_PROGRESS)
    assert not order.has_open_task
    event = db.session.scalars(select(History).where(History.what == Happened.TASK_ADDED)).one()
    assert (event.order_id, event.subject) == (None, f"task:{task.id}")


def test_a_task_that_is_done_when_it_is_added_leaves_nothing_open(order: Order) -> None:
    task = task_on(order, status=TaskStatus.DONE)

    assert task.done_at is not None
    assert not order.has_open_task


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"description": " \n"}, "Describe the task."),
        ({"assignee_id": 999}, "Assign the task to somebody who can sign in."),
        ({"remind_at": DUE}, "Choose who gets the reminder."),
        ({"remind_at": datetime(2020, 1, 1, tzinfo=UTC), "assignee_id": "colleague"}, "would be in the past"),
    ],
)
def test_what_is_unclear_is_refused_and_changes_nothing(
    order: Order, colleague: Staff, given: dict[str, Any], reason: str
) -> None:
    if "assignee_id" in given and given["assignee_id"] == "colleague":
        given = {**given, "assignee_id": colleague.id}
    kept = task_on(order)
    db.session.flush()
    before = (shown(kept), order.version, len(db.session.scalars(select(History)).all()))

    with pytest.raises(ActionRefused, match=reason):
        task_on(order, **given)
    with pytest.raises(ActionRefused, match=reason):
        change_task(kept, by=SYSTEM, **{"description": "Other", **given})

    db.session.flush()
    assert (shown(kept), order.version, len(db.session.scalars(select(History)).all())) == before
    assert db.session.scalars(select(Task)).all() == [kept]


def test_nobody_who_has_left_is_given_a_task(order: Order, colleague: Staff) -> None:
    colleague.active = False

    with pytest.raises(ActionRefused, match="can sign in"):
        task_on(order, assignee_id=colleague.id)


# --- changing -------------------------------------------------------------------------------------------------------


def test_change_task_keeps_old_and_new_values_in_history(order: Order, colleague: Staff) -> None:
    task = task_on(order, due_at=EARLIER)

    change_task(
        task,
        by=SYSTEM,
        description="Mail about it",
        status=TaskStatus.IN_PROGRESS,
        due_at=DUE,
        assignee_id=colleague.id,
    )

    assert (task.description, task.status, task.due_at, task.assignee_id) == (
        "Mail about it", TaskStatus.IN_PROGRESS, DUE, colleague.id,
    )  # fmt: skip
    assert told(Happened.TASK_CHANGED) == [
        {
            "text": "Mail about it",
            "changes": {
                "description": ["Call about the slot", "Mail about it"],
                "due_at": [EARLIER.isoformat(), DUE.isoformat()],
                "task_status": ["open", "in_progress"],
                "assignee": ["", "Packer"],
            },
        }
    ]


def test_change_task_without_a_change_leaves_no_trace(order: Order) -> None:
    task = task_on(order)

    change_task(task, by=SYSTEM, description=task.description)

    assert told(Happened.TASK_CHANGED) == []


def test_change_task_to_done_closes_it_and_back_opens_it(order: Order) -> None:
    task = task_on(order)

    change_task(task, by=SYSTEM, description=task.description, status=TaskStatus.DONE)
    assert (task.done_at is not None, order.has_open_task) == (True, False)

    change_task(task, by=SYSTEM, description=task.description, status=TaskStatus.OPEN)
    assert (task.done_at, order.has_open_task) == (None, True)


def test_a_task_of_somebody_who_has_left_can_still_be_changed(order: Order, colleague: Staff) -> None:
    task = task_on(order, assignee_id=colleague.id)
    colleague.active = False

    change_task(task, by=SYSTEM, description="Mail about it", assignee_id=colleague.id)

    assert task.description == "Mail about it"


# --- finishing and taking up again ----------------------------------------------------------------------------------


def test_finish_and_reopen_are_each_others_undo(order: Order) -> None:
    task, other = task_on(order, status=TaskStatus.IN_PROGRESS), task_on(order)

    finish_task(task, by=SYSTEM)
    assert (task.status, order.has_open_task) == (TaskStatus.DONE, True)
    finish_task(other, by=SYSTEM)
    assert not order.has_open_task
    reopen_task(task, by=SYSTEM)

    assert (task.status, task.done_at, order.has_open_task) == (TaskStatus.OPEN, None, True)
    assert told(Happened.TASK_DONE)[0] == {
        "text": "Call about the slot",
        "changes": {"task_status": ["in_progress", "done"]},
    }
    assert told(Happened.TASK_REOPENED) == [
        {"text": "Call about the slot", "changes": {"task_status": ["done", "open"]}}
    ]


def test_finish_refuses_what_is_done_and_reopen_what_is_not(order: Order) -> None:
    task = task_on(order)
    with pytest.raises(ActionRefused, match="This task is not done yet"):
        reopen_task(task, by=SYSTEM)
    finish_task(task, by=SYSTEM)
    done_at = task.done_at
    with pytest.raises(ActionRefused, match="This task is done already"):
        finish_task(task, by=SYSTEM)

    assert task.done_at == done_at
    assert len(told(Happened.TASK_DONE)) == 1


# --- the reminder ---------------------------------------------------------------------------------------------------


def reminded(**given: Any) -> Task:
    """A task whose reminder is due now."""
    with at(now() - timedelta(hours=1)):
        task = task_on(given.pop("about"), remind_at=now() + timedelta(minutes=30), **given)
    db.session.flush()
    return task


@pytest.mark.each_database
def test_a_reminder_goes_once_in_the_assignees_language(order: Order, colleague: Staff, monkeypatch: Any) -> None:
    monkeypatch.setenv("TOONBANK_ADDRESS", "https://desk.example.com/")
    colleague.language = "nl"
    task = reminded(about=order, assignee_id=colleague.id, due_at=DUE)
    assert tasks_to_remind_of(most=10) == [task.id]

    mail = remind(task.id)

    assert mail is not None
    assert (mail.to_address, mail.to_name, mail.order_id) == ("packer@example.org", "Packer", order.id)
    assert mail.subject == "Herinnering: Call about the slot"
    assert mail.body == (
        "Hallo Packer,\n\nHerinnering aan je taak:\n\nCall about the slot\n\n"
        f"Klaar voor: 1 maart 2030 16:00\nBestelling: {order.number}\n"
        f"Openen: https://desk.example.com/admin/order/{order.number}\n\nVriendelijke groet,\nMy shop\n"
    )
    assert tasks_to_remind_of(most=10) == []
    assert remind(task.id) is None
    assert len(db.session.scalars(select(OutgoingMail).where(OutgoingMail.kind == "task_reminder")).all()) == 1
    event = told(Happened.MAIL_QUEUED)[-1]
    assert (event["kind"], event["address"]) == ("task_reminder", "packer@example.org")


def test_a_reminder_of_a_task_without_order_names_neither_order_nor_unknown_address(colleague: Staff) -> None:
    task = reminded(about=shop(), assignee_id=colleague.id)

    mail = remind(task.id)

    assert mail is not None
    assert mail.body == "Hello Packer,\n\nA reminder of your task:\n\nCall about the slot\n\nKind regards,\nMy shop\n"


def test_nobody_is_reminded_of_what_is_done_nor_is_anybody_who_has_left(order: Order, colleague: Staff) -> None:
    done = reminded(about=order, assignee_id=colleague.id)
    finish_task(done, by=SYSTEM)
    left = somebody("office")
    reminded(about=order, assignee_id=left.id)
    left.active = False
    db.session.flush()

    assert tasks_to_remind_of(most=10) == []
    assert remind(done.id) is None


def test_a_reminder_set_to_another_moment_goes_once_more(order: Order, colleague: Staff) -> None:
    task = reminded(about=order, assignee_id=colleague.id)
    remind(task.id)

    change_task(
        task,
        by=SYSTEM,
        description=task.description,
        assignee_id=colleague.id,
        remind_at=now() + timedelta(minutes=5),
    )
    db.session.flush()

    with at(now() + timedelta(minutes=6)):
        assert remind(task.id) is not None


def test_a_reminder_of_the_demo_shop_never_leaves(order: Order, colleague: Staff) -> None:
    order.is_demo = True
    mail = remind(reminded(about=order, assignee_id=colleague.id).id)

    assert mail is not None
    assert mail.is_demo


def test_a_shop_that_has_switched_reminders_off_sends_none(order: Order, colleague: Staff) -> None:
    shop().mails_off = ["task_reminder"]
    task = reminded(about=order, assignee_id=colleague.id)

    assert remind(task.id) is None
    assert tasks_to_remind_of(most=10) == []
