"""An invented order as each connected platform would send it, to try a connection out with."""

from __future__ import annotations

import json

from app.models import Source

#: What each platform calls the event of a new order.
TOPICS = {Source.WOOCOMMERCE: "order.created", Source.SHOPIFY: "orders/create", Source.LIGHTSPEED: "orders/created"}


def sample(source: str) -> str:
    """The payload: two mugs and the shipping, VAT included, to an invented customer in Delft."""
    return json.dumps(SAMPLES[Source(source)], ensure_ascii=False)


WOOCOMMERCE: dict[str, object] = {
    "id": 990001,
    "number": "SAMPLE-1",
    "status": "processing",
    "currency": "EUR",
    "prices_include_tax": True,
    "date_created_gmt": "2026-01-15T10:00:00",
    "date_modified_gmt": "2026-01-15T10:00:00",
    "date_paid_gmt": "2026-01-15T10:01:00",
    "total": "31.05",
    "total_tax": "5.39",
    "payment_method": "ideal",
    "payment_method_title": "iDEAL",
    "transaction_id": "tr_sample",
    "billing": {
        "first_name": "Sam", "last_name": "Sample", "address_1": "Markt 87", "postcode": "2611 GS", "city": "Delft",
        "country": "NL", "email": "sam@example.org", "phone": "+31 15 555 0100",
    },
    "shipping": {
        "first_name": "Sam", "last_name": "Sample", "address_1": "Markt 87", "postcode": "2611 GS", "city": "Delft",
        "country": "NL",
    },
    "line_items": [
        {
            "id": 1, "name": "Stoneware mug", "sku": "MUG-30", "quantity": 2, "subtotal": "20.66", "total": "20.66",
            "subtotal_tax": "4.34", "total_tax": "4.34", "price": 10.33,
            "taxes": [{"id": 1, "total": "4.34", "subtotal": "4.34"}],
        }
    ],
    "shipping_lines": [
        {
            "id": 2, "method_title": "Parcel post", "method_id": "flat_rate:1", "total": "5.00", "total_tax": "1.05",
            "taxes": [{"id": 1, "total": "1.05"}],
        }
    ],
    "tax_lines": [{"id": 3, "rate_id": 1, "label": "VAT", "rate_percent": 21}],
}  # fmt: skip

SHOPIFY: dict[str, object] = {
    "id": 990001,
    "name": "#SAMPLE-1",
    "created_at": "2026-01-15T11:00:00+01:00",
    "processed_at": "2026-01-15T11:00:00+01:00",
    "updated_at": "2026-01-15T11:01:00+01:00",
    "currency": "EUR",
    "customer_locale": "en-GB",
    "email": "sam@example.org",
    "financial_status": "pending",
    "payment_gateway_names": ["Bank transfer"],
    "taxes_included": True,
    "total_price": "31.05",
    "total_tax": "5.39",
    "total_discounts": "0.00",
    "customer": {"id": 9001, "email": "sam@example.org", "first_name": "Sam", "last_name": "Sample"},
    "billing_address": {
        "name": "Sam Sample", "address1": "Markt 87", "zip": "2611 GS", "city": "Delft", "country_code": "NL",
    },
    "shipping_address": {
        "name": "Sam Sample", "address1": "Markt 87", "zip": "2611 GS", "city": "Delft", "country_code": "NL",
    },
    "line_items": [
        {
            "id": 1, "title": "Stoneware mug", "name": "Stoneware mug", "sku": "MUG-30", "quantity": 2,
            "price": "12.50", "tax_lines": [{"title": "VAT", "rate": 0.21, "price": "4.34"}],
        }
    ],
    "shipping_lines": [
        {
            "id": 2, "title": "Parcel post", "code": "PARCEL", "price": "6.05", "discounted_price": "6.05",
            "tax_lines": [{"title": "VAT", "rate": 0.21, "price": "1.05"}],
        }
    ],
}  # fmt: skip

LIGHTSPEED: dict[str, object] = {
    "order": {
        "id": 990001,
        "number": "SAMPLE-1",
        "createdAt": "2026-01-15T11:00:00+01:00",
        "updatedAt": "2026-01-15T11:00:00+01:00",
        "status": "processing_awaiting_payment",
        "priceExcl": 25.66,
        "priceIncl": 31.05,
        "email": "sam@example.org",
        "firstname": "Sam",
        "lastname": "Sample",
        "addressBillingName": "Sam Sample",
        "addressBillingStreet": "Markt",
        "addressBillingNumber": "87",
        "addressBillingZipcode": "2611 GS",
        "addressBillingCity": "Delft",
        "addressBillingCountry": {"code": "nl"},
        "addressShippingName": "Sam Sample",
        "addressShippingStreet": "Markt",
        "addressShippingNumber": "87",
        "addressShippingZipcode": "2611 GS",
        "addressShippingCity": "Delft",
        "addressShippingCountry": {"code": "nl"},
        "paymentId": "transfer",
        "paymentStatus": "not_paid",
        "paymentTitle": "Bank transfer",
        "shipmentId": "core|1|1",
        "shipmentStatus": "not_shipped",
        "shipmentTitle": "Parcel post",
        "shipmentTaxRate": 0.21,
        "shipmentPriceExcl": 5,
        "shipmentPriceIncl": 6.05,
        "language": {"code": "en"},
        "taxRates": [{"name": "VAT", "rate": 0.21, "amount": 5.39}],
        "products": {
            "resource": {
                "id": False,
                "embedded": [
                    {
                        "id": 1, "productTitle": "Stoneware mug", "articleCode": "MUG-30", "quantityOrdered": 2,
                        "basePriceExcl": 10.33, "basePriceIncl": 12.5, "priceExcl": 20.66, "priceIncl": 25,
                        "taxRate": 0.21, "taxRates": [{"name": "VAT", "rate": 0.21, "amount": 4.34}],
                    }
                ],
            }
        },
    }
}  # fmt: skip

SAMPLES = {Source.WOOCOMMERCE: WOOCOMMERCE, Source.SHOPIFY: SHOPIFY, Source.LIGHTSPEED: LIGHTSPEED}
