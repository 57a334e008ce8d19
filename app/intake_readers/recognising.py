"""Telling by a text itself which shop wrote it."""

from __future__ import annotations

from collections.abc import Set
from itertools import islice

from app.intake_readers.csv.market_exports import market_of
from app.intake_readers.csv.rows import Table
from app.intake_readers.new_order import UnreadableOrder
from app.intake_readers.payloads import payloads
from app.models import Source

#: What an order of each source has, and together no order of another one.
SIGNS: dict[str, frozenset[str]] = {
    Source.WOOCOMMERCE: frozenset(("line_items", "shipping_lines", "billing", "date_created")),
    Source.SHOPIFY: frozenset(("line_items", "financial_status", "created_at")),
    Source.LIGHTSPEED: frozenset(("priceIncl", "priceExcl", "createdAt")),
    Source.ECWID: frozenset(("items", "paymentStatus", "fulfillmentStatus")),
    Source.BIGCOMMERCE: frozenset(("status_id", "date_created", "total_inc_tax")),
    Source.MAGENTO: frozenset(("entity_id", "increment_id", "grand_total")),
    Source.PRESTASHOP: frozenset(("id_cart", "current_state", "total_paid_tax_incl")),
    Source.SHOPWARE: frozenset(("orderNumber", "orderDateTime", "taxStatus")),
}

#: The same of another API of a source.
OTHER_SIGNS: dict[str, frozenset[str]] = {
    Source.SHOPIFY: frozenset(("lineItems", "createdAt", "totalPriceSet")),
}

#: So many payloads are looked at: the first one may be damaged.
LOOKED_AT = 5


def recognise_source(text: str) -> str:
    """The source of an order file, "" for JSON of nobody that is known. What is no JSON is taken for a table."""
    if text.removeprefix("\ufeff").lstrip()[:1] not in ("{", "["):
        return source_of_table(text)
    try:
        for payload in islice(payloads(text), LOOKED_AT):
            if isinstance(payload.value, dict) and (source := source_of(payload.value.keys())):
                return source
    except UnreadableOrder:
        pass
    return ""


def source_of_table(text: str) -> str:
    """Who writes tables with these columns; CSV when that is nobody, or somebody whose exports are read as such."""
    try:
        market = market_of(Table(text).columns)
    except UnreadableOrder:
        return Source.CSV
    return market.source if market else Source.CSV


def source_of(names: Set[str]) -> str:
    all_signs = [*SIGNS.items(), *OTHER_SIGNS.items()]
    return next((source for source, signs in all_signs if signs <= names), "")
