"""Orders of a small Shopware, prices with VAT of 21 %, to the cent."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

Shape = dict[str, Any]


def told(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+00:00")


def id_of(number: int, part: int = 0) -> str:
    return UUID(int=(7 << 76) + (number << 16) + part).hex


def price(each: Decimal, many: int = 1) -> Shape:
    total = each * many
    tax = (total * 21 / 121).quantize(Decimal("0.01"), ROUND_HALF_UP)
    taxes = [{"tax": float(tax), "taxRate": 21, "price": float(total)}]
    return {"unitPrice": float(each), "quantity": many, "totalPrice": float(total), "calculatedTaxes": taxes}


def new_order(number: int, at: datetime, *, items: dict[str, tuple[str, int]] | None = None, **stated: Any) -> Shape:
    given = items or {"Becher": ("12.10", 1)}
    lines = [line(number, place, *one) for place, one in enumerate(given.items(), start=1)]
    goods = sum((Decimal(each) * many for each, many in given.values()), Decimal(0))
    total, moment = goods + Decimal("6.05"), told(at)
    address = {
        "id": id_of(number, 90), "firstName": "Jette", "lastName": "Øster", "company": None, "street": "Deichstraße 9",
        "zipcode": "20459", "city": "Hamburg", "country": {"iso": "DE"}, "countryState": None, "phoneNumber": None,
    }  # fmt: skip
    dates = {"createdAt": moment, "updatedAt": None, "stateMachineState": {"technicalName": "open"}}
    delivery = {
        **dates, "id": id_of(number, 91), "trackingCodes": [], "shippingOrderAddress": address,
        "shippingMethod": {"name": "DHL Paket", "technicalName": "shipping_dhl"},
        "shippingCosts": price(Decimal("6.05")),
    }  # fmt: skip
    transaction = {
        **dates, "id": id_of(number, 92), "amount": price(total), "captures": [],
        "paymentMethod": {"name": "Vorkasse", "technicalName": "payment_prepayment"},
    }  # fmt: skip
    taxes = price(total)["calculatedTaxes"]
    return {
        **dates, "id": id_of(number), "orderNumber": str(10000 + number), "orderDateTime": moment, "taxStatus": "gross",
        "amountTotal": float(total), "price": {"totalPrice": float(total), "rawTotal": float(total),
                                               "calculatedTaxes": taxes, "taxStatus": "gross"},
        "shippingCosts": price(Decimal("6.05")), "customerComment": None, "currency": {"isoCode": "EUR"},
        "language": {"locale": {"code": "de-DE"}}, "salesChannel": {"name": "Keramik"}, "documents": [],
        "orderCustomer": {"customerId": id_of(number, 93), "firstName": "Jette", "lastName": "Øster", "company": None,
                          "email": "jette@example.org", "vatIds": None},
        "billingAddress": address, "deliveries": [delivery], "transactions": [transaction], "lineItems": lines,
        **stated,
    }  # fmt: skip


def line(number: int, place: int, name: str, sold: tuple[str, int]) -> Shape:
    each, many = Decimal(sold[0]), sold[1]
    stated = {"id": id_of(number, place), "type": "product", "label": name, "quantity": many, "position": place}
    return {**stated, "payload": {"productNumber": name.upper(), "options": []}, "price": price(each, many)}


def new_product(
    number_there: int,
    name: str | None,
    at: datetime,
    *,
    number: str,
    stock: int,
    gross: str = "",
    held_back: int = 0,
    parent: Shape | None = None,
    option: str = "",
) -> Shape:
    """A variant states only what is its own; the rest is null."""
    if parent is not None:
        parent["childCount"] += 1
    price = [{"currencyId": "b7d2554b0ce847cd82f3ac9bd1c0dfca", "gross": float(gross or 0), "net": 0, "linked": True}]
    return {
        "id": id_of(500 + number_there), "parentId": parent["id"] if parent else None, "childCount": 0, "name": name,
        "translated": {"name": name}, "productNumber": number, "price": price if gross else None, "stock": stock,
        "availableStock": stock - held_back, "active": None if parent else True, "states": ["is-physical"],
        "tax": None if parent else {"taxRate": 21.0}, "createdAt": told(at), "updatedAt": None,
        "options": [{"name": option, "translated": {"name": option}, "group": {"name": "Farbe"}}] if option else [],
    }  # fmt: skip


def inherited(product: Shape, products: dict[str, Shape]) -> Shape:
    """With what its product says for it."""
    parent = products.get(product["parentId"] or "")
    if parent is None:
        return product
    return {
        **{name: parent[name] if product[name] is None else product[name] for name in product},
        "translated": parent["translated"],
    }
