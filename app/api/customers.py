"""Customers and their questions: list, read, create."""

from __future__ import annotations

from typing import Any, TypedDict, TypeVar

from flask import url_for
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from app import queries
from app.actions.customers import create_customer
from app.actions.tickets import LONGEST_TEXT, ask
from app.api.description import blueprint
from app.api.idempotency import HEADER, idempotent
from app.api.keys import may_read, needs, program
from app.api.paging import PageAsked, PageQuery, page_after
from app.api.problems import stop
from app.api.shapes import ID_LIMIT, CustomerShape, TicketShape, WholeTicketShape, page_of, words
from app.columns import first_address
from app.extensions import db
from app.models import Customer, Ticket, TicketStatus

customers = blueprint("customers", "Customers and their questions")


class CustomerQuery(PageQuery):
    email = words(255, load_default="")


class CustomersAsked(PageAsked):
    email: str


class TicketQuery(PageQuery):
    status = fields.String(load_default="", validate=validate.OneOf(["", *TicketStatus]))


class TicketsAsked(PageAsked):
    status: str


class NewTicketShape(Schema):
    order_number = words(30, least=1, required=True)
    subject = words(255, least=1, required=True)
    text = words(LONGEST_TEXT, least=1, required=True)


class NewTicket(TypedDict):
    order_number: str
    subject: str
    text: str


@customers.route("/customers")
class Customers(MethodView):
    @needs("read.customers")
    @customers.arguments(CustomerQuery, location="query")
    @customers.response(200, page_of(CustomerShape))
    def get(self, asked: CustomersAsked) -> dict[str, object]:
        """The shop's customers, newest first."""
        email = first_address(asked["email"])
        query = select(Customer).where(Customer.merged_into_id.is_(None)).options(selectinload(Customer.addresses))
        if email:
            query = query.where(func.lower(Customer.email) == email.lower())
        return page_after(query, Customer.created_at, Customer.id, limit=asked["limit"], cursor=asked["cursor"])

    @needs("customers.create_customer")
    @customers.doc(parameters=[HEADER])
    @customers.arguments(CustomerShape)
    @customers.alt_response(201, schema=CustomerShape)
    @idempotent
    def post(self, given: dict[str, Any]) -> tuple[dict[str, object], int, str]:
        """Add a customer; a name, company or e-mail address at least. An address in use already is refused."""
        customer = create_customer(given, by=program())
        told = CustomerShape().dump(customer) if may_read("read.customers") else {"id": customer.id}
        return told, 201, url_for("api_customers.Customer", id=customer.id)


@customers.route("/customers/<int:id>", endpoint="Customer")
class OneCustomer(MethodView):
    @needs("read.customers")
    @customers.response(200, CustomerShape)
    @customers.alt_response(404)
    def get(self, id: int) -> Customer:
        """One customer."""
        return find_or_404(Customer, id)


@customers.route("/tickets")
class Tickets(MethodView):
    @needs("read.tickets")
    @customers.arguments(TicketQuery, location="query")
    @customers.response(200, page_of(TicketShape))
    def get(self, asked: TicketsAsked) -> dict[str, object]:
        """Questions of customers, the last that was said first."""
        status = asked["status"]
        query = select(Ticket).options(joinedload(Ticket.order))
        if status:
            query = query.where(Ticket.status == status)
        return page_after(query, Ticket.last_message_at, Ticket.id, limit=asked["limit"], cursor=asked["cursor"])

    @needs("tickets.create_ticket")
    @customers.doc(parameters=[HEADER])
    @customers.arguments(NewTicketShape)
    @customers.alt_response(201, schema=WholeTicketShape)
    @idempotent
    def post(self, given: NewTicket) -> tuple[dict[str, object], int, str]:
        """Pass on a question that the customer asked elsewhere, about an order."""
        order = (
            queries.locked_order(given["order_number"])
            or stop(422, "There is no such order.", messages={"json": {"order_number": ["There is no such order."]}})
        )  # fmt: skip
        ticket = ask(order, by=program(), subject=given["subject"], text=given["text"])
        db.session.flush()
        told = WholeTicketShape().dump(ticket) if may_read("read.tickets") else {"id": ticket.id}
        return told, 201, url_for("api_customers.Ticket", id=ticket.id)


@customers.route("/tickets/<int:id>", endpoint="Ticket")
class OneTicket(MethodView):
    @needs("read.tickets")
    @customers.response(200, WholeTicketShape)
    @customers.alt_response(404)
    def get(self, id: int) -> Ticket:
        """One question with all that was said."""
        return find_or_404(Ticket, id)


Found = TypeVar("Found", Customer, Ticket)


def find_or_404(record: type[Found], id: int) -> Found:
    known = db.session.get(record, id) if id < ID_LIMIT else None
    return known or stop(404, f"There is no {record.__name__.lower()} of this id.")
