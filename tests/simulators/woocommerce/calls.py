"""What can be asked of the simulated REST API: a function per address and method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.simulators.serving import Answer, Asked
from tests.simulators.woocommerce import editing, refunding
from tests.simulators.woocommerce.answers import ListQuery, Paged, Shape, moments, money, no_such, wrong_parameter
from tests.simulators.woocommerce.catalogue import Product, product_shape, variation_shape
from tests.simulators.woocommerce.order import WooOrder
from tests.simulators.woocommerce.shapes import note_shape, order_shape, refund_shape
from tests.simulators.woocommerce.webhooks import Webhook, ping_of, webhook_shape

if TYPE_CHECKING:
    from tests.simulators.woocommerce import WooShop

Handler = Callable[..., Answer]
ONE = {"Allow": "GET, POST, PUT, PATCH, DELETE"}
MANY = {"Allow": "GET, POST"}
NEED_PAYMENT = ("pending", "failed")
EDITING = ("PUT", "POST", "PATCH")
SORTED_BY = ("date", "id", "include", "title", "slug", "modified")


@dataclass
class Call:
    shop: WooShop
    asked: Asked

    @property
    def stated(self) -> Shape:
        return self.asked.json or {}

    @property
    def query(self) -> ListQuery:
        return ListQuery.of(self.asked.query, self.shop.zone)

    def paged(self, found: list[Any]) -> Paged:
        return Paged(found, self.query, self.shop.home + self.asked.path)

    def made(self, shape: Shape, place: str) -> Answer:
        return Answer(201, shape, {**MANY, "Location": f"{self.shop.home}/wp-json{place}"})

    def order(self, number: str) -> WooOrder:
        found = self.shop.orders.get(int(number))
        if found is None:
            raise no_such("shop_order")
        return found

    def product(self, number: str, kind: str = "product") -> Product:
        found = self.shop.products.get(int(number))
        if found is None:
            raise no_such(kind)
        return found


# --- lists of what changes ------------------------------------------------------------------------------------------


def chosen(call: Call, found: list[Any]) -> list[Any]:
    """Those of the moments and ids that are asked for, in the order that is asked for."""
    query = call.query
    wanted, unwanted = query.ids("include"), query.ids("exclude")
    limits = [
        ("created_at", "after", lambda moment, limit: moment > limit),
        ("created_at", "before", lambda moment, limit: moment < limit),
        ("modified_at", "modified_after", lambda moment, limit: moment > limit),
        ("modified_at", "modified_before", lambda moment, limit: moment < limit),
    ]
    for name, parameter, fits in limits:
        if limit := query.moment(parameter):
            found = [one for one in found if fits(getattr(one, name), limit)]
    found = [one for one in found if (not wanted or one.id in wanted) and one.id not in unwanted]
    return in_order(call, found)


def in_order(call: Call, found: list[Any]) -> list[Any]:
    """Of equal moments nothing is promised: a shop that `shuffles_ties` turns them round on every second page."""
    by = call.query.chosen("orderby", "date", SORTED_BY)
    is_downwards = call.query.chosen("order", "desc", ("asc", "desc")) == "desc"
    turns = call.shop.shuffles_ties and call.query.whole("page", 1, least=1, most=None) % 2 == 0
    moment_of: dict[str, Callable[[Any], datetime]] = {
        "date": lambda one: one.created_at,
        "modified": lambda one: one.modified_at,
    }
    ordered = sorted(found, key=lambda one: one.id, reverse=is_downwards != (turns and by in moment_of))
    return sorted(ordered, key=moment_of[by], reverse=is_downwards) if by in moment_of else ordered


# --- orders ---------------------------------------------------------------------------------------------------------


def list_orders(call: Call) -> Answer:
    statuses = call.query.values.get("status", ["any"])
    found = [
        one
        for one in call.shop.orders.values()
        if one.status in statuses or ("any" in statuses and one.status not in ("trash", "auto-draft"))
    ]
    if customer := call.query.text("customer"):
        found = [one for one in found if str(one.customer_id) == customer]
    return call.paged(chosen(call, found)).answer(lambda one: order_shape(one, call.shop))


def create_order(call: Call) -> Answer:
    order = editing.create(call.shop, call.stated)
    return call.made(order_shape(order, call.shop), f"/wc/v3/orders/{order.id}")


def show_order(call: Call, number: str) -> Answer:
    return Answer(200, order_shape(call.order(number), call.shop), ONE)


def change_order(call: Call, number: str) -> Answer:
    """`set_paid` does nothing, unless the order waits for its payment by the customer."""
    order, stated = call.order(number), dict(call.stated)
    if stated.get("status", order.status) not in NEED_PAYMENT:
        stated.pop("set_paid", None)
    editing.update(call.shop, order, stated)
    return Answer(200, order_shape(order, call.shop), ONE)


def delete_order(call: Call, number: str) -> Answer:
    order = call.order(number)
    before = order_shape(order, call.shop)
    if call.query.text("force") == "true":
        call.shop.delete_for_good(order)
    else:
        editing.trash(call.shop, order)
    return Answer(200, before, ONE)


def list_refunds(call: Call, number: str) -> Answer:
    return call.paged(call.order(number).refunds[::-1]).answer(lambda one: refund_shape(one, call.shop))


def create_refund(call: Call, number: str) -> Answer:
    made = refunding.refund(call.shop, call.order(number), call.stated)
    return call.made(refund_shape(made, call.shop), rf"/wc/v3/orders/(?P<order_id>[\d]+)/refunds/{made.id}")


def list_notes(call: Call, number: str) -> Answer:
    kind = call.query.text("type", "any")
    notes = [
        one
        for one in reversed(call.order(number).notes)
        if kind == "any" or one.is_for_customer == (kind == "customer")
    ]
    return Answer(200, [note_shape(one, call.shop) for one in notes], MANY)


def create_note(call: Call, number: str) -> Answer:
    stated = call.stated
    is_for_customer = bool(stated.get("customer_note"))
    note = editing.add_note(call.shop, call.order(number), stated["note"], is_for_customer=is_for_customer)
    return call.made(note_shape(note, call.shop), f"/wc/v3/orders/{number}/notes/{note.id}")


def change_no_orders(call: Call) -> Answer:
    """A batch of nothing, by which a key is tried."""
    assert not call.stated
    return Answer(200, {}, {"Allow": "POST, PUT, PATCH"})


# --- shipment tracking, where the shop has the plug-in ---------------------------------------------------------------


def list_trackings(call: Call, number: str) -> Answer:
    return Answer(200, call.order(number).trackings, MANY)


def create_tracking(call: Call, number: str) -> Answer:
    order, stated = call.order(number), call.stated
    shape = {
        "tracking_id": f"{call.shop.next_meta_id():032x}",
        "tracking_provider": stated.get("tracking_provider") or stated.get("custom_tracking_provider", ""),
        "tracking_link": stated.get("custom_tracking_link", ""),
        "tracking_number": stated["tracking_number"],
        "date_shipped": stated.get("date_shipped") or call.shop.now().date().isoformat(),
    }
    order.trackings.append(shape)
    note_trackings(call, order)
    return Answer(201, shape, MANY)


def delete_tracking(call: Call, number: str, tracking: str) -> Answer:
    order = call.order(number)
    gone = next((one for one in order.trackings if one["tracking_id"] == tracking), None)
    if gone is None:
        raise no_such("order_shipment_tracking")
    order.trackings.remove(gone)
    note_trackings(call, order)
    return Answer(200, gone, MANY)


def note_trackings(call: Call, order: WooOrder) -> None:
    """The plug-ins keep them in the order's meta data, which moves its date where that is saved with the order."""
    kept = [{**one, "date_shipped": str(int(call.shop.now().timestamp()))} for one in order.trackings]
    editing.update(call.shop, order, {"meta_data": [{"key": "_wc_shipment_tracking_items", "value": kept}]})
    call.shop.touch(order)


def list_providers(call: Call) -> Answer:
    return Answer(
        200, {"Netherlands": {"PostNL": "https://postnl.example/%1$s"}, "Germany": {"DHL": "https://dhl.example/%1$s"}}
    )


# --- fulfilments, where they are switched on -------------------------------------------------------------------------


def list_fulfilments(call: Call, number: str) -> Answer:
    return Answer(200, {"fulfillments": call.order(number).fulfilments}, MANY)


def create_fulfilment(call: Call, number: str) -> Answer:
    order = call.order(number)
    shape = {"id": call.shop.next_meta_id(), **stated_fulfilment(call, order, others=order.fulfilments)}
    order.fulfilments.append(shape)
    return Answer(201, shape, MANY)


def change_fulfilment(call: Call, number: str, fulfilment: str) -> Answer:
    """What is left out is gone."""
    order = call.order(number)
    kept = next((one for one in order.fulfilments if one["id"] == int(fulfilment)), None)
    if kept is None:
        raise no_such("order_fulfillment")
    stated = stated_fulfilment(call, order, others=[one for one in order.fulfilments if one is not kept])
    kept.clear()
    kept.update({"id": int(fulfilment), **stated})
    return Answer(200, kept, ONE)


def stated_fulfilment(call: Call, order: WooOrder, *, others: list[Shape]) -> Shape:
    """No more of a line than was ordered can be in all of them; a mail goes where it is asked for."""
    stated = dict(call.stated)
    for item in items_of(stated):
        ordered = next((line.quantity for line in order.lines if line.id == item["item_id"]), 0)
        gone = sum(one["qty"] for other in others for one in items_of(other) if one["item_id"] == item["item_id"])
        if gone + item["qty"] > ordered:
            raise wrong_parameter("meta_data", "invalid_items", "Invalid quantity of an item.")
    if stated.pop("notify_customer", False):
        call.shop.mails.append((order.id, f"Fulfilled: {len(items_of(stated))}"))
    return stated


def items_of(fulfilment: Shape) -> list[Shape]:
    return next((one["value"] for one in fulfilment["meta_data"] if one["key"] == "_items"), [])


# --- products -------------------------------------------------------------------------------------------------------


def list_products(call: Call) -> Answer:
    found = [one for one in call.shop.products.values() if not one.parent and not one.is_in_bin]
    if sku := call.query.text("sku"):
        found = [one for one in call.shop.products.values() if one.sku == sku]
    return call.paged(chosen(call, found)).answer(lambda one: product_shape(one, call.shop))


def create_product(call: Call) -> Answer:
    product = call.shop.add_product(**call.stated)
    return call.made(product_shape(product, call.shop), f"/wc/v3/products/{product.id}")


def show_product(call: Call, number: str) -> Answer:
    return Answer(200, product_shape(call.product(number), call.shop), ONE)


def change_product(call: Call, number: str) -> Answer:
    product = call.product(number)
    product.write(call.stated, call.shop.now())
    call.shop.tell_of_product(product)
    return Answer(200, product_shape(product, call.shop), ONE)


def list_variations(call: Call, number: str) -> Answer:
    return call.paged(chosen(call, call.product(number).variations)).answer(lambda one: variation_shape(one, call.shop))


def create_variation(call: Call, number: str) -> Answer:
    made = call.shop.add_product(parent=call.product(number), **call.stated)
    place = rf"/wc/v3/products/(?P<product_id>[\d]+)/variations/{made.id}"
    return call.made(variation_shape(made, call.shop), place)


def show_variation(call: Call, number: str, variation: str) -> Answer:
    return Answer(200, variation_shape(call.product(variation, "product_variation"), call.shop), ONE)


def change_variation(call: Call, number: str, variation: str) -> Answer:
    product = call.product(variation, "product_variation")
    product.write(call.stated, call.shop.now())
    call.shop.tell_of_product(product)
    return Answer(200, variation_shape(product, call.shop), ONE)


def change_many(call: Call, number: str = "") -> Answer:
    """Up to 100 at once; what is unknown is said in its place."""
    kind, shape_of = ("product_variation", variation_shape) if number else ("product", product_shape)
    shapes: list[Shape] = []
    for stated in call.stated.get("update", []):
        product = call.shop.products.get(stated["id"])
        if product is None:
            error = {"code": f"woocommerce_rest_{kind}_invalid_id", "message": "Invalid ID.", "data": {"status": 400}}
            shapes.append({"id": stated["id"], "error": error})
            continue
        product.write(stated, call.shop.now())
        call.shop.tell_of_product(product)
        shapes.append(shape_of(product, call.shop))
    return Answer(200, {"update": shapes}, {"Allow": "POST, PUT, PATCH"})


# --- webhooks, coupons ----------------------------------------------------------------------------------------------


def list_webhooks(call: Call) -> Answer:
    found = sorted(call.shop.webhooks.values(), key=lambda one: -one.id)
    return call.paged(found).answer(lambda one: webhook_shape(one, call.shop))


def create_webhook(call: Call) -> Answer:
    stated, shop = call.stated, call.shop
    made = Webhook(
        shop.next_webhook_id(),
        stated["topic"],
        stated["delivery_url"],
        stated.get("secret", ""),
        shop.now(),
        stated.get("name", ""),
    )
    answer = call.made(webhook_shape(made, shop), f"/wc/v3/webhooks/{made.id}")
    shop.webhooks[made.id] = made
    made.modified_at = shop.now()
    shop.to_deliver.append(ping_of(made))
    return answer


def webhook_of(call: Call, number: str) -> Webhook:
    found = call.shop.webhooks.get(int(number))
    if found is None:
        raise no_such("shop_webhook")
    return found


def show_webhook(call: Call, number: str) -> Answer:
    return Answer(200, webhook_shape(webhook_of(call, number), call.shop), ONE)


def change_webhook(call: Call, number: str) -> Answer:
    """Switching on again keeps the count of failures: one more switches it off again."""
    webhook = webhook_of(call, number)
    for name in ("status", "delivery_url", "secret", "name"):
        setattr(webhook, name, call.stated.get(name, getattr(webhook, name)))
    webhook.modified_at = call.shop.now()
    return Answer(200, webhook_shape(webhook, call.shop), ONE)


def delete_webhook(call: Call, number: str) -> Answer:
    webhook = webhook_of(call, number)
    del call.shop.webhooks[webhook.id]
    return Answer(200, webhook_shape(webhook, call.shop), ONE)


def create_coupon(call: Call) -> Answer:
    shop, stated = call.shop, call.stated
    coupon = {
        "id": shop.next_id(),
        "code": stated["code"].lower(),
        "amount": money(Decimal(stated["amount"]), shop.decimals),
        "discount_type": stated.get("discount_type", "fixed_cart"),
        **moments("date_created", shop.now(), shop.zone),
    }
    shop.coupons[coupon["code"]] = coupon
    return call.made(coupon, f"/wc/v3/coupons/{coupon['id']}")
