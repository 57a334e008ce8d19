"""Proving that orders say what was sealed of them last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import String, cast, select

from app.extensions import db, let_others_write
from app.models import History, Order, Unsealed
from app.operations.order_seals import (
    ORDER,
    LastSeal,
    differing_parts,
    holds_content,
    order_content,
    read_last_seals,
    read_some_orders,
)
from app.operations.sealing import (
    CHANGING,
    CHANGING_ORDERS,
    ERASED,
    KINDS,
    Sealable,
    among,
    as_id,
    as_written,
    key_of_kind,
)

#: A second look is at so many orders of a slice: where more are damaged, that is told of these.
MOST_LOOKED_AT = 50


def order_seal_findings(orders: Sequence[Order]) -> Iterator[str]:
    """Which of these orders, sorted by their ids, were changed past Toonbank, and what of them."""
    sealed = read_last_seals(among(Order.id, [one.id for one in orders]))
    suspects = [one.id for one in orders if not one.is_demo and not one.is_draft and not is_as_sealed(one, sealed)]
    if not suspects:
        return
    let_others_write()
    under_way = find_waiting(suspects)
    looked_at = [one for one in suspects if one not in under_way][:MOST_LOOKED_AT]
    if not looked_at:
        return
    before = read_last_seals(Order.id.in_(looked_at))
    told = {
        order.id: f"{order.number}: {what_is_wrong(order, before)}. Compare it with a backup"
        for order in read_some_orders(looked_at)
        if not is_as_sealed(order, before)
    }
    under_way = find_waiting(looked_at)
    after = read_last_seals(Order.id.in_(looked_at))
    for id, sentence in told.items():
        if id not in under_way and before.get(id) == after.get(id):
            yield sentence


def is_as_sealed(order: Order, sealed: Mapping[int, LastSeal]) -> bool:
    last = sealed.get(order.id)
    return last is not None and holds_content(order, last.content, last.salt)


def what_is_wrong(order: Order, sealed: Mapping[int, LastSeal]) -> str:
    last = sealed.get(order.id)
    if last is None:
        return "has no seal: it was written past the guards of the database"
    changed = " and ".join(differing_parts(last.content, order_content(order, last.salt)))
    return f"{changed} changed since that was sealed, and History says nothing of it"


def find_waiting(orders: Sequence[int]) -> set[int]:
    """Those of these orders of which something is not sealed yet: what they say may be newer than their seal."""
    waits: dict[str, set[int]] = defaultdict(set)
    for kind, record_id in db.session.execute(select(Unsealed.kind, Unsealed.record_id)):
        waits[kind.removesuffix(ERASED)].add(record_id)
    found = waits[ORDER] & set(orders)
    for kind in filter(waits.get, CHANGING):
        key, of = key_of_kind(kind), KINDS[kind].order_id[0]
        rows = db.session.execute(select(as_written(key), as_written(of)).where(of.in_(orders)))
        found |= {as_id(order_id) for record_id, order_id in rows if record_id in waits[kind]}
    if waits[Sealable.HISTORY]:
        is_theirs = History.subject == "customer:" + cast(Order.customer_id, String)
        of_customers = select(History.id, Order.id.label("order_id")).join(Order, is_theirs)
        theirs = db.session.execute(of_customers.where(Order.id.in_(orders), History.what.in_(CHANGING_ORDERS)))
        found |= {row.order_id for row in theirs if row.id in waits[Sealable.HISTORY]}
    return found
