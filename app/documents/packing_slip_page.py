"""The page of a packing slip: what goes into which parcel, where it lies, and where it goes; no prices."""

from __future__ import annotations

from typing import NotRequired, TypedDict
from zoneinfo import ZoneInfo

from app.amounts.money import ZERO, plain, rounded
from app.documents.drawing import ONE_PAGE, PageLayout
from app.documents.layout import share, text_width, widest
from app.documents.pages import address_lines, party_names, render_page
from app.documents.snapshots import ADDRESS, looks_of
from app.documents.wording import Writing, words_in
from app.models import OrderAddress, Product, Shipment, ShipmentLine, Shop, WordKind
from app.queries.lost_parcels import replaced_by
from app.queries.own_words import own_word

#: Of prices on packing slips and of what stands above columns, in points, as their templates have it.
PRICE_SIZE, LABEL_SIZE = 9.5, 7.0


class SlipFacts(TypedDict):
    """What a packing slip says, but for the words of its language."""

    currency: str
    shop: dict[str, object]
    order: dict[str, str]
    shipment: dict[str, str | int]
    made_on: str
    receiver: list[str]
    method: str
    replaces: str
    lost_on: str
    lines: list[dict[str, str]]
    prices: NotRequired[str]  # which ones it has: with VAT or without; none where it isn't there


def slip_facts(shipment: Shipment, shop: Shop, products: dict[int, Product], language: str) -> SlipFacts:
    """All that the slip says, but for the words of its language. `products` are those of its lines, by id."""
    order = shipment.order
    writing = Writing(language, order.currency)
    address = order.shipping or order.billing or OrderAddress(name=order.customer_name)
    receiver = {name: getattr(address, name) or "" for name in ADDRESS}
    facts: SlipFacts = {
        "currency": order.currency,
        "shop": {
            **{name: getattr(shop, name) for name in ("name", "website", "phone")},
            **looks_of(shop),
        },
        "order": {name: getattr(order, name) for name in ("number", "external_number", "customer_note")},
        "shipment": {"number": shipment.number, "tracking_code": shipment.tracking_code, "revision": shipment.revision},
        "made_on": shipment.created_at.astimezone(ZoneInfo(shop.time_zone)).date().isoformat(),
        "receiver": [*party_names(receiver), *address_lines(receiver, writing, from_country=shop.country)],
        "method": own_word(WordKind.SHIPPING_METHOD, shipment.method_title or order.shipping_method_title, language),
        "replaces": ", ".join(lost.number for lost in replaced_by(shipment)),
        "lost_on": shipment.lost_at.astimezone(ZoneInfo(shop.time_zone)).date().isoformat() if shipment.lost_at else "",
        "lines": [line_facts(line, products) for line in shipment.lines],
    }
    return with_prices(facts, shipment) if shop.slips_with_prices else facts


def with_prices(facts: SlipFacts, shipment: Shipment) -> SlipFacts:
    """The price of a piece as it was ordered, and what these pieces come to, with their part of the discount."""
    order = shipment.order
    for said, line in zip(facts["lines"], shipment.lines, strict=True):
        ordered = line.order_line
        part = ordered.total * line.quantity / ordered.quantity if ordered.quantity else ZERO
        said |= {"unit_price": str(plain(ordered.unit_price)), "amount": str(rounded(part, order.currency))}
    return {**facts, "prices": "prices_include_vat" if order.prices_include_tax else "prices_exclude_vat"}


def packing_slip_page(facts: SlipFacts, language: str, layout: PageLayout = ONE_PAGE) -> str:
    """The document in HTML."""
    writing = Writing(language, facts["currency"])
    quantities = [writing.number(line["quantity"]) for line in facts["lines"]]
    width = quantity_width(quantities)
    return render_page(
        "packing_slip.html",
        writing,
        facts["shop"],
        **{"prices": "", **facts},
        widths=widths_of(facts, writing),
        quantity_width=width,
        pages=layout.pages,
    )


def widths_of(facts: SlipFacts, writing: Writing) -> dict[str, int]:
    """In percent; of prices and amounts as much as the longest one takes."""
    if "prices" not in facts:
        return {"sku": 16, "location": 15}
    prices = widest([writing.price(line["unit_price"]) for line in facts["lines"]], PRICE_SIZE)
    amounts = widest([writing.amount(line["amount"]) for line in facts["lines"]], PRICE_SIZE)
    place = share(text_width(words_in(writing.language)["location"], LABEL_SIZE))
    return {
        "sku": 13,
        "location": max(11, place),
        "unit_price": max(11, share(prices)),
        "amount": max(11, share(amounts)),
    }


def quantity_width(quantities: list[str]) -> int:
    """In percent: the usual one, or as much as the longest quantity takes in its big letters."""
    return max(12, share(widest(quantities, 15, bold=True)))


def line_facts(line: ShipmentLine, products: dict[int, Product]) -> dict[str, str]:
    ordered = line.order_line
    product = products.get(ordered.product_id or 0)
    return {
        "quantity": str(line.quantity),
        "name": ordered.name,
        "variant": ordered.variant,
        "sku": ordered.sku,
        "location": product.location if product else "",
    }
