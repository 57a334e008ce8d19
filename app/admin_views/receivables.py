"""SALES > Open invoices: what is owed by how long ago it fell due, in all and by customer."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from flask import url_for
from flask_admin import expose

from app import queries
from app.accounting.receivables import Owed, owed_by_customers
from app.admin_views.base import StaffPage
from app.exports.open_by_age import customers_named, owed_by_age, sum_up_owed
from app.pages.labels import AGES

#: So many customers are shown in each currency, those who owe most first; the export has them all.
MOST_OWING = 100


@dataclass(frozen=True)
class ShownOwing:
    """A customer, or those together who have no record; `sums` per age, what they have to come, and in all."""

    url: str
    name: str
    sums: tuple[Decimal, ...]


@dataclass(frozen=True)
class ShownCurrency:
    currency: str
    customers: list[ShownOwing]
    total: tuple[Decimal, ...]
    count: int


class Receivables(StaffPage):
    sight = "exports.open_by_age"

    @expose("/")
    def index(self) -> str:
        return self.render(
            "admin/receivables.html",
            currencies=shown_currencies(),
            ages=list(AGES.values()),
        )


def shown_currencies() -> list[ShownCurrency]:
    by_currency: dict[str, list[Owed]] = defaultdict(list)
    for one in owed_by_customers(queries.today()):
        by_currency[one.currency].append(one)
    return [show_currency(currency, owed) for currency, owed in sorted(by_currency.items())]


def show_currency(currency: str, owed: list[Owed]) -> ShownCurrency:
    most = sorted(owed, key=lambda one: (-one.total, one.customer_id or 0))[:MOST_OWING]
    names = customers_named([one.customer_id for one in most if one.customer_id])
    customers = [
        ShownOwing(
            url_for("customer.details_view", id=one.customer_id, _anchor="statement") if one.customer_id else "",
            next(filter(None, names.get(one.customer_id or 0, ())), ""),
            owed_by_age(one),
        )
        for one in most
    ]
    return ShownCurrency(currency, customers, sum_up_owed(owed), len(owed))
