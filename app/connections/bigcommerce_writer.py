"""Telling a BigCommerce shop: shipments with their codes (V2), states (V2), refunds (V3).

It mails by its own settings, with a shipment and with a state, and can't be asked not to. A shipment moves the state to
“Shipped” or “Partially Shipped” by itself. Messages to customers can't be written by its API.
Source: github.com/bigcommerce/docs, docs/store-operations/orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from flask_babel import lazy_gettext as _l

from app.connections.bigcommerce import BigCommerce
from app.connections.bigcommerce_answers import told_objects
from app.connections.failures import ShopFailure
from app.connections.stated_facts import ShopFacts, amount_of, stated_text
from app.connections.writer import CalledOff, News, ParcelNews, RefundNews, Writer, WriteResult
from app.intake_readers.bigcommerce import (
    AWAITING_FULFILMENT,
    AWAITING_PICKUP,
    CANCELLED,
    COMPLETED,
    DECLINED,
    PAID,
    PAID_STATUSES,
    PARTLY_SHIPPED,
    REFUNDED,
    SHIPPED,
)
from app.models import ShopWriteKind, Trouble

#: Carriers that it knows, by their names in small letters; another one is only named.
TRACKING_CARRIERS = {
    "an post": "an-post", "australia post": "australia-post", "bpost": "bpost", "bring": "bring",
    "canada post": "canada-post", "colissimo": "colissimo", "dhl express": "dhl", "dpd": "dpd", "fedex": "fedex",
    "gls": "gls", "hermes": "hermes-de", "mondial relay": "mondialrelay", "omniva": "omniva", "postnl": "postnl",
    "royal mail": "royal-mail", "ups": "ups", "usps": "usps",
}  # fmt: skip

#: What stands where a product goes to no address.
NO_ADDRESS = ("", "0")

#: Money that only moves from one pocket of the customer's account to another.
STORE_CREDIT = "storecredit"


class BigCommerceWriter(Writer):
    platform: BigCommerce
    kinds = (ShopWriteKind.SENT, ShopWriteKind.PAID, ShopWriteKind.CANCELLED, ShopWriteKind.REFUNDED)
    hints = {
        "tell_sent": _l("As a shipment of what is in the parcel, with code and carrier; the order is “Shipped” there "
                        "with the last one."),
        "tell_paid": _l("As “Awaiting Fulfillment”; of what is shipped already, as “Completed”."),
        "tell_refunded": _l("As a refund of that amount for the whole order, marked as offline. It moves no money, "
                            "unless you tick that the shop pays it back."),
        "mailer": _l("About what the shop is told. With Toonbank, switch off the customer notifications of these order "
                     "statuses in BigCommerce > Settings > Order notifications: it mails them by itself, and can’t be "
                     "asked not to. With the shop, nothing of this is mailed from here."),
    }  # fmt: skip

    # --- sent ---

    def tell_sent(self, news: News) -> WriteResult:
        order = self.order(news, refusing=(CANCELLED, DECLINED, REFUNDED))
        told = self.tell_parcel(news, news.parcel) if news.parcel else WriteResult(was_known=True)
        is_completed = news.completes and self.finish(news, order)
        return WriteResult(told.external_id, was_known=told.was_known and not is_completed)

    def tell_parcel(self, news: News, parcel: ParcelNews) -> WriteResult:
        """A shipment for each address that its goods go to, mostly one. What is fetched goes to none."""
        route = f"/v2/orders/{news.external_id}/shipments"
        kept = self.platform.parts(route)
        if any(stated_text(one, "id") == parcel.replaced_id for one in kept):
            self.platform.ask("PUT", f"{route}/{parcel.replaced_id}", body=tracking_of(parcel))
            return WriteResult(parcel.replaced_id)
        results = []
        goods = self.goods_by_address(news, parcel)
        if not goods:
            raise ShopFailure(Trouble.REFUSED, ", ".join(parcel.goods))
        for address_id, items in goods.items():
            if address_id in NO_ADDRESS:
                results.append(WriteResult(was_known=True))
                continue
            found = next((one for one in kept if is_this(one, parcel, address_id, items, news.known_ids)), None)
            if found is None:
                body = {"order_address_id": int(address_id), "items": items, **tracking_of(parcel)}
                made = told_objects(self.platform.ask("POST", route, body=body))[0]
                results.append(WriteResult(stated_text(made, "id")))
            else:
                results.append(WriteResult(stated_text(found, "id"), was_known=True))
        return WriteResult(results[0].external_id, was_known=all(one.was_known for one in results))

    def id_by_code(self, news: News, code: str) -> str:
        kept = self.platform.parts(f"/v2/orders/{news.external_id}/shipments")
        return next((stated_text(one, "id") for one in kept if stated_text(one, "tracking_number") == code), "")

    def goods_by_address(self, news: News, parcel: ParcelNews) -> dict[str, list[ShopFacts]]:
        """What is in it as whole pieces, by the id of the address that the order's products go to."""
        found: dict[str, list[ShopFacts]] = {}
        for product in self.platform.parts(f"/v2/orders/{news.external_id}/products"):
            many = parcel.lines.get(stated_text(product, "id"), Decimal(0))
            if many != int(many):
                raise ShopFailure(Trouble.REFUSED, f"{many:f} × {stated_text(product, 'name')}")
            if many > 0:
                item: ShopFacts = {"order_product_id": product["id"], "quantity": int(many)}
                found.setdefault(stated_text(product, "order_address_id"), []).append(item)
        return found

    def finish(self, news: News, before: ShopFacts) -> bool:
        """All is paid and gone; False when it says so. What nobody shipped there is completed: it was handed over."""
        order = self.find_order(news)
        if status_in(order) in (SHIPPED, COMPLETED):
            return status_in(order) != status_in(before)
        self.set_status(news, order, SHIPPED if news.parcel and status_in(order) != AWAITING_PICKUP else COMPLETED)
        return True

    # --- paid, cancelled ---

    def tell_paid(self, news: News) -> WriteResult:
        """It has no word for it but the state. One that says that a part went can't say as well that all is paid."""
        order = self.order(news, refusing=(CANCELLED, DECLINED, REFUNDED))
        status = status_in(order)
        if stated_text(order, "payment_status").lower() in PAID or status in PAID_STATUSES:
            return WriteResult(was_known=True)
        if status == PARTLY_SHIPPED:
            raise ShopFailure(Trouble.OVER_THERE, stated_text(order, "status"))
        self.set_status(news, order, COMPLETED if status == SHIPPED else AWAITING_FULFILMENT)
        return WriteResult()

    def tell_cancelled(self, news: News) -> WriteResult:
        order = self.order(news, refusing=(SHIPPED, PARTLY_SHIPPED, COMPLETED, REFUNDED))
        if status_in(order) in (CANCELLED, DECLINED):
            return WriteResult(was_known=True)
        self.set_status(news, order, CANCELLED)
        return WriteResult()

    def set_status(self, news: News, order: ShopFacts, status: int) -> None:
        """One that answers well and leaves the order as it was has refused."""
        answer = self.platform.ask("PUT", f"/v2/orders/{news.external_id}", body={"status_id": status})
        if status_in(told_objects(answer)[0]) != status:
            raise ShopFailure(Trouble.OVER_THERE, stated_text(order, "status"))

    # --- refunded ---

    def tell_refunded(self, news: News) -> WriteResult:
        """One of this amount that nobody here knows is this one: its answer was lost, or people entered it there."""
        assert news.refund
        self.order(news, refusing=())
        route, refund = f"/v3/orders/{news.external_id}/payment_actions", news.refund
        for one in told_objects(self.platform.ask("GET", f"{route}/refunds")):
            id = stated_text(one, "id")
            if id not in news.known_ids and amount_of(one, "total_amount") == refund.amount:
                return WriteResult(id, was_known=True)
        item = {"item_type": "ORDER", "item_id": int(news.external_id), "amount": float(refund.amount)}
        quoted = told_objects(self.platform.ask("POST", f"{route}/refund_quotes", body={"items": [item]}))[0]
        stated = {"items": [{**item, "reason": refund.reason}], "payments": ways_back(quoted, refund)}
        return WriteResult(
            stated_text(told_objects(self.platform.ask("POST", f"{route}/refunds", body=stated))[0], "id")
        )

    # --- asking ---

    def order(self, news: News, *, refusing: Sequence[int]) -> ShopFacts:
        """The order as it is there. In one of these states, or archived, it is refused: what people did there is not
        undone.
        """
        order = self.find_order(news)
        if status_in(order) in refusing or order.get("is_deleted") is True:
            raise CalledOff(stated_text(order, "status"))
        return order

    def find_order(self, news: News) -> ShopFacts:
        """As it is, whatever state it is in."""
        if not news.external_id.isdecimal():
            raise ShopFailure(Trouble.NOT_THERE, news.external_id)
        order = told_objects(self.platform.ask("GET", f"/v2/orders/{news.external_id}"))[0]
        if news.number and news.number.lstrip("#") != stated_text(order, "id"):
            raise ShopFailure(Trouble.OTHER_ORDER, stated_text(order, "id"))
        return order


# --- what it says ---------------------------------------------------------------------------------------------------


def tracking_of(parcel: ParcelNews) -> ShopFacts:
    """With our link where we know one; else it makes one where it knows the carrier."""
    stated: ShopFacts = {"tracking_number": parcel.code, "shipping_provider": ""}
    stated["tracking_carrier"] = TRACKING_CARRIERS.get(parcel.carrier.strip().casefold(), "")
    if parcel.carrier:
        stated["shipping_method"] = parcel.carrier[:100]
    return {**stated, "tracking_link": parcel.url} if parcel.url else stated


def is_this(
    shipment: ShopFacts,
    parcel: ParcelNews,
    address_id: str,
    items: Sequence[ShopFacts],
    known_ids: frozenset[str],
) -> bool:
    """Whether it is this parcel, told before: by its code, else by what is in it."""
    if stated_text(shipment, "id") in known_ids or stated_text(shipment, "order_address_id") != address_id:
        return False
    if parcel.code:
        return stated_text(shipment, "tracking_number") == parcel.code
    given = shipment.get("items")
    held = (
        {stated_text(one, "order_product_id"): one.get("quantity") for one in given} if isinstance(given, list) else {}
    )
    return held == {str(one["order_product_id"]): one["quantity"] for one in items}


def status_in(order: ShopFacts) -> int:
    status = order.get("status_id")
    return status if isinstance(status, int) else -1


def ways_back(quoted: ShopFacts, refund: RefundNews) -> list[ShopFacts]:
    """By which payment: the first way that is no store credit; to move money, one that its provider does itself."""
    offered = quoted.get("refund_methods")
    for way in offered if isinstance(offered, list) else []:
        parts = [one for one in way if isinstance(one, dict)] if isinstance(way, list) else []
        if not parts or any(one.get("provider_id") == STORE_CREDIT for one in parts):
            continue
        if refund.moves_money and any(one.get("offline") or one.get("offline_provider") for one in parts):
            continue
        is_recorded = not refund.moves_money
        return [{"provider_id": one["provider_id"], "amount": one["amount"], "offline": is_recorded} for one in parts]
    raise ShopFailure(Trouble.REFUSED, "refund_methods")
