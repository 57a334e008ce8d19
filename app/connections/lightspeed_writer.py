"""Telling a Lightspeed eCom shop: its own shipments are sent, its own invoices paid; none of either can be made.

What leaves out whether to mail the customer has it mailed, so each change says it. An order is completed by itself
there, once its shipments are sent and its invoices paid.
"""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.connections.failures import ShopFailure
from app.connections.lightspeed import Lightspeed
from app.connections.lightspeed_parts import PartFacts, facts_listed, id_of_order, is_of_order
from app.connections.platform import Platform
from app.connections.writer import CalledOff, News, ParcelNews, Writer, WriteResult, with_note
from app.models import ShopWriteKind, Trouble


class LightspeedWriter(Writer):
    platform: Lightspeed
    kinds = (ShopWriteKind.SENT, ShopWriteKind.PAID, ShopWriteKind.CANCELLED, ShopWriteKind.NOTE)
    can_pay_back = False
    hints = {
        "tell_sent": _l(
            "The shipment there is set shipped, with the code; Lightspeed keeps no carrier beside it. A part is told "
            "only where it is a shipment of its own there."
        ),
        "tell_paid": _l("Once nothing is open any more, such as after a bank transfer: the invoice there is set paid."),
        "tell_notes": _l("What you write to the customer, in the memo of the order. It is mailed from here, always."),
        "mailer": _l(
            "About what the shop is told: each time, Lightspeed is asked to mail the customer, or not to. With the "
            "shop, nothing of this is mailed from here, and no invoice goes along."
        ),
    }

    def __init__(self, shop: Platform):
        super().__init__(shop)
        self.platform.reserve = 0  # what reading leaves alone is for this

    # --- sent ---

    def tell_sent(self, news: News) -> WriteResult:
        """The shipment that became the parcel here; else, once all of it went, all that are not sent there yet."""
        self.order(news, refusing=("cancelled",))
        shipments = [one for one in self.parts(news, "shipments") if one.get("status") != "cancelled"]
        own = [one for one in shipments if news.parcel and str(one["id"]) == news.parcel.external_id]
        if not own and not news.is_all_sent:
            raise ShopFailure(Trouble.REFUSED, _("Lightspeed can’t be told that a part was sent."))
        meant = own or sorted(shipments, key=lambda one: str(one.get("createdAt")))
        if not meant:
            raise ShopFailure(Trouble.OVER_THERE, _("There is no shipment."))
        told = [self.tell_shipment(one, news) for one in meant]
        return WriteResult(str(meant[0]["id"]), was_known=not any(told))

    def id_by_code(self, news: News, code: str) -> str:
        held = [one for one in self.parts(news, "shipments") if one.get("status") == "shipped"]
        return next((str(one["id"]) for one in held if one.get("trackingCode") == code), "")

    def tell_shipment(self, shipment: PartFacts, news: News) -> bool:
        """Whether there was anything to tell it."""
        is_sent, code = shipment.get("status") == "shipped", str(shipment.get("trackingCode") or "")
        new_code = code_to_write(shipment, code, news.parcel) if news.parcel else ""
        if is_sent and not new_code:
            return False
        stated: dict[str, object] = {"doNotifyShipped": news.mails_customer and not is_sent}
        stated |= {"doNotifyTrackingCode": news.mails_customer and bool(new_code), "doNotifyReadyForPickup": False}
        stated |= {"trackingCode": new_code} if new_code else {}
        stated |= {} if is_sent else {"status": "shipped"}
        changed = self.write("shipments", shipment, {"shipment": stated})
        if changed.get("status") != "shipped" or (new_code and changed.get("trackingCode") != new_code):
            raise ShopFailure(Trouble.OVER_THERE, str(changed.get("status")))
        return True

    # --- paid, cancelled ---

    def tell_paid(self, news: News) -> WriteResult:
        order = self.order(news, refusing=("cancelled",))
        invoices = [one for one in self.parts(news, "invoices") if not one.get("isCreditNote")]
        if not invoices:
            return self.set_order_paid(order, news)
        open_ones = [one for one in invoices if one.get("status") not in ("paid", "cancelled")]
        for invoice in open_ones:
            stated = {"status": "paid", "doNotifyPaid": news.mails_customer, "doNotifyNew": False}
            changed = self.write("invoices", invoice, {"invoice": stated})
            if changed.get("status") != "paid":
                raise ShopFailure(Trouble.OVER_THERE, str(changed.get("status")))
        return WriteResult(str(invoices[0]["id"]), was_known=not open_ones)

    def set_order_paid(self, order: PartFacts, news: News) -> WriteResult:
        """Of one that has no invoice yet."""
        if order.get("paymentStatus") == "paid":
            return WriteResult(was_known=True)
        changed = self.write("orders", order, {"order": {"paymentStatus": "paid", **mailing(cancelled=False)}})
        if changed.get("paymentStatus") != "paid":
            raise ShopFailure(Trouble.OVER_THERE, str(changed.get("paymentStatus")))
        return WriteResult()

    def tell_cancelled(self, news: News) -> WriteResult:
        order = self.order(news, refusing=("completed",))
        if order.get("status") == "cancelled":
            return WriteResult(was_known=True)
        stated = {"status": "cancelled", **mailing(cancelled=news.mails_customer)}
        changed = self.write("orders", order, {"order": stated})
        if changed.get("status") != "cancelled":
            raise ShopFailure(Trouble.OVER_THERE, str(changed.get("status")))
        return WriteResult()

    def tell_note(self, news: News) -> WriteResult:
        """In the memo, which only people of the shop see, below what is there."""
        order = self.order(news, refusing=())
        if not (memo := with_note(str(order.get("memo") or ""), news.note)):
            return WriteResult(was_known=True)
        self.write("orders", order, {"order": {"memo": memo, **mailing(cancelled=False)}})
        return WriteResult()

    # --- asking ---

    def order(self, news: News, *, refusing: tuple[str, ...]) -> PartFacts:
        """The order as it is there. In a state that begins so it is refused: what people did there is not undone."""
        if not news.external_id.isdecimal():
            raise ShopFailure(Trouble.NOT_THERE, news.external_id)
        order = facts_listed(self.platform.ask("GET", f"orders/{news.external_id}"))[0]
        number, status = str(order.get("number") or ""), str(order.get("status") or "")
        if number and news.number and number != news.number:
            raise ShopFailure(Trouble.OTHER_ORDER, number)
        if refusing and status.startswith(refusing):
            raise CalledOff(status)
        return order

    def parts(self, news: News, name: str) -> list[PartFacts]:
        listed = self.platform.list_all(name, {"order": news.external_id})
        return [one for one in listed if id_of_order(one) and is_of_order(one, news.external_id)]

    def write(self, name: str, part: PartFacts, stated: dict[str, dict[str, object]]) -> PartFacts:
        return facts_listed(self.platform.ask("PUT", f"{name}/{part['id']}", body=stated))[0]


def mailing(*, cancelled: bool) -> dict[str, object]:
    """What the customer is mailed about a change of an order."""
    return {"doNotifyNew": False, "doNotifyReminder": False, "doNotifyCancelled": cancelled}


def code_to_write(shipment: PartFacts, code: str, parcel: ParcelNews) -> str:
    """The code of the parcel, where the shipment there lacks it; "" where there is none to write.

    Raises ShopFailure where it has another one that is not of this parcel.
    """
    if not parcel.code or parcel.code == code:
        return ""
    is_own = parcel.replaced_id == str(shipment["id"])
    if code and not is_own:
        raise ShopFailure(Trouble.OVER_THERE, code)
    return parcel.code
