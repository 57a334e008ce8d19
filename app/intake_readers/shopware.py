"""Reading orders of Shopware 6, in the plain JSON of its Admin API (`Accept: application/json`).

Lines, deliveries, transactions, addresses and states stand in an order only where they were asked for as associations:
lineItems, deliveries and transactions, each with its stateMachineState, their shippingOrderAddress.country,
shippingMethod and paymentMethod, billingAddress.country, orderCustomer, currency, language.locale.
Source: https://shopware.stoplight.io/docs/admin-api/ and the source of Shopware.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.amounts.money import ZERO
from app.intake_readers.new_order import NewAddress, NewCustomer, NewNote, NewOrder, NewPayment, NewRefund, NewShipment
from app.intake_readers.reading import NOTE, SKU, TEXT, Fields, refuse_other_things
from app.intake_readers.shopware_lines import is_gross, lines
from app.models import Source

OTHER_THINGS = {
    "productNumber": _l("a product"),
    "customerNumber": _l("a customer"),
    "documentTypeId": _l("a document"),
    "trackingCodes": _l("a delivery"),
    "paymentMethodId": _l("a payment"),
}

#: States of a transaction in which its money came in, whatever went back later.
CAME_IN = ("paid", "refunded", "refunded_partially", "chargeback")
#: Those in which all of it went back.
WENT_BACK = ("refunded", "chargeback")
#: Those in which it was begun, and nobody knows whether it will be finished.
BEGUN = ("in_progress", "unconfirmed")
FAILED = ("failed", "cancelled")

#: States of a delivery that left the house, whether it came back or not.
SENT = ("shipped", "returned", "returned_partially")


def read_order(order: Fields) -> NewOrder:
    if "orderDateTime" not in order:
        refuse_other_things(order, OTHER_THINGS)
    for name in ("lineItems", "stateMachineState"):
        if order.is_empty(name):
            raise order.unreadable(name, _("what the Admin API gives with that association"))
    state, updated_at = state_of(order), last_change(order)
    placed_at, currency = order.moment("orderDateTime", is_utc=True), currency_of(order)
    changed_at, sent = updated_at or placed_at, deliveries(order)
    method = sent[0].object("shippingMethod") if sent else None
    new_lines = lines(order, currency)
    return NewOrder(
        source=Source.SHOPWARE,
        external_id=order.identifier("id", required=True),
        number=order.identifier("orderNumber") or order.identifier("id"),
        placed_at=placed_at,
        updated_at=updated_at,
        currency=currency,
        total=order.amount("amountTotal"),
        tax_total=tax_total(order),
        prices_include_tax=is_gross(order),
        lines=new_lines,
        language=language(order),
        customer=customer(order),
        billing=address(billing(order)),
        shipping=address(sent[0].object("shippingOrderAddress") if sent else None),
        payment_method=paid_by(order, "name"),
        payment_method_code=paid_by(order, "technicalName"),
        shipping_method=method.text("name") if method else "",
        shipping_method_code=method.text("technicalName") if method else "",
        customer_note=order.text("customerComment", longest=NOTE),
        discount_codes=codes(order),
        payments=payments(order),
        refunds=refunds(order),
        shipments=shipments(sent, method.text("name") if method else "", changed_at),
        notes=notes(order, changed_at),
        cancelled_at=changed_at if state == "cancelled" else None,
        is_completed=state == "completed",
        has_failed=state != "cancelled" and last_transaction_in(order, FAILED),
        is_unplaced=last_transaction_in(order, BEGUN),
        is_invoiced=bool(invoice_numbers(order)),
        invoice_numbers=invoice_numbers(order),
        channel=channel(order),
        warnings=warnings(order),
    )


def state_of(given: Fields) -> str:
    """Its technical name; the other one is translated."""
    state = given.object("stateMachineState")
    return state.text("technicalName") if state else ""


def last_change(order: Fields) -> datetime | None:
    """Of the order and its parts: a delivery that is sent moves only its own date. Else it was made last."""
    if order.is_empty("createdAt"):
        return None
    parts = [order, *order.objects("deliveries"), *order.objects("transactions")]
    found = [one.maybe_moment(name, is_utc=True) for one in parts for name in ("createdAt", "updatedAt")]
    return max(one for one in found if one)


def currency_of(order: Fields) -> str:
    given = order.object("currency")
    return given.currency("isoCode") if given else order.currency("currency")


def tax_total(order: Fields) -> Decimal | None:
    price = order.object("price")
    return sum((one.amount("tax") for one in price.objects("calculatedTaxes")), ZERO) if price else None


def language(order: Fields) -> str:
    given = order.object("language")
    locale = given.object("locale") if given else None
    return locale.language("code") if locale else ""


def channel(order: Fields) -> str:
    given = order.object("salesChannel")
    return given.text("name") if given else ""


# --- who ------------------------------------------------------------------------------------------------------------


def customer(order: Fields) -> NewCustomer | None:
    given, bill = order.object("orderCustomer"), billing(order) or Fields({})
    if given is None:
        return None
    numbers = given.value.get("vatIds")
    first = numbers[0] if isinstance(numbers, list) and numbers and isinstance(numbers[0], str) else ""
    new = NewCustomer(
        external_id=given.identifier("customerId"),
        name=given.words("firstName", "lastName"),
        company=given.text("company") or bill.text("company"),
        vat_id=first.strip()[:60] or bill.identifier("vatId"),
        email=given.identifier("email", longest=TEXT),
        phone=bill.text("phoneNumber", longest=60),
        language=language(order),
    )
    return new if new.external_id or new.name or new.email else None


def billing(order: Fields) -> Fields | None:
    """By itself, or among all addresses by its id."""
    wanted = order.identifier("billingAddressId")
    among = [one for one in order.objects("addresses") if wanted and one.identifier("id") == wanted]
    return order.object("billingAddress") or (among[0] if among else None)


def address(given: Fields | None) -> NewAddress | None:
    if given is None:
        return None
    country, region = given.object("country"), given.object("countryState")
    return NewAddress(
        name=given.words("firstName", "lastName"),
        company=", ".join(filter(None, (given.text("company"), given.text("department"))))[:TEXT],
        street=given.text("street"),
        street2=", ".join(filter(None, (given.text("additionalAddressLine1"), given.text("additionalAddressLine2"))))[
            :TEXT
        ],
        postcode=given.text("zipcode", longest=60),
        city=given.text("city"),
        region=region.text("name") if region else "",
        country=country.country("iso") if country else "",
        phone=given.text("phoneNumber", longest=60),
    )


# --- money ----------------------------------------------------------------------------------------------------------


def transactions(order: Fields) -> list[Fields]:
    """The first that was begun first: who pays in another way gets one more."""
    return sorted(order.objects("transactions"), key=lambda one: one.text("createdAt"))


def last_transaction_in(order: Fields, states: Sequence[str]) -> bool:
    found = transactions(order)
    return bool(found) and state_of(found[-1]) in states


def paid_by(order: Fields, key: str) -> str:
    """The last method that its customer chose."""
    found = transactions(order)
    method = found[-1].object("paymentMethod") if found else None
    return method.text(key) if method else ""


def payments(order: Fields) -> list[NewPayment]:
    return [payment(one) for one in transactions(order) if state_of(one) in CAME_IN and amount_of(one) > 0]


def payment(given: Fields) -> NewPayment:
    method = given.object("paymentMethod")
    return NewPayment(
        amount_of(given),
        moved_at(given),
        method=method.text("name") if method else "",
        external_id=given.identifier("id"),
    )


def amount_of(given: Fields) -> Decimal:
    price = given.object("amount")
    if price is None:
        raise given.unreadable("amount", _("an exact amount, such as 12.50"))
    return price.amount("totalPrice")


def moved_at(given: Fields) -> datetime:
    """When it got the state that it has, as far as is known."""
    return given.maybe_moment("updatedAt", is_utc=True) or given.moment("createdAt", is_utc=True)


def refunds(order: Fields) -> list[NewRefund]:
    """What payment providers paid back, one by one; a transaction that is refunded without any, as a whole."""
    found: list[NewRefund] = []
    for given in transactions(order):
        own = [refund(one) for one in captured_refunds(given)]
        if not own and state_of(given) in WENT_BACK and amount_of(given) > 0:
            own = [NewRefund(amount_of(given), refunded_at=moved_at(given), external_id=given.identifier("id"))]
        found += own
    return found


def captured_refunds(given: Fields) -> list[Fields]:
    found = [one for capture in given.objects("captures") for one in capture.objects("refunds")]
    return [one for one in found if state_of(one) == "completed" and amount_of(one) > 0]


def refund(given: Fields) -> NewRefund:
    return NewRefund(
        amount_of(given), refunded_at=moved_at(given), reason=given.text("reason"), external_id=given.identifier("id")
    )


def warnings(order: Fields) -> list[str]:
    unknown = [
        one for one in transactions(order) if state_of(one) == "refunded_partially" and not captured_refunds(one)
    ]
    return [_("The shop says that a part was refunded, and not how much. Enter it here.")] if unknown else []


# --- goods ----------------------------------------------------------------------------------------------------------


def deliveries(order: Fields) -> list[Fields]:
    """Without those that only take something off the shipping."""
    found = order.objects("deliveries")
    return [one for one in found if cost_of(one) >= 0] or found[:1]


def cost_of(given: Fields) -> Decimal:
    price = given.object("shippingCosts")
    return price.amount("totalPrice", ZERO) if price else ZERO


def shipments(sent: Sequence[Fields], carrier: str, changed_at: datetime) -> list[NewShipment]:
    return [parcel for given in sent for parcel in parcels(given, carrier, changed_at)]


def parcels(given: Fields, carrier: str, changed_at: datetime) -> list[NewShipment]:
    """A parcel for each code of a delivery; what is in which nobody says. A code alone is a parcel that is packed."""
    state, tracked = state_of(given), tracking_codes(given)
    is_sent, is_off = state in SENT, state == "cancelled"
    if not (is_sent or is_off or tracked):
        return []
    sent_at = (given.maybe_moment("updatedAt", is_utc=True) or changed_at) if is_sent else None
    own = given.identifier("id")
    return [
        NewShipment(
            {}, sent_at, code, carrier=carrier, external_id=own if n == 0 else f"{own}-{n + 1}", is_called_off=is_off
        )
        for n, code in enumerate(tracked or [""])
    ]


def tracking_codes(given: Fields) -> list[str]:
    stated = given.value.get("trackingCodes")
    found = stated if isinstance(stated, list) else []
    return [str(one).strip()[:SKU] for one in found if isinstance(one, str | int) and str(one).strip()]


# --- what else ------------------------------------------------------------------------------------------------------


def codes(order: Fields) -> list[str]:
    payloads = [one.object("payload") for one in order.objects("lineItems") if one.text("type") == "promotion"]
    found = [one.identifier("code", longest=TEXT) for one in payloads if one]
    return [one for one in dict.fromkeys(found) if one]


def notes(order: Fields, changed_at: datetime) -> list[NewNote]:
    note = order.text("internalComment", longest=NOTE)
    return [NewNote(note, written_at=changed_at)] if note else []


def invoice_numbers(order: Fields) -> list[str]:
    """Of its invoices; a document that was cancelled since has one of its own beside it."""
    found = []
    for one in order.maybe_objects("documents"):
        kind, config = one.value.get("documentType"), one.value.get("config")
        if isinstance(kind, dict) and kind.get("technicalName") == "invoice":
            inner = Fields(config) if isinstance(config, dict) else Fields({})
            found.append(one.maybe_text("documentNumber") or inner.maybe_text("documentNumber"))
    return [one for one in dict.fromkeys(found) if one]
