"""What an outside shop states of an order, compared with what it stated before: what of that is news, and is followed.

Both what was stated and how the order was after it are kept as digests. What its shop changed is followed as long as
nobody changed the same here and nothing was built on it; else it waits for somebody to decide (`ShopChange`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace

from sqlalchemy import select

from app.actions.addresses import stated_address
from app.actions.following import Facts, address_facts, agree, contact_facts, digest, facts_by_part, follow, lines_facts
from app.actions.following import why_not_by_itself as why_not_follow
from app.actions.waiting_edits import call_off_changes, settle_changes
from app.columns import now
from app.extensions import db
from app.history import Actor, Happened, record
from app.intake.copying import contact_columns, copied_line, totals
from app.intake.stated_money import COUNTED, MATCHED, counted
from app.intake.stated_parcels import BY_HAND, named, sent_by_hand, stated_codes
from app.intake_readers import only_order_in
from app.intake_readers.new_order import NewOrder
from app.models import Arrival, Fate, Order, ShopChange, ShopPart
from app.queries import shop
from app.queries.payment_links import PAYMENT_LINK

#: What an update says that it changed, by part of the order.
CHANGED = {
    ShopPart.LINES: "products",
    ShopPart.BILLING: "addresses",
    ShopPart.SHIPPING: "addresses",
    ShopPart.CONTACT: "customer",
}


def is_older(order: Order, new: NewOrder) -> bool:
    """Whether its shop has told of something later since: then this is no news, whatever it says."""
    return bool(new.updated_at and order.stated_at and new.updated_at < order.stated_at)


def is_newest(order: Order, new: NewOrder) -> bool:
    """Whether it is known to be the last word of its shop. A payload without a moment may be an old file."""
    return new.updated_at is not None and not is_older(order, new)


# --- what is stated -------------------------------------------------------------------------------------------------


def stated_parts(new: NewOrder) -> dict[ShopPart, Facts]:
    """Each part in the columns that the order has here; an address that is not stated is no part."""
    billing, shipping = new.billing or new.shipping, new.shipping or new.billing
    contact = SimpleNamespace(**contact_columns(new.customer, billing, shipping), customer_note=new.customer_note)
    parts = {
        ShopPart.LINES: lines_facts([copied_line(line, 0, None) for line in new.lines], totals(new)),
        ShopPart.CONTACT: contact_facts(contact),
    }
    if billing and shipping:
        parts[ShopPart.BILLING] = address_facts(SimpleNamespace(**stated_address(billing)))
        parts[ShopPart.SHIPPING] = address_facts(SimpleNamespace(**stated_address(shipping)))
    return parts


@dataclass
class Noted:
    """Digests by part of an order: as it was stated, and as the order was when it last agreed with that."""

    parts: dict[str, str]
    ours: dict[str, str]


def all_of(order: Order, new: NewOrder) -> Noted:
    """Of an order that has just been made of what was stated."""
    stated, own = stated_parts(new), facts_by_part(order)
    return Noted({part.value: digest(stated[part]) for part in stated}, {part.value: digest(own[part]) for part in own})


def keep_stated(order: Order, new: NewOrder, noted: Noted, before: Facts) -> None:
    """Remember what was stated, to compare the next statement with."""
    kept = order.stated or {}
    is_last = is_newest(order, new) or not before
    stated = {
        "parts": noted.parts | (unseen(kept) if order.cancelled_at else {}),
        "ours": noted.ours,
        "codes": {**kept.get("codes", {}), **stated_codes(new)},
        **(last_word(order, new, before) if is_last else {name: before[name] for name in LAST_WORD if name in before}),
        MATCHED: kept.get(MATCHED, {}),
        COUNTED: counted(new.payments),
        BY_HAND: sent_by_hand(order),
    }
    if new.cancelled_at and (is_last or order.cancelled_at == new.cancelled_at):
        stated |= {"cancelled_at": moment_text(first_cancelled_at(new, before)), "was_cancelled": True}
    if order.stated != stated:
        order.stated = stated
    if new.updated_at and new.updated_at != order.stated_at:
        order.stated_at = new.updated_at


def unseen(kept: Facts) -> dict[str, str]:
    """The parts that waited when the order was cancelled: news once it is taken up again."""
    return {part: said for part, said in kept.get("parts", {}).items() if not said}


#: What only the last word of its shop tells; an undated payload may be older than what was told before.
LAST_WORD = ("parcels", "cancelled_at", "was_cancelled", "is_held", "held_at", "is_ready", PAYMENT_LINK)


def last_word(order: Order, new: NewOrder, before: Facts) -> Facts:
    return {
        "parcels": [external_id for external_id, _parcel in named(new)],
        "cancelled_at": "",
        "was_cancelled": was_cancelled_there(before),
        "is_held": new.held,
        "held_at": held_there(order, new),
        "is_ready": new.ready_for_pickup_at is not None,
        **({PAYMENT_LINK: new.payment_link} if new.payment_link else {}),
    }


def was_cancelled_there(before: Facts) -> bool:
    """Whether its shop ever said so, also where it took it up again since."""
    return bool(before.get("was_cancelled") or before.get("cancelled_at"))


def first_cancelled_at(new: NewOrder, before: Facts) -> datetime | None:
    """While it stays cancelled there, the moment that was told first: some shops state when it changed last."""
    first = before.get("cancelled_at")
    return datetime.fromisoformat(first) if new.cancelled_at and first else new.cancelled_at


def held_there(order: Order, new: NewOrder) -> str:
    """When its shop put it on hold, as the order has it; "" when a person did."""
    if not new.held or not order.held_at:
        return ""
    is_theirs = order.held_at in (order.placed_at, new.updated_at)
    return moment_text(order.held_at) if is_theirs else (order.stated or {}).get("held_at", "")


def moment_text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def stated_before(order: Order) -> Facts:
    """What its shop stated last; of an order that came in before that was kept, as its last payload says."""
    if "parts" in (order.stated or {}):
        return order.stated
    latest = select(Arrival).where(Arrival.order_id == order.id, Arrival.result.in_((Fate.ADDED, Fate.UPDATED)))
    arrival = db.session.scalar(latest.order_by(Arrival.id.desc()).limit(1))
    own = shop()
    found = (
        only_order_in(arrival.source, arrival.payload, currency=own.currency, time_zone=own.time_zone)
        if arrival and arrival.payload
        else None
    )
    if found is None or found.order is None or found.order.external_id != order.external_id:
        return {}
    ours, theirs = facts_by_part(order), stated_parts(found.order)
    untouched = {part.value: digest(ours[part]) for part, facts in theirs.items() if agree(ours[part], facts)}
    return {
        "parts": {part.value: digest(facts) for part, facts in theirs.items()},
        "ours": untouched,
        "codes": stated_codes(found.order),
        "cancelled_at": moment_text(found.order.cancelled_at),
        "is_held": found.order.held,
        "is_ready": found.order.ready_for_pickup_at is not None,
    }


# --- what of it is news ---------------------------------------------------------------------------------------------


def follow_changes(order: Order, new: NewOrder, before: Facts, by: Actor) -> tuple[list[str], Noted]:
    """Follow what changed there. Answers what did, and the digests of all that was taken note of."""
    noted = Noted(dict(before.get("parts", {})), dict(before.get("ours", {})))
    ours, changed = facts_by_part(order), []
    for part, theirs in stated_parts(new).items():
        if not is_news(order, part, theirs, noted):
            continue
        noted.parts[part.value] = digest(theirs)
        if agree(ours[part], theirs):
            call_off_changes(order, [part], by=by)
        elif is_followed(order, new, part, theirs, was=noted.ours.get(part.value)):
            follow(order, part, theirs, by=by)
            settle_changes(order, [part])
            changed.append(CHANGED[part])
        else:
            ask_about(order, part, theirs, by)
            changed.append("conflict")
            continue
        noted.ours[part.value] = digest(facts_by_part(order)[part])
    return list(dict.fromkeys(changed)), noted


def is_news(order: Order, part: ShopPart, theirs: Facts, noted: Noted) -> bool:
    """Of an order that is over only the lines matter; what changes meanwhile is news once it is taken up again."""
    if part.value not in noted.parts:
        noted.parts[part.value] = digest(theirs)  # nothing to compare with
        noted.ours[part.value] = digest(facts_by_part(order)[part])
    if noted.parts[part.value] == digest(theirs):
        return False
    return not order.cancelled_at and (not order.is_finished or part == ShopPart.LINES)


def is_followed(order: Order, new: NewOrder, part: ShopPart, theirs: Facts, *, was: str | None) -> bool:
    """By itself: nobody changed the same here, nothing was built on it, and it is its shop's last word."""
    is_untouched = was == digest(facts_by_part(order)[part])
    return is_untouched and is_newest(order, new) and not why_not_follow(order, part, theirs)


def ask_about(order: Order, part: ShopPart, theirs: Facts, by: Actor) -> bool:
    """Let it wait for somebody to decide; True when that is news."""
    known = next((one for one in order.shop_changes if one.part == part), None)
    if known is not None:
        is_news = known.theirs != theirs
        known.theirs, known.told_at = theirs, now()
        return is_news
    order.shop_changes.append(ShopChange(part=part, theirs=theirs, told_at=now()))
    db.session.flush()
    record(Happened.SHOP_CHANGE_FOUND, order, by, shop_parts=[part.value])
    return True
