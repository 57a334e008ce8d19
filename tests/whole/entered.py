"""What is entered for an action, drawn at random: mostly what its form starts with or offers, changed a little.

Mostly it can be done so. Now and then it is a little too much, too late, or of something that is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Any

from sqlalchemy import inspect, select

from app.actions import AnyAction
from app.actions.lines import EditedLine
from app.actions.texts import TextPlace
from app.amounts.money import ZERO, decimals
from app.columns import now
from app.extensions import db
from app.models import Customer, Order, Product, Staff

#: How often something is entered that is refused.
WRONG = 0.04


@dataclass
class Form:
    """The form of an action on a record, as somebody fills it in."""

    random: Random
    action: AnyAction
    record: Any
    start: dict[str, Any] = field(default_factory=dict)  # what it starts with
    offered: dict[str, Any] = field(default_factory=dict)  # what there is to choose from

    @property
    def order(self) -> Order | None:
        return self.record if isinstance(self.record, Order) else getattr(self.record, "order", None)

    def is_odd(self, share: float = WRONG) -> bool:
        return self.random.random() < share


def fill_in(random: Random, action: AnyAction, record: Any) -> dict[str, Any]:
    """A value for all that the action must be given, and for some of what it may be."""
    form = Form(random, action, record)
    beside = [name for name in action.parameters if name not in {one.name for one in action.inputs}]
    how = {name: value_of(form, name) for name in beside if action.parameters[name].is_required}
    form.start, form.offered = action.initial_values(record, **how), action.choices(record)
    for name, parameter in action.parameters.items():
        if name not in how and (parameter.is_required or is_entered(form, name)):
            how[name] = value_of(form, name)
    return agreed(form, how)


def is_entered(form: Form, name: str) -> bool:
    """Quantities and amounts of a form that has both are entered now and then; else nothing is too small to enter."""
    is_rare = name in ("amounts", "sent", "remind_at", "order_discount")
    return form.random.random() < (0.2 if is_rare else 0.5)


def agreed(form: Form, how: dict[str, Any]) -> dict[str, Any]:
    """What goes together: no more was sent than is credited, and somebody gets the reminder."""
    if "sent" in how:
        credited = how.get("quantities") or {}
        how["sent"] = {line: min(many, credited.get(line, ZERO)) for line, many in how["sent"].items()}
    if how.get("remind_at") and how.get("assignee_id") is None:
        how["assignee_id"] = db.session.scalar(select(Staff.id).order_by(Staff.id).limit(1))
    return how


def value_of(form: Form, name: str) -> Any:
    parameter = form.action.parameters[name]
    (kind,) = parameter.types
    if name in BY_NAME:
        return BY_NAME[name](form, name)
    if kind in (bool, dict[int, Decimal], list[EditedLine], list[str]):
        return BY_TYPE[kind](form, name)
    if name in form.offered:
        return offered_value(form, name)
    if form.start.get(name) is not None and form.random.random() < 0.6:
        return kind(form.start[name]) if kind in (Decimal, int, str) else form.start[name]
    if is_choice(kind):
        return form.random.choice(list(kind))
    if is_stored(kind):
        records = all_of(kind)
        return form.random.choice([None, *records] if parameter.may_be_none or not records else records)
    return BY_TYPE[kind](form, name)


def offered_value(form: Form, name: str) -> Any:
    """Of (value, text) pairs, or of texts, one; or what the form starts with."""
    values = [one[0] if isinstance(one, tuple) else one for one in form.offered[name]]
    return form.random.choice([form.start.get(name, values[0]), *values]) if values else form.start.get(name, "")


def is_stored(kind: Any) -> bool:
    return inspect(kind, raiseerr=False) is not None


def is_choice(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def is_known(kind: Any) -> bool:
    """Whether a value of this type can be drawn."""
    return kind in BY_TYPE or is_choice(kind) or is_stored(kind)


def all_of(kind: Any) -> list[Any]:
    if kind is TextPlace:
        return [
            TextPlace(mail, language) for mail in ("order_paid", "order_sent", "invoice") for language in ("nl", "en")
        ]
    return list(db.session.scalars(select(kind).order_by(kind.id)))


# --- of each type ---------------------------------------------------------------------------------------------------


def tick(form: Form, name: str) -> bool:
    return form.random.random() < (0.75 if form.start.get(name) else 0.4)


def quantities(form: Form, name: str) -> dict[int, Decimal]:
    """Per line what is possible of it, a part, or none; now and then one more, or of a line that is not there."""
    most: Mapping[int, Decimal] = form.offered.get(name) or form.start.get(name) or {}
    part = money_of if name == "amounts" else pieces_of
    wanted = {line: part(form, many) for line, many in most.items() if form.random.random() < 0.7}
    if not any(wanted.values()) and most:
        line = form.random.choice(list(most))
        wanted[line] = most[line]
    if wanted and form.is_odd():
        line = form.random.choice(list(wanted))
        wanted[line] = most[line] + form.random.choice([Decimal(1), unit_of(form.order)])
    return {**wanted, 9999: Decimal(1)} if form.is_odd(0.01) else wanted


def pieces_of(form: Form, most: Decimal) -> Decimal:
    some = [most, most, min(most, Decimal(1)), min(most, Decimal(2)), most / 2 if most > 1 else most]
    return form.random.choice(some) if not form.is_odd(0.1) else ZERO


def money_of(form: Form, most: Decimal) -> Decimal:
    unit = unit_of(form.order)
    return form.random.choice([most, min(most, unit), part_of(most, unit)])


def part_of(amount: Decimal, unit: Decimal) -> Decimal:
    """About a third, in whole units."""
    return (amount / 3 / unit).to_integral_value() * unit


def unit_of(order: Order | None) -> Decimal:
    return Decimal(1).scaleb(-decimals(order.currency)) if order else Decimal("0.01")


def amount(form: Form, _name: str = "") -> Decimal:
    """What is open, was paid, or was ordered; a part of it, or a little more."""
    order, unit = form.order, unit_of(form.order)
    if order is None:
        return Decimal(form.random.randint(1, 30))
    whole = form.random.choice([abs(order.open_amount), max(order.paid - order.refunded, ZERO), order.total, unit])
    wanted = form.random.choice([whole, whole, part_of(whole, unit), unit, whole + unit])
    return wanted if form.is_odd() else max(wanted, unit)


def moment(form: Form, name: str) -> datetime:
    """What was paid is past; what is due is to come."""
    hours = timedelta(hours=form.random.randint(3, 50))
    is_to_come = (name != "paid_at") != form.is_odd()
    return now() + hours if is_to_come else now() - hours


def picked(form: Form, name: str) -> list[str]:
    numbers = [str(one[0] if isinstance(one, tuple) else one) for one in form.offered.get(name, [])]
    return [one for one in numbers if form.random.random() < 0.8] or numbers


def address(form: Form, name: str) -> dict[str, str]:
    town = {"city": form.random.choice(["Delft", "Breda", "Gent"]), "country": form.random.choice(["NL", "NL", "BE"])}
    return {**(form.start.get(name) or {}), "name": "Femke Jansen", **town}


def edited(form: Form, name: str) -> list[EditedLine]:
    """The lines that there are with one of them changed or gone, or one more."""
    lines, random = list(form.start.get(name, [])), form.random
    if lines and random.random() < 0.7:
        at = random.randrange(len(lines))
        lines[at : at + 1] = random.choice([more, fewer, dearer, cheaper, gone])(lines[at])
    if not lines or random.random() < 0.4:
        lines.append(new_line(random))
    return lines


def more(line: EditedLine) -> list[EditedLine]:
    return [replace(line, quantity=line.quantity + 1)]


def fewer(line: EditedLine) -> list[EditedLine]:
    return [replace(line, quantity=line.quantity - 1, discount=ZERO)] if line.quantity > 1 else [line]


def dearer(line: EditedLine) -> list[EditedLine]:
    return [replace(line, unit_price=line.unit_price + 1)]


def cheaper(line: EditedLine) -> list[EditedLine]:
    return [replace(line, discount=line.discount or min(Decimal(1), max(line.quantity * line.unit_price, ZERO)))]


def gone(line: EditedLine) -> list[EditedLine]:
    return []


def new_line(random: Random) -> EditedLine:
    product = random.choice([None, *all_of(Product)])
    return EditedLine(
        name="Plate",
        quantity=Decimal(random.choice(["1", "2", "2.5"])),
        unit_price=Decimal(random.randint(0, 900)) / 100,
        rate=Decimal(random.choice(["0", "9", "21"])),
        product_id=product.id if product else None,
    )


def words(form: Form, _name: str) -> str:
    return form.random.choice(["", "A few words", f"No. {form.random.randint(1, 99)}"])


BY_TYPE: dict[Any, Callable[[Form, str], Any]] = {
    str: words,
    bool: tick,
    int: lambda form, name: form.random.randint(1, 3),
    Decimal: amount,
    datetime: moment,
    date: lambda form, name: moment(form, name).date(),
    list[str]: picked,
    dict[str, str]: address,
    dict[int, Decimal]: quantities,
    list[EditedLine]: edited,
}


# --- what says by its name what it is -------------------------------------------------------------------------------


def one_of(*values: Any) -> Callable[[Form, str], Any]:
    return lambda form, name: form.random.choice(values)


def said(form: Form, _name: str) -> str:
    """What must say something."""
    return "" if form.is_odd() else f"No. {form.random.randint(1, 99)}"


def own_text(form: Form, name: str) -> str:
    if isinstance(form.record, TextPlace):
        return str(getattr(form.record.text, name)) + form.random.choice(["", "!"])
    return form.random.choice(["", "About your order"])


def customer(form: Form, _name: str) -> int:
    return 9999 if form.is_odd() else form.random.choice(all_of(Customer)).id


def colleague(form: Form, _name: str) -> int | None:
    return form.random.choice([None, *(one.id for one in all_of(Staff))])


def other_customer(form: Form, _name: str) -> Customer:
    others = [one for one in all_of(Customer) if one is not form.record and one.merged_into_id is None]
    return form.random.choice(others) if others and not form.is_odd() else form.record


def days(form: Form, _name: str) -> Decimal:
    return Decimal(form.random.choice(["0", "2.5", "400"]) if form.is_odd() else form.random.randint(1, 60))


def order_discount(form: Form, name: str) -> Decimal:
    return form.random.choice([form.start.get(name, ZERO), ZERO, unit_of(form.order), Decimal(2)])


EMAILS = one_of("femke@example.org", "koen@example.org", "femke@example.org, office@example.org")

BY_NAME: dict[str, Callable[[Form, str], Any]] = {
    "email": EMAILS,
    "to": EMAILS,
    "text": said,
    "description": said,
    "subject": own_text,
    "body": own_text,
    "currency": one_of("EUR", "EUR", "JPY", "KWD"),
    "language": one_of("nl", "en"),
    "vat_id": one_of("", "NL001234567B01"),
    "tracking_code": one_of("", "3SABC", "3SDEF"),
    "customer_id": customer,
    "into": other_customer,
    "assignee_id": colleague,
    "days": days,
    "order_discount": order_discount,
    "payment_rate": one_of(Decimal(0), Decimal(9), Decimal(21)),
    "shipping_rate": one_of(Decimal(0), Decimal(9), Decimal(21)),
    "payment_cost": one_of(Decimal(0), Decimal(1), Decimal(5)),
    "shipping_cost": one_of(Decimal(0), Decimal(1), Decimal(5)),
}
