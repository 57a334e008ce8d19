"""The actions that the order page offers: on which record, in which pop-up, and with what filled in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Form

from app import mails, queries
from app.actions import Action, messages
from app.actions.addresses import FIELDS, change_address
from app.actions.billing import to_invoice
from app.actions.buyers import ON_ORDER, change_customer, choose_customer
from app.actions.cancelling import cancel_order, not_credited
from app.actions.costs import change_methods, cost_now, rate_now
from app.actions.credit_notes import create_credit_note, credit_order, credit_return
from app.actions.custom_statuses import set_custom_status
from app.actions.drafts import copy_order, discard_draft, place_draft, restore_draft
from app.actions.invoices import change_invoice, issue_invoice, send_invoice
from app.actions.lines import as_edited, discount_of, edit_lines, listed
from app.actions.memos import remove_memo, write_memo
from app.actions.messages import notify_customer
from app.actions.payments import enter_payment, enter_refund, mark_not_paid, mark_paid, take_back_payment
from app.actions.picking_up import not_ready, picked_up, ready_for_pickup
from app.actions.reminders import send_payment_reminder
from app.actions.returns import (
    authorise_return,
    change_return,
    complete_return,
    create_return,
    receive_return,
    reject_return,
)
from app.actions.shipments import change_tracking, create_packing_slip, mark_sent, send_shipment, to_pack
from app.actions.suspending import resume, suspend
from app.actions.tasks import FIELDS as TASK_FIELDS
from app.actions.tasks import add_task, change_task, finish_task, reopen_task
from app.admin_views.dashboard.custom_status import choices
from app.admin_views.dashboard.giving_back import (
    change_choices,
    credit_choices,
    credit_start,
    return_choices,
    return_credit_start,
    return_now,
    return_start,
)
from app.admin_views.dashboard.steps import finding, line_steps
from app.admin_views.forms import form_of
from app.admin_views.labels import TASK_STATUS
from app.admin_views.showing import language
from app.admin_views.signin import actor
from app.mails.texts import language_for
from app.models import (
    Invoice,
    Memo,
    Order,
    Payment,
    PaymentMethod,
    Return,
    Shipment,
    ShippingMethod,
    Shop,
    Task,
    TaskStatus,
)
from app.money import ZERO, in_full, rounded

Values = dict[str, Any]


def nothing(record: Any, **more: Any) -> Values:
    return {}


def itself(order: Order, record_id: int | None) -> Any:
    return order if record_id is None else None


def nowhere_else(result: Any) -> str:
    return ""


def no_steps(form: Form, order: Order, pressed: Mapping[str, str]) -> bool:
    return False


@dataclass(frozen=True)
class Offer:
    action: Action
    find: Callable[[Order, int | None], Any] = itself  # the record in the order; None when it has no such
    pop_up: str = "action"  # template in admin/order/dialogs
    title: Any = ""  # of the pop-up
    start: Callable[..., Values] = nothing
    offers: Callable[..., Values] = nothing
    edits: bool = False  # changes what the person sees in the form: two people must not overwrite one another
    undo: str = ""  # the action that takes it back
    undo_on: Callable[[Any], Any] | None = None  # what was made, where the undo is about that
    preview: Callable[..., Any] | None = None  # of the record and what the form says: what would go out
    leads_to: Callable[[Any], str] = nowhere_else  # the number of the order to go to afterwards; "" for the same
    steps: Callable[[Form, Order, Mapping[str, str]], bool] = no_steps  # buttons that only change the form

    def form(self, record: Any, given: Any = None, **more: Any) -> Form:
        return form_of(self.action, start=self.start(record, **more), offers=self.offers(record), given=given)

    def mark(self, record: Any, **more: Any) -> str:
        """A few letters that differ when the values in the form have changed meanwhile."""
        values = json.dumps(self.start(record, **more), sort_keys=True, default=str)
        return hashlib.sha256(values.encode()).hexdigest()[:16] if self.edits else ""


# --- the records of an order ----------------------------------------------------------------------------------------


def invoice_of(order: Order, invoice_id: int | None) -> Invoice | None:
    return next((invoice for invoice in order.invoices if invoice.id == invoice_id), None)


def payment_of(order: Order, payment_id: int | None) -> Payment | None:
    return next((payment for payment in order.payments if payment.id == payment_id), None)


def last_payment(order: Order) -> Payment:
    return max(order.payments, key=lambda payment: payment.id)


def shipment_of(order: Order, shipment_id: int | None) -> Shipment | None:
    return next((shipment for shipment in order.shipments if shipment.id == shipment_id), None)


def return_of(order: Order, return_id: int | None) -> Return | None:
    return next((goods_return for goods_return in order.returns if goods_return.id == return_id), None)


def memo_of(order: Order, memo_id: int | None) -> Memo | None:
    return next((memo for memo in order.memos if memo.id == memo_id), None)


def task_of(order: Order, task_id: int | None) -> Task | None:
    return next((task for task in order.tasks if task.id == task_id), None)


# --- what the forms start with, and what there is to choose ---------------------------------------------------------


def telling(order: Order) -> Values:
    return {"notify": bool(order.email)}


def open_now(order: Order) -> Values:
    return {
        "amount": in_coins(order, max(order.open_amount, ZERO)),
        "method": order.payment_method_title,
        **telling(order),
    }


def to_pay_back(order: Order) -> Values:
    """What was paid too much, else all that was paid."""
    too_much, paid = max(-order.open_amount, ZERO), order.paid - order.refunded
    return {"amount": in_coins(order, min(too_much or paid, paid)), "method": order.payment_method_title}


def in_coins(order: Order, amount: Decimal) -> Decimal:
    """With the decimals of the currency, as people write it: 150.50."""
    return rounded(amount, order.currency)


def payment_methods(order: Order) -> Values:
    """The shop's own, and the one that the order names."""
    titles = dict.fromkeys([order.payment_method_title, *queries.payment_method_titles()])
    return {"method": [(title, title or _l("None")) for title in titles]}


def cancelling(order: Order) -> Values:
    return {"credit": bool(not_credited(order)), "restock": True, **telling(order)}


def custom_status_now(order: Order) -> Values:
    return {"status": order.custom_status_id}


def custom_statuses(order: Order) -> Values:
    return {"status": choices(order)}


def address_now(order: Order, *, kind: str) -> Values:
    current = order.billing if kind == "billing" else order.shipping
    return {"address": {name: getattr(current, name, "") for name in FIELDS}}


def invoice_now(invoice: Invoice) -> Values:
    return {"paid": invoice.is_paid, "delivery_time": invoice.delivery_time}


def invoice_choices(invoice: Invoice) -> Values:
    times = queries.shop().delivery_times
    return {"paid": [(True, _l("Paid")), (False, _l("Not paid"))], "delivery_time": times or [invoice.delivery_time]}


def invoice_address(invoice: Invoice) -> Values:
    return {"to": invoice.order.email}


def packable(order: Order) -> dict[int, Decimal]:
    return {line_id: quantity for line_id, quantity in to_pack(order).items() if quantity > 0}


def billable(order: Order) -> Values:
    return {"quantities": to_invoice(order)}


def quantities(order: Order) -> Values:
    return {"quantities": packable(order)}


def shipment_now(shipment: Shipment) -> Values:
    return {"tracking_code": shipment.tracking_code}


def shipment_to_send(shipment: Shipment) -> Values:
    return {"tracking_code": shipment.tracking_code, **telling(shipment.order)}


def message_begun(order: Order) -> Values:
    return {"language": language_for(order.language, queries.shop().language)}


def message_languages(order: Order) -> Values:
    codes = dict.fromkeys([*message_begun(order).values(), *queries.document_languages(queries.shop())])
    return {"language": [(code, language(code)) for code in codes]}


def message_preview(order: Order, **said: Any) -> mails.Preview:
    return mails.preview(messages.KIND, order, **messages.contents(order, **said))


def new_task(about: Order | Shop) -> Values:
    """One's own, unless a colleague is chosen."""
    return {"status": TaskStatus.OPEN, "assignee_id": actor().staff_id}


def task_now(task: Task) -> Values:
    return {name: getattr(task, name) for name in TASK_FIELDS}


def task_choices(about: Order | Shop | Task) -> Values:
    """Somebody who has left, or nobody, stays to choose on a task that says so."""
    people: list[tuple[int | None, str]] = [*queries.active_staff()]
    if isinstance(about, Task) and about.assignee_id not in dict(people):
        people.append((about.assignee_id, str(about.assignee or "–")))
    return {"status": [(status, label.text) for status, label in TASK_STATUS.items()], "assignee_id": people}


def lines_now(order: Order) -> Values:
    """With amounts as people write them, 12.50, and no part of a cent lost."""
    lines = [as_edited(line) for line in listed(order)]
    return {
        "lines": [
            replace(
                line,
                unit_price=in_full(line.unit_price, order.currency),
                discount=in_full(line.discount, order.currency),
            )
            for line in lines
        ],
        "order_discount": in_full(discount_of(order), order.currency),
    }


def methods_now(order: Order) -> Values:
    return {
        "payment_method": order.payment_method_id or 0,
        "payment_cost": cost_now(order, "payment"),
        "payment_rate": rate_now(order, "payment"),
        "shipping_method": order.shipping_method_id or 0,
        "shipping_cost": cost_now(order, "shipping"),
        "shipping_rate": rate_now(order, "shipping"),
    }


def method_choices(order: Order) -> Values:
    return {
        "payment_method": choices_of(queries.methods_in_use(PaymentMethod, order.payment_method_id)),
        "shipping_method": choices_of(queries.methods_in_use(ShippingMethod, order.shipping_method_id)),
    }


def choices_of(methods: list[Any]) -> list[tuple[int, str]]:
    return [(0, "–"), *((method.id, method.title) for method in methods)]


def customer_now(order: Order) -> Values:
    return {name: getattr(order, name) for name in ON_ORDER}


def languages(order: Order) -> Values:
    offered = dict.fromkeys([order.language, *queries.document_languages(queries.shop())])
    return {"language": [(code, language(code)) for code in offered]}


def taking_over(order: Order) -> Values:
    return {"take_over": order.is_draft}


def its_number(order: Order) -> str:
    return order.number


# mypy meets these actions inside a cycle of imports and can't tell their type.
# mypy: disable-error-code="has-type"
OFFERS = {
    offer.action.name: offer
    for offer in (
        Offer(mark_paid, start=telling, undo="mark_not_paid"),
        Offer(mark_not_paid, undo="mark_paid"),
        Offer(enter_payment, start=open_now, offers=payment_methods, undo="take_back_payment", undo_on=last_payment),
        Offer(enter_refund, start=to_pay_back, offers=payment_methods, undo="take_back_payment", undo_on=last_payment),
        Offer(take_back_payment, payment_of),
        Offer(issue_invoice, pop_up="quantities", start=billable, offers=billable),
        Offer(change_invoice, invoice_of, "invoice", start=invoice_now, offers=invoice_choices, edits=True),
        Offer(send_invoice, invoice_of, "invoice", start=invoice_address),
        Offer(create_packing_slip, pop_up="quantities", start=quantities, offers=quantities),
        Offer(mark_sent, start=telling),
        Offer(send_shipment, shipment_of, "shipment", start=shipment_to_send),
        Offer(change_tracking, shipment_of, "shipment", start=shipment_now, edits=True),
        Offer(ready_for_pickup, start=telling, undo="not_ready"),
        Offer(not_ready, undo="ready_for_pickup"),
        Offer(picked_up),
        Offer(set_custom_status, start=custom_status_now, offers=custom_statuses),
        Offer(suspend, undo="resume"),
        Offer(resume, undo="suspend"),
        Offer(cancel_order, pop_up="cancel", start=cancelling),
        Offer(create_credit_note, invoice_of, "credit_note", start=credit_start, offers=credit_choices),
        Offer(credit_order, start=telling),
        Offer(create_return, pop_up="return", start=return_start, offers=return_choices),
        Offer(change_return, return_of, "return", start=return_now, offers=change_choices, edits=True),
        Offer(authorise_return, return_of),
        Offer(receive_return, return_of),
        Offer(credit_return, return_of, start=return_credit_start),
        Offer(complete_return, return_of),
        Offer(reject_return, return_of),
        Offer(write_memo),
        Offer(remove_memo, memo_of),
        Offer(send_payment_reminder),
        Offer(
            notify_customer,
            pop_up="message",
            start=message_begun,
            offers=message_languages,
            preview=message_preview,
        ),
        Offer(add_task, pop_up="task", title=_l("Add task"), start=new_task, offers=task_choices),
        Offer(change_task, task_of, "task", title=_l("Task"), start=task_now, offers=task_choices, edits=True),
        Offer(finish_task, task_of, undo="reopen_task"),
        Offer(reopen_task, task_of, undo="finish_task"),
        Offer(copy_order, leads_to=its_number),
        Offer(place_draft, start=telling, leads_to=its_number),
        Offer(discard_draft, undo="restore_draft"),
        Offer(restore_draft, undo="discard_draft"),
        Offer(edit_lines, pop_up="lines", start=lines_now, edits=True, steps=line_steps),
        Offer(change_methods, pop_up="methods", start=methods_now, offers=method_choices, edits=True),
        Offer(change_customer, pop_up="customer", start=customer_now, offers=languages, edits=True),
        Offer(choose_customer, pop_up="choose_customer", start=taking_over, steps=finding),
    )
}
ADDRESS = Offer(change_address, pop_up="address", start=address_now, edits=True)
