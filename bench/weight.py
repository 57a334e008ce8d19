"""What a browser fetches for a page that it sees for the first time: requests and bytes, plain and compressed."""

from __future__ import annotations

import gzip
import html
import re
from dataclasses import dataclass

from bench.serving import Browser

#: Style sheets, scripts, icons and pictures; the pages behind links are not fetched.
FETCHED = re.compile(r'<(?:link|script|img|use)\b[^>]*?\b(?:href|src)="([^"#]+)')
IN_STYLES = re.compile(r"url\(['\"]?(/[^'\")]+)")

MOST_REQUESTS = 6
MOST_KILOBYTES = 100


@dataclass
class Weight:
    requests: int
    plain: int
    compressed: int


def weigh(browser: Browser, path: str) -> Weight:
    bodies = [browser.get(path)]
    for file in files_of(bodies[0].decode()):
        bodies.append(browser.get(file))
    return Weight(len(bodies), sum(map(len, bodies)), sum(len(gzip.compress(body)) for body in bodies))


def files_of(page: str) -> list[str]:
    found = [html.unescape(url) for url in [*FETCHED.findall(page), *IN_STYLES.findall(page)]]
    return list(dict.fromkeys(url for url in found if url.startswith("/")))


def sentence(weight: Weight) -> str:
    return (
        f"Order list page, first visit: {weight.requests} requests (at most {MOST_REQUESTS}), "
        f"{weight.plain / 1000:.0f} kB, gzip {weight.compressed / 1000:.0f} kB (at most {MOST_KILOBYTES})"
    )
