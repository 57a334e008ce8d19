"""The ways by which an action is done: a pop-up and its Undo, a row of the list, ticked rows, a program, a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

from flask import Flask, current_app
from sqlalchemy import select

from app import jobs, webhooks
from app.actions import AnyAction
from app.actions.lines import EditedLine
from app.admin_views import tickets
from app.admin_views.dashboard.offered_actions import offered_actions, record_in
from app.admin_views.record_actions import RecordActions
from app.api.acting import route_of
from app.api.shapes import EditedLineShape
from app.errors import ActionRefused
from app.extensions import Model, db
from app.history import Actor
from app.intake.batches import keep_file
from app.mails import outbox
from app.models import DeliveryState, ImportBatch, Job, JobState, Order, OutgoingMail, Ticket, WebhookDelivery
from tests.arrange import order_14, work_off
from tests.clients import Client, Program
from tests.factories import outside_shop
from tests.forms import Form, forms_in
from tests.whole.moves import Move

REFUSED = (404, 409, 422)


# --- a person at the screen -----------------------------------------------------------------------------------------


def pop_up_of(move: Move) -> str:
    """Where its pop-up is opened: on the page of the order or the ticket, or in a list; "" for what is in none."""
    order, record, name = move.order, move.record, move.action.name
    if isinstance(record, Ticket):
        return f"/admin/ticket/{record.id}/{name}" if name in tickets.offered_actions() else ""
    for view in lists_of(record):
        if view.declared_action(name):
            return f"{view.url}/{record.id}/act/{name}"
    record_id = None if isinstance(record, Order) else getattr(record, "id", None)
    if order is None or offered_actions().get(name) is not move.action or not record_in(order, move.action, record_id):
        return ""
    return f"/admin/order/{order.number}/{name}" + (f"/{record_id}" if record_id else "")


def lists() -> list[Any]:
    (admin,) = current_app.extensions["admin"]
    return [view for view in admin._views if isinstance(view, RecordActions)]


def lists_of(record: Any) -> list[Any]:
    """The lists of records of this kind."""
    return [view for view in lists() if view.model is type(record)]


def press_in_pop_up(browser: Client, path: str, how: Mapping[str, Any]) -> tuple[bool, dict[str, Any]]:
    """Open it, fill it in, and press; whether it was done, and what was sent, by which it can be pressed again."""
    opened = browser.get(path)
    assert opened.status_code == 200, f"{path}: {opened.status_code}"
    form = form_at(path, opened.text)
    if form is None:
        return False, {}  # it says why it can't be done
    sent = filled_in(form, opened.text, how) | {"form_token": browser.form_token()}
    answer = browser.post(path, data=sent)
    if answer.status_code == 200 and 'name="sure"' in answer.text:
        sent["sure"] = "1"
        answer = browser.post(path, data=sent)
    assert answer.status_code in (303, 200, *REFUSED), f"{path}: {answer.status_code}"
    return answer.status_code == 303, sent


def form_at(path: str, page: str) -> Form | None:
    return next((one for one in forms_in(page) if one.action.partition("?")[0] == path and one.method == "post"), None)


def filled_in(form: Form, page: str, how: Mapping[str, Any]) -> dict[str, Any]:
    """The form as it starts, with what is entered on top of it."""
    fields: dict[str, Any] = dict(form.fields)
    for name, value in how.items():
        for field in [one for one in fields if one == name or one.startswith(f"{name}-")]:
            if isinstance(value, bool | list) or field == name:
                fields.pop(field)
        if isinstance(value, bool):
            fields |= {name: ["y"]} if value and f'name="{name}"' in page else {}
        elif f"{name}-picked" in form.choices:
            fields |= {f"{name}-picked": ["own"], f"{name}-own": [as_typed(value)]}
        else:
            fields |= typed(name, value)
    return fields


def typed(name: str, value: Any) -> dict[str, list[str]]:
    if isinstance(value, dict):
        return {f"{name}-{key}": [as_typed(one)] for key, one in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], EditedLine):
        parts = ("id", "product_id", "sku", "name", "quantity", "unit_price", "discount", "rate")
        lines = enumerate(value)
        return {f"{name}-{at}-{part}": [as_typed(getattr(line, part))] for at, line in lines for part in parts}
    return {name: [as_typed(one) for one in value] if isinstance(value, list) else [as_typed(value)]}


def as_typed(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M}"
    if isinstance(value, Model):
        return str(value.id)  # type: ignore[attr-defined]
    return "" if value is None else str(value)


def as_read(action: AnyAction, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The ticks and texts of what a browser sent, as the action gets them."""
    ticks = {one.name: one.name in sent for one in action.inputs if one.is_tick}
    return ticks | {one.name: sent[one.name][0] for one in action.inputs if one.kind == "text" and one.name in sent}


def said_to(browser: Client) -> tuple[list[str], str]:
    """How what is said now was meant (success, error, warning), and the address of the Undo that is offered, or ""."""
    with browser.session_transaction() as session:
        said = session.pop("_flashes", [])
    undo = (str(message["undo"]) for _how, message in said if isinstance(message, dict) and "undo" in message)
    return [how for how, _message in said], next(undo, "")


def press_in_row(browser: Client, action: AnyAction, number: str) -> None:
    answer = browser.post("/admin/order/bulk", data={"row": f"{action.name}:{number}"})
    assert answer.status_code == 303, f"{action.name} in the row of {number}: {answer.status_code}"


def press_above_list(
    browser: Client, action: AnyAction, numbers: list[str], how: Mapping[str, Any]
) -> tuple[bool, bool]:
    """Tick orders and press; where it asks first, what it asks is filled in.

    Whether it is done by a job, and whether it was ticked that the customers are told.
    """
    chosen: dict[str, Any] = {"action": action.name, "rowid": numbers}
    answer = browser.post("/admin/order/bulk", data=chosen)
    if answer.status_code == 200:
        form = next(one for one in forms_in(answer.text) if one.action.startswith("/admin/order/bulk"))
        asked = {one.name for one in action.inputs_for_many}
        chosen |= filled_in(form, answer.text, {name: value for name, value in how.items() if name in asked})
        answer = browser.post("/admin/order/bulk", data=chosen | {"step": "do"})
    assert answer.status_code in (200, 303, 422), f"{action.name}: {answer.status_code}"
    return "/jobs/" in (answer.location or ""), "notify" in chosen


def ticked_in_list(move: Move) -> tuple[str, dict[str, Any]]:
    """Where the records of its list are ticked, and what is sent then; "" where the list has no such button."""
    view = next((one for one in lists_of(move.record) if move.action in one.ticked_actions), None)
    if view is None:
        return "", {}
    asked = {one.name for one in move.action.inputs_for_many}
    entered = {key: text for name in asked & set(move.how) for key, text in typed(name, move.how[name]).items()}
    return f"{view.url}/action/", {**entered, "action": move.action.name, "rowid": [move.record.id], "step": "do"}


def press(browser: Client, path: str, sent: dict[str, Any]) -> None:
    answer = browser.post(path, data=sent)
    assert answer.status_code in (200, 303, *REFUSED), f"{path} {sent}: {answer.status_code}"


# --- the worker -----------------------------------------------------------------------------------------------------


def refuse_failed_jobs(app: Flask) -> None:
    """What waits is done at once, and nothing of it fails for a reason that nobody expected."""
    work_off(app)
    with app.app_context():
        failed = [job for job in db.session.scalars(select(Job)) if job.state in (JobState.FAILED, JobState.STOPPED)]
        assert not failed, failed
        reports = {job.id: job.report["failed"] for job in db.session.scalars(select(Job)) if "failed" in job.report}
        assert not reports, reports


def work_off_mails(random: Random) -> None:
    """The worker has its turn: what waits goes, or fails."""
    while mail_id := outbox.claim_mail("machine"):
        mail = db.session.get_one(OutgoingMail, mail_id)
        if random.random() < 0.7:
            outbox.set_sent(mail, [])
        else:
            outbox.fail(mail, "No such mailbox")
        db.session.commit()
    while message := webhooks.claim_message("machine"):
        is_gone = random.random() < 0.5
        webhooks.record_outcome("machine", message.delivery_id, 204 if is_gone else 500, "" if is_gone else "500 Odd")
        if not is_gone:
            db.session.get_one(WebhookDelivery, message.delivery_id).state = DeliveryState.FAILED
        db.session.commit()


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
