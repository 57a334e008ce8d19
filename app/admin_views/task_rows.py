"""A task as a row, on the order page and on Home: what it says, and the addresses that change and finish it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from app.admin_views.dashboard.buttons import Button
from app.columns import now
from app.models import Task, TaskStatus
from app.pages.labels import OVERDUE, TASK_STATUS, Label


@dataclass(frozen=True)
class TaskRow:
    task: Task
    change_url: str
    tick_url: str
    is_done: bool
    labels: tuple[Label, ...]  # what is not plain: overdue, in progress
    more: tuple[Button, ...] = ()


def task_row(task: Task, url: Callable[[str, int], str], more: Iterable[Button] = ()) -> TaskRow:
    """`url` gives the address of an action on a task; `more` are buttons besides those that every row has."""
    is_done = task.status == TaskStatus.DONE
    tick = url("reopen_task" if is_done else "finish_task", task.id)
    return TaskRow(task, url("change_task", task.id), tick, is_done, tuple(labels_of(task)), tuple(more))


def labels_of(task: Task) -> list[Label]:
    labels = [OVERDUE] if is_overdue(task) else []
    return [*labels, TASK_STATUS[task.status]] if task.status == TaskStatus.IN_PROGRESS else labels


def is_overdue(task: Task) -> bool:
    return task.status != TaskStatus.DONE and task.due_at is not None and task.due_at < now()


def urgency(task: Task) -> tuple[bool, bool, datetime, int]:
    """Open ones first, what is due soonest before the rest."""
    return task.status == TaskStatus.DONE, task.due_at is None, task.due_at or task.created_at, task.id
