"""What its own shop tells of an order later: brought up to what it states. It undoes nothing that staff did."""

from __future__ import annotations

from datetime import datetime

from app.accounting.settling import settle
from app.accounting.states import recompute_status
from app.actions.cancelling import cancel
from app.actions.elsewhere import note_elsewhere
from app.actions.following import Facts
from app.actions.invoices import issue_when_paid, issue_when_placed
from app.actions.reopening import reopen
from app.actions.waiting_edits import call_off_changes, settle_changes
from app.history import Actor, Happened, record
from app.intake.stated_goods import bring_goods_up, not_completed_there
from app.intake.stated_money import add_payments, add_refunds
from app.intake.stated_parcels import has_new_parcels
from app.intake.statements import (
    ask_about,
    first_cancelled_at,
    follow_changes,
    is_newest,
    is_older,
    keep_stated,
    moment_text,
    stated_before,
    was_cancelled_there,
)
from app.intake_readers.new_order import NewOrder
from app.models import InvoicesFor, Order, ShopPart
from app.numbering import hold_ahead
from app.queries import search
from app.write_back import from_its_shop


@from_its_shop()
def update_order(order: Order, new: NewOrder, *, by: Actor, invoices: InvoicesFor = InvoicesFor.OPEN) -> list[str]:
    """Bring the order up to what its shop states; names what changed, nothing when it was all known, or older news."""
    if is_older(order, new):
        return []
    before, last = stated_before(order), is_newest(order, new)
    if has_new_parcels(order, new):
        hold_ahead("packing_slip", demo=order.is_demo)
    changed = []
    if back_there(order, new, by) or deleted_there(order, new, by):
        changed.append("deleted")
    if reopen_elsewhere(order, new, before, by):
        changed.append("reopened")
    followed, noted = follow_changes(order, new, before, by)
    changed += followed
    if add_payments(order, new.payments, by, is_newest=last):
        changed.append("payments")
    if add_refunds(order, new.refunds, by, is_newest=last):
        changed.append("refunds")
    recompute_status(order)
    if last and not_completed_there(order, new, before, by):
        changed.append("shipments")
    changed += bring_goods_up(order, new, by)
    if cancel_elsewhere(order, new, before, by):
        changed.append("cancelled")
    if follow_hold(order, new, before, by):
        changed.append("hold")
    if note_elsewhere(order, new, invoices, by):
        changed.append("invoiced")
    if changed:
        finish_update(order, new, changed, by)
    keep_stated(order, new, noted, before)
    return list(dict.fromkeys(changed))


def finish_update(order: Order, new: NewOrder, changed: list[str], by: Actor) -> None:
    settle(order)
    search.index(order)

    record(Happened.ORDER_UPDATED, order, by, source=new.source, changed=changed)
    issue_when_paid(order, by=by)


# --- cancelled, taken up again, deleted -----------------------------------------------------------------------------


def cancel_elsewhere(order: Order, new: NewOrder, before: Facts, by: Actor) -> bool:
    """What was not sent goes back in stock. Invoices stay as they are: crediting them is for people to decide.

    One that is completed here stays so, and says that it was cancelled there. An undated payload may be from before
    its shop took it up again.
    """
    at, last = first_cancelled_at(new, before), is_newest(order, new)
    if at and last:
        call_off_changes(order, [ShopPart.REOPENED], by=by)
    if at is None or new.is_deleted or order.cancelled_at:
        return False
    if order.is_finished:
        is_news = not before.get("cancelled_at") and last
        return is_news and ask_about(order, ShopPart.CANCELLED, {}, by)
    if not last and was_cancelled_there(before):
        return False
    cancel(order, at=at, restock=True, by=by)
    record(Happened.ORDER_CANCELLED, order, by)
    return True


def reopen_elsewhere(order: Order, new: NewOrder, before: Facts, by: Actor) -> bool:
    """Take an order up again that its shop had cancelled. What people cancelled, or credited since, they decide."""
    if new.cancelled_at or not before.get("cancelled_at") or not is_newest(order, new):
        return False
    call_off_changes(order, [ShopPart.CANCELLED], by=by)
    if order.cancelled_at is None:
        return False
    was_theirs = order.cancelled_at == datetime.fromisoformat(before["cancelled_at"])
    if not was_theirs or order.credited or order.returns:
        return ask_about(order, ShopPart.REOPENED, {}, by)
    reopen(order, by=by)
    return True


def deleted_there(order: Order, new: NewOrder, by: Actor) -> bool:
    return new.is_deleted and note_deleted(order, by=by)


def note_deleted(order: Order, *, by: Actor) -> bool:
    """Say that its shop deleted the order; True when that is news. Nothing is deleted here, and nothing cancelled."""
    if any(one.part == ShopPart.DELETED for one in order.shop_changes) or order.cancelled_at:
        return False
    ask_about(order, ShopPart.DELETED, {}, by)
    record(Happened.DELETED_THERE, order, by)
    return True


def back_there(order: Order, new: NewOrder, by: Actor) -> bool:
    """It was in the bin of its shop, and is not any more."""
    if new.is_deleted or not is_newest(order, new) or not settle_changes(order, [ShopPart.DELETED]):
        return False
    record(Happened.RESTORED_THERE, order, by)
    return True


# --- held, and ready ------------------------------------------------------------------------------------------------


def follow_hold(order: Order, new: NewOrder, before: Facts, by: Actor) -> bool:
    """Put on hold there, or taken off it; and ready for pick-up. What people put on hold stays so."""
    changed = False
    if not is_newest(order, new):
        return False
    is_news = new.ready_for_pickup_at and not before.get("is_ready")
    if is_news and not order.ready_at and order.is_pick_up and not order.is_finished:
        order.ready_at = new.ready_for_pickup_at
        record(Happened.READY_FOR_PICKUP, order, by)
        changed = True
    if new.held == before.get("is_held", new.held) or order.cancelled_at:
        return changed
    if new.held and not order.held_at and not order.is_finished:
        order.held_at = new.updated_at
        record(Happened.ORDER_SUSPENDED, order, by)
        return True
    if not new.held and order.held_at and moment_text(order.held_at) == before.get("held_at"):
        order.held_at = None
        recompute_status(order)
        record(Happened.ORDER_RESUMED, order, by)
        issue_when_placed(order, by=by)
        return True
    return changed
