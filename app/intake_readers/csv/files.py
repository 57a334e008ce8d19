"""A CSV file as a whole: whose it is, its orders one by one, and a first look for people who map its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from flask_babel import gettext as _

from app.intake_readers.csv import export_orders, mapped_orders
from app.intake_readers.csv.cells import plain
from app.intake_readers.csv.evidence import decide_mapping
from app.intake_readers.csv.fields import title_of
from app.intake_readers.csv.footers import rows_beside
from app.intake_readers.csv.known_exports import is_of_shopify, known_mapping, named_columns
from app.intake_readers.csv.mapping import UNDECIDED, Guess, Mapping, guess, mapping_above
from app.intake_readers.csv.market_exports import OF_SHOPIFY
from app.intake_readers.csv.numbered import further_lines, is_used
from app.intake_readers.csv.order_rows import OrderRow
from app.intake_readers.csv.rows import Row, Table, orders
from app.intake_readers.new_order import NewOrder, UnreadableOrder
from app.intake_readers.payloads import FILE, Payload
from app.intake_readers.reading import Fields
from app.models import Source

Reader = Callable[[Fields], NewOrder]


@dataclass(frozen=True)
class FirstLook:
    """What a page shows of a file before its columns are mapped."""

    columns: list[str]
    rows: list[list[str]]
    known: Mapping | None  # of an export that needs no mapping
    guess: Guess

    @property
    def is_known(self) -> bool:
        return self.known is not None


def first_look(text: str, *, rows: int = 20) -> FirstLook:
    """The columns and first rows of a CSV text. Raises UnreadableOrder for what isn't sound CSV."""
    mapping, below = mapping_above(text.removeprefix("\ufeff"))
    table = table_of(below, mapping)
    first = [row.cells for row in islice(table.rows(), rows)]
    known = known_mapping(table.columns)
    if is_of_shopify(table.columns):
        known = Mapping(named_columns(OF_SHOPIFY, table.columns))
    return FirstLook(table.columns, first, known, guess(table.columns, first))


@dataclass(frozen=True)
class Understanding:
    """What is made of a file's columns, and what of its rows is no order."""

    columns: list[tuple[str, str]]  # each header, and what our field is called
    unused: list[str]
    above: list[str]  # the text of each row above the header, "" for a blank one
    beside: list[tuple[int, str]]  # number and text of each row below it that is left out
    blank: int  # rows between the orders


def understand(text: str, mapping: Mapping | None) -> Understanding:
    """Raises UnreadableOrder for what isn't sound CSV, or whose columns nobody said the meaning of."""
    opened = open_table(text, mapping)
    columns = opened.table.columns
    fields = {place: title_of(name) for name, place in opened.places.items()}
    for number, places in enumerate(opened.further, start=2):
        line = _("line %(number)s", number=number)
        fields |= {place: f"{title_of(name)} ({line})" for name, place in places.items()}
    return Understanding(
        columns=[(columns[place], fields[place]) for place in sorted(fields)],
        unused=[header for place, header in enumerate(columns) if header and place not in fields],
        above=[row.text for row in opened.table.above()],
        beside=[(row.number, row.text) for row in opened.beside],
        blank=opened.table.count_blank(),
    )


def find_undecided(text: str, mapping: Mapping) -> list[str]:
    """Our fields whose columns have dates or numbers that can be read in two ways, as far as no cell decides."""
    opened = open_table(text, mapping)
    shown = decide_mapping(mapping, opened.table, [opened.places, *opened.further]).decided
    return [name for name, how in shown.items() if how == UNDECIDED]


def taken_apart(text: str, mapping: Mapping | None, time_zone: str, source: Source) -> tuple[Iterator[Payload], Reader]:
    """The payload of each order of a CSV text, and what reads them as orders of that source.

    Raises UnreadableOrder for a text that isn't sound CSV as a whole, or whose columns nobody said the meaning of.
    """
    opened = open_table(text, mapping)
    if opened.mapping is None:
        return as_shopify_writes(opened.table), export_orders.read
    mapping = decide_mapping(opened.mapping, opened.table, [opened.places, *opened.further])
    read = partial(mapped_orders.read, mapping=mapping, time_zone=time_zone, source=source)
    return as_mapped(opened, mapping), read


@dataclass(frozen=True)
class Opened:
    """A table whose columns are known, without the rows that are no orders."""

    table: Table
    mapping: Mapping | None  # None for Shopify's own export
    places: dict[str, int]
    further: list[dict[str, int]]  # places of each further line of a row
    beside: list[Row]  # the rows below the header that are no orders


def open_table(text: str, mapping: Mapping | None) -> Opened:
    above, below = mapping_above(text.removeprefix("\ufeff"))
    mapping = above or mapping
    table = table_of(below, mapping)
    if mapping is None and is_of_shopify(table.columns):
        named = named_columns(OF_SHOPIFY, table.columns)
        places = {name: table.columns.index(header) for name, header in named.items()}
    else:
        mapping = mapping or known_mapping(table.columns)
        if mapping is None:
            raise UnreadableOrder(FILE, why_not_known(table))
        places = places_of(mapping, table.columns)
    beside = [] if mapping and mapping.rows else rows_beside(table, places)  # its own rows are all there is of an order
    table.left_out = frozenset(row.number for row in beside)
    further = further_lines(places, table.columns) if mapping else []
    return Opened(table, mapping, places, further, beside)


def table_of(text: str, mapping: Mapping | None) -> Table:
    return Table(text, frozenset(mapping.columns.values()) if mapping else frozenset())


def why_not_known(table: Table) -> str:
    if not table.columns:
        return _("This file is empty. Expected the names of columns in its first line.")
    return _("These are not the columns of an export that is known. Say which column is what.")


def as_shopify_writes(table: Table) -> Iterator[Payload]:
    """An order is the cells of its first row, with all its rows under "rows"."""
    for found in orders(table, table.columns.index("Name")):
        cells = [dict(zip(table.columns, row.cells, strict=False)) for row in found.rows]
        own_id = cells[0].get("Id") or cells[0].get("Name")
        value = cells[0] | {"id": own_id, "rows": cells, export_orders.ROW: found.rows[0].number}
        yield Payload(table.header.raw + found.raw, value)


def as_mapped(opened: Opened, mapping: Mapping) -> Iterator[Payload]:
    """An order is its rows, each by our fields; above its raw text stands how it was read."""
    table = opened.table
    known = dict(enumerate(mapping.rows, start=2))  # where the rows of an order that was read before once stood
    for found in orders(table, opened.places["number"]):
        numbers = [known.get(row.number, row.number) for row in found.rows]
        rows = [line for row, number in zip(found.rows, numbers, strict=True) for line in lines_of(row, number, opened)]
        above = replace(mapping, rows=tuple(numbers)).first_line()
        first = rows[0]["cells"]
        own_id = plain(first.get("external_id", "")) or plain(first["number"])
        yield Payload(above + table.header.raw + found.raw, {"id": own_id, "rows": rows})


def lines_of(row: Row, number: int, opened: Opened) -> Iterator[OrderRow]:
    """A row, and each further line that has columns of its own in it."""
    columns = opened.table.columns
    too_many = any(cell.strip() for cell in row.cells[len(columns) :])
    yield OrderRow(row=number, cells=cells_at(row, opened.places), too_many=too_many, headers={})
    for places in opened.further:
        cells = cells_at(row, places)
        if is_used(cells.values()):
            headers = {name: columns[place] for name, place in places.items()}
            yield OrderRow(row=number, cells=cells, too_many=False, headers=headers)


def cells_at(row: Row, places: dict[str, int]) -> dict[str, str]:
    return {name: row.cells[place] if place < len(row.cells) else "" for name, place in places.items()}


def places_of(mapping: Mapping, columns: list[str]) -> dict[str, int]:
    """Where the column of each field stands."""
    for name in mapping.columns.values():
        if columns.count(name) != 1:
            reason = (
                _("The column %(column)s stands there more than once. Give each its own name.", column=name[:80])
                if name in columns
                else _(
                    "The first line has no column %(column)s. Expected the names of columns there.", column=name[:80]
                )
            )
            raise UnreadableOrder(FILE, reason)
    mapped_orders.refuse_without(mapping)
    return {field: columns.index(name) for field, name in mapping.columns.items()}
