"""Reading orders of PrestaShop's webservice, in JSON: an order with its rows, and beside it what it only names by id.

`{"order": {…}, "customers": […], "addresses": […], "countries": […], "currencies": […], "languages": […], "carriers":
[…], "order_payments": […], "order_carriers": […], "order_slip": […], "order_states": […], "time_zone":
"Europe/Paris"}`, each list as the webservice gives it with display=full; what is missing is not known. Moments are in
the shop's own time zone.
Source: https://devdocs.prestashop-project.org/9/webservice/resources/orders/
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.amounts.money import ZERO
from app.intake_readers.new_order import NewAddress, NewCustomer, NewNote, NewOrder, NewPayment, NewRefund, NewShipment
from app.intake_readers.prestashop_lines import lines
from app.intake_readers.prestashop_states import State, state_of
from app.intake_readers.reading import NOTE, SKU, TEXT, Fields, refuse_other_things
from app.models import Source

OTHER_THINGS = {
    "id_default_group": _l("a customer"),
    "id_tax_rules_group": _l("a product"),
    "order_reference": _l("a payment"),
    "id_order": _l("a part of an order"),
    "secure_key": _l("a cart"),
}

#: How PrestaShop writes that something has not happened.
NEVER = "0000-00-00"


def read(stated: Fields) -> NewOrder:
    order = in_its_zone(stated)
    if "total_paid_tax_incl" not in order:
        refuse_other_things(order, OTHER_THINGS)
    if order.is_empty("associations"):
        raise order.unreadable("associations", _("the rows of the order, as with display=full"))
    external_id, state = order.identifier("id", required=True), state_of(order)
    placed_at, updated_at = order.shop_moment("date_add"), maybe_moment(order, "date_upd")
    changed_at, carrier = updated_at or placed_at, find_beside(order, "carriers", "id_carrier")
    total = order.amount("total_paid_tax_incl")
    return NewOrder(
        source=Source.PRESTASHOP,
        external_id=external_id,
        number=order.identifier("reference") or external_id,
        placed_at=placed_at,
        updated_at=updated_at,
        currency=currency(order),
        total=total,
        tax_total=order.exact("total_paid_tax_incl", total - order.amount("total_paid_tax_excl")),
        prices_include_tax=True,
        lines=lines(order, currency(order)),
        language=language(order),
        customer=customer(order),
        billing=address(order, "id_address_invoice"),
        shipping=address(order, "id_address_delivery"),
        payment_method=order.text("payment"),
        payment_method_code=order.text("module"),
        shipping_method=carrier.text("name") if carrier else "",
        customer_note=order.text("gift_message", longest=NOTE),
        payments=payments(order, changed_at),
        refunds=refunds(order, state, changed_at),
        shipments=shipments(order, changed_at if state.is_sent else None),
        notes=notes(order, changed_at),
        cancelled_at=changed_at if state.is_cancelled else None,
        is_completed=state.is_delivered or state.is_refunded,
        has_failed=state.has_failed,
        is_invoiced=bool(invoice_numbers(order)),
        invoice_numbers=invoice_numbers(order),
    )


def in_its_zone(order: Fields) -> Fields:
    """With its moments in the zone that stands beside it; without one, or an unknown one, in that of this desk."""
    named = order.maybe_text("time_zone")
    try:
        return replace(order, shop_zone=ZoneInfo(named).key) if named else order
    except (OSError, ValueError):
        return order


def maybe_moment(given: Fields, key: str) -> datetime | None:
    """A moment in the shop's own time, None where it says "never"."""
    return None if given.text(key).startswith(NEVER) or given.is_empty(key) else given.shop_moment(key)


def find_beside(order: Fields, listed: str, key: str) -> Fields | None:
    """What the order names by its id, among what stands beside it."""
    wanted = order.identifier(key)
    found = [one for one in order.objects(listed) if one.identifier("id") == wanted]
    return found[0] if wanted and found else None


def currency(order: Fields) -> str:
    """Beside the order, else the shop's own."""
    given = find_beside(order, "currencies", "id_currency")
    return given.currency("iso_code") if given else order.currency("currency")


def language(order: Fields) -> str:
    given = find_beside(order, "languages", "id_lang")
    return given.language("iso_code") if given else ""


# --- who ------------------------------------------------------------------------------------------------------------


def customer(order: Fields) -> NewCustomer | None:
    given = find_beside(order, "customers", "id_customer")
    billing = find_beside(order, "addresses", "id_address_invoice") or Fields({})
    new = NewCustomer(
        external_id=given.identifier("id") if given else "",
        name=(given or billing).words("firstname", "lastname"),
        company=billing.text("company") or (given.text("company") if given else ""),
        vat_id=billing.identifier("vat_number"),
        email=given.identifier("email", longest=TEXT) if given else "",
        phone=phone(billing),
        language=language(order),
    )
    return new if new.external_id or new.name or new.email else None


def phone(given: Fields) -> str:
    return given.text("phone", longest=60) or given.text("phone_mobile", longest=60)


def address(order: Fields, key: str) -> NewAddress | None:
    given = find_beside(order, "addresses", key)
    if given is None:
        return None
    country = country_of(order, given)
    return NewAddress(
        name=given.words("firstname", "lastname"),
        company=given.text("company"),
        street=given.text("address1"),
        street2=given.text("address2"),
        postcode=given.text("postcode", longest=60),
        city=given.text("city"),
        country=country,
        phone=phone(given),
    )


def country_of(order: Fields, given: Fields) -> str:
    wanted = given.identifier("id_country")
    found = [one for one in order.objects("countries") if one.identifier("id") == wanted]
    return found[0].country("iso_code") if wanted and found else ""


# --- what happened --------------------------------------------------------------------------------------------------


def payments(order: Fields, changed_at: datetime) -> list[NewPayment]:
    """Each as it was entered, where they add up to what was paid: payments of orders that were split are shared."""
    paid = order.amount("total_paid_real", ZERO)
    if paid <= 0:
        return []
    found = [payment(given) for given in order.objects("order_payments")]
    if sum((one.amount for one in found), ZERO) == paid:
        return found
    return [NewPayment(paid, maybe_moment(order, "invoice_date") or changed_at, order.text("payment"), is_derived=True)]


def payment(given: Fields) -> NewPayment:
    return NewPayment(
        given.amount("amount"),
        given.shop_moment("date_add"),
        method=given.text("payment_method"),
        reference=given.identifier("transaction_id", longest=TEXT),
        external_id=given.identifier("id"),
    )


def refunds(order: Fields, state: State, changed_at: datetime) -> list[NewRefund]:
    """Its credit slips; an order that is refunded without any went back as a whole."""
    found = [refund(given) for given in order.objects("order_slip")]
    paid = order.amount("total_paid_real", ZERO)
    if not found and state.is_refunded and paid > 0:
        return [NewRefund(paid, refunded_at=changed_at, external_id="refunded")]
    return [one for one in found if one.amount > 0]


def refund(given: Fields) -> NewRefund:
    """Older slips state one amount, and the shipping apart."""
    goods = given.amount("total_products_tax_incl", given.amount("amount", ZERO))
    shipping = given.amount("total_shipping_tax_incl", given.amount("shipping_cost_amount", ZERO))
    return NewRefund(
        given.exact("amount", goods + shipping),
        refunded_at=maybe_moment(given, "date_add"),
        external_id=given.identifier("id"),
    )


def shipments(order: Fields, sent_at: datetime | None) -> list[NewShipment]:
    """One parcel per carrier of the order; what is inside is not stated. A carrier alone is no parcel yet."""
    found = []
    for given in order.objects("order_carriers"):
        code = given.identifier("tracking_number", longest=SKU)
        if sent_at or code:
            found.append(NewShipment({}, sent_at, code, external_id=given.identifier("id")))
    code = order.identifier("shipping_number", longest=SKU)
    if not found and (sent_at or code):
        found.append(NewShipment({}, sent_at, code, external_id="parcel"))
    carrier = find_beside(order, "carriers", "id_carrier")
    for parcel in found:
        parcel.carrier = carrier.text("name") if carrier else ""
    return found


def notes(order: Fields, changed_at: datetime) -> list[NewNote]:
    note = order.text("note", longest=NOTE)
    return [NewNote(note, written_at=changed_at)] if note else []


def invoice_numbers(order: Fields) -> list[str]:
    number = order.identifier("invoice_number")
    return [number] if number not in ("", "0") else []
