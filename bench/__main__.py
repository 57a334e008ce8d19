"""`python -m bench`: seed a shop, measure it, let it grow, measure again, and print a table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from time import perf_counter

from app.extensions import db
from app.operations.server import settle_memory
from bench import checking, weight
from bench.cases import CASES
from bench.measuring import WARM_UP, Figures, Meter
from bench.report import table
from bench.shop import Shop

EXPLAINED = """\
Medians. CPU: milliseconds in the application, without the database driver. SQL ms: in the database driver, waiting
included. SQL: statements. Ratio: ms at the last size to ms at the first."""


def main() -> None:
    asked = arguments()
    sizes = sorted(set(asked.orders))
    with tempfile.TemporaryDirectory(prefix="toonbank-bench-") as folder:
        shop = Shop(folder)
        with shop.context():
            print(
                f"Database: {db.engine.dialect.name}, Python {sys.version.split()[0]}, {asked.runs} runs each",
                flush=True,
            )
            meter = Meter(db.engine)
        settle_memory()
        measured: dict[tuple[str, int], Figures] = {}
        checked = []
        for size in sizes:
            grow(shop, size)
            for case in CASES:
                measured[case.name, size] = meter.measure(case.calls(shop, WARM_UP + asked.runs))
            checked.append(checking.sentence(shop, size))
        print("\n" + table(list(CASES), sizes, measured))
        print("\n" + EXPLAINED)
        print(f"Import: {1000 / measured['Import an order', sizes[-1]].ms:.0f} orders a second.")
        print("\n".join(checked))
        print(weight.sentence(weight.weigh(shop, "/admin/order/")))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--orders", type=int, nargs="+", default=[10_000, 100_000], help="sizes of the shop")
    parser.add_argument("--runs", type=int, default=30, help="measured runs of each case")
    return parser.parse_args()


def grow(shop: Shop, size: int) -> None:
    begun = perf_counter()
    shop.grow(size)
    print(f"Seeded to {size:,} orders in {perf_counter() - begun:.0f} s", flush=True)


main()
