"""Reading orders of WooCommerce's REST API (v2 and v3), as exports and webhooks state them.

Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.amounts.money import ZERO
from app.columns import in_utc
from app.intake_readers.addresses import read_address, read_house
from app.intake_readers.gift_cards import pay_by_card
from app.intake_readers.hosts import is_web_link, own_links
from app.intake_readers.new_order import (
    NewAddress,
    NewCustomer,
    NewOrder,
    NewPayment,
    NewShipment,
    UnreadableOrder,
)
from app.intake_readers.reading import IDENTIFIER, NAME, NOTE, SKU, TEXT, Fields, in_short, refuse_other_things
from app.intake_readers.woocommerce_lines import lines, plain_text
from app.intake_readers.woocommerce_refunds import add_what_is_gone, add_whole_refund, refund
from app.models import Source

OTHER_THINGS = {
    "refunded_by": _l("a refund"),
    "refund": _l("a refund"),
    "note": _l("an order note"),
    "short_description": _l("a product"),
}

#: A subscription looks like an order, and is none: each of its renewals comes as one.
SUBSCRIPTION = {"billing_period": _l("a subscription")}

#: Where the common plugins for EU VAT keep the number.
VAT_ID_KEYS = (
    "_billing_vat_number",
    "_vat_number",
    "vat_number",
    "_billing_eu_vat_number",
    "billing_vat",
)

#: Where plug-ins for paying on account keep the buyer's own number of the order.
PURCHASE_ORDER_KEYS = ("_purchase_order_number", "_billing_purchase_order", "_po_number", "po_number")

#: Where plug-ins of carriers and for postcodes keep the house apart, behind `_billing_` and `_shipping_`; beside it
#: their street may lack it. "number" is Brazil's.
HOUSE_NUMBER_KEYS = ("house_number", "number")
HOUSE_EXTENSION_KEYS = ("house_number_suffix", "house_number_extension", "house_number_addition")

#: Where plug-ins that make invoices keep the number: `_wcpdf_invoice_number`, `_ywpi_invoice_formatted_number`,
#: `wf_invoice_number`, `_pip_invoice_number`, `_wc_gzdp_latest_invoice_number` and so on. One with its prefix
#: comes first.
INVOICE_NUMBER_KEYS = (re.compile(r"invoice_formatted_number$"), re.compile(r"(^|_)invoice_number$"))
NO_INVOICES = re.compile(r"pro_?forma|credit|next|cancel|storno")

PICK_UP_METHODS = ("local_pickup", "pickup_location")

#: Of what no customer has placed: begun by hand, and a basket that stands at the checkout.
DRAFTS = ("auto-draft", "checkout-draft")


def read(order: Fields) -> NewOrder:
    if "number" not in order:
        refuse_other_things(order, OTHER_THINGS)
    status = order.text("status")
    if status in DRAFTS:
        raise order.unreadable("status", _("an order that the customer placed"))
    refuse_other_things(order, SUBSCRIPTION)
    external_id = order.identifier("id", required=True)
    modified_at = order.maybe_moment("date_modified_gmt", is_utc=True)
    placed_at = order.moment("date_created_gmt", is_utc=True)
    is_gross = order.flag("prices_include_tax")
    meta = meta_texts(order)
    shipping_lines = order.objects("shipping_lines")
    new = NewOrder(
        source=Source.WOOCOMMERCE,
        external_id=external_id,
        number=order.identifier("number") or external_id,
        placed_at=placed_at,
        updated_at=modified_at,
        currency=order.currency("currency"),
        total=order.amount("total"),
        tax_total=order.maybe_amount("total_tax"),
        prices_include_tax=is_gross,
        lines=lines(order, is_gross=is_gross),
        language=Fields(meta).language("wpml_language"),
        customer=customer(order, meta),
        billing=address(order, "billing"),
        shipping=address(order, "shipping"),
        payment_method=plain_text(order, "payment_method_title") or order.text("payment_method"),
        payment_method_code=order.text("payment_method"),
        shipping_method=next((plain_text(line, "method_title") for line in shipping_lines), ""),
        shipping_method_code=next((line.text("method_id") for line in shipping_lines), ""),
        pick_up=any(line.text("method_id").split(":")[0] in PICK_UP_METHODS for line in shipping_lines),
        customer_note=order.text("customer_note", longest=NOTE),
        purchase_order=next((meta[key][:60] for key in PURCHASE_ORDER_KEYS if meta.get(key)), ""),
        payment_link=payment_link(order, status),
        discount_codes=[line.text("code") for line in order.objects("coupon_lines") if line.text("code")],
        refunds=[refund(given) for given in order.objects("refunds")],
        cancelled_at=(modified_at or placed_at) if status in ("cancelled", "trash") else None,
        is_deleted=status == "trash",
        is_completed=status in ("completed", "refunded"),
        has_failed=status == "failed",
        is_unplaced=status == "pending",
        invoice_numbers=invoice_numbers(order),
        channel=channel(order),
    )
    add_what_happened(new, order, status)
    add_what_is_gone(new, order)
    if not new.cancelled_at and not new.has_failed:
        pay_by_card(new, gift_cards(order, placed_at))
    return new


def payment_link(order: Fields, status: str) -> str:
    """Its page leads nowhere once nothing is waited for: it says so, or its status does. Encrypted, unless the shop
    itself is not.
    """
    link = order.value.get("payment_url")
    if order.value.get("needs_payment", status in ("pending", "failed")) is not True or not isinstance(link, str):
        return ""
    is_plain_shop = any(host_link.startswith("http://") for host_link in own_links(order.value))
    return link if is_web_link(link, takes_http=is_plain_shop) else ""


def add_what_happened(new: NewOrder, order: Fields, status: str) -> None:
    """Payment, shipments and hold, as far as the order's moments and status tell."""
    completed_at = None
    if status == "completed":
        stated_at = order.maybe_moment("date_completed_gmt", is_utc=True)
        completed_at = stated_at or new.updated_at or new.placed_at
    # WooCommerce itself counts a completed order without a payment date as paid when it was completed.
    paid_at = order.maybe_moment("date_paid_gmt", is_utc=True) or completed_at
    if paid_at and new.total > 0:
        reference = order.identifier("transaction_id", longest=TEXT)
        new.payments = [NewPayment(new.total, paid_at, new.payment_method, reference, is_derived=True)]
    if status == "refunded":
        add_whole_refund(new)
    new.shipments = shipments(order)
    if completed_at and new.pick_up:
        new.picked_up_at = completed_at
    elif completed_at and not new.shipments:
        code = meta_texts(order).get("_tracking_number", "").strip()[:SKU]
        new.shipments = [NewShipment({}, sent_at=completed_at, tracking_code=code, external_id="completed")]
    # An unpaid order is "on-hold" while a bank transfer is awaited; only a paid one was put on hold by somebody.
    new.held = status == "on-hold" and paid_at is not None


def gift_cards(order: Fields, placed_at: datetime) -> list[NewPayment]:
    """What the plug-ins Gift Cards and YITH Gift Cards note: code, amount. They are handed in at the checkout."""
    found = [
        (given.text("code", longest=60), given.amount("amount", ZERO)) for given in order.maybe_objects("gift_cards")
    ]
    for meta in order.maybe_objects("meta_data"):
        noted = meta.value.get("value")
        if meta.maybe_text("key") == "_ywgc_applied_gift_cards" and isinstance(noted, dict):
            amounts = Fields(noted, meta.at("value"))
            found += [(code, amounts.amount(code, ZERO)) for code in noted]
    return [
        NewPayment(amount, placed_at, "Gift card", code[:TEXT], external_id=f"gift-card-{position}")
        for position, (code, amount) in enumerate(found, start=1)
    ]


def customer(order: Fields, meta: dict[str, str]) -> NewCustomer | None:
    account = order.identifier("customer_id")
    billing = order.object("billing") or Fields({})
    vat_id = next((key for key in VAT_ID_KEYS if meta.get(key)), "")
    new = NewCustomer(
        external_id="" if account == "0" else account,
        name=billing.words("first_name", "last_name"),
        company=billing.text("company"),
        vat_id=Fields(meta, "meta_data").identifier(vat_id),
        email=billing.identifier("email", longest=TEXT),
        phone=billing.text("phone", longest=60),
        language=Fields(meta).language("wpml_language"),
    )
    return new if new.external_id or new.name or new.email or new.company else None


def address(order: Fields, side: str) -> NewAddress | None:
    given = order.object(side)
    new = read_address(given, street="address_1", street2="address_2", postcode="postcode", country="country")
    if given is None or new is None:
        return None
    meta = {one.maybe_text("key"): one.maybe_text("value") for one in order.maybe_objects("meta_data")}
    said = [
        next((text for key in keys for text in (given.maybe_text(key), *meta_of(meta, side, key)) if text), "")
        for keys in (HOUSE_NUMBER_KEYS, HOUSE_EXTENSION_KEYS)
    ]
    return replace(new, **read_house(new.street, *said))


def meta_of(meta: dict[str, str], side: str, key: str) -> list[str]:
    return [meta.get(f"_{side}_{key}", ""), meta.get(f"{side}_{key}", "")]


def shipments(order: Fields) -> list[NewShipment]:
    """Parcels as the Shipment Tracking plugin notes them; it doesn't say what is inside."""
    noted = [meta for meta in order.objects("meta_data") if meta.text("key") == "_wc_shipment_tracking_items"]
    return [shipment(item) for meta in noted for item in meta.objects("value")]


def shipment(item: Fields) -> NewShipment:
    return NewShipment(
        lines={},
        sent_at=moment_of_seconds(item, "date_shipped"),
        tracking_code=item.identifier("tracking_number", longest=SKU),
        tracking_url=item.identifier("custom_tracking_link", longest=NAME),
        carrier=item.text("tracking_provider") or item.text("custom_tracking_provider"),
        external_id=item.identifier("tracking_id"),
    )


def moment_of_seconds(item: Fields, key: str) -> datetime | None:
    if item.is_empty(key):
        return None
    try:
        return in_utc(datetime.fromtimestamp(int(item.text(key)), UTC))
    except (ValueError, OverflowError, OSError):
        raise item.unreadable(key, _("seconds since 1970, such as 1571097600")) from None


def meta_texts(order: Fields) -> dict[str, str]:
    """The order's own meta data, as far as it is text; plugins keep all sorts of other things there."""
    data = order.objects("meta_data")
    return {m.text("key"): value for m in data if isinstance(value := m.value.get("value"), str)}


def invoice_numbers(order: Fields) -> list[str]:
    """The number of the invoice that a plug-in of the shop made; on the order itself, or in its meta data."""
    meta = Fields({one.maybe_text("key"): one.value.get("value") for one in order.maybe_objects("meta_data")})
    for pattern in INVOICE_NUMBER_KEYS:
        for given in (meta, order):
            keys = [key for key in given.value if pattern.search(key) and not NO_INVOICES.search(key)]
            numbers = [given.maybe_text(key, longest=IDENTIFIER) for key in keys]
            if found := [number for number in numbers if number not in ("", "0")]:
                return found[:1]
    return []


def channel(order: Fields) -> str:
    """The shop's host name, from the order's link to itself."""
    links = order.object("_links")
    own = links.objects("self") if links else []
    if not own:
        return ""
    try:
        return (urlsplit(own[0].text("href")).hostname or "")[:TEXT]
    except ValueError:
        raise UnreadableOrder(
            own[0].at("href"), _("Found %(found)s, expected a link.", found=in_short(own[0].text("href")))
        ) from None
