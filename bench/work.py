"""Work that is more than a page: actions, jobs and printing, people at work side by side, imports, checks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from statistics import median, quantiles

from bench.cases import PAGES
from bench.serving import Browser, Served
from bench.shop import Shop

READERS, SECONDS, LOOKS_FOR = 20, 15, 1.0
LIST = "/admin/order/"

#: Seconds that a job may take here before it is left alone.
MOST_SECONDS = 900


def measure(shop: Shop, bulk: list[int], prints: list[int], orders: int, *, readers: bool) -> Iterator[tuple[str, str]]:
    """What was done, and what it took."""
    served = shop.serve("--no-worker")
    try:
        browser = shop.sign_in(served)
        yield "Paid, one order", each(served, paid(browser, shop.unpaid(15)))
        if readers:
            yield f"Paid beside {READERS} readers, {SECONDS} s", beside_readers(served, browser, shop)
        yield "memory after all of this", "{} processes, {} MB".format(*served.memory())
    finally:
        served.stop()
    shop.make_ready(sum(bulk))
    served = shop.serve()
    try:
        browser = shop.sign_in(served)
        for count in bulk:
            yield f"Paid for {count:,} at once", job(shop, served, browser, "mark_paid", shop.unpaid(count))
        for count in prints:
            numbers = shop.invoiced(count)
            yield f"{count} invoices, first print", job(shop, served, browser, "print_invoices", numbers)
            yield f"{count} invoices, printed before", job(shop, served, browser, "print_invoices", numbers)
    finally:
        served.stop()
    if orders:
        yield f"import of {orders} orders", f"{shop.import_orders(orders):.0f} orders a second of CPU"


def paid(browser: Browser, numbers: list[str]) -> Iterator[None]:
    for number in numbers:
        browser.post(f"{LIST}{number}/mark_paid", form_at=f"{LIST}{number}", notify="y")
        yield


def each(served: Served, done: Iterator[None]) -> str:
    """CPU and wall of each, with the page on which its button stands."""
    cpu, wall = [], []
    while True:
        before, begun = served.cpu_ms(), time.perf_counter()
        if next(done, StopIteration) is StopIteration:
            break
        cpu.append(served.cpu_ms() - before)
        wall.append((time.perf_counter() - begun) * 1000)
    if not cpu:
        return "no order was left"
    return f"{median(cpu):.0f} ms CPU, {median(wall):.0f} ms wall, the page with its button included"


def beside_readers(served: Served, browser: Browser, shop: Shop) -> str:
    """One person presses Paid again and again while others look at pages, each for a second."""
    stop, waits = threading.Event(), []
    records = list(shop.records(READERS))
    pages = [page.ours for page in PAGES if page.has_floor]

    def read(at: int) -> None:
        mine = Browser(served.port, browser.cookies)
        while not stop.wait(LOOKS_FOR):
            for page in pages:
                begun = time.perf_counter()
                mine.get(page.format(**records[at % len(records)]))
                waits.append(time.perf_counter() - begun)
                if stop.wait(LOOKS_FOR):
                    return

    threads = [threading.Thread(target=read, args=(at,)) for at in range(READERS)]
    for thread in threads:
        thread.start()
    before, begun, pressed = served.whole_cpu_seconds(), time.perf_counter(), []
    for number in shop.unpaid(2_000):
        if time.perf_counter() - begun > SECONDS:
            break
        page_at = f"{LIST}{number}"
        browser.get(page_at)
        at = time.perf_counter()
        browser.post(f"{page_at}/mark_paid", form_at=page_at, notify="y")
        pressed.append(time.perf_counter() - at)
    lasted, used = time.perf_counter() - begun, served.whole_cpu_seconds() - before
    stop.set()
    for thread in threads:
        thread.join()
    return (
        f"{len(pressed) / lasted:.1f} Paid a second ({spread(pressed)}), {len(waits) / lasted:.1f} pages a second"
        f" ({spread(waits)}), {used / lasted * 100:.0f} % of a core"
    )


def spread(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "too few"
    hundredths = quantiles(seconds, n=100)
    return f"p50 {hundredths[49] * 1000:.0f}, p99 {hundredths[98] * 1000:.0f} ms wall"


def job(shop: Shop, served: Served, browser: Browser, action: str, numbers: list[str]) -> str:
    """From the press to the end of the job, with whatever else the worker did meanwhile."""
    if not numbers:
        return "no order was left"
    before, begun = served.whole_cpu_seconds(), time.perf_counter()
    last = shop.one("SELECT coalesce(max(id), 0) FROM job")
    browser.post(f"{LIST}bulk", form_at=LIST, action=action, step="do", notify="y", rowid=numbers)
    state = "in the request"
    while (now := time.perf_counter() - begun) < MOST_SECONDS:
        found = shop.ask("SELECT state FROM job WHERE id > :last ORDER BY id DESC LIMIT 1", last=last)
        if not found or (state := str(found[0][0])) not in ("waiting", "running"):
            break
        time.sleep(0.5)
    used = served.whole_cpu_seconds() - before
    an_order = f"{used * 1000 / len(numbers):.1f} ms CPU an order ({len(numbers)}, {state})"
    return f"{used:.1f} s CPU, {now:.0f} s wall, {an_order}"
