"""Telling a Shopify shop: what was sent as fulfilments, that it is paid or cancelled, and what was refunded.

What it refuses comes as `userErrors`, in its own words. It mails its customers only where it is asked to.
Source: https://shopify.dev/docs/api/admin-graphql
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from flask_babel import lazy_gettext as _l

from app.amounts.money import ZERO
from app.connections.failures import ShopFailure
from app.connections.shopify import Shopify, global_id
from app.connections.shopify_answers import object_in, objects_in, told_in
from app.connections.shopify_fulfilments import (
    Quantities,
    are_equal,
    code_of,
    fulfilment_orders,
    is_standing,
    share_out,
    subtract,
    tail,
    tracking,
    whole_quantities,
)
from app.connections.shopify_mutations import (
    ADD_FULFILMENT,
    CANCEL,
    CANCELLATION,
    CHANGE_TRACKING,
    MARK_AS_PAID,
    ORDER_PARCELS,
    ORDER_REFUNDS,
    ORDER_STATE,
    REFUND,
)
from app.connections.writer import CalledOff, News, ParcelNews, RefundNews, Writer, WriteResult
from app.models import ShopWriteKind, Trouble

#: An object as the API tells it.
Told = Mapping[str, object]

PAID_STATES = ("PAID", "PARTIALLY_REFUNDED", "REFUNDED")
#: In these nothing is waited for any more, and nothing came.
UNPAYABLE = ("VOIDED", "EXPIRED")


class ShopifyWriter(Writer):
    platform: Shopify
    #: A note of an order is the customer's own there, and its timeline can't be written to.
    kinds = (ShopWriteKind.SENT, ShopWriteKind.PAID, ShopWriteKind.CANCELLED, ShopWriteKind.REFUNDED)
    hints = {
        "tell_sent": _l(
            "With code and carrier, as a fulfilment of what is open there, also in part. The app needs the scope "
            "write_merchant_managed_fulfillment_orders."
        ),
        "tell_paid": _l(
            "Once nothing is open any more, such as after a bank transfer: all that is open there is marked as paid. "
            "The app needs the scope write_orders, as for what follows."
        ),
        "tell_cancelled": _l("Its goods are in stock again there, and no money moves. Shopify can’t take that back."),
        "tell_refunded": _l(
            "As a refund of that amount, of what was paid there by a manual payment method. What a payment provider "
            "took can’t be recorded without being paid back: tick that the shop pays it back, or do it there."
        ),
        "mailer": _l(
            "About what the shop is told. Shopify mails what is sent, cancelled and refunded if it is asked to. That "
            "an order is paid is always mailed from here."
        ),
    }
    #: Seconds between two looks at whether a cancellation has come to its end.
    pauses: Sequence[float] = (0.5, 1, 2, 4, 8)

    # --- sent ---

    def tell_sent(self, news: News) -> WriteResult:
        order = self.order(news, ORDER_PARCELS)
        refuse_cancelled(order)
        if news.parcel is None:  # all of it was told before: the order is complete there by itself
            return WriteResult(was_known=True)
        fulfilments = [one for one in objects_in(order, "fulfillments") if is_standing(one)]
        replaced = next((one for one in fulfilments if own_id(one) == news.parcel.replaced_id), None)
        if replaced is not None:
            return self.change_codes(replaced, fulfilments, news, news.parcel)
        unknown = [one for one in fulfilments if own_id(one) not in news.known_ids]
        return self.tell_parcel(order, unknown, news, news.parcel)

    def id_by_code(self, news: News, code: str) -> str:
        held = [one for one in objects_in(self.order(news, ORDER_PARCELS), "fulfillments") if is_standing(one)]
        return next((own_id(one) for one in held if code_of(one) == code), "")

    def tell_parcel(self, order: Told, fulfilments: Sequence[Told], news: News, parcel: ParcelNews) -> WriteResult:
        """What is there with this code, or of these goods without any, is this parcel; the rest is made."""
        wanted = whole_quantities(parcel)
        held = [one for one in fulfilments if parcel.code and code_of(one) == parcel.code]
        rest = subtract(wanted, held)
        if held and not rest:
            return WriteResult(own_id(held[0]), was_known=True)
        bare = next((one for one in fulfilments if not code_of(one) and are_equal(one, wanted)), None)
        if not held and bare is not None and wanted:
            return self.change_codes(bare, [], news, parcel)
        ids = [own_id(one) for one in held]
        for place in self.places_for(order, rest, news):  # one parcel is one mail
            ids.append(self.add_fulfilment(place, parcel, notifies=news.mails_customer and not ids))
        return WriteResult(ids[0])

    def places_for(self, order: Told, wanted: Quantities, news: News) -> list[dict[str, object]]:
        """What is sent of each fulfilment order; Shopify takes those of several places one by one."""
        places = fulfilment_orders(order)
        if not wanted and not news.completes:
            raise ShopFailure(Trouble.BY_HAND, news.number)
        if not wanted:  # its lines are not known here, such as of an order that came in a file
            found: list[dict[str, object]] = [{"fulfillmentOrderId": one["id"]} for one in places]
        else:
            found = share_out(wanted, places)
        if not found:
            states = {str(one.get("status")) for one in objects_in(object_in(order, "fulfillmentOrders"), "nodes")}
            raise ShopFailure(Trouble.OVER_THERE, ", ".join(sorted(states)))
        return found

    def add_fulfilment(self, place: Told, parcel: ParcelNews, *, notifies: bool) -> str:
        stated: dict[str, object] = {"lineItemsByFulfillmentOrder": [place], "notifyCustomer": notifies}
        if parcel.code:
            stated["trackingInfo"] = tracking(parcel)
        made = object_in(self.write("fulfillmentCreate", ADD_FULFILMENT, fulfillment=stated), "fulfillment")
        return own_id(made)

    def change_codes(self, one: Told, others: Sequence[Told], news: News, parcel: ParcelNews) -> WriteResult:
        """A parcel that went from several places there has its code on each of them."""
        before = code_of(one)
        same = [one, *(other for other in others if other is not one and before and code_of(other) == before)]
        if before == parcel.code:
            return WriteResult(own_id(one), was_known=True)
        stated = {"tracking": tracking(parcel), "notify": news.mails_customer}
        for fulfilment in same:
            self.write("fulfillmentTrackingInfoUpdate", CHANGE_TRACKING, id=fulfilment["id"], **stated)
        return WriteResult(own_id(one))

    # --- paid, cancelled ---

    def tell_paid(self, news: News) -> WriteResult:
        order = self.order(news, ORDER_STATE)
        refuse_cancelled(order)
        status = order.get("displayFinancialStatus")
        if order.get("capturable") and status not in PAID_STATES:  # to mark it as paid would draw what is authorised
            raise ShopFailure(Trouble.BY_HAND, str(status))
        if is_paid_there(order):
            return WriteResult(was_known=True)
        if status in UNPAYABLE:
            raise ShopFailure(Trouble.OVER_THERE, str(status))
        changed = object_in(self.write("orderMarkAsPaid", MARK_AS_PAID, input={"id": order["id"]}), "order")
        if not is_paid_there(changed):
            raise ShopFailure(Trouble.OVER_THERE, str(changed.get("displayFinancialStatus")))
        return WriteResult()

    def tell_cancelled(self, news: News) -> WriteResult:
        order = self.order(news, ORDER_STATE)
        if order.get("cancelledAt"):
            return WriteResult(was_known=True)
        begun = self.write("orderCancel", CANCEL, id=order["id"], notify=news.mails_customer)
        self.await_cancellation(order["id"], object_in(begun, "job").get("id"))
        return WriteResult()

    def await_cancellation(self, order_id: object, job_id: object) -> None:
        """It is done behind the scenes there. One that takes long is looked at again later."""
        for pause in self.pauses:
            time.sleep(pause)
            told = object_in(told_in(self.platform.ask(CANCELLATION, id=order_id, job=job_id)), "data")
            if object_in(told, "order").get("cancelledAt"):
                return
            if object_in(told, "job").get("done"):
                raise ShopFailure(Trouble.REFUSED, "orderCancel")
        raise ShopFailure(Trouble.TOO_BUSY, "orderCancel", retry_after=60)

    # --- refunded ---

    def tell_refunded(self, news: News) -> WriteResult:
        """One of this amount that nobody here knows is this one: its answer was lost, or people entered it there."""
        assert news.refund
        order, refund = self.order(news, ORDER_REFUNDS), news.refund
        for one in objects_in(order, "refunds"):
            if own_id(one) not in news.known_ids and amount_in(one, "totalRefundedSet") == refund.amount:
                return WriteResult(own_id(one), was_known=True)
        if order.get("currencyCode") != order.get("presentmentCurrencyCode"):  # it wants the customer's currency
            raise ShopFailure(Trouble.BY_HAND, str(order.get("presentmentCurrencyCode")))
        stated = {
            "orderId": order["id"],
            "note": refund.reason,
            "notify": news.mails_customer,
            "transactions": paid_back(order, refund),
        }
        key = str(uuid5(NAMESPACE_URL, news.key + json.dumps(stated, sort_keys=True)))
        made = object_in(self.write("refundCreate", REFUND, input=stated, key=key), "refund")
        return WriteResult(own_id(made))

    # --- asking ---

    def order(self, news: News, question: str) -> Told:
        """The order as it is there. One that came in a file may be known by a number that is another one's id."""
        if not news.external_id.isdecimal():
            raise ShopFailure(Trouble.NOT_THERE, news.external_id)
        answer = self.platform.ask(question, id=global_id(news.external_id))
        order = object_in(object_in(told_in(answer), "data"), "order")
        if not order:
            raise ShopFailure(Trouble.NOT_THERE, news.external_id)
        name = str(order.get("name") or "")
        if name and news.number and name.lstrip("#") != news.number.lstrip("#"):
            raise ShopFailure(Trouble.OTHER_ORDER, name)
        return order

    def write(self, name: str, mutation: str, **variables: object) -> Told:
        """What it answers; a refusal in its own words."""
        answer = object_in(object_in(told_in(self.platform.ask(mutation, **variables)), "data"), name)
        errors = objects_in(answer, "userErrors") + objects_in(answer, "orderCancelUserErrors")
        if errors or not answer:
            raise ShopFailure(Trouble.REFUSED, " ".join(str(one.get("message", "")) for one in errors))
        return answer


def refuse_cancelled(order: Told) -> None:
    """What people cancelled there is not undone."""
    if order.get("cancelledAt"):
        raise CalledOff("CANCELLED")


def is_paid_there(order: Told) -> bool:
    return order.get("displayFinancialStatus") in PAID_STATES or amount_in(order, "totalOutstandingSet") <= 0


def own_id(told: Told) -> str:
    """As its reader names it."""
    return str(told.get("legacyResourceId") or tail(told.get("id")))


def amount_in(told: Told, name: str) -> Decimal:
    """In the shop's currency."""
    return Decimal(str(object_in(object_in(told, name), "shopMoney").get("amount") or "0"))


def paid_back(order: Told, refund: RefundNews) -> list[dict[str, object]]:
    """Of which payments there it goes back. Only one of a manual method is recorded without moving money, and only
    one of a provider moves any.
    """
    told = objects_in(order, "transactions")
    sales = [one for one in told if one.get("kind") in ("SALE", "CAPTURE") and one.get("status") == "SUCCESS"]
    fitting = [one for one in sales if bool(one.get("manualPaymentGateway")) is not refund.moves_money]
    rest, parts = refund.amount, []
    for sale in fitting:
        part = min(rest, left_of(sale, told))
        if part > 0:
            stated = {"orderId": order["id"], "parentId": sale["id"], "gateway": sale.get("gateway"), "kind": "REFUND"}
            parts.append({**stated, "amount": f"{part:f}"})
            rest -= part
    if rest > 0:
        raise ShopFailure(Trouble.BY_HAND, ", ".join(sorted({str(one.get("gateway")) for one in sales})))
    return parts


def left_of(sale: Told, transactions: Sequence[Told]) -> Decimal:
    of_it = [one for one in transactions if object_in(one, "parentTransaction").get("id") == sale["id"]]
    back = [amount_in(one, "amountSet") for one in of_it if one["kind"] == "REFUND" and one["status"] == "SUCCESS"]
    return amount_in(sale, "amountSet") - sum(back, ZERO)
