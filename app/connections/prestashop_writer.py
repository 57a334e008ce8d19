"""Telling a PrestaShop: first the tracking number of its carrier, then the state; refunds as credit slips.

It mails only where it is asked to (`sendemail=1`). It takes XML, and a row that is changed has to be whole.
Source: classes/order/OrderCarrier.php, OrderHistory.php and OrderSlip.php of PrestaShop.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from flask_babel import lazy_gettext as _l

from app.connections.failures import ShopFailure
from app.connections.prestashop import PrestaShop
from app.connections.prestashop_beside import field_of
from app.connections.prestashop_told import is_flagged, state_for, state_name
from app.connections.prestashop_xml import write_row
from app.connections.stated_facts import ShopFacts
from app.connections.writer import CalledOff, News, ParcelNews, Writer, WriteResult
from app.intake_readers.prestashop_states import State, state_of
from app.intake_readers.reading import Fields
from app.models import ShopWriteKind, Trouble

#: Of a row of `order_carriers`, all that can be written: what is left out is emptied.
OF_CARRIER = (
    "id", "id_order", "id_carrier", "id_order_invoice", "weight", "shipping_cost_tax_excl", "shipping_cost_tax_incl",
    "tracking_number", "date_add",
)  # fmt: skip

#: Modules by which money comes outside the shop. Others may pay it back as soon as an order is set refunded.
PAID_OUTSIDE = ("ps_wirepayment", "ps_checkpayment", "ps_cashondelivery", "bankwire", "cheque", "cashondelivery")


class PrestaShopWriter(Writer):
    platform: PrestaShop
    kinds = (ShopWriteKind.SENT, ShopWriteKind.PAID, ShopWriteKind.CANCELLED, ShopWriteKind.REFUNDED)
    can_pay_back = False
    hints = {
        "tell_sent": _l(
            "With the code, as tracking number of its carrier. The order gets the state for what is shipped once "
            "all of it is sent and paid."
        ),
        "tell_paid": _l(
            "It gets the state for what is paid; with that, PrestaShop notes the payment, and mostly makes its own "
            "invoice."
        ),
        "tell_refunded": _l(
            "As a credit slip of that amount. Once all of it went back, an order that was paid by bank transfer, by "
            "cheque or on delivery gets the state for what is refunded; with that state, other payment modules may "
            "pay the money back themselves. It moves no money."
        ),
        "mailer": _l(
            "About what the shop is told. With Toonbank, PrestaShop mails nothing of it. With the shop, it mails what "
            "its states do, and the code of a part where its carrier has an address to follow it; what is refunded is "
            "always mailed from here."
        ),
    }

    # --- sent ---

    def tell_sent(self, news: News) -> WriteResult:
        order = self.order(news)
        self.refuse_called_off(order)
        told = WriteResult(was_known=True)
        if news.parcel and news.parcel.code:
            is_mailed_anyway = news.completes and not self.standing(order).is_sent
            told = self.tell_code(news, news.parcel, mails=news.mails_customer and not is_mailed_anyway)
        is_completed = news.completes and self.set_sent(news, order)
        return WriteResult(told.external_id, was_known=told.was_known and not is_completed)

    def tell_code(self, news: News, parcel: ParcelNews, *, mails: bool) -> WriteResult:
        """On the row that held another code of this parcel, else on one without any, else on a further row."""
        rows = self.list("order_carriers", "id_order", news.external_id)
        if found := next((one for one in rows if field_of(one, "tracking_number") == parcel.code), None):
            return WriteResult(field_of(found, "id"), was_known=True)
        free = next((one for one in rows if field_of(one, "id") == parcel.replaced_id), None)
        free = free or next((one for one in rows if not field_of(one, "tracking_number")), None)
        if free is None:
            carrier = field_of(rows[0], "id_carrier") if rows else field_of(self.order(news), "id_carrier")
            stated = {"id_order": news.external_id, "id_carrier": carrier}
            stated |= {} if mails else {"tracking_number": parcel.code}  # a new row is mailed to nobody, its code is
            free = self.write("POST", "order_carriers", "order_carrier", stated)
        written = free
        if field_of(free, "tracking_number") != parcel.code:
            stated = {name: field_of(free, name) for name in OF_CARRIER} | {"tracking_number": parcel.code}
            written = self.write("PUT", f"order_carriers/{stated['id']}", "order_carrier", stated, mails=mails)
        if field_of(written, "tracking_number") != parcel.code:
            raise ShopFailure(Trouble.REFUSED, field_of(written, "tracking_number"))
        return WriteResult(field_of(written, "id"))

    def id_by_code(self, news: News, code: str) -> str:
        rows = self.list("order_carriers", "id_order", news.external_id)
        return next((field_of(one, "id") for one in rows if field_of(one, "tracking_number") == code), "")

    def set_sent(self, news: News, order: ShopFacts) -> bool:
        """False when it was."""
        if self.standing(order).is_sent:
            return False
        self.set_state(news, ShopWriteKind.SENT, mails=news.mails_customer)
        return True

    # --- paid, cancelled ---

    def tell_paid(self, news: News) -> WriteResult:
        order = self.order(news)
        self.refuse_called_off(order)
        is_paid = self.is_paid(order)
        if not is_paid:
            if self.standing(order).is_sent:  # the state for what is paid would take that back
                raise ShopFailure(Trouble.OVER_THERE, state_name(self.state(order)))
            self.set_state(news, ShopWriteKind.PAID, mails=news.mails_customer and not news.completes)
        is_completed = news.completes and self.set_sent(news, order)
        return WriteResult(was_known=is_paid and not is_completed)

    def is_paid(self, order: ShopFacts) -> bool:
        paid, total = decimal_of(order, "total_paid_real"), decimal_of(order, "total_paid_tax_incl")
        return is_flagged(self.state(order), "paid") or 0 < total <= paid

    def tell_cancelled(self, news: News) -> WriteResult:
        order = self.order(news)
        standing = self.standing(order)
        if standing.is_cancelled:
            return WriteResult(was_known=True)
        if standing.is_sent or standing.is_refunded:
            raise ShopFailure(Trouble.OVER_THERE, state_name(self.state(order)))
        self.set_state(news, ShopWriteKind.CANCELLED, mails=news.mails_customer)
        return WriteResult()

    # --- refunded ---

    def tell_refunded(self, news: News) -> WriteResult:
        """A slip of this amount that nobody here knows is this one: its answer was lost, or people made it there."""
        assert news.refund
        order, amount = self.order(news), news.refund.amount
        slips = self.list("order_slip", "id_order", news.external_id)
        same = [one for one in slips if slip_amount(one) == amount and field_of(one, "id") not in news.known_ids]
        made = same[0] if same else self.write("POST", "order_slip", "order_slip", new_slip(order, amount))
        back = sum((slip_amount(one) for one in slips), Decimal(0)) + (Decimal(0) if same else amount)
        is_whole = back >= decimal_of(order, "total_paid_real") > 0
        is_news = is_whole and field_of(order, "module") in PAID_OUTSIDE and not self.standing(order).is_refunded
        if is_news:
            self.set_state(news, ShopWriteKind.REFUNDED, mails=news.mails_customer)
        return WriteResult(field_of(made, "id"), was_known=bool(same) and not is_news)

    # --- asking ---

    def order(self, news: News) -> ShopFacts:
        """The order as it is there. One that came in a file may be known by its number only, the id of another one."""
        if not self.platform.many([news.external_id]):
            raise ShopFailure(Trouble.NOT_THERE, news.external_id)
        order = self.platform.listed[news.external_id]
        reference = field_of(order, "reference")
        if reference and news.number and reference != news.number:
            raise ShopFailure(Trouble.OTHER_ORDER, reference)
        return order

    def refuse_called_off(self, order: ShopFacts) -> None:
        """What people did there is not undone."""
        standing = self.standing(order)
        if standing.is_cancelled or standing.is_refunded:
            raise CalledOff(state_name(self.state(order)))

    def states(self) -> list[ShopFacts]:
        return self.platform.states()

    def state(self, order: ShopFacts) -> ShopFacts:
        return next((one for one in self.states() if field_of(one, "id") == field_of(order, "current_state")), {})

    def standing(self, order: ShopFacts) -> State:
        return state_of(Fields({**order, "order_states": self.states()}))

    def list(self, name: str, key: str, value: str) -> list[ShopFacts]:
        return self.platform.fetching.fetch(name, key, {value})

    def set_state(self, news: News, kind: ShopWriteKind, *, mails: bool) -> None:
        """One that answers well and leaves the order as it was has refused."""
        wanted = field_of(state_for(self.states(), kind, self.platform.access.credentials), "id")
        stated = {"id_order": news.external_id, "id_order_state": wanted}
        self.write("POST", "order_histories", "order_history", stated, mails=mails)
        now = self.order(news)
        if field_of(now, "current_state") != wanted:
            raise ShopFailure(Trouble.OVER_THERE, state_name(self.state(now)))

    def write(self, method: str, path: str, node: str, stated: Mapping[str, str], *, mails: bool = False) -> ShopFacts:
        return write_row(self.platform, method, path, node, stated, mails=mails)


def new_slip(order: ShopFacts, amount: Decimal) -> dict[str, str]:
    """Of an amount alone: its tax is the order's part of it."""
    total, net = decimal_of(order, "total_paid_tax_incl"), decimal_of(order, "total_paid_tax_excl")
    return {
        "id_customer": field_of(order, "id_customer"),
        "id_order": field_of(order, "id"),
        "conversion_rate": field_of(order, "conversion_rate") or "1",
        "total_products_tax_excl": f"{amount * net / total if total else amount:.6f}",
        "total_products_tax_incl": f"{amount:.6f}",
        "total_shipping_tax_excl": "0.000000",
        "total_shipping_tax_incl": "0.000000",
        "amount": f"{amount:.6f}",
        "shipping_cost": "0",
        "shipping_cost_amount": "0.000000",
        "partial": "1",
    }


def slip_amount(slip: ShopFacts) -> Decimal:
    """As its reader counts it."""
    goods = "total_products_tax_incl" if field_of(slip, "total_products_tax_incl") else "amount"
    shipping = "total_shipping_tax_incl" if field_of(slip, "total_shipping_tax_incl") else "shipping_cost_amount"
    return decimal_of(slip, goods) + decimal_of(slip, shipping)


def decimal_of(facts: ShopFacts, key: str) -> Decimal:
    try:
        return Decimal(field_of(facts, key) or "0")
    except InvalidOperation:
        return Decimal(0)
