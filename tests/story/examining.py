"""What must be true when the story is over; each answers sentences that say what is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import (
    MailState,
    Order,
    OutgoingMail,
    ShopWrite,
    ShopWriteKind,
    ShopWriteState,
    Source,
)
from app.operations import checks
from tests.simulators.woocommerce.order import WooOrder
from tests.story.desk import Deed, Desk
from tests.story.telling import Story

KINDS = {
    "mark_paid": ShopWriteKind.PAID,
    "mark_sent": ShopWriteKind.SENT,
    "cancel_order": ShopWriteKind.CANCELLED,
    "enter_refund": ShopWriteKind.REFUNDED,
    "notify_customer": ShopWriteKind.NOTE,
}
#: Where one of these was refused, both sides may have come to different ends.
ENDS = {ShopWriteKind.CANCELLED, ShopWriteKind.SENT, ShopWriteKind.PAID}
PAID_THERE = ("processing", "completed", "refunded")


def examine(story: Story) -> list[str]:
    return [f"{desk.name}: {said}" for desk in story.desks for said in examine_desk(desk, story)]


def examine_desk(desk: Desk, story: Story) -> Iterator[str]:
    yield from desk.troubles
    yield from errors_in_log(desk)
    with desk.open():
        yield from examine_woo_orders(desk, story)
        if desk is story.first:
            yield from examine_shopify_orders(desk, story)
        for deed in desk.deeds:
            if deed.result == "done" and deed.action in KINDS:
                yield from examine_deed(deed, desk, story)
        yield from examine_mails(desk)
        yield from (f"check: {finding}" for finding in checks.findings())


def errors_in_log(desk: Desk) -> Iterator[str]:
    """What nobody expected."""
    log = desk.log()
    if "Traceback" in log:
        yield "log: " + log[log.index("Traceback") :][:3000]


# --- orders ---------------------------------------------------------------------------------------------------------


def orders_of(source: Source) -> dict[str, list[Order]]:
    found: dict[str, list[Order]] = {}
    for order in db.session.scalars(select(Order).where(Order.source == source).order_by(Order.id)):
        found.setdefault(order.external_id, []).append(order)
    return found


def examine_woo_orders(desk: Desk, story: Story) -> Iterator[str]:
    here = orders_of(Source.WOOCOMMERCE)
    there = {str(one.id): one for one in story.woo.shop.orders.values()}
    yield from compare_ids(here, list(there))
    for external_id, one in there.items():
        for order in here.get(external_id, []):
            for said in compare_woo(order, one, decided(desk, order)):
                yield f"{order.number} ({external_id}, {one.status}): {said}"


def decided(desk: Desk, order: Order) -> set[str]:
    """What its staff did to it."""
    return {deed.action for deed in desk.deeds if deed.number == order.number and deed.result == "done"}


def compare_ids(here: dict[str, list[Order]], there: list[str]) -> Iterator[str]:
    for external_id in there:
        if len(here.get(external_id, [])) != 1:
            yield f"order {external_id} is here {len(here.get(external_id, []))} times"
    if strange := set(here) - set(there):
        yield f"orders that the shop has not: {strange}"


def compare_woo(order: Order, there: WooOrder, decided: set[str]) -> Iterator[str]:
    """`decided`: what staff did to it. What they kept differs; of what they took over, payments stay as they are."""
    is_kept, is_taken = "keep_as_here" in decided, "take_over_shop_changes" in decided
    refused = {one.kind for one in order.shop_writes if one.state == ShopWriteState.REFUSED}
    if order.shop_changes:
        yield f"waits: {[one.part.value for one in order.shop_changes]}"
    if order.total != there.total() and not order.cancelled_at and not is_kept:
        yield f"total {order.total}, there {there.total()}"
    back = sum((-one.payment.amount for one in refunds_not_told(order) if one.payment), Decimal(0))
    if order.refunded - back != there.refunded:
        yield f"refunded {order.refunded} of which {back} untold, there {there.refunded}"
    if (there.status == "cancelled") != bool(order.cancelled_at) and not (is_kept or refused & ENDS):
        yield f"{order.status}, there {there.status}"
    if order.cancelled_at or is_kept or is_taken:
        return
    is_paid_there = there.status in PAID_THERE or there.paid_at is not None
    if is_paid_there and order.is_unpaid:
        yield f"unpaid ({order.payment_status}, {order.paid} of {order.total}), paid there"
    if not is_paid_there and not order.is_unpaid and not refused and there.status != "cancelled":
        yield f"paid ({order.payment_status}), not paid there"
    if order.paid > order.total:
        yield f"paid {order.paid} of {order.total}"


def refunds_not_told(order: Order) -> list[ShopWrite]:
    told = (ShopWriteState.TOLD, ShopWriteState.OUTDATED)
    return [one for one in order.shop_writes if one.kind == ShopWriteKind.REFUNDED and one.state not in told]


def examine_shopify_orders(desk: Desk, story: Story) -> Iterator[str]:
    here = orders_of(Source.SHOPIFY)
    there = {one["legacyResourceId"]: one for one in story.shopify.shop.orders.values()}
    yield from compare_ids(here, list(there))
    for external_id, one in there.items():
        for order in here.get(external_id, []):
            for said in compare_shopify(order, one, decided(desk, order)):
                yield f"{order.number} (Shopify {external_id}): {said}"


def compare_shopify(order: Order, there: dict[str, Any], decided: set[str]) -> Iterator[str]:
    refused = {one.kind for one in order.shop_writes if one.state == ShopWriteState.REFUSED}
    back = sum((-one.payment.amount for one in refunds_not_told(order) if one.payment), Decimal(0))
    back_there = sum((amount_in(one["totalRefundedSet"]) for one in there["refunds"]), Decimal(0))
    if order.refunded - back != back_there:
        yield f"refunded {order.refunded} of which {back} untold, there {back_there}"
    if bool(there.get("cancelledAt")) != bool(order.cancelled_at) and not refused & ENDS:
        yield f"{order.status}, there cancelled {there.get('cancelledAt')}"
    if order.cancelled_at or "keep_as_here" in decided:
        return
    total = amount_in(there["currentTotalPriceSet"])
    if order.total != total:
        yield f"total {order.total}, there {total}"
    if order.is_unpaid != (there["displayFinancialStatus"] == "PENDING") and not refused & ENDS:
        yield f"{order.payment_status}, there {there['displayFinancialStatus']}"
    if order.paid > total:
        yield f"paid {order.paid} of {total}"


def amount_in(told: dict[str, dict[str, str]]) -> Decimal:
    return Decimal(told["shopMoney"]["amount"])


# --- what was done --------------------------------------------------------------------------------------------------


def examine_deed(deed: Deed, desk: Desk, story: Story) -> Iterator[str]:
    """Told once, and there once; or refused, and not there."""
    order = db.session.scalars(select(Order).where(Order.number == deed.number)).one()
    if order.source == Source.SHOPIFY and deed.action == "notify_customer":
        return
    rows = [one for one in order.shop_writes if one.kind == KINDS[deed.action] and is_about(one, deed)]
    states = [one.state.value for one in rows]
    count = times_there(deed, order, story)
    name = f"{deed.action} {deed.token} of {order.number} ({deed.external_id})"
    if deed.action in ("mark_paid", "cancel_order"):
        if not rows and deed.action == "cancel_order":
            yield f"{name}: no row"
        return
    if len(rows) != 1:
        yield f"{name}: {states}"
    elif count != (rows[0].state in (ShopWriteState.TOLD, ShopWriteState.OUTDATED)):
        yield f"{name}: {states} {rows[0].trouble} {rows[0].last_error}, there {count} times"


def is_about(write: ShopWrite, deed: Deed) -> bool:
    if write.shipment:
        return deed.token == write.shipment.tracking_code.removeprefix("3S")
    if write.payment:
        return deed.token == write.payment.reason
    return f"says {deed.token}." in write.text if write.kind == ShopWriteKind.NOTE else True


def times_there(deed: Deed, order: Order, story: Story) -> int:
    code = f"3S{deed.token}"
    if order.source == Source.SHOPIFY:
        sold = story.shopify.shop.orders[f"gid://shopify/Order/{deed.external_id}"]
        codes = [one["number"] for parcel in sold["fulfillments"] for one in parcel["trackingInfo"]]
        return (
            codes.count(code)
            if deed.action == "mark_sent"
            else sum(one["note"] == deed.token for one in sold["refunds"])
        )
    there = story.woo.shop.orders[int(deed.external_id)]
    if deed.action == "notify_customer":
        return sum(f"says {deed.token}." in note.text for note in there.notes)
    if deed.action == "enter_refund":
        return sum(one.reason == deed.token for one in there.refunds)
    codes = [one["tracking_number"] for one in there.trackings]
    codes += [meta["value"] for one in there.fulfilments for meta in one["meta_data"] if "number" in meta["key"]]
    return codes.count(code) + sum(f" {code}" in note.text for note in there.notes)


# --- mails ----------------------------------------------------------------------------------------------------------


def examine_mails(desk: Desk) -> Iterator[str]:
    """Each mail that went arrived once; one whose worker died in the act, and that says so, at most twice."""
    arrived = Counter(str(one["Message-ID"]) for one in desk.postbox.mails)
    for mail in db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)):
        times = arrived.pop(mail.message_id, 0)
        allowed = (1, 2, 3) if mail.may_be_doubled else (1,)
        if mail.state == MailState.SENT and times not in allowed:
            yield f"mail {mail.kind} of order {mail.order_id} arrived {times} times"
        if mail.state in (MailState.QUEUED, MailState.SENDING, MailState.FAILED):
            yield f"mail {mail.kind} of order {mail.order_id} is {mail.state}: {mail.last_error}"
    if arrived:
        yield f"mails that nobody knows: {arrived}"
    confirmations = Counter(
        db.session.scalars(select(OutgoingMail.order_id).where(OutgoingMail.kind == "order_confirmation"))
    )
    for order in db.session.scalars(select(Order)):
        if confirmations[order.id] > 1:
            yield f"{order.number} is confirmed {confirmations[order.id]} times"
    yield from examine_notes(desk)


def examine_notes(desk: Desk) -> Iterator[str]:
    """What staff wrote reached its customer once."""
    texts = [one.get_body(("plain",)).get_content() for one in desk.postbox.mails]  # type: ignore[union-attr]
    for deed in desk.deeds:
        if deed.action == "notify_customer" and deed.result == "done":
            times = sum(f"says {deed.token}." in text for text in texts)
            if times < 1:
                yield f"the mail {deed.token} arrived {times} times"
