"""What the shop knows of one customer: given to them, and erased, except what the law has the shop keep.

Invoices and credit notes are kept with what they say: name, address and VAT id of the buyer (in the EU between five and
ten years, for the tax office). All else that names the customer goes.
"""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, delete, func, literal_column, null, or_, select, tuple_, update

from app.accounting.owed import to_pay_back
from app.actions.declaration import action
from app.actions.naming_people import ERASED, Person, empty_prints, empty_quotes, known_as
from app.columns import now
from app.documents.vat_checks import vies_number_of
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, as_json, record
from app.mails import withdraw_if_waiting
from app.models import (
    ADDRESS_FIELDS,
    ActorKind,
    AddressKind,
    Arrival,
    Customer,
    CustomerLink,
    CustomerSession,
    DeliveryState,
    History,
    ImportBatch,
    Job,
    LineBooking,
    MailState,
    Order,
    OrderAddress,
    OutgoingMail,
    PackingSlipPrint,
    Payment,
    Quote,
    QuoteLink,
    QuotePrint,
    ReturnStatus,
    Shipment,
    ShopWrite,
    ShopWriteState,
    StatementLine,
    StoredFile,
    Ticket,
    VatCheck,
    WebhookDelivery,
    compact_number,
)
from app.queries import search
from app.queries.forgetting import begin_to_forget

#: Of what an outside shop stated: only which payment and which parcel is which one there, by ids.
KEPT_OF_STATED = ("matched", "by_hand")


# --- given ----------------------------------------------------------------------------------------------------------


OF_CUSTOMER = ("id", "name", "company", "vat_id", "buyer_reference", "email", "phone", "language", "created_at")


def personal_data(customer: Customer, *, by: Actor) -> dict[str, object]:
    """Everything that is stored of the customer, as JSON can hold it; that it was given is noted."""
    orders = orders_of(customer)
    mails = of_customers([customer, *merged_into(customer)], [order.id for order in orders])
    data: dict[str, object] = {
        "given_at": now().isoformat(),
        "customer": values(customer, OF_CUSTOMER)
        | {"notes": customer.notes, "addresses": [values(a, ("kind", *ADDRESS_FIELDS)) for a in customer.addresses]},
        "orders": [order_data(order) for order in orders],
        "vat_checks": [
            values(one, ("number", "state", "name", "address", "consultation", "answered_at"))
            for one in vat_checks_of(customer, *merged_into(customer), *orders)
        ],
        "questions": [ticket_data(ticket) for ticket in tickets_of(customer)],
        "mails": [
            values(mail, ("kind", "to_address", "subject", "body", "created_at", "sent_at"))
            for mail in db.session.scalars(select(OutgoingMail).where(mails))
        ],
    }
    record(Happened.PERSONAL_DATA_EXPORTED, None, by, subject=customer, record=f"{_('customer')} {customer.id}")
    return data


def order_data(order: Order) -> dict[str, object]:
    own = ("number", "external_number", "placed_at", "status", "currency", "total", "email", "phone", "company")
    return values(
        order,
        (
            *own,
            "vat_id",
            "buyer_reference",
            "purchase_order",
            "customer_note",
            "payment_method_title",
            "shipping_method_title",
        ),
    ) | {
        "shop": order.outside_shop.title if order.outside_shop else "",
        "addresses": [values(address, ("kind", *ADDRESS_FIELDS)) for address in order.addresses],
        "lines": [values(line, ("name", "variant", "sku", "quantity", "total")) for line in order.lines],
        "payments": [values(p, ("kind", "amount", "method", "reference", "paid_at")) for p in order.payments],
        "invoices": [values(invoice, ("number", "kind", "issued_at", "total")) for invoice in order.invoices],
        "shipments": [
            values(s, ("number", "sent_at", "withdrawn_at", "lost_at", "tracking_code")) for s in order.shipments
        ],
        "quotes": [values(one, ("revision", "made_on", "valid_until", "accepted_at")) for one in quotes_of(order)],
        "returns": [values(one, ("number", "status", "reason", "note", "created_at")) for one in order.returns],
        "told_to_its_shop": [values(one, ("kind", "state", "text", "told_at")) for one in order.shop_writes],
        "changed_in_its_shop": [values(one, ("part", "theirs", "told_at")) for one in order.shop_changes],
    }


def quotes_of(order: Order) -> list[Quote]:
    return list(db.session.scalars(select(Quote).where(Quote.order_id == order.id).order_by(Quote.revision)))


def ticket_data(ticket: Ticket) -> dict[str, object]:
    said = [values(message, ("author", "text", "written_at", "is_from_customer")) for message in ticket.messages]
    return values(ticket, ("subject", "status", "created_at")) | {"messages": said}


def values(record: object, names: tuple[str, ...]) -> dict[str, object]:
    return {name: as_json(getattr(record, name)) for name in names}


# --- erased ---------------------------------------------------------------------------------------------------------


NOT_TOLD_YET = (ShopWriteState.ASKED, ShopWriteState.WAITING, ShopWriteState.REFUSED)
RETURNS_UNDER_WAY = (ReturnStatus.REQUESTED, ReturnStatus.AUTHORISED, ReturnStatus.RECEIVED)


def why_not_erase(customer: Customer) -> str:
    """Nor while money or goods of theirs are about: nobody would know any more whose they are."""
    orders = [order for order in orders_of(customer) if not order.is_draft]
    open_orders = [order.number for order in orders if not order.is_finished]
    if open_orders:
        return _("Not finished yet: %(orders)s. Complete or cancel them first.", orders=", ".join(open_orders[:5]))
    owed = [order.number for order in orders if to_pay_back(order) > 0 and not order.is_invoiced_elsewhere]
    if owed:
        return _("Money is still to be refunded: %(orders)s. Enter the refund first.", orders=", ".join(owed[:5]))
    coming = [order.number for order in orders if any(one.status in RETURNS_UNDER_WAY for one in order.returns)]
    if coming:
        return _(
            "Goods still come back: %(orders)s. Complete or reject the returns first.", orders=", ".join(coming[:5])
        )
    return _("This customer is erased already.") if customer.erased_at else ""


@action(
    title=_l("Erase personal data"),
    group="customers",
    icon="trash",
    done=_l("Personal data erased"),
    final=True,
    why_not=why_not_erase,
)
def erase_personal_data(customer: Customer, *, by: Actor) -> Customer:
    """Erase what names the customer, for good. Invoices and credit notes stay as they were issued."""
    orders, tickets, customers = orders_of(customer), tickets_of(customer), [customer, *merged_into(customer)]
    person = known_as(customers, orders, tickets)
    erase_vat_checks(customers, orders)
    for ticket in tickets:
        erase_ticket(ticket)
    for order in orders:
        erase_order(order)
    erase_mails_and_history(customers, orders, person)
    end_visits(person)
    for one in customers:
        erase_record(one)
    db.session.flush()
    erase_packing_slips([order.id for order in orders])
    erase_quotes([order.id for order in orders])
    erase_bank_lines([order.id for order in orders])
    empty_prints({order.number for order in orders})
    empty_quotes(person)
    begin_to_forget()

    record(Happened.PERSONAL_DATA_ERASED, None, by, subject=customer, record=f"{_('customer')} {customer.id}")
    return customer


def vat_checks_of(*records: Customer | Order) -> list[VatCheck]:
    numbers = {vies_number_of(one) for one in records} - {""}
    return list(db.session.scalars(select(VatCheck).where(VatCheck.number.in_(numbers)).order_by(VatCheck.id)))


def erase_vat_checks(customers: list[Customer], orders: list[Order]) -> None:
    """What VIES said of their numbers; what an order was invoiced by stays, as its invoice does: it is the proof.

    So does what somebody else has, too, as two people of one company: it is the proof of their number.
    """
    kept = {vies_number_of(order) for order in orders if order.invoices}
    theirs = {*map(vies_number_of, customers), *map(vies_number_of, orders)} - kept - {""}
    gone = delete(VatCheck).where(VatCheck.number.in_(theirs - numbers_of_others(theirs, customers, orders)))
    db.session.execute(gone.execution_options(synchronize_session=False))


def numbers_of_others(numbers: set[str], customers: list[Customer], orders: list[Order]) -> set[str]:
    """Those of these numbers that a customer or an order has which is none of these, however it is written there."""
    written = {form for number in numbers for form in (number, number[2:], f"GR{number[2:]}")}
    own = {*customers, *orders}
    others = [
        *db.session.scalars(select(Customer).where(*has_number(Customer, written))),
        *db.session.scalars(select(Order).where(*has_number(Order, written), is_of_others(customers))),
    ]
    return numbers & {vies_number_of(one) for one in others if one not in own}


def has_number(kind: type[Customer] | type[Order], written: set[str]) -> tuple[ColumnElement[bool], ...]:
    """As an index has it: without the signs that people write between its digits."""
    return literal_column(compact_number(kind.__tablename__)).in_(sorted(written)), kind.vat_id != literal_column("''")


def is_of_others(customers: list[Customer]) -> ColumnElement[bool]:
    return or_(Order.customer_id.is_(None), Order.customer_id.not_in([one.id for one in customers]))


def end_visits(person: Person) -> None:
    """Of My account: the links by mail, and who is signed in."""
    emails = sorted(person.emails)
    for statement in (
        delete(CustomerLink).where(CustomerLink.email.in_(emails)),
        delete(CustomerSession).where(CustomerSession.email.in_(emails)),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))


def erase_packing_slips(orders: list[int]) -> None:
    """What was printed of them goes: no law has the shop keep where a parcel went. The slips stay, without names."""
    slips = select(Shipment.id).where(Shipment.order_id.in_(orders))
    gone = delete(PackingSlipPrint).where(PackingSlipPrint.shipment_id.in_(slips))
    db.session.execute(gone.execution_options(synchronize_session=False))


def erase_quotes(orders: list[int]) -> None:
    """No law has the shop keep what it offered: quotes, their prints and their links go."""
    quotes = list(db.session.scalars(select(Quote.id).where(Quote.order_id.in_(orders))))
    for statement in (
        update(OutgoingMail).where(OutgoingMail.quote_id.in_(quotes)).values(quote_id=None),
        delete(QuoteLink).where(QuoteLink.quote_id.in_(quotes)),
        delete(QuotePrint).where(QuotePrint.quote_id.in_(quotes)),
        delete(Quote).where(Quote.id.in_(quotes)),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))


def erase_bank_lines(orders: list[int]) -> None:
    """Who paid, from which account and with which words; day, amount and the bank's reference stay in the books."""
    booked = select(LineBooking.line_id).join(Payment).where(Payment.order_id.in_(orders))
    accounts = select(StatementLine.iban).where(StatementLine.id.in_(booked), StatementLine.iban != "")
    ibans = list(db.session.scalars(accounts.distinct()))
    theirs = or_(StatementLine.id.in_(booked), StatementLine.iban.in_(ibans))
    gone = update(StatementLine).where(theirs).values(name="", iban="", text="", end_to_end="")
    db.session.execute(gone.execution_options(synchronize_session=False))


def erase_record(customer: Customer) -> None:
    for address in list(customer.addresses):
        db.session.delete(address)
    customer.name, customer.source, customer.external_id, customer.outside_shop_id = ERASED, None, None, None
    customer.company = customer.vat_id = customer.buyer_reference = ""
    customer.email = customer.phone = customer.notes = customer.program = ""
    customer.erased_at = now()


def erase_order(order: Order) -> None:
    """An order that was invoiced keeps its billing name and address: its invoice says them anyway."""
    is_kept = bool(order.invoices)
    order.email = order.phone = order.customer_note = ""
    order.stated = {name: one for name, one in order.stated.items() if name in KEPT_OF_STATED}
    order.shop_changes = []
    for address in order.addresses:
        address.phone = ""
        if address.kind != AddressKind.BILLING or not is_kept:
            erase_address(address)
    if not is_kept:
        order.customer_name = ERASED
        order.company = order.vat_id = order.buyer_reference = order.purchase_order = ""
    for goods_return in order.returns:
        goods_return.note = ""
    for payment in order.payments:
        payment.reason = ""
    for shipment in order.shipments:
        shipment.tracking_url = ""  # it may hold the postcode
    for memo in order.memos:
        memo.text = ERASED
    for task in order.tasks:
        task.description = ERASED
    db.session.flush()
    search.index(order)


def erase_address(address: OrderAddress) -> None:
    """Country and town stay, by which the shop counts."""
    for name in set(ADDRESS_FIELDS) - {"city", "region", "country"}:
        setattr(address, name, "")


def erase_ticket(ticket: Ticket) -> None:
    ticket.name, ticket.email, ticket.subject = ERASED, "", ERASED
    for message in ticket.messages:
        message.text = ERASED
        message.author = ERASED if message.is_from_customer else message.author
        files, message.pictures = list(message.pictures), []
        db.session.flush()
        for file in files:
            db.session.delete(file)


#: Of a mail that brought a statement of account.
NO_STATEMENT = {"statement": null(), "statement_print": null()}


def erase_mails_and_history(customers: list[Customer], orders: list[Order], person: Person) -> None:
    """The rows stay, so that it is known that something was sent and done; what they say is emptied."""
    order_ids = [order.id for order in orders]
    mails = of_customers(customers, order_ids, person)
    withdraw_mails(mails)
    erase_by_customer(person, mails)
    said = {**dict.fromkeys(("to_name", "to_address", "subject", "body", "last_error"), ""), **NO_STATEMENT}
    db.session.execute(update(OutgoingMail).where(mails).values(said).execution_options(synchronize_session=False))
    subjects = [f"customer:{customer.id}" for customer in customers]
    about = or_(History.order_id.in_(order_ids), History.subject.in_(subjects))
    db.session.execute(update(History).where(about).values(facts={}).execution_options(synchronize_session=False))
    by_customer = update(History).where(about, History.actor_kind == ActorKind.CUSTOMER)
    db.session.execute(by_customer.values(actor_name="", facts={}).execution_options(synchronize_session=False))
    erase_what_came_in(orders)
    erase_what_was_told(order_ids)


def erase_what_came_in(orders: list[Order]) -> None:
    """Payloads and files of their orders, those among them that were refused and put right."""
    theirs = Arrival.order_id.in_([order.id for order in orders])
    ids = [
        (order.outside_shop_id, order.external_id) for order in orders if order.outside_shop_id and order.external_id
    ]
    refused = and_(Arrival.order_id.is_(None), tuple_(Arrival.outside_shop_id, Arrival.external_id).in_(ids))
    came = or_(theirs, refused) if ids else theirs
    files = select(ImportBatch.file_id).join(Arrival, Arrival.batch_id == ImportBatch.id)
    files = files.join(Job, Job.id == ImportBatch.job_id).where(Job.finished_at.is_not(None))
    for statement in (
        update(StoredFile).where(StoredFile.id.in_(files.where(came))).values(content=b""),
        update(Arrival).where(came).values(payload="", field="", reason=""),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))


def erase_what_was_told(order_ids: list[int]) -> None:
    """To programs and to the shops that the orders came from; what waits is told to nobody any more."""
    told = update(WebhookDelivery).where(WebhookDelivery.order_id.in_(order_ids))
    untold = told.where(WebhookDelivery.state == DeliveryState.WAITING).values(state=DeliveryState.FAILED)
    writes = update(ShopWrite).where(ShopWrite.order_id.in_(order_ids))
    left = writes.where(ShopWrite.state.in_(NOT_TOLD_YET)).values(state=ShopWriteState.LEFT)
    erased = writes.values(text="", last_error="", decided_by="")
    for statement in (untold, told.values(body="", last_error=""), left, erased):
        db.session.execute(statement.execution_options(synchronize_session=False))


def withdraw_mails(mails: ColumnElement[bool]) -> None:
    """What has not gone goes to nobody any more. One that a worker has in hand is about to be gone."""
    if db.session.scalar(select(OutgoingMail.id).where(mails, OutgoingMail.state == MailState.SENDING).limit(1)):
        raise ActionRefused(_("A mail to this customer is being sent just now. Try again in a minute."))
    waiting = select(OutgoingMail).where(mails, OutgoingMail.state == MailState.QUEUED).order_by(OutgoingMail.id)
    for mail in db.session.scalars(waiting).all():
        withdraw_if_waiting(mail)
    db.session.flush()


def erase_by_customer(person: Person, mails: ColumnElement[bool]) -> None:
    """What they did themselves, and what was said of their mails."""
    by_them = (History.actor_kind == ActorKind.CUSTOMER, func.lower(History.actor_name).in_(sorted(person.emails)))
    mail_ids = db.session.scalars(select(OutgoingMail.id).where(mails)).all()
    about_mails = History.subject.in_([f"outgoing_mail:{mail_id}" for mail_id in mail_ids])
    for statement in (
        update(History).where(*by_them).values(actor_name="", facts={}),
        update(History).where(about_mails).values(facts={}),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))


def merged_into(customer: Customer) -> list[Customer]:
    """The signposts to this customer: the same person, by other addresses."""
    return list(
        db.session.scalars(select(Customer).where(Customer.merged_into_id == customer.id).order_by(Customer.id))
    )


def orders_of(customer: Customer) -> list[Order]:
    return list(db.session.scalars(select(Order).where(Order.customer_id == customer.id).order_by(Order.id)))


def tickets_of(customer: Customer) -> list[Ticket]:
    return list(db.session.scalars(select(Ticket).where(Ticket.customer_id == customer.id).order_by(Ticket.id)))


def of_customers(customers: list[Customer], order_ids: list[int], person: Person | None = None) -> ColumnElement[bool]:
    """Mails of their orders, and those to their addresses; with `person` also to those that they had before."""
    own = OutgoingMail.order_id.in_(order_ids)
    emails = [customer.email.lower() for customer in customers if customer.email]
    to_them = func.lower(OutgoingMail.to_address).in_(emails)
    if person is None:
        return or_(own, to_them)
    known = func.lower(OutgoingMail.to_address).in_(sorted(person.emails))
    return or_(own, to_them, and_(OutgoingMail.order_id.is_(None), known))
