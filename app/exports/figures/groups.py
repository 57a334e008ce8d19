"""What was invoiced by who bought it, how it was paid and sent, and where it came from: by facts of the orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import SQLColumnExpression, func, select

from app.exports.figures.declaration import FigureRow, FigureScope
from app.exports.figures.sales import amounts_of_documents
from app.exports.open_by_age import customers_named
from app.extensions import ShownText, db
from app.models import Invoice, Order, OutsideShop, Source

#: What orders are called that no outside shop brought.
OWN_WAYS: dict[Source, ShownText] = {
    Source.STAFF: _l("Typed here"),
    Source.API: _l("Programs"),
    Source.CSV: _l("Files"),
}


def head_with(*titles: ShownText) -> Callable[[FigureScope], Sequence[ShownText]]:
    return lambda _asked: titles


@dataclass(frozen=True)
class Group:
    """What is told of orders with the same facts, in a currency."""

    currency: str
    facts: tuple[object, ...]
    sums: tuple[Decimal, ...]


def read_groups(asked: FigureScope, *facts: SQLColumnExpression[object]) -> Iterator[Group]:
    """Documents by their index, and the order of each by its key."""
    query = select(Invoice.currency, *facts, *amounts_of_documents()).select_from(Invoice)
    query = query.join(Order, Order.id == Invoice.order_id)
    query = query.outerjoin(OutsideShop, OutsideShop.id == Order.outside_shop_id)
    for currency, *found in db.session.execute(query.where(*asked.of_documents()).group_by(Invoice.currency, *facts)):
        sums = tuple(Decimal(str(one)) for one in found[len(facts) :])
        yield Group(str(currency), tuple(found[: len(facts)]), sums)


def read_customers(asked: FigureScope) -> Iterator[FigureRow]:
    groups = list(read_groups(asked, Order.customer_id))
    ids = [one.facts[0] for one in groups]
    names = customers_named([id for id in ids if isinstance(id, int)])
    for one, id in zip(groups, ids, strict=True):
        known = names.get(id) if isinstance(id, int) else (_("Without a customer’s record"), "", "")
        name, company, _email = known or ("", "", "")
        yield FigureRow(one.currency, (id,), (name or "–", company), one.sums)


def read_payment_methods(asked: FigureScope) -> Iterator[FigureRow]:
    yield from by_title(read_groups(asked, Order.payment_method_title))


def read_shipping_methods(asked: FigureScope) -> Iterator[FigureRow]:
    yield from by_title(read_groups(asked, Order.shipping_method_title))


def by_title(groups: Iterator[Group]) -> Iterator[FigureRow]:
    for one in groups:
        yield FigureRow(one.currency, one.facts, (str(one.facts[0] or _("None stated")),), one.sums)


def read_channels(asked: FigureScope) -> Iterator[FigureRow]:
    """By the shop that orders came from; what came from none by the program that placed it, or by its way."""
    facts = (Order.outside_shop_id, func.coalesce(OutsideShop.title, ""), Order.source, Order.program)
    for one in read_groups(asked, *facts):
        _shop, title, source, program = map(str, one.facts)
        way = OWN_WAYS.get(Source(source)) or source.title()
        yield FigureRow(one.currency, one.facts, (title or program or str(way),), one.sums)
