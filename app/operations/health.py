"""/healthz: this process is alive; /readyz: the database answers and is migrated, and the worker inside works."""

from __future__ import annotations

from flask import Blueprint, current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.models import Shop
from app.operations import starting

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
    return "ready\n", 200
