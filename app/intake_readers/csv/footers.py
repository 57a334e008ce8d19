"""Rows of a table that are no orders: totals, and what a program writes below its export."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from decimal import Decimal

from app.amounts.money import ZERO
from app.intake_readers.csv.cells import date_readings, number_readings, plain
from app.intake_readers.csv.evidence import NUMBER
from app.intake_readers.csv.fields import COLUMNS, CellKind, words
from app.intake_readers.csv.headers import FEWEST
from app.intake_readers.csv.rows import Row, Table, cell

#: Words of which one says that a row is a total...
SAYS_TOTAL = frozenset(
    """total totals subtotal sum totaal totalen eindtotaal subtotaal som gesamt gesamtsumme summe endsumme zwischensumme
    insgesamt totaux soustotal somme totales suma""".split()
)
#: ...and those that may stand beside it.
BESIDE_TOTAL = SAYS_TOTAL | frozenset(
    """grand sub overall order orders all of the alle van de het bestellingen aller bestellungen der des general
    generale commandes sous pedidos los""".split()
)

#: What eBay writes below its reports, whichever column it falls into.
DOWNLOADED = re.compile(r"record\(s\) downloaded", re.IGNORECASE)

#: A footer has so few cells.
MOST_CELLS = 2

#: What a row has that is a line of an order.
OF_LINES = ("line_name", "line_sku", "line_quantity", "line_price", "line_total")


@dataclass
class Seen:
    """What the rows above tell of the numbers that orders have here."""

    numbers: set[str] = field(default_factory=set)
    have_spaces: bool = False

    def add(self, number: str) -> None:
        self.numbers |= {number} - {""}
        self.have_spaces = self.have_spaces or " " in number


def rows_beside(table: Table, places: dict[str, int]) -> list[Row]:
    """The rows below the header that are no orders, in their order: totals anywhere, and the footer."""
    seen, totals, footer = Seen(), list[Row](), list[Row]()
    last: Row | None = None
    for row in table.rows():
        if is_total(row, places):
            totals.append(row)
        elif is_footer(row, places, seen) and not any(one.count(table.separator) >= FEWEST for one in row.cells):
            footer.append(row)  # and no row that a spreadsheet has put into one cell
        else:
            footer, last = [], row  # an order follows, so that was none
            seen.add(cell(row, places["number"]))
    found = {row.number: row for row in (*totals, *footer)}
    if last and is_bare_sum(last, places) and adds_up(last, table, places, found.keys()):
        found[last.number] = last
    return [found[number] for number in sorted(found)]


def is_total(row: Row, places: dict[str, int]) -> bool:
    """A row that begins with "Total"; a product may be called so too, and then has a quantity or an SKU."""
    said = next((text for one in row.cells if (text := one.strip())), "")
    told = [word for word in words(said).split() if not word.isdigit()]
    if not told or not set(told) <= BESIDE_TOTAL or not set(told) & SAYS_TOTAL:
        return False
    if has_date(row, places):
        return False
    is_named = "line_name" in places and cell(row, places["line_name"]) == said
    of_line = [places[name] for name in ("line_sku", "line_quantity") if name in places]
    return not (is_named and any(cell(row, place) for place in of_line))


def has_date(row: Row, places: dict[str, int]) -> bool:
    return bool(date_readings(plain(cell(row, places["placed_at"]))))


def is_footer(row: Row, places: dict[str, int], seen: Seen) -> bool:
    """A sentence below the table, such as "Seller ID: mugs"; never a row of an order, of which it would have a cell."""
    if any(DOWNLOADED.search(one) for one in row.cells):
        return True
    filled = {place for place, one in enumerate(row.cells) if one.strip()}
    number = cell(row, places["number"])
    if len(filled) > MOST_CELLS or has_date(row, places) or number in seen.numbers:
        return False
    if number:
        return (" " in number or ":" in number) and not seen.have_spaces
    return not filled & set(places.values())


# --- a row of sums that says nothing --------------------------------------------------------------------------------


def is_bare_sum(row: Row, places: dict[str, int]) -> bool:
    told = any(cell(row, place) for name, place in places.items() if name in ("number", "placed_at", *OF_LINES[:2]))
    sums = amounts_of(row, places)
    return not told and bool(sums) and all(readings for readings in sums.values())


def adds_up(last: Row, table: Table, places: dict[str, int], without: Set[int]) -> bool:
    """Whether each of its amounts is the sum of those above: of every row, or of the first of each order."""
    above = [row for row in table.rows() if row.number not in without and row.number != last.number]
    orders = [row for row in above if cell(row, places["number"])]
    first = {cell(row, places["number"]): row for row in reversed(orders)}.values()
    return all(
        any(
            reading == total_of(rows, places[name], mark)
            for rows in (above, first)
            for mark, reading in readings.items()
        )
        for name, readings in amounts_of(last, places).items()
    )


def total_of(rows: Iterable[Row], place: int, mark: str) -> Decimal:
    return sum((readings_at(row, place).get(mark, ZERO) for row in rows), ZERO)


def amounts_of(row: Row, places: dict[str, int]) -> dict[str, dict[str, Decimal]]:
    """What each cell of an amount in it may mean; {} of one that is no number."""
    named = ((name, place) for name, place in places.items() if COLUMNS[name].kind == CellKind.AMOUNT)
    return {name: readings_at(row, place) for name, place in named if cell(row, place)}


def readings_at(row: Row, place: int) -> dict[str, Decimal]:
    number = NUMBER.search(plain(cell(row, place)))
    return number_readings(number[0]) if number else {}
