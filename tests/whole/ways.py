"""The ways by which an action is done: a pop-up and its Undo, a row of the list, ticked rows, a program, a file."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import select

from app import jobs
from app.admin_views import bulk
from app.admin_views.dashboard.offered_actions import offered_actions, record_in
from app.api.acting import route_of
from app.api.shapes import EditedLineShape
from app.errors import ActionRefused
from app.extensions import Model, db
from app.history import Actor
from app.intake.batches import keep_file
from app.models import ImportBatch, Job, JobState, Order
from tests.arrange import order_14, work_off
from tests.clients import Client, Program
from tests.factories import outside_shop
from tests.forms import Form, forms_in
from tests.whole.moves import Move

REFUSED = (404, 409, 422)


# --- a person at the screen -----------------------------------------------------------------------------------------


def pop_up_of(move: Move) -> str:
    """Where the page of the order opens its pop-up; "" for what it doesn't offer."""
    order, record = move.order, move.record
    if order is None or offered_actions().get(move.action.name) is not move.action:
        return ""
    record_id = None if isinstance(record, Order) else record.id
    if record_in(order, move.action, record_id) is None:
        return ""
    return f"/admin/order/{order.number}/{move.action.name}" + (f"/{record_id}" if record_id else "")


def press_in_pop_up(browser: Client, path: str, random: Random) -> str:
    """Open it, tick and untick, and press; the address of the Undo that is offered then, or ""."""
    opened = browser.get(path)
    assert opened.status_code == 200, f"{path}: {opened.status_code}"
    form = next((one for one in forms_in(opened.text) if one.action.partition("?")[0] == path), None)
    if form is None:
        return ""  # it says why it can't be done
    answer = browser.post(path, data=filled_in(form, opened.text, random))
    assert answer.status_code in (303, 200, *REFUSED), f"{path}: {answer.status_code}"
    return undo_offered(browser)


def filled_in(form: Form, page: str, random: Random) -> dict[str, list[str]]:
    fields = {name: values if any(values) else ["A few words"] for name, values in form.fields.items()}
    for name in ("notify", "credit", "restock", "take_back", "invoice", "kept", "everything"):
        if f'name="{name}"' in page and random.random() < 0.5:
            fields.pop(name, None)
        elif f'name="{name}"' in page:
            fields[name] = ["y"]
    return fields


def undo_offered(browser: Client) -> str:
    with browser.session_transaction() as session:
        said = [message for _category, message in session.pop("_flashes", [])]
    return next((str(message["undo"]) for message in said if isinstance(message, dict) and "undo" in message), "")


def press_in_row(browser: Client, number: str, random: Random) -> str:
    name = random.choice(bulk.row_actions()).name
    answer = browser.post("/admin/order/bulk", data={"row": f"{name}:{number}"})
    assert answer.status_code == 303, f"{name} in the row of {number}: {answer.status_code}"
    return f"{name} in the row of {number}"


def press_above_list(browser: Client, numbers: list[str], random: Random) -> str:
    """Tick orders and choose an action; where it asks first, what it asks is filled in."""
    name = random.choice(bulk.bulk_actions()).name
    chosen: dict[str, Any] = {"action": name, "rowid": numbers}
    answer = browser.post("/admin/order/bulk", data=chosen)
    if answer.status_code == 200:
        form = next(one for one in forms_in(answer.text) if one.action.startswith("/admin/order/bulk"))
        chosen |= filled_in(form, answer.text, random) | {"step": "do"}
        answer = browser.post("/admin/order/bulk", data=chosen)
    assert answer.status_code in (200, 303, 422), f"{name}: {answer.status_code}"
    return f"{name} on {numbers}"


def refuse_failed_jobs(app: Flask) -> None:
    """What waits is done at once, and nothing of it fails for a reason that nobody expected."""
    work_off(app)
    with app.app_context():
        failed = [job for job in db.session.scalars(select(Job)) if job.state == JobState.FAILED]
        assert not failed, failed
        reports = {job.id: job.report["failed"] for job in db.session.scalars(select(Job)) if "failed" in job.report}
        assert not reports, reports


# --- a program ------------------------------------------------------------------------------------------------------


def call_of(move: Move) -> tuple[str, dict[str, Any]]:
    """Where a program does it, and the body; "" for what has no address."""
    place = route_of(move.action)
    if place is None or not isinstance(move.record, place.record):
        return "", {}
    how = {name: as_sent(value) for name, value in move.how.items()}
    return f"/api/{place.path}/{getattr(move.record, place.key)}/actions/{move.action.name}", how


def as_sent(value: Any) -> Any:
    if isinstance(value, Model):
        return value.id
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): as_sent(one) for key, one in value.items()}
    if isinstance(value, list):
        return [EditedLineShape().dump(one) if not isinstance(one, str) else one for one in value]
    return value


def call(program: Program, path: str, body: dict[str, Any]) -> int:
    answer = program.post(path, json=body)
    assert answer.status_code in (200, *REFUSED), f"{path} {body}: {answer.status_code} {answer.text}"
    return answer.status_code


# --- a file ---------------------------------------------------------------------------------------------------------


def told_by_shop(number: int, random: Random) -> dict[str, Any]:
    """An order as WooCommerce states it today."""
    status = random.choice(["pending", "on-hold", "processing", "processing", "completed", "refunded", "cancelled"])
    refunds = [{"id": 900 + number, "reason": "Broken", "total": "-2.50"}] if random.random() < 0.3 else []
    is_paid = status in ("processing", "completed", "refunded")
    paid = "2026-11-20T10:01:00" if is_paid else None
    line = {
        "id": 1,
        "name": "Mug",
        "sku": "MUG-30",
        "quantity": 3,
        "subtotal": "30.99",
        "total": "30.99",
        "price": 10.33,
    }
    line |= {"total_tax": "6.51", "subtotal_tax": "6.51", "taxes": [{"id": 1, "total": "6.51", "subtotal": "6.51"}]}
    taxes = [{"rate_id": 1, "label": "VAT", "rate_percent": 21, "tax_total": "6.51"}]
    sums = {"total": "37.50", "total_tax": "6.51", "line_items": [line], "tax_lines": taxes}
    facts = {"id": number, "number": str(number), "status": status, "date_paid_gmt": paid, "refunds": refunds}
    return order_14(**facts, **sums)


def import_file(app: Flask, content: list[dict[str, Any]], *, notify: bool, by: Actor) -> int:
    """Upload it and bring it in; the id of the batch."""
    with app.app_context():
        file = json.dumps(content).encode()
        batch = keep_file(outside_shop(), "orders.json", file, notify=notify, by=by)
        db.session.flush()
        batch_id = batch.id
        jobs.start_import(batch_id, by=by, language="en")
        db.session.commit()
    refuse_failed_jobs(app)
    return batch_id


def undo_import(app: Flask, batch_id: int, *, by: Actor) -> bool:
    with app.app_context():
        try:
            jobs.start_undo(batch_id, by=by, language="en")
            db.session.commit()
        except ActionRefused:
            db.session.rollback()
            return False
    refuse_failed_jobs(app)
    return True


def batches() -> list[int]:
    return list(db.session.scalars(select(ImportBatch.id).order_by(ImportBatch.id)))
