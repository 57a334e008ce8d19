"""Every action, from its one declaration: what it asks for becomes the body of a POST, its refusal a 409."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any, TypeGuard

from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy import select

from app import queries
from app.actions import ACTIONS
from app.actions.declaration import AnyAction, Input, Parameter
from app.actions.lines import EditedLine
from app.api.description import blueprint
from app.api.idempotency import HEADER, idempotent
from app.api.keys import may_read, needs, program
from app.api.new_orders import KnownMoment
from app.api.orders import answered, known_order
from app.api.problems import stop
from app.api.shapes import ID_LIMIT, AddressShape, EditedLineShape, Exactly, WholeOrderShape, words
from app.errors import ActionRefused
from app.extensions import Model, db
from app.models import (
    Customer,
    Invoice,
    Memo,
    Order,
    OutgoingMail,
    Payment,
    Return,
    Shipment,
    Task,
    Ticket,
)


@dataclass(frozen=True)
class ActionRoute:
    """Where the actions on one kind of record are taken: /api/<path>/<its key>/actions/<name>."""

    record: type[Model]
    path: str
    key: str  # number | id


ROUTES = {
    Order: ActionRoute(Order, "orders", "number"),
    Invoice: ActionRoute(Invoice, "invoices", "number"),
    Shipment: ActionRoute(Shipment, "shipments", "number"),
    Return: ActionRoute(Return, "returns", "number"),
    Payment: ActionRoute(Payment, "payments", "id"),
    Memo: ActionRoute(Memo, "memos", "id"),
    Task: ActionRoute(Task, "tasks", "id"),
    Ticket: ActionRoute(Ticket, "tickets", "id"),
    OutgoingMail: ActionRoute(OutgoingMail, "mails", "id"),
    Customer: ActionRoute(Customer, "customers", "id"),
}


class Done(Schema):
    """What was done, and the order as it is now."""

    done = fields.String()
    order = fields.Nested(
        WholeOrderShape,
        allow_none=True,
        metadata={"description": "Number, states and version alone to a key that may not read orders"},
    )
    warning = fields.String(metadata={"description": "What was unusual about it; left out when nothing was"})


def actions() -> Blueprint:
    """A route for each action on a record that has an address."""
    made = blueprint("actions", "Everything that can be done")
    for action in ACTIONS.values():
        if place := route_of(action):
            part = "<int:id>" if place.key == "id" else "<number>"
            rule = f"/{place.path}/{part}/actions/{action.name}"
            made.add_url_rule(rule, action.name, view_of(made, action, place))
    return made


def route_of(action: AnyAction) -> ActionRoute | None:
    """Of an action that is done on one of several kinds of record, the first that has an address."""
    return next((ROUTES[kind] for kind in action.record_types if kind in ROUTES), None)


def view_of(made: Blueprint, action: AnyAction, place: ActionRoute) -> type[MethodView]:
    """A view of its own for the action, so that the description tells of it by name."""

    body = body_of(action)

    @needs(action.right)
    @made.doc(parameters=[HEADER])
    @made.arguments(body, required=any(field.required for field in body().fields.values()))
    @made.response(200, Done)
    @made.alt_response(404)
    @made.alt_response(409, description="Refused; detail says why")
    @idempotent
    def post(self: MethodView, given: dict[str, Any], **which: str | int) -> tuple[dict[str, object], int, str]:
        with naming_nobody(place):
            order_number, said, doubt = run_on_record(action, place, which[place.key], given)
        order = answered(known_order(order_number)) if order_number else None
        return {"done": said, "order": order, **({"warning": doubt} if doubt else {})}, 200, ""

    post.__doc__ = inspect.getdoc(action.run) or str(action.title)
    return type(action.name, (MethodView,), {"post": post})


@contextmanager
def naming_nobody(place: ActionRoute) -> Iterator[None]:
    """Why something can't be done to a customer may name another one: it is told to whoever may read customers."""
    try:
        yield
    except ActionRefused as refused:
        if place.record is not Customer or may_read("read.customers"):
            raise
        reason = "This can’t be done to this customer now. A key that may read customers is told why."
        raise ActionRefused(reason) from refused


def run_on_record(action: AnyAction, place: ActionRoute, key: str | int, given: dict[str, Any]) -> tuple[str, str, str]:
    """Do it on the record, its order locked before anything is read; answers the order’s number, what is said, and
    what was unusual about it.

    That is the new one where the order got another number, or where another order came of it.
    """
    db.session.rollback()
    number = order_of(place, key)
    if number:
        queries.locked_order(number)
    query = select(place.record).where(getattr(place.record, place.key) == key)
    if place.record is Customer:
        queries.locked_customers(*customers_of(action, key, given))  # in one order, whichever was named first
    elif not number:
        query = query.with_for_update()
    record = db.session.scalar(query) or stop(404, "There is no such record.")
    how = {name: find_chosen(action, name, value) for name, value in given.items()}
    doubts = [action.warning(record) if action.warning else "", action.doubt(record, **how) if action.doubt else ""]
    done = action(record, by=program(), **how)
    db.session.flush()
    return done.number if isinstance(done, Order) else number, action.said_of(record), " ".join(filter(None, doubts))


def customers_of(action: AnyAction, key: str | int, given: Mapping[str, object]) -> list[int]:
    """The ids of all customers that the action is about."""
    named = [value for name, value in given.items() if action.parameters[name].types == (Customer,)]
    return [one for one in (key, *named) if isinstance(one, int) and 0 < one < ID_LIMIT]


def order_of(place: ActionRoute, key: str | int) -> str:
    """The number of the order that the record belongs to; "" for one without."""
    if "\0" in str(key) or (isinstance(key, int) and key >= ID_LIMIT):
        stop(404, "There is no such record.")
    if place.record is Order:
        return str(key)
    if not hasattr(place.record, "order_id"):
        return ""
    query = select(Order.number).join(place.record, place.record.order_id == Order.id)
    return db.session.scalar(query.where(getattr(place.record, place.key) == key)) or ""


# --- the body, from the declaration ---------------------------------------------------------------------------------

Maker = Callable[..., fields.Field[Any]]

FIELD_MAKERS: dict[object, Maker] = {
    str: lambda most=255, **how: words(most, **how),
    bool: fields.Boolean,
    int: lambda **how: fields.Integer(validate=validate.Range(0, ID_LIMIT - 1), **how),
    Decimal: Exactly,
    datetime: KnownMoment,
    date: fields.Date,
    list[str]: lambda **how: fields.List(words(255), **how),
    dict[int, Decimal]: lambda **how: fields.Dict(fields.Integer(), Exactly(), **how),
    Mapping[int, Decimal]: lambda **how: fields.Dict(fields.Integer(), Exactly(), **how),
    list[EditedLine]: lambda **how: fields.List(fields.Nested(EditedLineShape), **how),
    dict[str, str]: lambda **how: fields.Nested(AddressShape, **how),
}


def body_of(action: AnyAction) -> type[Schema]:
    """A field for each thing that the action takes, of the type that its function declares."""
    inputs = {one.name: one for one in action.inputs}
    return Schema.from_dict(  # type: ignore[return-value]
        {name: field_of(parameter, inputs.get(name)) for name, parameter in action.parameters.items()},  # type: ignore[arg-type]
        name=f"{action.name}_body",
    )


def field_of(parameter: Parameter, about: Input | None) -> fields.Field[Any]:
    """A record is given by its id."""
    (kind,) = parameter.types
    maker = maker_of(kind)
    more: dict[str, int] = {"most": about.most} if about and kind is str else {}
    return maker(
        required=parameter.is_required or bool(about and about.required),
        allow_none=parameter.may_be_none,
        metadata={"description": described(about)} if about else {},
        **more,
    )


def described(about: Input) -> str:
    return f"{about.title}. {about.hint}" if about.hint else str(about.title)


def maker_of(kind: object) -> Maker:
    if is_choice(kind):
        return partial(fields.Enum, kind, by_value=True)
    return fields.Integer if is_record(kind) else FIELD_MAKERS[kind]


def is_choice(kind: object) -> TypeGuard[type[StrEnum]]:
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def is_record(kind: object) -> TypeGuard[type[Model]]:
    return isinstance(kind, type) and issubclass(kind, Model)


def find_chosen(action: AnyAction, name: str, value: object) -> object:
    """The record whose id was given, where the action takes one."""
    (kind,) = action.parameters[name].types
    if not is_record(kind) or value is None:
        return value
    known = db.session.get(kind, value) if isinstance(value, int) and 0 < value < ID_LIMIT else None
    return known or stop(
        422,
        "Some fields are wrong; errors names them.",
        messages={"json": {name: ["There is no such record."]}},
    )
