"""Changing where an order goes. No price ever changes by it."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.actions.declaration import Input, action
from app.extensions import db
from app.history import Actor, Happened, changes, record
from app.models import AddressKind, Order, OrderAddress, OrderStatus
from app.queries import search

ADDRESS_FIELDS = ("name", "company", "street", "street2", "postcode", "city", "region", "country", "phone")


def why_not_change_address(order: Order) -> str:
    if order.cancelled_at:
        return _("The draft is discarded. Reopen it first.") if order.is_draft else _("This order is cancelled.")
    if order.status == OrderStatus.CREDITED:
        return _("All of the order is credited.")
    return _("This order is completed.") if order.is_finished else ""


def address_now(order: Order, *, kind: AddressKind) -> dict[str, dict[str, str]]:
    current = order.billing if kind == AddressKind.BILLING else order.shipping
    return {"address": {name: getattr(current, name, "") for name in ADDRESS_FIELDS}}


@action(
    title=_l("Edit"),
    group="orders",
    icon="pencil",
    done=_l("Address saved"),
    why_not=why_not_change_address,
    inputs=(Input("address", _l("Address"), kind="address"),),
    initial=address_now,
    right_title=_l("Change addresses"),
    dialog="address",
    edits=True,
    stands="block",
)
def change_address(order: Order, *, by: Actor, kind: AddressKind, address: dict[str, str]) -> OrderAddress:
    """Change the order's own copy of its billing or shipping address; the customer's stays as it is."""
    current = order.billing if kind == AddressKind.BILLING else order.shipping
    if current is None:
        current = OrderAddress(order=order, kind=kind)
        db.session.add(current)
        db.session.flush()
    new = {name: " ".join(address.get(name, "").split()) for name in ADDRESS_FIELDS}
    new["country"] = new["country"].upper()[:2]
    changed = changes(current, ADDRESS_FIELDS, new)
    for name, value in new.items():
        setattr(current, name, value)
    if kind == AddressKind.SHIPPING or order.shipping is None:
        order.country = current.country
    if kind == AddressKind.BILLING or not order.customer_name:
        order.customer_name = new["name"] or new["company"] or order.customer_name
    db.session.flush()
    search.index(order)

    if changed:
        record(Happened.ADDRESS_CHANGED, order, by, kind=kind, changes=changed)
    return current
