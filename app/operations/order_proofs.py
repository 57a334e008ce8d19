"""Which orders the database itself proves right, by the hundred: all others are judged one by one.

Nine of ten orders were placed, invoiced, paid and sent, and nothing else. That their numbers, seals and words are as
they should be SQLite works out in a tenth of the time that it takes to read them; whatever is not as plain as that, or
not quite as it should be, is left to the checks of `app/operations/checks.py`, which alone say what is wrong. So what
stands here may prove too little, which costs time. It never proves an order of which a check would tell:
tests/whole/test_every_damage.py damages orders everywhere to see to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import NamedTuple
from typing import cast as as_type
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Executable, Integer, TextClause, bindparam, case, func, or_, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import KeyedColumnElement

from app.accounting.tax_rows import MARGIN_SCHEMES, has_bases
from app.amounts.money import SCALE, smallest_unit
from app.columns import ExactDecimal
from app.documents.fonts import are_all_printed
from app.extensions import Model, db, let_others_write
from app.models import Invoice, Order, OrderAddress, OrderLine
from app.operations.canonical import in_ascii
from app.operations.order_rows import (
    OWNED_ROWS,
    Owned,
    as_stored,
    fetch_stored,
    find_slice,
    read_orders,
    read_orders_among,
    take_apart,
)
from app.operations.order_seals import ORDER, SEALED_FACTS, WHOLE_BYTES
from app.postal.house_numbers import find_house
from app.queries.search import words


class Slice(NamedTuple):
    """Of orders, from which id to which."""

    first: int
    last: int


FIRST, LAST = bindparam("first", type_=Integer), bindparam("last", type_=Integer)

ONE_MILLION = Decimal(1).scaleb(SCALE)


def unproven_orders() -> Iterator[list[Order]]:
    """All orders but those that are proven, as plain rows that don't outlive their turn."""
    waiting: list[int] = []
    last = 0
    while ids := find_slice(last):
        last = ids[-1]
        proven = proven_orders(ids[0], last)
        if proven:
            waiting += [one for one in ids if one not in proven]
        else:
            yield from given_once(read_orders(ids[0], last))
        if len(waiting) >= MOST_WAITING:
            yield from given_once(read_orders_among(waiting))
            waiting = []
        let_others_write()
    if waiting:
        yield from given_once(read_orders_among(waiting))


#: Orders that lie apart are read together once so many wait.
MOST_WAITING = 200


def given_once(orders: list[Order]) -> Iterator[list[Order]]:
    yield orders
    take_apart(orders)


def proven_orders(first: int, last: int) -> set[int]:
    """The ids of orders of which no check has anything to tell. PostgreSQL writes JSON otherwise, and proves none."""
    if db.engine.dialect.name != "sqlite":
        return set()
    between = Slice(first, last)
    try:
        proven = {as_type("int", row[0]) for row in fetch_stored(PLAIN_ORDERS, between._asdict())}
        for wrong in (wrongly_taxed(between), wrongly_housed(between), wrongly_documented(between)):
            proven.difference_update(wrong)
        return proven & as_they_were_sealed(between)
    except (DBAPIError, *DAMAGED):  # something is stored that is no text, number or JSON: a check says what
        return set()


#: What reading a damaged value raises.
DAMAGED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

# --- sums, states and goods -----------------------------------------------------------------------------------------

#: Orders of which nothing was held, credited, written off, sent back, paid back or lost, all of whose sums add up; of
#: the cancelled ones those of which nothing was invoiced or paid.
#: SQLite's sums are whole numbers of whole numbers only, and NULL IS TRUE is false: what is damaged proves nothing.
PLAIN_ORDERS = text("""
WITH
document AS (
    SELECT invoice.order_id, total, kind = 'invoice' AND makes_anew = 0 AND return_id IS NULL AND credits_id IS NULL
        AND typeof(sum(net_total) + sum(tax_total) + sum(quantity) + sum(net) + sum(tax)) = 'integer'
        AND net_total + tax_total = total AND sum(net) + sum(tax) = total
        AND min(quantity) >= 0 AND max(quantity) > 0 AS is_plain
    FROM invoice LEFT JOIN invoice_line ON invoice_id = invoice.id
    WHERE invoice.order_id BETWEEN :first AND :last GROUP BY invoice.id
),
documents AS (
    SELECT order_id, sum(total) AS total, min(is_plain IS TRUE) AS are_plain FROM document GROUP BY order_id
),
payments AS (
    SELECT order_id, sum(amount) AS amount, min((kind = 'payment' AND reverses_id IS NULL) IS TRUE) AS are_plain
    FROM payment WHERE order_id BETWEEN :first AND :last GROUP BY order_id
),
slips AS (
    SELECT order_id, min((lost_at IS NULL AND (sent_at IS NULL OR withdrawn_at IS NULL)
        AND (shipment_line.id IS NULL OR lost = 0)) IS TRUE) AS are_plain
    FROM shipment LEFT JOIN shipment_line ON shipment_id = shipment.id
    WHERE order_id BETWEEN :first AND :last GROUP BY order_id
),
piece AS (
    SELECT order_id, id AS line_id, kind = 'product' AS is_goods, total, tax_total, quantity, invoiced, shipped,
        dropped, credited = 0 AND returned = 0 AS is_plain, dropped_by_cancel,
        NULL AS billed, NULL AS sent, NULL AS packed
    FROM order_line WHERE order_id BETWEEN :first AND :last
    UNION ALL
    SELECT order_id, order_line_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, quantity, NULL, NULL
    FROM invoice JOIN invoice_line ON invoice_id = invoice.id WHERE order_id BETWEEN :first AND :last
    UNION ALL
    SELECT order_id, order_line_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        CASE WHEN sent_at IS NOT NULL THEN quantity END,
        CASE WHEN sent_at IS NULL AND withdrawn_at IS NULL THEN quantity END
    FROM shipment JOIN shipment_line ON shipment_id = shipment.id WHERE order_id BETWEEN :first AND :last
),
line AS (
    SELECT order_id, line_id, sum(total) AS total, sum(tax_total) AS tax_total, sum(is_goods) AS is_goods,
        sum(is_plain) AS is_plain, sum(quantity) AS quantity, sum(invoiced) AS invoiced, sum(shipped) AS shipped,
        sum(dropped) AS dropped, count(dropped_by_cancel) AS was_cancelled,
        coalesce(sum(billed), 0) AS billed, coalesce(sum(sent), 0) AS sent, coalesce(sum(packed), 0) AS packed
    FROM piece GROUP BY order_id, line_id
),
lines AS (
    SELECT order_id, sum(total) AS total, sum(tax_total) AS tax_total, min((
            line_id IS NULL OR is_plain AND typeof(total + tax_total + quantity + invoiced + shipped + dropped + billed
                + sent + packed) = 'integer'
            AND invoiced = billed AND shipped = sent AND shipped >= 0 AND dropped >= 0 AND packed >= 0
            AND CASE WHEN is_goods THEN quantity - shipped - dropped >= packed ELSE dropped = 0 AND packed = 0 END
        ) IS TRUE) AS are_plain,
        max(is_goods AND quantity > 0) AS has_goods, max(is_goods AND quantity > shipped + dropped) AS is_to_go,
        max(shipped > 0) AS has_gone, max(was_cancelled) AS was_cancelled
    FROM line GROUP BY order_id
)
SELECT orders.id FROM orders JOIN lines ON lines.order_id = orders.id
LEFT JOIN documents ON documents.order_id = orders.id LEFT JOIN payments ON payments.order_id = orders.id
LEFT JOIN slips ON slips.order_id = orders.id
WHERE orders.id BETWEEN :first AND :last
    AND is_draft = 0 AND is_demo = 0 AND is_pick_up IN (0, 1) AND prices_include_tax IN (0, 1)
    AND held_at IS NULL AND invoiced_elsewhere_at IS NULL AND elsewhere_number = '' AND quote_number = ''
    AND CASE WHEN cancelled_at IS NULL THEN NOT was_cancelled ELSE invoiced = 0 AND paid = 0 END
    AND lines.are_plain AND coalesce(documents.are_plain, 1) AND coalesce(payments.are_plain, 1)
    AND coalesce(slips.are_plain, 1) AND NOT EXISTS (SELECT 1 FROM goods_return WHERE order_id = orders.id)
    AND typeof(orders.total) = 'integer' AND typeof(net_total) = 'integer' AND typeof(orders.tax_total) = 'integer'
    AND typeof(paid) = 'integer' AND typeof(invoiced) = 'integer' AND typeof(computed_total) = 'integer'
    AND credited = 0 AND refunded = 0 AND adjusted = 0
    AND invoiced = coalesce(documents.total, 0) AND invoiced <= orders.total AND paid = coalesce(payments.amount, 0)
    AND typeof(coalesce(documents.total, 0) + coalesce(payments.amount, 0)) = 'integer'
    AND net_total + orders.tax_total = orders.total
    AND computed_total = lines.total + CASE WHEN prices_include_tax THEN 0 ELSE lines.tax_total END
    AND (payment_status <> 'paid' OR invoiced >= min(orders.total, paid))
    AND payment_status = CASE
        WHEN cancelled_at IS NOT NULL THEN 'cancelled'
        WHEN orders.total > paid THEN CASE WHEN paid > 0 THEN 'partially_paid' ELSE 'not_paid' END
        WHEN paid > 0 THEN 'paid' ELSE 'nothing_owed' END
    AND shipment_status = CASE
        WHEN cancelled_at IS NOT NULL THEN 'cancelled'
        WHEN is_to_go THEN CASE WHEN has_gone THEN 'partially_shipped' ELSE 'not_shipped' END
        WHEN has_gone THEN 'shipped' ELSE 'nothing_to_ship' END
    AND status = CASE
        WHEN cancelled_at IS NOT NULL THEN 'cancelled'
        WHEN orders.total > paid THEN 'awaiting_payment' WHEN NOT is_to_go THEN 'completed'
        WHEN NOT is_pick_up THEN 'awaiting_shipment'
        WHEN ready_at IS NULL THEN 'awaiting_pickup' ELSE 'ready_for_pickup' END
    AND NOT (has_goods AND shipment_status = 'nothing_to_ship')
    AND has_memo = EXISTS (SELECT 1 FROM memo WHERE order_id = orders.id)
    AND has_open_task = EXISTS (SELECT 1 FROM task WHERE order_id = orders.id AND status <> 'done')
""")


class Units(dict[str, int]):
    """Written amounts in the unit that they are stored in: few are seen once only."""

    def __missing__(self, written: str) -> int:
        if len(self) > 100_000:
            self.clear()
        amount = Decimal(written) * ONE_MILLION
        value = self[written] = int(amount)
        if value != amount:
            raise ValueError(written)
        return value


UNITS = Units()


def wrongly_taxed(between: Slice) -> Iterator[int]:
    """The orders of lines whose taxes may not add up."""
    for order_id, taxes, tax_total in fetch_stored(taxes_of_lines(), between._asdict()):
        if SUMS_OF_TAXES[as_type("str", taxes)] != tax_total:
            yield as_type("int", order_id)


@cache
def taxes_of_lines() -> Executable:
    """Made once, as the others are: to write a statement takes as long as to look at fifty orders."""
    query = select(*map(as_stored, (OrderLine.order_id, OrderLine.taxes, OrderLine.tax_total)))
    return query.where(OrderLine.order_id.between(FIRST, LAST))


class SumsOfTaxes(dict[str, int]):
    """What the taxes of a line add up to, by how they are written: few are seen once only."""

    def __missing__(self, taxes: str) -> int:
        if len(self) > 100_000:
            self.clear()
        value = self[taxes] = sum(UNITS[tax["amount"]] for tax in orjson.loads(taxes))
        return value


SUMS_OF_TAXES = SumsOfTaxes()


def wrongly_housed(between: Slice) -> Iterator[int]:
    """The orders of addresses whose line may not say the house."""
    for order_id, *house in fetch_stored(houses(), between._asdict()):
        if not find_house(*as_type("list[str]", house)):
            yield as_type("int", order_id)


@cache
def houses() -> Executable:
    query = select(OrderAddress.order_id, OrderAddress.street, OrderAddress.house_number, OrderAddress.house_extension)
    has_house = or_(OrderAddress.house_number != "", OrderAddress.house_extension != "")
    return query.where(OrderAddress.order_id.between(FIRST, LAST), has_house)


# --- documents ------------------------------------------------------------------------------------------------------


class StoredDocument(NamedTuple):
    """A row of an invoice, as it is stored, with what its order says, and what its snapshot says at `SAID` in turn."""

    order_id: int
    order_number: str
    order_currency: str
    number: str
    kind: str
    currency: str
    total: int
    due_on: str | None
    issued_at: str
    delivery_time: str
    snapshot: str
    said: str


#: Where a snapshot says what is compared. SQLite reads it in a quarter of the time that all of it takes.
SAID = (
    "number kind currency order.number total net tax due_on issued_on time_zone vat margins lines[0].taxes[0].base"
).split()


def says_what_is_stored(document: StoredDocument) -> bool:
    """Whether it says of itself what is stored, its VAT adds up, and nothing is under the margin scheme."""
    said = orjson.loads(document.said)
    number, kind, currency, of_order, total, net, tax, due_on, issued_on, zone, vat, margins, base = said
    return (
        (number, kind, currency) == (document.number, document.kind, document.currency)
        and document.currency == document.order_currency
        and of_order == document.order_number
        and UNITS[total] == document.total
        and document.total % units_of(document.currency) == 0
        and (due_on or None) == document.due_on
        and issued_on == day_of(document.issued_at, zone)
        and sum([UNITS[row["base"]] for row in vat]) == UNITS[net]
        and sum([UNITS[row["tax"]] for row in vat]) == UNITS[tax]
        and margins is None
        and MARGIN_SCHEMES.isdisjoint(row["name"] for row in vat)
        and len({(row["name"], row["rate"]) for row in vat}) == len(vat)
        and (base is not None or has_bases(orjson.loads(document.snapshot)))
        and document.delivery_time.isascii()
        and are_all_printed(document.snapshot)
    )


@cache
def units_of(currency: str) -> int:
    """How much the smallest amount of the currency is."""
    return int(smallest_unit(currency) * ONE_MILLION)


@cache
def zone_named(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def day_of(moment: str, zone: str) -> str:
    stored = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    return stored.astimezone(zone_named(zone)).date().isoformat()


def wrongly_documented(between: Slice) -> Iterator[int]:
    """The orders of documents that may say something else than they should."""
    for row in fetch_stored(documents_with_orders(), between._asdict()):
        document = StoredDocument._make(row)
        try:
            is_right = says_what_is_stored(document)
        except DAMAGED:
            is_right = False
        if not is_right:
            yield document.order_id


@cache
def documents_with_orders() -> Executable:
    """As StoredDocument has them."""
    own = (Invoice.number, Invoice.kind, Invoice.currency, Invoice.total, Invoice.due_on, Invoice.issued_at)
    stored = (Order.id, Order.number, Order.currency, *own, Invoice.delivery_time, Invoice.snapshot)
    said = func.json_extract(as_stored(Invoice.snapshot), *[f"$.{place}" for place in SAID])
    is_json = func.json_valid(as_stored(Invoice.snapshot)) == 1  # SQLite reads more than that
    query = select(*map(as_stored, stored), case((is_json, said)))
    return query.join(Invoice, Invoice.order_id == Order.id).where(Order.id.between(FIRST, LAST))


# --- seals and words ------------------------------------------------------------------------------------------------


def as_they_were_sealed(between: Slice) -> set[int]:
    """The orders that say what was sealed of them last, and are found by what they say."""
    found, sealed_twice, before = set[int](), set[int](), 0
    rows = as_type("list[tuple[int, bytes, str, str, bytes, bytes]]", fetch_stored(what_is_said(), between._asdict()))
    for order_id, says, found_by, indexed, salt, content in rows:
        if order_id == before:
            sealed_twice.add(order_id)
        before = order_id
        is_as_sealed = hashlib.sha256(salt + in_ascii(says)).digest() == content[:WHOLE_BYTES]
        if is_as_sealed and indexed == " ".join(dict.fromkeys(words(found_by))):
            found.add(order_id)
    return found - sealed_twice


@cache
def what_is_said() -> TextClause:
    """Of each order what is sealed, as `order_content` writes it; what it is found by, the words of that; its seal.

    The seal is looked up last: else SQLite goes through all of them, for each slice.
    """
    parts = [part_as_sealed(one.table, SEALED_FACTS[one.name]) for one in parts_that_are_sealed()]
    says = " || ',' || ".join([f"'[' || {row_as_sealed(Order, SEALED_FACTS[''])} || ']'", *parts])
    return text(
        f"SELECT orders.id, CAST('[' || {says} || ']' AS BLOB), {TEXTS_OF_SEARCH}, order_search.words, salt, content"
        " FROM orders CROSS JOIN order_search ON order_search.id = orders.id"
        f" CROSS JOIN sealed_record ON sealed_record.kind = '{ORDER}' AND salt IS NOT NULL AND order_id = orders.id"
        " WHERE orders.id BETWEEN :first AND :last"
    )


def parts_that_are_sealed() -> list[Owned]:
    own = {one.name: one for one in OWNED_ROWS if one.of is Order}
    return [own[name] for name in SEALED_FACTS if name]


def part_as_sealed(table: type[Model], names: str) -> str:
    """The rows of an order in that table, as JSON."""
    name = table.__tablename__
    rows = f"SELECT {row_as_sealed(table, names)} AS row FROM {name} WHERE order_id = orders.id ORDER BY {name}.id"
    return f"(SELECT '[' || coalesce(group_concat(row), '') || ']' FROM ({rows}))"


def row_as_sealed(table: type[Model], names: str) -> str:
    columns = [table.__table__.c[name] for name in names.split()]
    return f"json_array({', '.join(map(cell_as_sealed, columns))})"


def cell_as_sealed(column: KeyedColumnElement[object]) -> str:
    """Amounts as Decimal writes them."""
    name = f"{column.table.name}.{column.name}"
    return AMOUNT.replace(":it", name) if isinstance(column.type, ExactDecimal) else name


AMOUNT = """CASE
    WHEN typeof(:it) <> 'integer' THEN :it WHEN :it % 1000000 = 0 THEN CAST(:it / 1000000 AS TEXT)
    ELSE rtrim(printf('%s%d.%06d', iif(:it < 0, '-', ''), abs(:it) / 1000000, abs(:it) % 1000000), '0') END"""

#: The texts of `search.document`, in its order.
TEXTS_OF_SEARCH = """
    orders.number || ' ' || external_number || ' ' || customer_name || ' ' || company || ' ' || email || ' ' || phone
    || coalesce((SELECT group_concat(said, '') FROM (
        SELECT ' ' || name || ' ' || company || ' ' || postcode || ' ' || replace(postcode, ' ', '') || ' ' || city
            AS said FROM order_address WHERE order_id = orders.id ORDER BY order_address.id)), '')
    || ' ' || elsewhere_number
    || coalesce((SELECT group_concat(said, '') FROM (
        SELECT ' ' || number AS said FROM invoice WHERE order_id = orders.id ORDER BY invoice.id)), '')
    || coalesce((SELECT group_concat(said, '') FROM (
        SELECT ' ' || number || ' ' || tracking_code AS said
        FROM shipment WHERE order_id = orders.id ORDER BY shipment.id)), '')
    || coalesce((SELECT group_concat(said, '') FROM (
        SELECT ' ' || number AS said FROM goods_return WHERE order_id = orders.id ORDER BY goods_return.id)), '')"""
