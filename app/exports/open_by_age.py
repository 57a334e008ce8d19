"""What customers owe by age: a row for each of them, and one for all in each currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from app import queries
from app.accounting.receivables import Age, Owed, owed_by_customers
from app.amounts.money import ZERO
from app.extensions import db
from app.models import Customer

OPEN_COLUMNS = (
    "customer_id", "customer_name", "company", "email", "currency", "not_due", "days_1_30", "days_31_60", "days_61_90",
    "over_90_days", "to_come", "open",
)  # fmt: skip


def open_by_age() -> Iterator[Sequence[object]]:
    """Today; who owes most first, in each currency, and its total below."""
    by_currency: dict[str, list[Owed]] = defaultdict(list)
    for one in owed_by_customers(queries.today()):
        by_currency[one.currency].append(one)
    for currency, owed in sorted(by_currency.items()):
        names = customers_named([one.customer_id for one in owed if one.customer_id])
        for one in sorted(owed, key=lambda one: (-one.total, one.customer_id or 0)):
            yield (one.customer_id or "", *names.get(one.customer_id or 0, ("", "", "")), currency, *owed_by_age(one))
        yield ("", _("Total"), "", "", currency, *sum_up_owed(owed))


def owed_by_age(one: Owed) -> tuple[Decimal, ...]:
    return (*one.ages.values(), one.credit, one.total)


def sum_up_owed(owed: Sequence[Owed]) -> tuple[Decimal, ...]:
    ages = {age: sum((one.ages[age] for one in owed), ZERO) for age in Age}
    return owed_by_age(Owed(None, "", ages, sum((one.credit for one in owed), ZERO)))


def customers_named(ids: Sequence[int]) -> dict[int, tuple[str, str, str]]:
    """So many at a time as a statement may name."""
    found: dict[int, tuple[str, str, str]] = {}
    for start in range(0, len(ids), 500):
        query = select(Customer.id, Customer.name, Customer.company, Customer.email)
        rows = db.session.execute(query.where(Customer.id.in_(ids[start : start + 500])))
        found |= {id: (name, company, email) for id, name, company, email in rows}
    return found
