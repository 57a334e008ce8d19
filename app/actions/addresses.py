"""Changing where an order goes. No price ever changes by it."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.actions.declaration import Input, action
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, changes, record
from app.intake_readers.new_order import NewAddress
from app.models import ADDRESS_FIELDS, AddressColumns, AddressKind, Order, OrderAddress, OrderStatus
from app.postal.house_numbers import House, settle_house
from app.queries import search

#: Fields of at most 60 letters.
SHORT = ("house_number", "house_extension", "postcode", "phone")


def why_not_change_address(order: Order) -> str:
    if order.cancelled_at:
        return _("The draft is discarded. Reopen it first.") if order.is_draft else _("This order is cancelled.")
    if order.status == OrderStatus.CREDITED:
        return _("All of the order is credited.")
    return _("This order is completed.") if order.is_finished else ""


def address_now(order: Order, *, kind: AddressKind) -> dict[str, dict[str, str]]:
    current = order.billing if kind == AddressKind.BILLING else order.shipping
    return {"address": {name: getattr(current, name, "") for name in ADDRESS_FIELDS}}


def has_one_address(order: Order) -> bool:
    """Whether it is billed to where it goes."""
    billing, shipping = order.billing, order.shipping
    if billing is None or shipping is None:
        return False
    return all(getattr(billing, name) == getattr(shipping, name) for name in ADDRESS_FIELDS)


@action(
    title=_l("Edit"),
    group="orders",
    icon="pencil",
    done=_l("Address saved"),
    why_not=why_not_change_address,
    inputs=(
        Input("address", _l("Address"), kind="address"),
        Input("both", _l("Also the other address"), kind="tick", initial=lambda order: True, is_asked=has_one_address),
    ),
    initial=address_now,
    right_title=_l("Change addresses"),
    dialog="address",
    edits=True,
    stands="block",
)
def change_address(
    order: Order, *, by: Actor, kind: AddressKind, address: dict[str, str], both: bool = False
) -> OrderAddress:
    """Change the order's own copy of its billing or shipping address; the customer's stays as it is.

    Args:
        both: the other address, where there is one, becomes the same.
    """
    current, other = order.billing, order.shipping
    if kind == AddressKind.SHIPPING:
        current, other = other, current
    new = written_address(current, address)
    if current is None:
        if not any(new.values()):
            raise ActionRefused(_("Address: fill in something first."))
        current = OrderAddress(order=order, kind=kind)
        db.session.add(current)
        db.session.flush()
    for one in (current, other) if both and other is not None else (current,):
        put_address(order, one, new, by=by)
    db.session.flush()
    search.index(order)
    return current


def put_address(order: Order, written: OrderAddress, new: Mapping[str, str], *, by: Actor) -> None:
    changed = changes(written, ADDRESS_FIELDS, new)
    for name, value in new.items():
        setattr(written, name, value)
    if written.kind == AddressKind.SHIPPING or order.shipping is None:
        order.country = written.country
    if written.kind == AddressKind.BILLING or not order.customer_name:
        order.customer_name = new["name"] or new["company"] or order.customer_name
    if changed:
        record(Happened.ADDRESS_CHANGED, order, by, kind=written.kind, changes=changed)


# --- an address as it is stored ---------------------------------------------------------------------------------------


def written_address(current: AddressColumns | None, given: Mapping[str, str]) -> dict[str, str]:
    """All fields, as somebody wrote them over an address; a house that isn't given goes by the line of the street."""
    new = {name: " ".join(given.get(name, "").split()) for name in ADDRESS_FIELDS}
    new["country"] = new["country"].upper()[:2]
    was = current.house if current else House()
    said = {part: new[part] if part in given else getattr(was, part) for part in House._fields}
    settled = settle_house(was, House(**said))
    return new | settled._replace(street=settled.street[:255])._asdict()


def stated_address(given: NewAddress) -> dict[str, str]:
    """All fields, as an outside shop or a program stated them."""
    return {name: getattr(given, name)[: 60 if name in SHORT else 255] for name in ADDRESS_FIELDS}
