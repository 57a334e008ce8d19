"""Sealing what an order says: whose it is, what was ordered at what price, where it went.

An order changes, and History says so each time. Whenever something of it is sealed, so is what it says by then, if that
is not what it said before; only the last of these can be compared. The salt of the ones before is thrown away: nobody
can guess back what stood there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import NamedTuple
from typing import cast as as_type

from sqlalchemy import ColumnElement, String, and_, literal_column, select

from app.models import Order, SealedRecord
from app.operations.canonical import Cells, in_json
from app.operations.order_rows import PlainRow, fetch_stored, read_orders, take_apart

#: The kind of such a record.
ORDER = "order"

#: As the index has it: what is sealed of each order last.
IS_LAST = and_(SealedRecord.kind == literal_column(f"'{ORDER}'", String), SealedRecord.salt.is_not(None))

#: What of an order is sealed, and of what belongs to it. Who adds a column has all orders sealed anew by a migration,
#: as 0093 does.
SEALED_FACTS: Mapping[str, str] = {
    "": "number channel external_id external_number placed_at currency prices_include_tax language customer_id"
    " customer_name company vat_id buyer_reference purchase_order email phone customer_note discount_codes country"
    " payment_method_title shipping_method_title is_pick_up net_total tax_total total before_reversal held_at"
    " cancelled_at invoiced_elsewhere_at elsewhere_number ready_at copied_from_id",
    "addresses": "id kind name company street house_number house_extension street2 postcode city region country phone",
    "lines": "id position kind sku name variant quantity unit_price discount total taxes tax_total dropped"
    " dropped_by_cancel not_restocked margin_scheme purchase_price",
    "memos": "id text author written_at",
    "tasks": "id description status due_at author created_at done_at",
    "invoices": "id number revision delivery_time settled_by paid_at",
    "shipments": "id number external_id method_title tracking_code tracking_url told_code revision created_at sent_at"
    " withdrawn_at lost_at not_sent_at",
    "returns": "id number status reason action note created_at received_at finished_at",
}

#: What the parts are called in a finding.
PART_TITLES: Mapping[str, str] = {
    "": "the order itself",
    "addresses": "its addresses",
    "lines": "its products and prices",
    "memos": "its memos",
    "tasks": "its tasks",
    "invoices": "when its invoices were paid, or their delivery time",
    "shipments": "its packing slips",
    "returns": "its returns",
}

#: Bytes of the digest of the whole, and of those beside it that tell which part differs.
WHOLE_BYTES, PART_BYTES = 32, 12

#: Of orders that are looked at one by one, so many are read at once where they lie together.
READ_AT_ONCE = 60

#: Of a part that the order has not.
NO_DIGEST = bytes(PART_BYTES)


def is_sealable() -> ColumnElement[bool]:
    """Neither of the demo shop, which goes as a whole, nor a draft, of which History tells once it is placed."""
    return and_(Order.is_demo.is_(False), Order.is_draft.is_(False))


# --- digests --------------------------------------------------------------------------------------------------------


def order_content(order: Order, salt: bytes) -> bytes:
    """What a row of order_rows says, as salted digests: of the whole, then of each part of SEALED_FACTS in turn."""
    says = read_facts(order)
    parts = (hashlib.sha256(salt + in_json(part)).digest()[:PART_BYTES] if part else NO_DIGEST for part in says)
    return whole_digest(salt, says) + b"".join(parts)


def holds_content(order: Order, content: bytes, salt: bytes) -> bool:
    """Whether the order says what was sealed with this content."""
    return content[:WHOLE_BYTES] == whole_digest(salt, read_facts(order))


def whole_digest(salt: bytes, says: list[list[Cells]]) -> bytes:
    return hashlib.sha256(salt + in_json(says)).digest()


def read_facts(order: Order) -> list[list[Cells]]:
    """For each part of SEALED_FACTS, what its rows say."""
    says = []
    for part in SEALED_FACTS:
        rows: Sequence[PlainRow] = getattr(order, part) if part else (as_type("PlainRow", order),)
        if len(rows) > 1:
            rows = sorted(rows, key=ROW_ID)
        says.append(list(map(FACT_READERS[type(rows[0]), part], rows)) if rows else [])
    return says


def differing_parts(before: bytes, after: bytes) -> list[str]:
    """What the parts are called of which these contents differ."""
    places = [slice(at, at + PART_BYTES) for at in range(WHOLE_BYTES, len(after), PART_BYTES)]
    return [name for at, name in zip(places, PART_TITLES.values(), strict=True) if before[at] != after[at]]


class FactReaders(dict[tuple[type[PlainRow], str], Callable[[PlainRow], Cells]]):
    """What takes the sealed values out of rows of a class that are this part; made once."""

    def __missing__(self, key: tuple[type[PlainRow], str]) -> Callable[[PlainRow], Cells]:
        made = self[key] = make_reader(*key)
        return made


FACT_READERS = FactReaders()

ROW_ID = as_type("Callable[[PlainRow], int]", attrgetter("id"))


def make_reader(row: type[PlainRow], part: str) -> Callable[[PlainRow], Cells]:
    """Cells as they are stored, amounts as decimals; yes and no as 1 and 0, whichever the database."""
    places = [row.sealed_places[name] for name in SEALED_FACTS[part].split()]
    return as_type("Callable[[PlainRow], tuple[object, ...]]", itemgetter(*places))


def order_digest(record_id: int, order_id: int, content: bytes) -> bytes:
    return hashlib.sha256(in_json([ORDER, record_id, order_id, content.hex()])).digest()


# --- what is there --------------------------------------------------------------------------------------------------


class LastSeal(NamedTuple):
    """What an order said when it was sealed last."""

    record_id: int
    content: bytes
    salt: bytes


def read_last_seals(are_wanted: ColumnElement[bool]) -> dict[int, LastSeal]:
    """Those of these orders. Begun at the orders: SQLite would look through all seals for those of some in a row."""
    columns = (Order.id, SealedRecord.record_id, SealedRecord.content, SealedRecord.salt)
    of_order = and_(IS_LAST, SealedRecord.order_id == Order.id)
    query = select(*columns).outerjoin(SealedRecord, of_order).where(are_wanted).order_by(Order.id, SealedRecord.id)
    return {
        as_type("int", order_id): LastSeal(as_type("int", record_id), as_bytes(content), as_bytes(salt))
        for order_id, record_id, content, salt in fetch_stored(query)
        if record_id is not None
    }


def as_bytes(stored: object) -> bytes:
    """A damaged seal holds nothing: what it is of differs, and the others are looked at all the same."""
    return stored if isinstance(stored, bytes) else b""


def read_some_orders(ids: Collection[int]) -> Iterator[Order]:
    """The orders with these ids, as plain rows that do not last; those that lie close together are read together."""
    wanted, waiting = set(ids), sorted(ids)
    while waiting:
        first = waiting[0]
        near = [one for one in waiting if one - first < READ_AT_ONCE]
        last = near[-1] if near[-1] - first < len(near) * 4 else first
        orders = read_orders(first, last)
        yield from (one for one in orders if one.id in wanted)
        take_apart(orders)
        waiting = [one for one in waiting if one > last]
