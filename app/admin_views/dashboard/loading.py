"""Reading an order with all its parts: the same few statements, whatever its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import and_, case, func, literal_column, select
from sqlalchemy.orm import defer, joinedload, lazyload, load_only, selectinload

from app import queries
from app.extensions import db
from app.models import (
    Arrival,
    Connection,
    Fate,
    History,
    Invoice,
    MailState,
    Order,
    OutgoingMail,
    Return,
    Shipment,
    ShopChange,
    ShopWrite,
    Staff,
    Task,
    Ticket,
    TicketStatus,
)
from app.queries.neighbours import Listing, Neighbours, neighbour_columns, neighbours_in
from app.queries.order_list import Question, listing_of
from app.write_back import IS_TOLD, OF_CONNECTION, WOULD_TELL, remember_shop


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

    @cached_property
    def shortages(self) -> list[queries.Shortage]:
        return queries.shortages(self.order)


def order_page(number: str, question: Question) -> OrderPage | None:
    """The order, with its neighbours among those that the question is about."""
    order = order_with_parts(number)
    return load_surroundings(order, question) if order else None


def order_alone(number: str) -> Order | None:
    """The order of exactly this number; an action or a pop-up needs few of its parts, loaded when asked for."""
    return None if "\0" in number else queries.order_numbered(number) or queries.order_begun_as(number)


def number_now(number: str) -> str:
    """The number of the order that was begun as this draft; else the same number."""
    order = order_alone(number)
    return order.number if order else number


def order_with_parts(number: str) -> Order | None:
    """The order of exactly this number; its parts are loaded with it."""
    if "\0" in number:
        return None
    query = (
        select(Order)
        .where(Order.number == number)
        .options(
            joinedload(Order.customer),
            joinedload(Order.outside_shop),
            joinedload(Order.payment_method),
            joinedload(Order.shipping_method),
            joinedload(Order.custom_status),
            joinedload(Order.addresses),
            joinedload(Order.invoices).options(  # nearly always one: no statement of its own
                defer(Invoice.snapshot), selectinload(Invoice.lines)
            ),
            selectinload(Order.lines),
            selectinload(Order.payments),
            selectinload(Order.shipments).options(joinedload(Shipment.lines)),
            selectinload(Order.returns).options(joinedload(Return.lines)),
            selectinload(Order.memos),
            selectinload(Order.tasks).options(with_assignee()),
        )
    )
    return db.session.scalars(query).unique().one_or_none()


def with_assignee() -> Any:
    """A task's assignee by name, without roles."""
    return joinedload(Task.assignee).options(load_only(Staff.name, Staff.email), lazyload(Staff.roles))


def load_surroundings(order: Order, question: Question) -> OrderPage:
    """One statement, and one more for a list that is narrowed: how it is read depends on how many there are."""
    listing = listing_of_drafts(order) if order.is_draft else listing_of(question, queries.shop().time_zone)
    value = order.placed_at if order.is_draft else getattr(order, question.sort)
    beside = neighbour_columns(listing, order.id, value, Order.number)
    orders = (
        select(func.count()).select_from(Order).where(Order.customer_id == order.customer_id, Order.is_draft.is_(False))
    )
    events = select(func.count()).select_from(History).where(History.order_id == order.id)
    tickets = select(func.count()).select_from(Ticket).where(Ticket.order_id == order.id)
    unanswered = tickets.where(Ticket.status == TicketStatus.UNANSWERED)
    longest = select(func.min(Ticket.id)).where(Ticket.order_id == order.id, Ticket.status == TicketStatus.UNANSWERED)
    unread = (
        select(func.count())
        .select_from(Arrival)
        .where(
            Arrival.result == literal_column(f"'{Fate.QUARANTINED.value}'"),  # written out: its index is for these
            Arrival.outside_shop_id == order.outside_shop_id,
            Arrival.external_id == order.external_id,
        )
    )
    failed = (
        select(func.count())
        .select_from(OutgoingMail)
        .where(OutgoingMail.order_id == order.id, OutgoingMail.state == MailState.FAILED)
    )
    waiting = select(func.count()).select_from(ShopChange).where(ShopChange.order_id == order.id)
    told = select(func.count()).select_from(ShopWrite).where(ShopWrite.order_id == order.id)
    off = (
        select(Connection.title)
        .where(Connection.outside_shop_id == order.outside_shop_id, *WOULD_TELL)
        .order_by(Connection.id.desc())
        .limit(1)
    )
    asked = (orders, events, tickets, unanswered, longest, unread, failed, waiting, told, off)
    parts = [*beside, *[query.scalar_subquery() for query in asked]]
    is_its_shop = and_(Connection.outside_shop_id == Order.outside_shop_id, *IS_TOLD)
    query = select(*parts, *OF_CONNECTION).select_from(Order).outerjoin(Connection, is_its_shop)
    row = db.session.execute(query.where(Order.id == order.id).order_by(Connection.id.desc()).limit(1)).one()
    remember_shop(order, row)
    around = row[len(beside) : len(parts)]
    shown = OrderPage(order, neighbours_in(*row[: len(beside)]), *around)
    is_told = row[len(parts)] is not None  # by another connection of the shop
    return replace(shown, switched_off=None) if is_told or order.is_demo or order.is_draft else shown


def listing_of_drafts(draft: Order) -> Listing:
    """The newest first, with those alone that were put aside as this one was, or weren't."""
    alike = Order.cancelled_at.is_(None) if draft.cancelled_at is None else Order.cancelled_at.is_not(None)
    where = [Order.is_draft.is_(True), alike]
    return Listing(Order, Order.id, where, Order.placed_at, True)


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
