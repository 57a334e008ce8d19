"""What of the order asks for somebody, under its title: each in one line, with the button that answers it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app import maps, queries
from app.accounting import owed
from app.accounting.margins import why_no_purchase_price
from app.actions.addresses import change_address
from app.actions.cancelling import cancel_order
from app.actions.credit_notes import create_credit_note
from app.actions.invoices import issue_invoice
from app.actions.leaving import undecided_warning
from app.actions.payments import enter_payment, enter_refund
from app.actions.sellers import why_seller_incomplete
from app.actions.shop_changes import keep_as_here, say_change, take_over_shop_changes, why_it_waits
from app.actions.shop_writes import can_be_left, leave_shop, say_write, tell_shop
from app.admin_views.dashboard.addresses import edit_url
from app.admin_views.dashboard.buttons import Button, button
from app.admin_views.dashboard.loading import OrderPage
from app.admin_views.dashboard.stock_warnings import stock_warnings
from app.connections.failures import SENTENCES
from app.history import PART_TITLES
from app.models import (
    AddressKind,
    Fate,
    InvoiceKind,
    MailState,
    Order,
    OrderStatus,
    ReturnStatus,
    ShopWrite,
    ShopWriteState,
    Trouble,
)
from app.pages.formatting import amount
from app.pages.labels import CONCERN, Label
from app.queries.concerns import Concern


@dataclass(frozen=True)
class Line:
    """What asks for somebody, how much of it, and what to do: a button of the order's, or a link."""

    label: Label
    text: str = ""
    button: Button | None = None
    link: tuple[str, str] | None = None  # address and text
    other: Button | None = None  # what can be done instead


def concerns(page: OrderPage) -> list[Line]:
    """In the order of `Concern`; a draft, and an order that is cancelled, have few of them."""
    order = page.order
    if order.is_draft:
        return list(about_talk(page))
    return [*about_money(order), *about_goods(page), *about_talk(page)]


def about_money(order: Order) -> Iterator[Line]:
    if order.status == OrderStatus.NEEDS_DECISION:
        yield Line(CONCERN[Concern.NEEDS_DECISION], undecided_warning(order), button(cancel_order, order))
    back, too_much = owed.to_pay_back(order), owed.paid_too_much(order)
    if back > too_much:
        yield Line(CONCERN[Concern.TO_PAY_BACK], money(order, back), button(enter_refund, order))
    if too_much:
        refund = button(enter_refund, order) if back == too_much else None
        yield Line(CONCERN[Concern.PAID_TOO_MUCH], money(order, too_much), refund)
    if open_amount := owed.part_paid(order):
        still = _("%(amount)s is still open.", amount=money(order, open_amount))
        yield Line(CONCERN[Concern.PART_PAID], still, button(enter_payment, order))
    if uncredited := owed.paid_back_without_credit_note(order):
        yield Line(CONCERN[Concern.UNCREDITED], money(order, uncredited), credit_button(order))
    if uninvoiced := owed.paid_not_invoiced(order):
        yield Line(CONCERN[Concern.NOT_INVOICED], money(order, uninvoiced), button(issue_invoice, order))
    if order.invoice_waits and not order.is_invoiced_elsewhere and not order.cancelled_at:
        why = why_seller_incomplete() or why_no_purchase_price(order, queries.shop())
        yield Line(CONCERN[Concern.INVOICE_WAITS], why, button(issue_invoice, order))


def about_goods(page: OrderPage) -> Iterator[Line]:
    order = page.order
    for warning in stock_warnings(page.shortages):
        yield Line(CONCERN[Concern.SHORT], warning, link=(tab_url(order, "products"), _("Products")))
    if is_to_go(order) and (problem := address_problem(order)):
        edit = button(change_address, order, url=edit_url(order, AddressKind.SHIPPING))
        yield Line(CONCERN[Concern.ADDRESS_UNKNOWN], problem, edit)


def about_talk(page: OrderPage) -> Iterator[Line]:
    order = page.order
    if page.unanswered:
        ticket = url_for("ticket.show", ticket_id=page.unanswered_id)
        yield Line(CONCERN[Concern.QUESTION], link=(ticket, _("Answer")))
    for asked in (one for one in order.returns if one.status == ReturnStatus.REQUESTED):
        text = f"{asked.number} · {asked.reason}" if asked.reason else asked.number
        yield Line(CONCERN[Concern.RETURN_ASKED], text, link=(tab_url(order, "returns"), _("Authorise or reject")))
    for change in order.shop_changes if page.shop_changes else []:
        said = f"{PART_TITLES[change.part]}: {say_change(change)}".strip(": ")
        text = ". ".join(filter(None, [said, why_it_waits(change)]))
        take, keep = button(take_over_shop_changes, order), button(keep_as_here, order)
        yield Line(CONCERN[Concern.CHANGED_THERE], text, take, other=keep)
    yield from about_telling(page)
    if page.unread_updates:
        text = _("Its shop sent a change that could not be read.")
        arrivals = url_for("arrivals.index_view", search=order.external_id, flt0_result=Fate.QUARANTINED.value)
        yield Line(CONCERN[Concern.UNREAD_UPDATE], text, link=(arrivals, _("Open")))
    if failed := page.failed_mails:
        text = ngettext("%(num)s mail could not be sent", "%(num)s mails could not be sent", failed)
        outbox = url_for("outbox.index_view", search=order.number, flt0_state=MailState.FAILED.value)
        yield Line(CONCERN[Concern.MAIL_FAILED], text, link=(outbox, _("Outbox")))


def about_telling(page: OrderPage) -> Iterator[Line]:
    """What its own shop is not told: it waits for somebody, was refused, or was taken back here since."""
    order = page.order
    writes = can_be_left(order) if page.shop_writes else []
    for write in writes:
        about = {"shop": write.connection.title, "what": say_write(write)}
        leave = button(leave_shop, order)
        if write.state == ShopWriteState.ASKED:
            text = f"{about['shop']}: {about['what']}"
            yield Line(CONCERN[Concern.TO_TELL], text, button(tell_shop, order), other=leave)
        elif write.state == ShopWriteState.OUTDATED:
            text = _("%(shop)s was told: %(what)s. That is taken back here: take it back there, too.", **about)
            yield Line(CONCERN[Concern.NOT_TOLD], text, leave)
        else:
            text = _("%(shop)s was not told: %(what)s.", **about)
            again = button(tell_shop, order, title=_("Try again"))
            yield Line(CONCERN[Concern.NOT_TOLD], f"{text} {say_trouble(write)}", again, other=leave)


def say_trouble(write: ShopWrite) -> str:
    """Why it was refused, with the shop's own words."""
    sentence = str(SENTENCES[write.trouble or Trouble.REFUSED])
    return f"{sentence} ({write.last_error})" if write.last_error else sentence


def money(order: Order, value: Decimal) -> str:
    return amount(value, order.currency)


def credit_button(order: Order) -> Button | None:
    """On the newest invoice: what is to be credited is chosen there."""
    invoices = [invoice for invoice in order.invoices if invoice.kind == InvoiceKind.INVOICE]
    return button(create_credit_note, order, invoices[-1]) if invoices else None


def is_to_go(order: Order) -> bool:
    return not order.cancelled_at and not order.is_pick_up and any(line.to_ship > 0 for line in order.lines)


def address_problem(order: Order) -> str:
    """Why nobody knows where it goes; "" when that is known."""
    address = order.shipping or order.billing
    if address is None:
        return _("The order has no address.")
    place = maps.locate(address)
    if isinstance(place, maps.Place) or place.reason == maps.Reason.SEVERAL_PLACES:
        return ""
    return str(place.sentence)


def tab_url(order: Order, tab: str) -> str:
    return url_for("order_page.show", number=order.number, tab=tab)
