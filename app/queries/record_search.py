"""Finding other records than orders by words: customers, products, tickets, tasks, mails, what came in, documents.

Each has a document of its own, kept by the database (`FOUND_BY` in app/models.py), or is found by that of its order.
Rare words are looked up, and their rows fetched. Of a word so common that the next rows in the list's order will do,
these are asked one after the other.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    Subquery,
    Table,
    and_,
    column,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    table,
    union,
)

from app.extensions import Model, db
from app.models import (
    SEARCH_DOCUMENTS,
    Arrival,
    Customer,
    Invoice,
    Order,
    OrderSearch,
    OutgoingMail,
    Product,
    Return,
    SecurityEvent,
    Shipment,
    ShopProduct,
    Task,
    Ticket,
)
from app.queries import counting, search
from app.queries.counting import count_capped
from app.queries.search import SHORTEST, split_question

#: The next so many rows of a list are looked at for a page of those that have a common word.
NEAR_ROWS = 10_000

#: Of so many, the latest, those are found by words too short to look up that no index knows by their beginning.
NEWEST = 5_000

#: As many tell whether most rows of a list have it.
SAMPLE = 100

#: As the database folds letters that have accents (migration 0088).
FOLDED = {
    "a": "àáâãäåāăą", "c": "çćč", "d": "ďđ", "e": "èéêëēėęě", "g": "ğ", "i": "ìíîïīįı", "l": "łľ", "n": "ñńň",
    "o": "òóôõöøōő", "r": "řŕ", "s": "śšşș", "t": "ťţț", "u": "ùúûüūůűų", "y": "ýÿ", "z": "źżž",
    "ss": "ß", "ae": "æ", "oe": "œ",
}  # fmt: skip
UNACCENTED = str.maketrans(
    {
        one: plain
        for plain, letters in FOLDED.items()
        for letter in letters
        for one in {letter, letter.upper()}
        if len(one) == 1
    }
    | {"İ": "i", "ẞ": "ss"}
)

OrderId = SQLColumnExpression[int] | SQLColumnExpression[int | None]
Text = SQLColumnExpression[str] | SQLColumnExpression[str | None]


Kind = TypeVar("Kind", bound=Model, covariant=True)


@dataclass(frozen=True)
class Searched(Generic[Kind]):
    """What the rows of a kind are found by; those without documents of their own by the one of their order."""

    model: type[Kind]
    id: SQLColumnExpression[int]
    of_order: OrderId | None = None
    numbers: tuple[Text, ...] = ()  # unique: whoever enters one wants that row and no other
    beginnings: tuple[Text, ...] = ()  # with an index: by which those are found whose words are too short to look up
    codes: tuple[Text, ...] = ()  # what is scanned: whoever enters one whole wants this row; its words say it, too
    always: tuple[ColumnElement[bool], ...] = ()  # the condition of the indexes of its beginnings

    @property
    def documents(self) -> Table | None:
        return SEARCH_DOCUMENTS.get(str(self.model.__tablename__))

    @property
    def key(self) -> OrderId:
        """The id of the document."""
        return self.id if self.of_order is None or self.documents is not None else self.of_order


ORDER_SEARCH = Searched(
    Order,
    Order.id,
    Order.id,
    (Order.number,),
    (Order.number, Order.customer_name),
    (Order.external_number, Order.elsewhere_number),
    (Order.is_draft.is_(False),),
)
CUSTOMER_SEARCH = Searched(
    Customer,
    Customer.id,
    beginnings=(Customer.name, Customer.company, Customer.email),
    always=(Customer.merged_into_id.is_(None),),
)
PRODUCT_SEARCH = Searched(Product, Product.id, beginnings=(Product.name, Product.sku), codes=(Product.sku,))
SHOP_PRODUCT_SEARCH = Searched(ShopProduct, ShopProduct.id)
TICKET_SEARCH = Searched(Ticket, Ticket.id, Ticket.order_id)
TASK_SEARCH = Searched(Task, Task.id, Task.order_id)
MAIL_SEARCH = Searched(OutgoingMail, OutgoingMail.id, OutgoingMail.order_id)
ARRIVAL_SEARCH = Searched(Arrival, Arrival.id, Arrival.order_id)
SECURITY_EVENT_SEARCH = Searched(SecurityEvent, SecurityEvent.id)
INVOICE_SEARCH = Searched(Invoice, Invoice.id, Invoice.order_id, (Invoice.number,), (Invoice.number,))
SHIPMENT_SEARCH = Searched(
    Shipment, Shipment.id, Shipment.order_id, (Shipment.number,), (Shipment.number,), (Shipment.tracking_code,)
)
RETURN_SEARCH = Searched(Return, Return.id, Return.order_id, (Return.number,), (Return.number,))


@dataclass(frozen=True)
class Hits:
    """The conditions of what is searched for: for the rows of a page, and for counting them all."""

    rows: list[ColumnElement[bool]]
    to_count: list[ColumnElement[bool]]
    are_few: bool = False  # then they come before whatever else the list is narrowed by

    def beside(self, where: Sequence[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
        """The other conditions of the list, such that no index of theirs is followed instead."""
        return [search.hide_from_indexes(one) for one in where] if self.are_few else list(where)


def find_rows(searched: Searched[Model], question: str, listed: Select[int], *, size: int) -> Hits:
    """How the rows are found that have all words of the question.

    `listed` selects the ids of the list that is searched, in its order; `size` is how many a page holds.
    """
    match = matching(searched, question)
    if match is None:
        return few(beginning_so(searched, question, listed))
    hits, is_number = db.session.execute(
        select(count_capped(match), or_(*number_there(searched, question)) if searched.numbers else literal_column("0"))
    ).one()
    if is_number:
        return few(or_(*[number.in_(as_typed(question)) for number in searched.numbers]))
    if hits <= counting.COUNT_CAP:
        return few(looked_up(searched, question, match))
    met = has_words(searched, question)
    by_index = searched.id.in_(ids_of(searched, match))
    near, here, rows = met_among(searched, listed, met, enough=size + 1)
    are_all_near = rows < NEAR_ROWS
    return Hits(
        [met if near > size or are_all_near else by_index],
        [met if here >= SAMPLE // 2 or are_all_near else by_index],
    )


def find_first(searched: Searched[Kind], question: str, listed: Select[int], *, most: int) -> list[Kind]:
    """The first rows of a list that have all words of the question."""
    found = find_rows(searched, question, listed, size=most)
    ids = list(db.session.scalars(listed.where(*found.rows).limit(most)))
    query = select(searched.id, searched.model).where(searched.id.in_(ids))
    rows = {row[0]: row[1] for row in db.session.execute(query)}
    return [rows[id] for id in ids if id in rows]


def few(condition: ColumnElement[bool]) -> Hits:
    return Hits([condition], [condition], are_few=True)


def as_typed(question: str) -> list[str]:
    """A number as it was entered, and as numbers are written."""
    typed = question.replace("\0", "").strip()
    return list(dict.fromkeys([typed, typed.upper()]))


def number_there(searched: Searched[Model], question: str) -> list[ColumnElement[bool]]:
    return [exists().where(number.in_(as_typed(question))) for number in searched.numbers]


# --- by words -------------------------------------------------------------------------------------------------------


def fold(word: str) -> str:
    """Without case and accents, as the documents are written."""
    return unicodedata.normalize("NFC", word).translate(UNACCENTED).lower()


def matching(searched: Searched[Model], question: str) -> Select[int] | None:
    """The ids of the documents that have all these words, or None when no word is long enough to look up."""
    words, documents = wanted_words(searched, question), searched.documents
    if documents is None:
        return search.matching(question)
    long, short = [[word for word in words if (len(word) >= SHORTEST) is is_long] for is_long in (True, False)]
    if not long:
        return None
    if db.engine.dialect.name != "sqlite":
        # What begins as a short word does may be in every document: it is read of those that have the long ones.
        told = [holds(documents.c.words, word) for word in long]
        return select(documents.c.id).where(*told, *[holds(documents.c.words.concat(""), word) for word in short])
    index = table(f"{documents.name}_fts", column("rowid", Integer), column("words"))
    phrase = " AND ".join('"' + word.replace('"', '""') + '"' for word in long)
    match = select(index.c.rowid.label("id")).where(search.has_phrase(index.name, phrase))
    return match.where(*[holds(index.c.words, word) for word in short])


def wanted_words(searched: Searched[Model], question: str) -> list[str]:
    """As its documents have them. Those of orders hold no signs, and are asked for words of three letters."""
    if searched.documents is not None:
        return [fold(word) for word in split_question(question)]
    return search.words_to_look_up(question)


def has_words(searched: Searched[Model], question: str) -> ColumnElement[bool]:
    """The same, asked of one row after the other."""
    documents = OrderSearch.__table__ if searched.documents is None else searched.documents
    words = select(documents.c.words).where(documents.c.id == searched.key).correlate(searched.model).scalar_subquery()
    return and_(*[holds(words, word) for word in wanted_words(searched, question)])


def holds(words: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Whether a document has a word in it, which may hold any letter."""
    escaped = word.replace("/", "//").replace("%", "/%").replace("_", "/_")
    return words.like(f"%{escaped}%", escape="/")


def looked_up(searched: Searched[Model], question: str, match: Select[int]) -> ColumnElement[bool]:
    """Fetched by what was found. A single word may be in the number of the order as well."""
    ids, has_number = ids_of(searched, match), any(map(str.isdigit, question)) and len(question.split()) == 1
    of_order = (
        search.matching(question) if has_number and searched.of_order and searched.documents is not None else None
    )
    if of_order is None or searched.of_order is None:
        return searched.id.in_(ids)
    some = of_order.limit(counting.COUNT_CAP).subquery()
    return searched.id.in_(ids.union(select(searched.id).where(searched.of_order.in_(select(some)))))


def ids_of(searched: Searched[Model], match: Select[int]) -> Select[int]:
    """Of the rows whose documents were found."""
    if searched.documents is not None:
        return match
    return select(searched.id).where(searched.key.in_(match))


def met_among(
    searched: Searched[Model], listed: Select[int], met: ColumnElement[bool], *, enough: int
) -> tuple[int, int, int]:
    """How many of the next rows have the words, until they are enough; how many of the very next; how many rows."""
    near, sample = listed.limit(NEAR_ROWS).subquery(), listed.limit(SAMPLE).subquery()
    some = select(near.c.id).where(is_met(searched, near, met)).limit(enough).subquery()
    of_sample = select(func.count()).select_from(sample).where(is_met(searched, sample, met))
    counts = [select(func.count()).select_from(some), of_sample, select(func.count()).select_from(near)]
    of_near, of_the_next, rows = db.session.execute(select(*[count.scalar_subquery() for count in counts])).one()
    return of_near, of_the_next, rows


def is_met(searched: Searched[Model], rows: Subquery, met: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(met).where(searched.id == rows.c.id).correlate(rows).scalar_subquery()


def beginning_so(searched: Searched[Model], question: str, listed: Select[int]) -> ColumnElement[bool]:
    """For words too short to look up: what begins so, or with a capital; else what is new and has them."""
    typed = question.replace("\0", "").strip()
    if not typed:
        return false()
    id = searched.id
    if searched.beginnings:
        starts = dict.fromkeys([typed, typed.capitalize(), typed.upper()])
        of_list = [] if listed.whereclause is None else [listed.whereclause]
        some = [
            select(select(id).where(*of_list, search.begins_with(one, start)).limit(counting.COUNT_CAP + 1).subquery())
            for one in searched.beginnings
            for start in starts
        ]
        return id.in_(union(*some))
    documents = searched.documents
    assert documents is not None
    # Said as a number, and of both: planners know then how few there are.
    before = (db.session.scalar(select(func.max(documents.c.id))) or 0) - NEWEST
    # For the same reason pg_trgm is kept from it.
    words = [holds(documents.c.words.concat(""), fold(word)) for word in split_question(question)]
    return and_(id > before, id.in_(select(documents.c.id).where(documents.c.id > before, *words)))
