"""Column types of our own: exact decimals over integers, aware moments, secrets, and lists or facts as JSON.

What is long is stored compressed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from sqlalchemy import JSON, BigInteger, ColumnElement, DateTime, Dialect, String, Text, cast
from sqlalchemy.orm import InstrumentedAttribute, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.amounts.money import SCALE, parse, plain
from app.compression.dictionaries import DOCUMENT_WORDS, PAYLOAD_WORDS
from app.compression.texts import Uncompressed, compress, shortest, uncompress
from app.encryption.sealed import Sealed, seal, unseal


class ExactDecimal(TypeDecorator[Decimal]):
    """A Decimal stored as a 64-bit integer of millionths: exact, sortable and summable on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        return int(parse(value).scaleb(SCALE))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else plain(Decimal(value).scaleb(-SCALE))


def in_utc(moment: datetime) -> datetime:
    """Of an aware one. Raises ValueError for one that is so early or late that not every clock can show it."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"{moment!r} is in no year that people write down")
    return moment.astimezone(UTC)


#: Clocks are up to a day ahead or behind, and dates are reckoned from days: neither ends where Python's calendar does.
FIRST_YEAR, LAST_YEAR = 2, 9998


def storable(text: str) -> str:
    """The text with the replacement character where a database would refuse it."""
    return UNSTORABLE.sub("\ufffd", text)


#: Characters that a database can't store: NUL, and halves of surrogate pairs.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored in UTC; a naive one is refused, for nobody knows when it is."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Encrypted(TypeDecorator[Sealed]):
    """Names and secrets that can't be read in the database, nor in a copy of it; whoever needs them opens them."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> str:
        return value.token if value else ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> Sealed:
        return Sealed(value or "")


class EncryptedText(TypeDecorator[str]):
    """One secret: a text here, and sealed in the database. One that can't be opened is `Lost`, an empty text.

    It can't be searched by: sealed twice it reads otherwise.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str:
        return seal(value or "")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str:
        return unseal(value or "")


class CompressedJSON(TypeDecorator[object]):
    """JSON that is stored compressed on SQLite; what is stored there as text is read as well."""

    impl = JSON
    cache_ok = True

    def __init__(self, dictionary: int) -> None:
        super().__init__()
        self.dictionary = dictionary

    def bind_processor(self, dialect: Dialect) -> Callable[[object], object] | None:
        write = super().bind_processor(dialect)
        if dialect.name != "sqlite" or write is None:
            return write
        return lambda value: None if value is None else self.store(write(value), dialect)

    def store(self, written: str, dialect: Dialect) -> str | bytes:
        """What stands in the database of this text."""
        return compress(written, self.dictionary) if dialect.name == "sqlite" else written

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[object], object] | None:
        read = super().result_processor(dialect, coltype)
        if dialect.name != "sqlite" or read is None:
            return read
        return lambda stored: read(uncompress(stored) if isinstance(stored, bytes) else stored)


def is_json(kind: TypeEngine[object]) -> bool:
    return isinstance(kind, JSON | CompressedJSON)


class CompressedText(TypeDecorator[str]):
    """A long text, stored compressed on SQLite where that is shorter. SQL compares it as `written_text` only."""

    impl = Text
    cache_ok = True

    def __init__(self, dictionary: int) -> None:
        super().__init__()
        self.dictionary = dictionary

    def process_bind_param(self, value: str | None, dialect: Dialect) -> object:
        return None if value is None else self.store(value, dialect)

    def store(self, written: str, dialect: Dialect) -> str | bytes:
        """What stands in the database of this text."""
        return shortest(written, self.dictionary) if dialect.name == "sqlite" else written

    def process_result_value(self, value: str | bytes | None, dialect: Dialect) -> str | None:
        return uncompress(value) if isinstance(value, bytes) else value


Compressed = CompressedJSON | CompressedText


def written_text(column: ColumnElement[object] | InstrumentedAttribute[object]) -> ColumnElement[str]:
    """JSON, or what is stored compressed, as its text: letter by letter."""
    return cast(Uncompressed(column) if isinstance(column.type, Compressed) else column, Text)


#: "Femke Jansen <femke@example.org>": what stands in the brackets.
NAMED = re.compile(r"[^<>]*<([^<>]*)>")


def split_addresses(text: str) -> list[str]:
    """The e-mail addresses in a field that takes several: "a@x; Femke <b@y>" -> ["a@x", "b@y"], each once."""
    parts = [part.strip() for part in re.split("[,;]", text)]
    each = [found[1].strip() if (found := NAMED.fullmatch(part)) else part for part in parts]
    return list(dict.fromkeys(address for address in each if address))


def tidy_addresses(text: str) -> str:
    """The e-mail addresses as they are stored: "a@x, b@y"."""
    return ", ".join(split_addresses(text))


def first_address(text: str) -> str:
    """The one by which a customer is known; "" for none."""
    return next(iter(split_addresses(text)), "")


acted_at: ContextVar[datetime | None] = ContextVar("acted_at", default=None)


def now() -> datetime:
    """This moment; inside `at(moment)` that moment."""
    return acted_at.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """What is done and flushed in here happens at this moment: the demo shop has weeks behind it on its first day."""
    token = acted_at.set(moment)
    try:
        yield
    finally:
        acted_at.reset(token)


Exact = Annotated[Decimal, mapped_column(ExactDecimal)]
Amount = Annotated[Decimal, mapped_column(ExactDecimal, default=Decimal(0))]
At = Annotated[datetime, mapped_column(Moment, default=now)]
MaybeAt = Annotated[datetime | None, mapped_column(Moment)]
Short = Annotated[str, mapped_column(String(60), default="")]
Text255 = Annotated[str, mapped_column(String(255), default="")]
Text500 = Annotated[str, mapped_column(String(500), default="")]
Currency = Annotated[str, mapped_column(String(3))]
Language = Annotated[str, mapped_column(String(5), default="en")]
FactsByName: TypeAlias = dict[str, Any]
Facts = Annotated[FactsByName, mapped_column(JSON, default=dict)]
DocumentFacts = Annotated[FactsByName, mapped_column(CompressedJSON(DOCUMENT_WORDS), default=dict)]
Payload = Annotated[str, mapped_column(CompressedText(PAYLOAD_WORDS))]
Secrets = Annotated[Sealed, mapped_column(Encrypted, default=Sealed)]
Secret = Annotated[str, mapped_column(EncryptedText, default="")]
Names = Annotated[list[str], mapped_column(JSON, default=list)]
