"""Every page that a browser can open, made from the application's own routes, on a shop with a record of every kind.

A route with an argument of a new name, or one that answers with no page, makes the tests fail until it is named here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice, product
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import Column, Enum, String, Text, select, update
from sqlalchemy.exc import IntegrityError
from werkzeug.routing import Rule

from app import jobs, webhooks
from app.actions.api_keys import create_key
from app.actions.bank_files import take_in_statement
from app.actions.drafts import copy_order
from app.actions.memos import write_memo
from app.actions.staff import add_staff
from app.actions.tasks import add_task
from app.actions.tickets import ask
from app.admin_views.base import RecordView
from app.admin_views.dashboard.offered_actions import offered_actions, record_in
from app.admin_views.dashboard.tabs import TABS
from app.admin_views.settings.topic import ShopTopic
from app.admin_views.tickets import offered_actions as offered_on_tickets
from app.columns import now
from app.connections.managing import begin_pulls
from app.demo import plant
from app.documents.quotes import make_quote
from app.extensions import Base, db
from app.history import SYSTEM, Actor
from app.intake.accept import take_in
from app.intake.batches import keep_file
from app.intake_readers import orders_in
from app.jobs.importing import start_import
from app.models import (
    Arrival,
    Connection,
    Customer,
    CustomStatus,
    EInvoiceFormat,
    EInvoiceSending,
    EInvoiceState,
    EInvoiceWay,
    ImportBatch,
    Job,
    JobKind,
    Order,
    OrderStatus,
    Quote,
    Return,
    ReturnAction,
    ReturnReason,
    Role,
    Shipment,
    ShopProduct,
    StoredFile,
    Task,
    Ticket,
    WebhookDelivery,
    WebhookEndpoint,
)
from app.queries import shop
from app.security import sessions
from tests.browser.reading import TYPED
from tests.clients import somebody
from tests.every_action import records_of
from tests.factories import new_connection, outside_shop, shop_key

#: What answers with a file, with data, or with another page; and what programs call.
NO_PAGES = {
    "account.document", "account.shown_picture", "admin.static", "administration.terms", "api-docs.openapi_json",
    "connection.ask_for_key", "connection.asked_key", "connection.sample", "connection.secret", "copies.download",
    "factors.ask_for_passkey",
    "health.alive",
    "health.ready", "imports.errors", "imports.shop", "jobs.file", "logo.show_logo", "metrics.expose_measures",
    "list_views.counts", "manual.picture", "news.index", "numbering.preview",
    "company.example", "document_settings.example",
    "everything.suggest", "order_page.e_invoice", "order_page.invoice_pdf",
    "order_page.invoices_pdf", "order_page.map", "order_page.packing_slip_pdf", "order_page.quote_pdf",
    "order_page.return_slip_pdf",
    "outbox.attachment", "packing.next", "packing.pick_list_pdf",
    "passkey_signin.hand_out_challenge", "quotes.take_print",
    "customer.statement", "figures.index", "figures.take_out", "reports.books", "reports.take_out",
    "vat_return.take_out",
    "second_step.enter_code",
    "shop_stock.index_view", "start", "static", "telling.index_view", "ticket.picture", "webhook.new_secret",
}  # fmt: skip

#: What anybody may open; they are looked at before signing in.
SIGNED_OUT = {"security.login", "links.show", "signing_in.ask", "signing_in.open_link", "quotes.open_quote"}

#: Text columns that people fill in: their values end in `TYPED`.
TYPED_IN = {
    "action", "actor_name", "author", "browser", "carrier", "city", "company", "created_by", "customer_name",
    "customer_note", "delivery_time", "description", "entered_by", "field", "footer", "last_error", "location",
    "method", "method_title", "name", "note", "notes", "origin", "payment_method_title", "reason", "reference",
    "region", "registration", "shipping_method_title", "street", "street2", "subject", "text", "title", "to_name",
    "undone_by", "variant",
}  # fmt: skip


# --- the shop -------------------------------------------------------------------------------------------------------


def plant_everything() -> None:
    """The demo shop, what it has none of, and `TYPED` behind every text that people type."""
    plant()
    add_staff("owner@example.org", role="owner", by=SYSTEM, name="Sanne")  # not called as a role: those are translated
    order = newest(Order, Order.status == OrderStatus.COMPLETED)
    create_key("Till", rights=["read"], by=SYSTEM)
    endpoint = WebhookEndpoint(title="Till", url="http://127.0.0.1:9/", secret=webhooks.new_secret())
    connection = new_connection(key="key", secret="secret", address="http://127.0.0.1:9")
    db.session.add_all([connection, endpoint])
    about = {"format": EInvoiceFormat.UBL, "way": EInvoiceWay.FOLDER, "state": EInvoiceState.REFUSED}
    db.session.add(EInvoiceSending(invoice=order.invoices[0], last_error="Unknown", due_at=now(), **about))
    db.session.flush()
    begin_pulls(connection)
    mug = ShopProduct(outside_shop=connection.outside_shop, external_id="16", title="Mug", sku="MUG", stock=5)
    db.session.add(mug)
    body = json.dumps({"type": "order.paid"})
    db.session.add(WebhookDelivery(endpoint=endpoint, message_id="msg_1", event="order.paid", body=body))
    write_memo(order, by=SYSTEM, text="Ring twice")
    add_task(order, by=SYSTEM, description="Call")
    customer = Actor("customer", order.email)
    picture = StoredFile(name="mug.png", media_type="image/png", content=b"", sha256="0")
    ask(order, by=customer, subject="Where is it?", text="I wait", pictures=[picture])
    make_quote(copy_order(order, by=SYSTEM))
    (found,) = orders_in("woocommerce", json.dumps({"id": 7, "total": "abc"}))
    take_in(found, shop=shop_key(), origin="orders.json", by=SYSTEM)
    jobs.start(JobKind.BULK, [order.number], action="mark_paid", by=SYSTEM, how={}, language="en", once="")
    keep_file(outside_shop("csv"), "orders.csv", b"Nr;Datum;Totaal\n1;31-1-2025;5,00\n", notify=False, by=SYSTEM)
    keep_file(outside_shop(), "orders.json", b'[{"id": 8, "total": "abc"}]', notify=False, by=SYSTEM)
    take_in_statement("bank.csv", b"Datum;Mutatie;Wie\n5-11-2026;12,50;Verzonnen\n", by=SYSTEM)
    begun = keep_file(outside_shop(), "more.json", b'[{"id": 9, "total": "abc"}]', notify=False, by=SYSTEM)
    start_import(begun.id, by=SYSTEM, language="en")
    db.session.add_all([kind(title="One") for kind in (CustomStatus, ReturnReason, ReturnAction)])
    db.session.add(Role(name="Night shift", permissions=["tasks"]))
    db.session.flush()
    let_people_type()


def is_text(column: Column[Any]) -> bool:
    """Any text, and not a word of a list."""
    return isinstance(column.type, String | Text) and not isinstance(column.type, Enum)


def let_people_type() -> None:
    for table in Base.metadata.sorted_tables:
        columns = [one for one in table.columns if one.name in TYPED_IN and is_text(one)]
        for column in columns:
            filled_in = update(table).where(column.is_not(None), column != "")
            if table.name == "role":
                filled_in = filled_in.where(table.c.name == "Night shift")
            with suppress(IntegrityError), db.session.begin_nested():  # some never change: the database refuses
                db.session.execute(filled_in.values({column.name: column + f" {TYPED}"}))
    own = shop()
    own.delivery_times = [f"{one} {TYPED}" for one in own.delivery_times]


def newest(kind: Any, *where: Any) -> Any:
    return db.session.scalars(select(kind).where(*where).order_by(kind.id.desc()).limit(1)).one()


def shopper() -> str:
    """The address of the customer with a question of theirs."""
    email: str = newest(Ticket).email
    return email


# --- the addresses of the pages ---------------------------------------------------------------------------------------


def pages(app: Flask) -> list[str]:
    """What staff and customers can open, once they have signed in."""
    with app.app_context():
        rules = [rule for rule in app.url_map.iter_rules() if is_page(app, rule) and rule.endpoint not in SIGNED_OUT]
        return [path for rule in rules for path in paths_of(app, rule)]


def pages_for_anybody(app: Flask) -> list[str]:
    with app.app_context():
        tokens = {
            "links.show": sessions.sign_in_link(somebody("office")).rpartition("/")[2],
            "quotes.open_quote": sessions.quote_link(newest(Quote).id),
            "signing_in.open_link": sessions.customer_link(shopper()),
        }
        db.session.commit()
        return [build(app, name, {"token": tokens[name]} if name in tokens else {}) for name in sorted(SIGNED_OUT)]


def is_page(app: Flask, rule: Rule) -> bool:
    name = rule.endpoint.partition(".")[2]
    if "GET" not in (rule.methods or ()) or rule.endpoint in NO_PAGES or is_for_programs(rule):
        return False
    return not isinstance(view_of(app, rule), RecordView) or name not in off_in(view_of(app, rule))


def is_for_programs(rule: Rule) -> bool:
    return rule.endpoint.startswith("api_") and rule.endpoint != "api_reading.show"


def view_of(app: Flask, rule: Rule) -> Any:
    name = rule.endpoint.partition(".")[0]
    return next((view for view in app.extensions["admin"][0]._views if view.endpoint == name), None)


def off_in(view: RecordView) -> set[str]:
    """What Flask-Admin gives every list of records, and this one has switched off; a look-up is no page anyhow."""
    can = {"create_view": view.can_create, "edit_view": view.can_edit, "export": view.can_export}
    can["details_view"] = view.can_view_details
    return {"ajax_lookup", *(name for name, is_on in can.items() if not is_on)}


def paths_of(app: Flask, rule: Rule) -> Iterator[str]:
    if rule.endpoint == "order_page.show":
        yield from order_pages(app)
        return
    view, name = view_of(app, rule), rule.endpoint.partition(".")[2]
    for given in arguments_of(rule):
        if name in ("edit_view", "details_view") or (isinstance(view, ShopTopic) and name == "index_view"):
            given |= {"id": 1 if isinstance(view, ShopTopic) else newest(view.model).id}
        if rule.endpoint in ("customer.merge", "customer.personal_data"):
            given |= {"id": newest(Customer).id}
        yield build(app, rule.endpoint, given)


def order_pages(app: Flask) -> Iterator[str]:
    """An order in each status, each tab of one that has everything, and a list that nothing is found in."""
    numbers = [newest(Order, Order.status == status).number for status in statuses_in_use()]
    yield from (build(app, "order_page.show", {"number": number}) for number in numbers)
    number = newest(Return).order.number
    yield from (build(app, "order_page.show", {"number": number, "tab": tab}) for tab in TABS if tab)
    for word in ("nothing-like-it", "ORD"):
        yield build(app, "order.index_view", {"search": word})


def statuses_in_use() -> list[OrderStatus]:
    return list(db.session.scalars(select(Order.status).group_by(Order.status)))


def build(app: Flask, endpoint: str, given: dict[str, Any]) -> str:
    return app.url_map.bind("localhost").build(endpoint, given)


def arguments_of(rule: Rule) -> list[dict[str, Any]]:
    """What to put into the address; of a choice among words every one."""
    if rule.endpoint == "order_page.act":
        return [given for given in pop_ups() if set(given) == rule.arguments]
    if rule.endpoint.endswith(".act_on_record"):
        view = view_of(current_app, rule)
        return [{"record_id": newest(view.model).id, "action_name": one.name} for one in view.record_actions]
    if rule.endpoint == "ticket.act":
        return [{"ticket_id": newest(Ticket).id, "action_name": name} for name in offered_on_tickets()]
    choices = {name: getattr(rule._converters[name], "items", None) or sample(rule, name) for name in rule.arguments}
    return [dict(zip(choices, picked, strict=True)) for picked in product(*choices.values())]


def sample(rule: Rule, name: str) -> list[Any]:
    own = rule.endpoint.startswith("account.")
    kinds = {
        "arrival_id": Arrival,
        "batch_id": ImportBatch,
        "connection_id": Connection,
        "endpoint_id": WebhookEndpoint,
        "job_id": Job,
        "task_id": Task,
        "ticket_id": Ticket,
    }
    if name == "number":
        return [newest(Ticket).order.number if own else newest(Return).order.number]
    if (rule.endpoint, name) in OWN_SAMPLES:
        return OWN_SAMPLES[rule.endpoint, name]
    if name == "slip_number":
        return [newest(Shipment, Shipment.sent_at.is_(None), Shipment.withdrawn_at.is_(None)).number]
    if name not in kinds:
        pytest.fail(f"{rule.rule}: say in `sample` what {name} may be, or in NO_PAGES that this is no page")
    return [newest(kinds[name]).id]


#: Where the newest record will not do: the files of the sample shop are at different steps of their import.
OWN_SAMPLES: dict[tuple[str, str], list[Any]] = {
    ("jobs.show", "job_id"): [1],
    ("imports.columns", "batch_id"): [1],
    ("imports.preview", "batch_id"): [2],
    ("imports.show", "batch_id"): [3],
    ("manual.page", "manual_page"): ["the-order-page", "safety"],  # with the widest tables
    ("mail_texts.edit", "kind"): ["order_paid", "notify_customer"],
    ("mail_texts.edit", "language"): ["nl"],
}


def pop_ups() -> Iterator[dict[str, Any]]:
    """Each action of the order page, on an order or a record of it where it can be done."""
    orders = list(db.session.scalars(select(Order).order_by(Order.id.desc())))
    for name, action in offered_actions().items():
        places = [(order, record_id) for order in orders for record_id in (None, *records_of(order))]
        fitting = ((o, id, r) for o, id in places if (r := record_in(o, action, id)) is not None)
        some = list(islice(fitting, 40))
        if not some:
            pytest.fail(f"{name}: the sample shop has no order with a record that it fits")
        order, record_id, _record = next((one for one in some if not action.why_not(one[2])), some[0])
        given = {"number": order.number, "action_name": name}
        yield given if record_id is None else given | {"record_id": record_id}
