"""What customers owe by documents: each open invoice with what is left of it, what was charged late, and what they have
to come. By the ledger: the rows of an order add up to what it owes, without what is not invoiced yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import NamedTuple, TypeVar

from sqlalchemy import or_, select, text
from sqlalchemy.orm import defer, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from app.accounting.allotting import settling_payments
from app.accounting.charging import charged_of, standing_charges
from app.accounting.closed_books import day_in_shop
from app.accounting.crediting import left_to_pay
from app.amounts.money import ZERO, closed, rounded
from app.extensions import db
from app.models import ORDERS_TO_PAY_BACK, UNPAID_ORDERS, Customer, Invoice, Order, Payment


class Age(Enum):
    """How long ago something fell due: at most so many days; None: longer than all of these."""

    NOT_DUE = 0
    UP_TO_30 = 30
    UP_TO_60 = 60
    UP_TO_90 = 90
    OVER_90 = None


def age_on(today: date, due_on: date) -> Age:
    """What is to be paid by today is not overdue yet."""
    late = (today - due_on).days
    return next((age for age in Age if age.value is not None and late <= age.value), Age.OVER_90)


@dataclass(frozen=True)
class OpenItem:
    """A row of what is owed; below 0 what the customer has to come."""

    order_id: int
    order_number: str
    invoice: Invoice | None  # None: charged for late payment, or to come
    day: date
    due_on: date
    currency: str
    total: Decimal
    open: Decimal

    @property
    def is_credit(self) -> bool:
        return self.open < 0


def open_items(order: Order) -> list[OpenItem]:
    """Of one order, in whole units of its currency, the oldest first; nothing of one that is invoiced elsewhere."""
    if order.is_draft or order.is_invoiced_elsewhere:
        return []
    owed = owed_by_documents(order)
    if owed < 0:
        return [credit_of_order(order, owed)]
    rows = [*invoices_open(order), *charges_open(order)]
    lowered = sum((row.open for row in rows), ZERO) - owed  # written off, or paid back without a credit note
    left = []
    for row in rows:
        taken = min(row.open, max(lowered, ZERO))
        lowered -= taken
        left.append(row.open - taken)
    whole = closed(left, rounded(owed, order.currency), order.currency) if left else []
    return [OpenItem(**{**vars(row), "open": amount}) for row, amount in zip(rows, whole, strict=True) if amount]


def owed_by_documents(order: Order) -> Decimal:
    """What is open without what no invoice says yet. Nobody asks anything for an order that is cancelled."""
    ledger = order.ledger
    if order.cancelled_at:
        return min(ledger.open, ZERO)
    return ledger.open - min(max(ledger.claim - ledger.invoiced, ZERO), max(ledger.open, ZERO))


def credit_of_order(order: Order, owed: Decimal) -> OpenItem:
    last = max((one.paid_at for one in order.payments), default=order.placed_at)
    amount, day = rounded(owed, order.currency), day_in_shop(last)
    return OpenItem(order.id, order.number, None, day, day, order.currency, amount, amount)


def invoices_open(order: Order) -> Iterator[OpenItem]:
    """Those that are not paid, with what neither a credit note nor money takes of them."""
    settled = settling_payments(order) if order.payments else {}
    for one in order.open_invoices:
        paid = sum((Decimal(row["amount"]) for row in settled.get(one.id, ())), ZERO)
        left, day = left_to_pay(one) - paid, day_in_shop(one.issued_at)
        if left > 0:
            total = rounded(one.total, one.currency)
            yield OpenItem(order.id, order.number, one, day, one.due_on or day, one.currency, total, left)


def charges_open(order: Order) -> Iterator[OpenItem]:
    """Due at once; the last of all to be paid."""
    charged = charged_of(order) if order.adjusted else ZERO
    if charged > 0:
        day = day_in_shop(max(one.paid_at for one in standing_charges(order)))
        yield OpenItem(
            order.id, order.number, None, day, day, order.currency, rounded(charged, order.currency), charged
        )


# --- of many --------------------------------------------------------------------------------------------------------


MAY_OWE = or_(text(UNPAID_ORDERS), text(ORDERS_TO_PAY_BACK))  # each an index of its own
WITH_DOCUMENTS = (selectinload(Order.invoices), selectinload(Order.payments))
OWING_AT_ONCE = 2_000


def items_of_customer(customer: Customer) -> list[OpenItem]:
    """Of all their orders, the one that fell due first at the top."""
    query = select(Order).where(Order.customer_id == customer.id, Order.is_draft.is_(False), MAY_OWE)
    orders = db.session.scalars(query.options(*WITH_DOCUMENTS).order_by(Order.id))
    return sorted(
        (item for order in orders for item in open_items(order)), key=lambda item: (item.due_on, item.order_id)
    )


def by_age(items: list[OpenItem], today: date) -> dict[Age, Decimal]:
    """What is owed per age; what they have to come is in none of them."""
    sums = dict.fromkeys(Age, ZERO)
    for item in items:
        if not item.is_credit:
            sums[age_on(today, item.due_on)] += item.open
    return sums


class Owed(NamedTuple):
    """What a customer owes in a currency: per age, what they have to come, and in all."""

    customer_id: int | None  # None: of orders without a customer's record
    currency: str
    ages: dict[Age, Decimal]
    credit: Decimal

    @property
    def total(self) -> Decimal:
        return sum(self.ages.values(), self.credit)


def owed_by_customers(today: date) -> list[Owed]:
    """Of all who owe something, or have something to come; by an index of each, many orders at a time."""
    found: dict[tuple[int | None, str], list[OpenItem]] = defaultdict(list)
    for order in orders_that_may_owe():
        if items := open_items(order):
            found[order.customer_id, order.currency] += items
    return [
        Owed(customer_id, currency, by_age(items, today), sum((one.open for one in items if one.is_credit), ZERO))
        for (customer_id, currency), items in found.items()
    ]


def orders_that_may_owe() -> Iterator[Order]:
    ids = [*db.session.scalars(select(Order.id).where(text(UNPAID_ORDERS)))]
    ids += db.session.scalars(select(Order.id).where(text(ORDERS_TO_PAY_BACK)))
    left = iter(sorted(set(ids)))
    while some := list(islice(left, OWING_AT_ONCE)):
        yield from with_documents(some)


def with_documents(ids: list[int]) -> list[Order]:
    """Three statements, however many there are; without what the documents say."""
    orders = list(db.session.scalars(select(Order).where(Order.id.in_(ids)).order_by(Order.id)))
    invoices = select(Invoice).where(Invoice.order_id.in_(ids)).options(defer(Invoice.snapshot)).order_by(Invoice.id)
    payments = select(Payment).where(Payment.order_id.in_(ids)).order_by(Payment.id)
    invoiced, paid = group_by_order(db.session.scalars(invoices)), group_by_order(db.session.scalars(payments))
    for order in orders:
        set_committed_value(order, "invoices", invoiced.get(order.id, []))
        set_committed_value(order, "payments", paid.get(order.id, []))
    return orders


OfOrder = TypeVar("OfOrder", Invoice, Payment)


def group_by_order(rows: Iterable[OfOrder]) -> dict[int, list[OfOrder]]:
    found: dict[int, list[OfOrder]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return found
