"""What a small PrestaShop holds: its states, carriers and countries, and orders to the cent. All values are texts."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
Tables = dict[str, dict[int, Row]]

NEVER = "0000-00-00 00:00:00"
VAT = Decimal("1.20")
EMPTY_CARRIER = {
    "id_order": "", "id_carrier": "", "id_order_invoice": "0", "weight": "0.000000",
    "shipping_cost_tax_excl": "0.000000",
    "shipping_cost_tax_incl": "0.000000", "tracking_number": "", "date_add": NEVER,
}  # fmt: skip

#: id -> name, template of its mail, and its flags, as a new shop has them
STATES = {
    1: ("Awaiting check payment", "cheque", {}),
    2: ("Payment accepted", "payment", {"paid", "invoice", "logable"}),
    3: ("Processing in progress", "preparation", {"paid", "invoice", "logable", "delivery"}),
    4: ("Shipped", "shipped", {"paid", "invoice", "logable", "delivery", "shipped"}),
    5: ("Delivered", "", {"paid", "invoice", "logable", "delivery", "shipped"}),
    6: ("Canceled", "order_canceled", set()),
    7: ("Refunded", "refund", {"invoice"}),
    8: ("Payment error", "payment_error", set()),
    10: ("Awaiting bank wire payment", "bankwire", set()),
}
FLAGS = ("paid", "invoice", "logable", "delivery", "shipped", "deleted", "hidden")


def fresh() -> Tables:
    return {
        "products": {}, "combinations": {}, "product_option_values": {}, "stock_availables": {},
        "orders": {}, "order_payments": {}, "order_carriers": {}, "order_slip": {}, "order_histories": {},
        "customers": {
            77: {"id": 77, "firstname": "Zoë", "lastname": "Lefèvre", "email": "zoe@example.org", "company": ""}
        },
        "addresses": {
            40: {
                "id": 40, "id_country": "8", "company": "", "firstname": "Zoë", "lastname": "Lefèvre", "vat_number": "",
                "address1": "3 rue du Port", "address2": "", "postcode": "29200", "city": "Brest", "phone": "",
                "phone_mobile": "+33 6 55 50 10 00",
            },
            41: {
                "id": 41, "id_country": "3", "company": "", "firstname": "Luc", "lastname": "Maes", "vat_number": "",
                "address1": "Kaai 7", "address2": "", "postcode": "9000", "city": "Gent", "phone": "",
                "phone_mobile": "",
            },
        },
        "countries": {8: {"id": 8, "iso_code": "FR"}, 3: {"id": 3, "iso_code": "BE"}},
        "currencies": {1: {"id": 1, "iso_code": "EUR"}},
        "languages": {2: {"id": 2, "iso_code": "fr"}},
        "carriers": {3: {"id": 3, "name": "Colissimo", "url": "https://track.example/@"}},
        "order_states": {id: state(id) for id in STATES},
    }  # fmt: skip


def state(id: int) -> Row:
    name, template, flags = STATES[id]
    row: Row = {"id": id, "send_email": str(int(bool(template))), "name": [{"id": "1", "value": name}]}
    return {**row, "template": [{"id": "1", "value": template}], **{one: str(int(one in flags)) for one in FLAGS}}


def add_row(tables: Tables, name: str, given: Row) -> Row:
    id = max(tables[name], default=0) + 1
    tables[name][id] = {**given, "id": id}
    return tables[name][id]


def new_order(tables: Tables, local: str, *, rows: dict[str, tuple[str, int]] | None = None, **stated: Any) -> Row:
    """Prices with VAT of 20 %; the shipping is 6.00, with a carrier that has no code yet."""
    given = rows or {"Mug": ("12.00", 1)}
    goods = sum((Decimal(price) * many for price, many in given.values()), Decimal(0))
    total, number = goods + 6, max(tables["orders"], default=0) + 1
    order = add_row(
        tables,
        "orders",
        {
            "id_address_delivery": "41", "id_address_invoice": "40", "id_cart": "900", "id_currency": "1",
            "id_lang": "2", "id_customer": "77", "id_carrier": "3", "current_state": "10", "module": "ps_wirepayment",
            "invoice_number": "0", "invoice_date": NEVER, "delivery_number": "0", "delivery_date": NEVER, "valid": "0",
            "date_add": local, "date_upd": local, "shipping_number": "", "note": "", "payment": "Virement",
            "gift": "0", "gift_message": "", "total_discounts_tax_incl": "0.000000",
            "total_discounts_tax_excl": "0.000000", "total_paid_tax_incl": six(total),
            "total_paid_tax_excl": six(total / VAT), "total_paid_real": "0.000000",
            "total_shipping_tax_incl": "6.000000", "total_shipping_tax_excl": "5.000000", "carrier_tax_rate": "20.000",
            "total_wrapping_tax_incl": "0.000000", "total_wrapping_tax_excl": "0.000000", "round_type": "2",
            "conversion_rate": "1.000000", "reference": f"REF{number:06d}", "associations": {"order_rows": [
                {
                    "id": str(number * 10 + place), "product_id": "9", "product_attribute_id": "0",
                    "product_quantity": str(many), "product_name": name, "product_reference": name.upper(),
                    "unit_price_tax_incl": six(Decimal(price)), "unit_price_tax_excl": six(Decimal(price) / VAT),
                }
                for place, (name, (price, many)) in enumerate(given.items())
            ]},
            **stated,
        },
    )  # fmt: skip
    add_row(tables, "order_carriers", {**EMPTY_CARRIER, "id_order": str(order["id"]), "id_carrier": "3"})
    return order


def new_product(
    tables: Tables,
    name: str,
    local: str,
    *,
    price: str,
    reference: str,
    quantity: int = 0,
    combinations: dict[str, tuple[str, int]] | None = None,
) -> Row:
    """Each combination with what it costs more, and how many there are; all of them together stand under 0."""
    stated = {"name": [{"id": "1", "value": name}], "reference": reference, "active": "1", "is_virtual": "0"}
    product = add_row(
        tables, "products", {**stated, "price": six(Decimal(price)), "date_add": local, "date_upd": local}
    )
    made = {"0": sum(many for _more, many in combinations.values()) if combinations else quantity}
    for word, (more, many) in (combinations or {}).items():
        value = add_row(tables, "product_option_values", {"name": [{"id": "1", "value": word}]})
        chosen = {"product_option_values": [{"id": value["id"]}]}
        own = {"id_product": str(product["id"]), "reference": "", "price": six(Decimal(more)), "associations": chosen}
        made[str(add_row(tables, "combinations", own)["id"])] = many
    for combination, many in made.items():
        own = {"id_product": str(product["id"]), "id_product_attribute": combination, "quantity": str(many)}
        own |= {"id_shop": "1", "id_shop_group": "0", "depends_on_stock": "0", "out_of_stock": "2", "location": "A1"}
        add_row(tables, "stock_availables", own)
    return product


def add_payment(tables: Tables, order: Row, amount: Decimal, local: str) -> None:
    order["total_paid_real"] = six(Decimal(order["total_paid_real"]) + amount)
    paid = {"order_reference": order["reference"], "id_currency": "1", "amount": f"{amount:.2f}"}
    add_row(tables, "order_payments", {**paid, "payment_method": "Virement", "transaction_id": "", "date_add": local})


def add_slip(tables: Tables, order: Row, amount: str, local: str) -> Row:
    stated = {"id_order": str(order["id"]), "id_customer": order["id_customer"], "conversion_rate": "1.000000"}
    gross = {"total_products_tax_incl": six(Decimal(amount)), "total_shipping_tax_incl": "0.000000"}
    return add_row(tables, "order_slip", {**stated, **gross, "date_add": local, "date_upd": local})


def six(amount: Decimal) -> str:
    return f"{amount:.6f}"


def is_tracking_number(text: str) -> bool:
    return re.fullmatch(r"[~:#,%&_=()\[\].? +\-@/a-zA-Z0-9]*", text) is not None
