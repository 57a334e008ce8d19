"""An order as a program sends it."""

from __future__ import annotations

from typing import Any

ORDER: dict[str, Any] = {
    "external_id": "A-1",
    "number": "1001",
    "currency": "EUR",
    "customer": {"name": "Femke Jansen", "email": "femke@example.org"},
    "billing_address": {
        "name": "Femke Jansen",
        "street": "Markt 87",
        "postcode": "2611 GS",
        "city": "Delft",
        "country": "nl",
    },
    "payment_method": "Bank transfer",
    "shipping_method": "Parcel post",
    "lines": [
        {"name": "Stoneware mug", "sku": "MUG-30", "quantity": "3", "unit_price": "12.50", "vat_rate": "21"},
        {"kind": "shipping", "name": "Parcel post", "unit_price": "6.05", "vat_rate": "21"},
    ],
}
