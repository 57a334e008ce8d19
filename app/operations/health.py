"""/healthz: this process is alive; /readyz: the database answers and is migrated, and the worker inside works."""

from __future__ import annotations

from flask import Blueprint, current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.jobs import heartbeat
from app.models import Outside, Shop
from app.operations import starting
from app.queries.outages import current_outages

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> tuple[str, int]:
    return "alive\n", 200


@health.get("/readyz")
def ready() -> tuple[str, int]:
    try:
        fault = starting.fault_of_schema()
        found = None if fault else db.session.scalar(select(Shop.id))
    except SQLAlchemyError:
        return "the database does not answer\n", 503
    if fault:
        return f"{fault.sentence}\n", 503
    if not found:
        return "the database has no shop yet\n", 503
    worker = current_app.extensions.get("background_work")
    if worker is not None and (trouble := worker.trouble()):
        return f"background work has {trouble}\n", 503
    if worker is None and current_app.config.get("WORKER_ELSEWHERE"):
        return ready_elsewhere()
    return "ready\n", 200


def ready_elsewhere() -> tuple[str, int]:
    """Whether the worker in another process gives signs of life. A lane that hangs there is said, but keeps nobody out:
    to restart this process would mend nothing."""
    try:
        is_running, out = heartbeat.pulse().is_running, current_outages()
    except SQLAlchemyError:
        return "the database does not answer\n", 503
    if not is_running:
        return "background work is silent: no worker runs\n", 503
    lanes = ", ".join(one.part for one in out if one.what == Outside.LANE)
    return f"ready, but background work does not go on at {lanes}\n" if lanes else "ready\n", 200
