"""What waits for whom, and what is new: as each list counts it, capped, and never demo and shop together."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from sqlalchemy import func, select

from app.actions.drafts import begin_empty_draft
from app.actions.payments import mark_paid
from app.actions.returns import request_return
from app.actions.shipments import create_packing_slip, mark_sent
from app.actions.tasks import add_task, finish_task
from app.actions.tickets import answer_ticket, ask, reply
from app.config import LARGEST_ID
from app.deferring import write_deferred
from app.demo import plant
from app.extensions import db
from app.history import SYSTEM, Actor, Happened, person, record
from app.mails.outbox import fail
from app.models import ActorKind, Arrival, Connection, Fate, History, Job, JobKind, JobState
from app.queries import shop
from app.queries.news import MOST_COUNTED, MOST_LOOKED_AT, what_is_new
from tests.clients import somebody
from tests.factories import new_connection, new_order, outside_shop, paid_order, place, placed_order
from tests.mails.outgoing import order_to_write_about, queued

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]

CUSTOMER = Actor(ActorKind.CUSTOMER, "Eva")


def counts(staff_id: int | None = None, since: int | None = None) -> dict[str, int]:
    """What is not nothing, but for the mark."""
    found = asdict(what_is_new(staff_id, since=since))
    return {name: count for name, count in found.items() if count and name != "mark"}


def mark() -> int:
    return what_is_new(None, since=None).mark


def test_in_a_new_shop_nothing_waits_and_nothing_is_new():
    assert counts(somebody("owner").id, since=0) == {}


def test_orders_and_packing_slips_wait_until_they_go():
    order = paid_order()
    placed_order()  # which nobody has paid
    assert counts() == {"orders_to_ship": 1}

    create_packing_slip(order, by=SYSTEM)
    assert counts() == {"orders_to_ship": 1, "slips_to_ship": 1}

    mark_sent(order, by=SYSTEM)
    assert counts() == {}


def test_a_return_waits_that_its_customer_asks_for():
    order = paid_order()
    mark_sent(order, by=SYSTEM)
    request_return(order, by=CUSTOMER, quantities={order.lines[0].id: order.lines[0].quantity})

    assert counts() == {"returns_requested": 1}


def test_a_question_waits_until_it_is_answered():
    ticket = ask(placed_order(), by=CUSTOMER, subject="When?", text="When does it come?")
    assert counts() == {"tickets_unanswered": 1}

    answer_ticket(ticket, by=SYSTEM, text="Tomorrow.")
    assert counts() == {}


def test_of_tasks_ones_own_count_that_are_open():
    owner, packer = somebody("owner"), somebody("packer")
    for who in (owner, owner, packer):
        task = add_task(shop(), by=SYSTEM, description="Call", assignee_id=who.id)
    finish_task(task, by=SYSTEM)

    assert counts(owner.id) == {"own_tasks": 2}
    assert counts(packer.id) == {}


def test_what_failed_or_stopped_waits():
    fail(queued(), "no such mailbox")
    arrival = Arrival(
        source="woocommerce",
        outside_shop=outside_shop(),
        external_id="7",
        result=Fate.QUARANTINED,
        sha256="0",
        payload="",
    )
    job = Job(kind=JobKind.BULK, state=JobState.STOPPED, action="mark_paid", actor_name="Ann", report={})
    db.session.add_all([arrival, job, new_connection()])
    db.session.flush()
    assert counts() == {"mails_failed": 1, "arrivals_unread": 1, "jobs_stopped": 1}

    db.session.scalars(select(Connection)).one().tell_trouble = "no_right"
    assert counts()["has_connection_trouble"]


def test_a_count_stops_soon():
    for _ in range(MOST_COUNTED + 5):
        add_task(shop(), by=SYSTEM, description="Call", assignee_id=somebody("owner").id)

    assert counts(somebody("owner").id) == {"own_tasks": MOST_COUNTED + 1}


def test_new_is_what_came_after_the_mark():
    ask(placed_order(), by=CUSTOMER, subject="When?", text="When does it come?")
    before = mark()
    assert {"new_orders", "new_questions", "new_failures"}.isdisjoint(counts(since=before))

    order = placed_order()
    ticket = ask(order, by=CUSTOMER, subject="Which?", text="Which one is it?")
    reply(ticket, by=CUSTOMER, text="The blue one.")
    fail(queued(order), "no such mailbox")

    new = {name: count for name, count in counts(since=before).items() if name.startswith("new_")}
    assert new == {"new_orders": 1, "new_questions": 2, "new_failures": 1}
    assert mark() > before
    assert not [name for name in counts(since=mark()) if name.startswith("new_")]


def test_nobody_is_told_of_what_they_did_themselves():
    ann, before = somebody("owner"), mark()
    record(Happened.ORDER_PLACED, placed_order(), person(ann), source="api", external_number="")

    assert counts(ann.id, since=before)["new_orders"] == 1  # the other entry of this order is Toonbank's
    assert counts(somebody("packer").id, since=before)["new_orders"] == 2


@pytest.mark.parametrize("since", [None, LARGEST_ID])
def test_without_a_mark_or_beyond_the_newest_nothing_is_new(since):
    placed_order()

    assert counts(since=since) == {}
    assert mark() == db.session.scalar(select(func.max(History.id)))


def test_a_mark_of_long_ago_looks_at_the_latest_only():
    order = placed_order()
    record(Happened.ORDER_PLACED, order, SYSTEM, source="api", external_number="")
    for _ in range(MOST_LOOKED_AT - 1):
        record(Happened.ORDER_SENT, order, SYSTEM)
    write_deferred()
    assert counts(since=0) == {"new_orders": 1}

    record(Happened.ORDER_SENT, order, SYSTEM)
    write_deferred()
    assert counts(since=0) == {}


def test_a_draft_of_the_shop_itself_does_not_end_the_trying():
    mark_paid(place(new_order(), demo=True), by=SYSTEM)
    begin_empty_draft(by=SYSTEM)
    assert counts() == {"orders_to_ship": 1}


def test_a_demo_shop_counts_as_long_as_there_is_nothing_else():
    plant()
    demo = counts(since=0)
    assert demo["orders_to_ship"] > 3
    assert demo["new_orders"] > 3
    assert demo["arrivals_unread"] > 0

    paid_order()
    assert counts(since=mark() - 1) == {"orders_to_ship": 1}

    before = mark()
    order_to_write_about(demo=True)
    assert counts(since=before) == {"orders_to_ship": 1}
