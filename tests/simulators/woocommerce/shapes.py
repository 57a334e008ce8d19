"""Orders of the simulated shop, their refunds and notes, as its API writes them."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.simulators.woocommerce.answers import Shape, moments, money
from tests.simulators.woocommerce.order import COUNTRY, RATES, Coupon, Line, Note, Refund, WooOrder

if TYPE_CHECKING:
    from tests.simulators.woocommerce import WooShop

BILLING = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")
EDITABLE = ("pending", "on-hold", "auto-draft")


def order_shape(order: WooOrder, shop: WooShop) -> Shape:
    def text(amount: Decimal) -> str:
        return money(amount, shop.decimals)

    def sum_of(lines: list[Line]) -> Decimal:
        return sum((line.total for line in lines), Decimal(0))

    def tax_of(lines: list[Line]) -> str:
        return text(order.taxes_of(lines, shop.decimals))

    return {
        "id": order.id,
        "parent_id": 0,
        "status": order.status,
        "currency": order.currency,
        "version": shop.version,
        "prices_include_tax": True,
        **moments("date_created", order.created_at, shop.zone),
        **moments("date_modified", order.modified_at, shop.zone),
        **moments("date_completed", order.completed_at, shop.zone),
        **moments("date_paid", order.paid_at, shop.zone),
        "discount_total": text(sum((one.discount for one in order.coupons), Decimal(0))),
        "discount_tax": text(sum((one.discount_tax for one in order.coupons), Decimal(0))),
        "shipping_total": text(sum_of(order.shipping_lines)),
        "shipping_tax": tax_of(order.shipping_lines),
        "cart_tax": tax_of([*order.lines, *order.fees]),
        "total": text(order.total(shop.decimals)),
        "total_tax": tax_of(order.all_lines),
        "customer_id": order.customer_id,
        "order_key": order.key,
        "billing": {**dict.fromkeys(BILLING, ""), "email": "", "phone": "", **order.billing},
        "shipping": {**dict.fromkeys(BILLING, ""), "phone": "", **order.shipping},
        "payment_method": order.payment_method,
        "payment_method_title": order.payment_method_title,
        "transaction_id": order.transaction_id,
        "customer_ip_address": "",
        "customer_user_agent": "",
        "created_via": "rest-api",
        "customer_note": order.customer_note,
        "cart_hash": "",
        "number": order.number or str(order.id),
        "meta_data": deepcopy(order.meta),
        "line_items": [item_shape(line, order, shop) for line in order.lines],
        "tax_lines": tax_lines(order, shop),
        "shipping_lines": [shipping_shape(line, order, shop) for line in order.shipping_lines],
        "fee_lines": [fee_shape(line, order, shop) for line in order.fees],
        "coupon_lines": [coupon_shape(one) for one in order.coupons],
        "refunds": [
            {"id": one.id, "reason": one.reason, "total": text(-one.amount), "total_tax": text(-one.tax)}
            for one in reversed(order.refunds)
        ],
        "payment_url": f"{shop.home}/checkout/order-pay/{order.id}/?pay_for_order=true&key={order.key}",
        "is_editable": order.status in EDITABLE,
        "needs_payment": order.status in ("pending", "failed") and order.total() > 0,
        "needs_processing": order.needs_processing,
        "currency_symbol": {"EUR": "€", "GBP": "£"}.get(order.currency, order.currency),
    }


def item_shape(line: Line, order: WooOrder, shop: WooShop) -> Shape:
    def text(amount: Decimal) -> str:
        return money(amount, shop.decimals)

    product = line.product
    tax, subtax = line.tax(order.country, line.total), line.tax(order.country, line.subtotal)
    taxes = [{"id": RATES[line.tax_class][0], "total": text(tax), "subtotal": text(subtax)}]
    is_variation = bool(product and product.parent)
    return {
        "id": line.id,
        "name": line.name,
        "product_id": product.parent.id if product and product.parent else line.product_id,
        "variation_id": line.product_id if is_variation else 0,
        "quantity": line.quantity,
        "tax_class": line.tax_class,
        "subtotal": text(line.subtotal),
        "subtotal_tax": text(subtax),
        "total": text(line.total),
        "total_tax": text(tax),
        "taxes": taxes if order.country == COUNTRY else [],
        "meta_data": deepcopy(line.meta),
        "sku": product.sku if product else None,
        "global_unique_id": "" if product else None,
        "price": plain(line.total / line.quantity) if line.quantity else 0,
        "image": {"id": "" if product and not product.parent else 0, "src": ""},
        "parent_name": product.parent.name if product and product.parent else None,
    }


def plain(amount: Decimal) -> float | int:
    return int(amount) if amount == int(amount) else float(amount)


def shipping_shape(line: Line, order: WooOrder, shop: WooShop) -> Shape:
    return {
        "id": line.id,
        "method_title": line.name,
        "method_id": line.method_id,
        "instance_id": "",
        "total": money(line.total, shop.decimals),
        **taxed(line, order, shop),
        "tax_status": "taxable",
        "meta_data": deepcopy(line.meta),
    }


def fee_shape(line: Line, order: WooOrder, shop: WooShop) -> Shape:
    return {
        "id": line.id,
        "name": line.name,
        "tax_class": line.tax_class,
        "tax_status": "taxable",
        "amount": "",
        "total": money(line.total, shop.decimals),
        **taxed(line, order, shop),
        "meta_data": deepcopy(line.meta),
    }


def taxed(line: Line, order: WooOrder, shop: WooShop) -> Shape:
    tax = money(line.tax(order.country, line.total), shop.decimals)
    taxes = [{"id": RATES[line.tax_class][0], "total": tax, "subtotal": ""}]
    return {"total_tax": tax, "taxes": taxes if order.country == COUNTRY else []}


def tax_lines(order: WooOrder, shop: WooShop) -> list[Shape]:
    if order.country != COUNTRY:
        return []
    shapes = []
    for tax_class, (rate_id, rate) in RATES.items():
        goods = [line for line in [*order.lines, *order.fees] if line.tax_class == tax_class]
        shipping = [line for line in order.shipping_lines if line.tax_class == tax_class]
        if goods or shipping:
            if rate_id not in order.tax_line_ids:
                order.tax_line_ids[rate_id] = shop.next_item_id()
            shapes.append(
                {
                    "id": order.tax_line_ids[rate_id],
                    "rate_code": f"{COUNTRY}-BTW {rate}-1",
                    "rate_id": rate_id,
                    "label": f"BTW {rate}",
                    "compound": False,
                    "tax_total": money(order.taxes_of(goods), shop.decimals),
                    "shipping_tax_total": money(order.taxes_of(shipping), shop.decimals),
                    "rate_percent": int(rate),
                    "meta_data": [],
                }
            )
    return shapes


def coupon_shape(coupon: Coupon) -> Shape:
    kind = f'"{coupon.kind}"' if coupon.kind == "percent" else "null"
    info = f'[{coupon.id},"{coupon.code}",{kind},{plain(coupon.amount)}]'
    return {
        "id": coupon.line_id,
        "code": coupon.code,
        "discount": str(plain(round(coupon.discount, 2))),
        "discount_tax": str(plain(round(coupon.discount_tax, 2))),
        "meta_data": [
            {"id": 0, "key": "coupon_info", "value": info, "display_key": "coupon_info", "display_value": info}
        ],
        "discount_type": coupon.kind,
        "nominal_amount": plain(coupon.amount),
        "free_shipping": False,
    }


def refund_shape(refund: Refund, shop: WooShop) -> Shape:
    return {
        "id": refund.id,
        **moments("date_created", refund.at, shop.zone),
        "amount": money(refund.amount, shop.decimals),
        "reason": refund.reason,
        "refunded_by": 1,
        "refunded_payment": False,
        "meta_data": [{"id": refund.meta_id, "key": "_refund_type", "value": refund.kind}],
        "line_items": refund.lines,
        "shipping_lines": [],
        "tax_lines": refund.tax_lines,
        "fee_lines": [],
    }


def note_shape(note: Note, shop: WooShop) -> Shape:
    return {
        "id": note.id,
        "author": note.author,
        **moments("date_created", note.at, shop.zone),
        "note": note.text,
        "customer_note": note.is_for_customer,
    }
