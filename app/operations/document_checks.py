"""Proving that documents and orders say what belongs to them says: snapshots, totals, links, marks and search words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from app.accounting.margins import wrong_margins
from app.actions.tickets import WAITING
from app.amounts.money import ZERO, rounded
from app.columns import now
from app.extensions import db
from app.models import (
    Customer,
    Invoice,
    InvoiceLine,
    MailState,
    Order,
    OrderLine,
    OrderSearch,
    OutgoingMail,
    Shipment,
    ShipmentLine,
    StockMovement,
    Ticket,
)
from app.operations.sealing import among
from app.queries import search

#: A mail that is being handed over for longer was left behind.
STUCK_MAIL = timedelta(days=1)


def snapshot_findings(order: Order) -> Iterator[str]:
    """What a document says of itself is what its row says, and it is of this order."""
    for document in order.invoices:
        says = document.snapshot
        whole = rounded(document.total, document.currency)
        issued, due = says.get("issued_on"), says.get("due_on")
        zone = ZoneInfo(says.get("time_zone") or "UTC")
        facts = (
            ("its number", says.get("number"), document.number),
            ("its kind", says.get("kind"), document.kind),
            ("its currency", says.get("currency"), document.currency),
            ("the currency of its order", document.currency, order.currency),
            ("its total", Decimal(says.get("total", whole)), whole),
            ("its order", (says.get("order") or {}).get("number", order.number), order.number),
            ("its due date", due or "", document.due_on.isoformat() if document.due_on else ""),
            ("its date", issued, document.issued_at.astimezone(zone).date().isoformat() if issued else None),
        )
        for name, said, stored in facts:
            if said != stored and said is not None:
                yield f"{order.number}: {document.number} says {said} of {name}, but {stored} is stored"


def total_findings(order: Order) -> Iterator[str]:
    """What the lines add up to, and net and VAT of the total."""
    lines, taxes = sum([line.total for line in order.lines], ZERO), sum([line.tax_total for line in order.lines], ZERO)
    follows = lines if order.prices_include_tax else lines + taxes
    if order.computed_total != follows:
        yield f"{order.number}: its lines are stored to add up to {order.computed_total}, but add up to {follows}"
    if order.net_total + order.tax_total != order.total:
        parts = f"net {order.net_total} and VAT {order.tax_total}"
        yield f"{order.number}: {parts} are stored, but a total of {order.total}"
    for line in order.lines:
        stated = sum([Decimal(tax["amount"]) for tax in line.taxes], ZERO)
        if line.tax_total != stated:
            yield f"{order.number}: VAT of {line.name} is stored as {line.tax_total}, but its taxes add up to {stated}"


def margin_findings(order: Order) -> Iterator[str]:
    """The VAT in the margin of what was sold under the margin scheme is that of what it was bought and sold for."""
    for document, named in wrong_margins(order):
        yield f"{order.number}: {document.number} has another VAT in the margin of {named} than follows"


# --- links and marks ------------------------------------------------------------------------------------------------


def relation_findings() -> Iterator[str]:
    """What belongs to one order refers to lines of that order; a signpost of a customer leads to a customer."""
    own_line = aliased(OrderLine)
    billed = select(Order.number, Invoice.number.label("document")).join(Invoice, Invoice.order_id == Order.id)
    billed = billed.join(InvoiceLine).join(own_line, own_line.id == InvoiceLine.order_line_id)
    went = select(Order.number, Shipment.number.label("document")).join(Shipment, Shipment.order_id == Order.id)
    went = went.join(ShipmentLine).join(own_line, own_line.id == ShipmentLine.order_line_id)
    for query in (billed, went):
        foreign = query.where(own_line.order_id != Order.id).distinct().order_by(Order.number)
        for number, document in db.session.execute(foreign):
            yield f"{number}: {document} has a line of another order on it. Compare it with a backup"
    moved = select(StockMovement.id, Order.number).join(own_line, own_line.id == StockMovement.order_line_id)
    moved = moved.join(Order, Order.id == own_line.order_id)
    strays = moved.where(func.coalesce(StockMovement.order_id, 0) != own_line.order_id).order_by(StockMovement.id)
    for movement, number in db.session.execute(strays):
        yield f"{number}: movement {movement} of stock is of a line of it, but stands under another order"
    lineless = select(StockMovement.id, Order.number).join(Order, Order.id == StockMovement.order_id)
    for movement, number in db.session.execute(
        lineless.where(StockMovement.order_line_id.is_(None)).order_by(StockMovement.id)
    ):
        yield f"{number}: movement {movement} of stock is of none of its lines"
    other = aliased(Customer)
    signposts = select(Customer.id, Customer.merged_into_id).join(other, other.id == Customer.merged_into_id)
    circles = or_(other.id == Customer.id, other.merged_into_id == Customer.id)
    for id, into in db.session.execute(signposts.where(circles).order_by(Customer.id)):
        yield f"customer {id} is merged into customer {into}, which leads back to it. Compare it with a backup"


def mark_findings() -> Iterator[str]:
    """Marks by which lists find orders, and reminders that were counted."""
    asked = select(Ticket.id).where(Ticket.order_id == Order.id, Ticket.status.in_(WAITING)).exists()
    marked: Select[str, bool] = select(Order.number, Order.has_unanswered_ticket).where(
        or_(and_(Order.has_unanswered_ticket, ~asked), and_(~Order.has_unanswered_ticket, asked))
    )
    for number, is_marked in db.session.execute(marked.order_by(Order.id)):
        yield f"{number}: is marked {'with' if is_marked else 'without'} a question that waits, and it is not so"
    counted = (
        select(func.count())
        .select_from(OutgoingMail)
        .where(
            OutgoingMail.order_id == Order.id,
            OutgoingMail.is_counted_reminder,
            OutgoingMail.state != MailState.WITHDRAWN,
        )
        .scalar_subquery()
    )
    reminded = select(Order.number, Order.reminders, counted).where(Order.reminders < counted).order_by(Order.id)
    for number, stored, follows in db.session.execute(reminded):
        yield f"{number}: {stored} reminders are stored, but {follows} were written"
    stuck = select(OutgoingMail.id, OutgoingMail.kind).where(
        OutgoingMail.state == MailState.SENDING, OutgoingMail.due_at < now() - STUCK_MAIL
    )
    for id, kind in db.session.execute(stuck.order_by(OutgoingMail.id)):
        yield f"mail {id} ({kind}) is being sent for more than a day. Start the worker"


def search_findings(orders: Sequence[Order]) -> Iterator[str]:
    """Whether each of these orders, sorted by their ids, is found by what it says."""
    query = select(OrderSearch.id, OrderSearch.words).where(among(OrderSearch.id, [one.id for one in orders]))
    indexed = dict(db.session.execute(query).all())
    for order in orders:
        # a draft's words are brought up to date when it is placed
        if not order.is_draft and indexed.get(order.id) != search.document(order):
            yield f"{order.number}: is not found by its words. Compare it with a backup"
