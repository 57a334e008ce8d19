"""Finding orders by words: what is indexed, and how each database is asked.

One normalised document per order in `order_search`; SQLite indexes it with FTS5 trigrams (kept by triggers),
PostgreSQL with pg_trgm. Both find any part of three letters or more; `matching` answers for both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    String,
    UnaryExpression,
    and_,
    column,
    inspect,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.sql.operators import custom_op

from app.deferring import defer
from app.extensions import db
from app.models import Order, OrderSearch

WORD = re.compile(r"[^\W_]+")
#: The same of ASCII, three times as fast: letters in lower case, and blanks between words.
ASCII_WORDS = {0: None} | {at: chr(at).lower() if chr(at).isalnum() else " " for at in range(1, 128)}
#: The same, but for the case.
ASCII_WORDS_OF_ANY_CASE = {at: chr(at) if chr(at).isalnum() else " " for at in range(1, 128)}
#: Letters that ASCII has not.
OTHER_LETTERS = re.compile(r"[^\x00-\x7f]+")
SHORTEST = 3

#: Behind whatever begins so.
BEHIND_ALL = "\U0010ffff"

#: More than anybody types; what is behind it narrows nothing any more.
MOST_WORDS, LONGEST_WORD = 8, 100

FTS = table("order_search_fts", column("rowid", Integer))

#: One statement, whether there is a document already or not; one that says the same is left alone.
KEEP_DOCUMENT = text(
    "INSERT INTO order_search (id, words) VALUES (:id, :words)"
    " ON CONFLICT (id) DO UPDATE SET words = excluded.words WHERE order_search.words <> excluded.words"
)


def words(value: str) -> list[str]:
    """The words of a text without case and accents: "Café Noir-2" -> ["cafe", "noir", "2"]."""
    if value.isascii():  # nothing of it is decomposed
        return value.translate(ASCII_WORDS).split()
    decomposed = OTHER_LETTERS.sub(decompose, value.replace("\0", "").casefold())
    if decomposed.isascii():
        return decomposed.translate(ASCII_WORDS_OF_ANY_CASE).split()
    return WORD.findall(decomposed)


def decompose(letters: re.Match[str]) -> str:
    """Letters as those that they are made of, without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", letters[0]) if not unicodedata.combining(c))


def split_question(question: str) -> list[str]:
    """What is looked for with LIKE, as typed: so many words, each so long; SQLite takes no pattern of 50,000 bytes."""
    return [word[:LONGEST_WORD] for word in question.replace("\0", "").split()[:MOST_WORDS]]


def document(order: Order) -> str:
    """Everything an order is found by, normalised."""
    parts = [order.number, order.external_number, order.customer_name, order.company, order.email, order.phone]
    parts.append(order.quote_number)
    for address in order.addresses:
        parts += [address.name, address.company, address.postcode, address.postcode.replace(" ", ""), address.city]
    parts += [order.elsewhere_number, *(invoice.number for invoice in order.invoices)]
    for shipment in order.shipments:
        parts += [shipment.number, shipment.tracking_code]
    parts += [goods_return.number for goods_return in order.returns]
    return " ".join(dict.fromkeys(words(" ".join(parts))))


def index(order: Order) -> None:
    """Bring the order's search document up to date, in the same transaction."""
    found_by = document(order)
    if not inspect(order).persistent:
        db.session.flush()
    defer(keep_documents, {"id": order.id, "words": found_by})


def keep_documents(documents: Sequence[dict[str, object]]) -> None:
    with db.session.no_autoflush:  # what else is being written has no bearing on it
        db.session.execute(KEEP_DOCUMENT, list(documents))


def matching(question: str) -> Select[int] | None:
    """The ids of the orders that have all these words, or None when no word is long enough to look up."""
    asked = words_to_look_up(question)
    if not asked:
        return None
    if db.engine.dialect.name == "sqlite":
        phrase = " AND ".join(f'"{word}"' for word in asked)
        return select(FTS.c.rowid.label("id")).where(has_phrase(FTS.name, phrase))
    return select(OrderSearch.id).where(and_(*[OrderSearch.words.like(f"%{word}%") for word in asked]))


def has_phrase(index: str, phrase: str) -> ColumnElement[bool]:
    """Of a row of one of SQLite's indexes of words."""
    return literal_column(index, String).bool_op("MATCH")(phrase)


def has_words(question: str) -> ColumnElement[bool]:
    """The same, asked of one order after the other: for words that so many have that the next few orders will do."""
    document = select(OrderSearch.words).where(OrderSearch.id == Order.id).correlate(Order).scalar_subquery()
    return and_(*[document.like(f"%{word}%") for word in words_to_look_up(question)])


def is_no_draft() -> ColumnElement[bool]:
    """Of a row that `matching` finds; there are so few drafts that it is sooner asked which they are."""
    id = FTS.c.rowid if db.engine.dialect.name == "sqlite" else OrderSearch.id
    return id.not_in(select(Order.id).where(Order.is_draft.is_(True)))


def words_to_look_up(question: str) -> list[str]:
    return [word[:LONGEST_WORD] for word in words(question) if len(word) >= SHORTEST][:10]


def begins_with(column: SQLColumnExpression[str] | SQLColumnExpression[str | None], start: str) -> ColumnElement[bool]:
    """As a range, for an index to be used: LIKE uses none on SQLite. PostgreSQL has one letter by letter (migration
    0073), whatever languages its other indexes are sorted by."""
    if db.engine.dialect.name == "sqlite":
        return column.between(start, start + BEHIND_ALL)
    return and_(column.bool_op("~>=~")(start), column.bool_op("~<~")(start + BEHIND_ALL))


def hide_from_indexes(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition such that SQLite looks for no index of it; PostgreSQL knows how many rows it would find there."""
    if db.engine.dialect.name != "sqlite":
        return condition
    return UnaryExpression(condition.self_group(), operator=custom_op("+"))
