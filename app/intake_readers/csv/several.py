"""Several products in one cell: "2 x Mug, 1 x Plate", "Mug (2); Plate".

They become lines of their own where the row says what each of them costs. Else they stay one line with the row's whole
amount, and the order says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from flask_babel import gettext as _

from app.intake_readers.csv.order_rows import Cells
from app.intake_readers.new_order import UnreadableOrder

#: What may stand between products, the surest first. A comma may also be part of a name.
BETWEEN = ("\n", ";", "|", " + ", ",")

TIMES = r"[x×*]"

#: A quantity before its product: "2 x Mug", "2x Mug". Before a digit it is a size: "3 x 5 cm".
BEFORE = re.compile(rf"(\d{{1,4}})(?:\s*{TIMES}\s+|\s+{TIMES}\s*)([^\d\s].*)", re.IGNORECASE | re.DOTALL)
#: And after it: "Mug x 2", "Mug (2)", "Mug (2x)", "Mug (qty: 2)".
AFTER = re.compile(
    rf"(.*\D)(?:\s{TIMES}\s?(\d{{1,4}})|\s?\((?:\w{{2,8}}\.?:?\s)?(\d{{1,3}})\s?{TIMES}?\))", re.IGNORECASE | re.DOTALL
)

#: Cells that each product may have a part in.
LISTS = ("line_sku", "line_variant", "line_quantity", "line_price", "line_total", "line_discount", "line_tax")
#: Those that hold for each of them where there is one alone.
FOR_EACH = ("line_tax_rate",)


@dataclass(frozen=True)
class Part:
    name: str
    quantity: int | None  # None when it isn't said


def parts_of(cell: str) -> list[Part]:
    """The products that a cell names with their quantities; [] when it names one, and no quantity."""
    for between in BETWEEN:
        texts = [text.strip() for text in cell.split(between) if text.strip()]
        parts = [part_of(text) for text in (rejoin(texts) if between == "," else texts)]
        said = [part for part in parts if part.quantity is not None]
        if len(parts) > 1 and said and (between != "," or len(said) == len(parts)):
            return parts
    single = part_of(cell.strip())
    return [single] if single.quantity is not None else []


def part_of(text: str) -> Part:
    if match := BEFORE.fullmatch(text):
        return Part(match[2].strip(), int(match[1]))
    if match := AFTER.fullmatch(text):
        return Part(match[1].strip(), int(match[2] or match[3]))
    return Part(text, None)


def rejoin(texts: list[str]) -> list[str]:
    """Put a name with a comma in it together again: "2 x Mug, blue, 1 x Plate"."""
    is_before = bool(texts and BEFORE.fullmatch(texts[0]))
    joined: list[str] = []
    for text in texts:
        is_open = bool(joined) and part_of(joined[-1]).quantity is None
        if joined and (is_open if not is_before else part_of(text).quantity is None):
            joined[-1] += f", {text}"
        else:
            joined.append(text)
    return joined


def split_row(row: Cells, currency: str) -> list[Cells]:
    """A row for each product of a row, or the row as it is where it doesn't say what each of them costs."""
    parts = parts_of(row["line_name"])
    if not parts:
        return [row]
    if len(parts) == 1:
        return [with_quantity(row, parts[0], currency)]
    lists = {name: texts for name in LISTS if row[name] and (texts := list_of(row[name], len(parts)))}
    rows = [
        replace(row, cells=cells_of_line(row) | {name: texts[place] for name, texts in lists.items()} | {
            "line_name": part.name,
            "line_quantity": quantity_of(row, part, lists.get("line_quantity", [])[place : place + 1], currency),
        })
        for place, part in enumerate(parts)
    ]  # fmt: skip
    shared = [
        name for name in LISTS if row[name] and name not in lists and name not in ("line_quantity", "line_variant")
    ]
    if shared == [] and {"line_price", "line_total"} & lists.keys():
        return with_own(row, rows)
    if shared == ["line_price"] and costs_the_same(row, rows, currency):
        return with_own(row, [replace(one, cells=one.cells | {"line_price": row["line_price"]}) for one in rows])
    return [row]


def cells_of_line(row: Cells) -> dict[str, str]:
    return {name: row[name] for name in FOR_EACH if row[name]}


def with_own(row: Cells, rows: list[Cells]) -> list[Cells]:
    """What is the order's own stands in the first of them."""
    own = {name: cell for name, cell in row.cells.items() if not name.startswith("line_")}
    return [replace(rows[0], cells=own | rows[0].cells), *rows[1:]]


def with_quantity(row: Cells, part: Part, currency: str) -> Cells:
    """A product whose quantity stands with its name alone, and a price of each."""
    if row["line_quantity"] or not row["line_price"] or row["line_total"]:
        return row
    return replace(row, cells=row.cells | {"line_name": part.name, "line_quantity": str(part.quantity)})


def quantity_of(row: Cells, part: Part, listed: list[str], currency: str) -> str:
    own = str(part.quantity or 1)
    if not listed:
        return own
    stated = replace(row, cells={"line_quantity": listed[0]}).maybe_amount("line_quantity", currency)
    if part.quantity is not None and stated is not None and stated != part.quantity:
        raise row.unreadable("line_quantity", _("the quantities that stand with the products"))
    return listed[0]


def costs_the_same(row: Cells, rows: list[Cells], currency: str) -> bool:
    """Whether the row's price is that of each piece: its own quantity is that of all products together."""
    stated = row.maybe_amount("line_quantity", currency) if row["line_quantity"] else None
    return stated is not None and stated > 1 and stated == sum(Decimal(one["line_quantity"]) for one in rows)


def list_of(cell: str, count: int) -> list[str]:
    """As many parts as there are products; [] when the cell has another number of them."""
    for between in ("\n", ";", "|", " + ", ", "):
        texts = [text.strip() for text in cell.split(between)]
        if len(texts) == count and all(texts):
            return texts
    return []


def why_in_one(row: Cells, currency: str) -> str:
    """Why several products of a row stand in one line; "" when they don't."""
    try:
        is_one = len(parts_of(row["line_name"])) > 1 and len(split_row(row, currency)) == 1
    except UnreadableOrder:
        return ""
    if not is_one:
        return ""
    return _(
        "row %(row)s, %(column)s: several products stand in one cell, and the file doesn’t say what each costs. They "
        "become one line with the whole amount.",
        row=row.number,
        column=row.mapping.columns.get("line_name", "")[:120],
    )
