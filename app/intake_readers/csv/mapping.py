"""Which column of a CSV file is what, how its dates and numbers are written, and a guess at that."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flask_babel import gettext as _

from app.intake_readers.csv.cells import FORMS, date_readings, number_readings, plain
from app.intake_readers.csv.fields import COLUMNS, REQUIRED, CellKind, known_names, words, words_apart
from app.intake_readers.csv.numbered import without_number
from app.intake_readers.csv.rate_columns import RateForm, holds_rates
from app.intake_readers.new_order import UnreadableOrder
from app.intake_readers.payloads import FILE
from app.intake_readers.reading import countries

#: Above the header of an order's raw text stands how it was read, so that it reads the same again.
FIRST_LINE = "#toonbank "

MARKS = (".", ",")

#: Words that tell nothing of what a column is.
SMALL_WORDS = set("a by d de del der des di du el en for fur het in l la le of on op par per por the to van".split())

#: Where a column's own cells don't tell.
UNDECIDED = "?"


@dataclass(frozen=True)
class Mapping:
    """Our field -> their header, and what the file doesn't say itself."""

    columns: dict[str, str]
    decimal_mark: str = ""  # . or , ; "" = each column shows it
    date_form: str = ""  # dmy, mdy or ymd; "" = each column shows it
    prices_include_tax: bool | None = None  # None = the order's total shows it
    decided: dict[str, str] = field(default_factory=dict)  # our field -> what its column showed
    rows: tuple[int, ...] = ()  # where the rows of one order stood in their file
    per_row: tuple[str, ...] = ()  # amounts of an order of which each row states its own part
    rates: str = ""  # how the column of rates is written, a RateForm; "" = not looked at yet

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    @classmethod
    def from_facts(cls, facts: object) -> Mapping:
        """The mapping as it is kept and exchanged; raises UnreadableOrder for what isn't one."""
        if not isinstance(facts, dict):
            raise not_a_mapping(_("Expected a JSON object with columns."))
        columns: Any = facts.get("columns")  # looked at below
        decided: dict[str, str] = facts.get("decided") or {}
        for name, part in (("columns", columns), ("decided", decided)):
            if not is_texts(part):
                raise not_a_mapping(_("%(name)s has to give a text for each field.", name=name))
        if strange := [name for name in (*columns, *decided) if name not in COLUMNS]:
            raise not_a_mapping(_("There is no field %(name)s.", name=repr(strange[0])[:80]))
        mark, form, gross = (facts.get(key) for key in ("decimal_mark", "date_form", "prices_include_tax"))
        if mark not in (None, "", *MARKS):
            raise not_a_mapping(_("decimal_mark has to be a point or a comma."))
        if form not in (None, "", *FORMS):
            raise not_a_mapping(_("date_form has to be one of %(forms)s.", forms=", ".join(FORMS)))
        if gross not in (None, True, False):
            raise not_a_mapping(_("prices_include_tax has to be true or false."))
        rows = facts.get("rows") or []
        if not (isinstance(rows, list) and all(isinstance(row, int) for row in rows)):
            raise not_a_mapping(_("rows has to be a list of numbers."))
        named = {name: header for name, header in columns.items() if header}
        rates = facts.get("rates") or ""
        if rates not in ("", *RateForm):
            raise not_a_mapping(_("rates has to be one of %(forms)s.", forms=", ".join(RateForm)))
        per_row = facts.get("per_row") or []
        if not (isinstance(per_row, list) and all(name in columns for name in per_row)):
            raise not_a_mapping(_("%(name)s has to be a list of fields.", name="per_row"))
        is_gross = None if gross is None else bool(gross)
        return cls(named, mark or "", form or "", is_gross, dict(decided), tuple(rows), tuple(per_row), rates)

    def as_facts(self) -> dict[str, object]:
        facts: dict[str, object] = {"columns": self.columns}
        for key in ("decimal_mark", "date_form", "decided", "rates"):
            if getattr(self, key):
                facts[key] = getattr(self, key)
        if self.prices_include_tax is not None:
            facts["prices_include_tax"] = self.prices_include_tax
        if self.per_row:
            facts["per_row"] = list(self.per_row)
        return facts | ({"rows": list(self.rows)} if self.rows else {})

    def first_line(self) -> str:
        return FIRST_LINE + json.dumps(self.as_facts(), ensure_ascii=False) + "\n"


def is_texts(part: object) -> bool:
    return isinstance(part, dict) and all(isinstance(value, str) for value in part.values())


def not_a_mapping(why: str) -> UnreadableOrder:
    return UnreadableOrder(FILE, _("This doesn't say which column is what: %(why)s", why=why))


def mapping_above(text: str) -> tuple[Mapping | None, str]:
    """The mapping that stands above a CSV text, and the text below it."""
    if not text.startswith(FIRST_LINE):
        return None, text
    first, _newline, below = text.partition("\n")
    try:
        facts = json.loads(first.removeprefix(FIRST_LINE))
    except (ValueError, RecursionError):
        raise not_a_mapping(_("Expected a JSON object with columns.")) from None
    return Mapping.from_facts(facts), below


@dataclass(frozen=True)
class Guess:
    """What the columns of a file probably are."""

    columns: dict[str, str]  # our field -> their header
    scores: dict[str, float]  # our field -> how sure that is, from 0 to 1

    @property
    def missing(self) -> list[str]:
        """Fields that have to be there, and that no column seems to be."""
        missing = [name for name in REQUIRED if name not in self.columns]
        return missing if {"line_name", "line_sku", "total"} & self.columns.keys() else [*missing, "total"]

    def as_facts(self, headers: list[str]) -> dict[str, object]:
        """The guess as a mapping to correct; the headers that it made nothing of stand beside it."""
        unused = [header for header in headers if header not in self.columns.values()]
        return {"columns": self.columns, "unused": unused}

    @property
    def score(self) -> float:
        """How sure the guess is as a whole: as sure as its least sure column, 0 when something is missing."""
        return 0 if self.missing else min(self.scores.values())


def guess(headers: list[str], rows: Iterable[list[str]] = ()) -> Guess:
    """Guess which header is which field, by its words in five languages; cells that can't be that speak against it."""
    rows = list(rows)
    cells, rates = columns_of(headers, rows), rate_columns(headers, rows)
    scored = sorted(
        (-score * fit(COLUMNS[name].kind, cells[position]), position, name)
        for position, header in enumerate(headers)
        for name, score in ({"line_tax_rate": 0.9} if position in rates else candidates(header)).items()
    )
    columns: dict[str, str] = {}
    scores: dict[str, float] = {}
    taken: set[str] = set()
    for score, position, name in scored:
        if score < 0 and name not in columns and headers[position] not in taken:
            columns[name], scores[name] = headers[position], round(-score, 2)
            taken.add(headers[position])
    if "number" not in columns and "external_id" in columns:
        columns["number"], scores["number"] = columns.pop("external_id"), scores.pop("external_id")
    return Guess(columns, scores)


def columns_of(headers: list[str], rows: Iterable[list[str]]) -> list[list[str]]:
    found: list[list[str]] = [[] for _header in headers]
    for row in rows:
        for column, cell in zip(found, row, strict=False):
            if text := plain(cell):
                column.append(text)
    return found


def rate_columns(headers: list[str], rows: list[list[str]]) -> set[int]:
    """Where columns stand that are called a tax and hold its rate."""
    may_be = [candidates(header).keys() for header in headers]
    prices = [position for position, names in enumerate(may_be) if names & {"total", "line_total", "line_price"}]
    taxes = [position for position, names in enumerate(may_be) if names & {"tax_total", "line_tax"}]
    return {
        position
        for position in taxes
        if holds_rates([(cell_of(row, position), [cell_of(row, one) for one in prices]) for row in rows])
    }


def cell_of(row: list[str], position: int) -> str:
    return plain(row[position]) if position < len(row) else ""


def candidates(header: str) -> dict[str, float]:
    """The fields that a header may be: by all of its words, else by most of them."""
    if exact := known_names().get(words(header)) or known_names().get(words_apart(header)):
        return exact
    if numbered := of_first_line(header):
        return numbered
    said, found = set(words_apart(header).split()) - SMALL_WORDS, dict[str, float]()
    for told, fields in (one for word in said for one in names_by_word().get(word, ())):
        if told <= said:
            share = 0.9 * len(told) / len(said)
            for one, score in fields.items():
                found[one] = max(found.get(one, 0), share * score)
    return {name: score for name, score in found.items() if score >= 0.5}


@cache
def names_by_word() -> dict[str, list[tuple[frozenset[str], dict[str, float]]]]:
    """The words of each name of several, and its fields, by one of these words."""
    found: dict[str, list[tuple[frozenset[str], dict[str, float]]]] = {}
    for name, fields in known_names().items():
        told = frozenset(name.split()) - SMALL_WORDS
        if len(told) > 1:
            found.setdefault(min(told), []).append((told, fields))
    return found


def of_first_line(header: str) -> dict[str, float]:
    """The fields of a line that a header with the number of a line may be: "Product 1", "Item 1 Price"."""
    name, number = without_number(header)
    exact = known_names().get(" ".join(name), {}) if number == 1 else {}
    return {field: 0.95 * score for field, score in exact.items() if field.startswith("line_")}


def fit(kind: CellKind, cells: list[str]) -> float:
    """How well the cells of a column go with a kind, from 0 to 1."""
    if not cells or kind == CellKind.TEXT:
        return 1
    return sum(is_of_kind(kind, cell) for cell in cells) / len(cells)


def without_words(cell: str) -> str:
    return "".join(c for c in cell if c in "0123456789.,'()-+ \u00a0\u202f").strip(" \u00a0\u202f.")  # "12,50 kr."


def is_of_kind(kind: CellKind, cell: str) -> bool:
    if kind == CellKind.MOMENT:
        return bool(date_readings(cell))
    if kind == CellKind.AMOUNT:
        return all(number_readings(without_words(part)) for part in re.split(r"[;|\n]", cell))
    if kind == CellKind.EMAIL:
        return "@" in cell
    return cell.upper() in countries() or len(cell) > 3
