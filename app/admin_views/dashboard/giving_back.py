"""What the pop-ups of credit notes and returns start with, and what there is to choose in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from app import queries
from app.actions.returns import quantities_on, return_until, returnable
from app.columns import now
from app.crediting import left_to_credit
from app.models import Invoice, Order, Return, ReturnAction, ReturnReason
from app.money import ZERO

Values = dict[str, Any]


#: Nothing picked from the shop's lists.
NO_TITLES = {"reason": "", "action": ""}


# --- credit notes ---------------------------------------------------------------------------------------------------


def credit_start(invoice: Invoice) -> Values:
    return {"notify": bool(invoice.order.email), **NO_TITLES}


def credit_choices(invoice: Invoice) -> Values:
    return {"quantities": creditable(invoice), "amounts": creditable_amounts(invoice), **lists()}


def creditable(invoice: Invoice) -> dict[int, Decimal]:
    left = left_to_credit(invoice).items()
    return {line_id: part.quantity for line_id, part in left if line_id is not None and part.quantity > 0}


def creditable_amounts(invoice: Invoice) -> dict[int, Decimal]:
    """As the order's prices are: with tax or without."""
    gross = invoice.order.prices_include_tax
    prices = {
        line_id: part.in_units(invoice.currency).price(gross=gross)
        for line_id, part in left_to_credit(invoice).items()
        if line_id is not None
    }
    return {line_id: price for line_id, price in prices.items() if price > 0}


def return_credit_start(goods_return: Return) -> Values:
    return {"notify": bool(goods_return.order.email)}


# --- returns --------------------------------------------------------------------------------------------------------


def return_start(order: Order) -> Values:
    return NO_TITLES


def return_choices(order: Order) -> Values:
    return {"quantities": can_come_back(order), **lists()}


def can_come_back(order: Order) -> dict[int, Decimal]:
    return {line.id: returnable(line) for line in order.lines if returnable(line) > 0}


def return_now(goods_return: Return) -> Values:
    return {
        "quantities": quantities_on(goods_return),
        "reason": goods_return.reason,
        "action": goods_return.action,
        "note": goods_return.note,
    }


def change_choices(goods_return: Return) -> Values:
    """What is on the return counts as not returned here."""
    on_it = quantities_on(goods_return)
    most = {line.id: returnable(line) + on_it.get(line.id, ZERO) for line in goods_return.order.lines}
    return {
        "quantities": {line_id: quantity for line_id, quantity in most.items() if quantity > 0},
        **lists(reason=goods_return.reason, action=goods_return.action),
    }


def lists(*, reason: str = "", action: str = "") -> Values:
    """The shop's own lists; what a return says stays in them, even if the shop has given it up."""
    return {
        "reason": choices(queries.titles_in_use(ReturnReason), reason),
        "action": choices(queries.titles_in_use(ReturnAction), action),
    }


def choices(titles: Iterable[str], current: str) -> list[tuple[str, str]]:
    return [("", "–"), *((title, title) for title in dict.fromkeys([*titles, *([current] if current else [])]))]


def period_ended(order: Order) -> datetime | None:
    """When the return period ended; None while it lasts."""
    until = return_until(order)
    return until if until and until < now() else None
