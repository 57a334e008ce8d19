"""What an order's own shop is to be told, and somebody has to decide on: telling it, or leaving it."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.actions.declaration import Input, action
from app.columns import now
from app.errors import ActionRefused
from app.extensions import ShownText
from app.history import WRITE_TITLES, Actor, record_left
from app.models import Order, ShopWrite, ShopWriteState
from app.queues.leases import free

#: What waits for somebody, and may still be told.
TO_DECIDE = (ShopWriteState.ASKED, ShopWriteState.REFUSED)


def can_be_told(order: Order) -> list[ShopWrite]:
    return [write for write in order.shop_writes if write.state in TO_DECIDE]


def can_be_left(order: Order) -> list[ShopWrite]:
    """Also what was told and taken back here since: somebody puts that right there."""
    states = (*TO_DECIDE, ShopWriteState.OUTDATED)
    return [write for write in order.shop_writes if write.state in states]


def say_write(write: ShopWrite) -> str:
    """What it tells: "Sent PS10001"."""
    number = write.shipment.number if write.shipment else ""
    return f"{WRITE_TITLES[write.kind]} {number}".strip()


def writes_input(title: ShownText, writes_of: Callable[[Order], list[ShopWrite]]) -> Input:
    """A tick for each of these, all of them ticked at first."""
    return Input(
        "writes",
        title,
        kind="ticks",
        initial=lambda order: [str(write.id) for write in writes_of(order)],
        choices=lambda order: [(str(one.id), f"{one.connection.title}: {say_write(one)}") for one in writes_of(order)],
    )


def unmailed_warning(order: Order) -> str:
    """What the customer hears of from nobody when it is left."""
    unmailed = ", ".join(say_write(write) for write in can_be_left(order) if write.is_unmailed)
    if not unmailed:
        return ""
    return _("The shop was to mail the customer about this: %(what)s. If you leave it, nobody does.", what=unmailed)


def why_not_tell_shop(order: Order) -> str:
    return "" if can_be_told(order) else _("There is nothing that its shop waits to be told.")


def why_not_leave_shop(order: Order) -> str:
    return "" if can_be_left(order) else _("There is nothing that its shop waits to be told.")


@action(
    title=_l("Tell the shop"),
    group="orders",
    icon="send",
    done=_l("The shop is being told"),
    bulk=True,
    why_not=why_not_tell_shop,
    inputs=(writes_input(_l("What the shop is told"), can_be_told),),
    right_title=_l("Tell shops what is done here"),
    stands="block",
)
def tell_shop(order: Order, *, by: Actor, writes: list[str] | None = None) -> Order:
    """Have the order's own shop told of these, by their ids, or of all that it was not told yet; also once more."""
    for write in chosen_writes(can_be_told(order), writes):
        write.state, write.decided_by, write.due_at, write.attempts = ShopWriteState.WAITING, by.name, now(), 0
        write.trouble, write.last_error = None, ""
        free(write)
    return order


@action(
    title=_l("Leave it"),
    group="orders",
    icon="check",
    done=_l("Left as it is in the shop"),
    bulk=True,
    why_not=why_not_leave_shop,
    warning=unmailed_warning,
    inputs=(writes_input(_l("What stays as it is there"), can_be_left),),
    right="orders.tell_shop",
    stands="block",
)
def leave_shop(order: Order, *, by: Actor, writes: list[str] | None = None) -> Order:
    """Leave it as it is in the order's own shop: these, by their ids, or all that waits for somebody."""
    for write in chosen_writes(can_be_left(order), writes):
        write.state, write.decided_by = ShopWriteState.LEFT, by.name

        record_left(write, by)
    return order


def chosen_writes(waiting: list[ShopWrite], ids: list[str] | None) -> list[ShopWrite]:
    known = {str(write.id): write for write in waiting}
    wanted = list(known) if ids is None else ids
    if not wanted:
        raise ActionRefused(_("Choose at least one thing."))
    if any(one not in known for one in wanted):
        raise ActionRefused(_("It was decided meanwhile. Look at the order again."))
    return [known[one] for one in dict.fromkeys(wanted)]
