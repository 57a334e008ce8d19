"""How many pages a second a server answers when many ask at once, all its processes and cores at work."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence

from bench.cases import PAGES
from bench.serving import Browser, Served

ASK_AT_ONCE, SECONDS = 8, 5.0
PAGES_ASKED = ("orders, first page", "order page")


def compare(
    rivals: Mapping[str, tuple[Served, Browser]], records: Sequence[Mapping[str, object]]
) -> Iterable[tuple[str, str]]:
    """Each page of each competitor by itself, one after the other on the same machine."""
    for page in (page for page in PAGES if page.name in PAGES_ASKED):
        reached = {
            name: pages_a_second(browser, [path.format(**record) for record in records])
            for name, (_served, browser) in rivals.items()
            if (path := getattr(page, name))
        }
        ours, fastest = reached.pop("ours"), max(reached.values(), default=0)
        theirs = "".join(f", {name} {rate:.0f}" for name, rate in reached.items())
        factor = f": {ours / fastest:.1f} × the fastest peer" if fastest else ""
        yield f"{page.name}, {ASK_AT_ONCE} at once", f"{ours:.0f} a second{theirs}{factor}"


def pages_a_second(browser: Browser, paths: Sequence[str]) -> float:
    """Answers within the time, by people who each ask for the next page as soon as they have one."""
    until, answered = time.perf_counter() + SECONDS, [0] * ASK_AT_ONCE

    def ask(mine: int) -> None:
        asking = Browser(browser.port, browser.cookies)
        while time.perf_counter() < until:
            asking.get(paths[answered[mine] % len(paths)])
            answered[mine] += 1

    threads = [threading.Thread(target=ask, args=(mine,)) for mine in range(ASK_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(answered) / SECONDS
