"""Where a PrestaShop order stands: by the flags of its state, and by the mail that it sends."""

from __future__ import annotations

from dataclasses import dataclass

from app.intake_readers.reading import Fields

#: The states of a new shop, by their id there: those that a shop adds have higher ones.
SENT, DELIVERED, CANCELLED, REFUNDED, FAILED = "4", "5", "6", "7", "8"

#: The mail that a state sends, in any language: the one thing by which a state that a shop made shows what it is for.
MAILS = {"order_canceled": CANCELLED, "refund": REFUNDED, "payment_error": FAILED}


@dataclass(frozen=True)
class State:
    is_sent: bool = False
    is_delivered: bool = False
    is_cancelled: bool = False
    is_refunded: bool = False
    has_failed: bool = False


def state_of(order: Fields) -> State:
    number = order.identifier("current_state")
    given = next((one for one in order.objects("order_states") if one.identifier("id") == number), None)
    kind = mail_of(given) or number
    is_sent = given.text("shipped") == "1" if given else number in (SENT, DELIVERED)
    return State(
        is_sent=is_sent,
        is_delivered=is_sent and number == DELIVERED,
        is_cancelled=kind == CANCELLED,
        is_refunded=kind == REFUNDED,
        has_failed=kind == FAILED,
    )


def mail_of(given: Fields | None) -> str:
    """The kind of state that its mail tells of; a text, or one per language."""
    if given is None or given.is_empty("template"):
        return ""
    names = [one.maybe_text("value") for one in given.maybe_objects("template")] or [given.maybe_text("template")]
    return MAILS.get(names[0], "")
