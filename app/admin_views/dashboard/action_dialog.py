"""Taking an action in a pop-up: opening it, the form that comes back, and what is said afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, TypeAlias

from flask import abort, flash, request, url_for
from sqlalchemy import select
from wtforms import Form

from app import queries
from app.actions import ACTIONS
from app.actions.declaration import AnyAction
from app.actions.sellers import complete_seller, why_seller_incomplete
from app.admin_views.action_forms import fingerprint, form_on, take_step
from app.admin_views.dashboard import loading
from app.admin_views.dashboard.buttons import url_in_order, why_not
from app.admin_views.dashboard.offered_actions import record_in
from app.admin_views.forms import leaves, shown_value
from app.admin_views.freshness import demand_fresh
from app.admin_views.mail_news import add_mail_news
from app.admin_views.run_action import AlreadyLocked, lock_anew, run_locked
from app.admin_views.seller_form import SELLER_RIGHT, SellerForm, asks_for_seller, seller_form
from app.admin_views.signin import actor, may
from app.errors import ActionRefused, ChangedMeanwhile
from app.extensions import db, go_on_reading
from app.history import Happened
from app.models import History, Order
from app.pages.formatting import happened
from app.security import form_tokens

ABOUT_MAILS = (Happened.MAIL_QUEUED, Happened.MAIL_SENT, Happened.INVOICE_SENT, Happened.CREDIT_NOTE_SENT)


#: What a pop-up is about, and what in it the action changes.
AboutAndRecord: TypeAlias = tuple[Any, Any]


def itself(about: Any, action: AnyAction, record_id: int | None) -> Any:
    return about


@dataclass(frozen=True)
class ActionPlace:
    """Where an action is taken: what it is about, as it is read and as it is locked, and the address of its actions."""

    read: Callable[[], Any]  # None when there is no such thing
    lock: Callable[[], object]
    url: Callable[[str, int | None], str]
    find: Callable[[Any, AnyAction, int | None], Any] = itself  # what the action changes, in what it is about
    has_form: bool = True  # else it is done by one press, as its form would start


def in_order(number: str) -> ActionPlace:
    return ActionPlace(
        partial(loading.order_alone, number),
        partial(queries.locked_order, number),
        partial(url_in_order, number),
        record_in,
    )


@dataclass
class PopUp:
    """What a pop-up shows. After a POST that did not succeed it also says why."""

    action: AnyAction
    order: Any  # what the action is about: in most places an order
    record: Any  # what it changes: that itself, or a part of it
    form: Form
    more: dict[str, Any] = field(default_factory=dict)  # what the action needs besides its form
    status: int = 200
    doubt: str = ""  # said once; the form is sent again by whoever is sure
    refusal: str = ""
    news: str | None = None  # what somebody else did meanwhile; the form is sent again by whoever still wants it
    preview: object = None
    theirs: list[tuple[str, str, str]] = field(default_factory=list)  # label, value now, value entered here
    seller: SellerForm | None = None  # what the law wants said of the shop on the invoice that comes of it

    @property
    def reason(self) -> str:
        return why_not(self.action, self.record)

    @property
    def named(self) -> str:
        """Which record it is, where the page behind doesn't say so: a part by its number, one of a list by its name."""
        if self.record is not self.order:
            return str(getattr(self.record, "number", "") or "")
        return "" if isinstance(self.record, Order) else str(self.record)

    @property
    def may_enter_seller(self) -> bool:
        return may(SELLER_RIGHT)

    @property
    def why_no_invoice(self) -> str:
        return why_seller_incomplete()

    @cached_property
    def seen(self) -> str:
        """As it was when the form was opened, until the person has been told of what changed since."""
        kept = "" if self.news is not None or self.status == 409 else request.form.get("seen", "")
        return kept or fingerprint(self.action, self.record, **self.more)


def open_dialog(action: AnyAction, place: ActionPlace, record_id: int | None, **more: Any) -> PopUp:
    """The pop-up as it opens. 404 when there is no such record."""
    about, record = find_record(action, place, record_id)
    seller = seller_form() if asks_for_seller(action, record) else None
    return PopUp(action, about, record, form_on(action, record, **more), more, seller=seller)


def submit_dialog(action: AnyAction, place: ActionPlace, record_id: int | None, **more: Any) -> PopUp | str:
    """Do what the posted form says and flash it; the pop-up to show again when it did not succeed.

    Else the number of the order to go to from here; "" to stay.
    """
    if not may(action.right):
        abort(403)
    about = lock_anew(place.lock)  # at once: else all of it would be read once more when it is locked
    record = place.find(about, action, record_id) or abort(404)
    form = form_on(action, record, request.form if place.has_form else None, **more)
    seller = posted_seller(action, record)
    if take_step(action, form, record, request.form):
        return PopUp(action, *let_go_of(action, place, record_id), form, more)
    if not form.validate() or (seller and not seller.validate()):
        return PopUp(action, *let_go_of(action, place, record_id), form, more, status=422, seller=seller)
    if doubt := doubt_about(action, record, form):
        return PopUp(action, *let_go_of(action, place, record_id), form, more, doubt=doubt)
    message: dict[str, str] = {"text": str(action.done)}
    on = after_saving(seller, as_it_was_seen(action, place, record_id, more))
    answer = answering(action, place, record_id, message)
    try:
        result = run_locked(action, AlreadyLocked(about), on=on, before_commit=answer, **form.data, **more)
    except ChangedMeanwhile as no:
        if action.edits:
            return changed_meanwhile(action, place, record_id, more)
        if "in_dialog" in request.form:
            about, record = let_go_of(action, place, record_id)
            form = form_on(action, record, request.form, **more)
            return PopUp(action, about, record, form, more, news=news_since_opened(about))
        flash(str(no), "error")
    except ActionRefused as no:
        if "in_dialog" in request.form:
            about, record = let_go_of(action, place, record_id)
            return PopUp(action, about, record, form, more, status=422, refusal=str(no), seller=seller)
        flash(str(no), "error")
    else:
        flash(message, "success")  # type: ignore[arg-type]
        return result.number if action.opens_result else ""
    return ""


def posted_seller(action: AnyAction, record: object) -> SellerForm | None:
    """What was entered of the shop on the way; only of who may, and freshly proved to be at the screen."""
    if not may(SELLER_RIGHT) or not asks_for_seller(action, record):
        return None
    demand_fresh(SELLER_RIGHT)
    return seller_form(request.form)


def after_saving(seller: SellerForm | None, on: Callable[[object], object]) -> Callable[[object], object]:
    """In the transaction of the action: what was entered of the shop stays only if that succeeds."""

    def save_and_find(about: object) -> object:
        found = on(about)
        if seller is not None:
            complete_seller(queries.shop(), seller.data, by=actor())
        return found

    return save_and_find


def doubt_about(action: AnyAction, record: object, form: Form) -> str:
    """What to think of before it is done as the form says; said once."""
    is_asked = action.doubt is not None and "in_dialog" in request.form and "sure" not in request.form
    return action.doubt(record, **form.data) if is_asked and action.doubt else ""


def preview_dialog(action: AnyAction, place: ActionPlace, record_id: int | None, **more: Any) -> PopUp:
    """The pop-up as it was filled in, with what would go out; nothing is done."""
    about, record = find_record(action, place, record_id)
    form = form_on(action, record, request.form, **more)
    if not form.validate() or action.preview is None:
        return PopUp(action, about, record, form, more, status=422)
    return PopUp(action, about, record, form, more, preview=action.preview(record, **form.data, **more))


def find_record(action: AnyAction, place: ActionPlace, record_id: int | None) -> AboutAndRecord:
    about = place.read() or abort(404)
    return about, place.find(about, action, record_id) or abort(404)


def let_go_of(action: AnyAction, place: ActionPlace, record_id: int | None) -> AboutAndRecord:
    """What the pop-up is about, to be shown once more: nobody waits until it is drawn."""
    go_on_reading()
    return find_record(action, place, record_id)


def as_it_was_seen(
    action: AnyAction, place: ActionPlace, record_id: int | None, more: dict[str, Any]
) -> Callable[[Any], Any]:
    """Finds the record in what is locked, and refuses when what the form showed has changed since."""

    def find(about: Any) -> Any:
        record = place.find(about, action, record_id)
        seen = request.form.get("seen")
        if seen and record is not None and seen != fingerprint(action, record, **more):
            version = getattr(about, "version", 0)  # some records have none
            raise ChangedMeanwhile(version, version)
        return record

    return find


def changed_meanwhile(action: AnyAction, place: ActionPlace, record_id: int | None, more: dict[str, Any]) -> PopUp:
    """The form as entered, with what the record says now beside it; saving once more puts the entered values in."""
    about, record = let_go_of(action, place, record_id)
    form = form_on(action, record, request.form, **more)
    pairs = zip(leaves(form_on(action, record, **more)), leaves(form), strict=True)
    theirs = [
        (str(yours.label.text), shown_value(now), shown_value(yours))
        for now, yours in pairs
        if shown_value(now) != shown_value(yours)
    ]
    return PopUp(action, about, record, form, more, status=409, theirs=theirs)


def news_since_opened(about: object) -> str:
    """What happened to it since the form was opened, mails aside: the last three."""
    claim = form_tokens.claim_here()
    if not isinstance(about, Order) or claim is None:
        return ""
    since = (History.order_id == about.id, History.at >= claim.minted_at, History.what.not_in(ABOUT_MAILS))
    latest = db.session.scalars(select(History).where(*since).order_by(History.id.desc()).limit(3)).all()
    return " ".join(f"{happened(one)} ({one.actor_name})." for one in reversed(latest))


def answering(
    action: AnyAction, place: ActionPlace, record_id: int | None, message: dict[str, str]
) -> Callable[[Any, Any], None]:
    """Puts Undo in the message, where what was done can be taken back now; who presses twice is told the same."""

    def answer(about: Any, result: Any) -> None:
        if action.afterwards or action.done_otherwise:
            message["text"] = action.said_of(place.find(about, action, record_id))
        add_mail_news(message)
        record = undone_on(action, place, about, record_id) if action.undo else None
        if record is not None and not why_not(ACTIONS[action.undo], record):
            message["undo"] = place.url(action.undo, record.id if action.undo_on else record_id)
        page = url_for("order_page.show", number=result.number) if action.opens_result else ""
        form_tokens.keep_answer(page, message)

    return answer


def undone_on(action: AnyAction, place: ActionPlace, about: Any, record_id: int | None) -> Any:
    """What Undo would be about."""
    return action.undo_on(about) if action.undo_on else place.find(about, action, record_id)
