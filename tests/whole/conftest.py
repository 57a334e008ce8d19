"""A shop with a record of each kind, and all that can be asked of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app import jobs, webhooks
from app.account.visiting import COOKIE, PATH
from app.actions.api_keys import create_key
from app.actions.memos import write_memo
from app.actions.payments import mark_paid
from app.actions.returns import create_return
from app.actions.shipments import mark_sent
from app.actions.tasks import add_task
from app.columns import now
from app.documents import printing
from app.documents.packing_slips import packing_slip
from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import take_in
from app.intake.batches import keep_file
from app.intake_readers import orders_in
from app.models import (
    Arrival,
    CopyRun,
    CustomStatus,
    EInvoiceFormat,
    EInvoiceSending,
    EInvoiceState,
    EInvoiceWay,
    Job,
    JobKind,
    Memo,
    Order,
    OutgoingMail,
    Payment,
    PaymentMethod,
    Product,
    ReturnAction,
    ReturnReason,
    ShippingMethod,
    ShopProduct,
    StaffSession,
    StoredFile,
    Ticket,
    TicketMessage,
    WebhookEndpoint,
)
from app.security import sessions
from app.security.rights import GROUPS
from tests.clients import Client, somebody
from tests.factories import new_connection, outside_shop, placed_order, shop_key
from tests.whole.asks import (
    Ask,
    asks_of,
    is_elsewhere,
)
from tests.whole.every_address import Everything, addresses


@pytest.fixture
def samples(in_app: Any) -> dict[str, list[Any]]:
    """A shop with a record of each kind, and its ids by the names that routes give them."""
    with in_app():
        connection = new_connection(key="key", secret="secret")
        endpoint = WebhookEndpoint(title="Till", url="http://127.0.0.1:9/", secret=webhooks.new_secret())
        db.session.add_all([connection, endpoint])
        db.session.flush()
        token, _key = create_key("Till", rights=["read"], by=SYSTEM)
        order = placed_order()
        mark_paid(order, by=SYSTEM)
        mark_sent(order, by=SYSTEM)
        create_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
        write_memo(order, by=SYSTEM, text="Ring twice")
        task = add_task(order, by=SYSTEM, description="Call")
        (found,) = orders_in("woocommerce", json.dumps({"id": 7, "total": "abc"}))
        take_in(found, shop=shop_key(), origin="orders.json", by=SYSTEM)
        jobs.start(JobKind.BULK, [order.number], action="mark_paid", by=SYSTEM, how={}, language="en", once="")
        for title, kind in product(["One"], (CustomStatus, PaymentMethod, ShippingMethod, ReturnReason, ReturnAction)):
            db.session.add(kind(title=title))
        db.session.add(Product(name="Mug"))
        db.session.add(CopyRun(day="2026-01-01", file=__file__, size=1, made_at=now()))
        db.session.add(ShopProduct(outside_shop=connection.outside_shop, external_id="16", title="Mug", sku="MUG"))
        csv = b"Nr;Datum;Totaal\n1;31-1-2025;5,00\n"
        batch = keep_file(outside_shop("csv"), "orders.csv", csv, notify=False, by=SYSTEM)
        about = {"format": EInvoiceFormat.UBL, "way": EInvoiceWay.FOLDER, "state": EInvoiceState.REFUSED}
        db.session.add(EInvoiceSending(invoice=order.invoices[0], last_error="Unknown", due_at=now(), **about))
        picture = StoredFile(name="mug.png", media_type="image/png", content=b"", sha256="0")
        said = TicketMessage(is_from_customer=True, author="Femke", text="Where is it?", pictures=[picture])
        ticket = Ticket(order=order, subject="Where is it?", email="femke@example.org", messages=[said])
        db.session.add(ticket)
        db.session.flush()
        return {
            "number": [order.number],
            "order_id": [order.id],
            "invoice_id": [order.invoices[0].id],
            "written": ["ubl"],
            "shipment_id": [order.shipments[0].id],
            "slip_number": [order.shipments[0].number],
            "return_id": [order.returns[0].id],
            "task_id": [task.id],
            "ticket_id": [ticket.id],
            "file_id": [picture.id],
            "batch_id": [batch.id],
            "arrival_id": [db.session.scalars(select(Arrival.id)).one()],
            "run_id": [db.session.scalars(select(CopyRun.id)).one()],
            "job_id": [db.session.scalars(select(Job.id)).one()],
            "mail_id": list(db.session.scalars(select(OutgoingMail.id).limit(1))),
            "position": [0],
            "staff_id": [somebody("owner").id],
            "connection_id": [connection.id],
            "pull_kind": ["poll"],
            "endpoint_id": [endpoint.id],
            "delivery_id": [1],
            "token_id": [token.id],
            "customer_id": [order.customer_id],
            "export_type": ["csv"],
            "what": ["orders"],
            "kind": ["order_paid"],
            "manual_language": ["en"],
            "manual_page": ["returns"],
            "manual_picture": ["orders"],
            "language": ["nl"],
        }


@pytest.fixture
def asks(app: Flask, in_app: Any, samples: dict[str, list[Any]]) -> list[Ask]:
    with in_app():
        order = db.session.scalars(select(Order)).one()
        rules = [rule for rule in app.url_map.iter_rules() if not is_elsewhere(rule.endpoint)]
        made = [ask for rule in rules for ask in asks_of(app, rule, samples, order)]
    return sorted(made, key=lambda ask: (ask.method, ask.path, str(ask.form)))


# --- every address ----------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(app: Flask, owner: Client, paths: list[str]) -> Iterator[Everything]:
    """The database as it is when all samples are there."""
    shop = Everything(app)
    yield shop
    shop.watching.close()


@pytest.fixture
def given(in_app: Any, samples: dict[str, list[Any]]) -> dict[str, Any]:
    """What to put into addresses, where it isn't said by `samples`; all documents are printed."""
    with in_app():
        order = db.session.scalars(select(Order)).one()
        order.has_unanswered_ticket = True  # as its ticket has it, which nobody sent
        memo = Memo(order=order, author="Sanne", text="Ring")
        db.session.add(memo)
        for invoice in order.invoices:
            printing.printed(invoice)
        for shipment in order.shipments:
            packing_slip(shipment)
        db.session.flush()
        return {
            "orders": order.number,
            "invoices": order.invoices[0].number,
            "shipments": order.shipments[0].number,
            "returns": order.returns[0].number,
            "customers": order.customer_id,
            "tickets": samples["ticket_id"][0],
            "mails": samples["mail_id"][0],
            "memos": memo.id,
            "payments": db.session.scalars(select(Payment.id)).first(),
            "tasks": samples["task_id"][0],
            "sign-in": sessions.sign_in_link(somebody("owner")).rpartition("/")[2],
            "account": sessions.customer_link("femke@example.org"),
        }


@pytest.fixture
def owner(client: Client, in_app: Any) -> Client:
    """A browser in which the owner and the customer are signed in, with a program's key."""
    with in_app():
        secret = sessions.begin_visit("femke@example.org")
        db.session.execute(update(StaffSession).values(proved_at=now() + timedelta(days=1)))  # is not asked again
        _token, key = create_key("Till", rights=["read", *GROUPS], by=SYSTEM)
    client.set_cookie(COOKIE, secret, path=PATH)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    client.environ_base["HTTP_X_CSRFTOKEN"] = client.csrf_token()
    client.environ_base["HTTP_X_FORM_TOKEN"] = client.form_token()
    return client


@pytest.fixture
def paths(app: Flask, in_app: Any, samples: dict[str, list[Any]], given: dict[str, Any]) -> list[str]:
    with in_app():
        order = db.session.scalars(select(Order)).one()
        made = {path for rule in app.url_map.iter_rules() for path in addresses(app, rule, samples, given, order)}
    return sorted(made)
