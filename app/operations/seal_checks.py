"""Proving that what was sealed is as it was: each record against its digest, each link against the one before.

It reads in slices, so that nobody who works waits; what is suspect is looked at once more before it is told.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from typing import cast as as_type

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    String,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    null,
    select,
    tuple_,
)
from sqlalchemy.exc import DBAPIError

from app.columns import now
from app.errors import ActionRefused
from app.extensions import db, let_others_write
from app.history import Happened
from app.models import History, Invoice, Order, OutgoingMail, Payment, Print, Seal, SealedRecord, Unsealed
from app.operations.canonical import in_ascii
from app.operations.order_rows import fetch_stored
from app.operations.order_seals import ORDER, order_digest
from app.operations.sealing import (
    BEGINNING,
    ERASED,
    KINDS,
    Said,
    Sealable,
    erased_digest,
    link_hash,
    read_records,
    written_there,
)
from app.queries.records import last_seal

ROWS_OF_CHAIN = 2000

#: What waits for longer is told of: no worker seals.
WAITS = timedelta(hours=1)

#: Of erasing: what others write meanwhile may stand between its last note and its entry.
LINKS_OF_ERASING = 10

SUSPECTS_AT_ONCE = 200

#: What a record is called.
CALLED: dict[str, str] = {
    Sealable.INVOICE: "document",
    Sealable.PAYMENT: "payment",
    Sealable.HISTORY: "entry of the history",
    Sealable.MAIL: "mail",
    Sealable.MAIL_SENT: "sending of mail",
    Sealable.PRINT: "print",
    ORDER: "seal of the order",
}

BACK_UP = "Compare it with a backup"


@dataclass
class Suspect:
    """A sealed record that is not as it was: what is wrong, and of what."""

    kind: str
    record_id: int
    order_id: int | None
    seal_number: int
    wrong: str


class ChainRow(NamedTuple):
    """A row of `sealed_record`, as it is read by the thousand."""

    id: int
    seal_number: int
    kind: str
    record_id: int
    order_id: int | None
    digest: bytes
    content: bytes | None
    salt: bytes | None
    said: bytes | None  # by `written_there`


@dataclass
class Walk:
    """How far the chain was looked at."""

    number: int = 0
    hash: str = BEGINNING
    digests: list[bytes] = field(default_factory=list)


def seal_findings(noted: str = "") -> Iterator[str]:
    """What was changed, deleted or slipped in since it was sealed.

    Args:
        noted: a seal that was written down elsewhere.
    """
    yield from noted_findings(noted)
    walk, last = Walk(), 0
    while rows := sealed_after(last):
        last = as_type("int", rows[-1][0])
        suspects = list(find_suspects(find_unproven(rows)))
        yield from tell_suspects(suspects)
        yield from link_findings(rows, walk)
        let_others_write()
    yield from end_findings(walk)
    yield from slipped_in()
    yield from waiting_findings()


COLUMNS_OF_CHAIN = (
    SealedRecord.id,
    SealedRecord.seal_number,
    SealedRecord.kind,
    SealedRecord.record_id,
    SealedRecord.order_id,
    SealedRecord.digest,
    SealedRecord.content,
    SealedRecord.salt,
)


def sealed_after(last: int) -> list[tuple[object, ...]]:
    """The next slice of the chain, each row as ChainRow has it."""
    try:
        return fetch_stored(next_of_chain(db.engine.dialect.name), {"last": last})
    except DBAPIError:  # something is stored that is no text, number or moment: who looks closely says which
        return fetch_stored(next_of_chain(""), {"last": last})


@cache
def next_of_chain(database: str) -> Executable:
    """Made once, as it is long."""
    said = written_there() if database == "sqlite" else null()
    query = select(*COLUMNS_OF_CHAIN, said).where(SealedRecord.id > bindparam("last", type_=Integer))
    return query.order_by(SealedRecord.id).limit(ROWS_OF_CHAIN)


# --- records --------------------------------------------------------------------------------------------------------


def find_unproven(rows: Sequence[tuple[object, ...]]) -> list[ChainRow]:
    """Those of which what the database wrote has not the digest, as nothing else has: they are looked at closely.

    There are millions: nothing is called for a row that need not be.
    """
    sha256, found = hashlib.sha256, list[ChainRow]()
    for row in as_type("Sequence[tuple[int, int, str, int, int, bytes, bytes, bytes, bytes | None]]", rows):
        written = row[8] or b""
        erasable, _break, said = (written if written.isascii() else in_ascii(written)).partition(b"\n")
        is_as_sealed = bool(said) and sha256(said).digest() == row[5]
        if erasable and is_as_sealed:
            is_as_sealed = row[7] is not None and sha256(row[7] + erasable).digest() == row[6]
        if not is_as_sealed:
            found.append(ChainRow._make(row))
    return found


def find_suspects(rows: Sequence[ChainRow]) -> Iterator[Suspect]:
    """Records that are gone, or say something else than when they were sealed."""
    by_kind: dict[str, list[ChainRow]] = defaultdict(list)
    for row in rows:
        by_kind[row.kind].append(row)
    for row in by_kind.pop(ORDER, []):  # what they say is looked at beside the orders
        if row.digest != order_digest(row.record_id, row.order_id or 0, row.content or b""):
            yield Suspect(ORDER, row.record_id, row.order_id, row.seal_number, "was changed")
    for kind, own in by_kind.items():
        if kind.removesuffix(ERASED) not in KINDS:
            yield from (
                Suspect(kind, row.record_id, row.order_id, row.seal_number, "is of no known kind") for row in own
            )
            continue
        said = read_records(kind.removesuffix(ERASED), [row.record_id for row in own])
        for row in own:
            if wrong := what_is_wrong(row, said.get(row.record_id)):
                yield Suspect(kind, row.record_id, row.order_id, row.seal_number, wrong)


def what_is_wrong(row: ChainRow, said: Said | None) -> str:
    if said is None:
        return "was deleted"
    if row.kind.endswith(ERASED):
        return "" if row.digest == erased_digest(row.kind, row.record_id) else "was sealed with another digest"
    if row.digest != said.digest(row.kind, row.content):
        return "was changed"
    if not said.erasable or (row.salt is not None and row.content == said.content(row.salt)):
        return ""
    return "was changed" if is_said(said) else "was emptied"


def is_said(said: Said) -> bool:
    """Whether anything of what erasing empties is still there."""
    return any(one not in ("", "{}") for one in said.erasable)


def tell_suspects(suspects: Sequence[Suspect]) -> Iterator[str]:
    """A sentence for each, after a second look: a change that was under way is none."""
    if suspects:
        let_others_write()
    for start in range(0, len(suspects), SUSPECTS_AT_ONCE):
        again = list(find_suspects(sealed_rows(suspects[start : start + SUSPECTS_AT_ONCE])))
        erased = find_erased([one for one in again if one.wrong == "was emptied"])
        numbers = numbers_of({one.order_id for one in again if one.order_id is not None})
        for one in again:
            if (one.kind, one.record_id) not in erased:
                yield sentence_of(one, numbers)


def sentence_of(suspect: Suspect, numbers: Mapping[int, str]) -> str:
    whose = numbers.get(suspect.order_id or 0, "")
    name = f"{CALLED.get(suspect.kind.removesuffix(ERASED), suspect.kind)} {name_of(suspect)}"
    since = f"since it was sealed ({suspect.seal_number})"
    return f"{f'{whose}: ' if whose else ''}{name} {suspect.wrong} {since}. {BACK_UP}"


def sealed_rows(suspects: Sequence[Suspect]) -> Sequence[ChainRow]:
    keys = [(one.kind, one.record_id) for one in suspects]
    wanted = tuple_(SealedRecord.kind, SealedRecord.record_id).in_(keys)
    query = select(*COLUMNS_OF_CHAIN, null()).where(wanted).order_by(SealedRecord.id)
    return list(map(ChainRow._make, fetch_stored(query)))


def name_of(suspect: Suspect) -> str:
    """The number of a document, of anything else its id."""
    if suspect.kind == Sealable.INVOICE:
        number = db.session.scalar(select(Invoice.number).where(Invoice.id == suspect.record_id))
        return number or str(suspect.record_id)
    return str(suspect.record_id)


def numbers_of(orders: Collection[int]) -> dict[int, str]:
    rows = db.session.execute(select(Order.id, Order.number).where(Order.id.in_(orders)))
    return {row.id: row.number for row in rows}


def find_erased(emptied: Sequence[Suspect]) -> set[tuple[str, int]]:
    """Those that personal erasure emptied: the database noted it, and it was sealed with the entry that says so.

    There may be so many that they take several links: then each of those holds such a note.
    """
    if not emptied:
        return set()
    keys = [(one.kind + ERASED, one.record_id) for one in emptied]
    noted = select(SealedRecord.kind, SealedRecord.record_id, SealedRecord.seal_number)
    noted = noted.where(tuple_(SealedRecord.kind, SealedRecord.record_id).in_(keys))
    waits = select(Unsealed.kind, Unsealed.record_id).where(tuple_(Unsealed.kind, Unsealed.record_id).in_(keys))
    found = {(kind, record_id) for kind, record_id in db.session.execute(waits)}
    marks = {(kind, record_id): number for kind, record_id, number in db.session.execute(noted)}
    if marks:
        ends = ends_of_erasing(set(marks.values()))
        said = links_that_say_erased()
        found |= {key for key, number in marks.items() if any(number <= one <= ends[number] for one in said)}
    return {(kind.removesuffix(ERASED), record_id) for kind, record_id in found}


def ends_of_erasing(begun: Collection[int]) -> dict[int, int]:
    """By the link that notes that something was emptied, the last one in which the entry of it may stand."""
    kinds = [kind + ERASED for kind in KINDS]
    noting = set(db.session.scalars(select(SealedRecord.seal_number).where(SealedRecord.kind.in_(kinds)).distinct()))
    ends: dict[int, int] = {}
    for number in begun:
        last = number
        while last + 1 in noting:
            last += 1
        ends[number] = last + LINKS_OF_ERASING
    return ends


def links_that_say_erased() -> list[int]:
    """Those with an entry of an erasing; one that waits still stands in the next."""
    is_said = History.what == Happened.PERSONAL_DATA_ERASED
    of_history = and_(SealedRecord.kind == Sealable.HISTORY, SealedRecord.record_id == History.id)
    links = list(db.session.scalars(select(SealedRecord.seal_number).join(History, of_history).where(is_said)))
    waits = and_(Unsealed.kind == Sealable.HISTORY, Unsealed.record_id == History.id)
    if db.session.scalar(select(Unsealed.id).join(History, waits).where(is_said).limit(1)) and (last := last_seal()):
        links.append(last.number + 1)
    return links


# --- links ----------------------------------------------------------------------------------------------------------


def link_findings(rows: Sequence[tuple[object, ...]], walk: Walk) -> Iterator[str]:
    for number, own in groupby(as_type("Sequence[tuple[int, int, str, int, int, bytes]]", rows), key=itemgetter(1)):
        if number != walk.number:
            yield from close_link(walk)
            if number != walk.number + 1:
                yield f"the chain has no seal between {walk.number} and {number}. {BACK_UP}"
            walk.number, walk.digests = number, []
        walk.digests += [row[5] for row in own]


def close_link(walk: Walk) -> Iterator[str]:
    """Compare a link, all of whose records were seen, with what the chain says of it."""
    if not walk.number:
        return
    row = db.session.execute(select(Seal.hash, Seal.sealed_at, Seal.records).where(Seal.number == walk.number)).first()
    if row is None:
        yield f"seal {walk.number} was deleted. {BACK_UP}"
        walk.hash = ""
        return
    if len(walk.digests) != row.records:
        yield f"seal {walk.number} is over {row.records} records, but {len(walk.digests)} are there. {BACK_UP}"
    elif walk.hash and not hmac.compare_digest(
        row.hash, link_hash(walk.number, walk.hash, row.sealed_at, walk.digests)
    ):
        yield f"seal {walk.number} does not follow from its records and the seal before. {BACK_UP}"
    walk.hash = row.hash


def end_findings(walk: Walk) -> Iterator[str]:
    seal, waiting = last_seal(), db.session.scalar(select(func.max(SealedRecord.seal_number))) or 0
    if waiting > walk.number:  # sealed while the last ones were looked at
        return
    yield from close_link(walk)
    if seal is not None and seal.number > walk.number:
        yield f"the records of seal {walk.number + 1} and all after it were deleted. {BACK_UP}"


def noted_findings(noted: str) -> Iterator[str]:
    """Whether the chain still holds a seal that was written down, as "812-9f3a…"."""
    if not noted:
        return
    number, hash = parse_seal(noted)
    seal = db.session.get(Seal, number)
    last = last_seal()
    if seal is None:
        end = f"the last one here is {last}" if last else "there is none here"
        yield (
            f"seal {noted} was written down, but {end}: what was sealed since was cut off, or an older copy was put "
            f"back. {BACK_UP}"
        )
    elif not seal.hash.startswith(hash):
        yield f"seal {number} was written down as {hash}, but is {seal.hash[:24]}: the books were rewritten. {BACK_UP}"


def parse_seal(noted: str) -> tuple[int, str]:
    """The number and the digits of a seal, as it is shown. Raises ActionRefused."""
    number, _dash, hash = noted.strip().partition("-")
    if not (number.isdecimal() and len(number) < 10 and len(hash) >= 16 and set(hash) <= set("0123456789abcdef")):
        raise ActionRefused(f"{noted} is no seal: give it as it was shown, such as 812-9f3ac0d1e2b3a4f5c6d7e8f9.")
    return int(number), hash


# --- what was not sealed --------------------------------------------------------------------------------------------


def slipped_in() -> Iterator[str]:
    """Records that are neither sealed nor wait for it: they were written past the guards of the database."""
    of_demo_order = exists().where(Order.id == Payment.order_id, Order.is_demo)
    of_demo_invoice = exists().where(Invoice.id == Print.invoice_id, Invoice.is_demo)
    kept: dict[Sealable, ColumnElement[bool]] = {
        Sealable.INVOICE: Invoice.is_demo.is_(False),
        Sealable.PAYMENT: ~of_demo_order,
        Sealable.HISTORY: History.is_demo.is_(False),
        Sealable.MAIL: OutgoingMail.is_demo.is_(False),
        Sealable.PRINT: ~of_demo_invoice,
    }
    for kind, is_kept in kept.items():
        key = KINDS[kind].table.__mapper__.primary_key[0]
        is_kind = literal_column(f"'{kind}'", String)
        sealed = exists().where(SealedRecord.kind == is_kind, SealedRecord.record_id == key)
        waits = exists().where(Unsealed.kind == is_kind, Unsealed.record_id == key)
        for record_id in db.session.scalars(select(key).where(is_kept, ~sealed, ~waits).order_by(key).limit(20)):
            yield f"{CALLED[kind]} {record_id} was written past the guards of the database: it has no seal. {BACK_UP}"


def waiting_findings() -> Iterator[str]:
    oldest = select(History.at).join(
        Unsealed, and_(Unsealed.kind == Sealable.HISTORY, Unsealed.record_id == History.id)
    )
    since = db.session.scalar(oldest.order_by(Unsealed.id).limit(1))
    if since and now() - since > WAITS and last_seal():
        yield f"nothing was sealed since {since:%Y-%m-%d %H:%M} UTC. Start the worker"
