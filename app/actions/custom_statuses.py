"""Custom statuses: labels of the shop's own, shown instead of the order status."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import queries
from app.actions.declaration import InCell, Input, action
from app.errors import ActionRefused
from app.history import Actor, Happened, record
from app.models import CustomStatus, Order, WordKind
from app.queries.own_words import word_at_screen


def statuses_of(order: Order, known: Sequence[CustomStatus] | None = None) -> list[tuple[int | None, str]]:
    """None, those in use, and the one that the order has; of all of them, where these are known already."""
    return statuses_offered(queries.custom_statuses() if known is None else known, order.custom_status_id)


def statuses_offered(known: Sequence[CustomStatus], besides: int | None = None) -> list[tuple[int | None, str]]:
    """None, those in use, and the one of this id."""
    offered = [one for one in known if one.is_active or one.id == besides]
    return [(None, _("None")), *((one.id, word_at_screen(WordKind.CUSTOM_STATUS, one.title)) for one in offered)]


#: Of an order, or of its row in the list.
STATUS_ID = attrgetter("custom_status_id")


@action(
    title=_l("Set status"),
    group="orders",
    icon="tag",
    done=_l("Status set"),
    bulk=True,
    inputs=(
        Input(
            "status",
            _l("Status"),
            kind="select",
            hint=_l("Shown instead of the order status, which stays."),
            initial=STATUS_ID,
            choices=statuses_of,
        ),
    ),
    stands="block",
    in_cell=InCell("status", seen=STATUS_ID, value=STATUS_ID),
)
def set_custom_status(order: Order, *, by: Actor, status: int | None = None) -> Order:
    """Show the custom status of this id instead of the order status; None shows the order status again."""
    before, after = order.custom_status, find_status(order, status)
    order.custom_status = after

    if before is not after:
        changes = {"status": [str(before or ""), str(after or "")]}
        record(Happened.CUSTOM_STATUS_SET, order, by, status=str(after or "–"), changes=changes)
    return order


def find_status(order: Order, status_id: int | None) -> CustomStatus | None:
    """One in use; one that is not any more can only stay."""
    if status_id is None:
        return None
    found = next((one for one in queries.custom_statuses() if one.id == status_id), None)
    if found is None or not (found.is_active or found is order.custom_status):
        raise ActionRefused(_("Status: this one is not in use any more. Choose another."))
    return found
