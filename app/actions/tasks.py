"""Tasks: what is to be done, by whom and until when; on an order, or of the shop as a whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import mails, queries
from app.accounting.states import recompute_marks
from app.actions.declaration import Input, action
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import SYSTEM, Actor, Happened, changes, record
from app.models import Order, OutgoingMail, Shop, Staff, Task, TaskStatus

TASK_FIELDS = ("description", "status", "due_at", "assignee_id", "remind_at")


def colleagues_for(about: Order | Shop | Task) -> list[tuple[int | None, str]]:
    """Somebody who has left, or nobody, stays to choose on a task that says so."""
    people: list[tuple[int | None, str]] = [*queries.active_staff()]
    if isinstance(about, Task) and about.assignee_id not in dict(people):
        people.append((about.assignee_id, str(about.assignee or "–")))
    return people


INPUTS = (
    Input("description", _l("Task description"), kind="long_text", required=True, most=2000),
    Input("due_at", _l("Due"), kind="moment"),
    Input("status", _l("Status"), kind="task_status"),
    Input("assignee_id", _l("For"), kind="colleague", choices=colleagues_for),
    Input("remind_at", _l("Reminder"), kind="moment", hint=_l("When to send an e-mail reminder.")),
)


@action(
    title=_l("Add task"),
    group="tasks",
    icon="plus",
    done=_l("Task added"),
    inputs=INPUTS,
    dialog="task",
    dialog_title=_l("Add task"),
    stands="block",
)
def add_task(
    about: Order | Shop,
    *,
    by: Actor,
    description: str,
    due_at: datetime | None = None,
    status: TaskStatus = TaskStatus.OPEN,
    assignee_id: int | None = None,
    remind_at: datetime | None = None,
) -> Task:
    """Give somebody, or oneself, something to do: about an order, or about none."""
    order = about if isinstance(about, Order) else None
    refuse_unclear(description, assignee_id, remind_at)

    task = Task(
        order=order,
        description=description.strip(),
        due_at=due_at,
        assignee_id=assignee_id,
        remind_at=remind_at,
        author=by.name,
        is_demo=bool(order and order.is_demo),
    )
    set_status(task, status)
    db.session.add(task)
    restate_order(task)

    given = {"assignee": colleague_name(assignee_id), "due_at": due_at, "remind_at": remind_at, "task_status": status}
    record(Happened.TASK_ADDED, order, by, subject=task, text=task_title(task), **given)
    return task


def fields_of(task: Task) -> dict[str, object]:
    return {name: getattr(task, name) for name in TASK_FIELDS}


@action(
    title=_l("Save"),
    group="tasks",
    icon="check",
    done=_l("Task saved"),
    inputs=INPUTS,
    initial=fields_of,
    right_title=_l("Change tasks"),
    dialog="task",
    dialog_title=_l("Task"),
    edits=True,
    stands="block",
)
def change_task(
    task: Task,
    *,
    by: Actor,
    description: str,
    due_at: datetime | None = None,
    status: TaskStatus = TaskStatus.OPEN,
    assignee_id: int | None = None,
    remind_at: datetime | None = None,
) -> None:
    """A reminder that is set to another moment goes once more."""
    refuse_unclear(description, assignee_id, remind_at, task)

    text = description.strip()
    new = {
        "description": text,
        "status": status,
        "due_at": due_at,
        "assignee_id": assignee_id,
        "remind_at": remind_at,
    }
    differing = readable(changes(task, TASK_FIELDS, new))
    if not differing:
        return
    if remind_at != task.remind_at:
        task.remind_at, task.reminded_at = remind_at, None
    task.description, task.due_at, task.assignee_id = text, due_at, assignee_id
    set_status(task, status)
    restate_order(task)

    record(Happened.TASK_CHANGED, task.order, by, subject=task, text=task_title(task), changes=differing)


def why_not_finish_task(task: Task) -> str:
    return _("This task is done already.") if task.status == TaskStatus.DONE else ""


@action(
    title=_l("Done"),
    group="tasks",
    icon="check",
    done=_l("Task done"),
    why_not=why_not_finish_task,
    undo="reopen_task",
    stands="block",
)
def finish_task(task: Task, *, by: Actor) -> None:
    before = task.status
    set_status(task, TaskStatus.DONE)
    restate_order(task)

    differing = {"task_status": [before, task.status]}
    record(Happened.TASK_DONE, task.order, by, subject=task, text=task_title(task), changes=differing)


def why_not_reopen_task(task: Task) -> str:
    return "" if task.status == TaskStatus.DONE else _("This task is not done yet.")


@action(
    title=_l("Reopen"),
    group="tasks",
    icon="arrow-back-up",
    done=_l("Task reopened"),
    why_not=why_not_reopen_task,
    undo="finish_task",
    is_undo=True,
    stands="block",
)
def reopen_task(task: Task, *, by: Actor) -> None:
    set_status(task, TaskStatus.OPEN)
    restate_order(task)

    differing = {"task_status": [TaskStatus.DONE, task.status]}
    record(Happened.TASK_REOPENED, task.order, by, subject=task, text=task_title(task), changes=differing)


# --- reminders ------------------------------------------------------------------------------------------------------


def remind(task_id: int) -> OutgoingMail | None:
    """Queue the mail that reminds of a task, if it is still due: of two workers at once, the second finds it done."""
    task = queries.locked_task(task_id)
    if task is None or task.assignee is None or not is_due(task):
        return None
    task.reminded_at = now()
    return mails.queue_to_staff(
        "task_reminder",
        task.assignee,
        lambda language: mails.words_of_task(task, language),
        once_key=f"task_reminder:{task.id}:{task.remind_at:%Y%m%d%H%M%S}",
        by=SYSTEM,
        order=task.order,
    )


def is_due(task: Task) -> bool:
    wanted = task.remind_at is not None and task.remind_at <= now()
    return wanted and task.reminded_at is None and task.status != TaskStatus.DONE


# --- what they share ------------------------------------------------------------------------------------------------


def refuse_unclear(
    description: str, assignee_id: int | None, remind_at: datetime | None, task: Task | None = None
) -> None:
    """What was there already is not questioned: a colleague who has left, a reminder that went."""
    if not description.strip():
        raise ActionRefused(_("Describe the task."))
    if assignee_id is not None and not (task and assignee_id == task.assignee_id) and not is_active(assignee_id):
        raise ActionRefused(_("Assign the task to somebody who can sign in."))
    if remind_at is None or (task and remind_at == task.remind_at):
        return
    if assignee_id is None:
        raise ActionRefused(_("Choose who gets the reminder."))
    if remind_at <= now():
        raise ActionRefused(_("The reminder would be in the past. Choose a later moment."))


def is_active(staff_id: int) -> bool:
    return db.session.scalar(select(Staff.id).where(Staff.id == staff_id, Staff.active)) is not None


def set_status(task: Task, status: TaskStatus) -> None:
    if status != task.status:
        task.done_at = now() if status == TaskStatus.DONE else None
    task.status = status


def restate_order(task: Task) -> None:
    """The order knows whether something is still to be done on it."""
    db.session.flush()
    if task.order is not None:
        recompute_marks(task.order)


def task_title(task: Task) -> str:
    return task.description[:200]


def readable(found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """History names people, and keeps a task's status apart from the order's."""
    if "status" in found:
        found["task_status"] = found.pop("status")
    if "assignee_id" in found:
        found["assignee"] = [colleague_name(staff_id) for staff_id in found.pop("assignee_id")]
    return found


def colleague_name(staff_id: int | None) -> str:
    staff = db.session.get(Staff, staff_id) if staff_id else None
    return str(staff) if staff else ""
