"""The words that a mail may use, with their values for one order: `{order_number}` and the like.

Each value is text in the mail's language; "" where there is nothing to say, which leaves out the line that names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from flask_babel import lazy_gettext as _l

from app.accounting.allotting import settling_payments
from app.accounting.charging import charged_of, costs_to_come
from app.accounting.crediting import left_to_pay
from app.amounts.money import ZERO, format_amount, shown_number
from app.columns import now
from app.config import locale_of, site_address
from app.documents.snapshots import payment_reference, reference_to_mention
from app.documents.wording import in_one_piece
from app.mails.addresses import one_line
from app.mails.looks import street_and_town, town_of
from app.models import (
    Invoice,
    InvoiceKind,
    Order,
    OrderAddress,
    OrderLine,
    Payment,
    PaymentKind,
    Return,
    Shipment,
    Shop,
    WordKind,
)
from app.queries import shop
from app.queries.lost_parcels import replaced_by
from app.queries.own_words import own_word
from app.queries.payment_links import payment_link

#: How long a customer has to send goods back once the shop knows; Directive 2011/83/EU, article 14 (1).
SEND_BACK_WITHIN = timedelta(days=14)

#: group -> word -> what it stands for
WORDS: dict[str, dict[str, object]] = {
    "shop": {
        "shop_name": _l("name of the shop"),
        "shop_email": _l("e-mail address of the shop"),
        "shop_phone": _l("phone number of the shop"),
        "shop_website": _l("website of the shop"),
        "shop_address": _l("street and town of the shop, on one line"),
    },
    "order": {
        "customer_name": _l("name of the customer"),
        "order_number": _l("number of the order"),
        "web_shop_number": _l("its number in the web shop, where that is another one"),
        "order_page": _l("its page in My account, when Toonbank’s own address is known"),
        "order_date": _l("day of the order"),
        "order_lines": _l("what was ordered, one line each, with amounts"),
        "net_total": _l("total without VAT, where prices are without"),
        "added_vat": _l("VAT on top, where prices are without"),
        "included_vat": _l("VAT in the total, where prices include it"),
        "order_total": _l("total of the order"),
        "payment_method": _l("payment method"),
        "received_amount": _l("amount that came in last"),
        "received_by": _l("how that was paid"),
        "received_before": _l("what had come in before that, and did not go back; empty when nothing had"),
        "open_amount": _l("amount still to pay; empty when nothing is due"),
        "late_charges": _l("what of that is charged for late payment; empty when nothing is"),
        "costs_to_come": _l("costs that follow by law if it stays unpaid, where they have to be named; else empty"),
        "days_before_costs": _l("days until then, from the day after the mail"),
        "kept_amount": _l("amount received so far, without what was paid back; empty when there is none"),
        "credited_amount": _l("amount credited of the order; empty when there is none"),
        "owed_to_customer": _l("amount to refund for the order; empty when there is none"),
        "bank_account": _l("the shop’s IBAN, for who has to transfer something"),
        "payment_link": _l("the page of the order’s web shop on which what is open is paid; empty when there is none"),
        "payment_reference": _l("what to mention with a transfer: the same as on the invoice"),
        "shipping_method": _l("shipping method; empty when the order is picked up"),
        "to_be_sent_by": _l("shipping method, while something is still to be sent"),
        "shipping_address": _l("where it goes, on one line; empty when the order is picked up"),
        "pick_up_method": _l("pick-up point; empty when the order is sent"),
        "still_to_come": _l("what was ordered and not sent yet"),
    },
    "invoice": {
        "invoice_number": _l("number of the invoice that goes along"),
        "invoice_date": _l("day of that invoice"),
        "invoice_total": _l("total of that invoice"),
        "invoice_open": _l("amount still to pay of that invoice, where a part of it is paid or credited"),
        "invoice_due": _l("day by which it has to be paid; empty when it is paid"),
        "invoice_paid": _l("day on which it was paid; empty when it is not"),
    },
    "credit_note": {
        "credit_note_number": _l("number of the credit note that goes along"),
        "credit_note_date": _l("day of that credit note"),
        "credit_note_total": _l("total of that credit note"),
        "credited_invoice": _l("number of the invoice that it credits"),
    },
    "shipment": {
        "sent_lines": _l("what is in the parcel, one line each"),
        "tracking_code": _l("Track & Trace code"),
        "tracking_url": _l("address of the page that follows the parcel"),
        "carrier": _l("carrier"),
        "replaced_code": _l("code that the customer got before, when this one replaces it"),
        "replaced_parcels": _l("day and code of the lost parcel that this one replaces; empty when it replaces none"),
    },
    "return": {
        "return_number": _l("number of the return"),
        "return_lines": _l("what comes back, one line each"),
        "return_reason": _l("why it comes back"),
        "return_address": _l("where to send it: the shop’s address, on one line"),
        "return_by": _l("day by which it has to be sent"),
        "return_rejected_because": _l("why it can’t come back"),
    },
    "refund": {
        "refund_amount": _l("amount that was paid back"),
        "refund_method": _l("by what it was paid back"),
    },
    "message": {"message": _l("what somebody wrote to the customer")},
    "task": {
        "staff_name": _l("name of the colleague"),
        "task": _l("the task"),
        "task_title": _l("the beginning of that, on one line"),
        "task_due": _l("when it is due"),
        "task_order": _l("number of the order that it is about"),
        "task_link": _l("where it opens, when Toonbank’s own address is known"),
    },
    "ticket": {"ticket_subject": _l("what the customer’s ticket is about")},
    "quote": {
        "quote_number": _l("number of the quote"),
        "quote_total": _l("total of the quote"),
        "quote_valid_until": _l("day until which the quote is valid"),
        "quote_link": _l("the link by which the customer accepts the quote, when Toonbank’s own address is known"),
    },
    "statement": {
        "statement_name": _l("name of the customer whose account it is"),
        "statement_day": _l("day of the statement of account"),
        "statement_total": _l("total that is open by it"),
        "statement_overdue": _l("what of that is overdue; empty when nothing is"),
        "statement_account": _l("the shop’s IBAN, where something is to be paid"),
        "statement_reference": _l("what to mention when all of it is paid at once; empty when that is too long"),
    },
    "notice": {
        "notice": _l("what happened to a colleague’s sign-in"),
        "notice_at": _l("when that was"),
        "notice_by": _l("who did it, where it was somebody else"),
        "notice_from": _l("browser and network address that it came from"),
        "profile_link": _l("where the colleague’s own page opens, when Toonbank’s own address is known"),
    },
    "key": {
        "key_title": _l("what the API key is called"),
        "key_until": _l("the last day on which it works"),
        "keys_link": _l("where the list of keys opens, when Toonbank’s own address is known"),
    },
    "account": {"account_link": _l("the link that signs the customer in to My account")},
}


#: Groups of words that only the caller knows.
OF_THE_CALLER = ("message", "ticket", "quote", "statement", "account", "return", "refund")


def words_of(
    order: Order,
    language: str,
    *,
    invoice: Invoice | None = None,
    shipment: Shipment | None = None,
    more: Mapping[str, str] = {},
) -> dict[str, str]:
    """All words, for every kind of mail; `more` are those that only the caller knows."""
    return {
        **dict.fromkeys([word for group in OF_THE_CALLER for word in WORDS[group]], ""),
        **about_shop(shop()),
        **about_order(order, language),
        **about_payment(order, invoice, language),
        **about_delivery(order, language),
        **about_invoice(invoice, order, language),
        **about_credit_note(invoice, order, language),
        **about_shipment(shipment, language),
        **more,
    }


def about_shop(own: Shop) -> dict[str, str]:
    return {
        "shop_name": own.name,
        "shop_address": one_line(street_and_town(own)) if own.street else "",
        "shop_email": own.email,
        "shop_phone": own.phone,
        "shop_website": own.website,
    }


def about_order(order: Order, language: str) -> dict[str, str]:
    """`web_shop_number` is the number that the customer knows from the web shop, where it is another one."""
    name = order.billing.name if order.billing and order.billing.name else order.customer_name
    included = order.prices_include_tax
    tax = in_currency(order.tax_total, order.currency, language) if order.tax_total else ""
    return {
        "customer_name": one_line(name),
        "order_number": order.number,
        "web_shop_number": order.external_number if order.external_number != order.number else "",
        "order_page": page_in_account(order),
        "order_date": day(order.placed_at, language),
        "order_lines": "\n".join(priced(line, order.currency, language) for line in order.lines),
        "net_total": "" if included or not tax else in_currency(order.net_total, order.currency, language),
        "added_vat": "" if included else tax,
        "included_vat": tax if included else "",
        "order_total": in_currency(order.total, order.currency, language),
    }


def page_in_account(order: Order) -> str:
    return f"{site_address()}/account/order/{quote(order.number)}" if site_address() else ""


def about_payment(order: Order, invoice: Invoice | None, language: str) -> dict[str, str]:
    """The bank account is named only to those who have to transfer something to it."""
    own, owed, received = shop(), order.open_amount > 0, last_received(order)
    is_to_transfer = owed and not (invoice and invoice.kind == InvoiceKind.INVOICE and invoice.is_paid)
    before = order.ledger.kept - received.amount if received else ZERO
    pays_online = order.payment_method is not None and order.payment_method.confirms_itself
    return {
        "payment_method": own_word(WordKind.PAYMENT_METHOD, order.payment_method_title, language),
        "received_amount": in_currency(received.amount, order.currency, language) if received else "",
        "received_by": one_line(own_word(WordKind.PAYMENT_METHOD, received.method, language)) if received else "",
        "received_before": in_currency(before, order.currency, language) if before > 0 else "",
        "open_amount": in_currency(order.open_amount, order.currency, language) if owed else "",
        **about_late_payment(order, language),
        "kept_amount": in_currency(order.ledger.kept, order.currency, language) if order.ledger.kept > 0 else "",
        "credited_amount": in_currency(order.credited, order.currency, language) if order.credited > 0 else "",
        "bank_account": own.iban if is_to_transfer and not pays_online else "",
        "payment_link": payment_link(order) if is_to_transfer else "",
        "payment_reference": reference_in_mail(order, invoice, owed=owed),
        "owed_to_customer": in_currency(-order.open_amount, order.currency, language) if order.open_amount < 0 else "",
    }


def about_late_payment(order: Order, language: str) -> dict[str, str]:
    """Costs that a consumer has to be told of beforehand, in some countries."""
    late = charged_of(order) if order.adjusted else ZERO
    to_come = costs_to_come(order) if order.open_amount > 0 else None
    return {
        "late_charges": in_currency(late, order.currency, language) if late > 0 else "",
        "costs_to_come": in_currency(to_come[1], order.currency, language) if to_come else "",
        "days_before_costs": str(to_come[0].waits) if to_come else "",
    }


def reference_in_mail(order: Order, invoice: Invoice | None, *, owed: bool) -> str:
    if invoice:
        return payment_reference(invoice)
    return reference_to_mention(order) if owed else order.payment_reference


def last_received(order: Order) -> Payment | None:
    """The payment that came in last, of those that were not taken back."""
    taken_back = {one.reverses_id for one in order.payments}
    came_in = [one for one in order.payments if one.kind == PaymentKind.PAYMENT and one.id not in taken_back]
    return max(came_in, key=lambda payment: payment.id, default=None)


def about_delivery(order: Order, language: str) -> dict[str, str]:
    address = order.shipping or order.billing
    is_to_go = any(line.is_shippable and line.to_ship > 0 for line in order.lines) and not order.cancelled_at
    chosen = own_word(WordKind.SHIPPING_METHOD, order.shipping_method_title, language)
    method = "" if order.is_pick_up else chosen
    return {
        "shipping_method": method,
        "to_be_sent_by": method if is_to_go else "",
        "shipping_address": on_one_line(address, language) if address and not order.is_pick_up else "",
        "pick_up_method": chosen if order.is_pick_up else "",
        "still_to_come": ", ".join(
            counted(line, line.to_ship, language) for line in order.lines if line.is_shippable and line.to_ship > 0
        ),
    }


def about_invoice(invoice: Invoice | None, order: Order, language: str) -> dict[str, str]:
    if invoice is None:
        return dict.fromkeys(WORDS["invoice"], "")
    due = invoice.due_on is not None and not invoice.is_paid and order.open_amount > 0
    left, is_by_money = open_of(invoice, order)
    return {
        "invoice_number": invoice.number,
        "invoice_date": day(invoice.issued_at, language),
        "invoice_total": in_currency(invoice.total, invoice.currency, language),
        "invoice_open": in_currency(left, invoice.currency, language) if due and left < invoice.total else "",
        "invoice_due": day(invoice.due_on, language) if due and invoice.due_on else "",
        "invoice_paid": day(invoice.paid_at, language) if invoice.paid_at and is_by_money else "",
    }


def open_of(document: Invoice, order: Order) -> tuple[Decimal, bool]:
    """What is still to pay of an invoice, and whether money settles any of it: one that is credited isn't paid."""
    settling = settling_payments(order).get(document.id, [])
    paid = sum((Decimal(one["amount"]) for one in settling), ZERO)
    return min(left_to_pay(document) - paid, order.open_amount), paid > 0


def about_credit_note(document: Invoice | None, order: Order, language: str) -> dict[str, str]:
    """Where the document is a credit note; its total as the customer reads it, not negative."""
    if document is None or document.kind != InvoiceKind.CREDIT_NOTE:
        return dict.fromkeys(WORDS["credit_note"], "")
    return {
        "credit_note_number": document.number,
        "credit_note_date": day(document.issued_at, language),
        "credit_note_total": in_currency(-document.total, document.currency, language),
        "credited_invoice": next((i.number for i in order.invoices if i.id == document.credits_id), ""),
    }


def about_shipment(shipment: Shipment | None, language: str) -> dict[str, str]:
    if shipment is None:
        return dict.fromkeys(WORDS["shipment"], "")
    method, told = shipment.order.shipping_method, shipment.told_code
    return {
        "sent_lines": "\n".join(sent_lines(shipment, language)),
        "tracking_code": shipment.tracking_code,
        "tracking_url": shipment.tracking_url,
        "replaced_code": told if told != shipment.tracking_code else "",
        "carrier": own_word(
            WordKind.SHIPPING_METHOD, (method.carrier if method else "") or shipment.method_title, language
        ),
        "replaced_parcels": ", ".join(name_parcel(parcel, language) for parcel in list_replaced(shipment)),
    }


def about_return(goods_return: Return | None, language: str) -> dict[str, str]:
    """Of a return that is authorised now, or of None; for mails that pass these words on themselves."""
    words = dict.fromkeys(WORDS["return"], "")
    if goods_return is None:
        return words
    returned = (counted(line.order_line, line.quantity, language) for line in goods_return.lines)
    return words | {
        "return_number": goods_return.number,
        "return_lines": "\n".join(returned),
        "return_reason": one_line(own_word(WordKind.RETURN_REASON, goods_return.reason, language)),
        "return_address": address_of_shop(shop(), language),
        "return_by": day(now() + SEND_BACK_WITHIN, language),
    }


def address_of_shop(own: Shop, language: str) -> str:
    """On one line, with its country in the customer's language."""
    country = Locale(language).territories.get(own.country, own.country)
    parts = (own.name, own.street, town_of(own), country)
    return one_line(", ".join(part for part in parts if part)) if own.street else ""


def list_replaced(shipment: Shipment) -> Iterable[Shipment]:
    """The lost parcels that what went together replaces, each once."""
    return dict.fromkeys(parcel for one in shipment.sent_with for parcel in replaced_by(one))


def name_parcel(parcel: Shipment, language: str) -> str:
    """ "24 November 2026 (3SABC)": the number of its packing slip means nothing to the customer."""
    code = f" ({parcel.tracking_code})" if parcel.tracking_code else ""
    return f"{day(parcel.sent_at or parcel.created_at, language)}{code}"


def sent_lines(shipment: Shipment, language: str) -> Iterable[str]:
    """What went at the same moment with the same code, on however many packing slips: it is told in one mail."""
    for packed in (line for each in shipment.sent_with for line in each.lines):
        yield counted(packed.order_line, packed.quantity, language)


def priced(line: OrderLine, currency: str, language: str) -> str:
    """ "3 × Stoneware mug, blue: € 37,50"; what comes on top has no quantity."""
    name = counted(line, line.quantity, language) if line.is_shippable else one_line(line.name)
    return f"{name}: {in_currency(line.total, currency, language)}"


def in_currency(amount: Decimal, currency: str, language: str) -> str:
    """As documents write it, with no blank that a line could be broken at."""
    return in_one_piece(format_amount(amount, currency, locale_of(language)))


def counted(line: OrderLine, quantity: Decimal, language: str) -> str:
    name = ", ".join(part for part in (line.name, line.variant) if part)
    return f"{shown_number(quantity, language)} × {one_line(name)}"


def on_one_line(address: OrderAddress, language: str) -> str:
    town = " ".join(part for part in (address.postcode, address.city) if part)
    country = Locale(language).territories.get(address.country, address.country) if is_abroad(address) else ""
    parts = (address.name, address.company, address.street, address.street2, town, address.region, country)
    return one_line(", ".join(part for part in parts if part))


def is_abroad(address: OrderAddress) -> bool:
    return address.country != shop().country


def day(moment: datetime | date, language: str) -> str:
    """The day in the shop's time zone, written out."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(ZoneInfo(shop().time_zone)).date()
    return write_out_day(moment, locale_of(language))


@lru_cache(maxsize=1_000)
def write_out_day(day: date, locale: str) -> str:
    return format_date(day, "long", locale=locale)
