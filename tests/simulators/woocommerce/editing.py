"""What is done to orders of the simulated shop, by its people or through the API, with its dates, stock and notes.

`date_modified` moves with the status, a payment, a refund and the bin. It stays where lines or addresses are edited, as
recorded of WooCommerce 11.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from tests.simulators.woocommerce.answers import WHOLE, Shape, wrong_parameter
from tests.simulators.woocommerce.catalogue import Product, net_price
from tests.simulators.woocommerce.order import RATES, Coupon, Line, Note, Refund, WooOrder
from tests.simulators.woocommerce.shapes import order_shape

if TYPE_CHECKING:
    from tests.simulators.woocommerce import WooShop

STATUSES = (
    "auto-draft", "pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "checkout-draft",
)  # fmt: skip
TITLES = {"pending": "Pending payment", "on-hold": "On hold"}
FACTS = ("customer_id", "payment_method", "payment_method_title", "transaction_id", "customer_note", "currency")
#: From these a payment makes an order processing, or completed.
UNPAID = ("pending", "on-hold", "failed", "cancelled")
IN_BIN = "_wp_desired_post_slug"
HOLDS_STOCK = ("processing", "on-hold", "completed")


def create(shop: WooShop, stated: Shape) -> WooOrder:
    order = WooOrder(shop.next_id(), created_at=shop.now(), modified_at=shop.now())
    shop.orders[order.id] = order
    write_facts(order, stated)
    write_lines(shop, order, stated)
    write_meta(shop, order, stated)
    status = checked_status(stated, "pending")
    if status != "pending":
        set_status(shop, order, status)
    if stated.get("set_paid"):
        pay(shop, order)
    shop.tell("order.created", order_shape(order, shop))
    shop.tell("order.updated", order_shape(order, shop))
    return order


def update(shop: WooShop, order: WooOrder, stated: Shape) -> None:
    status = checked_status(stated, order.status)
    write_facts(order, stated)
    write_lines(shop, order, stated)
    write_meta(shop, order, stated)
    if status != order.status:
        set_status(shop, order, status)
    if stated.get("set_paid"):
        pay(shop, order)
    shop.tell("order.updated", order_shape(order, shop))


def checked_status(stated: Shape, default: str) -> str:
    status = str(stated.get("status", default))
    if status not in STATUSES and status != default:
        message = f"status is not one of {', '.join(STATUSES[:-1])}, and {STATUSES[-1]}."
        raise wrong_parameter("status", "rest_not_in_enum", message)
    return status


# --- what it says ---------------------------------------------------------------------------------------------------


def write_facts(order: WooOrder, stated: Shape) -> None:
    for name in FACTS:
        if name in stated:
            setattr(order, name, stated[name])
    order.billing.update(stated.get("billing", {}))
    order.shipping.update(stated.get("shipping", {}))


def write_meta(shop: WooShop, order: WooOrder, stated: Shape) -> None:
    for meta in stated.get("meta_data", []):
        known = next((one for one in order.meta if one["key"] == meta["key"]), None)
        if known:
            known["value"] = meta["value"]
        else:
            order.meta.append({"id": shop.next_meta_id(), "key": meta["key"], "value": meta["value"]})


def write_lines(shop: WooShop, order: WooOrder, stated: Shape) -> None:
    """A line with an id is changed, one whose quantity is 0 taken away, one without an id is added."""
    for one in stated.get("line_items", []):
        known = next((line for line in order.lines if line.id == one.get("id")), None)
        if known is None:
            order.lines.append(new_line(shop, one))
            if order.status in HOLDS_STOCK:
                reduce_stock(shop, order, [order.lines[-1]])
        else:
            edit_line(shop, order, known, one)
    for one in stated.get("shipping_lines", []):
        order.shipping_lines.append(extra_line(shop, one, one.get("method_title", "Shipping")))
    for one in stated.get("fee_lines", []):
        order.fees.append(extra_line(shop, one, one.get("name", "Fee")))
    for one in stated.get("coupon_lines", []):
        coupon = shop.coupons[one["code"].lower()]
        amount = Decimal(coupon["amount"])
        order.discount(Coupon(coupon["id"], shop.next_item_id(), coupon["code"], coupon["discount_type"], amount))


def new_line(shop: WooShop, stated: Shape) -> Line:
    product = shop.products.get(stated.get("variation_id") or stated.get("product_id") or 0)
    quantity = int(stated.get("quantity", 1))
    if product is None:
        amount = Decimal(str(stated.get("total", 0)))
        return Line(shop.next_item_id(), stated.get("name", ""), amount, amount, quantity=quantity)
    tax_class = (product.parent or product).tax_class
    net = (net_price(product, RATES[tax_class][1]) * quantity).quantize(WHOLE, ROUND_HALF_UP)
    subtotal = Decimal(str(stated.get("subtotal", net)))
    total = Decimal(str(stated.get("total", subtotal)))
    made = Line(shop.next_item_id(), product.title, subtotal, total, tax_class, product, product.id, quantity)
    if product.parent:
        made.meta = [line_meta(shop, one["name"].lower(), one["option"], one["name"]) for one in product.attributes]
    return made


def extra_line(shop: WooShop, stated: Shape, name: str) -> Line:
    amount = Decimal(str(stated.get("total", 0)))
    return Line(shop.next_item_id(), name, amount, amount, method_id=stated.get("method_id", ""))


def edit_line(shop: WooShop, order: WooOrder, line: Line, stated: Shape) -> None:
    before = line.quantity
    line.quantity = int(stated.get("quantity", before))
    for name in ("subtotal", "total"):
        if name in stated:
            setattr(line, name, Decimal(str(stated[name])))
        elif before:
            setattr(line, name, (getattr(line, name) * line.quantity / before).quantize(WHOLE, ROUND_HALF_UP))
    if line.product and order.status in HOLDS_STOCK:
        move_stock(shop, line.product, before - line.quantity)
    if line.quantity == 0:
        order.lines.remove(line)


def line_meta(shop: WooShop, key: str, value: str, title: str = "") -> Shape:
    return {
        "id": shop.next_meta_id(),
        "key": key,
        "value": value,
        "display_key": title or key,
        "display_value": value,
    }


# --- where it stands ------------------------------------------------------------------------------------------------


def set_status(shop: WooShop, order: WooOrder, status: str) -> None:
    before, order.status = order.status, status
    order.modified_at = shop.now()
    order.meta[:] = [one for one in order.meta if one["key"] != IN_BIN]
    holds, held = status in HOLDS_STOCK, before in HOLDS_STOCK
    if holds and not held:
        reduce_stock(shop, order, order.lines)
    elif held and status in ("cancelled", "pending"):
        restore_stock(shop, order)
    if status in ("processing", "completed") and not order.paid_at:
        order.paid_at = shop.now()
    order.completed_at = shop.now() if status == "completed" else order.completed_at
    if status == "completed" and before != "completed":
        shop.mails_of_completed.append((order.id, order.customer_note))
    if status == "refunded" and order.total() > order.refunded:
        rest = order.total() - order.refunded
        order.refunds.append(
            Refund(shop.next_id(), shop.now(), rest, "Order fully refunded.", "full", meta_id=shop.next_meta_id())
        )
    add_note(shop, order, f"Order status changed from {title_of(before)} to {title_of(status)}.")


def title_of(status: str) -> str:
    return TITLES.get(status, status.capitalize())


def pay(shop: WooShop, order: WooOrder) -> None:
    if not order.paid_at:
        order.paid_at = shop.now()
        order.modified_at = shop.now()
    if order.status in UNPAID:
        set_status(shop, order, "processing" if order.needs_processing else "completed")


def trash(shop: WooShop, order: WooOrder) -> None:
    """Into the bin: told as order.deleted and product.deleted, with the id alone."""
    kept = {
        "_wp_trash_meta_status": f"wc-{order.status}",
        "_wp_trash_meta_time": str(int(shop.now().timestamp())),
        IN_BIN: f"order-{order.id}",
        "_wp_trash_meta_comments_status": {str(note.id): "1" for note in order.notes},
    }
    order.meta += [{"id": shop.next_meta_id(), "key": key, "value": value} for key, value in kept.items()]
    order.status, order.modified_at = "trash", shop.now()
    for topic in ("product.deleted", "order.deleted"):
        shop.tell(topic, {"id": order.id})


def add_note(shop: WooShop, order: WooOrder, text: str, *, is_for_customer: bool = False) -> Note:
    note = Note(shop.next_note_id(), shop.now(), text, is_for_customer)
    order.notes.append(note)
    if is_for_customer:
        shop.mails.append((order.id, text))
    return note


# --- its stock ------------------------------------------------------------------------------------------------------


def move_stock(shop: WooShop, product: Product, by: int) -> None:
    if product.change_stock(by, shop.now()):
        shop.tell_of_product(product)


def reduce_stock(shop: WooShop, order: WooOrder, lines: list[Line]) -> None:
    for line in lines:
        is_reduced = any(one["key"] == "_reduced_stock" for one in line.meta)
        if line.product and line.product.stock_holder and not is_reduced:
            move_stock(shop, line.product, -line.quantity)
            line.meta.append(line_meta(shop, "_reduced_stock", str(line.quantity)))


def restore_stock(shop: WooShop, order: WooOrder) -> None:
    for line in order.lines:
        if line.product:
            move_stock(shop, line.product, line.quantity - line.restocked)
        line.meta[:] = [one for one in line.meta if one["key"] != "_reduced_stock"]
