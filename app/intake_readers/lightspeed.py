"""Reading orders of Lightspeed eCom's REST API, with or without their parts embedded.

An order states every amount excluding and including tax. Shops that charge VAT show prices with it, shops under a
sales tax (GST, PST, ...) without; the order is read on the basis that its customer saw. It states no currency.
Source: https://developers.lightspeedhq.com/ecom/endpoints/order/
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from flask_babel import lazy_gettext as _l

from app.amounts.money import ZERO
from app.intake_readers.addresses import read_house
from app.intake_readers.gift_cards import pay_by_card
from app.intake_readers.lightspeed_lines import lines
from app.intake_readers.new_order import NewAddress, NewCustomer, NewNote, NewOrder, NewPayment, NewRefund, NewShipment
from app.intake_readers.reading import IDENTIFIER, NOTE, TEXT, Fields, refuse_other_things
from app.models import Source

OTHER_THINGS = {
    "isCreditNote": _l("an invoice or credit note"),
    "returnReason": _l("a return"),
    "trackingCode": _l("a shipment"),
    "quantityOrdered": _l("a line of an order"),
    "message": _l("an event or a message"),
    "subject": _l("a ticket"),
}


#: Where what a gift card paid stands, by the version of the interface.
CARD_AMOUNTS = ("amount", "amountPaid", "value", "priceIncl")


def read(order: Fields) -> NewOrder:
    if "priceIncl" not in order or "isCreditNote" in order or "returnReason" in order:
        refuse_other_things(order, OTHER_THINGS)
    external_id = order.identifier("id", required=True)
    placed_at, total = order.moment("createdAt"), order.amount("priceIncl")
    updated_at = order.maybe_moment("updatedAt")
    changed_at = updated_at or placed_at
    status, is_pick_up = order.text("status"), order.flag("shipmentIsPickup")
    is_picked_up = is_pick_up and order.text("shipmentStatus") == "shipped"
    new = NewOrder(
        source=Source.LIGHTSPEED,
        external_id=external_id,
        number=order.identifier("number") or external_id,
        placed_at=placed_at,
        updated_at=updated_at,
        currency=order.currency("currency"),
        total=total,
        tax_total=order.exact("priceExcl", total - order.amount("priceExcl", total)),
        prices_include_tax=shows_tax(order),
        lines=lines(order, basis="Incl" if shows_tax(order) else "Excl"),
        language=language(order),
        customer=customer(order),
        billing=address(order, "addressBilling", company="companyName"),
        shipping=address(order, "addressShipping", company="addressShippingCompany"),
        payment_method=order.text("paymentTitle"),
        payment_method_code=order.text("paymentId"),
        shipping_method=order.text("shipmentTitle"),
        shipping_method_code=order.text("shipmentId"),
        pick_up=is_pick_up,
        customer_note=order.text("comment", longest=NOTE),
        discount_codes=[code] if (code := order.text("discountCouponCode")) else [],
        payments=payments(order, changed_at),
        refunds=refunds(order),
        shipments=[] if is_picked_up else shipments(order, changed_at),
        notes=notes(order, changed_at),
        held=status == "on_hold",
        cancelled_at=last_event(order, "order", "cancelled") or changed_at if status == "cancelled" else None,
        is_completed=status.startswith("completed"),
        is_invoiced=bool(invoices(order)),
        invoice_numbers=[number for one in invoices(order) if (number := one.text("number", longest=IDENTIFIER))],
        ready_for_pickup_at=changed_at if status == "processing_ready_for_pickup" else None,
        picked_up_at=last_event(order, "shipment", "shipped") or changed_at if is_picked_up else None,
        channel=order.text("channel"),
    )
    if not new.cancelled_at:
        pay_by_card(new, gift_cards(order, placed_at))
    return new


def shows_tax(order: Fields) -> bool:
    return all(tax.text("name") in ("", "VAT") for tax in order.objects("taxRates"))


def language(order: Fields) -> str:
    given = order.object("language")
    return (given.language("locale") or given.language("code")) if given else ""


def resource_of(order: Fields, key: str) -> Fields | None:
    """Where a part of the order is to be found: an id and a link, and the part itself when it is embedded."""
    given = order.object(key)
    return given.object("resource") if given else None


def embedded_objects(order: Fields, key: str) -> list[Fields]:
    resource = resource_of(order, key)
    return resource.objects("embedded") if resource else []


def customer(order: Fields) -> NewCustomer | None:
    resource = resource_of(order, "customer")
    new = NewCustomer(
        external_id=resource.identifier("id") if resource else "",
        name=order.words("firstname", "middlename", "lastname"),
        company=order.text("companyName"),
        vat_id=order.identifier("companyVatNumber"),
        email=order.identifier("email", longest=TEXT),
        phone=order.text("phone", longest=60) or order.text("mobile", longest=60),
        language=language(order),
    )
    return new if new.external_id or new.name or new.email or new.company else None


def address(order: Fields, prefix: str, *, company: str) -> NewAddress | None:
    country = order.object(f"{prefix}Country")
    new = NewAddress(
        name=order.text(f"{prefix}Name"),
        company=order.text(company),
        **read_house(*[order.text(f"{prefix}{part}") for part in ("Street", "Number", "Extension")]),
        street2=order.text(f"{prefix}Street2"),
        postcode=order.text(f"{prefix}Zipcode", longest=60),
        city=order.text(f"{prefix}City"),
        region=order.text(f"{prefix}Region"),
        country=country.country("code") if country else "",
    )
    if new == NewAddress():
        return None
    new.phone = order.text("phone", longest=60) or order.text("mobile", longest=60)
    new.email = order.identifier("email", longest=TEXT)
    return new


def payments(order: Fields, changed_at: datetime) -> list[NewPayment]:
    """One payment of what the order, or its invoices when it is partly paid, say is paid."""
    status, amount = order.text("paymentStatus"), ZERO
    if status == "paid":
        amount = order.amount("priceIncl")
    elif status == "partially_paid":
        amount = order.exact(
            "invoices", sum((i.amount("priceIncl") for i in paid_invoices(order, is_credit_note=False)), ZERO)
        )
    paid_at = last_event(order, "order", "paid") or changed_at
    is_derived = status == "paid"
    return [NewPayment(amount, paid_at, order.text("paymentTitle"), is_derived=is_derived)] if amount > 0 else []


def gift_cards(order: Fields, placed_at: datetime) -> list[NewPayment]:
    """Those that were handed in at the checkout, by whichever of its names the amount stands there."""
    return [
        NewPayment(card_amount(given), placed_at, "Gift card", external_id=f"gift-card-{position}")
        for position, given in enumerate(order.maybe_objects("giftCardsPayment"), start=1)
    ]


def card_amount(given: Fields) -> Decimal:
    return next((given.amount(key) for key in CARD_AMOUNTS if not given.is_empty(key)), ZERO)


def refunds(order: Fields) -> list[NewRefund]:
    """Credit notes that were paid back."""
    return [
        NewRefund(
            abs(note.amount("priceIncl")),
            refunded_at=note.maybe_moment("updatedAt"),
            reason=note.text("number"),
            external_id=note.identifier("id"),
        )
        for note in paid_invoices(order, is_credit_note=True)
    ]


def invoices(order: Fields) -> list[Fields]:
    """The shop's own invoices, where they are embedded; no credit notes."""
    return [given for given in embedded_objects(order, "invoices") if not given.flag("isCreditNote")]


def paid_invoices(order: Fields, *, is_credit_note: bool) -> list[Fields]:
    paid = [given for given in embedded_objects(order, "invoices") if given.text("status") == "paid"]
    return [given for given in paid if given.flag("isCreditNote") is is_credit_note]


def shipments(order: Fields, changed_at: datetime) -> list[NewShipment]:
    """The order's shipments. Where it isn't stated what is in each, the first one takes what is open."""
    stated = [s for s in embedded_objects(order, "shipments") if s.text("status") != "cancelled"]
    if stated:
        return [shipment(given, lines_in(given, order) if len(stated) > 1 else {}) for given in stated]
    is_sent = order.text("shipmentStatus") == "shipped"
    return [NewShipment({}, sent_at=last_event(order, "shipment", "shipped") or changed_at)] if is_sent else []


def lines_in(given: Fields, order: Fields) -> dict[str, Decimal]:
    """What is in a shipment, by the lines of the order that look the same; {} where one is not told from another."""
    lines = embedded_objects(order, "products")
    found: dict[str, Decimal] = {}
    for product in embedded_objects(given, "products"):
        alike = [line for line in lines if look_of(line, "variantTitle") == look_of(product, "variant")]
        if len(alike) != 1:
            return {}
        found[alike[0].identifier("id")] = product.quantity("quantity")
    return found


def look_of(product: Fields, variant: str) -> tuple[str, ...]:
    """What its line in the order and its line in a shipment state alike."""
    return tuple(product.text(key) for key in ("articleCode", "ean", "sku", variant))


def shipment(given: Fields, lines: dict[str, Decimal]) -> NewShipment:
    return NewShipment(
        lines=lines,
        sent_at=given.moment("updatedAt") if given.text("status") == "shipped" else None,
        tracking_code=given.identifier("trackingCode", longest=120),
        external_id=given.identifier("id"),
    )


def notes(order: Fields, changed_at: datetime) -> list[NewNote]:
    """The shop's memo, and comments that people left on events; those of "auto" are the platform's own."""
    memo = order.text("memo", longest=NOTE)
    commented = [
        NewNote(event.text("comment", longest=NOTE), written_at=event.moment("createdAt"), author=event.text("channel"))
        for event in embedded_objects(order, "events")
        if event.text("comment") and event.text("channel") != "auto"
    ]
    return [*([NewNote(memo, written_at=changed_at)] if memo else []), *commented]


def last_event(order: Fields, kind: str, message: str) -> datetime | None:
    told = [e for e in embedded_objects(order, "events") if (e.text("type"), e.text("message")) == (kind, message)]
    return max((event.moment("createdAt") for event in told), default=None)
