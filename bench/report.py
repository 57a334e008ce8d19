"""The report of a run: Markdown, with what it was measured on."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.cases import PAGES

#: Milliseconds of CPU by competitor, page and size.
Measured = dict[tuple[str, str, int], list[float]]


def about(databases: str, sizes: Sequence[int], runs: int) -> str:
    cores, load = os.cpu_count(), os.getloadavg()[1]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {databases}, Python {platform.python_version()}, {cores} cores"
        f" shared with others (load {load:.1f}),"
        f" {' and '.join(f'{size:,}' for size in sizes)} orders, {runs} runs of each page,"
        " the competitors in turn, request by request. Milliseconds are CPU of all processes of the server (median;"
        " least in brackets), without PostgreSQL's."
    )


def pages_table(measured: Measured, floors: dict[tuple[str, int], float], sizes: Sequence[int]) -> str:
    first, last = sizes[0], sizes[-1]
    head = ["page", *(f"{size:,}" for size in sizes), "growth", "× floor"]
    peers = [name for name in ("django", "oscar") if any(key[0] == name for key in measured)]
    head += [f"{name} {size:,}" for name in peers for size in sizes] + (["better peer ÷ ours"] if peers else [])
    lines = [row(head), row(["---"] + ["---:"] * (len(head) - 1))]
    for page in PAGES:
        ours = [measured.get(("ours", page.name, size), []) for size in sizes]
        if not any(ours):
            continue
        growth = ratio(ours[-1], ours[0], least=True) if first != last else ""
        floor = floors.get((page.name, last))
        cells = [page.name, *map(figure, ours), growth, f"{median(ours[-1]) / floor:.1f}" if floor and ours[-1] else ""]
        theirs = {name: [measured.get((name, page.name, size), []) for size in sizes] for name in peers}
        cells += [figure(times) for name in peers for times in theirs[name]]
        if peers:
            better = min((times[-1] for times in theirs.values() if times[-1]), key=median, default=[])
            cells.append(ratio(better, ours[-1]))
        lines.append(row(cells))
    return "\n".join(lines)


def row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def figure(times: Sequence[float]) -> str:
    return f"{median(times):.1f} ({min(times):.1f})" if times else ""


def ratio(one: Sequence[float], other: Sequence[float], *, least: bool = False) -> str:
    """Of the medians, or of what was least: what neighbours add is not in that."""
    of = min if least else median
    return f"{of(one) / of(other):.2f}" if one and other else ""


def pairs_table(title: str, rows: Sequence[tuple[str, str]]) -> str:
    return "\n".join([row([title, "measured"]), row(["---", "---"]), *(row(pair) for pair in rows)])


def put_in(file: Path, section: str) -> None:
    """In the place of the section that has the same title; what else is said there stays."""
    known = re.split("(?m)^(?=## )", file.read_text()) if file.exists() else []
    title = section.partition("\n")[0]
    others = [part.rstrip() + "\n" for part in known if part.partition("\n")[0] != title]
    file.write_text("\n".join([*others, section]))
