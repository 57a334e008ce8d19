"""Crediting an invoice and making it anew: for another buyer, or as it should have been.

What was paid, sent and packed stays as it is: the credit note takes back what was invoiced and nothing of the order.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounting.crediting import left_to_credit
from app.accounting.settling import set_paid, settle
from app.actions.addresses import address_now, written_address
from app.actions.credit_notes import issued
from app.actions.declaration import REASON, Input, action, has_address
from app.actions.invoices import issue_invoice, mail_invoice
from app.actions.order_customer import put_on_record
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, changes, record
from app.models import ADDRESS_FIELDS, AddressKind, Invoice, InvoiceKind, Order, OrderAddress
from app.queries import search

SEND_BOTH = Input("notify", _l("Send both to the customer"), kind="tick", initial=has_address)


def why_not_make_anew(invoice: Invoice) -> str:
    if invoice.kind != InvoiceKind.INVOICE:
        return _("A credit note isn’t made anew: credit its invoice again.")
    if invoice.order.cancelled_at:
        return _("This order is cancelled.")
    if invoice.order.held_at:
        return _("The order is on hold. Resume it first.")
    if not quantities_left(invoice):
        return _("Everything on this invoice is credited.")
    return ""


def quantities_left(invoice: Invoice) -> dict[int, Decimal]:
    left = left_to_credit(invoice).items()
    return {line_id: part.quantity for line_id, part in left if line_id is not None and part.quantity > 0}


@action(
    title=_l("Credit and make anew"),
    group="credit",
    icon="refresh",
    done=_l("Credited and made anew"),
    mail="invoice",
    mail_beside="credit_note",
    final=True,
    why_not=why_not_make_anew,
    inputs=(
        replace(REASON, hint=_l("Only colleagues see this. What was paid and sent stays as it is.")),
        SEND_BOTH,
    ),
    right_title=_l("Credit invoices and make them anew"),
    dialog_title=_l("Credit and make anew"),
    stands="block",
)
def make_invoice_anew(invoice: Invoice, *, by: Actor, reason: str = "", notify: bool = False) -> Invoice:
    """Credit what is left of the invoice and issue it once more, dated today, as the order is now."""
    note = take_back_invoice(invoice, quantities_left(invoice), by=by)
    anew = issue_anew(note, by=by, notify=notify)
    record_anew(Happened.INVOICE_MADE_ANEW, invoice, note, anew, by=by, reason=reason)
    return anew


def take_back_invoice(invoice: Invoice, quantities: dict[int, Decimal], *, by: Actor) -> Invoice:
    """The credit note of these quantities, which are to be invoiced again. Goods and money stay where they are."""
    order = invoice.order
    note = issued(invoice, quantities, {}, makes_anew=True)
    record(
        Happened.CREDIT_NOTE_ISSUED,
        order,
        by,
        number=note.number,
        invoice=invoice.number,
        amount=-note.total,
    )
    return note


def quantities_taken_back(note: Invoice) -> dict[int, Decimal]:
    return {line.order_line_id: -line.quantity for line in note.lines if line.order_line_id and line.quantity}


def issue_anew(note: Invoice, *, by: Actor, notify: bool, quantities: dict[int, Decimal] | None = None) -> Invoice:
    """The invoice of what a credit note took back, or of these quantities where the order has others since."""
    order = note.order
    taken = quantities_taken_back(note) if quantities is None else quantities
    invoice = issue_invoice(order, by=by, quantities=taken)
    before = next(one for one in order.invoices if one.id == note.credits_id)
    invoice.delivery_time = before.delivery_time
    if before.is_paid and not invoice.is_paid:
        set_paid(invoice)
        db.session.flush()
    settle(order)
    if notify:
        mail_invoice(note, by=by)
        mail_invoice(invoice, by=by)
    return invoice


# --- another buyer --------------------------------------------------------------------------------------------------


def why_not_correct_buyer(invoice: Invoice) -> str:
    if invoice.kind != InvoiceKind.INVOICE:
        return _("A credit note names the buyer of its invoice. Correct the invoice.")
    return why_not_make_anew(invoice)


def buyer_now(invoice: Invoice) -> dict[str, object]:
    order = invoice.order
    given = address_now(order, kind=AddressKind.BILLING if order.billing else AddressKind.SHIPPING)["address"]
    named = {"name": given["name"] or order.customer_name, "company": given["company"] or order.company}
    references = {"buyer_reference": order.buyer_reference, "purchase_order": order.purchase_order}
    return {"address": {**given, **named}, "vat_id": order.vat_id, **references}


@action(
    title=_l("Correct the buyer"),
    group="credit",
    icon="user",
    done=_l("Buyer corrected: credited and made anew"),
    mail="invoice",
    mail_beside="credit_note",
    why_not=why_not_correct_buyer,
    inputs=(
        Input("address", _l("Buyer"), kind="address"),
        Input("vat_id", _l("VAT number"), most=60),
        Input("buyer_reference", _l("Buyer reference"), most=60),
        Input("purchase_order", _l("Buyer’s order number"), most=60),
        Input("also_on_record", _l("Also on the customer’s record"), kind="tick"),
        REASON,
        SEND_BOTH,
    ),
    initial=buyer_now,
    right_title=_l("Correct the buyer of invoices"),
    dialog="buyer",
    edits=True,
    stands="block",
)
def correct_buyer(
    invoice: Invoice,
    *,
    by: Actor,
    address: dict[str, str],
    vat_id: str = "",
    buyer_reference: str | None = None,
    purchase_order: str | None = None,
    also_on_record: bool = False,
    notify: bool = False,
    reason: str = "",
) -> Invoice:
    """Credit the invoice and make it anew with this name, company, VAT number and address of the buyer.

    The order gets them too, as its billing address. Where it goes, what is paid and what is sent stay as they are.
    """
    order = invoice.order
    new = written_address(order.billing or order.shipping, address)
    if not (new["name"] or new["company"]):
        raise ActionRefused(_("Buyer: fill in a name or a company."))
    vat_id = " ".join(vat_id.split())[:60]
    given = {"buyer_reference": buyer_reference, "purchase_order": purchase_order}
    references = {name: " ".join(text.split())[:60] for name, text in given.items() if text is not None}
    if is_named(invoice, new, vat_id, references):
        raise ActionRefused(_("The invoice names this buyer already."))

    set_buyer(order, new, vat_id, references, by=by)
    if also_on_record:
        put_on_record(order, by)

    note = take_back_invoice(invoice, quantities_left(invoice), by=by)
    anew = issue_anew(note, by=by, notify=notify)
    record_anew(Happened.BUYER_CORRECTED, invoice, note, anew, by=by, reason=reason)
    return anew


def record_anew(what: Happened, invoice: Invoice, note: Invoice, anew: Invoice, *, by: Actor, reason: str) -> None:
    record(
        what,
        invoice.order,
        by,
        invoice=invoice.number,
        credit_note=note.number,
        number=anew.number,
        reason=reason.strip(),
    )


def is_named(invoice: Invoice, new: dict[str, str], vat_id: str, references: dict[str, str]) -> bool:
    if any(invoice.snapshot.get(name, "") != text for name, text in references.items()):
        return False
    buyer = invoice.snapshot.get("buyer", {})
    wanted = {**new, "name": new["name"] or new["company"], "vat_id": vat_id}
    return all(wanted.get(name, text) == text for name, text in buyer.items())


def set_buyer(order: Order, new: dict[str, str], vat_id: str, references: dict[str, str], *, by: Actor) -> None:
    """On the order. One without an address of its own for the goods still goes where it went."""
    billing = order.billing
    if billing is None:
        billing = OrderAddress(order=order, kind=AddressKind.BILLING)
    elif order.shipping is None:
        same = {name: getattr(billing, name) for name in ADDRESS_FIELDS}
        db.session.add(OrderAddress(order=order, kind=AddressKind.SHIPPING, **same))
    db.session.add(billing)
    db.session.flush()
    said = {"customer_name": new["name"] or new["company"], "company": new["company"], "vat_id": vat_id, **references}
    changed = changes(billing, ADDRESS_FIELDS, new) | changes(order, tuple(said), said)
    for name, value in new.items():
        setattr(billing, name, value)
    for name, value in said.items():
        setattr(order, name, value)
    db.session.flush()
    search.index(order)
    if changed:
        record(Happened.CUSTOMER_CHANGED, order, by, changes=changed)
