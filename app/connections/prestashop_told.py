"""Which of a PrestaShop's states an order gets when it is sent, paid, cancelled or refunded: the owner's choice, or the
one that its flags and its mail propose. Each shop has states of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.connections.failures import ShopFailure
from app.connections.platform import Check, CheckState, Credential
from app.connections.prestashop_beside import field_of
from app.connections.stated_facts import ShopFacts
from app.extensions import ShownText
from app.intake_readers.prestashop_states import CANCELLED, DELIVERED, REFUNDED, SENT, mail_of
from app.intake_readers.reading import Fields
from app.models import ShopWriteKind, Trouble

#: What a new shop calls them by its ids, which are the first choice where their flags still fit.
USUAL = {
    ShopWriteKind.SENT: SENT,
    ShopWriteKind.PAID: "2",
    ShopWriteKind.CANCELLED: CANCELLED,
    ShopWriteKind.REFUNDED: REFUNDED,
}

TITLES: dict[ShopWriteKind, ShownText] = {
    ShopWriteKind.SENT: _l("Sent"),
    ShopWriteKind.PAID: _l("Paid"),
    ShopWriteKind.CANCELLED: _l("Cancelled"),
    ShopWriteKind.REFUNDED: _l("Refunded"),
}

CHOSEN = {
    ShopWriteKind.SENT: "sent_state",
    ShopWriteKind.PAID: "paid_state",
    ShopWriteKind.CANCELLED: "cancelled_state",
}

STATE_HINT = _l("Its ID under Shop Parameters > Order Settings > Statuses. Empty, or 0: Toonbank finds one.")
STATE_CREDENTIALS = (
    Credential("sent_state", _l("State of what is sent"), STATE_HINT, is_secret=False, is_required=False),
    Credential("paid_state", _l("State of what is paid"), STATE_HINT, is_secret=False, is_required=False),
    Credential("cancelled_state", _l("State of what is cancelled"), STATE_HINT, is_secret=False, is_required=False),
)


def is_flagged(row: ShopFacts, flag: str) -> bool:
    return field_of(row, flag) == "1"


def means_sent(row: ShopFacts) -> bool:
    return is_flagged(row, "shipped") and field_of(row, "id") != DELIVERED


def means_paid(row: ShopFacts) -> bool:
    """Paid, and nothing more: what is in preparation is paid, too."""
    is_more = is_flagged(row, "shipped") or is_flagged(row, "delivery")
    return is_flagged(row, "paid") and not is_more and not mail_of(Fields(row))


FITS: Mapping[ShopWriteKind, Callable[[ShopFacts], bool]] = {
    ShopWriteKind.SENT: means_sent,
    ShopWriteKind.PAID: means_paid,
    ShopWriteKind.CANCELLED: lambda row: mail_of(Fields(row)) == CANCELLED,
    ShopWriteKind.REFUNDED: lambda row: mail_of(Fields(row)) == REFUNDED,
}


def find_state(rows: Sequence[ShopFacts], kind: ShopWriteKind, chosen: Mapping[str, str]) -> ShopFacts | None:
    """What was chosen, by its id; else the usual one, else the first that fits."""
    there = [one for one in rows if not is_flagged(one, "deleted")]
    wanted = chosen.get(CHOSEN.get(kind, ""), "")
    if own := next((one for one in there if wanted and field_of(one, "id") == wanted), None):
        return own
    fitting = sorted((one for one in there if FITS[kind](one)), key=lambda one: int(field_of(one, "id")))
    return next((one for one in fitting if field_of(one, "id") == USUAL[kind]), fitting[0] if fitting else None)


def state_for(rows: Sequence[ShopFacts], kind: ShopWriteKind, chosen: Mapping[str, str]) -> ShopFacts:
    found = find_state(rows, kind, chosen)
    if found is None:
        raise ShopFailure(Trouble.REFUSED, _("No state of the shop means “%(what)s”.", what=TITLES[kind]))
    return found


def states_check(rows: Sequence[ShopFacts], chosen: Mapping[str, str]) -> Check:
    """Which state is told for what, for whoever wants others."""
    title, found = _("States for what the shop is told"), {kind: find_state(rows, kind, chosen) for kind in USUAL}
    named = ", ".join(f"{TITLES[kind]}: {state_name(row)}" for kind, row in found.items() if row)
    return Check(title, CheckState.WORKS if all(found.values()) else CheckState.NOT_NEEDED, named)


def state_name(row: ShopFacts) -> str:
    """As its people know it, in one of their languages."""
    names = row.get("name")
    first = names[0].get("value") if isinstance(names, list) and names and isinstance(names[0], dict) else names
    return f"{first} ({field_of(row, 'id')})" if isinstance(first, str) else field_of(row, "id")
