"""Telling a Shopware 6: tracking codes of a delivery first, then the states of delivery, transaction and order.

A transition is looked for by the state that it leads to, for its name differs between versions. Each can be told
whether it mails. What was answered well and changed nothing is seen by reading again (shopware/shopware#1904).
"""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _l

from app.connections.failures import ShopFailure
from app.connections.shopware import Shopware
from app.connections.writer import CalledOff, News, ParcelNews, Writer, WriteResult
from app.intake_readers.payloads import decode_json
from app.intake_readers.reading import Fields
from app.intake_readers.shopware import CAME_IN, amount_of, deliveries, state_of, tracking_codes, transactions
from app.models import ShopWriteKind, Trouble

ORDER, DELIVERY, TRANSACTION = "order", "order_delivery", "order_transaction"

#: States of a delivery that nothing more is sent with.
NOT_TO_SEND = ("cancelled", "returned", "returned_partially")


class ShopwareWriter(Writer):
    platform: Shopware
    #: Its notes are for its people, or the customer's own.
    kinds = (ShopWriteKind.SENT, ShopWriteKind.PAID, ShopWriteKind.CANCELLED, ShopWriteKind.REFUNDED)
    can_pay_back = False
    hints = {
        "tell_sent": _l(
            "With the code, on its delivery, which is shipped in part, or as a whole. The order is completed there "
            "once all of it is sent and paid."
        ),
        "tell_paid": _l("Its last transaction is paid, once nothing is open any more."),
        "tell_refunded": _l(
            "Its transaction is refunded, or refunded in part: Shopware notes no amount, and no money moves."
        ),
        "mailer": _l(
            "About what the shop is told. With Toonbank, Shopware is asked to mail nothing of it. With the shop, it "
            "mails what its flows do for these states, and no invoice goes along."
        ),
    }

    # --- sent ---

    def tell_sent(self, news: News) -> WriteResult:
        order = self.order(news)
        refuse(order, state_of(order) == "cancelled")
        sent = deliveries(order)
        if not sent:  # nothing of it is shipped
            return WriteResult(was_known=not (news.completes and self.complete(news)))
        refuse(sent[0], state_of(sent[0]) in NOT_TO_SEND)
        told = WriteResult(was_known=True)
        if news.parcel and news.parcel.code:
            told = self.tell_code(news, sent[0], news.parcel)
        is_moved = self.set_shipped(news, order)
        is_completed = news.completes and self.complete(news)
        return WriteResult(told.external_id, was_known=told.was_known and not is_moved and not is_completed)

    def tell_code(self, news: News, delivery: Fields, parcel: ParcelNews) -> WriteResult:
        """The whole list is written: in place of another code of this parcel, else behind the others."""
        id, codes = delivery.identifier("id"), tracking_codes(delivery)
        if parcel.code in codes:
            return WriteResult(parcel_id(id, codes.index(parcel.code)), was_known=True)
        before = [parcel_id(id, place) for place in range(len(codes))]
        if parcel.replaced_id in before:
            codes[before.index(parcel.replaced_id)] = parcel.code
        else:
            codes.append(parcel.code)
        self.platform.ask("PATCH", f"/order-delivery/{id}", {"trackingCodes": codes})
        now = next((one for one in deliveries(self.order(news)) if one.identifier("id") == id), delivery)
        if parcel.code not in tracking_codes(now):
            raise ShopFailure(Trouble.OVER_THERE, ", ".join(tracking_codes(now)))
        return WriteResult(parcel_id(id, codes.index(parcel.code)))

    def id_by_code(self, news: News, code: str) -> str:
        for one in deliveries(self.order(news)):
            if code in (codes := tracking_codes(one)):
                return parcel_id(one.identifier("id"), codes.index(code))
        return ""

    def set_shipped(self, news: News, order: Fields) -> bool:
        """Shipped in part, as long as nobody knows that this was all; False when it was."""
        delivery = deliveries(order)[0]
        is_all = news.completes or news.is_all_sent
        is_whole = is_all or (news.parcel is not None and holds_all(order, news.parcel))
        wanted = "shipped" if is_whole else "shipped_partially"
        current = state_of(delivery)
        if current in ("shipped", wanted) or (not is_whole and news.parcel is None):
            return False
        self.transition(news, DELIVERY, delivery, wanted, mails=news.mails_customer)
        return True

    def complete(self, news: News) -> bool:
        """By way of "in progress", where it waits yet. Of that nobody is mailed: the delivery says it."""
        for wanted in ("in_progress", "completed"):
            order = self.order(news)
            if state_of(order) == "completed":
                return False
            if wanted == "completed" or state_of(order) == "open":
                self.transition(news, ORDER, order, wanted, mails=False)
        return True

    # --- paid, cancelled, refunded ---

    def tell_paid(self, news: News) -> WriteResult:
        order = self.order(news)
        refuse(order, state_of(order) == "cancelled")
        last = last_of(order)
        is_paid = state_of(last) in CAME_IN
        if not is_paid:
            self.transition(news, TRANSACTION, last, "paid", mails=news.mails_customer)
        is_completed = news.completes and self.finish(news)
        return WriteResult(was_known=is_paid and not is_completed)

    def finish(self, news: News) -> bool:
        order = self.order(news)
        is_moved = bool(deliveries(order)) and self.set_shipped(news, order)
        return self.complete(news) or is_moved

    def tell_cancelled(self, news: News) -> WriteResult:
        order = self.order(news)
        if state_of(order) == "cancelled":
            return WriteResult(was_known=True)
        refuse(order, state_of(order) == "completed")
        for one in deliveries(order):
            refuse(one, state_of(one).startswith("shipped"))
        self.transition(news, ORDER, order, "cancelled", mails=news.mails_customer)
        return WriteResult()

    def tell_refunded(self, news: News) -> WriteResult:
        """There is no amount to look for: the state tells whether it is known."""
        assert news.refund
        last = last_of(self.order(news))
        is_whole = max(news.refund.in_all, news.refund.amount) >= amount_of(last)
        wanted, id = "refunded" if is_whole else "refunded_partially", last.identifier("id")
        if state_of(last) in (wanted, "refunded"):
            return WriteResult(id, was_known=True)
        self.transition(news, TRANSACTION, last, wanted, mails=news.mails_customer)
        return WriteResult(id)

    # --- asking ---

    def order(self, news: News) -> Fields:
        """The order as it is there. One that came in a file may be known by its number only."""
        found = self.platform.one(news.external_id)
        if found is None:
            raise ShopFailure(Trouble.NOT_THERE, news.external_id)
        facts = decode_json(found.payload)
        order = Fields(facts if isinstance(facts, dict) else {})
        number = order.identifier("orderNumber")
        if number and news.number and number != news.number:
            raise ShopFailure(Trouble.OTHER_ORDER, number)
        return order

    def transition(self, news: News, entity: str, part: Fields, wanted: str, *, mails: bool) -> None:
        id = part.identifier("id")
        listed = self.platform.ask("GET", f"/_action/state-machine/{entity}/{id}/state").json
        action = action_to(wanted, listed)
        if not action:
            raise ShopFailure(Trouble.OVER_THERE, state_of(part))
        self.platform.ask("POST", f"/_action/{entity}/{id}/state/{action}", {"sendMail": mails})
        now = self.part(news, entity, id)
        if state_of(now) != wanted:
            raise ShopFailure(Trouble.OVER_THERE, state_of(now))

    def part(self, news: News, entity: str, id: str) -> Fields:
        order = self.order(news)
        parts = {ORDER: [order], DELIVERY: deliveries(order), TRANSACTION: transactions(order)}[entity]
        found = next((one for one in parts if one.identifier("id") == id), None)
        if found is None:
            raise ShopFailure(Trouble.NOT_THERE, id)
        return found


def refuse(part: Fields, is_refused: bool) -> None:
    """What people did there is not undone."""
    if is_refused:
        raise CalledOff(state_of(part))


def last_of(order: Fields) -> Fields:
    found = transactions(order)
    if not found:
        raise ShopFailure(Trouble.OVER_THERE, "transactions: 0")
    return found[-1]


def action_to(wanted: str, listed: object) -> str:
    """What the transition to this state is called there; "" when there is none from where it is."""
    found = listed.get("transitions") if isinstance(listed, dict) else None
    known = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return next((str(one.get("actionName")) for one in known if one.get("toStateName") == wanted), "")


def parcel_id(delivery_id: str, place: int) -> str:
    """As its reader calls it."""
    return delivery_id if place == 0 else f"{delivery_id}-{place + 1}"


def holds_all(order: Fields, parcel: ParcelNews) -> bool:
    ordered = {one.identifier("id"): one.quantity("quantity") for one in order.objects("lineItems") if is_good(one)}
    return all(parcel.lines.get(id, Decimal(0)) >= many for id, many in ordered.items())


def is_good(line: Fields) -> bool:
    price = line.object("price")
    return price is not None and price.amount("totalPrice") >= 0 and line.text("type") not in ("promotion", "credit")
