"""Whatever can be asked of the application: every route with its arguments, forms and the right that it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.actions import ACTIONS, AnyAction
from app.actions.declaration import InCell
from app.admin_views.bulk import bulk_actions, row_actions
from app.admin_views.cell_actions import actions_in_cells
from app.admin_views.dashboard.offered_actions import offered_actions, record_in
from app.admin_views.tickets import offered_actions as offered_on_tickets
from app.exports.figures import REPORTS
from app.extensions import Base, db, sqlite_module
from app.models import CustomStatus, Order
from app.security.rights import grants
from tests.clients import Client

#: Not of the back office: signing in, what customers and programs see, and what anybody may see. Proved elsewhere.
ELSEWHERE = {
    "account", "admin.static", "api", "api-docs", "health", "hooks", "links", "logo", "metrics", "passkey_signin",
    "passwords", "preferences", "proving", "quotes", "second_step", "security", "signing_in", "start", "static",
}  # fmt: skip

#: What Flask-Admin gives every list of records. A POST to it takes the list's own right; without one it is off.
STOCK = {"action_view", "ajax_update", "create_view", "delete_view", "edit_view", "index_view"}

#: The right that a POST takes, where it is neither an action's nor the list's own.
RIGHTS: dict[str, Callable[[dict[str, Any]], str]] = {
    "admin.plant_demo": lambda given: "settings.demo",
    "admin.put_steps_away": lambda given: "settings.company",
    "admin.remove_demo": lambda given: "settings.demo",
    "arrivals.again": lambda given: "imports.orders",
    "arrivals.correct": lambda given: "imports.orders",
    "bank.book": lambda given: "payments.bank",
    "bank.columns": lambda given: "payments.bank",
    "bank.forget": lambda given: "payments.bank",
    "bank.put_aside": lambda given: "payments.bank",
    "bank.take_up": lambda given: "payments.bank",
    "bank.undo": lambda given: "payments.bank",
    "bank.upload": lambda given: "payments.bank",
    "connection.access": lambda given: "imports.connections",
    "connection.ask_for_key": lambda given: "imports.connections",
    "connection.backfill": lambda given: "imports.connections",
    "connection.dismiss": lambda given: "imports.connections",
    "connection.forget_access": lambda given: "imports.connections",
    "connection.go_on": lambda given: "imports.connections",
    "connection.look_now": lambda given: "imports.connections",
    "connection.pause": lambda given: "imports.connections",
    "connection.read_catalogue": lambda given: "imports.connections",
    "connection.sample": lambda given: "imports.connections",
    "connection.secret": lambda given: "imports.connections",
    "connection.try_access": lambda given: "imports.connections",
    "telling.try_now": lambda given: "imports.connections",
    "copies.make": lambda given: "settings.copies",
    "customer.check_vat_number": lambda given: "customers.check_customers_vat_number",
    "customer.erase": lambda given: "customers.erase_personal_data",
    "customer.give_personal_data": lambda given: "exports.personal_data",
    "customer.merge": lambda given: "customers.merge_customers",
    "customer.stop_reminders": lambda given: "customers.stop_customers_reminders",
    "customer.remind_again": lambda given: "customers.remind_customer_again",
    "due_reminders.send": lambda given: "messages.send_payment_reminder",
    "customer.send_statement": lambda given: "messages.send_statement",
    "draft.begin": lambda given: "orders.begin_draft",
    "imports.begin": lambda given: "imports.files",
    "imports.columns": lambda given: "imports.files",
    "imports.discard": lambda given: "imports.files",
    "imports.shop": lambda given: "imports.files",
    "imports.sheet": lambda given: "imports.files",
    "imports.undo": lambda given: "imports.undo",
    "imports.upload": lambda given: "imports.files",
    "jobs.cancel": lambda given: "payments.mark_paid",  # of the job that is the sample
    "jobs.undo": lambda given: "payments.mark_not_paid",
    "list_views.change": lambda given: "",
    "list_views.delete": lambda given: "",
    "list_views.look": lambda given: "",
    "list_views.save": lambda given: "",
    "document_settings.preview": lambda given: "settings.documents",
    "e_invoice_settings.trial": lambda given: "settings.e_invoices",
    "mail_settings.trial": lambda given: "settings.mail",
    "mail_texts.edit": lambda given: "texts.change_text",
    "mail_texts.trial": lambda given: "texts.change_text",
    "order.ajax_update": lambda given: actions_in_cells(Order)[given["field"]][0].right,
    "order.undo_on_many": lambda given: ACTIONS[ACTIONS[given["undoes"]].undo].right,
    "order_page.add_product": lambda given: "orders.edit_lines",
    "order_page.change_address": lambda given: "orders.change_address",
    "jobs.go_on": lambda given: "payments.mark_paid",
    "packing.make": lambda given: "shipments.create_packing_slip",
    "packing.send": lambda given: "shipments.send_shipment",
    "outbox.try_now": lambda given: "messages.send_again",
    "outbox.again": lambda given: "messages.send_again",
    "profile.index": lambda given: "",
    "profile.sign_out_there": lambda given: "",
    "factors.app": lambda given: "",
    "factors.codes": lambda given: "",
    "factors.passkey": lambda given: "",
    "factors.remove_passkey": lambda given: "",
    "factors.remove_app": lambda given: "",
    "reports.close": lambda given: "settings.close_books",
    "reports.reopen": lambda given: "settings.reopen_books",
    "reports.documents": lambda given: "exports.invoices",
    "staff.reset_factors": lambda given: "staff.people",
    "staff.sign_out": lambda given: "staff.people",
    "staff.give_link": lambda given: "staff.people",
    "task.add": lambda given: "tasks.add_task",
    "webhook.new_secret": lambda given: "settings.webhooks",
    "webhook.test": lambda given: "settings.webhooks",
    "webhook_message.again": lambda given: "settings.webhooks",
    "usual_methods.index": lambda given: "catalogue.payment_methods",
}

#: The right that a GET takes, where it is not the page's own.
SIGHTS: dict[str, Callable[[dict[str, Any]], str]] = {
    "bank.columns": lambda given: "payments.bank",
    "imports.columns": lambda given: "imports.files",
    "imports.errors": lambda given: "imports.files",
    "imports.preview": lambda given: "imports.files",
    "imports.shop": lambda given: "imports.files",
    "imports.upload": lambda given: "imports.files",
    "arrivals.correct": lambda given: "imports.orders",
    "customer.merge": lambda given: "customers.merge_customers",
    "copies.download": lambda given: "settings.copies",
    "customer.statement": lambda given: "exports.statement",
    "figures.index": lambda given: "exports",
    "figures.show": lambda given: REPORTS[given["what"]].right,
    "figures.take_out": lambda given: REPORTS[given["what"]].right,
    "reports.index": lambda given: "exports",
    "vat_return.index": lambda given: "exports.vat",
    "vat_return.documents": lambda given: "exports.vat",
    "vat_return.take_out": lambda given: "exports.vat",
    "reports.books": lambda given: "exports.ledger",
    "reports.take_out": lambda given: f"exports.{given['what']}",
    "settings.index": lambda given: "settings",
    "customer.export": lambda given: "exports.customers",
    "invoice.export": lambda given: "exports.invoices",
    "outbox.export": lambda given: "exports.mails",
    "product.export": lambda given: "exports.products",
    "return.export": lambda given: "exports.returns",
    "shipment.export": lambda given: "exports.shipments",
    "task.export": lambda given: "exports.tasks",
    "ticket.export": lambda given: "exports.tickets",
}

#: A POST that only shows something.
HARMLESS = {"mail_texts.preview"}

#: A GET that is written down in the history.
NOTED = {
    "copies.download",
    "customer.statement",
    "figures.take_out",
    "reports.books",
    "reports.take_out",
    "vat_return.take_out",
    *(name for name in SIGHTS if name.endswith(".export")),
}

#: Tables that any request may touch: who is there, and prints that are made when they are first asked for.
UNSEEN = {
    "security_event",
    "security_event_search",
    "staff_session",
    "print",
    "packing_slip_print",
    "e_invoice",
    "quote",
    "quote_print",
    "unsealed",
}


@dataclass(frozen=True)
class Ask:
    """One request, and the right it takes: None for what is switched off for everybody, "" for any member of staff."""

    method: str
    path: str
    endpoint: str
    right: str | None
    sight: str = ""
    form: dict[str, str] = field(default_factory=dict)

    def is_allowed(self, rights: Iterable[str]) -> bool:
        needed = [right for right in (self.right, self.sight) if right]
        return self.right is not None and all(grants(list(rights), right) for right in needed)

    def by(self, browser: Client) -> TestResponse:
        if self.method == "GET":
            return browser.get(self.path)
        return browser.post(self.path, data=self.form)

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.form or ''}"


def is_elsewhere(endpoint: str) -> bool:
    first = endpoint.partition(".")[0]
    of_programs = first.startswith("api_") and first != "api_keys"  # that is the page of their keys
    return endpoint in ELSEWHERE or first in ELSEWHERE or of_programs


def asks_of(app: Flask, rule: Rule, samples: dict[str, list[Any]], order: Order) -> Iterator[Ask]:
    view_name, _dot, name = rule.endpoint.partition(".")
    view = next(view for view in app.extensions["admin"][0]._views if view.endpoint == view_name)
    with app.test_request_context():
        for given in arguments_of(rule, samples, order):
            path = app.url_map.bind("localhost").build(rule.endpoint, given)
            path += "?id=1" if name in ("edit_view", "details_view") else ""
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                for form in forms_of(view, rule.endpoint, method, samples):
                    right = right_of(view, rule.endpoint, method, given | form)
                    yield Ask(method, path, rule.endpoint, right, getattr(view, "sight", ""), form)


def view_called(endpoint: str) -> Any:
    (admin,) = current_app.extensions["admin"]
    return next((view for view in admin._views if view.endpoint == endpoint.partition(".")[0]), None)


def actions_on(view: Any, declared: Iterable[AnyAction]) -> Iterator[dict[str, Any]]:
    """Each action that the list declares, on its newest record."""
    for action in declared:
        record_id = db.session.scalar(select(view.model.id).order_by(view.model.id.desc()).limit(1))
        if record_id is None:
            pytest.fail(f"{action.name}: `samples` has no record of {view.endpoint}")
        yield {"record_id": record_id, "action_name": action.name}


def arguments_of(rule: Rule, samples: dict[str, list[Any]], order: Order) -> list[dict[str, Any]]:
    """What to put into the address; of a choice among words every one."""
    if rule.endpoint.endswith(".act_on_record"):
        view = view_called(rule.endpoint)
        return list(actions_on(view, view.record_actions))
    if rule.endpoint == "order_page.act":
        return [given for given in acts_on(order) if set(given) == rule.arguments]
    if rule.endpoint == "ticket.act":
        return [{"ticket_id": samples["ticket_id"][0], "action_name": name} for name in offered_on_tickets()]
    choices = {}
    for name in rule.arguments:
        words = getattr(rule._converters[name], "items", None)
        if words is None and name not in samples:
            pytest.fail(f"{rule.rule}: say in `samples` what {name} may be")
        choices[name] = sorted(words) if words is not None else samples[name]
    return [dict(zip(choices, picked, strict=True)) for picked in product(*choices.values())]


def acts_on(order: Order) -> Iterator[dict[str, Any]]:
    """Each action of the order page on the order, or on the first of its records that it fits."""
    for name, action in offered_actions().items():
        if record_in(order, action, None) is not None:
            yield {"number": order.number, "action_name": name}
            continue
        record_id = next((id for id in range(1, 50) if record_in(order, action, id) is not None), None)
        if record_id is None:
            pytest.fail(f"{name}: `samples` has no order with a record that it fits")
        yield {"number": order.number, "action_name": name, "record_id": record_id}


def forms_of(view: Any, endpoint: str, method: str, samples: dict[str, list[Any]]) -> list[dict[str, str]]:
    """Lists name their action in the form: each one."""
    if endpoint.endswith(".action_view"):
        declared = [(str(given["record_id"]), given["action_name"]) for given in actions_on(view, view.ticked_actions)]
        return [{}, *({"action": name, "rowid": record_id} for record_id, name in declared)]
    (number,) = samples["number"]
    if endpoint == "order.ajax_update":
        return [entered_in_cell(number, column, place) for column, (_one, place) in actions_in_cells(Order).items()]
    if endpoint == "order.undo_on_many":
        return [{"undoes": action.name, "rowid": number} for action in bulk_actions() if action.undo]
    if endpoint != "order.on_many" or method == "GET":
        return [{}]
    many = [{"action": action.name, "rowid": number} for action in bulk_actions()]
    return many + [{"row": f"{action.name}:{number}"} for action in row_actions()]


def entered_in_cell(number: str, column: str, place: InCell) -> dict[str, str]:
    """Something else than the order has there."""
    order = db.session.scalars(select(Order).where(Order.number == number)).one()
    statuses = ["None", *map(str, db.session.scalars(select(CustomStatus.id).where(CustomStatus.is_active)))]
    other = next(one for one in statuses if one != str(order.custom_status_id)) if column == "status" else "Said"
    return {"field": column, "id": number, "seen_version": str(place.seen(order)), column: other}


def right_of(view: Any, endpoint: str, method: str, given: dict[str, Any]) -> str | None:
    name = endpoint.partition(".")[2]
    if method == "GET" and name != "create_view":
        return SIGHTS[endpoint](given) if endpoint in SIGHTS else ""
    if endpoint in RIGHTS:
        return RIGHTS[endpoint](given)
    if endpoint in HARMLESS:
        return ""
    action_name = given.get("action_name") or given.get("action") or given.get("row", "").partition(":")[0]
    if action_name in ACTIONS:
        return ACTIONS[action_name].right
    if name in STOCK:
        return view.right or None
    return pytest.fail(f"{method} {endpoint}: say in `RIGHTS` which right it takes")


class Shop:
    """The database file: whether anything in it has changed, and back to what it was."""

    def __init__(self, app: Flask):
        with app.app_context():
            self.file = str(db.engine.url.database)
        self.tables = [name for name in Base.metadata.tables if name not in UNSEEN]
        self.kept = sqlite_module().connect(":memory:")
        with closing(self.connect()) as now:
            now.backup(self.kept)
        self.watching = self.connect()
        self.version, self.found = self.data_version(), list[str]()
        self.before = self.content()

    def connect(self) -> Any:
        return sqlite_module().connect(self.file)

    def content(self) -> dict[str, list[Any]]:
        with closing(self.connect()) as now:
            return {table: now.execute(f'SELECT * FROM "{table}"').fetchall() for table in self.tables}

    def data_version(self) -> Any:
        """Another number after anybody has committed: what was not written to need not be compared."""
        return self.watching.execute("PRAGMA data_version").fetchone()

    def changed(self) -> list[str]:
        before, self.version = self.version, self.data_version()
        if self.version != before:
            now = self.content()
            self.found = [table for table in self.tables if now[table] != self.before[table]]
        return self.found

    def restore(self) -> None:
        with closing(self.connect()) as now:
            self.kept.backup(now)
        self.version, self.found = self.data_version(), []
