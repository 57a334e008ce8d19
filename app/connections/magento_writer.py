"""Telling a Magento 2 shop: parcels with their codes, invoices for what is paid, credit memos, comments.

It mails only what it is asked to mail. An order is complete there by itself once all of it is invoiced and shipped.
Source: github.com/magento/magento2, app/code/Magento/Sales.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from decimal import Decimal

from flask_babel import lazy_gettext as _l

from app.amounts.money import ZERO
from app.connections.failures import ShopFailure
from app.connections.magento import Magento
from app.connections.magento_answers import items_told
from app.connections.platform import PulledOrder
from app.connections.stated_facts import ShopFacts, amount_of, in_one_line, moment_of, stated_text
from app.connections.writer import CalledOff, News, ParcelNews, Writer, WriteResult
from app.models import Trouble

CANCELLED, CLOSED, COMPLETE = "canceled", "closed", "complete"
#: States of an order there in which nothing goes: it waits for people, or for the payment provider.
HELD = ("holded", "payment_review")

#: Carriers that it knows by a code of its own.
CARRIER_CODES = ("dhl", "fedex", "ups", "usps")


class MagentoWriter(Writer):
    platform: Magento
    hints = {
        "tell_sent": _l("As a shipment of what is in the parcel, with code and carrier."),
        "tell_paid": _l("As an invoice of all that is left there, marked as paid. It draws no money from anybody."),
        "tell_cancelled": _l("An order that is invoiced, complete or closed there is left as it is, and you are told."),
        "tell_refunded": _l("As a credit memo of that amount, for no product. It moves no money, unless you tick that "
                            "the shop pays it back."),
        "tell_notes": _l("What you write to the customer, as a comment on the order."),
        "mailer": _l("About what the shop is told. With Toonbank, Magento mails nothing of it. With the shop, it mails "
                     "shipments, invoices, credit memos and comments, and these are not mailed from here; that an "
                     "order is cancelled always is."),
    }  # fmt: skip

    # --- sent ---

    def tell_sent(self, news: News) -> WriteResult:
        self.order(news, refusing=(CANCELLED, CLOSED, *HELD))
        return self.tell_parcel(news, news.parcel) if news.parcel else WriteResult(was_known=True)

    def tell_parcel(self, news: News, parcel: ParcelNews) -> WriteResult:
        kept = self.list_parts("/shipments", news)
        for one in kept:
            id = stated_text(one, "entity_id")
            is_same = parcel.code in codes_of(one) if parcel.code else pieces_in(one, "items") == dict(parcel.lines)
            if is_same and id not in news.known_ids:
                return WriteResult(id, was_known=True)
        if replaced := next((one for one in kept if stated_text(one, "entity_id") == parcel.replaced_id), None):
            return self.replace_code(news, parcel, replaced)
        items = [{"order_item_id": int(of), "qty": float(many)} for of, many in parcel.lines.items() if of.isdecimal()]
        if not items:  # without any it would ship all that is left
            raise ShopFailure(Trouble.REFUSED, ", ".join(parcel.goods))
        stated: ShopFacts = {
            "items": items,
            "notify": news.mails_customer,
            "tracks": [track(parcel)] if parcel.code else [],
        }
        return self.make("POST", f"/order/{news.external_id}/ship", stated)

    def id_by_code(self, news: News, code: str) -> str:
        kept = self.list_parts("/shipments", news)
        return next((stated_text(one, "entity_id") for one in kept if code in codes_of(one)), "")

    def replace_code(self, news: News, parcel: ParcelNews, shipment: ShopFacts) -> WriteResult:
        """First the new one, then without those before: at no time is there none."""
        id = stated_text(shipment, "entity_id")
        if parcel.code:
            entity = {"order_id": int(news.external_id), "parent_id": int(id), **track(parcel)}
            self.platform.ask("POST", "/shipment/track", body={"entity": entity})
        for one in tracks_of(shipment):
            self.platform.ask("DELETE", f"/shipment/track/{stated_text(one, 'entity_id')}")
        return WriteResult(id)

    # --- paid, cancelled ---

    def tell_paid(self, news: News) -> WriteResult:
        """Without capturing: what a provider authorised stays authorised."""
        order = self.order(news, refusing=(CANCELLED, CLOSED, *HELD))
        if is_settled(order):
            return WriteResult(was_known=True)
        stated: ShopFacts = {"capture": False, "notify": news.mails_customer}
        told = self.make("POST", f"/order/{news.external_id}/invoice", stated)
        if not is_settled(after := self.order(news, refusing=())):
            raise ShopFailure(Trouble.OVER_THERE, stated_text(after, "state"))
        return told

    def tell_cancelled(self, news: News) -> WriteResult:
        order = self.order(news, refusing=(COMPLETE, CLOSED))
        if stated_text(order, "state") == CANCELLED:
            return WriteResult(was_known=True)
        if self.platform.ask("POST", f"/orders/{news.external_id}/cancel", body={}).json is not True:
            raise ShopFailure(Trouble.OVER_THERE, stated_text(order, "state"))
        return WriteResult()

    # --- refunded, written to ---

    def tell_refunded(self, news: News) -> WriteResult:
        """One of this amount that nobody here knows is this one: its answer was lost, or people entered it there."""
        assert news.refund
        order, amount = self.order(news, refusing=(CANCELLED,)), news.refund.amount
        for one in self.list_parts("/creditmemos", news):
            id = stated_text(one, "entity_id")
            if id not in news.known_ids and amount_of(one, "grand_total") == amount:
                return WriteResult(id, was_known=True)
        own, base = stated_text(order, "order_currency_code"), stated_text(order, "base_currency_code")
        if own != base:  # the amount is stated in the shop's own currency there, and would be another one
            raise ShopFailure(Trouble.REFUSED, f"{own} / {base}")
        stated = self.credit_memo(news, order, amount)
        if not news.refund.moves_money:
            return self.make("POST", f"/order/{news.external_id}/refund", stated)
        return self.make(
            "POST", f"/invoice/{self.invoice_paid_online(news, amount)}/refund", {**stated, "isOnline": True}
        )

    def credit_memo(self, news: News, order: ShopFacts, amount: Decimal) -> ShopFacts:
        """Of no product: one that names no item, or no amount of shipping, would refund all of them."""
        assert news.refund
        items = [{"order_item_id": one["item_id"], "qty": 0} for one in objects_within(order, "items")]
        adjusted = {"shipping_amount": 0, "adjustment_positive": float(amount), "adjustment_negative": 0}
        stated: ShopFacts = {"items": items, "notify": news.mails_customer, "arguments": adjusted}
        if news.refund.reason:
            stated |= {"comment": {"comment": news.refund.reason, "is_visible_on_front": 0}}
            stated |= {"appendComment": news.mails_customer}
        return stated

    def invoice_paid_online(self, news: News, amount: Decimal) -> str:
        """By which its payment provider can give so much back; a payment of another kind would only be recorded."""
        for one in self.list_parts("/invoices", news):
            if one.get("transaction_id") and (amount_of(one, "grand_total") or ZERO) >= amount:
                return stated_text(one, "entity_id")
        raise ShopFailure(Trouble.REFUSED, "transaction_id")

    def tell_note(self, news: News) -> WriteResult:
        order = self.order(news, refusing=())
        if (known := self.comment_like(news)) is not None:
            return WriteResult(known, was_known=True)
        is_told = int(news.mails_customer)
        note = {"comment": html.escape(news.note, quote=False), "status": stated_text(order, "status"),
                "is_customer_notified": is_told, "is_visible_on_front": is_told,
                "parent_id": int(news.external_id)}  # fmt: skip
        self.platform.ask("POST", f"/orders/{news.external_id}/comments", body={"statusHistory": note})
        return WriteResult(self.comment_like(news) or "")

    def comment_like(self, news: News) -> str | None:
        """The id of the same words, written since then."""
        for one in items_told(self.platform.ask("GET", f"/orders/{news.external_id}/comments")):
            id, written_at = stated_text(one, "entity_id"), moment_of(one, "created_at")
            is_old = written_at is not None and written_at < news.written_at
            is_same = in_one_line(stated_text(one, "comment")) == in_one_line(news.note)
            if is_same and not is_old and id not in news.known_ids:
                return id
        return None

    # --- asking ---

    def order(self, news: News, *, refusing: Sequence[str]) -> ShopFacts:
        """The order as it is there. In one of these states it is refused: what people did there is not undone.

        One that came in a file may be known by its number only, which is the id of another order there.
        """
        found = self.platform.one(news.external_id)
        if found is None:
            raise ShopFailure(Trouble.NOT_THERE, news.external_id)
        order = told_of_order(found)
        number, state = stated_text(order, "increment_id"), stated_text(order, "state")
        if news.number and number != news.number.lstrip("#"):
            raise ShopFailure(Trouble.OTHER_ORDER, number)
        if state in refusing:
            raise CalledOff(state)
        return order

    def list_parts(self, route: str, news: News) -> list[ShopFacts]:
        """Who may not look may not write either: it could be there already."""
        found = self.platform.parts_of(news.external_id, route)
        if route in self.platform.hidden:
            raise ShopFailure(Trouble.NO_RIGHT, route)
        return found

    def make(self, method: str, route: str, stated: ShopFacts) -> WriteResult:
        """It answers with the id of what it made."""
        id = self.platform.ask(method, route, body=stated).json
        if not isinstance(id, str | int):
            raise ShopFailure(Trouble.UNREADABLE)
        return WriteResult(str(id))


# --- what it says ---------------------------------------------------------------------------------------------------


def told_of_order(found: PulledOrder) -> ShopFacts:
    facts: ShopFacts = json.loads(found.payload)
    return facts


def is_settled(order: ShopFacts) -> bool:
    """Whether nothing is left to be paid there."""
    return stated_text(order, "total_due") != "" and (amount_of(order, "total_due") or ZERO) == ZERO


def track(parcel: ParcelNews) -> ShopFacts:
    known = next((one for one in CARRIER_CODES if parcel.carrier.casefold().split(" ")[0] == one), "custom")
    return {"track_number": parcel.code, "title": parcel.carrier or "–", "carrier_code": known}


def tracks_of(shipment: ShopFacts) -> list[ShopFacts]:
    return objects_within(shipment, "tracks")


def codes_of(shipment: ShopFacts) -> list[str]:
    return [stated_text(one, "track_number") for one in tracks_of(shipment)]


def pieces_in(shipment: ShopFacts, name: str) -> dict[str, Decimal]:
    """Pieces by the line that they are of."""
    return {
        stated_text(one, "order_item_id"): Decimal(stated_text(one, "qty")) for one in objects_within(shipment, name)
    }


def objects_within(facts: ShopFacts, name: str) -> list[ShopFacts]:
    found = facts.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
