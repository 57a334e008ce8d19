"""What Shopware is asked for: which orders, in which order, and what comes with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

Criteria: TypeAlias = Mapping[str, object]

#: Associations that we can do without, and the rights that they take.
OPTIONAL = {
    "documents": {"document:read", "document_type:read"},
    "captures": {"order_transaction_capture:read", "order_transaction_capture_refund:read"},
    "language": {"language:read", "locale:read"},
    "salesChannel": {"sales_channel:read"},
}

#: Dates of an order and its parts. Of a transition only the part's own moves: src/Core/System/StateMachine.
DATES = ("createdAt", "updatedAt", "deliveries.updatedAt", "transactions.createdAt", "transactions.updatedAt")

#: Of large things only what is read, for a page of orders repeats them.
INCLUDES = {
    "sales_channel": ["id", "name"],
    "shipping_method": ["id", "name", "technicalName"],
    "payment_method": ["id", "name", "technicalName"],
    "currency": ["isoCode"],
    "country": ["iso"],
    "country_state": ["name"],
    "language": ["locale"],
    "locale": ["code"],
    "state_machine_state": ["technicalName"],
    "document": ["documentNumber", "config", "documentType"],
    "document_type": ["technicalName"],
}

SORTED = [{"field": "orderDateTime", "order": "ASC"}, {"field": "id", "order": "ASC"}]


def find_changed(since: datetime) -> Criteria:
    queries = [{"type": "range", "field": field, "parameters": {"gte": format_stored(since)}} for field in DATES]
    return {"filter": [{"type": "multi", "operator": "or", "queries": queries}], "sort": SORTED}


def find_placed(since: datetime, until: datetime) -> Criteria:
    within = {"gte": format_stored(since), "lte": format_stored(until)}
    return {"filter": [{"type": "range", "field": "orderDateTime", "parameters": within}], "sort": SORTED}


def format_stored(moment: datetime) -> str:
    """In UTC, and as it stands in the database there: a zone in it is not always taken off."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.000")


def associations(unseen: Collection[str]) -> Criteria:
    """All that its reader wants, but for what the role may not see."""
    state: dict[str, object] = {"stateMachineState": {}}
    address: Criteria = {"associations": {"country": {}, "countryState": {}}}
    transaction = {**state, "paymentMethod": {}}
    if "captures" not in unseen:
        transaction["captures"] = {"associations": {"refunds": {"associations": state}}}
    wanted: dict[str, object] = {
        **state,
        "lineItems": {},
        "currency": {},
        "orderCustomer": {},
        "billingAddress": address,
        "deliveries": {"associations": {**state, "shippingMethod": {}, "shippingOrderAddress": address}},
        "transactions": {"associations": transaction},
        "documents": {"associations": {"documentType": {}}},
        "language": {"associations": {"locale": {}}},
        "salesChannel": {},
    }
    return {"associations": {name: one for name, one in wanted.items() if name not in unseen}, "includes": INCLUDES}
