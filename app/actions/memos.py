"""Memos: short messages to oneself or a colleague on an order."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounting.states import recompute_marks
from app.actions.declaration import InCell, Input, action
from app.columns import now
from app.errors import ActionRefused
from app.extensions import db
from app.history import Actor, Happened, record
from app.models import Memo, Order


def newest_memo(order: Order) -> Memo:
    return order.memos[0]


def newest_memo_id(order: object) -> int:
    """Of an order, or of its row in the list; 0 while there is none."""
    if isinstance(order, Order):
        return order.memos[0].id if order.memos else 0
    found: int = getattr(order, "memo_id", 0)
    return found


@action(
    title=_l("Add memo"),
    group="memos",
    icon="note",
    done=_l("Memo added"),
    inputs=(Input("text", _l("Memo"), kind="long_text", required=True, most=2000),),
    stands="block",
    in_cell=InCell("memo", seen=newest_memo_id),
    undo="remove_memo",
    undo_on=newest_memo,
)
def write_memo(order: Order, *, by: Actor, text: str) -> Memo:
    if not text.strip():
        raise ActionRefused(_("Write something in the memo first."))
    memo = Memo(order=order, text=text.strip()[:2000], author=by.name, written_at=now())
    db.session.add(memo)
    db.session.flush()
    recompute_marks(order)

    record(Happened.MEMO_WRITTEN, order, by, text=memo.text[:200])
    return memo


@action(
    title=_l("Remove"),
    group="memos",
    icon="trash",
    done=_l("Memo removed"),
    right_title=_l("Remove memos"),
    stands="block",
)
def remove_memo(memo: Memo, *, by: Actor) -> None:
    """Its text stays in History."""
    order = memo.order
    order.memos.remove(memo)
    db.session.delete(memo)
    db.session.flush()
    recompute_marks(order)

    record(Happened.MEMO_REMOVED, order, by, text=memo.text[:200])
