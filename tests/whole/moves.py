"""What can be done next, drawn at random: any action of the registry with values for all that it takes, or news.

A new action is taken in by itself. One on a record of a new kind, or one that takes something of a new type, is not:
`undrawable` names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Any

from sqlalchemy import inspect, select

from app.actions import ACTIONS, AnyAction
from app.actions.lines import EditedLine, as_edited, listed
from app.actions.texts import TextPlace
from app.amounts.money import decimals
from app.columns import now
from app.extensions import db
from app.models import Order, Product

MONEY_AND_GOODS = (
    *("mark_paid", "enter_payment", "enter_refund", "take_back_payment", "mark_not_paid", "edit_lines", "resume"),
    *("issue_invoice", "change_invoice", "create_credit_note", "credit_return", "create_return", "receive_return"),
    *("mark_sent", "create_packing_slip", "send_shipment", "picked_up", "change_order", "make_invoice_anew"),
    *("mark_not_sent", "set_shipment_not_sent", "not_picked_up", "change_tracking", "mark_lost", "mark_not_lost"),
    *("change_packing_slip", "withdraw_packing_slip", "restore_packing_slip", "correct_buyer"),
)
#: What ends the story of an order or a customer.
RARE = ("cancel_order", "set_invoiced_elsewhere", "erase_personal_data", "merge_customers", "credit_order")

#: Not those of the installation itself, of which there is one.
OF_NO_ORDER = ("ApiToken", "WebhookDelivery", "Arrival")


@dataclass(frozen=True)
class Move:
    action: AnyAction
    record: Any
    how: dict[str, Any]

    @property
    def order(self) -> Order | None:
        return self.record if isinstance(self.record, Order) else getattr(self.record, "order", None)

    def __str__(self) -> str:
        return f"{self.action.name} on {self.order or ''} {self.record} with {self.how}"


def undrawable() -> list[str]:
    """Each action that is never drawn, or what it takes that can't be."""
    known = values(Random(), "", None)
    wrong = [action.name for action in ACTIONS.values() if kind_of(action) is None]
    for action in ACTIONS.values():
        for name, parameter in action.parameters.items():
            (kind,) = parameter.types
            if kind not in known and not is_choice(kind) and not is_mapped(kind):
                wrong.append(f"{action.name}: {name}")
    return wrong


def draw_move(random: Random) -> Move | None:
    """An action on a record that there is; None where there is none, or rather not now."""
    action = random.choice(list(ACTIONS.values()))
    if random.random() < 0.5:
        action = ACTIONS[random.choice(MONEY_AND_GOODS)]
    if action.name in RARE and random.random() < 0.8:
        return None
    records = all_of(kind_of(action))
    return move_on(random, action, random.choice(records)) if records else None


def move_on(random: Random, action: AnyAction, record: Any) -> Move:
    order = record if isinstance(record, Order) else getattr(record, "order", None)
    wanted = [name for name, one in action.parameters.items() if one.is_required or random.random() < 0.5]
    return Move(action, record, {name: given(random, action, name, order) for name in wanted})


def kind_of(action: AnyAction) -> Any:
    return next((kind for kind in action.record_types if is_mapped(kind) or kind is TextPlace), None)


def is_mapped(kind: Any) -> bool:
    return inspect(kind, raiseerr=False) is not None


def is_choice(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def all_of(kind: Any) -> list[Any]:
    if kind is TextPlace:
        return [TextPlace(mail, "nl") for mail in ("order_paid", "order_sent", "invoice")]
    return list(db.session.scalars(select(kind).order_by(kind.id)))


# --- what an action is given ----------------------------------------------------------------------------------------


def given(random: Random, action: AnyAction, name: str, order: Order | None) -> Any:
    parameter = action.parameters[name]
    (kind,) = parameter.types
    if name in ("status", "assignee_id", "payment_method", "shipping_method") and kind is int:
        return random.choice([None, 0, 1]) if "method" in name else random.choice([None, 1])
    known = values(random, name, order)
    if kind in known:
        return known[kind]()
    if is_choice(kind):
        return random.choice(list(kind))
    records = all_of(kind)
    return random.choice([None, *records] if parameter.may_be_none or not records else records)


def values(random: Random, name: str, order: Order | None) -> Mapping[Any, Callable[[], Any]]:
    """What draws a value, by its type."""
    return {
        str: lambda: random.choice(["billing", "nl", "A few words", "femke@example.org"]),
        bool: lambda: random.random() < 0.5,
        int: lambda: random.randint(1, 3),
        Decimal: lambda: amount(random, order),
        datetime: lambda: now() - timedelta(hours=random.randint(1, 50)),
        list[str]: lambda: [one.number for one in (order.invoices if order else []) if random.random() < 0.7],
        dict[str, str]: lambda: {"city": random.choice(["Delft", "Breda"])},
        dict[int, Decimal]: lambda: quantities(random, name, order),
        list[EditedLine]: lambda: edited(random, order),
    }


def amount(random: Random, order: Order | None) -> Decimal:
    unit = Decimal(1).scaleb(-decimals(order.currency)) if order else Decimal(1)
    some = [unit, unit * random.randint(1, 3000), unit * random.randint(1, 300)]
    if order:
        some += [abs(order.open_amount), order.paid - order.refunded, order.total]
    return random.choice(some)


def quantities(random: Random, name: str, order: Order | None) -> dict[int, Decimal]:
    lines = order.lines if order else []
    if name == "amounts":
        return {one.id: random.choice([amount(random, order), one.total]) for one in lines if random.random() < 0.3}
    some = ("0", "1", "1", "2", "0.5")
    return {
        one.id: random.choice([one.quantity, Decimal(random.choice(some))]) for one in lines if random.random() < 0.7
    }


def edited(random: Random, order: Order | None) -> list[EditedLine]:
    kept = [as_edited(one) for one in (listed(order) if order else []) if random.random() < 0.8]
    product = random.choice([None, *all_of(Product)])
    new = EditedLine(
        name="Plate",
        quantity=Decimal(random.choice(["1", "2.5"])),
        unit_price=Decimal(random.randint(0, 900)) / 100,
        rate=Decimal(random.choice(["0", "9", "21"])),
        product_id=product.id if product else None,
    )
    return [*kept, new] if random.random() < 0.6 or not kept else kept
