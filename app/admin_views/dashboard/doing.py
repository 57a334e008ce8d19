"""Taking an action in a pop-up: opening it, the form that comes back, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import abort, flash, request
from wtforms import Form

from app import queries
from app.actions import ACTIONS
from app.admin_views.dashboard import loading
from app.admin_views.dashboard.buttons import url_in_order, why_not
from app.admin_views.dashboard.offers import Offer
from app.admin_views.forms import leaves, shown_value
from app.admin_views.running import run_locked
from app.admin_views.signin import may
from app.errors import ActionRefused, ChangedMeanwhile


@dataclass(frozen=True)
class Place:
    """Where an action is taken: what it is about, as it is read and as it is locked, and the address of its actions."""

    read: Callable[[], Any]  # None when there is no such thing
    lock: Callable[[], Any]
    url: Callable[[str, int | None], str]


def in_order(number: str) -> Place:
    return Place(
        partial(loading.order_alone, number), partial(queries.locked_order, number), partial(url_in_order, number)
    )


@dataclass
class PopUp:
    """What a pop-up shows. After a POST that did not succeed it also says why."""

    offer: Offer
    order: Any  # what the action is about: in most places an order
    record: Any  # what it changes: that itself, or a part of it
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


def opened(offer: Offer, place: Place, record_id: int | None, **more: Any) -> PopUp:
    """The pop-up as it opens. 404 when there is no such record."""
    about, record = found(offer, place, record_id)
    return PopUp(offer, about, record, offer.form(record, **more), more)


def done(offer: Offer, place: Place, record_id: int | None, **more: Any) -> PopUp | str:
    """Do what the posted form says and flash it; the pop-up to show again when it did not succeed.

    Else the number of the order to go to from here; "" to stay.
    """
    if not may(offer.action.right):
        abort(403)
    about, record = found(offer, place, record_id)
    form = offer.form(record, request.form, **more)
    if offer.steps(form, record, request.form):
        return PopUp(offer, about, record, form, more)
    if not form.validate():
        return PopUp(offer, about, record, form, more, status=422)
    message: dict[str, str] = {"text": str(offer.action.done)}
    on, undo = as_it_was_seen(offer, record_id, more), offering_undo(offer, place, record_id, message)
    try:
        result = run_locked(offer.action, place.lock, on=on, before_commit=undo, **form.data, **more)
    except ChangedMeanwhile as no:
        if offer.edits:
            return changed_meanwhile(offer, place, record_id, more)
        flash(str(no), "error")
    except ActionRefused as no:
        if "in_dialog" in request.form:
            about, record = found(offer, place, record_id)
            return PopUp(offer, about, record, form, more, status=422, refusal=str(no))
        flash(str(no), "error")
    else:
        flash(message, "success")  # type: ignore[arg-type]
        return offer.leads_to(result)
    return ""


def previewed(offer: Offer, place: Place, record_id: int | None, **more: Any) -> PopUp:
    """The pop-up as it was filled in, with what would go out; nothing is done."""
    about, record = found(offer, place, record_id)
    form = offer.form(record, request.form, **more)
    if not form.validate() or offer.preview is None:
        return PopUp(offer, about, record, form, more, status=422)
    return PopUp(offer, about, record, form, more, preview=offer.preview(record, **form.data, **more))


def found(offer: Offer, place: Place, record_id: int | None) -> tuple[Any, Any]:
    about = place.read() or abort(404)
    return about, offer.find(about, record_id) or abort(404)


def as_it_was_seen(offer: Offer, record_id: int | None, more: dict[str, Any]) -> Callable[[Any], Any]:
    """Finds the record in what is locked, and refuses when what the form showed has changed since."""

    def find(about: Any) -> Any:
        record = offer.find(about, record_id)
        seen = request.form.get("seen")
        if seen and record is not None and seen != offer.mark(record, **more):
            raise ChangedMeanwhile(about.version, about.version)
        return record

    return find


def changed_meanwhile(offer: Offer, place: Place, record_id: int | None, more: dict[str, Any]) -> PopUp:
    """The form as entered, with what the record says now beside it; saving once more puts the entered values in."""
    about, record = found(offer, place, record_id)
    form = offer.form(record, request.form, **more)
    pairs = zip(leaves(offer.form(record, **more)), leaves(form), strict=True)
    theirs = [
        (str(yours.label.text), shown_value(now), shown_value(yours))
        for now, yours in pairs
        if shown_value(now) != shown_value(yours)
    ]
    return PopUp(offer, about, record, form, more, status=409, theirs=theirs)


def offering_undo(
    offer: Offer, place: Place, record_id: int | None, message: dict[str, str]
) -> Callable[[Any], None] | None:
    """Puts Undo in the message, where what was done can be taken back now."""
    if not offer.undo:
        return None

    def offer_it(about: Any) -> None:
        record = offer.undo_on(about) if offer.undo_on else offer.find(about, record_id)
        if record is not None and not why_not(ACTIONS[offer.undo], record):
            message["undo"] = place.url(offer.undo, record.id if offer.undo_on else record_id)

    return offer_it
