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
from app.intake_readers.csv.known_exports import is_of_shopify, known_mapping
from app.intake_readers.csv.mapping import UNDECIDED, Guess, Mapping, guess, mapping_above
from app.intake_readers.csv.order_rows import OrderRow
from app.intake_readers.csv.rows import Row, Table, orders
from app.intake_readers.new_order import NewOrder, UnreadableOrder
from app.intake_readers.payloads import FILE, Payload
from app.intake_readers.reading import Fields

Reader = Callable[[Fields], NewOrder]


@dataclass(frozen=True)
class FirstLook:
    """What a page shows of a file before its columns are mapped."""

    columns: list[str]
    rows: list[list[str]]
    is_known: bool  # an export that needs no mapping
    guess: Guess


def first_look(text: str, *, rows: int = 20) -> FirstLook:
    """The columns and first rows of a CSV text. Raises UnreadableOrder for what isn't sound CSV."""
    _mapping, below = mapping_above(text.removeprefix("\ufeff"))
    table = Table(below)
    first = [row.cells for row in islice(table.rows(), rows)]
    is_known = is_of_shopify(table.columns) or known_mapping(table.columns) is not None
    return FirstLook(table.columns, first, is_known, guess(table.columns, first))


def find_undecided(text: str, mapping: Mapping) -> list[str]:
    """Our fields whose columns have dates or numbers that can be read in two ways, as far as no cell decides."""
    table = Table(mapping_above(text.removeprefix("\ufeff"))[1])
    shown = decide_mapping(mapping, table, places_of(mapping, table.columns)).decided
    return [name for name, how in shown.items() if how == UNDECIDED]


def taken_apart(text: str, mapping: Mapping | None, time_zone: str) -> tuple[Iterator[Payload], Reader]:
    """The payload of each order of a CSV text, and what reads them.

    Raises UnreadableOrder for a text that isn't sound CSV as a whole, or whose columns nobody said the meaning of.
    """
    above, below = mapping_above(text.removeprefix("\ufeff"))
    table = Table(below)
    mapping = above or mapping
    if mapping is None and is_of_shopify(table.columns):
        return as_shopify_writes(table), export_orders.read
    mapping = mapping or known_mapping(table.columns)
    if mapping is None and not table.columns:
        raise UnreadableOrder(FILE, _("This file is empty. Expected the names of columns in its first line."))
    if mapping is None:
        reason = _("These are not the columns of an export that is known. Say which column is what.")
        raise UnreadableOrder(FILE, reason)
    places = places_of(mapping, table.columns)
    mapping = decide_mapping(mapping, table, places)
    return as_mapped(table, mapping, places), partial(mapped_orders.read, mapping=mapping, time_zone=time_zone)


def as_shopify_writes(table: Table) -> Iterator[Payload]:
    """An order is the cells of its first row, with all its rows under "rows"."""
    for found in orders(table, table.columns.index("Name")):
        cells = [dict(zip(table.columns, row.cells, strict=False)) for row in found.rows]
        value = cells[0] | {"id": cells[0].get("Id") or cells[0].get("Name"), "rows": cells}
        yield Payload(table.header.raw + found.raw, value)


def as_mapped(table: Table, mapping: Mapping, places: dict[str, int]) -> Iterator[Payload]:
    """An order is its rows, each by our fields; above its raw text stands how it was read."""
    known = dict(enumerate(mapping.rows, start=2))  # where the rows of an order that was read before once stood
    for found in orders(table, places["number"]):
        rows = [row_of(row, known.get(row.number, row.number), places, len(table.columns)) for row in found.rows]
        above = replace(mapping, rows=tuple(row["row"] for row in rows)).first_line()
        first = rows[0]["cells"]
        own_id = plain(first.get("external_id", "")) or plain(first["number"])
        yield Payload(above + table.header.raw + found.raw, {"id": own_id, "rows": rows})


def row_of(row: Row, number: int, places: dict[str, int], columns: int) -> OrderRow:
    return {
        "row": number,
        "cells": {name: row.cells[place] if place < len(row.cells) else "" for name, place in places.items()},
        "too_many": any(cell.strip() for cell in row.cells[columns:]),
    }


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
