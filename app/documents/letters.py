"""Letters that would be boxes on paper, found in an order before it is invoiced and in documents that are made."""

from __future__ import annotations

from collections.abc import Iterator

from app.documents.fonts import missing_letters
from app.documents.snapshots import ADDRESS, SELLER
from app.models import Invoice, Order, Shop


def letters_not_printed(order: Order, shop: Shop) -> list[str]:
    """The letters that no font has of what an invoice of the order would say, each once."""
    return missing_letters(*texts_on(order, shop))


def letters_missing_on(document: Invoice) -> list[str]:
    """The letters that no font has of what an invoice or credit note says."""
    return missing_letters(*texts_in(document.snapshot), document.delivery_time)


def texts_on(order: Order, shop: Shop) -> Iterator[str]:
    yield from (getattr(shop, name) or "" for name in SELLER)
    yield from (order.customer_name, order.company, order.payment_method_title, order.external_number or "")
    for address in (order.billing, order.shipping):
        yield from (getattr(address, name) or "" for name in ADDRESS if address)
    for line in order.lines:
        yield from (line.name, line.variant, line.sku)


def texts_in(said: object) -> Iterator[str]:
    """All texts in the values of a snapshot, however deep."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict | list):
        for part in said.values() if isinstance(said, dict) else said:
            yield from texts_in(part)
