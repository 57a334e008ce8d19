"""Reading orders of Shopify: of its Admin REST API, as exports and webhooks state them, and of GraphQL.

Amounts are the shop's money, not the customer's presentment currency.
Source: https://shopify.dev/docs/api/admin-rest/latest/resources/order
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.intake_readers.csv.fields import words
from app.intake_readers.new_order import NewAddress, NewCustomer, NewOrder, UnreadableOrder
from app.intake_readers.reading import IDENTIFIER, NOTE, TEXT, Fields, in_short, refuse_other_things
from app.intake_readers.shopify_facts import PAID, called_off, notes, payments, refunds, shipments
from app.intake_readers.shopify_graphql import Telling, is_graphql
from app.intake_readers.shopify_lines import lines, shipping_lines
from app.models import Source

#: What apps call the number of the invoice that they made, in bare words.
INVOICE_NUMBER = {"invoice number", "invoice no", "factuurnummer", "rechnungsnummer", "numero de facture"}

OTHER_THINGS = {
    "refund_line_items": _l("a refund"),
    "tracking_company": _l("a fulfilment"),
    "gateway": _l("a transaction"),
    "invoice_url": _l("a draft order"),
    "variants": _l("a product"),
}


def read(order: Fields) -> NewOrder:
    return read_graphql(order) if is_graphql(order) else read_rest(order)


def read_graphql(order: Fields) -> NewOrder:
    telling = Telling()
    told = telling.order(order)
    try:
        return read_rest(told)
    except UnreadableOrder as problem:
        problem.field = telling.place_of(problem.field)
        raise


def read_rest(order: Fields) -> NewOrder:
    if ("order_number" not in order and "total_price" not in order) or "invoice_url" in order:
        refuse_other_things(order, OTHER_THINGS)
    external_id = order.identifier("id", required=True)
    shipping = shipping_lines(order)
    delivery = order.objects("fulfillment_orders")
    is_pick_up = any(method_type(given) == "pick_up" for given in delivery)
    ready, sent = shipments(order, is_pick_up=is_pick_up)
    return NewOrder(
        source=Source.SHOPIFY,
        external_id=external_id,
        number=order.identifier("name") or order.identifier("order_number") or external_id,
        # "processed" is the customer's moment; "created" is when an order of another system was imported
        placed_at=order.maybe_moment("processed_at") or order.moment("created_at"),
        updated_at=order.maybe_moment("updated_at"),
        currency=order.currency("currency"),
        total=order.amount("total_price"),
        tax_total=order.maybe_amount("total_tax"),
        prices_include_tax=order.flag("taxes_included"),
        lines=lines(order),
        language=order.language("customer_locale"),
        customer=customer(order),
        billing=address(order.object("billing_address")),
        shipping=address(order.object("shipping_address")),
        payment_method=", ".join(gateways(order))[:TEXT],
        payment_method_code=next(iter(gateways(order)), ""),
        shipping_method=next((line.text("title") for line in shipping), ""),
        shipping_method_code=next((line.text("code") for line in shipping), ""),
        pick_up=is_pick_up,
        customer_note=customer_note(order),
        purchase_order=order.maybe_text("po_number", longest=60),
        discount_codes=[given.text("code") for given in order.objects("discount_codes") if given.text("code")],
        payments=payments(order, ", ".join(gateways(order))[:TEXT]),
        refunds=refunds(order),
        shipments=[] if is_pick_up else [*sent, *called_off(order)],
        notes=notes(order),
        held=any(given.text("status") == "on_hold" for given in delivery),
        cancelled_at=order.maybe_moment("cancelled_at"),
        is_completed=is_completed(order),
        has_failed=order.text("financial_status") in ("voided", "expired") and not sent,
        invoice_numbers=invoice_numbers(order),
        ready_for_pickup_at=ready,
        picked_up_at=sent[-1].sent_at if is_pick_up and sent else None,
        channel=channel(order),
    )


def is_completed(order: Fields) -> bool:
    """Archived, paid back in full, or paid and sent; who archives an order is done with it."""
    status = order.text("financial_status")
    is_done = status in PAID and order.text("fulfillment_status") == "fulfilled"
    return is_done or status == "refunded" or order.maybe_moment("closed_at") is not None


def invoice_numbers(order: Fields) -> list[str]:
    """Shopify makes no invoices; apps that do note the number among the order's details or metafields."""
    stated = [(one.maybe_text("name"), one) for one in order.maybe_objects("note_attributes")]
    stated += [(one.maybe_text("key"), one) for one in order.maybe_objects("metafields")]
    named = [one.maybe_text("value", longest=IDENTIFIER) for name, one in stated if words(name) in INVOICE_NUMBER]
    return [number for number in named if number][:1]


def method_type(delivery: Fields) -> str:
    method = delivery.object("delivery_method")
    return method.text("method_type") if method else ""


def gateways(order: Fields) -> list[str]:
    """The names of how it was paid; older orders have a single one."""
    if order.is_empty("payment_gateway_names"):
        return [order.text("gateway")] if order.text("gateway") else []
    names = order.value["payment_gateway_names"]
    if not isinstance(names, list):
        raise order.unreadable("payment_gateway_names", _("a list"))
    named = Fields({f"payment_gateway_names[{position}]": name for position, name in enumerate(names)})
    return [named.text(key) for key in named.value if named.text(key)]


def customer(order: Fields) -> NewCustomer | None:
    """Who ordered, under the address that this order was confirmed to."""
    given = order.object("customer") or Fields({})
    email = order.identifier("email", longest=TEXT) or order.identifier("contact_email", longest=TEXT)
    new = NewCustomer(
        external_id=given.identifier("id"),
        name=given.words("first_name", "last_name"),
        email=email or given.identifier("email", longest=TEXT),
        phone=order.text("phone", longest=60) or given.text("phone", longest=60),
        language=order.language("customer_locale"),
    )
    return new if new.external_id or new.name or new.email else None


def address(given: Fields | None) -> NewAddress | None:
    if given is None:
        return None
    new = NewAddress(
        name=given.text("name") or given.words("first_name", "last_name"),
        company=given.text("company"),
        street=given.text("address1"),
        street2=given.text("address2"),
        postcode=given.text("zip", longest=60),
        city=given.text("city"),
        region=given.text("province"),
        country=given.country("country_code"),
        phone=given.text("phone", longest=60),
    )
    return None if new == NewAddress() else new


def customer_note(order: Fields) -> str:
    """The customer's note, and below it what the shop asked at the cart ("gift wrap: yes")."""
    asked = [f"{given.text('name')}: {given.text('value')}" for given in order.objects("note_attributes")]
    return "\n".join(filter(None, [order.text("note", longest=NOTE), *asked]))


def channel(order: Fields) -> str:
    """The shop's host name where the order states a link, else the sales channel."""
    link = order.text("order_status_url", longest=2000)
    try:
        return (urlsplit(link).hostname or order.text("source_name"))[:TEXT]
    except ValueError:
        reason = _("Found %(found)s, expected a link.", found=in_short(link))
        raise UnreadableOrder("order_status_url", reason) from None
