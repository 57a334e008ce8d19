"""The table at the end: one row per case, the sizes side by side."""

from __future__ import annotations

from bench.cases import Case
from bench.measuring import Figures

PER_SIZE = ("ms", "CPU", "SQL ms", "SQL")


def table(cases: list[Case], sizes: list[int], measured: dict[tuple[str, int], Figures]) -> str:
    """Medians per size; how the last size compares with the first; and what it ought to be at most."""
    head = ["", *(part for size in sizes for part in (f"{size:,} ms", *PER_SIZE[1:])), "ratio", "at most", ""]
    rows = [head, *(row(case, [measured[case.name, size] for size in sizes]) for case in cases)]
    widths = [max(len(line[i]) for line in rows) for i in range(len(head))]
    return "\n".join(aligned(line, widths) for line in rows)


def aligned(line: list[str], widths: list[int]) -> str:
    name, *figures = line
    return "  ".join([name.ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(figures, widths[1:], strict=True))])


def row(case: Case, figures: list[Figures]) -> list[str]:
    cells = [cell for one in figures for cell in shown(one)]
    ratio = f"{figures[-1].ms / figures[0].ms:.2f}" if len(figures) > 1 else ""
    return [case.name, *cells, ratio, limits(case), verdict(case, figures[-1])]


def shown(one: Figures) -> tuple[str, ...]:
    return f"{one.ms:.1f}", f"{one.cpu_ms:.1f}", f"{one.database_ms:.1f}", f"{one.statements:.0f}"


def limits(case: Case) -> str:
    parts = [
        f"CPU {case.most_cpu_ms:g}" if case.most_cpu_ms else "",
        f"SQL ms {case.most_database_ms:g}" if case.most_database_ms else "",
        f"SQL {case.most_statements}" if case.most_statements else "",
    ]
    return ", ".join(filter(None, parts))


def verdict(case: Case, one: Figures) -> str:
    pairs = (
        (one.cpu_ms, case.most_cpu_ms),
        (one.database_ms, case.most_database_ms),
        (one.statements, case.most_statements),
    )
    judged = [figure <= most for figure, most in pairs if most]
    return "" if not judged else "ok" if all(judged) else "OVER"
