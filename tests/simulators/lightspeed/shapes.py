"""What a simulated Lightspeed eCom shop states: orders, lines, invoices, shipments, events, as the API does."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

#: An object as the API tells it.
Shape = dict[str, Any]

NETHERLANDS = {"id": 151, "code": "nl", "code3": "nld", "title": "Nederland"}
DUTCH = {"id": 1, "code": "nl", "locale": "nl_NL", "title": "Nederlands"}
NOOR = {"Name": "Noor Haddad", "Street": "Oude Gracht", "Street2": "", "Number": "40", "Extension": "",
        "Zipcode": "3511 AR", "City": "Utrecht", "Region": "", "Country": NETHERLANDS,
        "RegionData": {"id": 0, "name": "", "code": ""}}  # fmt: skip


def told(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def number(amount: Decimal) -> float:
    return float(amount)


def link(base: str, url: str, id: int | bool = False) -> Shape:
    path, _mark, query = url.partition("?")
    return {"resource": {"id": id, "url": url, "link": f"{base}/{path}.json" + (f"?{query}" if query else "")}}


def excluding(amount: Decimal, rate: Decimal) -> Decimal:
    return round(amount / (1 + rate), 2)


def line_shape(base: str, id: int, name: str, price: str, quantity: int, *, code: str, rate: Decimal) -> Shape:
    """A line whose price includes the tax."""
    each, total = Decimal(price), Decimal(price) * quantity
    return {
        "id": id, "supplierTitle": "", "brandTitle": "", "productTitle": name, "variantTitle": "Standaard",
        "taxRate": float(rate), "taxRates": [{"name": "VAT", "rate": float(rate),
                                              "amount": number(total - excluding(total, rate))}],
        "quantityOrdered": quantity, "quantityInvoiced": quantity, "quantityShipped": 0, "quantityRefunded": 0,
        "quantityReturned": 0, "articleCode": code, "ean": "", "sku": "", "weight": 0, "volume": 0, "colli": 0,
        "sizeX": 0, "sizeY": 0, "sizeZ": 0, "priceCost": 0, "customExcl": 0, "customIncl": 0,
        "basePriceExcl": number(excluding(each, rate)), "basePriceIncl": number(each),
        "priceExcl": number(excluding(total, rate)), "priceIncl": number(total), "discountExcl": 0, "discountIncl": 0,
        "customFields": False, "product": link(base, f"products/{id}", id), "variant": link(base, f"variants/{id}", id),
    }  # fmt: skip


def order_shape(base: str, id: int, moment: str, lines: list[Shape], shipping: Decimal, rate: Decimal) -> Shape:
    """An order that waits for its money, as a list tells it: its parts are links."""
    goods = sum((Decimal(str(one["priceIncl"])) for one in lines), Decimal(0))
    goods_excluding = sum((Decimal(str(one["priceExcl"])) for one in lines), Decimal(0))
    total, total_excluding = goods + shipping, goods_excluding + excluding(shipping, rate)
    addresses = {f"address{kind}{name}": value for kind in ("Billing", "Shipping") for name, value in NOOR.items()} | {
        "addressShippingCompany": False
    }
    return {
        "id": id, "createdAt": moment, "updatedAt": moment, "number": f"ORD{id:05}",
        "status": "processing_awaiting_payment", "customStatusId": None, "channel": "main", "remoteIp": "203.0.113.7",
        "userAgent": "Mozilla/5.0", "referralId": False, "priceCost": 0, "priceExcl": number(total_excluding),
        "priceIncl": number(total), "weight": 0, "volume": 0, "colli": 0, "gender": False, "birthDate": False,
        "nationalId": "", "email": "noor@example.org", "firstname": "Noor", "middlename": "", "lastname": "Haddad",
        "phone": "+31 30 5550123", "mobile": "", "newsletterSubscribed": False, "isCompany": False, "companyName": "",
        "companyCoCNumber": "", "companyVatNumber": "", **addresses, "paymentId": "transfer",
        "paymentStatus": "not_paid", "paymentIsPost": True, "paymentIsInvoiceExternal": False, "paymentTaxRate": 0,
        "paymentTaxRates": [{"name": "VAT", "rate": 0, "amount": 0}], "paymentBasePriceExcl": 0,
        "paymentBasePriceIncl": 0, "paymentPriceExcl": 0, "paymentPriceIncl": 0, "paymentTitle": "Overschrijving",
        "paymentData": {"method": "transfer"}, "shipmentId": "core|1|1", "shipmentStatus": "not_shipped",
        "shipmentIsCashOnDelivery": False, "shipmentIsPickup": False, "shipmentTaxRate": float(rate),
        "shipmentTaxRates": [{"name": "VAT", "rate": float(rate),
                              "amount": number(shipping - excluding(shipping, rate))}],
        "shipmentBasePriceExcl": number(excluding(shipping, rate)), "shipmentBasePriceIncl": number(shipping),
        "shipmentPriceExcl": number(excluding(shipping, rate)), "shipmentPriceIncl": number(shipping),
        "shipmentDiscountExcl": 0, "shipmentDiscountIncl": 0, "shipmentTitle": "Pakket",
        "shipmentData": {"method": "default", "shipment_id": 1, "shipping_value_id": 1}, "shippingDate": None,
        "deliveryDate": None, "isDiscounted": False, "discountType": "amount", "discountAmount": 0,
        "discountPercentage": 0, "discountCouponCode": "",
        "taxRates": [{"name": "VAT", "rate": float(rate), "amount": number(total - total_excluding)}],
        "isNewCustomer": False, "comment": "", "memo": "", "allowNotifications": True, "doNotifyNew": False,
        "doNotifyReminder": False, "doNotifyCancelled": False, "language": DUTCH,
        "customer": link(base, "customers/9001", 9001), "invoices": link(base, f"invoices?order={id}"),
        "shipments": link(base, f"shipments?order={id}"), "products": link(base, f"orders/{id}/products"),
        "metafields": link(base, f"orders/{id}/metafields"), "quote": link(base, f"quotes/{id}", id),
        "events": link(base, f"orders/events?order={id}"), "giftCardsPayment": [],
    }  # fmt: skip


def invoice_shape(base: str, id: int, order: Shape, moment: str, amount: Decimal, *, is_credit: bool = False) -> Shape:
    return {
        "id": id, "createdAt": moment, "updatedAt": moment, "number": f"INV{id:05}", "status": "not_paid",
        "isVatShifted": False, "priceExcl": number(amount), "priceIncl": number(amount), "doNotifyNew": False,
        "doNotifyPaid": False, "invoice": False, "isCreditNote": is_credit, "creditNote": False,
        "order": link(base, f"orders/{order['id']}", order["id"]), "customer": link(base, "customers/9001", 9001),
        "items": link(base, f"invoices/{id}/items"), "metafields": link(base, f"invoices/{id}/metafields"),
        "events": link(base, f"orders/events?invoice={id}"),
    }  # fmt: skip


def shipment_shape(base: str, id: int, order: Shape, moment: str) -> Shape:
    return {
        "id": id, "createdAt": moment, "updatedAt": moment, "number": f"SHIP{id:05}", "status": "not_shipped",
        "trackingCode": "", "doNotifyShipped": False, "doNotifyReadyForPickup": False, "doNotifyTrackingCode": False,
        "totalWeight": 0, "totalSizeX": 0, "totalSizeY": 0, "totalSizeZ": 0,
        "customer": link(base, "customers/9001", 9001), "order": link(base, f"orders/{order['id']}", order["id"]),
        "products": link(base, f"shipments/{id}/products"), "metafields": link(base, f"shipments/{id}/metafields"),
        "events": link(base, f"orders/events?shipment={id}"),
    }  # fmt: skip


def event_shape(base: str, id: int, order: Shape, moment: str, kind: str, message: str) -> Shape:
    return {
        "id": id, "createdAt": moment, "channel": "auto", "type": kind, "message": message, "comment": None,
        "order": link(base, f"orders/{order['id']}", order["id"]), "invoice": False, "shipment": False,
    }  # fmt: skip


def product_shape(base: str, id: int, title: str, moment: str) -> Shape:
    """Its variants are a list of their own."""
    return {
        "id": id, "createdAt": moment, "updatedAt": moment, "isVisible": True, "visibility": "visible", "data01": "",
        "data02": "", "data03": "", "url": title.lower(), "title": title, "fulltitle": title, "description": "",
        "content": f"<p>{title}</p>", "set": False, "brand": False, "categories": False,
        "deliverydate": False, "image": False, "images": False, "reviews": False, "supplier": False,
        "variants": link(base, f"variants?product={id}"), "movements": link(base, f"variants/movements?product={id}"),
    }  # fmt: skip


def variant_shape(base: str, id: int, product: Shape, moment: str, price: Decimal, rate: Decimal) -> Shape:
    return {
        "id": id, "createdAt": moment, "updatedAt": moment, "isDefault": True, "sortOrder": 1, "articleCode": "",
        "ean": "", "sku": "", "hs": None, "unitPrice": 0, "unitUnit": "", "priceExcl": number(excluding(price, rate)),
        "priceIncl": number(price), "priceCost": 0, "oldPriceExcl": 0, "oldPriceIncl": 0, "stockTracking": "enabled",
        "stockLevel": 0, "stockAlert": 0, "stockMinimum": 0, "stockSold": 0, "stockBuyMininum": 1,
        "stockBuyMinimum": 1, "stockBuyMaximum": 10000, "weight": 0, "volume": 0, "colli": 0, "sizeX": 0, "sizeY": 0,
        "sizeZ": 0, "matrix": False, "title": "Standaard", "taxType": None, "image": False,
        "tax": link(base, "taxes/1", 1), "product": link(base, f"products/{product['id']}", product["id"]),
    }  # fmt: skip
