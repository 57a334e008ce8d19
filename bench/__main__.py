"""`python -m bench`: make shops of each size, serve them, measure over HTTP beside the peers, and write RESULTS.md."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench import report, throughput, weight, work
from bench.cases import PAGES
from bench.peers.running import NAMES, Peer
from bench.serving import Browser, Served
from bench.shop import Shop

RESULTS = Path(__file__).parent / "RESULTS.md"
WARM_UP = 2


def main() -> None:
    asked = arguments()
    sizes = sorted(set(asked.orders))
    measured: report.Measured = defaultdict(list)
    floors: dict[tuple[str, int], float] = {}
    made: list[tuple[str, str]] = []
    with ExitStack() as kept:
        folder = Path(asked.folder or kept.enter_context(tempfile.TemporaryDirectory(prefix="toonbank-bench-")))
        for size in sizes:
            shop = shop_of(folder, size, made)
            if asked.pages:
                peers = [Peer(name, folder, size) for name in (NAMES if asked.peers else ())]
                measure_pages(shop, peers, size, asked.runs, measured, made)
                floors |= measure_floors(shop, size, asked.runs)
            if asked.work:
                done = work.measure(shop, asked.bulk, asked.print, asked.imports, readers=asked.readers)
                made += [say(f"{size:,}: {what}", took) for what, took in done]
            if asked.check:
                _said, seconds = shop.run("check")
                made.append(say(f"{size:,}: check", f"{seconds:.1f} s CPU, {seconds * 1000 / size:.2f} ms an order"))
        database = shop.engine.dialect.name
    title = f"## {database}, {' and '.join(f'{size:,}' for size in sizes)} orders{'' if asked.pages else ': work'}"
    parts = [title, report.about(database, sizes, asked.runs)]
    if asked.pages:
        parts.append(report.pages_table(measured, floors, sizes))
    text = "\n\n".join([*parts, report.pairs_table("what", made)]) + "\n"
    print(text)
    report.put_in(asked.into, text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add, yes_or_no = parser.add_argument, argparse.BooleanOptionalAction
    add("--orders", type=int, nargs="+", default=[10_000, 100_000], help="sizes of the shop; 1000000 takes hours")
    add("--runs", type=int, default=10, help="measured runs of each page")
    add("--bulk", type=int, nargs="*", default=[100, 1_000, 10_000], help="how many orders are paid at once")
    add("--print", type=int, nargs="*", default=[50, 500], help="how many invoices are printed at once")
    add("--imports", type=int, default=200, help="how many orders are imported")
    add("--folder", help="where the shops are kept for the next run; else they are thrown away")
    add("--into", type=Path, default=RESULTS, help="the file of the report")
    for name in ("pages", "peers", "work", "readers", "check"):
        add(f"--{name}", action=yes_or_no, default=True)
    return parser.parse_args()


def say(what: str, took: str) -> tuple[str, str]:
    print(f"{what}: {took}", file=sys.stderr, flush=True)
    return what, took


def shop_of(folder: Path, size: int, made: list[tuple[str, str]]) -> Shop:
    """The shop of that size: of its own on SQLite, grown from the smaller one on PostgreSQL."""
    place = folder / ("postgresql" if os.environ.get("DATABASE_URL") else f"sqlite-{size}")
    place.mkdir(parents=True, exist_ok=True)
    shop = Shop(place)
    there = shop.size()
    if there < size:
        _said, seconds = shop.run("seed", "--orders", str(size - there))
        made.append(
            say(f"{size:,}: seed", f"{seconds:.0f} s CPU, {(size - there) / seconds:.0f} orders a second of CPU")
        )
    megabytes = shop.megabytes()
    made.append(say(f"{size:,}: size", f"{megabytes:.0f} MB, {megabytes * 1e6 / size:.0f} bytes an order"))
    largest = [f"{name} {held / size:.0f}" for name, held in shop.bytes_by_table()]
    made.append(say(f"{size:,}: bytes an order of the largest", ", ".join(largest)))
    return shop


def measure_pages(
    shop: Shop, peers: list[Peer], size: int, runs: int, measured: report.Measured, made: list[tuple[str, str]]
) -> None:
    """Each page of each competitor in turn, request by request."""
    with ExitStack() as stops:
        served = shop.serve("--no-worker")
        stops.callback(served.stop)
        rivals: dict[str, tuple[Served, Browser]] = {"ours": (served, shop.sign_in(served))}
        for peer in peers:
            rivals[peer.name] = peer.serve()
            stops.callback(rivals[peer.name][0].stop)
        records = list(shop.records(WARM_UP + runs))
        for page, name, path, run in turns(records, list(rivals)):
            server, browser = rivals[name]
            before = server.cpu_ms()
            browser.get(path)
            if browser.sent_to and name == "oscar":  # straight to the one order that it found
                browser.get(browser.sent_to)
            if browser.status != 200:
                raise SystemExit(f"{name} answered {path} with {browser.status} {browser.sent_to}")
            if run >= WARM_UP:
                measured[name, page, size].append(server.cpu_ms() - before)
        made += [say(f"{size:,}: {what}", reached) for what, reached in throughput.compare(rivals, records)]
        for name, (server, browser) in rivals.items():
            made.append(say(f"{size:,}: memory, {name}", "{} processes, {} MB".format(*server.memory())))
            path = {"ours": "/admin/order/", "django": "/admin/shop/order/", "oscar": "/dashboard/orders/"}[name]
            if name == "ours":
                made.append(say(f"{size:,}: first visit", weight.sentence(weight.weigh(browser, path))))


def measure_floors(shop: Shop, size: int, runs: int) -> dict[tuple[str, int], float]:
    pages = [page for page in PAGES if page.has_floor]
    record = next(shop.records(1))
    times = shop.floor([page.ours.format(**record) for page in pages], runs)
    return {(page.name, size): ms for page, ms in zip(pages, times, strict=True)}


def turns(records: list[dict[str, object]], names: list[str]) -> Iterator[tuple[str, str, str, int]]:
    """Which page of whom is asked for next, and in which run."""
    for page in PAGES:
        for run, record in enumerate(records):
            for name in names:
                if path := getattr(page, name):
                    yield page.name, name, path.format(**record), run


if __name__ == "__main__":
    main()
