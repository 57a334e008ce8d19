"""Sealing documents, money, history, mails and prints: a chain in which each link holds the SHA-256 of the one before.

The database notes what is to be sealed in the transaction that writes it (`unsealed`); a worker seals it afterwards, so
that nobody who works waits for the chain. A record never changes once it is sealed, but for what personal erasure
empties: that is sealed by a salted digest, and with the salt goes all that could be guessed back from it.
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import count
from typing import NamedTuple, TypeAlias
from typing import cast as as_type

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    LargeBinary,
    String,
    case,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import NullType

from app.columns import Moment, is_json, now, written_text
from app.extensions import Model, db, read_only, transaction
from app.history import Happened
from app.models import (
    ActorKind,
    History,
    Invoice,
    InvoiceLine,
    Order,
    OutgoingMail,
    Payment,
    Print,
    Seal,
    SealedRecord,
    Unsealed,
)
from app.operations.canonical import Cells, in_json, in_utc
from app.operations.order_rows import ORDERS_AT_ONCE, fetch_stored
from app.operations.order_seals import (
    ORDER,
    holds_content,
    is_sealable,
    order_content,
    order_digest,
    read_last_seals,
    read_some_orders,
)
from app.queries.records import last_seal

#: Records of one link. Their writer's lock is held that long: some hundredths of a second.
MOST = 400

#: What the first link holds instead of the one before.
BEGINNING = "0" * 64

#: By whom one writer at a time is let in on PostgreSQL; SQLite has one writer anyway.
TURN = "SELECT pg_try_advisory_xact_lock(7401)"

#: That it was emptied is sealed as a record of its own.
ERASED = "_erased"

SealedColumn: TypeAlias = ColumnElement[object] | InstrumentedAttribute[object]


class Sealable(StrEnum):
    """Kinds of what is sealed; that something of it was emptied is a kind beside it."""

    INVOICE = "invoice"  # credit notes as well
    PAYMENT = "payment"
    HISTORY = "history"
    MAIL = "mail"
    MAIL_SENT = "mail_sent"
    PRINT = "print"


@dataclass(frozen=True)
class SealedTable:
    """What of a table is sealed: what never changes, and what personal erasure may empty.

    The columns are named one by one: one that is added later changes no digest of before.
    """

    table: type[Model]
    fixed: tuple[SealedColumn, ...]
    erasable: tuple[SealedColumn, ...] = ()
    order_id: tuple[SealedColumn, ...] = ()  # the column, where it has one


def columns(table: type[Model], names: str) -> tuple[SealedColumn, ...]:
    return tuple(getattr(table, name) for name in names.split())


#: Erasing empties who it was where that was a customer.
ACTOR, IS_CUSTOMER = History.actor_name, History.actor_kind == ActorKind.CUSTOMER

LINE = columns(InvoiceLine, "id order_line_id position quantity net tax taxes")

KINDS: dict[str, SealedTable] = {
    Sealable.INVOICE: SealedTable(
        Invoice,
        columns(
            Invoice,
            "order_id kind number credits_id makes_anew return_id issued_at due_on language currency net_total"
            " tax_total total snapshot",
        ),
        order_id=(Invoice.order_id,),
    ),
    Sealable.PAYMENT: SealedTable(
        Payment,
        columns(
            Payment,
            "order_id kind amount method confirmed_itself reference external_id reverses_id is_marked invoice_id"
            " paid_at entered_by",
        ),
        columns(Payment, "reason"),
        (Payment.order_id,),
    ),
    Sealable.HISTORY: SealedTable(
        History,
        (*columns(History, "at what order_id subject actor_kind staff_id"), case((IS_CUSTOMER, ""), else_=ACTOR)),
        (case((IS_CUSTOMER, ACTOR), else_=""), *columns(History, "facts")),
        (History.order_id,),
    ),
    Sealable.MAIL: SealedTable(
        OutgoingMail,
        columns(OutgoingMail, "kind once_key order_id invoice_id file_id message_id created_at"),
        columns(OutgoingMail, "to_name to_address subject body"),
        (OutgoingMail.order_id,),
    ),
    Sealable.MAIL_SENT: SealedTable(
        OutgoingMail, columns(OutgoingMail, "sent_at attachments"), order_id=(OutgoingMail.order_id,)
    ),
    Sealable.PRINT: SealedTable(Print, columns(Print, "invoice_id revision language sha256 printed_at")),
}


# --- digests --------------------------------------------------------------------------------------------------------


class Said(NamedTuple):
    """What a record says, as it is sealed."""

    record_id: int
    order_id: int | None
    fixed: Cells
    erasable: Cells

    def content(self, salt: bytes) -> bytes:
        return hashlib.sha256(salt + in_json(self.erasable)).digest()

    def digest(self, kind: str, content: bytes | None) -> bytes:
        beside = content.hex() if content else ""
        return hashlib.sha256(in_json([kind, self.record_id, self.fixed, beside])).digest()


def as_id(value: object) -> int:
    """An id as the database has it; a damaged one is no record's."""
    return value if isinstance(value, int) else 0


def read_records(kind: str, ids: Iterable[int]) -> dict[int, Said]:
    """What the records with these ids say; those that are not there are left out."""
    sealed, wanted = KINDS[kind], sorted(one for one in ids if as_id(one))
    said = (*sealed.fixed, *sealed.erasable)
    key: SealedColumn = sealed.table.__mapper__.primary_key[0]
    query = select(*as_stored([key, *(sealed.order_id or (key,)), *said])).where(among(key, wanted))
    lines = billed_lines(wanted) if sealed.table is Invoice else None
    tidy = [(2 + position, change) for position, one in enumerate(said) if (change := tidier(one))]
    ends = 2 + len(sealed.fixed)
    has_order = bool(sealed.order_id)
    found: dict[int, Said] = {}
    for row in fetch_stored(query):
        values: Sequence[object] = row
        if tidy:
            values = changed = list(row)
            for position, change in tidy:
                changed[position] = change(changed[position])
        record_id = as_id(row[0])
        fixed = values[2:ends] if lines is None else [*values[2:ends], lines[record_id]]
        found[record_id] = Said(record_id, as_id(row[1]) or None if has_order else None, fixed, values[ends:])
    return found


def billed_lines(invoices: Sequence[int]) -> dict[int, list[Cells]]:
    query = select(*as_stored([InvoiceLine.invoice_id, *LINE])).where(among(InvoiceLine.invoice_id, invoices))
    found: dict[int, list[Cells]] = defaultdict(list)
    sorted_lines = query.order_by(InvoiceLine.invoice_id, InvoiceLine.id)
    for row in fetch_stored(sorted_lines):
        found[as_id(row[0])].append(row[1:])
    return found


def among(key: SealedColumn, wanted: Sequence[int]) -> ColumnElement[bool]:
    """That the key is one of these, which are sorted; where few are left out, also those between them."""
    if wanted and wanted[-1] - wanted[0] < len(wanted) * 2:
        return key.between(wanted[0], wanted[-1])
    return key.in_(wanted)


def as_stored(shown: Sequence[SealedColumn]) -> list[ColumnElement[object]]:
    """The values as the database has them: what is damaged can't be read as what it should be."""
    return [as_written(one).label(f"column_{position}") for position, one in enumerate(shown)]


def as_written(one: SealedColumn) -> ColumnElement[object]:
    raw = written_text(one) if is_json(one.type) else type_coerce(one, NullType())
    return as_type("ColumnElement[object]", raw)


def tidier(column: SealedColumn) -> Callable[[object], object] | None:
    """What makes of it what SQLite has; None where that is the same."""
    if db.engine.dialect.name == "sqlite":
        return None
    if isinstance(column.type, Moment):
        return in_utc
    if isinstance(column.type, Boolean):
        return lambda value: int(value) if isinstance(value, bool) else value
    return str_of_day if isinstance(column.type, Date) else None


def str_of_day(day: object) -> object:
    return day.isoformat() if isinstance(day, date) else day


def written_there() -> ColumnElement[object]:
    """What the record of a sealed one says, as SQLite writes it: what may be emptied, a line break, and the rest.

    Both are the very bytes that `Said` makes digests of, but for letters that ASCII has not. NULL of what is no record.
    """
    beside = func.lower(func.hex(func.coalesce(SealedRecord.content, "")))
    of_order = func.printf(f'\n["{ORDER}",%d,%d,"%s"]', SealedRecord.record_id, SealedRecord.order_id, beside)
    whens: list[tuple[ColumnElement[bool], ColumnElement[str]]] = [(SealedRecord.kind == ORDER, of_order)]
    for kind, sealed in KINDS.items():
        erasable = func.json_array(*map(as_written, sealed.erasable)) if sealed.erasable else ""
        fixed = func.json_array(*map(as_written, sealed.fixed))
        if sealed.table is Invoice:
            fixed = func.printf("%s,[%s]]", func.rtrim(fixed, "]"), lines_there())
        said = func.printf(f'%s\n["{kind}",%d,%s,"%s"]', erasable, SealedRecord.record_id, fixed, beside)
        of_record = select(said).where(key_of_kind(kind) == SealedRecord.record_id)
        whens.append((SealedRecord.kind == kind, of_record.scalar_subquery()))
    return as_type("ColumnElement[object]", cast(case(*whens), LargeBinary))


def lines_there() -> ColumnElement[str]:
    line = func.json_array(*map(as_written, LINE)).label("line")
    lines = select(line).where(InvoiceLine.invoice_id == Invoice.id).order_by(InvoiceLine.id).correlate(Invoice)
    each = lines.subquery()
    return func.coalesce(select(func.group_concat(each.c.line)).scalar_subquery(), "")


def link_hash(number: int, previous: str, sealed_at: datetime, digests: Sequence[bytes]) -> str:
    """The hash of a link of the chain, as 64 hexadecimal digits."""
    hashed = hashlib.sha256(in_json([number, previous, in_utc(sealed_at), len(digests)]))
    hashed.update(b"".join(digests))
    return hashed.hexdigest()


@dataclass(frozen=True)
class Sealing:
    """A row of `sealed_record` in the making."""

    kind: str
    record_id: int
    order_id: int | None
    digest: bytes
    content: bytes | None = None
    salt: bytes | None = None


# --- sealing --------------------------------------------------------------------------------------------------------


def seal_waiting() -> int:
    """Seal what waits, at most so many records: one more link. Answers how many there were."""
    with read_only():
        is_waiting = db.session.scalar(select(Unsealed.id).limit(1)) is not None
        db.session.rollback()
    if not is_waiting:
        return 0
    with transaction():
        return add_link()


def seal_all() -> int:
    """Seal all that waits, link by link; answers how many records there were."""
    count = 0
    while done := seal_waiting():
        count += done
    return count


def add_link() -> int:
    """One more link in this transaction; answers how many rows waited. 0, too, when somebody else is at it."""
    if db.engine.dialect.name == "postgresql" and not db.session.scalar(text(TURN)):
        return 0
    waiting = list(
        db.session.execute(select(Unsealed.id, Unsealed.kind, Unsealed.record_id).order_by(Unsealed.id).limit(MOST))
    )
    rows = list(records_to_seal((kind, record_id) for _id, kind, record_id in waiting))
    concerned = find_concerned((kind, record_id) for _id, kind, record_id in waiting)
    rows += seal_orders(concerned.orders)
    queue_orders_of(concerned.customers)
    if rows:
        before = last_seal()
        number, sealed_at = (before.number if before else 0) + 1, now()
        previous = before.hash if before else BEGINNING
        seal = Seal(number=number, sealed_at=sealed_at, records=len(rows))
        seal.hash = link_hash(number, previous, sealed_at, [row.digest for row in rows])
        db.session.add(seal)
        first = (db.session.scalar(select(func.max(SealedRecord.id))) or 0) + 1
        values = [{**vars(row), "id": first + position, "seal_number": number} for position, row in enumerate(rows)]
        db.session.execute(insert(SealedRecord), values)
    gone = delete(Unsealed).where(Unsealed.id.in_([id for id, _kind, _record_id in waiting]))
    db.session.execute(gone.execution_options(synchronize_session=False))
    return len(waiting)


def records_to_seal(waiting: Iterable[tuple[str, int]]) -> Iterator[Sealing]:
    """The rows of what waits and is not sealed yet. What vanished meanwhile, as the demo shop may, is none."""
    by_kind: dict[str, list[int]] = {}
    for kind, record_id in waiting:
        by_kind.setdefault(kind, []).append(record_id)
    by_kind.pop(ORDER, None)  # those are sealed anew each time
    for kind, ids in by_kind.items():
        done = select(SealedRecord.record_id).where(SealedRecord.kind == kind, SealedRecord.record_id.in_(ids))
        known = set(db.session.scalars(done))
        new = sorted(set(ids) - known)
        said = read_records(kind.removesuffix(ERASED), new)
        yield from (seal_record(kind, said[record_id]) for record_id in new if record_id in said)


def seal_record(kind: str, said: Said) -> Sealing:
    if kind.endswith(ERASED):  # the fact alone
        return Sealing(kind, said.record_id, said.order_id, erased_digest(kind, said.record_id))
    salt = os.urandom(16) if said.erasable else None
    content = said.content(salt) if salt else None
    return Sealing(kind, said.record_id, said.order_id, said.digest(kind, content), content, salt)


def erased_digest(kind: str, record_id: int) -> bytes:
    return hashlib.sha256(in_json([kind, record_id])).digest()


# --- orders ---------------------------------------------------------------------------------------------------------

#: Of an order that changed, one of these is written in the same transaction.
CHANGING = (Sealable.HISTORY, Sealable.PAYMENT, Sealable.INVOICE)

#: What happens to a customer, and changes orders.
CHANGING_ORDERS = (Happened.PERSONAL_DATA_ERASED, Happened.CUSTOMERS_MERGED)


@dataclass(frozen=True)
class Concerned:
    """Whose seals what waits may have made old."""

    orders: set[int]
    customers: list[int]  # all of whose orders may say something else


def find_concerned(waiting: Iterable[tuple[str, int]]) -> Concerned:
    """The orders of which something waits to be sealed, and the customers to whom something happened."""
    by_kind: dict[str, set[int]] = defaultdict(set)
    for kind, record_id in waiting:
        by_kind[kind.removesuffix(ERASED)].add(record_id)
    found = by_kind[ORDER]
    for kind in filter(by_kind.get, CHANGING):
        of = select(as_written(KINDS[kind].order_id[0])).where(key_of_kind(kind).in_(by_kind[kind]))
        found |= {as_id(one) for one in db.session.scalars(of)}
    is_about = (History.id.in_(by_kind[Sealable.HISTORY]), History.what.in_(CHANGING_ORDERS))
    subjects = db.session.scalars(select(History.subject).where(*is_about)) if by_kind[Sealable.HISTORY] else ()
    customers = [int(one.removeprefix("customer:")) for one in subjects if one.startswith("customer:")]
    orders = db.session.scalars(select(Order.id).where(Order.id.in_(found), is_sealable()))
    return Concerned(set(orders), customers)


def queue_orders_of(customers: Collection[int]) -> None:
    """Have all orders of these customers wait: one may have tens of thousands, which are too many for one link."""
    if customers:
        theirs = select(literal_column(f"'{ORDER}'", String), Order.id)
        theirs = theirs.where(Order.customer_id.in_(customers), is_sealable()).order_by(Order.id)
        db.session.execute(insert(Unsealed).from_select(["kind", "record_id"], theirs))


def key_of_kind(kind: str) -> InstrumentedAttribute[int]:
    return as_type("InstrumentedAttribute[int]", KINDS[kind].table.__mapper__.primary_key[0])


def seal_orders(ids: Collection[int]) -> list[Sealing]:
    """What each of these orders says now, where that is not what was sealed of it last.

    What it said before can't be compared any more: that salt goes.
    """
    if not ids:
        return []
    last_id = db.session.scalar(select(func.max(SealedRecord.record_id)).where(SealedRecord.kind == ORDER)) or 0
    record_ids, made = count(last_id + 1), list[Sealing]()
    for start in range(0, len(ids), ORDERS_AT_ONCE):
        some = sorted(ids)[start : start + ORDERS_AT_ONCE]
        before, over = read_last_seals(Order.id.in_(some)), list[int]()
        for order in read_some_orders(some):
            last = before.get(order.id)
            if last and holds_content(order, last.content, last.salt):
                continue
            if last:
                over.append(last.record_id)
            made.append(seal_order(next(record_ids), order))
        forget_salts(over)
    return made


def seal_order(record_id: int, order: Order) -> Sealing:
    salt = os.urandom(16)
    content = order_content(order, salt)
    return Sealing(ORDER, record_id, order.id, order_digest(record_id, order.id, content), content, salt)


def forget_salts(record_ids: Sequence[int]) -> None:
    if record_ids:
        those = (SealedRecord.kind == ORDER, SealedRecord.record_id.in_(record_ids))
        forget = update(SealedRecord).where(*those).values(salt=None)
        db.session.execute(forget.execution_options(synchronize_session=False))
