"""The state machines of a new shop: from which state which transition leads where."""

from __future__ import annotations

MACHINES: dict[str, dict[str, dict[str, str]]] = {
    "order": {
        "open": {"process": "in_progress", "cancel": "cancelled"},
        "in_progress": {"complete": "completed", "cancel": "cancelled"},
        "completed": {"reopen": "open"},
        "cancelled": {"reopen": "open"},
    },
    "order_delivery": {
        "open": {"ship": "shipped", "ship_partially": "shipped_partially", "cancel": "cancelled"},
        "shipped_partially": {"ship": "shipped", "retour": "returned", "cancel": "cancelled"},
        "shipped": {"retour": "returned", "retour_partially": "returned_partially", "cancel": "cancelled"},
        "returned": {"reopen": "open"},
        "returned_partially": {"retour": "returned", "reopen": "open"},
        "cancelled": {"reopen": "open"},
    },
    "order_transaction": {
        "open": {"paid": "paid", "paid_partially": "paid_partially", "cancel": "cancelled", "remind": "reminded",
                 "fail": "failed", "process": "in_progress", "authorize": "authorized"},
        "reminded": {"paid": "paid", "paid_partially": "paid_partially", "cancel": "cancelled"},
        "in_progress": {"paid": "paid", "cancel": "cancelled", "fail": "failed"},
        "authorized": {"paid": "paid", "cancel": "cancelled", "fail": "failed"},
        "failed": {"paid": "paid", "reopen": "open"},
        "paid_partially": {"paid": "paid", "refund_partially": "refunded_partially", "refund": "refunded"},
        "paid": {"refund": "refunded", "refund_partially": "refunded_partially", "reopen": "open"},
        "refunded_partially": {"refund": "refunded", "reopen": "open"},
        "cancelled": {"reopen": "open", "paid": "paid"},
        "refunded": {"reopen": "open"},
    },
}  # fmt: skip


def transitions_from(entity: str, state: str) -> dict[str, str]:
    return MACHINES[entity].get(state, {})
