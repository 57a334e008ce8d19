"""Drafts: orders in the making, for somebody at the telephone or once more the same; Place makes one an order.

A draft has a number of its own series. It keeps that as its external id when it is placed, so that the old number
still leads to the order.
"""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounting.states import recompute_status
from app.accounting.totals import sum_up
from app.actions.customers import the_one_now
from app.actions.declaration import NOTIFY, action
from app.actions.invoices import is_invoiced_when_placed
from app.actions.new_orders import follow_up, problem_of_currency
from app.actions.order_customer import find_or_make_customer, take_data_of
from app.actions.sellers import demand_seller
from app.actions.usual_methods import take_usual_methods
from app.columns import now
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import ADDRESS_FIELDS, Customer, LineKind, Order, OrderAddress, OrderLine
from app.numbering import draw
from app.queries import STAFF, shop

#: What a copy has in common with its order.
SAME = (
    *(
        "customer_name",
        "company",
        "vat_id",
        "buyer_reference",
        "email",
        "phone",
        "country",
        "language",
        "currency",
        "prices_include_tax",
    ),
    *("payment_method_id", "payment_method_title", "shipping_method_id", "shipping_method_title", "is_pick_up"),
)
SAME_LINE = (
    *("position", "kind", "product_id", "sku", "name", "variant"),
    *("quantity", "unit_price", "discount", "total", "taxes", "tax_total"),
)


@action(title=_l("New order"), group="orders", icon="plus", done=_l("Draft created"))
def begin_draft(customer: Customer, *, by: Actor) -> Order:
    """Begin an order by hand, with the data and addresses of a customer, and the methods of their last order."""
    draft = begin_empty_draft(by=by, demo=customer.is_demo)
    draft.customer = the_one_now(customer)
    take_data_of(draft.customer, draft)
    db.session.flush()
    take_usual_methods(draft, draft.customer)
    return draft


def begin_empty_draft(*, by: Actor, demo: bool = False) -> Order:
    """Begin an order by hand, for somebody who is to be filled in."""
    own = shop()
    draft = new_draft(demo=demo, currency=own.currency, language=own.language)
    add(draft)

    record(Happened.DRAFT_BEGUN, draft, by)
    return draft


@action(
    title=_l("Copy"),
    group="orders",
    icon="copy",
    done=_l("Copied to a draft"),
    right_title=_l("Copy orders"),
    opens_result=True,
    on_drafts="too",
)
def copy_order(order: Order, *, by: Actor) -> Order:
    """Begin a draft with the same lines at the same prices, addresses, customer and methods."""
    draft = new_draft(demo=order.is_demo, copied_from_id=order.id, **values(order, SAME))
    draft.customer_id = the_one_now(order.customer).id if order.customer else None
    draft.discount_codes = list(order.discount_codes)
    draft.addresses = [OrderAddress(**values(address, ("kind", *ADDRESS_FIELDS))) for address in order.addresses]
    draft.lines = [OrderLine(**values(line, SAME_LINE)) for line in order.lines if line.quantity]
    sum_up(draft)
    add(draft)

    record(Happened.ORDER_COPIED, order, by, number=draft.number)
    record(Happened.DRAFT_COPIED, draft, by, number=order.number)
    return draft


def new_draft(*, demo: bool, **said: object) -> Order:
    number = draw("draft", demo=demo)
    return Order(number=number, source=STAFF, external_id=number, placed_at=now(), is_draft=True, is_demo=demo, **said)


def values(record: object, names: tuple[str, ...]) -> dict[str, object]:
    return {name: getattr(record, name) for name in names}


def add(draft: Order) -> None:
    db.session.add(draft)
    db.session.flush()
    recompute_status(draft)


# --- placing --------------------------------------------------------------------------------------------------------


def why_not_place_draft(draft: Order) -> str:
    if not draft.is_draft:
        return _("This is an order already.")
    if draft.cancelled_at:
        return _("The draft is discarded. Reopen it first.")
    if problem := problem_of_currency(draft.currency):
        return str(problem)
    if not any(line.kind == LineKind.PRODUCT for line in draft.lines):
        return _("Add at least one product first.")
    if not (draft.customer_name or draft.company or draft.email):
        return _("Enter who is ordering first: a name or an e-mail address.")
    return ""


@action(
    title=_l("Place order"),
    group="orders",
    icon="shopping-cart",
    done=_l("Order placed"),
    why_not=why_not_place_draft,
    mail="order_confirmation",
    inputs=(NOTIFY,),
    right_title=_l("Place orders"),
    opens_result=True,
    stands="first",
    on_drafts="only",
)
def place_draft(draft: Order, *, by: Actor, notify: bool = True) -> Order:
    """Make the draft an order: now it gets its number, takes its stock, and is invoiced by the shop's setting."""
    if is_invoiced_when_placed(draft):
        demand_seller(draft)
    return make_order(draft, by=by, notify=notify)


def make_order(draft: Order, *, by: Actor, notify: bool = True) -> Order:
    """The same when a customer accepts what was offered: they are not kept waiting, but the invoice may be."""
    before = draft.number
    find_or_make_customer(draft, by)
    draft.number, draft.is_draft, draft.placed_at = draw("order", demo=draft.is_demo), False, now()
    db.session.flush()

    record(Happened.DRAFT_PLACED, draft, by, number=before)
    follow_up(draft, by=by, notify=notify)
    return draft


# --- discarding, and taking up again --------------------------------------------------------------------------------


def why_not_discard_draft(draft: Order) -> str:
    if not draft.is_draft:
        return _("This is an order: cancel it instead.")
    return _("The draft is discarded.") if draft.cancelled_at else ""


@action(
    title=_l("Discard"),
    group="orders",
    icon="trash",
    done=_l("Draft discarded"),
    why_not=why_not_discard_draft,
    right_title=_l("Discard drafts"),
    undo="restore_draft",
    on_drafts="only",
)
def discard_draft(draft: Order, *, by: Actor) -> Order:
    """Put the draft aside. Nothing is deleted."""
    draft.cancelled_at = now()
    recompute_status(draft)

    record(Happened.DRAFT_DISCARDED, draft, by)
    return draft


def why_not_restore_draft(draft: Order) -> str:
    if not draft.is_draft:
        return _("This is an order already.")
    return "" if draft.cancelled_at else _("The draft is not discarded.")


@action(
    title=_l("Reopen"),
    group="orders",
    icon="arrow-back-up",
    done=_l("Draft reopened"),
    why_not=why_not_restore_draft,
    right_title=_l("Reopen drafts"),
    undo="discard_draft",
    is_undo=True,
    on_drafts="only",
)
def restore_draft(draft: Order, *, by: Actor) -> Order:
    draft.cancelled_at = None
    recompute_status(draft)

    record(Happened.DRAFT_RESTORED, draft, by)
    return draft
