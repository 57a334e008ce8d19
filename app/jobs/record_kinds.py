"""Of what kind the records of a job are, where they are no orders: its numbers are their ids then."""

from __future__ import annotations

from app.actions import ACTIONS
from app.actions.declaration import AnyAction
from app.extensions import Model
from app.models import Job


def kind_of_records(job: Job) -> type[Model] | None:
    """None for orders, and where the action of the job is gone."""
    action = ACTIONS.get(job.action)
    return find_kind(action, job.report.get("records", "")) if action else None


def find_kind(action: AnyAction, table: str) -> type[Model] | None:
    """The kind of record in this table that the action is done to."""
    kinds = (kind for kind in action.record_types if issubclass(kind, Model))
    return next((kind for kind in kinds if table and kind.__tablename__ == table), None)
