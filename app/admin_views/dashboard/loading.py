"""Reading an order with all its parts: the same few statements, whatever its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, TypeAlias

from sqlalchemy import Integer, Select, String, and_, bindparam, case, func, literal_column, select
from sqlalchemy.orm import defer, joinedload, lazyload, load_only, selectinload
from sqlalchemy.sql.base import ExecutableOption

from app import queries
from app.extensions import db
from app.models import (
    Arrival,
    Connection,
    CustomStatus,
    Fate,
    History,
    MailState,
    Order,
    OutgoingMail,
    Product,
    ShopChange,
    ShopWrite,
    Staff,
    Task,
    Ticket,
    TicketStatus,
)
from app.queries.keyset import ListSort
from app.queries.neighbours import Listing, Neighbours, neighbour_columns, neighbours_in
from app.queries.order_list import Question, find_sort_value, listing_of, settle_sort
from app.queries.order_parts import load_parts
from app.write_back import IS_TOLD, OF_CONNECTION, WOULD_TELL, remember_shop

#: Columns of many kinds.
Surroundings: TypeAlias = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class OrderPage:
    """An order and what lies round it: its neighbours in the list, and how much there is to read elsewhere."""

    order: Order
    neighbours: Neighbours[str]  # by their numbers
    orders_of_customer: int
    events: int
    tickets: int
    unanswered: int  # of them
    unanswered_id: int | None  # of these, the one that waits longest
    unread_updates: int  # changes that its own shop sent, and that wait in quarantine
    failed_mails: int
    shop_changes: int  # what its own shop changed and waits for somebody to decide
    shop_writes: int  # what its own shop is, or was, to be told
    switched_off: str | None  # the connection that would tell its shop
    products: Sequence[Product] = ()  # that were ordered
    custom_statuses: Sequence[CustomStatus] = ()  # of the shop

    @cached_property
    def shortages(self) -> list[queries.Shortage]:
        return queries.shortages(self.order, self.products)


def order_page(number: str, question: Question) -> OrderPage | None:
    """The order, with its neighbours among those that the question is about."""
    order = order_and_methods(number)
    if order is None:
        return None
    beside = load_parts(order)
    page = load_surroundings(order, question)
    return replace(page, products=beside.of(Product), custom_statuses=in_their_order(beside.of(CustomStatus)))


def order_alone(number: str) -> Order | None:
    """The order of exactly this number; an action or a pop-up needs few of its parts, loaded when asked for."""
    return None if "\0" in number else queries.order_numbered(number) or queries.order_begun_as(number)


def number_now(number: str) -> str:
    """The number of the order that was begun as this draft; else the same number."""
    order = order_alone(number)
    return order.number if order else number


def order_with_parts(number: str) -> Order | None:
    """The order of exactly this number; its parts are loaded with it, by a second statement."""
    order = order_and_methods(number)
    if order is not None:
        load_parts(order)
    return order


def order_and_methods(number: str) -> Order | None:
    """The order, with the records that it names."""
    if "\0" in number:
        return None
    found: Order | None = db.session.scalars(WITH_METHODS, {"number": number}).one_or_none()
    return found


WITH_METHODS = (
    select(Order)
    .where(Order.number == bindparam("number"))
    .options(
        joinedload(Order.customer),
        joinedload(Order.outside_shop),
        joinedload(Order.payment_method),
        joinedload(Order.shipping_method),
        joinedload(Order.custom_status),
    )
)


def with_assignee() -> ExecutableOption:
    """A task's assignee by name, without roles."""
    return joinedload(Task.assignee).options(load_only(Staff.name, Staff.email), lazyload(Staff.roles))


def in_their_order(statuses: Sequence[CustomStatus]) -> list[CustomStatus]:
    """As they are offered everywhere."""
    return sorted(statuses, key=lambda one: (one.position, one.title))


def load_surroundings(order: Order, question: Question) -> OrderPage:
    """One statement, and one more for a list that is narrowed: how it is read depends on how many there are."""
    question = settle_sort(question)
    if order.is_draft:
        query = around_draft(order.cancelled_at is not None, order.outside_shop_id is not None)
    elif question.is_narrowed or (question.view and question.sort != "placed_at"):
        listing = listing_of(question, queries.shop().time_zone)
        query = surroundings(listing, has_shop=order.outside_shop_id is not None)
    else:
        query = around_order(question.view, question.sort, question.descending, order.outside_shop_id is not None)
    asked = {
        "order_id": order.id,
        "place": order.placed_at if order.is_draft else find_sort_value(order, question),
        "customer_id": order.customer_id,
        "outside_shop_id": order.outside_shop_id,
        "external_id": order.external_id,
    }
    row = db.session.execute(query, asked).one()
    remember_shop(order, row)
    around = row[OF_NEIGHBOURS:OF_PAGE]
    shown = OrderPage(order, neighbours_in(*row[:OF_NEIGHBOURS]), *around)
    is_told = row[OF_PAGE] is not None  # by another connection of the shop
    return replace(shown, switched_off=None) if is_told or order.is_demo or order.is_draft else shown


#: How many columns tell of the neighbours; those of the page go on to there.
OF_NEIGHBOURS, OF_PAGE = 5, 15


@cache
def around_draft(is_discarded: bool, has_shop: bool) -> Surroundings:
    """Written once, as is the next: SQLAlchemy takes longer to write such a statement than to have it answered."""
    return surroundings(listing_of_drafts(is_discarded=is_discarded), has_shop=has_shop)


@cache
def around_order(view: str, sort: str, descending: bool, has_shop: bool) -> Surroundings:
    """In a list that is sorted by an index of its own."""
    listing = listing_of(Question(view=view, sort=sort, descending=descending), "UTC")  # nothing in it has a day
    return surroundings(listing, has_shop=has_shop)


ORDER_ID, SHOP_ID = bindparam("order_id", type_=Integer), bindparam("outside_shop_id", type_=Integer)


def surroundings(listing: Listing, *, has_shop: bool) -> Surroundings:
    """What lies round an order that is named when it runs; `place` is what the listing is sorted by."""
    beside = neighbour_columns(listing, ORDER_ID, "", Order.number)
    orders = (
        select(func.count())
        .select_from(Order)
        .where(Order.customer_id == bindparam("customer_id", type_=Integer), Order.is_draft.is_(False))
    )
    events = select(func.count()).select_from(History).where(History.order_id == ORDER_ID)
    tickets = select(func.count()).select_from(Ticket).where(Ticket.order_id == ORDER_ID)
    unanswered = tickets.where(Ticket.status == TicketStatus.UNANSWERED)
    longest = select(func.min(Ticket.id)).where(Ticket.order_id == ORDER_ID, Ticket.status == TicketStatus.UNANSWERED)
    unread = (
        select(func.count())
        .select_from(Arrival)
        .where(
            Arrival.result == literal_column(f"'{Fate.QUARANTINED.value}'"),  # written out: its index is for these
            Arrival.outside_shop_id == SHOP_ID if has_shop else Arrival.outside_shop_id.is_(None),
            Arrival.external_id == bindparam("external_id", type_=String),
        )
    )
    failed = (
        select(func.count())
        .select_from(OutgoingMail)
        .where(OutgoingMail.order_id == ORDER_ID, OutgoingMail.state == MailState.FAILED)
    )
    waiting = select(func.count()).select_from(ShopChange).where(ShopChange.order_id == ORDER_ID)
    told = select(func.count()).select_from(ShopWrite).where(ShopWrite.order_id == ORDER_ID)
    off = (
        select(Connection.title)
        .where(Connection.outside_shop_id == SHOP_ID, *WOULD_TELL)
        .order_by(Connection.id.desc())
        .limit(1)
    )
    asked = (orders, events, tickets, unanswered, longest, unread, failed, waiting, told, off)
    parts = [*beside, *[query.scalar_subquery() for query in asked]]
    is_its_shop = and_(Connection.outside_shop_id == Order.outside_shop_id, *IS_TOLD)
    query = select(*parts, *OF_CONNECTION).select_from(Order).outerjoin(Connection, is_its_shop)
    return query.where(Order.id == ORDER_ID).order_by(Connection.id.desc()).limit(1)


def listing_of_drafts(*, is_discarded: bool) -> Listing:
    """The newest first, with those alone that were put aside as this one was, or weren't."""
    alike = Order.cancelled_at.is_not(None) if is_discarded else Order.cancelled_at.is_(None)
    where = [Order.is_draft.is_(True), alike]
    return Listing(Order, Order.id, where, ListSort(Order.placed_at), True)


def tickets_of(order: Order) -> Sequence[Ticket]:
    """The customer's questions about the order, with the last of what was said first; two statements."""
    waiting = case((Ticket.status.in_([TicketStatus.UNANSWERED, TicketStatus.TO_DO]), 0), else_=1)
    query = select(Ticket).where(Ticket.order_id == order.id).order_by(waiting, Ticket.last_message_at.desc())
    who = joinedload(Ticket.assignee).options(load_only(Staff.name, Staff.email), lazyload(Staff.roles))
    return db.session.scalars(query.options(who, selectinload(Ticket.messages))).all()


def events_of(order: Order, *, before: int | None, most: int) -> Sequence[History]:
    """What happened to the order, newest first; `before` is the id to go on from."""
    query = select(History).where(History.order_id == order.id)
    if before is not None:
        query = query.where(History.id < before)
    return db.session.scalars(query.order_by(History.id.desc()).limit(most)).all()


def payloads_of(order: Order, *, most: int) -> Sequence[Arrival]:
    """What its shop, or a file, sent of the order, newest first; without the payloads themselves."""
    query = select(Arrival).where(Arrival.order_id == order.id).options(defer(Arrival.payload))
    return db.session.scalars(query.order_by(Arrival.id.desc()).limit(most)).all()
