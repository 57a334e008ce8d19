"""What an outside shop would have sent of an order: the payload of its arrival, in the words of WooCommerce."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from app.models import LineKind, Order, OrderAddress


def payload_of(order: Order) -> str:
    """The order as WooCommerce states it, as far as its reader asks."""
    said = {
        "id": order.external_id,
        "number": order.external_number,
        "status": "processing" if order.paid else "pending",
        "currency": order.currency,
        "prices_include_tax": order.prices_include_tax,
        "date_created_gmt": gmt(order.placed_at),
        "total": str(order.total),
        "billing": stated_address(order.billing, order) if order.billing else {},
        "shipping": stated_address(order.shipping, order) if order.shipping else {},
        "payment_method_title": order.payment_method_title,
        "customer_note": order.customer_note,
        "line_items": [
            {
                "id": line.position,
                "name": line.name,
                "sku": line.sku,
                "quantity": str(line.quantity),
                "price": str(line.unit_price),
            }
            for line in order.lines
            if line.kind == LineKind.PRODUCT
        ],
        "shipping_lines": [{"method_title": order.shipping_method_title}],
    }
    return json.dumps(said, ensure_ascii=False)


def gmt(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def stated_address(address: OrderAddress, order: Order) -> dict[str, str]:
    return {
        "last_name": address.name,
        "company": address.company,
        "address_1": address.street,
        "address_2": address.street2,
        "postcode": address.postcode,
        "city": address.city,
        "country": address.country,
        "email": order.email,
        "phone": order.phone,
    }
