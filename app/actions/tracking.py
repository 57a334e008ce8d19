"""Track & Trace codes, and the one mail by which the customer is told that a parcel went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import mails
from app.actions.declaration import NOTIFY, Input, action, has_address
from app.actions.leaving import why_still_here
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import MailState, Order, Shipment
from app.queries import search

CODE = Input("tracking_code", _l("Track & Trace code"), most=120, per_order=True)
ITS_CODE = replace(CODE, initial=lambda shipment: shipment.tracking_code)


def why_not_change_tracking(shipment: Shipment) -> str:
    if shipment.withdrawn_at:
        return _("This packing slip is withdrawn.")
    if shipment.sent_at:
        return ""
    if shipment.order.is_pick_up:
        return why_still_here(shipment)
    return _("The packing slip is not sent yet: enter the code with Sent.")


def is_code_news(shipment: Shipment) -> bool:
    """Whether the customer can be told a code, and knows none, or another one than this.

    Whose parcel came in from another shop knows what that shop knew.
    """
    known = shipment.told_code or (shipment.tracking_code if shipment.external_id else "")
    return has_address(shipment) and (not known or known != shipment.tracking_code)


@action(
    title=_l("Save"),
    group="shipments",
    icon="check",
    done=_l("Track & Trace code saved"),
    mail="track_and_trace",
    why_not=why_not_change_tracking,
    inputs=(ITS_CODE, replace(NOTIFY, initial=is_code_news)),
    right_title=_l("Change Track & Trace codes"),
    dialog="shipment",
    edits=True,
    stands="block",
)
def change_tracking(shipment: Shipment, *, by: Actor, tracking_code: str = "", notify: bool = False) -> Shipment:
    """Add or correct the code of a parcel that is on its way, and tell the customer by Track & Trace if asked.

    A mail about the parcel that still waits is written anew, so that nobody gets the old code.
    """
    code = tracking_code.strip()
    changes = {"tracking_code": [shipment.tracking_code, code]}
    untold = withdraw_telling([shipment]) if code != shipment.tracking_code else []
    waits = not untold and is_being_told(shipment)
    set_code(shipment, code)
    db.session.flush()
    search.index(shipment.order)

    record(Happened.TRACKING_CHANGED, shipment.order, by, subject=shipment, number=shipment.number, changes=changes)
    if notify and code and not waits and not shipment.order.is_pick_up:
        untold = [*untold, shipment]
    tell(untold, by)
    return shipment


def set_code(shipment: Shipment, code: str) -> None:
    shipment.tracking_code = code
    shipment.tracking_url = tracking_url(shipment.order, code) if code else ""


def tracking_url(order: Order, code: str) -> str:
    """The carrier's page for the code, by the shipping method's pattern; "" when it has none."""
    pattern = order.shipping_method.tracking_url if order.shipping_method else ""
    address = order.shipping or order.billing
    postcode = address.postcode.replace(" ", "") if address else ""
    country = address.country if address else ""
    for placeholder, value in (("{code}", code), ("{postcode}", postcode), ("{country}", country)):
        pattern = pattern.replace(placeholder, quote(value, safe=""))
    return pattern[:500]


# --- the mail that tells of it --------------------------------------------------------------------------------------


def mail_shipment(shipment: Shipment, by: Actor) -> None:
    """Order sent or, with a code, Track & Trace instead; one for all that went at the same moment with that code."""
    kind = "track_and_trace" if shipment.tracking_code else "order_sent"
    key = mails.unused_key(f"sent:{shipment.id}", shipment.order)
    part = mails.PartTold("set_shipment_not_sent", shipment.id)
    mail = mails.queue(kind, shipment.order, once_key=key, by=by, shipment=shipment, part=part)
    for told in shipment.sent_with if mail else []:
        told.mail, told.told_code = mail, told.tracking_code


def tell(parcels: Iterable[Shipment], by: Actor) -> None:
    """One mail for those that went at the same moment with the same code."""
    for shipment in {(one.sent_at, one.tracking_code): one for one in parcels}.values():
        mail_shipment(shipment, by)


def is_told(shipment: Shipment) -> bool:
    """Whether the customer got the mail that says that it went, or may get it any moment."""
    return shipment.mail is not None and shipment.mail.state in (MailState.SENT, MailState.SENDING)


def is_being_told(shipment: Shipment) -> bool:
    """Whether that mail still waits, so that it can be withdrawn."""
    return shipment.mail is not None and shipment.mail.state == MailState.QUEUED


def withdraw_telling(parcels: Iterable[Shipment]) -> list[Shipment]:
    """Take back the mails about these parcels that have not gone; returns all parcels that they told of."""
    waiting = {shipment.mail: shipment.order for shipment in parcels if is_being_told(shipment)}
    withdrawn = {mail for mail in waiting if mail and mails.withdraw_if_waiting(mail)}
    untold = [one for order in set(waiting.values()) for one in order.shipments if one.mail in withdrawn]
    for shipment in untold:
        shipment.mail, shipment.told_code = None, ""
    return untold
