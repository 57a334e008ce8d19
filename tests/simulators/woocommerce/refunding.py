"""Money back in the simulated shop: of lines or without, put back in stock, told with the order."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.simulators.woocommerce.answers import Refused, Shape, money, refusal
from tests.simulators.woocommerce.editing import line_meta, move_stock, set_status
from tests.simulators.woocommerce.order import RATES, Line, Refund, WooOrder
from tests.simulators.woocommerce.shapes import order_shape

if TYPE_CHECKING:
    from tests.simulators.woocommerce import WooShop


def refund(shop: WooShop, order: WooOrder, stated: Shape) -> Refund:
    lines = [(line, one) for one in stated.get("line_items", []) for line in order.lines if line.id == one.get("id")]
    tax = sum((Decimal(str(tax["refund_total"])) for _l, one in lines for tax in one.get("refund_tax", [])), Decimal(0))
    net = sum((Decimal(str(one.get("refund_total", 0))) for _line, one in lines), Decimal(0))
    amount = Decimal(str(stated.get("amount") or net + tax))
    if amount <= 0 or amount > order.total() - order.refunded:
        # Recorded so: 500, and no object in `data`.
        raise Refused(refusal(500, "woocommerce_rest_cannot_create_order_refund", "Invalid refund amount.", 500))
    made = Refund(shop.next_id(), shop.now(), amount, stated.get("reason", ""), tax=tax, meta_id=shop.next_meta_id())
    made.lines = [refunded_line(shop, line, one) for line, one in lines]
    made.tax_lines = refunded_taxes(shop, made)
    for line, one in lines:
        if stated.get("restock_items", True) and one.get("quantity"):
            restock(shop, line, int(one["quantity"]))
    order.refunds.append(made)
    order.modified_at = shop.now()
    if stated.get("api_refund", True):
        shop.money_moved.append((order.id, amount))
    if order.refunded == order.total():
        set_status(shop, order, "refunded")
    shop.tell("order.updated", order_shape(order, shop))
    return made


def restock(shop: WooShop, line: Line, quantity: int) -> None:
    line.restocked += quantity
    if line.product:
        move_stock(shop, line.product, quantity)
    line.meta[:] = [one for one in line.meta if one["key"] != "_restock_refunded_items"]
    line.meta.append(line_meta(shop, "_restock_refunded_items", str(line.restocked)))


def refunded_line(shop: WooShop, line: Line, stated: Shape) -> Shape:
    text = negative(shop)
    taxes = stated.get("refund_tax", [])
    total, tax = text(stated.get("refund_total", 0)), text(sum(Decimal(str(one["refund_total"])) for one in taxes))
    quantity = int(stated.get("quantity", 0))
    product = line.product
    net = Decimal(str(stated.get("refund_total", 0)))
    return {
        "id": shop.next_item_id(),
        "name": line.name,
        "product_id": product.parent.id if product and product.parent else line.product_id,
        "variation_id": line.product_id if product and product.parent else 0,
        "quantity": -quantity,
        "tax_class": line.tax_class,
        "subtotal": total,
        "subtotal_tax": tax,
        "total": total,
        "total_tax": tax,
        "taxes": [{"id": one["id"], "total": (x := text(one["refund_total"])), "subtotal": x} for one in taxes],
        "meta_data": [line_meta(shop, "_refunded_item_id", str(line.id))],
        "sku": product.sku if product else None,
        "global_unique_id": "",
        "price": float(net / quantity) if quantity else 0,
        "image": {"id": "", "src": ""},
        "parent_name": None,
    }


def refunded_taxes(shop: WooShop, made: Refund) -> list[Shape]:
    per_rate: dict[int, Decimal] = {}
    for line in made.lines:
        for tax in line["taxes"]:
            per_rate[tax["id"]] = per_rate.get(tax["id"], Decimal(0)) + Decimal(tax["total"])
    rates = dict(RATES.values())
    return [
        {
            "id": shop.next_item_id(),
            "rate_code": f"NL-BTW {rates[number]}-1",
            "rate_id": number,
            "label": f"BTW {rates[number]}",
            "compound": False,
            "tax_total": money(amount, shop.decimals),
            "shipping_tax_total": money(Decimal(0), shop.decimals),
            "rate_percent": int(rates[number]),
            "meta_data": [],
        }
        for number, amount in per_rate.items()
    ]


def negative(shop: WooShop) -> Callable[[object], str]:
    return lambda amount: money(-Decimal(str(amount)), shop.decimals)
