"""Telling an Ecwid shop: states of an order, and its one tracking number.

Which states are mailed is the shop's own setting; an order says whether its customer is mailed at all, so each change
says it. A change is answered with how many orders it found, so what came of it is read anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.connections.ecwid import Ecwid, object_told
from app.connections.failures import ShopFailure
from app.connections.writer import CalledOff, News, Writer, WriteResult, with_note
from app.models import ShopWriteKind, Trouble

#: States of an order's goods in which it left the house, and in which it never will.
GONE = ("SHIPPED", "OUT_FOR_DELIVERY", "DELIVERED")
STAYS = ("WILL_NOT_DELIVER", "RETURNED")
#: States of its money in which all came in, whatever went back since.
ALL_PAID = ("PAID", "PARTIALLY_REFUNDED", "REFUNDED")


class EcwidWriter(Writer):
    platform: Ecwid
    kinds = (ShopWriteKind.SENT, ShopWriteKind.PAID, ShopWriteKind.CANCELLED, ShopWriteKind.NOTE)
    can_pay_back = False
    hints = {
        "tell_sent": _l(
            "Once all of it is sent: the order is set shipped there, with the code. Ecwid can’t be told of a part, and "
            "keeps one code of an order."
        ),
        "tell_cancelled": _l(
            "What was not paid is set cancelled, what was paid is set not to be delivered. An order that went there is "
            "left as it is, and you are told."
        ),
        "tell_notes": _l(
            "What you write to the customer, in the private notes of the order. It is mailed from here, always."
        ),
        "mailer": _l(
            "About what the shop is told. With Toonbank, Ecwid mails the customer of such an order nothing any more; "
            "with the shop, what its settings say, and nothing of this is mailed from here."
        ),
    }

    # --- sent ---

    def tell_sent(self, news: News) -> WriteResult:
        order = self.order(news)
        if str(order.get("paymentStatus")) in ("CANCELLED", "REFUNDED") or order.get("fulfillmentStatus") in STAYS:
            raise CalledOff(states_of(order))
        if not news.is_all_sent:
            raise ShopFailure(Trouble.REFUSED, _("Ecwid can’t be told that a part was sent."))
        stated: dict[str, object] = {}
        if order.get("fulfillmentStatus") not in GONE:
            stated["fulfillmentStatus"] = "DELIVERED" if is_picked_up(order) else "SHIPPED"
        code, parcel = str(order.get("trackingNumber") or ""), news.parcel
        if parcel and parcel.code and parcel.code != code:
            if code and not parcel.replaced_id:
                raise ShopFailure(Trouble.OVER_THERE, code)
            stated["trackingNumber"] = parcel.code
        return self.tell_states(order, stated, news)

    def id_by_code(self, news: News, code: str) -> str:
        """An order has one code, and no id for it."""
        return news.external_id if str(self.order(news).get("trackingNumber") or "") == code else ""

    # --- paid, cancelled ---

    def tell_paid(self, news: News) -> WriteResult:
        order = self.order(news)
        if order.get("paymentStatus") == "CANCELLED":
            raise ShopFailure(Trouble.OVER_THERE, states_of(order))
        is_paid = order.get("paymentStatus") in ALL_PAID
        return self.tell_states(order, {} if is_paid else {"paymentStatus": "PAID"}, news)

    def tell_cancelled(self, news: News) -> WriteResult:
        order = self.order(news)
        if order.get("paymentStatus") == "CANCELLED" or order.get("fulfillmentStatus") == "WILL_NOT_DELIVER":
            return WriteResult(was_known=True)
        if order.get("fulfillmentStatus") in (*GONE, "RETURNED"):
            raise ShopFailure(Trouble.OVER_THERE, states_of(order))
        is_paid = order.get("paymentStatus") in ALL_PAID
        stated: dict[str, object] = {} if is_paid else {"paymentStatus": "CANCELLED"}
        return self.tell_states(order, {**stated, "fulfillmentStatus": "WILL_NOT_DELIVER"}, news)

    def tell_note(self, news: News) -> WriteResult:
        """In the private notes, which only people of the shop see, below what is there. That mails nobody."""
        order = self.order(news)
        if not (notes := with_note(str(order.get("privateAdminNotes") or ""), news.note)):
            return WriteResult(was_known=True)
        self.platform.ask("PUT", route_to(news), body={"privateAdminNotes": notes})
        return WriteResult()

    # --- asking ---

    def order(self, news: News) -> dict[str, object]:
        """The order as it is there."""
        order = object_told(self.platform.ask("GET", route_to(news)))
        number = str(order.get("vendorOrderNumber") or order.get("id") or "")
        if number and news.number and number != news.number:
            raise ShopFailure(Trouble.OTHER_ORDER, number)
        return order

    def tell_states(self, order: Mapping[str, object], stated: Mapping[str, object], news: News) -> WriteResult:
        """Nothing is written where all is so already. What answers well and is not so afterwards was refused."""
        external_id = str(order.get("internalId") or order.get("id"))
        if not stated:
            return WriteResult(external_id, was_known=True)
        body = {**stated, "disableAllCustomerNotifications": not news.mails_customer}
        self.platform.ask("PUT", route_to(news), body=body)
        changed = self.order(news)
        if any(changed.get(name) != value for name, value in stated.items()):
            raise ShopFailure(Trouble.OVER_THERE, states_of(changed))
        return WriteResult(external_id)


def route_to(news: News) -> str:
    return f"orders/{quote(news.external_id, safe='')}"


def states_of(order: Mapping[str, object]) -> str:
    return f"{order.get('paymentStatus')}, {order.get('fulfillmentStatus')}"


def is_picked_up(order: Mapping[str, object]) -> bool:
    option = order.get("shippingOption")
    return isinstance(option, dict) and (option.get("isPickup") is True or option.get("fulfillmentType") == "PICKUP")
