"""An order on which an action can be done, for each that the page of an order offers, and what a person enters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from itertools import count

from sqlalchemy import TextClause, select, text

from app.actions.drafts import begin_empty_draft, copy_order, discard_draft
from app.actions.e_invoices import send_e_invoice
from app.actions.elsewhere import set_invoiced_elsewhere
from app.actions.goods import quantities_to_pack
from app.actions.invoices import issue_invoice
from app.actions.late_charges import charge_late_payment
from app.actions.losing import mark_lost
from app.actions.memos import write_memo
from app.actions.packing_slips import withdraw_packing_slip
from app.actions.payments import enter_payment, mark_paid
from app.actions.picking_up import picked_up, ready_for_pickup
from app.actions.reminders import send_payment_reminder, stop_reminders
from app.actions.returns import create_return, receive_return, request_return
from app.actions.reverse_charge import reverse_charge
from app.actions.shipments import create_packing_slip, mark_sent
from app.actions.suspending import suspend
from app.actions.tasks import add_task, finish_task
from app.admin_views.dashboard.buttons import url_in_order
from app.admin_views.dashboard.offered_actions import PARTS, offered_actions, record_in
from app.columns import now
from app.extensions import Base, db
from app.history import SYSTEM, Actor
from app.intake.external_updates import update_order
from app.intake_readers.new_order import NewCustomer
from app.models import Connection, CustomStatus, EInvoiceWay, InvoiceMoment, MailState, Order, Telling
from app.queries import shop
from tests.clients import Client
from tests.documents.printed_text import shop_in_delft
from tests.factories import PLACED_AT, address, new_connection, new_order, outside_shop, paid_order, place, placed_order
from tests.forms import Form, forms_in

#: Tables that count what was done otherwise, or that any request may touch.
NO_EFFECT = {"security_event", "security_event_search", "form_token", "staff_session", "print", "counter", "unsealed"}


def to_pay_back() -> Order:
    order = paid_order()
    enter_payment(order, by=SYSTEM, amount=Decimal(10))
    return order


def marked_paid() -> Order:
    order = placed_order()
    mark_paid(order, by=SYSTEM)
    return order


def paid_a_cent_short() -> Order:
    order = placed_order()
    enter_payment(order, by=SYSTEM, amount=order.total - Decimal("0.01"))
    return order


def overdue() -> Order:
    """Of a business, reminded of a month after it fell due."""
    term, shop().payment_term_days = shop().payment_term_days, -60
    order = placed_order(placed_at=now() - timedelta(days=90))
    order.company = "Atelier Noord"
    if not order.invoices:
        issue_invoice(order, by=SYSTEM)
    shop().payment_term_days = term
    mail = send_payment_reminder(order, by=SYSTEM)
    assert mail is not None
    mail.state, mail.sent_at, order.reminded_at = MailState.SENT, now() - timedelta(days=30), now() - timedelta(days=30)
    return order


def charged_late() -> Order:
    order = overdue()
    charge_late_payment(order, by=SYSTEM)
    return order


def reminders_stopped() -> Order:
    order = placed_order()
    stop_reminders(order, by=SYSTEM)
    return order


def with_parts() -> Order:
    """An order of which something was sent, comes back, is noted and is to be done."""
    order = paid_order()
    write_memo(order, by=SYSTEM, text="Ring twice")
    task = add_task(order, by=SYSTEM, description="Call")
    db.session.flush()
    finish_task(task, by=SYSTEM)
    add_task(order, by=SYSTEM, description="Write")
    mark_sent(order, by=SYSTEM)
    create_return(order, by=SYSTEM, quantities={order.lines[0].id: Decimal(1)})
    return order


def with_a_return_asked_for() -> Order:
    order = paid_order()
    mark_sent(order, by=SYSTEM)
    quantities = {order.lines[0].id: Decimal(1)}
    request_return(order, by=Actor("customer", "Femke"), quantities=quantities, reason="Broken", note="")
    return order


def with_received_return() -> Order:
    order = with_parts()
    receive_return(order.returns[0], by=SYSTEM)
    return order


def not_invoiced() -> Order:
    shop().invoice_moment = InvoiceMoment.PAID
    return placed_order()


#: The first digits of Belgian VAT numbers.
COMPANIES = count(4_568_109)


def to_a_business_abroad() -> Order:
    order = not_invoiced()
    shop().vat_id, order.vat_id, order.country = "NL853746333B01", "BE0456810810", "BE"
    for one in order.addresses:
        one.country = "BE"
    return order


def asked_at_vies() -> Order:
    """Of a shop that has VAT numbers checked, with one that was never asked about."""
    shop().checks_vat_numbers = True
    order, company = to_a_business_abroad(), next(COMPANIES)
    order.vat_id = f"BE{company:08}{97 - company % 97:02}"
    return order


def vat_reversed() -> Order:
    order = to_a_business_abroad()
    reverse_charge(order, by=SYSTEM)
    return order


def invoiced_elsewhere() -> Order:
    order = not_invoiced()
    set_invoiced_elsewhere(order, by=SYSTEM)
    return order


def sent() -> Order:
    order = paid_order()
    mark_sent(order, by=SYSTEM)
    return order


def with_lost_parcel() -> Order:
    order = sent()
    mark_lost(order.shipments[0], by=SYSTEM)
    return order


def with_slip() -> Order:
    order = paid_order()
    create_packing_slip(order, by=SYSTEM, quantities=quantities_to_pack(order))
    return order


def with_withdrawn_slip() -> Order:
    order = with_slip()
    withdraw_packing_slip(order.shipments[0], by=SYSTEM)
    return order


def on_hold() -> Order:
    order = placed_order()
    suspend(order, by=SYSTEM, reason="Odd address")
    return order


def for_pick_up() -> Order:
    return paid_order(pick_up=True, shipping_method="Pick up in the shop")


def ready() -> Order:
    order = for_pick_up()
    ready_for_pickup(order, by=SYSTEM)
    return order


def collected() -> Order:
    order = for_pick_up()
    picked_up(order, by=SYSTEM)
    return order


def draft() -> Order:
    order = placed_order()
    return copy_order(order, by=SYSTEM)


def empty_draft() -> Order:
    return begin_empty_draft(by=SYSTEM)


def discarded() -> Order:
    order = begin_empty_draft(by=SYSTEM)
    discard_draft(order, by=SYSTEM)
    return order


def changed_there() -> Order:
    new = new_order(updated_at=PLACED_AT)
    order = place(new)
    if not order.invoices:
        issue_invoice(order, by=SYSTEM)
    update_order(order, replace(new, shipping=address(street="Markt 88"), updated_at=now()), by=SYSTEM)
    new.total, new.updated_at = Decimal("70.75"), now()
    update_order(order, new, by=SYSTEM)
    return order


def untold() -> Order:
    """Its shop is told of payments once somebody says so."""
    shop = outside_shop("woocommerce", "Told shop")
    if not db.session.scalar(select(Connection.id).where(Connection.outside_shop_id == shop.id)):
        told = {"tell_paid": Telling.ASK, "tell_sent": Telling.ON, "address": "http://127.0.0.1:9"}
        db.session.add(new_connection(outside_shop=shop, key="told-key", title="Told shop", **told))
        db.session.commit()  # who is told is asked once a transaction
    order = place(new_order(), shop=shop.key)
    mark_paid(order, by=SYSTEM, notify=False)
    return order


def to_a_business() -> Order:
    """Of a shop that hands its e-invoices over."""
    shop_in_delft()
    shop().e_invoice_way = EInvoiceWay.FOLDER
    buyer = NewCustomer(name="Femke Jansen", company="Kopje BV", vat_id="NL004495445B01", email="femke@example.org")
    order = placed_order(customer=buyer, billing=address(company="Kopje BV"))
    if not order.invoices:
        issue_invoice(order, by=SYSTEM)
    return order


def with_e_invoice_that_waits() -> Order:
    order = to_a_business()
    send_e_invoice(order.invoices[0], by=SYSTEM)
    return order


SITUATIONS: tuple[Callable[[], Order], ...] = (
    placed_order, paid_order, marked_paid, to_pay_back, paid_a_cent_short, overdue, charged_late,
    reminders_stopped, with_parts, with_a_return_asked_for,
    with_received_return,
    with_slip, with_withdrawn_slip,
    sent, with_lost_parcel, on_hold, for_pick_up, ready, collected, draft, empty_draft, discarded,
    not_invoiced, invoiced_elsewhere, changed_there, untold, to_a_business_abroad, vat_reversed,
    to_a_business, with_e_invoice_that_waits, asked_at_vies,
)  # fmt: skip


#: What a person enters where the form starts empty, or must be changed to change something.
ENTERED: dict[str, str] = {
    "text": "Said twice?",
    "reason": "Just so",
    "why": "Just so",
    "description": "Do it",
    "subject": "About your order",
    "tracking_code": "3SABC",
    "vat_id": "NL001234567B01",
    "location": "Shelf 3",
    "note": "Looked at",
}


#: Action -> a situation in which it can be done, of those that this process has made: not all are made each time.
FITTING: dict[str, Callable[[], Order]] = {}
MADE: set[Callable[[], Order]] = set()


def possible(name: str) -> tuple[Order, int | None] | None:
    """An order, just made, on which the action can be done, and the id of the record in it that it is about."""
    known = [FITTING[name]] if name in FITTING else [make for make in SITUATIONS if make not in MADE]
    for make in (*known, *SITUATIONS):
        order = make()
        db.session.flush()
        note_what_fits(make, order)
        for record_id in fitting_in(order, name):
            return order, record_id
    return None


def note_what_fits(make: Callable[[], Order], order: Order) -> None:
    if make not in MADE:
        MADE.add(make)
        for name in offered_actions():
            if name not in FITTING and any(True for _record_id in fitting_in(order, name)):
                FITTING[name] = make


def fitting_in(order: Order, name: str) -> Iterator[int | None]:
    """The ids of the records in the order to which the action can be done; None is the order itself."""
    action = offered_actions()[name]
    for record_id in (None, *records_of(order)):
        record = record_in(order, action, record_id)
        if record is not None and not action.why_not(record):
            yield record_id


def records_of(order: Order) -> list[int]:
    """The ids of all that it has, of whatever kind."""
    return sorted({record.id for part in PARTS.values() for record in getattr(order, part)})


def filled_form(client: Client, in_app: Callable[[], AbstractContextManager[None]], name: str) -> tuple[str, Form]:
    """The pop-up of an action on an order of its own, filled in: its address and form."""
    with in_app():
        if not db.session.scalar(select(CustomStatus.id).limit(1)):
            db.session.add(CustomStatus(title="Gift wrap"))
            db.session.flush()
        found = possible(name)
        assert found, f"{name}: no situation in which it can be done; add one"
        number, record_id = found[0].number, found[1]
    with client.application.test_request_context():
        url = url_in_order(number, name, record_id)
    page = client.get(url)
    assert page.status_code == 200, (url, page.status_code)
    form = next(form for form in forms_in(page.text) if form.action.partition("?")[0] == url)
    fill_in(form)
    if name == "choose_customer":
        form.fields["customer_id"] = ["1"]
    return url, form


def fill_in(form: Form) -> None:
    for field, value in ENTERED.items():
        if field in form.fields and field not in form.choices and not form.fields[field][0]:
            form.fields[field] = [value]
    for field, choices in form.choices.items():
        if not form.fields[field][0]:
            form.fields[field] = choices[-1:]
    for field, values in form.fields.items():
        if field.startswith("quantities-") and values[0] in ("", "0"):
            form.fields[field] = ["1"]


def rows() -> Counter[str]:
    return Counter(dict(db.session.execute(counts()).tuples().all()))


@cache
def counts() -> TextClause:
    """One statement, as there are a hundred tables."""
    names = [table.name for table in Base.metadata.sorted_tables if table.name not in NO_EFFECT]
    return text(" UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in names))
