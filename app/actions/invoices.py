"""Issuing invoices, and the little that may change on them afterwards.

There is no undo: what an issued invoice says never changes. The counter-action is a credit note.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import mails, queries
from app.accounting.billing import bill, parts_to_bill, quantities_to_bill, to_choose
from app.accounting.crediting import is_fully_credited, left_to_pay
from app.accounting.margins import take_margins, why_no_purchase_price
from app.accounting.settling import (
    is_taken_back,
    marked_on_invoice,
    say_what_settles,
    set_not_paid,
    set_paid,
    settle,
    take_back_amount,
    why_not_take_back,
)
from app.accounting.states import recompute_status
from app.actions.declaration import REASON, Input, InRows, action
from app.actions.sellers import demand_seller, why_no_invoice_of_seller
from app.amounts.money import ZERO
from app.columns import now
from app.documents import snapshots
from app.einvoices.sending import queue_when_issued
from app.errors import ActionRefused
from app.extensions import ShownText, db
from app.history import Actor, Happened, parts_of_sum, record
from app.models import Invoice, InvoiceKind, InvoiceMoment, Order, Payment
from app.numbering import draw
from app.queries import search

#: Of what the shop's setting leaves to people.
INVOICE_REST = Input("invoice", _l("Invoice what is not invoiced yet, once nothing is open any more"), kind="tick")


def why_not_issue_invoice(order: Order) -> str:
    if order.is_draft:
        return _("A draft has no invoice. Place the order first.")
    if order.cancelled_at:
        return _("This order is cancelled.")
    if order.held_at:
        return _("The order is on hold. Resume it first.")
    if order.is_invoiced_elsewhere:
        return why_invoiced_elsewhere(order)
    if not any(line.to_invoice > 0 for line in order.lines):
        return _("Everything on this order is invoiced.")
    return ""


def why_invoiced_elsewhere(order: Order) -> str:
    if number := order.elsewhere_number:
        return _("This order is invoiced elsewhere, number %(number)s.", number=number)
    return _("This order is invoiced elsewhere.")


@action(
    title=_l("Create invoice"),
    group="invoices",
    icon="file-invoice",
    done=_l("Invoice created"),
    bulk=True,
    mail="invoice",
    why_not=why_not_issue_invoice,
    inputs=(
        Input("quantities", _l("Quantities"), kind="quantities", initial=to_choose, choices=to_choose),
        Input("notify", _l("Send the invoice to the customer"), kind="tick"),
    ),
    dialog="quantities",
    stands="block",
)
def issue_invoice(
    order: Order, *, by: Actor, quantities: dict[int, Decimal] | None = None, notify: bool = False
) -> Invoice:
    """Issue an invoice for these quantities per order line; when none are given, for all that is not invoiced yet.

    Number, date and snapshot are fixed here, for good.
    Its pages are printed right after this transaction, from the snapshot (see docs/decisions).
    """
    shop = queries.shop()
    take_margins(order, shop)
    wanted = quantities_to_bill(order, quantities)
    parts = parts_to_bill(order, wanted)
    demand_seller(order)
    if reason := why_no_purchase_price(order, shop, wanted):
        raise ActionRefused(reason)

    issued_at = now()
    invoice = Invoice(
        order=order,
        kind=InvoiceKind.INVOICE,
        number=draw("invoice", demo=order.is_demo),
        issued_at=issued_at,
        due_on=issued_at.astimezone(ZoneInfo(shop.time_zone)).date() + timedelta(days=shop.payment_term_days),
        language=order.language,
        currency=order.currency,
        is_demo=order.is_demo,
        paid_at=issued_at if order.open_amount <= 0 else None,
    )
    with db.session.no_autoflush:  # it reads parts of the order while the invoice is only half written
        bill(invoice, order, parts)
        snapshots.fix(invoice, order, shop)
    db.session.add(invoice)
    order.invoice_waits = False
    recompute_status(order)
    db.session.flush()
    say_what_settles(order, [invoice])
    search.index(order)

    record(Happened.INVOICE_ISSUED, order, by, number=invoice.number, amount=invoice.total)
    queue_when_issued(invoice)
    if notify:
        mail_invoice(invoice, by=by)
    return invoice


def issue_when_placed(order: Order, *, by: Actor) -> Invoice | None:
    """The invoice that the shop's setting wants of an order as it is now; one of 0 is invoiced by any setting."""
    is_due = is_invoiced_when_placed(order) and not why_not_issue_invoice(order)
    return issue_or_wait(order, by=by) if is_due else None


def is_invoiced_when_placed(order: Order) -> bool:
    moment = queries.shop().invoice_moment
    is_paid = moment == InvoiceMoment.PAID and order.is_paid_for
    return moment == InvoiceMoment.DIRECT or is_paid or order.total == 0


def issue_or_wait(order: Order, *, by: Actor) -> Invoice | None:
    """The invoice that is due. Without what the law wants said of the seller it waits, and so it does while nobody
    knows what goods under the margin scheme were bought for; the order goes on.
    """
    shop = queries.shop()
    take_margins(order, shop)
    if why_no_invoice_of_seller(order) or why_no_purchase_price(order, shop):
        order.invoice_waits = True
        return None
    return issue_invoice(order, by=by)


def issue_when_paid(order: Order, *, by: Actor) -> Invoice | None:
    """The invoice that the shop's setting wants once an order is paid: of all that none bills yet.

    Whatever brings money calls this after it. One that is invoiced when it is placed has its invoice by then, unless
    its first payment had failed elsewhere.
    """
    if not order.is_paid_for:
        return None
    moment = queries.shop().invoice_moment
    is_wanted = moment == InvoiceMoment.PAID or (moment == InvoiceMoment.DIRECT and not order.invoices)
    return issue_or_wait(order, by=by) if is_wanted and not why_not_issue_invoice(order) else None


def issue_once_paid(order: Order, *, by: Actor, rest: bool) -> Invoice | None:
    """The invoice that comes of money that came: that of the shop's setting, or the `rest` once nothing is open."""
    issued = issue_when_paid(order, by=by)
    is_wanted = rest and order.is_paid_for and not why_not_issue_invoice(order)
    return issue_or_wait(order, by=by) if is_wanted else issued


def is_left_to_invoice(order: Order) -> bool:
    """Whether something of it is not invoiced, and won't be by itself once it is paid."""
    if order.total <= order.invoiced or why_not_issue_invoice(order):
        return False
    moment = queries.shop().invoice_moment
    return moment == InvoiceMoment.MANUAL or (moment == InvoiceMoment.DIRECT and bool(order.invoices))


def unsent_invoice(order: Order) -> Invoice | None:
    """The invoice that was issued when the order was paid, and has not gone yet: Paid was undone in time."""
    if queries.shop().invoice_moment != InvoiceMoment.PAID:
        return None
    issued = [one for one in order.invoices if one.kind == InvoiceKind.INVOICE and not is_fully_credited(one)]
    return issued[-1] if issued and issued[-1].sent_at is None else None


# --- the pop-up behind the blue i -----------------------------------------------------------------------------------


def why_not_change_invoice(invoice: Invoice) -> str:
    if invoice.order.cancelled_at:
        return _("This order is cancelled.")
    if invoice.kind != InvoiceKind.INVOICE:
        return _("A credit note is neither paid nor delivered.")
    if is_fully_credited(invoice):
        return _("All of this invoice is credited.")
    return ""


def is_last_to_pay(invoice: Invoice) -> bool:
    """Whether Paid on it settles its order, of which something is not invoiced."""
    settles = not invoice.is_paid and left_to_pay(invoice) >= invoice.order.open_amount
    return settles and is_left_to_invoice(invoice.order)


def paid_or_not(invoice: Invoice) -> list[tuple[bool, ShownText]]:
    return [(True, _l("Paid")), (False, _l("Not paid"))]


def delivery_times(invoice: Invoice) -> list[str]:
    return queries.shop().delivery_times or [invoice.delivery_time]


@action(
    title=_l("Save"),
    group="invoices",
    icon="check",
    done=_l("Invoice saved"),
    why_not=why_not_change_invoice,
    inputs=(
        Input("paid", _l("Status"), kind="choice", initial=lambda invoice: invoice.is_paid, choices=paid_or_not),
        Input(
            "delivery_time",
            _l("Delivery time"),
            initial=lambda invoice: invoice.delivery_time,
            choices=delivery_times,
        ),
        replace(INVOICE_REST, name="rest", is_asked=is_last_to_pay),
        REASON,
    ),
    right_title=_l("Change an invoice’s status and delivery time"),
    dialog="invoice",
    edits=True,
    stands="block",
)
def change_invoice(
    invoice: Invoice, *, by: Actor, paid: bool, delivery_time: str, rest: bool = False, reason: str = ""
) -> Invoice:
    """Set the invoice Paid or Not paid, and the delivery time that is printed on it; each is a new revision."""
    before = invoice.revision
    if delivery_time.strip() != invoice.delivery_time:
        set_delivery_time(invoice, delivery_time.strip(), by, reason)
    if paid and not invoice.is_paid:
        set_invoice_paid(invoice, by, rest=rest, reason=reason)
    if not paid and invoice.is_paid:
        set_invoice_not_paid(invoice, by, reason)
    invoice.revision = before + (invoice.revision != before)
    return invoice


def set_delivery_time(invoice: Invoice, text: str, by: Actor, reason: str) -> None:
    changes = {"delivery_time": [invoice.delivery_time, text]}
    invoice.delivery_time = text
    invoice.revision += 1
    said = reason.strip()
    record(Happened.INVOICE_CHANGED, invoice.order, by, number=invoice.number, changes=changes, reason=said)


def set_invoice_paid(invoice: Invoice, by: Actor, *, rest: bool, reason: str) -> None:
    """A payment of what is open on the invoice; at most what is open on the order."""
    order = invoice.order
    amount = min(left_to_pay(invoice), order.open_amount)
    if amount > 0:
        method = order.payment_method_title
        payment = Payment(order=order, amount=amount, method=method, entered_by=by.name, paid_at=now())
        payment.is_marked, payment.invoice_id = True, invoice.id
        db.session.add(payment)
    set_paid(invoice)
    db.session.flush()
    settle(order)
    say_what_settles(order, [invoice])
    taken, said = max(amount, ZERO), reason.strip()
    record(Happened.INVOICE_PAID, order, by, number=invoice.number, amount=taken, reason=said)
    issue_once_paid(order, by=by, rest=rest)


def why_not_set_invoice_not_paid(invoice: Invoice) -> str:
    if not invoice.is_paid:
        return ""
    if left_to_pay(invoice) <= 0:
        return _("Nothing is due on it.")
    return why_not_take_back(invoice.order, *taken_by_not_paid(invoice))


def set_invoice_not_paid(invoice: Invoice, by: Actor, reason: str) -> None:
    """Take back what Paid made for this invoice, by counter rows. Money that somebody entered stays."""
    if refusal := why_not_set_invoice_not_paid(invoice):
        raise ActionRefused(refusal)
    order, (payments, amount) = invoice.order, taken_by_not_paid(invoice)
    amounts = take_back_amount(payments, amount, by)
    for payment in filter(is_taken_back, payments):
        mails.withdraw_untrue("take_back_payment", order.id, on_id=payment.id, kinds=set())
    set_not_paid(invoice)
    settle(order)
    say_what_settles(order, [invoice])
    record(
        Happened.INVOICE_NOT_PAID,
        order,
        by,
        number=invoice.number,
        amount=sum(amounts, ZERO),
        parts=parts_of_sum(amounts),
        reason=reason.strip(),
    )


def taken_by_not_paid(invoice: Invoice) -> tuple[list[Payment], Decimal]:
    """The payments that Not paid on the invoice takes back, and how much of them."""
    payments = marked_on_invoice(invoice)
    whole = sum((payment.amount for payment in payments), ZERO)
    is_own = any(payment.invoice_id == invoice.id for payment in payments)
    return payments, whole if is_own else min(whole, left_to_pay(invoice))


# --- sending --------------------------------------------------------------------------------------------------------


def why_not_send_invoice(invoice: Invoice) -> str:
    return "" if invoice.order.email else _("The order has no e-mail address. Enter one first.")


@action(
    title=_l("Send"),
    group="invoices",
    icon="send",
    done=_l("It is on its way"),
    mail="invoice",
    why_not=lambda invoice: "",
    inputs=(Input("to", _l("Send to"), initial=lambda invoice: invoice.order.email),),
    right_title=_l("Send invoices"),
    dialog="invoice",
    stands="block",
    in_rows=InRows(lambda invoice: True),
)
def send_invoice(invoice: Invoice, *, by: Actor, to: str = "") -> Invoice:
    """Queue the invoice or credit note as mail to the customer, or to a corrected address; also again."""
    if not to and (reason := why_not_send_invoice(invoice)):
        raise ActionRefused(reason)
    mail_invoice(invoice, by=by, to=to, asked_for=True)
    return invoice


def mail_invoice(
    document: Invoice, *, by: Actor, to: str = "", asked_for: bool = False, words: Mapping[str, str] = {}
) -> None:
    """Queue an invoice or credit note as the mail of its kind; each time is a mail of its own."""
    order, kind = document.order, str(document.kind)
    again = mails.times_queued(kind, f"{kind}:{document.id}")
    mail = mails.queue(
        kind,
        order,
        once_key=f"{kind}:{document.id}:{again + 1}",
        by=by,
        invoice=document,
        to_address=to,
        asked_for=asked_for,
        words=words,
    )
    if mail is not None:
        sent = Happened.CREDIT_NOTE_SENT if document.is_credit_note else Happened.INVOICE_SENT
        record(sent, order, by, number=document.number, address=mail.to_address)
