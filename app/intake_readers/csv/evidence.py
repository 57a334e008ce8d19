"""What the cells of a whole column show about how its dates and numbers are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from app.intake_readers.csv.cells import date_readings, number_readings, plain
from app.intake_readers.csv.fields import COLUMNS, CellKind
from app.intake_readers.csv.mapping import UNDECIDED, Mapping
from app.intake_readers.csv.rate_columns import rate_form_of
from app.intake_readers.csv.rows import Table

#: Where a number begins and ends in a cell that has a currency beside it.
NUMBER = re.compile(r"[(\-\u2212+]?[ \u00a0]?[.,]?\d(?:[\d.,'’ \u00a0\u202f]*[\d.,])?[)\-]?")


@dataclass
class Shown:
    """The ways of writing that cells of one column leave no doubt about, and whether any cell leaves one."""

    clear: set[str] = field(default_factory=set)
    is_doubted: bool = False

    def see(self, readings: dict[str, object]) -> None:
        if len(set(readings.values())) > 1:
            self.is_doubted = True
        elif len(readings) == 1:
            self.clear |= readings.keys()

    @property
    def decision(self) -> str:
        return next(iter(self.clear)) if len(self.clear) == 1 else UNDECIDED


def decide_mapping(mapping: Mapping, table: Table, lines: Sequence[dict[str, int]]) -> Mapping:
    """The mapping with what each column shows, that of each line of a row; what was decided before stays."""
    asked = [
        (name, place)
        for places in lines
        for name, place in places.items()
        if COLUMNS[name].kind in (CellKind.AMOUNT, CellKind.MOMENT) and name not in mapping.decided
    ]
    shown = {name: Shown() for name, _place in asked}
    rates: set[str] = set()
    for row in table.rows():
        for name, place in asked:
            if place < len(row.cells) and (text := plain(row.cells[place])):
                shown[name].see(readings_of(name, text))
                if name == "line_tax_rate":
                    rates.add(text)
    found = {name: one.decision for name, one in shown.items() if one.is_doubted}
    form = mapping.rates or (rate_form_of(rates) if rates else "")
    return replace(mapping, decided=mapping.decided | found, rates=form)


def readings_of(name: str, text: str) -> dict[str, object]:
    if COLUMNS[name].kind == CellKind.MOMENT:
        return dict(date_readings(text))
    number = NUMBER.search(text)
    return dict(number_readings(number[0])) if number else {}
