"""How many SQL statements each page takes, whatever there is to show: one more is a decision, not an accident."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import partial

import pytest

from app import jobs, webhooks
from app.actions.api_keys import create_key
from app.actions.credit_notes import create_credit_note
from app.actions.returns import create_return
from app.actions.shipments import mark_sent
from app.actions.tasks import add_task
from app.columns import now
from app.extensions import db
from app.history import SYSTEM
from app.intake.accept import take_in
from app.intake.batches import keep_file
from app.intake.events import receive
from app.intake_readers import orders_in
from app.models import Arrival, Job, JobKind, JobState, Order, Product, WebhookEndpoint
from tests.clients import somebody
from tests.factories import new_connection, outside_shop, placed_order, shop_key

#: The first two of each are who is there, and the shop; a list reads what each of its filters offers, by an index.
PAGES = {
    "/admin/": 7,  # the statuses of the shop's own, of which one is chosen in a row
    "/admin/?period=7": 7,
    "/admin/?period=365": 8,  # whether they are too many to be added up
    "/admin/order/": 6,
    "/admin/order/ORD10001": 5,
    "/admin/order/ORD10001?tab=products": 5,
    "/admin/order/ORD10001?tab=invoices": 5,
    "/admin/order/ORD10001?tab=shipments": 5,
    "/admin/order/ORD10001?tab=returns": 5,
    "/admin/invoice/": 8,
    "/admin/draft/": 6,
    "/admin/shipment/": 8,
    "/admin/packing/": 5,
    "/admin/return/": 11,
    "/admin/return-reason/": 5,
    "/admin/task/": 6,
    "/admin/customer/": 7,
    "/admin/customer/details/?id=1": 13,  # the same
    "/admin/customer/edit/?id=1": 5,
    "/admin/product/": 6,
    "/admin/product/edit/?id=1": 7,
    "/admin/payment-method/": 5,
    "/admin/shipping-method/": 5,
    "/admin/outbox/": 6,
    "/admin/mail-texts/": 3,
    "/admin/mail-texts/order_sent/nl": 14,
    "/admin/outbox/details/?id=1": 5,
    "/admin/imports/": 5,
    "/admin/imports/1": 11,
    "/admin/arrivals/": 8,
    "/admin/arrivals/details/?id=1": 5,
    "/admin/connection/": 6,
    "/admin/connection/1": 4,
    "/admin/webhook/": 5,
    "/admin/webhook/1": 4,
    "/admin/webhook-message/": 7,
    "/admin/webhook-message/details/?id=1": 5,
    "/admin/api-keys/": 5,
    "/admin/jobs/": 6,
    "/admin/jobs/1": 3,
    "/admin/settings/": 2,
    "/admin/company/?id=1": 3,
    "/admin/order-status/": 5,
    "/admin/news/?since=1": 2,  # with which shops are away, where one is: 3
    "/admin/search/?q=ORD1000": 8,
    "/admin/administration/?id=1": 3,
    "/admin/numbering/": 4,
    "/admin/mail-settings/?id=1": 3,
    "/admin/staff/": 6,
    "/admin/role/": 5,
    "/admin/role/edit/?id=2": 4,
}


def bring_in(number: int, order: Order) -> None:
    """A file that brought in one order more than the one before."""
    batch = keep_file(outside_shop(), f"{number}.json", b"[]", notify=False, by=SYSTEM)
    batch.job = Job(
        kind=JobKind.IMPORT, subject_id=batch.id, state=JobState.DONE, finished_at=now(), report={"added": number + 1}
    )
    made = [(f"{number}-{one}", result) for one in range(number + 1) for result in ("added", "updated", "quarantined")]
    for external_id, result in made:
        arrival = Arrival(
            batch_id=1,
            source="woocommerce",
            outside_shop_id=batch.outside_shop_id,
            external_id=external_id,
            result=result,
            order_id=order.id,
        )
        arrival.sha256, arrival.payload = "0", ""
        db.session.add(arrival)


def programs(number: int) -> None:
    """A shop that sends, a program that is told, and one that asks."""
    shop = new_connection("shopify", key=f"key-{number}", secret="secret")
    db.session.add_all([shop, WebhookEndpoint(title="Till", url="https://till.example", secret=webhooks.new_secret())])
    db.session.flush()
    receive(shop, b"{}", f"products/{number}")
    create_key("Till", rights=["read"], by=SYSTEM)
    placed_order()


def fill(many: int) -> None:
    for number in range(many):
        programs(number)
        order = placed_order()
        mark_sent(order, by=SYSTEM)
        create_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
        create_credit_note(order.invoices[0], by=SYSTEM, quantities={order.lines[1].id: Decimal(1)})
        add_task(order, by=SYSTEM, description=f"Task {number}", assignee_id=somebody("owner").id)
        db.session.add(Product(name=f"Mug {number}"))
        (found,) = orders_in("woocommerce", json.dumps({"id": number, "total": "abc"}))
        take_in(found, shop=shop_key(), origin="f.json", by=SYSTEM)
        jobs.start(JobKind.BULK, ["ORD10001"] * many, action="mark_paid", by=SYSTEM, how={}, language="en", once="")
        bring_in(number, order)


@pytest.mark.parametrize("many", [1, 12])
@pytest.mark.parametrize(("path", "count"), PAGES.items())
def test_each_page_takes_its_number_of_statements(filled, signed_in_as, statements, path, count, many):
    filled(f"statements-{many}", partial(fill, many))
    client = signed_in_as("owner")
    client.get(path)
    statements.clear()

    assert client.get(path).status_code == 200
    assert len(statements) == count, "\n".join(statements)
