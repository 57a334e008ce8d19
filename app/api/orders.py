"""Orders: list, read, create."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask.views import MethodView
from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app import queries
from app.api.description import blueprint
from app.api.idempotency import HEADER, idempotent
from app.api.keys import may_read, needs, program
from app.api.new_orders import NewOrderShape, read
from app.api.paging import PageQuery, page_after
from app.api.problems import stop
from app.api.shapes import BriefOrderShape, OrderShape, WholeOrderShape, page_of, words
from app.extensions import db
from app.intake.placing import place_order
from app.models import Order, OrderStatus, PaymentStatus, Return, Shipment, ShipmentStatus
from app.queries import order_from, order_list

orders = blueprint("orders", "Orders")

ORDER_PARTS = (
    joinedload(Order.outside_shop),
    selectinload(Order.addresses),
    selectinload(Order.lines),
    selectinload(Order.payments),
    selectinload(Order.invoices),
    selectinload(Order.shipments).selectinload(Shipment.lines),
    selectinload(Order.returns).options(selectinload(Return.lines), selectinload(Return.credit_note)),
)


class OrderQuery(PageQuery):
    search = words(200, load_default="", metadata={"description": "Words of number, customer, e-mail, postcode …"})
    status = fields.String(load_default="", validate=validate.OneOf(["", *OrderStatus]))
    payment = fields.String(load_default="", validate=validate.OneOf(["", *PaymentStatus]))
    shipment = fields.String(load_default="", validate=validate.OneOf(["", *ShipmentStatus]))
    shop = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1, max=10**9),
        metadata={"description": "Id of the shop that they come from"},
    )
    since = fields.Date(load_default=None, allow_none=True, metadata={"description": "Ordered on this day or later"})
    until = fields.Date(load_default=None, allow_none=True)


@orders.route("/orders")
class Orders(MethodView):
    @needs("read.orders")
    @orders.arguments(OrderQuery, location="query")
    @orders.response(200, page_of(OrderShape))
    def get(self, asked: dict[str, Any]) -> dict[str, object]:
        """The shop's orders, newest first; drafts are none yet."""
        limit, cursor = asked.pop("limit"), asked.pop("cursor")
        asked["shop"] = str(asked["shop"] or "")
        where = order_list.conditions(order_list.Question(**asked), queries.shop().time_zone)
        query = select(Order).where(Order.is_draft.is_(False), *where).options(joinedload(Order.outside_shop))
        return page_after(query, Order.placed_at, Order.id, limit=limit, cursor=cursor)

    @needs("imports.place_order")
    @orders.doc(parameters=[HEADER])
    @orders.arguments(NewOrderShape)
    @orders.alt_response(201, schema=WholeOrderShape)
    @orders.alt_response(200, schema=WholeOrderShape, description="It was there already")
    @idempotent
    def post(self, given: dict[str, Any]) -> tuple[dict[str, object], int, str]:
        """Place an order. The same `external_id` from the same program again answers with the order that is there.

        Keys of one title are one program.
        """
        new, notify = read(given, program=program().name)
        already = order_from(None, new.source, new.external_id, program=new.program, placed_at=new.placed_at)
        order = already or place_order(new, by=program(), notify=notify)
        db.session.flush()
        return answered(order), 200 if already else 201, url_for("api_orders.Order", number=order.number)


@orders.route("/orders/<number>", endpoint="Order")
class OneOrder(MethodView):
    @needs("read.orders")
    @orders.response(200, WholeOrderShape)
    @orders.alt_response(404)
    def get(self, number: str) -> Order:
        """One order with all its parts. A draft is none yet."""
        order = known_order(number)
        return stop(404, "There is no such order.") if order.is_draft else order


def known_order(number: str) -> Order:
    query = select(Order).where(Order.number == number).options(*ORDER_PARTS)
    found = None if "\0" in number else db.session.scalar(query)
    return found or stop(404, "There is no such order.")


def answered(order: Order) -> dict[str, object]:
    """As the key that asks may read it."""
    told: dict[str, object] = (WholeOrderShape if may_read("read.orders") else BriefOrderShape)().dump(order)
    return told
