"""Goods that come back: authorised, received, completed; or rejected, and then they count as not returned.

Once a credit note settles a return, what it says can't be modified; the goods can still be received.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import mails, queries
from app.accounting.states import has_goods
from app.actions.declaration import NOTIFY, Input, Step, action
from app.actions.goods import quantities_to_ship
from app.actions.stock import put_back_returned
from app.amounts.money import ZERO
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, changes, record
from app.models import Order, OrderLine, Return, ReturnAction, ReturnLine, ReturnReason, ReturnStatus
from app.numbering import draw
from app.queries import search


def titles_to_choose(record_type: type[ReturnReason | ReturnAction], current: str) -> list[tuple[str, str]]:
    """The shop's own list; what a return says stays in it, even if the shop has given it up."""
    titles = dict.fromkeys([*queries.titles_in_use(record_type), *([current] if current else [])])
    return [("", "–"), *((title, title) for title in titles)]


RETURN_REASON = Input(
    "reason",
    _l("Return reason"),
    kind="select",
    most=120,
    initial=lambda record: getattr(record, "reason", ""),
    choices=lambda record: titles_to_choose(ReturnReason, getattr(record, "reason", "")),
)
WHAT = Input(
    "action",
    _l("Preferred solution"),
    kind="select",
    most=120,
    initial=lambda record: getattr(record, "action", ""),
    choices=lambda record: titles_to_choose(ReturnAction, getattr(record, "action", "")),
)
NOTE = Input("note", _l("Note"), kind="long_text", most=2000)
RESTOCK = Input("restock", _l("Put back in stock"), kind="tick")


def returnable(line: OrderLine) -> Decimal:
    """How many of the line went to the customer and did not come back yet."""
    return line.shipped - line.returned if line.is_shippable else ZERO


def why_not_create_return(order: Order) -> str:
    if order.is_draft:
        return _("A draft has no returns. Place the order first.")
    if any(returnable(line) > 0 for line in order.lines):
        return ""
    return why_nothing_comes_back(order)


def why_nothing_comes_back(order: Order) -> str:
    """In the words that fit how the goods go, and whether any still do."""
    if any(line.shipped > 0 for line in order.lines):
        if order.is_pick_up:
            return _("Everything that was picked up is on a return.")
        return _("Everything that was sent is on a return.")
    if not has_goods(order):
        return _("There are no goods on this order that could come back.")
    if any(shipment.lost_at for shipment in order.shipments):
        return _("What was sent is lost: nothing can come back.")
    if order.cancelled_at or not quantities_to_ship(order):
        return _("Nothing was picked up.") if order.is_pick_up else _("Nothing was sent.")
    if order.is_pick_up:
        return _("Nothing was picked up yet that could come back.")
    return _("Nothing was sent yet that could come back.")


def can_come_back(order: Order) -> dict[int, Decimal]:
    return {line.id: returnable(line) for line in order.lines if returnable(line) > 0}


@action(
    title=_l("Create return"),
    group="returns",
    icon="arrow-back-up",
    done=_l("Return created"),
    why_not=why_not_create_return,
    inputs=(
        Input("quantities", _l("Quantities"), kind="quantities", choices=can_come_back),
        RETURN_REASON,
        WHAT,
        NOTE,
        NOTIFY,
    ),
    mail="return_authorised",
    dialog="return",
    stands="block",
)
def create_return(
    order: Order,
    *,
    by: Actor,
    quantities: dict[int, Decimal],
    reason: str = "",
    action: str = "",
    note: str = "",
    notify: bool = False,
) -> Return:
    """Authorise goods to come back: these quantities per order line, at most what was sent and is on no return."""
    wanted = quantities_to_return(order, quantities)
    goods_return = open_return(order, by=by, quantities=wanted, reason=reason, action=action, note=note)
    if notify:
        mails.queue_about_return("return_authorised", goods_return, by=by)
    return goods_return


def open_return(
    order: Order, *, by: Actor, quantities: Mapping[int, Decimal], reason: str, action: str, note: str
) -> Return:
    goods_return = Return(
        order=order,
        number=draw("return", demo=order.is_demo),
        reason=reason,
        action=action,
        note=note.strip(),
        created_at=now(),
        is_demo=order.is_demo,
    )
    put_on(goods_return, quantities)
    db.session.add(goods_return)
    db.session.flush()
    search.index(order)

    record(Happened.RETURN_CREATED, order, by, number=goods_return.number)
    return goods_return


def quantities_to_return(order: Order, quantities: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """The quantities above 0. Refuses more than can come back, and nothing at all."""
    by_id = {line.id: line for line in order.lines}
    wanted = {line_id: quantity for line_id, quantity in quantities.items() if quantity > 0}
    if not wanted:
        raise ActionRefused(_("Choose at least one product that comes back."))
    for line_id, quantity in wanted.items():
        line = by_id.get(line_id)
        if line is None or quantity > returnable(line):
            raise ActionRefused(_("Fewer than %(quantity)s can come back. Look at the order again.", quantity=quantity))
    return wanted


def put_on(goods_return: Return, quantities: Mapping[int, Decimal]) -> None:
    for line in goods_return.order.lines:
        if quantity := quantities.get(line.id, ZERO):
            goods_return.lines.append(ReturnLine(order_line_id=line.id, order_line=line, quantity=quantity))
            line.returned += quantity


def take_off(goods_return: Return) -> None:
    """Give the quantities back to the order: they count as not returned."""
    for line in goods_return.lines:
        line.order_line.returned -= line.quantity


# --- asked for by the customer --------------------------------------------------------------------------------------


def why_not_request_return(order: Order) -> str:
    """As `why_not_create_return`, and besides within the return period only."""
    if reason := why_not_create_return(order):
        return reason
    until = return_until(order)
    return "" if until and now() <= until else _("The return period is over. Please ask us a question instead.")


def request_return(
    order: Order, *, by: Actor, quantities: Mapping[int, Decimal], reason: str = "", note: str = ""
) -> Return:
    """The customer wants to send goods back; somebody of the shop authorises or rejects it."""
    if why := why_not_request_return(order):
        raise ActionRefused(why)
    goods_return = Return(
        order=order,
        number=draw("return", demo=order.is_demo),
        status=ReturnStatus.REQUESTED,
        reason=reason,
        note=note.strip(),
        created_at=now(),
        is_demo=order.is_demo,
    )
    put_on(goods_return, quantities_to_return(order, quantities))
    db.session.add(goods_return)
    db.session.flush()
    search.index(order)

    record(Happened.RETURN_REQUESTED, order, by, number=goods_return.number)
    mails.queue_about_return("return_requested", goods_return, by=by)
    return goods_return


def why_not_authorise_return(goods_return: Return) -> str:
    if goods_return.status == ReturnStatus.REQUESTED:
        return ""
    if goods_return.status == ReturnStatus.REJECTED:
        return _("This return is rejected.")
    if goods_return.status == ReturnStatus.AUTHORISED:
        return _("This return is authorised already.")
    return _("This return is completed.") if goods_return.finished_at else _("These goods were received.")


@action(
    title=_l("Authorise"),
    group="returns",
    icon="check",
    done=_l("Return authorised"),
    why_not=why_not_authorise_return,
    inputs=(NOTIFY,),
    mail="return_authorised",
    stands="block",
    step=Step(1, lambda goods_return: goods_return.status == ReturnStatus.REQUESTED),
)
def authorise_return(goods_return: Return, *, by: Actor, notify: bool = False) -> Return:
    """Agree to what the customer asked for in My account."""
    goods_return.status = ReturnStatus.AUTHORISED
    db.session.flush()

    record(Happened.RETURN_AUTHORISED, goods_return.order, by, number=goods_return.number)
    if notify:
        mails.queue_about_return("return_authorised", goods_return, by=by)
    return goods_return


# --- the return period ----------------------------------------------------------------------------------------------


def return_until(order: Order) -> datetime | None:
    """When the return period ends: so many days after the last parcel went. None before the first one went."""
    sent = [shipment.sent_at for shipment in order.shipments if shipment.sent_at]
    return max(sent) + timedelta(days=queries.shop().return_days) if sent else None


def period_ended(order: Order) -> datetime | None:
    """When the return period ended; None while it lasts."""
    until = return_until(order)
    return until if until and until < now() else None


# --- changing it ----------------------------------------------------------------------------------------------------


def why_frozen(goods_return: Return) -> str:
    if goods_return.credit_note_id:
        return _("A credit note settles this return: it can’t be modified any more.")
    if goods_return.status == ReturnStatus.REJECTED:
        return _("This return is rejected.")
    return _("This return is completed.") if goods_return.finished_at else ""


def quantities_on(goods_return: Return) -> dict[int, Decimal]:
    return {line.order_line_id: line.quantity for line in goods_return.lines}


def can_be_on(goods_return: Return) -> dict[int, Decimal]:
    """What is on the return counts as not returned here."""
    on_it = quantities_on(goods_return)
    most = {line.id: returnable(line) + on_it.get(line.id, ZERO) for line in goods_return.order.lines}
    return {line_id: quantity for line_id, quantity in most.items() if quantity > 0}


@action(
    title=_l("Save"),
    group="returns",
    icon="check",
    done=_l("Return saved"),
    why_not=why_frozen,
    inputs=(
        Input("quantities", _l("Quantities"), kind="quantities", initial=quantities_on, choices=can_be_on),
        RETURN_REASON,
        WHAT,
        replace(NOTE, initial=lambda goods_return: goods_return.note),
    ),
    right_title=_l("Change returns"),
    dialog="return",
    edits=True,
    stands="block",
)
def change_return(
    goods_return: Return,
    *,
    by: Actor,
    quantities: dict[int, Decimal],
    reason: str = "",
    action: str = "",
    note: str = "",
) -> Return:
    """Correct what comes back and why, while no credit note settles it."""
    order, before = goods_return.order, quantities_on(goods_return)
    if goods_return.received_at and changed(before, quantities):
        raise ActionRefused(_("The goods were received: their quantities can’t change any more."))
    new = {"reason": reason, "action": action, "note": note.strip()}
    differing = changes(goods_return, new, new)
    if changed(before, quantities):
        take_off(goods_return)
        wanted = quantities_to_return(order, quantities)
        for line in list(goods_return.lines):
            db.session.delete(line)
        goods_return.lines.clear()
        db.session.flush()
        put_on(goods_return, wanted)
        differing["quantities"] = [in_words(order, before), in_words(order, wanted)]
    for name, value in new.items():
        setattr(goods_return, name, value)
    db.session.flush()

    if differing:
        record(Happened.RETURN_CHANGED, order, by, number=goods_return.number, changes=differing)
    return goods_return


def changed(before: Mapping[int, Decimal], quantities: Mapping[int, Decimal]) -> bool:
    return before != {line_id: quantity for line_id, quantity in quantities.items() if quantity > 0}


def in_words(order: Order, quantities: Mapping[int, Decimal]) -> str:
    return ", ".join(f"{quantities[line.id]} × {line.name}" for line in order.lines if line.id in quantities)


# --- how far it is --------------------------------------------------------------------------------------------------


def why_not_receive_return(goods_return: Return) -> str:
    if goods_return.status == ReturnStatus.REJECTED:
        return _("This return is rejected.")
    return _("These goods were received.") if goods_return.received_at else ""


@action(
    title=_l("Received"),
    group="returns",
    icon="package",
    done=_l("Return marked as received"),
    why_not=why_not_receive_return,
    inputs=(RESTOCK, NOTIFY),
    mail="return_received",
    stands="block",
    step=Step(2, lambda goods_return: goods_return.status == ReturnStatus.AUTHORISED),
)
def receive_return(goods_return: Return, *, by: Actor, restock: bool = False, notify: bool = False) -> Return:
    """The goods are here, and go back in stock if asked; what is left out now is never put back in another way.

    A return that is credited already is completed by it.
    """
    put_back_returned(goods_return, restock=restock, by=by)
    goods_return.received_at = now()
    goods_return.status = ReturnStatus.RECEIVED
    record(Happened.RETURN_RECEIVED, goods_return.order, by, number=goods_return.number)
    if notify:
        mails.queue_about_return("return_received", goods_return, by=by)
    complete_when_settled(goods_return, by)
    return goods_return


def complete_when_settled(goods_return: Return, by: Actor) -> None:
    """Received and credited: nothing is left to do."""
    if goods_return.received_at and goods_return.credit_note_id and not goods_return.finished_at:
        finish(goods_return, by)


def why_not_complete_return(goods_return: Return) -> str:
    if goods_return.status == ReturnStatus.REJECTED:
        return _("This return is rejected.")
    return _("This return is completed.") if goods_return.finished_at else ""


@action(
    title=_l("Completed"),
    group="returns",
    icon="circle-check",
    done=_l("Return marked as completed"),
    why_not=why_not_complete_return,
    stands="block",
    step=Step(4, lambda goods_return: goods_return.status == ReturnStatus.RECEIVED),
)
def complete_return(goods_return: Return, *, by: Actor) -> Return:
    """Nothing more is to be done, with or without a credit note: goods may have been repaired or exchanged."""
    finish(goods_return, by)
    return goods_return


def finish(goods_return: Return, by: Actor) -> None:
    goods_return.status = ReturnStatus.COMPLETED
    goods_return.finished_at = now()
    record(Happened.RETURN_COMPLETED, goods_return.order, by, number=goods_return.number)


def why_not_reject_return(goods_return: Return) -> str:
    if reason := why_frozen(goods_return):
        return reason
    return _("These goods were received. Complete the return instead.") if goods_return.received_at else ""


@action(
    title=_l("Reject"),
    group="returns",
    icon="ban",
    done=_l("Return rejected"),
    final=True,
    why_not=why_not_reject_return,
    inputs=(Input("reason", _l("Why it is rejected"), most=255, hint=_l("Stands in the mail, too.")), NOTIFY),
    mail="return_rejected",
    stands="block",
)
def reject_return(goods_return: Return, *, by: Actor, reason: str = "", notify: bool = False) -> Return:
    """The goods may not come back, or never came: their quantities count as not returned again."""
    goods_return.status = ReturnStatus.REJECTED
    goods_return.finished_at = now()
    take_off(goods_return)
    db.session.flush()
    record(Happened.RETURN_REJECTED, goods_return.order, by, number=goods_return.number, reason=reason.strip())
    if notify:
        mails.queue_about_return("return_rejected", goods_return, by=by, rejected_because=reason.strip())
    return goods_return
