"""Reading orders of BigCommerce's REST API (v2), with the parts that the API hands out apart put in their places.

An order of that API has links where its products, coupons, taxes and shipments belong; consignments, and the
products in them, come along with `include=consignments.line_items`. Amounts are stated with and without tax,
in the currency that was paid in, which the API calls the default currency.
Source: https://developer.bigcommerce.com/docs/rest-management/orders
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.amounts.money import ZERO
from app.columns import in_utc
from app.intake_readers.addresses import read_address
from app.intake_readers.bigcommerce_lines import is_gross, lines, list_consignments, list_objects, products
from app.intake_readers.new_order import (
    NewAddress,
    NewCustomer,
    NewLine,
    NewNote,
    NewOrder,
    NewPayment,
    NewRefund,
    NewShipment,
)
from app.intake_readers.reading import NAME, NOTE, SKU, TEXT, Fields, refuse_other_things
from app.models import Source

OTHER_THINGS = {
    "order_product_id": _l("a part of an order"),
    "order_address_id": _l("a part of an order"),
    "order_id": _l("a part of an order"),
    "calculated_price": _l("a product"),
    "store_id": _l("a message of a webhook"),
}

INCOMPLETE, BEGUN, SHIPPED, PARTLY_SHIPPED, REFUNDED, CANCELLED, DECLINED = 0, 1, 2, 3, 4, 5, 6
AWAITING_PICKUP, AWAITING_SHIPMENT, COMPLETED, AWAITING_FULFILMENT = 8, 9, 10, 11
TO_VERIFY, DISPUTED, PARTLY_REFUNDED = 12, 13, 14

#: What the payment provider says of orders whose customer paid, whatever was paid back afterwards.
PAID = ("captured", "paid", "refunded", "partially refunded", "refund pending")

#: Where no provider says anything (cash, bank transfer): the statuses that an order has only when it is paid.
PAID_STATUSES = (REFUNDED, AWAITING_PICKUP, AWAITING_SHIPMENT, COMPLETED, AWAITING_FULFILMENT, PARTLY_REFUNDED)


def read(order: Fields) -> NewOrder:
    if "status_id" not in order:
        refuse_other_things(order, OTHER_THINGS)
    order = with_parts(order)
    external_id = order.identifier("id", required=True)
    status = status_of(order)
    placed_at = moment(order, "date_created")
    updated_at = maybe_moment(order, "date_modified")
    changed_at = updated_at or placed_at
    is_pick_up = status == AWAITING_PICKUP or bool(list_consignments(order, "pickups"))
    return NewOrder(
        source=Source.BIGCOMMERCE,
        external_id=external_id,
        number=external_id,
        placed_at=placed_at,
        updated_at=updated_at,
        currency=order.currency(
            "currency_code" if order.is_empty("default_currency_code") else "default_currency_code"
        ),
        total=order.amount("total_inc_tax"),
        tax_total=order.maybe_amount("total_tax"),
        prices_include_tax=is_gross(order),
        lines=lines_with_what_is_gone(order),
        language=order.language("customer_locale"),
        customer=customer(order),
        billing=address(order.object("billing_address")),
        shipping=address(destination(order)),
        payment_method=order.text("payment_method"),
        payment_method_code=order.text("payment_method"),
        shipping_method=shipping_method(order),
        pick_up=is_pick_up,
        customer_note=order.text("customer_message", longest=NOTE),
        discount_codes=[given.text("code") for given in list_objects(order, "coupons") if given.text("code")],
        payments=payments(order, status, placed_at),
        refunds=refunds(order),
        shipments=[] if is_pick_up else shipments(order, status, changed_at),
        notes=notes(order, changed_at),
        held=status in (TO_VERIFY, DISPUTED),
        cancelled_at=changed_at if is_called_off(order, status) else None,
        is_deleted=order.flag("is_deleted"),
        is_completed=status in (COMPLETED, REFUNDED),
        is_unplaced=status == BEGUN,
        ready_for_pickup_at=changed_at if status == AWAITING_PICKUP else None,
        picked_up_at=changed_at if is_pick_up and status == COMPLETED else None,
        channel=order.text("external_source") or order.text("order_source"),
    )


def with_parts(order: Fields) -> Fields:
    """With the parts that stand beside it in the places of the links to them: {"order": {...}, "parts": {...}}."""
    parts = order.object("parts")
    if parts is None:
        return order
    return Fields({**order.value, **parts.value}, order.path, order.shop_currency, order.shop_zone)


def status_of(order: Fields) -> int:
    status = order.amount("status_id")
    if status == INCOMPLETE:
        raise order.unreadable("status_id", _("an order that the customer placed"))
    if status not in range(1, 15):
        raise order.unreadable("status_id", _("the number of a status, from 1 to 14"))
    return int(status)


def is_called_off(order: Fields, status: int) -> bool:
    """One that is archived before it was done; what is done is archived to be out of the way."""
    is_done = status in (SHIPPED, COMPLETED, REFUNDED)
    return status in (CANCELLED, DECLINED) or (order.flag("is_deleted") and not is_done)


def moment(order: Fields, key: str) -> datetime:
    """A moment as mails write it (Tue, 20 Nov 2012 00:00:00 +0000), or in ISO 8601."""
    try:
        found = parsedate_to_datetime(order.text(key))
        return in_utc(found.replace(tzinfo=found.tzinfo or UTC))
    except (ValueError, TypeError, IndexError, OverflowError):
        return order.moment(key)


def maybe_moment(order: Fields, key: str) -> datetime | None:
    return None if order.is_empty(key) else moment(order, key)


def customer(order: Fields) -> NewCustomer | None:
    billing, account = order.object("billing_address") or Fields({}), order.identifier("customer_id")
    new = NewCustomer(
        external_id="" if account == "0" else account,
        name=billing.words("first_name", "last_name"),
        company=billing.text("company"),
        email=billing.identifier("email", longest=TEXT),
        phone=billing.text("phone", longest=60),
        language=order.language("customer_locale"),
    )
    return new if new.external_id or new.name or new.email or new.company else None


def destination(order: Fields) -> Fields | None:
    """Where it goes: the first address listed. Its consignment is one with the shipping cost on it."""
    return next(iter([*list_objects(order, "shipping_addresses"), *list_consignments(order, "shipping")]), None)


def address(given: Fields | None) -> NewAddress | None:
    return read_address(given, street="street_1", street2="street_2", postcode="zip", country="country_iso2")


def shipping_method(order: Fields) -> str:
    pickup = next(iter(list_consignments(order, "pickups")), None)
    if pickup is not None:
        return pickup.text("pickup_method_display_name")
    given = destination(order)
    return given.text("shipping_method") if given else ""


def payments(order: Fields, status: int, placed_at: datetime) -> list[NewPayment]:
    """Store credit and gift certificates are handed in at the checkout; the rest was paid when the status says so.

    When it came in is told by the transactions, where they are given.
    """
    left, found = order.amount("total_inc_tax"), []
    for key, method in (("store_credit_amount", "Store credit"), ("gift_certificate_amount", "Gift certificate")):
        handed_in = min(order.amount(key, ZERO), left)
        if handed_in > 0:
            found.append(NewPayment(handed_in, placed_at, method, external_id=key))
            left -= handed_in
    came_in = next(iter(incoming(order)), None)
    if left > 0 and (is_paid(order, status) or came_in is not None):
        reference = order.identifier("payment_provider_id", longest=TEXT)
        method = order.text("payment_method")
        paid_at = maybe_moment(came_in, "date_created") if came_in else None
        found.append(NewPayment(left, paid_at or placed_at, method, reference, external_id="payment", is_derived=True))
    return found


def incoming(order: Fields) -> list[Fields]:
    """The transactions by which money came in from outside, the first that came first."""
    own = ("store_credit", "gift_certificate")
    return [
        one
        for one in list_objects(order, "transactions")
        if one.text("event") in ("purchase", "capture") and one.text("status") == "ok" and one.text("method") not in own
    ]


def refunds(order: Fields) -> list[NewRefund]:
    """Each refund where they are given; what the order says to be refunded beside them stands as one more."""
    given = [one for one in list_objects(order, "refunds") if not is_declined(one)]
    found = [
        NewRefund(
            one.amount("total_amount"),
            refunded_at=maybe_moment(one, "created"),
            reason=one.text("reason"),
            external_id=one.identifier("id"),
        )
        for one in given
    ]
    left = order.amount("refunded_amount", ZERO) - sum((one.amount for one in found), ZERO)
    return [*found, NewRefund(left)] if left > 0 else found


def is_declined(refund: Fields) -> bool:
    """The payment provider gave nothing back."""
    given = refund.objects("payments")
    return bool(given) and all(one.flag("is_declined") for one in given)


def lines_with_what_is_gone(order: Fields) -> list[NewLine]:
    """What was refunded by its pieces is not to be sent."""
    found = lines(order)
    gone: dict[str, Decimal] = {}
    for refund in list_objects(order, "refunds"):
        for item in refund.objects("items"):
            if item.text("item_type").upper() == "PRODUCT" and not is_declined(refund):
                of = item.identifier("item_id")
                gone[of] = gone.get(of, ZERO) + item.amount("quantity", ZERO)
    for line in found:
        line.gone = min(gone.get(line.external_id, ZERO), line.quantity) if line.external_id else ZERO
    return found


def is_paid(order: Fields, status: int) -> bool:
    said = order.text("payment_status").lower()
    return said in PAID if said else status in PAID_STATUSES


def shipments(order: Fields, status: int, changed_at: datetime) -> list[NewShipment]:
    """The shipments where they are given; else what the products say is shipped, or everything by the status."""
    given = [shipment(one) for one in list_objects(order, "shipments")]
    if given:
        return given
    sent_at = maybe_moment(order, "date_shipped") or changed_at
    if status in (SHIPPED, COMPLETED):
        return [NewShipment({}, sent_at, external_id="shipped")]
    sent = {line.identifier("id"): line.amount("quantity_shipped", ZERO) for line in products(order)}
    sent = {line: quantity for line, quantity in sent.items() if line and quantity > 0}
    return [NewShipment(sent, sent_at, external_id="partly-shipped")] if sent else []


def shipment(given: Fields) -> NewShipment:
    quantities: dict[str, Decimal] = {}
    for item in given.objects("items"):
        quantities[item.identifier("order_product_id", required=True)] = item.quantity("quantity")
    return NewShipment(
        lines=quantities,
        sent_at=moment(given, "date_created"),
        tracking_code=given.identifier("tracking_number", longest=SKU),
        tracking_url=given.identifier("tracking_link", longest=NAME)
        or given.identifier("generated_tracking_link", longest=NAME),
        carrier=given.text("tracking_carrier") or given.text("shipping_provider"),
        external_id=given.identifier("id"),
    )


def notes(order: Fields, changed_at: datetime) -> list[NewNote]:
    note = order.text("staff_notes", longest=NOTE)
    return [NewNote(note, written_at=changed_at)] if note else []
