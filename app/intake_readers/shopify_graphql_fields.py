"""What the fields of Shopify's GraphQL orders are called in its REST API, and how their values are told there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


def as_it_is(value: object) -> object:
    return value


def lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def own_number(value: object) -> object:
    """7001 of gid://shopify/LineItem/7001, and of gid://shopify/LineItem/7001?a=b."""
    if not isinstance(value, str) or not value.startswith("gid://"):
        return value
    return value.rpartition("/")[2].partition("?")[0]


@dataclass(frozen=True)
class One:
    """A field: where it stands, the first of these places that says something, and how its value is told."""

    places: tuple[str, ...]
    told: Callable[[object], object] = as_it_is


@dataclass(frozen=True)
class Part:
    """An object within, with its own fields."""

    place: str
    fields: Mapping[str, object]


@dataclass(frozen=True)
class Many:
    """A list of objects: bare, or within `nodes` or `edges`."""

    place: str
    fields: Mapping[str, object]


@dataclass(frozen=True)
class Values:
    """A list of plain values, each under this name."""

    place: str
    name: str


def one(*places: str, told: Callable[[object], object] = as_it_is) -> One:
    return One(places, told)


def money(place: str) -> One:
    return one(f"{place}.shopMoney.amount", f"{place}.amount")


NUMBER = one("legacyResourceId", "id", told=own_number)
TAXES = Many("taxLines", {"title": one("title"), "rate": one("rate"), "price": money("priceSet")})
DISCOUNTS = Many("discountAllocations", {"amount": money("allocatedAmountSet")})
ATTRIBUTES = Many("customAttributes", {"name": one("key"), "value": one("value")})

ADDRESS = {
    "name": one("name"),
    "first_name": one("firstName"),
    "last_name": one("lastName"),
    "company": one("company"),
    "address1": one("address1"),
    "address2": one("address2"),
    "zip": one("zip"),
    "city": one("city"),
    "province": one("province"),
    "country_code": one("countryCodeV2", "countryCode"),
    "phone": one("phone"),
}

LINE = {
    "id": one("id", told=own_number),
    "title": one("title"),
    "name": one("name"),
    "variant_title": one("variantTitle"),
    "sku": one("sku"),
    "quantity": one("quantity"),
    "current_quantity": one("currentQuantity"),
    "price": money("originalUnitPriceSet"),
    "total_discount": money("totalDiscountSet"),
    "discount_allocations": DISCOUNTS,
    "properties": ATTRIBUTES,
    "tax_lines": TAXES,
}

SHIPPING_LINE = {
    "id": one("id", told=own_number),
    "title": one("title"),
    "code": one("code"),
    "is_removed": one("isRemoved"),
    "price": money("originalPriceSet"),
    "discounted_price": money("discountedPriceSet"),
    "discount_allocations": DISCOUNTS,
    "tax_lines": TAXES,
}

TRANSACTION = {
    "id": one("id", told=own_number),
    "kind": one("kind", told=lower),
    "status": one("status", told=lower),
    "gateway": one("gateway"),
    "amount": money("amountSet"),
    "currency": one("amountSet.shopMoney.currencyCode"),
    "processed_at": one("processedAt"),
    "created_at": one("createdAt"),
    "payment_id": one("paymentId"),
    "authorization": one("authorizationCode"),
}

REFUND = {
    "id": NUMBER,
    "created_at": one("createdAt"),
    "note": one("note"),
    "total": money("totalRefundedSet"),
    "transactions": Many("transactions", TRANSACTION),
    "refund_line_items": Many(
        "refundLineItems", {"line_item_id": one("lineItem.id", told=own_number), "quantity": one("quantity")}
    ),
}

FULFILLMENT = {
    "id": NUMBER,
    "status": one("status", told=lower),
    "shipment_status": one("displayStatus", told=lower),
    "created_at": one("createdAt"),
    "updated_at": one("updatedAt"),
    "tracking": Many("trackingInfo", {"number": one("number"), "url": one("url"), "company": one("company")}),
    "line_items": Many(
        "fulfillmentLineItems", {"id": one("lineItem.id", told=own_number), "quantity": one("quantity")}
    ),
}

ORDER = {
    "id": NUMBER,
    "name": one("name"),
    "created_at": one("createdAt"),
    "processed_at": one("processedAt"),
    "updated_at": one("updatedAt"),
    "closed_at": one("closedAt"),
    "cancelled_at": one("cancelledAt"),
    "currency": one("currencyCode", "totalPriceSet.shopMoney.currencyCode"),
    "customer_locale": one("customerLocale"),
    "email": one("email"),
    "phone": one("phone"),
    "financial_status": one("displayFinancialStatus", told=lower),
    "fulfillment_status": one("displayFulfillmentStatus", told=lower),
    "payment_gateway_names": one("paymentGatewayNames"),
    "taxes_included": one("taxesIncluded"),
    "total_price": money("totalPriceSet"),
    "total_tax": money("totalTaxSet"),
    "total_outstanding": money("totalOutstandingSet"),
    "total_discounts": money("totalDiscountsSet"),
    "note": one("note"),
    "po_number": one("poNumber"),
    "source_name": one("sourceName"),
    "order_status_url": one("statusPageUrl"),
    "note_attributes": ATTRIBUTES,
    "metafields": Many("metafields", {"key": one("key"), "value": one("value")}),
    "tax_lines": TAXES,
    "discount_codes": Values("discountCodes", "code"),
    "customer": Part(
        "customer",
        {
            "id": NUMBER,
            "email": one("email", "defaultEmailAddress.emailAddress"),
            "phone": one("phone", "defaultPhoneNumber.phoneNumber"),
            "first_name": one("firstName", "displayName"),
            "last_name": one("lastName"),
        },
    ),
    "billing_address": Part("billingAddress", ADDRESS),
    "shipping_address": Part("shippingAddress", ADDRESS),
    "line_items": Many("lineItems", LINE),
    "shipping_lines": Many("shippingLines", SHIPPING_LINE),
    "transactions": Many("transactions", TRANSACTION),
    "refunds": Many("refunds", REFUND),
    "fulfillments": Many("fulfillments", FULFILLMENT),
    "fulfillment_orders": Many(
        "fulfillmentOrders",
        {
            "status": one("status", told=lower),
            "delivery_method": Part("deliveryMethod", {"method_type": one("methodType", told=lower)}),
        },
    ),
}
