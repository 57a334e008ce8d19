"""Letting the story settle: faults end, all get up again, everything is read and told until nothing is left to do."""

from __future__ import annotations

import time
from datetime import datetime

from sqlalchemy import func, select

from app.columns import now
from app.connections.hints import look_up_hints
from app.connections.pulling import pull_due
from app.connections.writing import tell_due
from app.extensions import db
from app.models import (
    Arrival,
    Fate,
    History,
    MailState,
    Order,
    OutgoingMail,
    Pull,
    PullKind,
    ShopChange,
    ShopWrite,
    ShopWriteState,
)
from tests.story.desk import Deed, Desk
from tests.story.telling import Story

#: Rounds of reading and telling after which nothing may be new any more.
MOST_ROUNDS = 8
#: Seconds for a round.
PATIENCE = 120


def settle(story: Story) -> None:
    story.come_back()
    for shop in (story.woo.shop, story.shopify.shop):
        shop.forget_happenings()
    for desk in story.desks:
        desk.start()
    for desk in story.desks:
        desk.wait_until_it_serves()
        while desk.ask_again():
            time.sleep(0.2)
    before: object = None
    for _round in range(MOST_ROUNDS):
        story.woo.send_webhooks()
        play_a_round(story)
        decided = sum(take_over(desk, story) for desk in story.desks)
        here = [marks(desk) for desk in story.desks]
        if here == before and not decided:
            return
        before = here
    raise AssertionError(f"it never settles: {[what_is_new(desk) for desk in story.desks]}")


def play_a_round(story: Story) -> None:
    """All is read once more, by content, and what waits is done."""
    begun = now()
    for desk in story.desks:
        desk.hurry(kinds=tuple(PullKind))
    until = time.monotonic() + PATIENCE
    while waits := {desk.name: left for desk in story.desks if (left := left_to_do(desk, begun))}:
        if time.monotonic() > until:
            raise AssertionError(f"it never settles: {waits}")
        for desk in story.desks:
            help_out(desk)
            desk.hurry_what_failed()
        time.sleep(0.1)


def help_out(desk: Desk) -> None:
    """A worker more, for theirs look at shops every five seconds only."""
    with desk.database.app.app_context():
        for duty in (pull_due, look_up_hints, tell_due):
            while duty("helper"):
                pass


def left_to_do(desk: Desk, since: datetime) -> list[str]:
    with desk.open():
        kinds = (PullKind.POLL, PullKind.COMPARISON)
        read = select(Pull.kind, Pull.trouble).where(
            Pull.kind.in_(kinds), Pull.finished_at.is_(None) | (Pull.finished_at < since)
        )
        left = [f"{kind}: {trouble}" for kind, trouble in db.session.execute(read)]
        queues = {
            "writes": select(func.count(ShopWrite.id)).where(ShopWrite.state == ShopWriteState.WAITING),
            "mails": select(func.count(OutgoingMail.id)).where(
                OutgoingMail.state.in_((MailState.QUEUED, MailState.SENDING))
            ),
            "events": select(func.count(Arrival.id)).where(Arrival.result.in_((Fate.HINTED, Fate.WAITING))),
        }
        return left + [f"{name}: {many}" for name, query in queues.items() if (many := db.session.scalar(query))]


def take_over(desk: Desk, story: Story) -> int:
    """Staff take over what waits as changed in its shop, or keep what can't be."""
    with desk.open():
        waiting = select(Order.number, Order.external_id).where(Order.id.in_(select(ShopChange.order_id)))
        found = db.session.execute(waiting.order_by(Order.id)).all()
    for number, external_id in found:
        for action in ("take_over_shop_changes", "keep_as_here"):
            story.count += 1
            deed = Deed(number, external_id, action, {}, f"{desk.name}{story.count}")
            desk.do(deed)
            story.note(f"{desk.name}: {action} of {number} ({external_id}): {deed.result} {deed.said}")
            if deed.result == "done":
                break
    return len(found)


def what_is_new(desk: Desk) -> list[str]:
    with desk.open():
        last = db.session.scalars(select(History).order_by(History.id.desc()).limit(12))
        return [f"{one.what} {one.order_id} {one.facts}" for one in last]


def marks(desk: Desk) -> list[int | None]:
    """How much there is of everything; the same as long as nothing is new."""
    with desk.open():
        tables = (Order, History, OutgoingMail, ShopWrite, ShopChange)
        return [db.session.scalar(select(func.count()).select_from(table)) for table in tables]
