"""Calls of actions that must not pass a type check; read by `test_declaration`, never run. Each line says why."""

from app.actions.addresses import change_address
from app.actions.payments import mark_paid
from app.actions.shipments import mark_sent
from app.history import SYSTEM
from app.models import AddressKind, Order, Payment


def right(order: Order) -> Payment:
    return mark_paid(order, by=SYSTEM, notify=False)


def wrong(order: Order) -> None:
    mark_paid("no order", by=SYSTEM)  # a text is no record
    mark_paid(order, by=SYSTEM, nonsense=True)  # nothing is called so
    mark_paid(order, by=7)  # a number is nobody
    mark_paid(order)  # nobody does it
    mark_sent(order, by=SYSTEM, notfy=False)  # a slip of the pen
    change_address(order, by=SYSTEM, kind=AddressKind.BILLING, address="Dorpsstraat 1")  # an address has fields
    number: int = mark_paid(order, by=SYSTEM)  # a payment is no number
    print(number)
