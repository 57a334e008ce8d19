"""What is asked of bank statements: lines that wait, orders that money is expected for, and whose an account is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload, load_only, selectinload

from app.columns import storable
from app.extensions import db
from app.models import (
    ORDERS_TO_PAY_BACK,
    UNPAID_ORDERS,
    Invoice,
    InvoiceKind,
    LineBooking,
    LineState,
    Order,
    Payment,
    Purpose,
    StatementFile,
    StatementFormat,
    StatementLine,
    StatementRecipe,
)
from app.queries.concerns import as_indexed
from app.queries.counting import count_capped, rows_in

#: So many orders are named in one statement.
MOST_NAMED_ORDERS = 500

AWAITING = (UNPAID_ORDERS, ORDERS_TO_PAY_BACK)

#: What `Order.open_amount` needs.
LEDGER = (
    Order.total, Order.invoiced, Order.credited, Order.paid, Order.refunded, Order.cancelled_at,
    Order.invoiced_elsewhere_at, Order.adjusted,
)  # fmt: skip
NAMES_OF_ORDER = (
    Order.id, Order.number, Order.external_number, Order.currency, Order.customer_id, Order.customer_name,
    Order.company, Order.is_draft, Order.is_demo,
)  # fmt: skip


def waiting_files() -> list[StatementFile]:
    """Of banks that nobody knows: somebody has to say which column is what."""
    query = select(StatementFile).where(StatementFile.form == StatementFormat.UNKNOWN)
    return list(db.session.scalars(query.order_by(StatementFile.read_at, StatementFile.id).limit(20)))


def kept_recipes() -> list[StatementRecipe]:
    return list(db.session.scalars(select(StatementRecipe).order_by(StatementRecipe.id)))


def recipes_of_header(digest: str) -> list[StatementRecipe]:
    """Of each account that has files with this header."""
    return list(
        db.session.scalars(select(StatementRecipe).where(StatementRecipe.digest == digest).order_by(StatementRecipe.id))
    )


def lines_of_statements(state: LineState, *, most: int, search: str = "") -> list[StatementLine]:
    """Those that wait: oldest first; what was decided: latest first."""
    query = select(StatementLine).where(StatementLine.state == state, *found_by(search)).limit(most)
    query = query.options(joinedload(StatementLine.file))
    if state == LineState.OPEN:
        return list(db.session.scalars(query.order_by(StatementLine.booked_on, StatementLine.id)))
    bookings = selectinload(StatementLine.bookings).joinedload(LineBooking.payment)
    query = query.options(bookings.joinedload(Payment.order).load_only(Order.number))
    return list(db.session.scalars(query.order_by(StatementLine.booked_on.desc(), StatementLine.id.desc())))


def found_by(search: str) -> list[ColumnElement[bool]]:
    columns = (StatementLine.name, StatementLine.iban, StatementLine.text, StatementLine.reference)
    words = storable(search).split()[:5]
    return [or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words]


def count_statement_lines() -> dict[LineState, int]:
    """Of each state; one more than the cap where there are more."""
    counts = [count_capped(rows_in(StatementLine, StatementLine.state == state)) for state in LineState]
    return dict(zip(LineState, db.session.execute(select(*counts)).one(), strict=True))


def locked_statement_line(line_id: int) -> StatementLine | None:
    query = select(StatementLine).where(StatementLine.id == line_id).with_for_update()
    return db.session.scalar(query.execution_options(populate_existing=True))


def orders_awaiting_money() -> list[Order]:
    """Those with something open, and those that money is to go back to."""
    found: dict[int, Order] = {}
    for condition in AWAITING:
        query = (
            select(Order).where(as_indexed(condition), Order.is_draft.is_(False)).order_by(Order.placed_at, Order.id)
        )
        found |= {order.id: order for order in db.session.scalars(query.options(load_only(*NAMES_OF_ORDER, *LEDGER)))}
    return list(found.values())


def invoice_numbers_of(order_ids: Sequence[int]) -> dict[int, list[str]]:
    """By these orders; credit notes are none."""
    found = defaultdict[int, list[str]](list)
    for start in range(0, len(order_ids), MOST_NAMED_ORDERS):
        some = Invoice.order_id.in_(order_ids[start : start + MOST_NAMED_ORDERS])
        for order_id, number, kind in db.session.execute(
            select(Invoice.order_id, Invoice.number, Invoice.kind).where(some)
        ):
            if kind == InvoiceKind.INVOICE:
                found[order_id].append(number)
    return found


def customers_by_account(ibans: Iterable[str]) -> dict[str, int]:
    """Whose an account is, by what was booked from it before; one that paid for several customers is nobody's."""
    wanted = sorted({iban for iban in ibans if iban})
    query = (
        select(StatementLine.iban, func.min(Order.customer_id), func.max(Order.customer_id))
        .join(LineBooking, LineBooking.line_id == StatementLine.id)
        .join(Payment, Payment.id == LineBooking.payment_id)
        .join(Order, Order.id == Payment.order_id)
        .where(StatementLine.iban.in_(wanted), StatementLine.state == LineState.BOOKED)
        .group_by(StatementLine.iban)
    )
    return {iban: first for iban, first, last in db.session.execute(query) if first is not None and first == last}


def payouts_of(amounts: Iterable[Decimal]) -> dict[Decimal, list[StatementLine]]:
    """What payment providers paid out, by the sum that arrives."""
    wanted = sorted({-amount for amount in amounts if amount > 0})
    found = defaultdict[Decimal, list[StatementLine]](list)
    query = select(StatementLine).where(StatementLine.purpose == Purpose.PAYOUT, StatementLine.amount.in_(wanted))
    for line in db.session.scalars(query.order_by(StatementLine.id)):
        found[-line.amount].append(line)
    return found


def order_of_number(number: str) -> str:
    """The number of the order that has this number, or an invoice of this number; "" for none."""
    wanted = number.strip()[:60]
    if not wanted or "\0" in wanted:
        return ""
    by_invoice = select(Invoice.order_id).where(func.upper(Invoice.number) == wanted.upper())
    query = select(Order.number).where(
        or_(func.upper(Order.number) == wanted.upper(), Order.id.in_(by_invoice)), Order.is_draft.is_(False)
    )
    return db.session.scalar(query.limit(1)) or ""
