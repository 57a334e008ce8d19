"""What a person can do. Each action is one function with its declaration on it; see `declaring`."""

from app.actions import (
    addresses,
    credit_notes,
    invoices,
    mailing,
    memos,
    messages,
    orders,
    payments,
    reminders,
    returns,
    shipments,
    tasks,
    tickets,
)
from app.actions.declaring import ACTIONS, Action, Input, action

__all__ = [
    "ACTIONS",
    "Action",
    "Input",
    "action",
    "addresses",
    "credit_notes",
    "invoices",
    "mailing",
    "memos",
    "messages",
    "orders",
    "payments",
    "reminders",
    "returns",
    "shipments",
    "tasks",
    "tickets",
]
