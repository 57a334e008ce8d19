"""Reading orders of Magento 2 (Adobe Commerce), as /V1/orders of its REST API states them.

Moments are in UTC without saying so. The API hands out shipments apart; where they stand beside the order
({"order": {...}, "shipments": [...]}) their parcels and codes are read too; so are the numbers of "invoices".
Source: https://developer.adobe.com/commerce/webapi/rest/quick-reference/
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l

from app.amounts.money import ZERO
from app.intake_readers.gift_cards import pay_by_card
from app.intake_readers.magento_lines import is_gross, lines, visible_items
from app.intake_readers.new_order import NewAddress, NewCustomer, NewNote, NewOrder, NewPayment, NewRefund, NewShipment
from app.intake_readers.reading import IDENTIFIER, NOTE, SKU, TEXT, Fields, refuse_other_things
from app.models import Source

OTHER_THINGS = {
    "order_id": _l("an invoice, a shipment or a credit memo"),
    "attribute_set_id": _l("a product"),
    "customer_group_id": _l("a customer"),
    "reserved_order_id": _l("a cart"),
}

#: The state of a credit memo that was taken back.
CALLED_OFF = "3"

#: Ways of delivery by which the customer fetches the order.
PICK_UP_METHODS = ("instore_", "storepickup_", "pickup_")


def read(order: Fields) -> NewOrder:
    if "increment_id" not in order or "order_id" in order:
        refuse_other_things(order, OTHER_THINGS)
    placed_at = order.moment("created_at", is_utc=True)
    updated_at = order.maybe_moment("updated_at", is_utc=True)
    changed_at = updated_at or placed_at
    state, method = order.text("state") or order.text("status"), shipping_method_code(order)
    is_pick_up = method.startswith(PICK_UP_METHODS)
    coupon = order.text("coupon_code")
    new = NewOrder(
        source=Source.MAGENTO,
        external_id=order.identifier("entity_id", required=True),
        number=order.identifier("increment_id", required=True),
        placed_at=placed_at,
        updated_at=updated_at,
        currency=order.currency("order_currency_code"),
        total=order.amount("grand_total"),
        tax_total=order.maybe_amount("tax_amount"),
        prices_include_tax=is_gross(order),
        lines=lines(order),
        customer=customer(order),
        billing=address(order.object("billing_address")),
        shipping=address(destination(order)),
        payment_method=payment_title(order),
        payment_method_code=payment(order).text("method"),
        shipping_method=order.text("shipping_description"),
        shipping_method_code=method,
        pick_up=is_pick_up,
        customer_note=order.text("customer_note", longest=NOTE),
        purchase_order=(order.object("payment") or Fields({})).maybe_text("po_number", longest=60),
        discount_codes=[coupon] if coupon else [],
        payments=payments(order, placed_at),
        refunds=refunds(order),
        shipments=[] if is_pick_up else shipments(order, changed_at),
        notes=notes(order),
        held=state in ("holded", "payment_review", "fraud"),
        cancelled_at=changed_at if state == "canceled" else None,
        is_unplaced=state == "pending_payment",
        is_completed=state in ("complete", "closed"),
        is_invoiced=order.amount("total_invoiced", ZERO) > 0,
        invoice_numbers=[one.maybe_text("increment_id", longest=IDENTIFIER) for one in invoices(order)],
        picked_up_at=changed_at if is_pick_up and state == "complete" else None,
        channel=", ".join(order.text("store_name").splitlines())[:TEXT],
    )
    if not new.cancelled_at:
        pay_by_card(new, cards(order, placed_at))
    return new


def customer(order: Fields) -> NewCustomer | None:
    billing = order.object("billing_address") or Fields({})
    named = order if not order.is_empty("customer_lastname") else billing
    prefix = "customer_" if named is order else ""
    new = NewCustomer(
        external_id=order.identifier("customer_id"),
        name=named.words(*(f"{prefix}{part}name" for part in ("first", "middle", "last"))),
        company=billing.text("company"),
        vat_id=order.identifier("customer_taxvat") or billing.identifier("vat_id"),
        email=order.identifier("customer_email", longest=TEXT) or billing.identifier("email", longest=TEXT),
        phone=billing.text("telephone", longest=60),
    )
    return new if new.external_id or new.name or new.email or new.company else None


def assignment(order: Fields) -> Fields:
    """How and where the order goes; Magento foresees several, and makes one."""
    extension = order.object("extension_attributes") or Fields({})
    assigned = next(iter(extension.objects("shipping_assignments")), None)
    return (assigned and assigned.object("shipping")) or Fields({})


def destination(order: Fields) -> Fields | None:
    return assignment(order).object("address")


def shipping_method_code(order: Fields) -> str:
    return assignment(order).text("method")


def address(given: Fields | None) -> NewAddress | None:
    if given is None:
        return None
    street = texts(given, "street")  # a list of lines
    new = NewAddress(
        name=given.words("firstname", "middlename", "lastname"),
        company=given.text("company"),
        street=street[0] if street else "",
        street2=" ".join(street[1:])[:TEXT],
        postcode=given.text("postcode", longest=60),
        city=given.text("city"),
        region=given.text("region"),
        country=given.country("country_id"),
        phone=given.text("telephone", longest=60),
        email=given.identifier("email", longest=TEXT),
    )
    return None if new == NewAddress() else new


def texts(given: Fields, key: str) -> list[str]:
    """The texts of a list, or the one text that stands there instead."""
    value = given.value.get(key)
    if not isinstance(value, list):
        return [text] if (text := given.text(key)) else []
    named = Fields({f"{key}[{position}]": part for position, part in enumerate(value)}, given.path)
    return [named.text(part) for part in named.value if named.text(part)]


def payment(order: Fields) -> Fields:
    return order.object("payment") or Fields({})


def payment_title(order: Fields) -> str:
    """The method's title: the first of what the payment method notes about itself."""
    extension = order.object("extension_attributes") or Fields({})
    for info in extension.objects("payment_additional_info"):
        if info.text("key") == "method_title":
            return info.text("value")
    noted = payment(order).value.get("additional_information")
    titles = texts(payment(order), "additional_information") if isinstance(noted, list) else []
    return next(iter(titles), "") or payment(order).text("method")


def payments(order: Fields, placed_at: datetime) -> list[NewPayment]:
    """What the order says is paid. When is told by the first invoice, which is made as the money comes in."""
    paid = order.amount("total_paid", ZERO)
    if paid <= 0:
        return []
    reference = payment(order).identifier("last_trans_id", longest=TEXT)
    return [NewPayment(paid, first_told(order, "invoice") or placed_at, payment_title(order), reference)]


def cards(order: Fields, placed_at: datetime) -> list[NewPayment]:
    """Gift cards and store credit, which Magento takes off the total; they are handed in at the checkout."""
    extension = order.object("extension_attributes") or Fields({})
    handed_in = {
        "Gift card": extension.amount("gift_cards_amount", ZERO),
        "Store credit": extension.amount("customer_balance_amount", ZERO),
    }
    return [
        NewPayment(amount, placed_at, method, external_id=method.lower().replace(" ", "-"))
        for method, amount in handed_in.items()
    ]


def refunds(order: Fields) -> list[NewRefund]:
    """Each credit memo where they stand beside the order; what is refunded besides stands as one more."""
    found = [
        NewRefund(
            memo.amount("grand_total"),
            refunded_at=memo.maybe_moment("created_at", is_utc=True),
            reason=next((one.text("comment") for one in memo.objects("comments") if one.text("comment")), ""),
            external_id=memo.identifier("entity_id"),
        )
        for memo in order.maybe_objects("creditmemos")
        if memo.text("state") != CALLED_OFF
    ]
    left = order.amount("total_refunded", ZERO) - sum((one.amount for one in found), ZERO)
    return [*found, NewRefund(left, refunded_at=first_told(order, "creditmemo"))] if left > 0 else found


def first_told(order: Fields, about: str) -> datetime | None:
    """When the order's history first tells of an invoice, a shipment or a credit memo."""
    told = [entry for entry in order.objects("status_histories") if entry.text("entity_name") == about]
    return min((entry.moment("created_at", is_utc=True) for entry in told), default=None)


def shipments(order: Fields, changed_at: datetime) -> list[NewShipment]:
    """The shipments where they stand beside the order; else one of all that its items say is shipped."""
    given = [shipment(one) for one in order.objects("shipments")]
    if given:
        return given
    sent = {item.identifier("item_id"): item.amount("qty_shipped", ZERO) for item in visible_items(order)}
    sent = {item: quantity for item, quantity in sent.items() if item and quantity > 0}
    is_complete = order.text("state") == "complete"
    if not (sent or is_complete):
        return []
    sent_at = first_told(order, "shipment") or changed_at
    return [NewShipment({} if is_complete else sent, sent_at, external_id="complete" if is_complete else "partly")]


def invoices(order: Fields) -> list[Fields]:
    """The shop's own invoices, where they stand beside the order as its shipments may."""
    return [one for one in order.maybe_objects("invoices") if one.maybe_text("increment_id")]


def shipment(given: Fields) -> NewShipment:
    tracks = given.objects("tracks")
    codes = ", ".join(filter(None, (track.text("track_number") for track in tracks)))
    return NewShipment(
        lines={
            item.identifier("order_item_id", required=True): item.quantity("qty") for item in given.objects("items")
        },
        sent_at=given.moment("created_at", is_utc=True),
        tracking_code=Fields({"tracks": codes}, given.path).identifier("tracks", longest=SKU),
        carrier=next(filter(None, (track.text("title") for track in tracks)), ""),
        external_id=given.identifier("entity_id"),
    )


def notes(order: Fields) -> list[NewNote]:
    """What staff and the platform wrote in the order's history."""
    return [
        NewNote(
            entry.text("comment", longest=NOTE),
            written_at=entry.maybe_moment("created_at", is_utc=True),
            to_customer=entry.flag("is_customer_notified") or entry.flag("is_visible_on_front"),
        )
        for entry in order.objects("status_histories")
        if entry.text("comment", longest=NOTE)
    ]
