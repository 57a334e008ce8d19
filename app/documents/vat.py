"""VAT on invoices: what the law wants said of one without it. What it is per rate: `app.accounting.tax_rows`."""

from __future__ import annotations

from collections.abc import Mapping

from app.models import Invoice, Order, OrderAddress, Shop

#: Member states, as the first two letters of a VAT id: Greece writes EL.
EU = frozenset("AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())
#: Where goods are under the EU's rules of VAT: Northern Ireland too (Protocol on Ireland/Northern Ireland, article 8).
NORTHERN_IRELAND = "XI"
UNDER_EU_RULES = EU | {NORTHERN_IRELAND}

#: Countries whose VAT is that of a member state (Directive 2006/112/EC, article 7).
PART_OF = {"GR": "EL", "MC": "FR"}
#: How postcodes begin of places in member states that are outside the territory of VAT (article 6).
OUTSIDE: Mapping[str, tuple[str, ...]] = {
    "DE": ("27498", "78266"),  # Heligoland, Büsingen
    "EL": ("63086",),  # Mount Athos
    "ES": ("35", "38", "51", "52"),  # the Canaries, Ceuta, Melilla
    "FI": ("22",),  # Åland
    "FR": ("971", "972", "973", "974", "975", "976", "977", "978"),  # overseas
    "IT": ("23041",),  # Livigno
}


def is_supply_inside_eu(invoice: Invoice, order: Order, shop: Shop) -> bool:
    """Whether this is surely a VAT-free supply to a business in another member state.

    Surely: no VAT, both parties have a VAT id, of different member states, and the goods leave the seller's. What a
    small business sells is exempt as that, and not as this (article 139).
    """
    if shop.is_small_business:
        return False
    seller, buyer = vat_country(shop.vat_id), vat_country(order.vat_id)
    goes_to = destination(order)
    states_differ = seller != buyer and seller != goes_to
    is_inside = states_differ and {seller, buyer, goes_to} <= UNDER_EU_RULES
    return is_without_vat(invoice) and is_inside and has_goods(order)


def is_export(invoice: Invoice, order: Order, shop: Shop) -> bool:
    """Whether goods surely leave the EU, whoever buys them: no VAT, a seller with VAT id there, sent to elsewhere."""
    goes_to = destination(order)
    leaves = bool(goes_to) and goes_to not in UNDER_EU_RULES and goes_to != vat_place(shop)
    return is_without_vat(invoice) and vat_country(shop.vat_id) in EU and leaves and has_goods(order)


def is_exempt_as_small(invoice: Invoice, shop: Shop) -> bool:
    """Whether its seller charges no VAT as a small business (articles 284 and 226, point 11)."""
    return shop.is_small_business and invoice.tax_total == 0


def is_without_vat(invoice: Invoice) -> bool:
    return invoice.tax_total == 0 and invoice.net_total != 0


def has_goods(order: Order) -> bool:
    """Whether something on it is sent."""
    return any(line.is_shippable for line in order.lines)


def destination(order: Order) -> str:
    """Where the goods go, as VAT ids write it; "" where nobody knows."""
    to = order.shipping or order.billing
    return vat_place(to) if to else ""


def vat_place(address: OrderAddress | Shop) -> str:
    """The country by the rules of VAT: "XI" for Belfast, "ES-35" for the Canaries, which are outside them."""
    country = vat_country(address.country)
    postcode = "".join(address.postcode.split()).upper()
    if country == "GB" and postcode.startswith("BT"):
        return NORTHERN_IRELAND
    part = next((start for start in OUTSIDE.get(country, ()) if postcode.startswith(start)), "")
    return f"{country}-{part}" if part else country


def vat_country(code: str) -> str:
    """The member state of a VAT id or country code, as VAT ids write it."""
    state = code.strip()[:2].upper()
    return PART_OF.get(state, state)
