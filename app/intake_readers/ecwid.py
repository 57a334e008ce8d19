"""Reading orders of Ecwid's REST API (v3), the one that Lightspeed E-Series has too, as answers and exports state them.

An order states no currency: it is in the shop's own. It states when it was placed and last changed, but not
when it was paid: nearly all are paid at the checkout, so that is the moment taken.
Source: https://docs.ecwid.com/api-reference/rest-api/orders/get-order
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.amounts.money import ZERO
from app.intake_readers.ecwid_lines import lines
from app.intake_readers.new_order import NewAddress, NewCustomer, NewNote, NewOrder, NewPayment, NewRefund, NewShipment
from app.intake_readers.reading import IDENTIFIER, NAME, NOTE, SKU, TEXT, Fields, refuse_other_things
from app.models import Source

OTHER_THINGS = {
    "cartId": _l("a cart"),
    "eventType": _l("an event"),
    "productClassId": _l("a product"),
    "customerGroupName": _l("a customer"),
}

#: Payment statuses of orders whose customer paid everything, whatever was paid back afterwards.
PAID = ("PAID", "PARTIALLY_REFUNDED", "REFUNDED")

#: Fulfilment statuses of orders that left the house.
SENT = ("SHIPPED", "OUT_FOR_DELIVERY", "DELIVERED", "RETURNED")

#: Of those, the ones after which nothing is left to do.
DONE = ("DELIVERED", "RETURNED")


def read(order: Fields) -> NewOrder:
    if "paymentStatus" not in order:
        refuse_other_things(order, OTHER_THINGS)
    if order.text("paymentStatus") == "INCOMPLETE":
        raise order.unreadable("paymentStatus", _("an order that the customer placed"))
    external_id = order.identifier("id") or order.identifier("orderNumber", required=True)
    placed_at = order.moment("createDate")
    updated_at = order.maybe_moment("updateDate")
    changed_at = updated_at or placed_at
    option = order.object("shippingOption") or Fields({})
    is_pick_up = option.flag("isPickup") or option.text("fulfillmentType") == "PICKUP"
    is_sent = order.text("fulfillmentStatus") in SENT
    return NewOrder(
        source=Source.ECWID,
        external_id=external_id,
        number=order.identifier("vendorOrderNumber") or external_id,
        placed_at=placed_at,
        updated_at=updated_at,
        currency=order.currency("currency"),
        total=order.amount("totalBeforeGiftCardRedemption", order.amount("total")),
        tax_total=order.maybe_amount("tax"),
        prices_include_tax=order.flag("pricesIncludeTax"),
        lines=lines(order),
        language=language(order),
        customer=customer(order),
        billing=address(order.object("billingPerson")),
        shipping=address(order.object("shippingPerson")),
        payment_method=order.text("paymentMethod"),
        payment_method_code=order.text("paymentModule"),
        shipping_method=option.text("shippingMethodName"),
        shipping_method_code=option.text("shippingMethodId"),
        pick_up=is_pick_up,
        customer_note=customer_note(order),
        discount_codes=[code] if (code := coupon(order)) else [],
        payments=payments(order, placed_at),
        refunds=refunds(order),
        shipments=[] if is_pick_up else shipments(order, changed_at if is_sent else None),
        notes=notes(order, changed_at),
        cancelled_at=changed_at if is_cancelled(order) else None,
        is_completed=order.text("paymentStatus") == "REFUNDED" or order.text("fulfillmentStatus") in DONE,
        invoice_numbers=invoice_numbers(order),
        ready_for_pickup_at=changed_at if order.text("fulfillmentStatus") == "READY_FOR_PICKUP" else None,
        picked_up_at=changed_at if is_pick_up and is_sent else None,
    )


def language(order: Fields) -> str:
    extra = order.object("extraFields")
    return order.language("lang") or (extra.language("lang") if extra else "")


def customer(order: Fields) -> NewCustomer | None:
    person = order.object("billingPerson") or order.object("shippingPerson") or Fields({})
    account = order.identifier("customerId")
    new = NewCustomer(
        external_id="" if account == "0" else account,
        name=name(person),
        company=person.text("companyName"),
        vat_id=order.identifier("customerTaxId"),
        email=order.identifier("email", longest=TEXT),
        phone=person.text("phone", longest=60),
        language=language(order),
    )
    return new if new.external_id or new.name or new.email or new.company else None


def name(person: Fields) -> str:
    return person.text("name") or person.words("firstName", "lastName")


def address(person: Fields | None) -> NewAddress | None:
    """An address; the second line of a street is written below the first."""
    if person is None:
        return None
    street, _newline, below = person.text("street").partition("\n")
    new = NewAddress(
        name=name(person),
        company=person.text("companyName"),
        street=street.strip(),
        street2=" ".join(below.split()),
        postcode=person.text("postalCode", longest=60),
        city=person.text("city"),
        region=person.text("stateOrProvinceName") or person.text("stateOrProvinceCode"),
        country=person.country("countryCode"),
        phone=person.text("phone", longest=60),
    )
    return None if new == NewAddress() else new


def customer_note(order: Fields) -> str:
    """The customer's comment, and below it what the shop asked at the checkout ("Gift wrap: yes")."""
    asked = [
        f"{given.text('title')}: {given.text('value', longest=NOTE)}"
        for given in order.objects("orderExtraFields")
        if given.text("title") and not given.is_empty("value")
    ]
    return "\n".join(filter(None, [order.text("orderComments", longest=NOTE), *asked]))[:NOTE]


def coupon(order: Fields) -> str:
    given = order.object("discountCoupon")
    return given.text("code") if given else ""


def payments(order: Fields, placed_at: datetime) -> list[NewPayment]:
    """What was paid, a gift card apart: Ecwid takes that off the total, though it is money like any other."""
    by_gift_card = order.amount("giftCardRedemption", ZERO)
    found = []
    if by_gift_card > 0 and not is_cancelled(order):
        found.append(NewPayment(by_gift_card, placed_at, method="Gift card", external_id="gift-card"))
    if order.text("paymentStatus") in PAID and order.amount("total") > 0:
        reference = order.identifier("externalTransactionId", longest=TEXT)
        method, total = order.text("paymentMethod"), order.amount("total")
        found.append(NewPayment(total, placed_at, method, reference, external_id="payment", is_derived=True))
    return found


def invoice_numbers(order: Fields) -> list[str]:
    """Of the tax invoices that the shop made, not of those that cancel one."""
    made = [one for one in order.maybe_objects("invoices") if "CANCEL" not in one.maybe_text("type")]
    return [number for one in made if (number := one.maybe_text("id", longest=IDENTIFIER))]


def refunds(order: Fields) -> list[NewRefund]:
    """Each refund as listed; older orders state only their sum."""
    listed = [
        NewRefund(abs(given.amount("amount")), refunded_at=given.maybe_moment("date"), reason=given.text("reason"))
        for given in order.objects("refunds")
    ]
    total = order.amount("refundedAmount", ZERO)
    return listed or ([NewRefund(total)] if total > 0 else [])


def shipments(order: Fields, sent_at: datetime | None) -> list[NewShipment]:
    """The parcels as listed, or one of the order's own tracking code. What is inside is not stated."""
    listed = [parcel(given, sent_at) for given in order.objects("shipments")]
    code = order.identifier("trackingNumber", longest=SKU)
    if listed or not (sent_at or code):
        return listed
    url = order.identifier("trackingUrl", longest=NAME)
    option = order.object("shippingOption") or Fields({})
    return [NewShipment({}, sent_at, code, url, option.text("shippingCarrierName"), external_id="parcel")]


def parcel(given: Fields, sent_at: datetime | None) -> NewShipment:
    tracking = given.object("tracking") or Fields({})
    service = given.object("shippingService") or Fields({})
    return NewShipment(
        lines={},
        sent_at=sent_at and (given.maybe_moment("created") or sent_at),
        tracking_code=tracking.identifier("trackingNumber", longest=SKU),
        tracking_url=tracking.identifier("trackingUrl", longest=NAME),
        carrier=service.text("carrierName") or service.text("carrier"),
        external_id=given.identifier("id"),
    )


def notes(order: Fields, changed_at: datetime) -> list[NewNote]:
    note = order.text("privateAdminNotes", longest=NOTE)
    return [NewNote(note, written_at=changed_at)] if note else []


def is_cancelled(order: Fields) -> bool:
    """What was never paid and never will be, and what was paid back instead of sent."""
    status = order.text("paymentStatus")
    return status == "CANCELLED" or (status == "REFUNDED" and order.text("fulfillmentStatus") == "WILL_NOT_DELIVER")
