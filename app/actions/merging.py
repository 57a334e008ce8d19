"""Merging two customers who are the same person: one stays, the other becomes a signpost to it.

There is no undo; History of both says what moved, and the signpost keeps its own data.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update

from app import queries
from app.actions.customers import the_one_now
from app.actions.declaration import Input, action
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import ADDRESS_FIELDS, Customer, CustomerAddress, Order, Ticket

#: What is taken over where the one who stays has nothing.
FILLED = ("name", "company", "vat_id", "buyer_reference", "email", "phone", "language")


@dataclass(frozen=True)
class Merger:
    """What merging does: what moves, what is filled in, and what of both stays apart."""

    orders: int
    tickets: int
    addresses: list[CustomerAddress]  # of kinds that the other lacks
    filled: dict[str, str]
    kept: dict[str, tuple[str, str]]  # field -> what stays, and what only the signpost will say
    notes: str  # as they will be


def foreseen(customer: Customer, into: Customer) -> Merger:
    """What `merge_customers` would do."""
    theirs = {name: getattr(customer, name) for name in FILLED if getattr(customer, name)}
    ours = {name: getattr(into, name) for name in FILLED}
    kinds = {address.kind for address in into.addresses}
    counts = [select(func.count()).where(kind.customer_id == customer.id).scalar_subquery() for kind in (Order, Ticket)]
    orders, tickets = db.session.execute(select(*counts)).one()
    return Merger(
        orders=orders,
        tickets=tickets,
        addresses=[address for address in customer.addresses if address.kind not in kinds],
        filled={name: value for name, value in theirs.items() if not ours[name]},
        kept={name: (ours[name], value) for name, value in theirs.items() if ours[name] and ours[name] != value},
        notes="\n\n".join(dict.fromkeys(notes for notes in (into.notes.strip(), customer.notes.strip()) if notes)),
    )


def why_not_merge_customers(customer: Customer) -> str:
    if customer.merged_into_id is None:
        return ""
    return _("This customer is merged into %(other)s already.", other=str(the_one_now(customer)))


def why_not_merge_into(customer: Customer, into: Customer) -> str:
    if customer is into:
        return _("Choose another customer: this is the same one.")
    if into.merged_into_id is not None:
        return _("%(other)s is merged into somebody else. Choose that one.", other=str(into))
    if customer.is_demo != into.is_demo:
        return _("Customers of the demo shop and real ones don’t mix.")
    return ""


@action(
    title=_l("Merge into…"),
    group="customers",
    icon="git-merge",
    done=_l("Customers merged"),
    final=True,
    why_not=why_not_merge_customers,
    inputs=(Input("into", _l("Merge into"), kind="record"),),
)
def merge_customers(customer: Customer, *, by: Actor, into: Customer) -> Customer:
    """Move the customer's orders, questions, addresses and notes to another one, and lead there from now on."""
    queries.locked_customers(customer.id, into.id)  # else two at once could lead to each other
    if reason := why_not_merge_customers(customer) or why_not_merge_into(customer, into):
        raise ActionRefused(reason)
    plan = foreseen(customer, into)

    for kind in (Order, Ticket):
        db.session.execute(update(kind).where(kind.customer_id == customer.id).values(customer_id=into.id))
    earlier = update(Customer).where(Customer.merged_into_id == customer.id).values(merged_into_id=into.id)
    db.session.execute(earlier)
    for address in plan.addresses:
        copied = {name: getattr(address, name) for name in ADDRESS_FIELDS}
        into.addresses.append(CustomerAddress(kind=address.kind, **copied))
    for name, value in plan.filled.items():
        setattr(into, name, value)
    into.notes = plan.notes
    into.no_reminders = into.no_reminders or customer.no_reminders
    into.factur_x = into.factur_x or customer.factur_x
    customer.merged_into_id = into.id
    db.session.flush()

    for about in (customer, into):
        record(
            Happened.CUSTOMERS_MERGED,
            None,
            by,
            subject=about,
            gone=f"{customer} ({customer.id})",
            record=str(into),
            orders=plan.orders,
            changes={name: ["", value] for name, value in plan.filled.items()},
        )
    return into
