"""Questions that are asked in more than one place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select
from sqlalchemy.orm import contains_eager, joinedload, lazyload, selectinload

from app.columns import Moment, now
from app.config import LARGEST_ID
from app.extensions import Model, db
from app.history import Happened, Recorded
from app.models import (
    Customer,
    CustomStatus,
    History,
    Invoice,
    MailState,
    Order,
    OrderStatus,
    OutgoingMail,
    OutsideShop,
    PaymentMethod,
    Product,
    Return,
    ReturnAction,
    ReturnReason,
    Role,
    Seal,
    Shipment,
    ShippingMethod,
    Shop,
    ShopKey,
    Source,
    Staff,
    StockMovement,
    Task,
    TaskStatus,
    Ticket,
    TicketStatus,
)
from app.queries.record_search import CUSTOMER_SEARCH, PRODUCT_SEARCH, find_first


def shop() -> Shop:
    """The shop's own settings; one statement a session, for the session holds on to it."""
    session = db.session()
    found: Shop | None = session.info.get("shop")
    if found is None or found not in session:
        with session.no_autoflush:  # what is being written has no bearing on it
            found = session.info["shop"] = session.get(Shop, 1)
    if found is None:
        raise LookupError("the database has no shop yet: run `make run`, or `flask --app wsgi toonbank init`")
    return found


#: The source of orders that were begun here, as drafts; their external id is the draft's number.
STAFF = Source.STAFF


def order_numbered(number: str) -> Order | None:
    return db.session.scalars(numbered(number)).one_or_none()


def numbered(number: str) -> Select[Order]:
    return select(Order).where(Order.number == number)


def order_begun_as(number: str) -> Order | None:
    """The order that was a draft of this number until it was placed."""
    found: Order | None = db.session.scalars(begun_as(number)).one_or_none()
    return found


def begun_as(number: str) -> Select[Order]:
    return select(Order).where(known_by(Order, None, STAFF, number))


def known_by(
    kind: type[Order] | type[Customer],
    shop: ShopKey | None,
    source: str,
    external_id: str | Collection[str],
    *,
    program: str = "",
    or_where: ColumnElement[bool] | None = None,
) -> ColumnElement[bool]:
    """How what came from elsewhere is known: by its shop and the id there; without a shop, by who brought it.

    No other place compares these ids: two shops of one platform both have an order 14, and so have two programs.
    `or_where` says where else it may stand.
    """
    same = kind.external_id == external_id if isinstance(external_id, str) else kind.external_id.in_(external_id)
    if shop is None:
        return and_(same, kind.outside_shop_id.is_(None), kind.source == source, kind.program == program)
    at_shop = false() if shop.id is None else kind.outside_shop_id == shop.id
    return and_(same, at_shop if or_where is None else or_(at_shop, or_where))


def order_from(
    shop: ShopKey | None, source: str, external_id: str, *, program: str = "", placed_at: datetime | None = None
) -> Order | None:
    """The order that has this id at the shop, or at the source that brought it without one; it is locked.

    An order that came before shops were told apart may stand with a mixed shop of the same platform. It is the one
    that was placed at the same moment.
    """
    mixed = select(OutsideShop.id).where(OutsideShop.source == source, OutsideShop.is_mixed)
    stands_there = and_(Order.outside_shop_id.in_(mixed), Order.placed_at == placed_at)
    query = select(Order).where(known_by(Order, shop, source, external_id, program=program, or_where=stands_there))
    found = db.session.scalars(query.order_by(Order.id).with_for_update()).all()
    own = (order for order in found if shop is not None and order.outside_shop_id == shop.id)
    return next(own, found[0] if found else None)


def ids_unknown(shop: ShopKey, external_ids: Collection[str]) -> set[str]:
    """Those of the ids that no order has at the shop, nor at a mixed one of its platform."""
    mixed = select(OutsideShop.id).where(OutsideShop.source == shop.source, OutsideShop.is_mixed)
    here = known_by(Order, shop, shop.source, external_ids, or_where=Order.outside_shop_id.in_(mixed))
    return set(external_ids) - set(db.session.scalars(select(Order.external_id).where(here)))


def locked_order(number: str) -> Order | None:
    """The order as it is now, locked until the transaction ends: nobody else decides on it meanwhile.

    A draft that somebody else has just placed is found by the number it had.
    """
    if "\0" in number:  # PostgreSQL refuses NUL
        return None
    for query_for in (numbered, begun_as):
        locked = query_for(number).with_for_update().execution_options(populate_existing=True)
        if found := db.session.scalars(locked).one_or_none():
            return found
    return None


def locked_orders(numbers: Sequence[str]) -> Sequence[Order]:
    """Those of these numbers with what most actions look at, as they are now, locked in the order of their ids."""
    methods = [Order.payment_method, Order.shipping_method]
    parts = [Order.addresses, Order.lines, Order.payments, Order.shipments, Order.returns, *methods]
    query = (
        select(Order)
        .where(Order.number.in_([number for number in numbers if "\0" not in number]))
        .options(*[selectinload(part) for part in parts], selectinload(Order.invoices).selectinload(Invoice.lines))
        .order_by(Order.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).all()


#: What changes with the order that it belongs to, and is locked after it.
OF_ORDERS = (Invoice, Shipment, Return, Task, Ticket)

Lockable = TypeVar("Lockable", bound=Model)


def locked_record(kind: type[Lockable], record_id: int) -> Lockable | None:
    """A record as it is now, locked; the order that it belongs to is locked first, as everybody does."""
    if record_id > LARGEST_ID:
        return None
    columns, fresh = kind.__table__.c, {"populate_existing": True}
    if issubclass(kind, OF_ORDERS):
        order_id = db.session.scalar(select(columns.order_id).where(columns.id == record_id))
        order = select(Order).where(Order.id == order_id).with_for_update().execution_options(**fresh)
        if order_id is not None:
            db.session.scalars(order).one()
    query = select(kind).where(columns.id == record_id).with_for_update(of=kind).execution_options(**fresh)
    return db.session.scalar(query)


def locked_ticket(ticket_id: int) -> Ticket | None:
    return locked_record(Ticket, ticket_id)


def locked_task(task_id: int) -> Task | None:
    return locked_record(Task, task_id)


#: Not done yet.
OPEN_TASK = Task.status.in_([TaskStatus.OPEN, TaskStatus.IN_PROGRESS])
#: What is due at no time comes after what is.
DUE_OR_NEVER = func.coalesce(Task.due_at, literal(datetime(9999, 1, 1, tzinfo=UTC), Moment()))


def late_task() -> ColumnElement[bool]:
    return and_(OPEN_TASK, Task.due_at < now())


def open_tasks_of(staff_id: int | None, *, most: int) -> list[Task]:
    """What this person has to do, with the order it is about; what is due soonest first."""
    query = select(Task).where(Task.assignee_id == staff_id, OPEN_TASK).order_by(DUE_OR_NEVER, Task.id).limit(most)
    options = joinedload(Task.order).load_only(Order.number)
    return list(db.session.scalars(query.options(options)))


def tasks_to_remind_of(*, most: int) -> list[int]:
    """The ids of open tasks whose reminder is due, and whose assignee still works here."""
    wanted = (OPEN_TASK, Task.reminded_at.is_(None), Task.remind_at <= now(), Staff.active)
    query = select(Task.id).join(Task.assignee).where(*wanted)
    return list(db.session.scalars(query.order_by(Task.remind_at, Task.id).limit(most)))


def active_staff() -> list[tuple[int, str]]:
    """Who may sign in: id and name."""
    query = select(Staff.id, Staff.name, Staff.email).where(Staff.active).order_by(Staff.name, Staff.id)
    return [(id, name or email) for id, name, email in db.session.execute(query)]


def document_languages(shop: Shop) -> list[str]:
    """The languages offered for documents and mails, the shop's own first."""
    return list(dict.fromkeys([shop.language, *shop.languages]))


def payment_method_titles() -> list[str]:
    """Of the methods in use."""
    in_use = select(PaymentMethod.title).where(PaymentMethod.is_active).order_by(PaymentMethod.title)
    return list(db.session.scalars(in_use))


#: Asked for by every list of orders, so they are written once.
OUTSIDE_SHOPS = select(OutsideShop).order_by(func.lower(OutsideShop.title), OutsideShop.id)
CUSTOM_STATUSES = select(CustomStatus).order_by(CustomStatus.position, CustomStatus.title)


def outside_shops() -> list[OutsideShop]:
    """The shops that orders come from, by title."""
    return list(db.session.scalars(OUTSIDE_SHOPS))


def custom_statuses() -> list[CustomStatus]:
    """All of them, also those that are not in use any more, in the order in which they are offered."""
    return list(db.session.scalars(CUSTOM_STATUSES))


def first_owner() -> Staff | None:
    """The owner who has been here longest."""
    query = select(Staff).join(Staff.roles).where(Role.name == "owner", Staff.active).order_by(Staff.id).limit(1)
    return db.session.scalar(query)


def today() -> date:
    """The date in the shop's time zone."""
    return now().astimezone(ZoneInfo(shop().time_zone)).date()


def orders_of_customer(customer: Customer, *, most: int, skip: int = 0) -> list[Order]:
    """The customer's orders, newest first; no drafts."""
    query = select(Order).where(Order.customer_id == customer.id, Order.is_draft.is_(False))
    query = query.order_by(Order.placed_at.desc(), Order.id.desc())
    return list(db.session.scalars(query.options(joinedload(Order.custom_status)).offset(skip).limit(most)))


def revenue_of_customer(customer: Customer) -> list[tuple[str, int, Decimal]]:
    """Per currency: how many orders, and what they come to; cancelled ones and drafts don't count."""
    counted = Order.status.not_in([OrderStatus.CANCELLED, OrderStatus.DRAFT])
    query = (
        select(Order.currency, func.count(), func.sum(Order.total))
        .where(Order.customer_id == customer.id, counted)
        .group_by(Order.currency)
        .order_by(Order.currency)
    )
    return [(currency, count, total) for currency, count, total in db.session.execute(query)]


def titles_in_use(kept: type[ReturnReason] | type[ReturnAction]) -> list[str]:
    """One of the shop's own lists, in the order that the shop gave it."""
    return list(db.session.scalars(select(kept.title).where(kept.is_active).order_by(kept.position, kept.title)))


def movements_of(product: Product, *, most: int) -> list[tuple[StockMovement, str | None]]:
    """The product's latest changes of stock, newest first, each with the number of its order."""
    query = (
        select(StockMovement, Order.number)
        .outerjoin(Order, Order.id == StockMovement.order_id)
        .where(StockMovement.product_id == product.id)
        .order_by(StockMovement.id.desc())
        .limit(most)
    )
    return [(movement, number) for movement, number in db.session.execute(query)]


Method = TypeVar("Method", PaymentMethod, ShippingMethod)


def history_of(subject: Recorded, *, most: int = 100) -> list[History]:
    """What happened to a record that is no order, newest first."""
    key = f"{subject.__tablename__}:{subject.id}"
    return list(
        db.session.scalars(select(History).where(History.subject == key).order_by(History.id.desc()).limit(most))
    )


def reason_of_hold(order: Order) -> str:
    """What was said when the order was last suspended."""
    here = (History.order_id == order.id, History.what == Happened.ORDER_SUSPENDED)
    facts = db.session.scalar(select(History.facts).where(*here).order_by(History.id.desc()).limit(1))
    return str((facts or {}).get("reason", ""))


def methods_in_use(kind: type[Method], also: int | None) -> list[Method]:
    """Payment or shipping methods to choose from, and the one that was chosen before."""
    query = select(kind).where(or_(kind.is_active, kind.id == also)).order_by(kind.title, kind.id)
    return list(db.session.scalars(query))


def products_called(words: str, *, most: int) -> list[Product]:
    """Products for sale whose name or SKU has all these words in it; the one whose SKU is exactly this first."""
    on_sale = select(Product.id.label("id")).where(Product.is_active).order_by(Product.name, Product.id)
    typed = words.replace("\0", "").strip()
    exact = select(Product).where(Product.is_active, Product.sku.in_({typed, typed.upper(), typed.lower()}))
    first = list(db.session.scalars(exact.order_by(Product.id)))
    found = [one for one in find_first(PRODUCT_SEARCH, words, on_sale, most=most) if one not in first]
    return [*first, *found][:most]


def products_like(words: str, *, most: int) -> list[Product]:
    """Products whose name or SKU has all these words in it."""
    return find_first(
        PRODUCT_SEARCH, words, select(Product.id.label("id")).order_by(Product.name, Product.id), most=most
    )


def customers_called(words: str, *, demo: bool, most: int) -> list[Customer]:
    """Customers whose name, company, e-mail or phone has all these words in it."""
    people = select(Customer.id.label("id")).where(Customer.is_demo == demo, Customer.merged_into_id.is_(None))
    return find_first(CUSTOMER_SEARCH, words, people.order_by(Customer.name, Customer.id), most=most)


def locked_customers(*ids: int) -> list[Customer]:
    """The customers as they are now, in the order asked for, locked; always in the order of their ids."""
    query = select(Customer).where(Customer.id.in_(ids)).order_by(Customer.id).with_for_update()
    found = {one.id: one for one in db.session.scalars(query.execution_options(populate_existing=True))}
    return [found[id] for id in ids if id in found]


def returns_of_customer(customer: Customer, *, most: int) -> list[Return]:
    """The returns of the customer's orders, newest first, each with its order."""
    query = select(Return).join(Return.order).where(Order.customer_id == customer.id).order_by(Return.id.desc())
    query = query.options(contains_eager(Return.order), lazyload(Return.lines))
    return list(db.session.scalars(query.limit(most)))


def waiting_for_customer(customer: Customer) -> tuple[int, int, int]:
    """How many drafts, open tasks and unanswered questions there are of the customer: one statement."""
    drafts = select(func.count()).where(
        Order.customer_id == customer.id, Order.is_draft.is_(True), Order.cancelled_at.is_(None)
    )
    tasks = select(func.count()).select_from(Task).join(Task.order).where(Order.customer_id == customer.id, OPEN_TASK)
    questions = select(func.count()).where(
        Ticket.customer_id == customer.id, Ticket.status.in_([TicketStatus.UNANSWERED, TicketStatus.TO_DO])
    )
    counts = db.session.execute(select(*[query.scalar_subquery() for query in (drafts, tasks, questions)])).one()
    return counts[0], counts[1], counts[2]


def mails_with(document: Invoice) -> list[OutgoingMail]:
    """The mails that took an invoice or credit note along, first to last; not those that were withdrawn."""
    query = select(OutgoingMail).where(OutgoingMail.order_id == document.order_id)
    query = query.where(OutgoingMail.invoice_id == document.id, OutgoingMail.state != MailState.WITHDRAWN)
    return list(db.session.scalars(query.order_by(OutgoingMail.id)))


def last_seal() -> Seal | None:
    """The end of the sealed chain; None before anything is sealed."""
    return db.session.scalars(select(Seal).order_by(Seal.number.desc()).limit(1)).first()
