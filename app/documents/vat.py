"""VAT on invoices: what the law wants said of it. What it is per rate: `app.accounting.tax_rows`."""

from __future__ import annotations

from app.models import Invoice, Order, Shop

#: Member states, as the first two letters of a VAT id: Greece writes EL.
EU = frozenset("AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())


def is_supply_inside_eu(invoice: Invoice, order: Order, shop: Shop) -> bool:
    """Whether this is surely a VAT-free supply to a business in another member state.

    Surely: no VAT, both parties have a VAT id, of different member states, and the goods leave the seller's.
    """
    seller, buyer = vat_country(shop.vat_id), vat_country(order.vat_id)
    to = order.shipping or order.billing
    goes_to = vat_country(to.country) if to else ""
    states_differ = seller != buyer and seller != goes_to
    return invoice.tax_total == 0 and invoice.net_total != 0 and states_differ and {seller, buyer, goes_to} <= EU


def vat_country(code: str) -> str:
    """The member state of a VAT id or country code, as VAT ids write it."""
    state = code.strip()[:2].upper()
    return "EL" if state == "GR" else state
