"""Telling a WooCommerce shop: first the tracking code, by whatever it has for that, then the status.

Which mails WooCommerce sends with a status is its own setting; a note and a fulfilment say whether they are mailed.
Source: its REST API v3, and those of the plug-ins Shipment Tracking and Advanced Shipment Tracking (AST).
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.connections.failures import ShopFailure
from app.connections.kept_answers import KeptAnswers
from app.connections.stated_facts import ShopFacts, amount_of, in_one_line, moment_of, stated_text
from app.connections.woocommerce import WooCommerce, facts_of
from app.connections.writer import CalledOff, News, ParcelNews, Writer, WriteResult
from app.models import Trouble

#: Plug-ins that keep tracking codes, by the names of their APIs. They take the same.
TRACKING_PLUG_INS = ("wc-shipment-tracking/v3", "wc-ast/v3")
#: Which of them a shop has, or "".
TRACKING = KeptAnswers()
MINUTES_KNOWN = 10

#: States of an order there in which nothing more is done to it.
CALLED_OFF = ("cancelled", "trash", "failed")
OVER = ("completed", "refunded")

#: States there of an order that WooCommerce takes for paid. One that is paid on delivery has no date of it.
PAID = ("processing", "completed")


@dataclass(frozen=True)
class Kept:
    """What is there of a kind: its ids with what tells whether it is the one that is looked for."""

    external_id: str
    facts: ShopFacts


class WooCommerceWriter(Writer):
    platform: WooCommerce
    hints = {
        "tell_sent": _l(
            "With code and carrier: through Shipment Tracking, Advanced Shipment Tracking or WooCommerce’s own "
            "fulfilments, else in a note. The order is completed there once all of it is sent and paid."
        ),
        "mailer": _l(
            "About what the shop is told. With Toonbank, switch off “Processing order”, “Completed order”, “Cancelled "
            "order” and “Refunded order” in WooCommerce > Settings > Emails: it mails these by itself, and can’t be "
            "asked not to. With the shop, nothing of this is mailed from here, and no invoice goes along."
        ),
    }

    def tell(self, news: News) -> WriteResult:
        """With a plug-in that was taken away since it was last seen, again: nothing is told twice."""
        was_known = TRACKING.find(self.platform.access) is not None
        try:
            return super().tell(news)
        except ShopFailure as failure:
            if not was_known or failure.trouble != Trouble.NO_API:
                raise
        TRACKING.forget(self.platform.access)
        return super().tell(news)

    # --- sent ---

    def tell_sent(self, news: News) -> WriteResult:
        order = self.order(news, refusing=(*CALLED_OFF, "refunded"))
        is_mailed_anyway = news.completes and stated_text(order, "status") != "completed"
        says_so = news.mails_customer and not is_mailed_anyway
        told = self.tell_parcel(news, order, says_so=says_so) if news.parcel else WriteResult(was_known=True)
        is_completed = news.completes and self.complete(news, order)
        return WriteResult(told.external_id, was_known=told.was_known and not is_completed)

    def tell_parcel(self, news: News, order: ShopFacts, *, says_so: bool) -> WriteResult:
        """By the first way that the shop has. Of one without a code nothing more is said when the order is complete.

        With `says_so` no mail goes with the order's state, which would name the code, so that one goes with a note.
        """
        assert news.parcel
        parcel = news.parcel
        if parcel.code and (plug_in := self.tracking_plug_in()):
            told_code = self.add_tracking(news, parcel, plug_in)
            if says_so and not (told_code.was_known and is_completed_since(order, news.written_at)):
                self.add_note(news, say_parcel(parcel, news.language))
            return told_code
        if told := self.add_fulfilment(news, parcel, says_so=says_so):
            return told
        if not parcel.code and news.completes:
            return WriteResult(was_known=True)
        said = say_parcel(parcel, news.language)
        kept = stated_text(order, "customer_note")
        if in_one_line(said) in in_one_line(kept):
            return WriteResult(was_known=True)
        if news.mails_customer and not says_so:
            return self.name_in_mail_of_state(news, kept, said)
        return self.add_note(news, said)

    def name_in_mail_of_state(self, news: News, kept: str, said: str) -> WriteResult:
        """In the note of the order, which stands in the mail of its state: a note that is mailed would be a second
        one.
        """
        noted = f"{kept.rstrip()}\n{said}" if kept.strip() else said
        self.write_order("PUT", f"/orders/{news.external_id}", {"customer_note": noted})
        return WriteResult()

    def tracking_plug_in(self) -> str:
        """Not asked for each parcel of a day: its answer is the longest of the site."""
        known = TRACKING.find(self.platform.access)
        if known is None:
            names = facts_of(self.platform.ask_site("GET", "/"))[0].get("namespaces")
            known = next((one for one in TRACKING_PLUG_INS if isinstance(names, list) and one in names), "")
            TRACKING.keep(self.platform.access, known, seconds=MINUTES_KNOWN * 60)
        return known

    def add_tracking(self, news: News, parcel: ParcelNews, plug_in: str) -> WriteResult:
        route = f"/{plug_in}/orders/{news.external_id}/shipment-trackings"
        kept = [Kept(stated_text(one, "tracking_id"), one) for one in facts_of(self.platform.ask_site("GET", route))]
        found = next((one for one in kept if stated_text(one.facts, "tracking_number") == parcel.code), None)
        made = found or Kept(stated_text(self.write("POST", route, self.tracking(parcel, route)), "tracking_id"), {})
        if any(one.external_id == parcel.replaced_id for one in kept) and parcel.replaced_id != made.external_id:
            self.platform.ask_site("DELETE", f"{route}/{parcel.replaced_id}")
        return WriteResult(made.external_id, was_known=found is not None)

    def tracking(self, parcel: ParcelNews, route: str) -> dict[str, object]:
        """With our link where we know one; else by the carrier that the plug-in knows, which makes its own."""
        stated = {"tracking_number": parcel.code, "date_shipped": parcel.sent_at.date().isoformat()}
        if not parcel.url and (known := self.known_carrier(parcel.carrier, route)):
            return {**stated, "tracking_provider": known}
        link = {"custom_tracking_provider": parcel.carrier or "–", "custom_tracking_link": parcel.url}
        return {**stated, **link}

    def known_carrier(self, carrier: str, route: str) -> str:
        try:
            countries = self.platform.ask_site("GET", f"{route}/providers").json
        except ShopFailure as failure:
            if failure.trouble not in (Trouble.NO_API, Trouble.NOT_THERE, Trouble.ASKED_WRONGLY):
                raise
            return ""
        of_countries = countries.values() if isinstance(countries, dict) else ()
        names = [str(name) for one in of_countries if isinstance(one, dict) for name in one]
        return next((name for name in names if carrier and name.casefold() == carrier.casefold()), "")

    def id_by_code(self, news: News, code: str) -> str:
        """By whatever it was told: the plug-in, WooCommerce's own, or a note."""
        orders = f"/orders/{news.external_id}"
        if plug_in := self.tracking_plug_in():
            kept = facts_of(self.platform.ask_site("GET", f"/{plug_in}{orders}/shipment-trackings"))
            return next((stated_text(one, "tracking_id") for one in kept if one.get("tracking_number") == code), "")
        held = self.fulfilments(f"{orders}/fulfillments") or []
        if found := next((one for one in held if meta_of(one, "_tracking_number") == code), None):
            return stated_text(found, "id")
        notes, said = facts_of(self.platform.ask("GET", f"{orders}/notes")), news.parcel
        text = in_one_line(say_parcel(said, news.language)) if said else ""
        return next((stated_text(one, "id") for one in notes if in_one_line(stated_text(one, "note")) == text), "")

    def add_fulfilment(self, news: News, parcel: ParcelNews, *, says_so: bool) -> WriteResult | None:
        """WooCommerce's own, which is switched off mostly: None."""
        route = f"/orders/{news.external_id}/fulfillments"
        if (kept := self.fulfilments(route)) is None:
            return None
        stated = fulfilment(parcel, notifies=says_so)
        for one in kept:
            id = stated_text(one, "id")
            is_same = meta_of(one, "_tracking_number") == parcel.code if parcel.code else holds_the_same(one, stated)
            if is_same and id not in news.known_ids:
                return WriteResult(id, was_known=True)
        if any(stated_text(one, "id") == parcel.replaced_id for one in kept):
            return WriteResult(stated_text(self.write_order("PUT", f"{route}/{parcel.replaced_id}", stated), "id"))
        return WriteResult(stated_text(self.write_order("POST", route, stated), "id"))

    def fulfilments(self, route: str) -> list[ShopFacts] | None:
        """None where the shop keeps none."""
        try:
            return fulfilments_in(self.platform.ask("GET", route).json)
        except ShopFailure as failure:
            if failure.trouble not in (Trouble.NO_API, Trouble.NOT_THERE):
                raise
            return None

    def complete(self, news: News, order: ShopFacts) -> bool:
        """Set it completed; False when it was."""
        if stated_text(order, "status") == "completed":
            return False
        self.set_status(news, order, "completed")
        return True

    def set_status(self, news: News, order: ShopFacts, status: str) -> ShopFacts:
        """One that answers well and leaves the order as it was has refused."""
        changed = self.write_order("PUT", f"/orders/{news.external_id}", {"status": status})
        if stated_text(changed, "status") == stated_text(order, "status"):
            raise ShopFailure(Trouble.OVER_THERE, stated_text(order, "status"))
        return changed

    # --- paid, cancelled ---

    def tell_paid(self, news: News) -> WriteResult:
        order = self.order(news, refusing=(*CALLED_OFF, "refunded"))
        is_paid = is_paid_there(order)
        if not is_paid:
            order = self.set_paid(news, order)
        is_completed = news.completes and self.complete(news, order)
        return WriteResult(was_known=is_paid and not is_completed)

    def set_paid(self, news: News, order: ShopFacts) -> ShopFacts:
        """By the state where a bank transfer was waited for: there `set_paid` answers well, and does nothing."""
        if stated_text(order, "status") == "on-hold":
            return self.set_status(news, order, "processing")
        changed = self.write_order("PUT", f"/orders/{news.external_id}", {"set_paid": True})
        if not is_paid_there(changed):
            raise ShopFailure(Trouble.OVER_THERE, stated_text(changed, "status"))
        return changed

    def tell_cancelled(self, news: News) -> WriteResult:
        order = self.order(news, refusing=OVER)
        if stated_text(order, "status") in ("cancelled", "trash"):
            return WriteResult(was_known=True)
        self.set_status(news, order, "cancelled")
        return WriteResult()

    # --- refunded, written to ---

    def tell_refunded(self, news: News) -> WriteResult:
        """One of this amount that nobody here knows is this one: its answer was lost, or people entered it there."""
        assert news.refund
        self.order(news, refusing=("trash",))
        route, refund = f"/orders/{news.external_id}/refunds", news.refund
        kept = facts_of(self.platform.ask("GET", route, {"per_page": "100"}))
        for one in kept:
            id, amount = stated_text(one, "id"), amount_of(one, "amount")
            if id not in news.known_ids and amount == refund.amount:
                return WriteResult(id, was_known=True)
        stated = {"amount": f"{refund.amount:f}", "reason": refund.reason, "api_refund": refund.moves_money}
        return WriteResult(stated_text(self.write_order("POST", route, stated), "id"))

    def tell_note(self, news: News) -> WriteResult:
        self.order(news, refusing=("trash",))
        return self.add_note(news, news.note, since=news.written_at)

    def add_note(self, news: News, text: str, *, since: datetime | None = None) -> WriteResult:
        """A note that the shop mails to the customer, or one that only its people see.

        The same words written since then are this note.
        """
        route = f"/orders/{news.external_id}/notes"
        for one in facts_of(self.platform.ask("GET", route)):
            id, written_at = stated_text(one, "id"), moment_of(one, "date_created_gmt")
            is_old = since is not None and written_at is not None and written_at < since
            if in_one_line(stated_text(one, "note")) == in_one_line(text) and id not in news.known_ids and not is_old:
                return WriteResult(id, was_known=True)
        stated = {"note": html.escape(text, quote=False), "customer_note": news.mails_customer}
        return WriteResult(stated_text(self.write_order("POST", route, stated), "id"))

    # --- asking ---

    def order(self, news: News, *, refusing: tuple[str, ...]) -> ShopFacts:
        """The order as it is there. In one of these states it is refused: what people did there is not undone.

        One that came in a file may be known by its number only, which is the id of another order there.
        """
        if not news.external_id.isdecimal():
            raise ShopFailure(Trouble.NOT_THERE, news.external_id)
        order = facts_of(self.platform.ask("GET", f"/orders/{news.external_id}"))[0]
        number, status = stated_text(order, "number"), stated_text(order, "status")
        if number and news.number and number.lstrip("#") != news.number.lstrip("#"):
            raise ShopFailure(Trouble.OTHER_ORDER, number)
        if status in refusing:
            raise CalledOff(status)
        return order

    def write(self, method: str, route: str, stated: Mapping[str, object]) -> ShopFacts:
        return facts_of(self.platform.ask_site(method, route, body=stated))[0]

    def write_order(self, method: str, route: str, stated: Mapping[str, object]) -> ShopFacts:
        return facts_of(self.platform.ask(method, route, body=stated))[0]


# --- what it says ---------------------------------------------------------------------------------------------------


def say_parcel(parcel: ParcelNews, language: str) -> str:
    """In the customer's language: "Sent: 2 × Mug. Track & Trace: 3SABC (PostNL) https://…"."""
    with force_locale(language):
        said = _("Sent: %(goods)s.", goods=", ".join(parcel.goods))
        code = " ".join(filter(None, (parcel.code, parcel.carrier and f"({parcel.carrier})", parcel.url)))
        return f"{said} {_('Track & Trace: %(code)s', code=code)}" if parcel.code else said


def fulfilment(parcel: ParcelNews, *, notifies: bool) -> dict[str, object]:
    items = [{"item_id": int(line), "qty": float(many)} for line, many in parcel.lines.items() if line.isdigit()]
    meta: dict[str, object] = {"_items": items}
    if parcel.code:
        meta |= {"_tracking_number": parcel.code, "_shipment_provider": parcel.carrier, "_tracking_url": parcel.url}
    return {
        "status": "fulfilled",
        "is_fulfilled": True,
        "notify_customer": notifies,
        "meta_data": [{"key": key, "value": value} for key, value in meta.items()],
    }


def fulfilments_in(told: object) -> list[ShopFacts]:
    """As a list, or under a name of its own."""
    found = told.get("fulfillments", []) if isinstance(told, dict) else told
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def meta_of(facts: ShopFacts, key: str) -> object:
    meta = facts.get("meta_data")
    known = [one for one in meta if isinstance(one, dict)] if isinstance(meta, list) else []
    return next((one.get("value") for one in known if one.get("key") == key), None)


def holds_the_same(one: ShopFacts, stated: ShopFacts) -> bool:
    return quantities_in(one) == quantities_in(stated)


def quantities_in(facts: ShopFacts) -> dict[str, Decimal]:
    items = meta_of(facts, "_items")
    known = [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []
    return {str(one.get("item_id")): Decimal(str(one.get("qty"))) for one in known}


def is_paid_there(order: ShopFacts) -> bool:
    return stated_text(order, "status") in PAID or bool(order.get("date_paid") or order.get("date_paid_gmt"))


def is_completed_since(order: ShopFacts, at: datetime) -> bool:
    """So that the mail of it named a code that is known there: the answer to this was lost."""
    completed_at = moment_of(order, "date_completed_gmt")
    return completed_at is not None and completed_at >= at
