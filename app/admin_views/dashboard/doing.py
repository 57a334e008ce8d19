"""Taking an action on the order page: its pop-up, the form that comes back, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import abort, flash, request
from wtforms import Form

from app.actions import ACTIONS
from app.admin_views.dashboard import loading
from app.admin_views.dashboard.buttons import action_url, why_not
from app.admin_views.dashboard.offers import Offer
from app.admin_views.forms import leaves, shown_value
from app.admin_views.running import run
from app.errors import ActionRefused, ChangedMeanwhile
from app.models import Order


@dataclass
class PopUp:
    """What a pop-up shows. After a POST that did not succeed it also says why."""

    offer: Offer
    order: Order
    record: Any
    form: Form
    more: dict[str, Any] = field(default_factory=dict)  # what the action needs besides its form
    status: int = 200
    refusal: str = ""
    preview: Any = None
    theirs: list[tuple[str, str, str]] = field(default_factory=list)  # label, value now, value entered here

    @property
    def reason(self) -> str:
        return why_not(self.offer.action, self.record)

    @property
    def seen(self) -> str:
        return self.offer.mark(self.record, **self.more)


def opened(offer: Offer, number: str, record_id: int | None, **more: Any) -> PopUp:
    """The pop-up as it opens. 404 when the order has no such record."""
    order, record = found(offer, number, record_id)
    return PopUp(offer, order, record, offer.form(record, **more), more)


def done(offer: Offer, number: str, record_id: int | None, **more: Any) -> PopUp | None:
    """Do what the posted form says and flash it. None when all is said; else the pop-up to show again."""
    order, record = found(offer, number, record_id)
    form = offer.form(record, request.form, **more)
    if not form.validate():
        return PopUp(offer, order, record, form, more, status=422)
    message: dict[str, str] = {"text": str(offer.action.done)}
    on, undo = as_it_was_seen(offer, record_id, more), offering_undo(offer, message)
    try:
        run(offer.action, number, on=on, before_commit=undo, **form.data, **more)
    except ChangedMeanwhile as no:
        if offer.edits:
            return changed_meanwhile(offer, number, record_id, more)
        flash(str(no), "error")
    except ActionRefused as no:
        if "in_dialog" in request.form:
            order, record = found(offer, number, record_id)
            return PopUp(offer, order, record, form, more, status=422, refusal=str(no))
        flash(str(no), "error")
    else:
        flash(message, "success")  # type: ignore[arg-type]
    return None


def previewed(offer: Offer, number: str, record_id: int | None, **more: Any) -> PopUp:
    """The pop-up as it was filled in, with what would go out; nothing is done."""
    order, record = found(offer, number, record_id)
    form = offer.form(record, request.form, **more)
    if not form.validate() or offer.preview is None:
        return PopUp(offer, order, record, form, more, status=422)
    return PopUp(offer, order, record, form, more, preview=offer.preview(record, **form.data, **more))


def found(offer: Offer, number: str, record_id: int | None) -> tuple[Order, Any]:
    order = loading.order_alone(number) or abort(404)
    return order, offer.find(order, record_id) or abort(404)


def as_it_was_seen(offer: Offer, record_id: int | None, more: dict[str, Any]) -> Callable[[Order], Any]:
    """Finds the record in the locked order, and refuses when what the form showed has changed since."""

    def find(order: Order) -> Any:
        record = offer.find(order, record_id)
        seen = request.form.get("seen")
        if seen and record is not None and seen != offer.mark(record, **more):
            raise ChangedMeanwhile(order.version, order.version)
        return record

    return find


def changed_meanwhile(offer: Offer, number: str, record_id: int | None, more: dict[str, Any]) -> PopUp:
    """The form as entered, with what the record says now beside it; saving once more puts the entered values in."""
    order, record = found(offer, number, record_id)
    form = offer.form(record, request.form, **more)
    pairs = zip(leaves(offer.form(record, **more)), leaves(form), strict=True)
    theirs = [
        (str(yours.label.text), shown_value(now), shown_value(yours))
        for now, yours in pairs
        if shown_value(now) != shown_value(yours)
    ]
    return PopUp(offer, order, record, form, more, status=409, theirs=theirs)


def offering_undo(offer: Offer, message: dict[str, str]) -> Callable[[Order], None] | None:
    """Puts Undo in the message, where what was done can be taken back now."""
    if not offer.undo:
        return None

    def offer_it(order: Order) -> None:
        if not why_not(ACTIONS[offer.undo], order):
            message["undo"] = action_url(offer.undo, order)

    return offer_it
