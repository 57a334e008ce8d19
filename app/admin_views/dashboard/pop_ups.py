"""What the pop-ups show beside the form of their action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from app import queries
from app.accounting.crediting import left_to_pay_back
from app.actions import messages
from app.actions.addresses import has_one_address
from app.actions.cancelling import is_all_sent, not_credited
from app.actions.credit_notes import (
    create_credit_note,
    credit_return,
    creditable,
    creditable_amounts,
    reimbursable,
    sent_or_not,
)
from app.actions.declaration import AnyAction
from app.actions.drafts import place_draft
from app.actions.goods import count_not_sent, has_sent_something
from app.actions.invoices import change_invoice, send_invoice, why_not_set_invoice_not_paid
from app.actions.late_charges import charge_late_payment, say_charges
from app.actions.leaving import unpaid_warning
from app.actions.losing import mark_lost, mark_not_lost
from app.actions.making_anew import correct_buyer, make_invoice_anew
from app.actions.order_methods import METHOD_INPUTS
from app.actions.packing_slips import change_packing_slip, restore_packing_slip, withdraw_packing_slip
from app.actions.parcels import not_picked_up, set_shipment_not_sent
from app.actions.payments import (
    enter_payment,
    enter_refund,
    mark_not_paid,
    mark_paid,
    not_invoiced_warning,
    refund_warning,
    take_back_payment,
)
from app.actions.picking_up import picked_up
from app.actions.returns import period_ended
from app.actions.shipments import create_packing_slip, mark_sent, send_shipment
from app.actions.texts import change_text
from app.actions.tracking import CODE, change_tracking, is_being_told, is_told
from app.admin_views.action_forms import fingerprint, form_on
from app.admin_views.dashboard.action_dialog import PopUp
from app.admin_views.dashboard.buttons import Button, action_url, button, why_not
from app.admin_views.dashboard.invoices import e_invoice_buttons, e_invoices, paid_label, sent_e_invoice
from app.admin_views.dashboard.issuing import letters_warning
from app.admin_views.dashboard.mail_lines import mail_line, mails_of_sending, who_gets
from app.admin_views.dashboard.price_difference import price_difference
from app.admin_views.dashboard.stock_warnings import of_edited, of_order
from app.admin_views.dashboard.taken_back import say_entry, taken_back_on_invoice, taken_back_on_order
from app.admin_views.offered_rates import offered_on
from app.admin_views.signin import may
from app.extensions import ShownText
from app.history import ADDRESS_TITLES
from app.mails.texts import language_for, why_no_link
from app.models import AddressKind, Order, OrderLine, Return, Shipment
from app.pages.formatting import amount, moment
from app.queries.lost_parcels import replaced_by

#: Actions by which goods leave the house, or are made ready to.
LEAVING = (mark_sent, picked_up, create_packing_slip)


def parts_of(shown: PopUp) -> dict[str, object]:
    return DIALOG_PARTS.get(shown.action.dialog, action)(shown)


def action(shown: PopUp) -> dict[str, object]:
    """An action by itself: its own form."""
    record_id = shown.record.id if shown.record is not shown.order else None
    return {
        "url": action_url(shown.action.name, shown.order, record_id),
        "verb": verb_of(shown.action, shown.order),
        **mails_by(shown.action, shown.record),
        "warning": warning_before(shown),
        "hint": amount_before(shown),
        "short": of_order(shown.order) if shown.action in (*LEAVING, place_draft) else [],
    }


def warning_before(shown: PopUp) -> str:
    if shown.action is enter_refund:
        return refund_warning(shown.order)
    if shown.action.warning and (text := shown.action.warning(shown.record)):
        return text
    if shown.action in (mark_paid, enter_payment) and (text := not_invoiced_warning(shown.order)):
        return text
    goes = shown.action.mail and shown.order.email
    said = (why_no_link(shown.action.mail) if goes else "", letters_warning(shown.action, shown.order))
    return " ".join(sentence for sentence in said if sentence)


def verb_of(action: AnyAction, order: object) -> ShownText:
    """What the button of an action says, here and where it opens the pop-up."""
    is_pick_up = action is set_shipment_not_sent and isinstance(order, Order) and order.is_pick_up
    return not_picked_up.title if is_pick_up else action.title


def amount_before(shown: PopUp) -> str:
    """Which money it is about: of the credit note of a return, or of the payments that are taken back."""
    if shown.action is mark_not_paid:
        return "" if shown.reason else taken_back_on_order(shown.order)
    if shown.action is charge_late_payment:
        return say_charges(shown.order)
    if shown.action is take_back_payment:
        return say_entry(shown.record)
    value = reimbursable(shown.record) if shown.action is credit_return else None
    return "" if value is None else _("%(amount)s is credited.", amount=amount(value, shown.order.currency))


def mails_by(one: AnyAction, record: object) -> dict[str, object]:
    """Which mails it writes to whom; another one with a Track & Trace code, where it takes that."""
    if CODE.name in {asked.name for asked in one.inputs} and one.mail:
        return dict(mails_of_sending(one, record))
    return {"mail": mail_line(one, record) if one.mail else ""}


def address_parts(shown: PopUp) -> dict[str, object]:
    kind = shown.more["kind"]
    return {
        "title": ADDRESS_TITLES[kind],
        "url": url_for("order_page.change_address", number=shown.order.number, kind=kind),
        "is_shared": kind == AddressKind.BILLING and has_one_address(shown.order),
    }


def cancel(shown: PopUp) -> dict[str, object]:
    order = shown.order
    return {
        **action(shown),
        "invoices": [invoice.number for invoice in not_credited(order)],
        "paid_back": order.paid - order.refunded,
        "is_partly": has_sent_something(order) and not is_all_sent(order),
        "mail_of_rest": "" if order.is_invoiced_elsewhere else who_gets(order, "credit_note"),
        "sent": [(line, line.shipped) for line in order.lines if line.shipped > 0],
        "not_sent": [(line, line.to_ship) for line in order.lines if line.to_ship > 0],
        "credited_apart": ", ".join(notes_of_amounts(order)),
        "is_invoiced": order.is_invoiced_elsewhere or not any(line.to_invoice > 0 for line in order.lines),
    }


def notes_of_amounts(order: Order) -> list[str]:
    """The credit notes by which an amount went, and no piece, of lines of which something is still to go."""
    left = {line.id for line in order.lines if line.to_ship > 0}
    notes = [note for note in order.invoices if note.is_credit_note]
    return [note.number for note in notes if any(one.order_line_id in left and not one.quantity for one in note.lines)]


def quantities(shown: PopUp) -> dict[str, object]:
    """How much of which line: of a packing slip, or of an invoice."""
    most = shown.action.choices(shown.record)["quantities"]
    is_lost = shown.action is mark_lost
    return {
        **action(shown),
        "rows": rows_of(shown.order, shown.form.quantities),
        "most": most,
        "most_title": _("In the parcel") if is_lost else _("Remaining"),
        "hint": _("They are to be packed once more, without another invoice.") if is_lost else "",
    }


def rows_of(order: Order, quantities: Any) -> list[tuple[OrderLine, Any]]:
    """Each line with its field, in the order of the lines."""
    fields = {field.short_name: field for field in quantities}
    return [(line, fields[str(line.id)]) for line in order.lines if str(line.id) in fields]


def credit_note(shown: PopUp) -> dict[str, object]:
    """Each line with its fields: how many, how many of those were sent, or an amount."""
    order, form, most = shown.order, shown.form, creditable(shown.record)
    many, amounts = dict(rows_of(order, form.quantities)), dict(rows_of(order, form.amounts))
    goods = [line for line in order.lines if line.is_shippable and line.id in most]
    return {
        **action(shown),
        "rows": [(line, many.get(line), amounts.get(line)) for line in order.lines if {line} & {*many, *amounts}],
        "most": most,
        "most_amount": creditable_amounts(shown.record),
        "goods": {line.id: (line.sent_uncredited, count_not_sent(line)) for line in goods},
        "sent": {line.id: field for line, field in rows_of(order, form.sent)},
        "most_sent": sent_or_not(shown.record),
        "has_sent": any(line.sent_uncredited > 0 for line in goods),
    }


def goods_return(shown: PopUp) -> dict[str, object]:
    record = shown.record if isinstance(shown.record, Return) else None
    return {
        **quantities(shown),
        "ended": period_ended(shown.order),
        "days": queries.shop().return_days,
        "amount": reimbursable(record) if record else None,
    }


def message(shown: PopUp) -> dict[str, object]:
    text = url_for("mail_texts.edit", kind=messages.KIND, language=language_for(shown.order.language, "en"))
    return {
        **action(shown),
        "has_invoice": messages.latest_invoice(shown.order) is not None,
        "text_url": text if may(change_text.right) else "",
    }


#: What can be done about an invoice that is wrong.
ON_INVOICES = (create_credit_note, correct_buyer, make_invoice_anew)


def invoice(shown: PopUp) -> dict[str, object]:
    """Two forms: what can be changed of an invoice, and sending it. A credit note is only sent."""
    record, order = shown.record, shown.order
    return {
        "change": None if record.is_credit_note else beside(shown, change_invoice),
        "send": beside(shown, send_invoice),
        "pdf_url": url_for("order_page.invoice_pdf", number=order.number, invoice_id=record.id),
        "why_not_send": why_not(send_invoice, record),
        "label": paid_label(record),
        "names": record.snapshot.get("buyer", {}),
        "e_invoices": e_invoices(order, record),
        "e_invoice": sent_e_invoice(record),
        "e_invoice_buttons": e_invoice_buttons(order, record),
        "mails": queries.mails_with(record),
        "owed_back": left_to_pay_back(record),
        "refund": button(enter_refund, order) if record.is_credit_note else None,
        "steps": [] if record.is_credit_note else [button(one, order, record) for one in ON_INVOICES],
        "why_not_unpay": why_not_set_invoice_not_paid(record),
        "taken_back": taken_back_on_invoice(record),
    }


def shipment(shown: PopUp) -> dict[str, object]:
    """One form: Sent, and after that the correction of the code; below it what can be taken back or changed."""
    order, slip = shown.order, shown.record
    now = change_tracking if slip.sent_at else send_shipment
    by_id = {line.id: line for line in order.lines}
    return {
        "now": beside(shown, now),
        "warning": "" if slip.sent_at else unpaid_warning(order),
        "short": [] if slip.sent_at else of_order(order),
        "rows": [(by_id[packed.order_line_id], packed.quantity, packed.lost) for packed in slip.lines],
        **mails_of_sending(send_shipment, slip),
        "told": what_is_told(slip),
        "waits": is_being_told(slip),
        "lost": button(mark_lost, order, slip) if slip.sent_at and not (slip.is_all_lost or order.is_pick_up) else None,
        "not_lost": button(mark_not_lost, order, slip) if slip.lost_at else None,
        "replaces": ", ".join(lost.number for lost in replaced_by(slip)),
        "not_sent": not_sent_button(slip) if slip.sent_at else None,
        "pdf_url": url_for("order_page.packing_slip_pdf", number=order.number, shipment_id=slip.id),
        "others": [button(one, order, slip) for one in others_on(slip)],
    }


def not_sent_button(slip: Shipment) -> Button:
    return button(set_shipment_not_sent, slip.order, slip, title=verb_of(set_shipment_not_sent, slip.order))


def others_on(slip: Shipment) -> tuple[AnyAction, ...]:
    """What can be done with a packing slip that is not sent."""
    if slip.withdrawn_at:
        return (restore_packing_slip,)
    return () if slip.sent_at else (change_packing_slip, withdraw_packing_slip)


def what_is_told(slip: Shipment) -> str:
    """What the customer knows of the parcel; "" when no mail told of it."""
    if is_being_told(slip):
        return _("The mail about it still waits: it is written anew with the new code.")
    if not is_told(slip) or slip.mail is None:
        return ""
    at = moment(slip.mail.sent_at or slip.mail.created_at)
    if slip.told_code:
        return _("Told on %(moment)s: %(code)s.", moment=at, code=slip.told_code)
    return _("Told on %(moment)s, without a code.", moment=at)


def beside(shown: PopUp, one: AnyAction) -> dict[str, object]:
    """The form of one of the actions in the same pop-up: as it was sent if it is that one, else as it starts."""
    return {
        "form": shown.form if one is shown.action else form_on(one, shown.record),
        "url": action_url(one.name, shown.order, shown.record.id),
        "seen": shown.seen if one is shown.action else fingerprint(one, shown.record),
        "action": one,
        "reason": why_not(one, shown.record),
    }


MOST_FOUND = 8


def line_parts(shown: PopUp) -> dict[str, object]:
    """The form, the products that were searched for, and the total as the form has it now."""
    asked = request.form.get("find", "")
    difference = price_difference(shown)
    return {
        **action(shown),
        "difference": difference,
        "methods_entered": are_methods_entered(shown),
        "short": of_edited(shown.order, shown.form.lines),
        "find": asked,
        "found": queries.products_called(asked, most=MOST_FOUND),
        "rates": offered_on(shown.order),
        "own_currency": shown.order.currency == queries.shop().currency,
    }


def are_methods_entered(shown: PopUp) -> bool:
    """Whether the form says something else of payment and shipping than it started with."""
    fields, start = shown.form._fields, shown.action.initial_values(shown.record)
    names = [one.name for one in METHOD_INPUTS if one.name in fields]
    return any(fields[name].errors or fields[name].data != start[name] for name in names)


def choose_customer(shown: PopUp) -> dict[str, object]:
    asked = request.form.get("find", "")
    return {
        **action(shown),
        "find": asked,
        "found": queries.customers_called(asked, demo=shown.order.is_demo, most=MOST_FOUND),
    }


#: What a pop-up's template needs where the action's own form is not all of it.
DIALOG_PARTS: dict[str, Callable[[PopUp], dict[str, object]]] = {
    "address": address_parts,
    "cancel": cancel,
    "quantities": quantities,
    "credit_note": credit_note,
    "return": goods_return,
    "invoice": invoice,
    "shipment": shipment,
    "message": message,
    "lines": line_parts,
    "choose_customer": choose_customer,
}
