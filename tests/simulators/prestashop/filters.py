"""Which rows the webservice lists: filters, order and limit, as its SQL would."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]


def selected(rows: list[Row], query: dict[str, str], refused: Callable[[int, int, str], Exception]) -> list[Row]:
    for name, wanted in query.items():
        found = re.fullmatch(r"filter\[(\w+)\]", name)
        if not found:
            continue
        if found[1] in ("date_add", "date_upd") and query.get("date") != "1":
            raise refused(400, 32, "This filter does not exist. Did you mean: ...")
        rows = [one for one in rows if fits(str(one.get(found[1], "")), wanted)]
    for sort in reversed(query.get("sort", "").strip("[]").split(",")):
        if sort:
            field, _under, way = sort.rpartition("_")
            rows = sorted(rows, key=lambda one: one[field], reverse=way == "DESC")
    if "limit" in query:
        start, _comma, many = query["limit"].rpartition(",")
        rows = rows[int(start or 0) :][: int(many)]
    if query.get("display") != "full":
        return [{"id": one["id"]} for one in rows]
    return rows


def fits(value: str, wanted: str) -> bool:
    """`[1|2]` any of them, `[1,5]` between, `>[1]` and `<[1]`; numbers as numbers."""
    sign, inner = re.fullmatch(r"([<>]?)\[(.*)\]", wanted, re.S).groups()  # type: ignore[union-attr]
    own = ordered(value)
    if sign:
        return own > ordered(inner) if sign == ">" else own < ordered(inner)
    if re.fullmatch(r"[\d.:\-\s]+,[\d.:\-\s]+", inner):
        low, high = sorted(inner.split(","))
        return ordered(low) <= own <= ordered(high)
    return value in inner.split("|")


def ordered(value: str) -> tuple[int, str]:
    return (int(value), "") if value.isdigit() else (0, value)
