"""Pages and files are compressed for browsers that take it, and never where that could give away a secret."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import brotli
import pytest
from flask import Flask, Response

from app.pages.compression import Compression, KeptFiles, compression
from app.pages.static_files import BUNDLES, static_url
from tests.clients import Client
from tests.factories import placed_order

BROWSER = {"Accept-Encoding": "gzip, deflate, br", "Sec-Fetch-Site": "same-origin"}
#: What a first visit may weigh, and ask for.
MOST_BYTES = 100_000
MOST_REQUESTS = 6
#: Style sheets, scripts, icons and pictures that a page names; of each map a browser takes the one of its theme.
FETCHED = re.compile(r'<(?:link|script|img(?! class="map map-dark")|use)\b[^>]*?\b(?:href|src)="(/[^"#]+)')


@pytest.fixture
def small_site() -> Flask:
    site = Flask("small", static_folder=None)
    site.config["SECRET_KEY"] = "small"
    Compression().init_app(site)

    @site.get("/<kind>/<subtype>")
    def answer(kind: str, subtype: str) -> Response:
        return Response(b"a mug, " * 1000, mimetype=f"{kind}/{subtype}")

    @site.get("/stream")
    def stream() -> Response:
        def pieces() -> Iterator[bytes]:
            yield from (b"a mug, " for _ in range(1000))

        return Response(pieces(), mimetype="text/html")

    @site.get("/part")
    def part() -> Response:
        return Response(b"a mug, " * 1000, 206, mimetype="text/css", headers={"Content-Range": "bytes 0-6999/9000"})

    return site


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)],
)
def test_a_static_file_is_compressed_as_the_browser_takes_it(
    app: Flask, anonymous: Client, accepted: str, encoding: str | None
) -> None:
    plain = anonymous.get("/static/toonbank.css")
    given = anonymous.get("/static/toonbank.css", headers={"Accept-Encoding": accepted})

    decode = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert given.headers.get("Content-Encoding") == encoding
    assert decode(given.data) == plain.data
    assert "Accept-Encoding" in given.headers["Vary"]
    assert (len(given.data) < len(plain.data) / 3) is bool(encoding)


def test_a_file_that_the_browser_has_is_not_sent_again(anonymous: Client) -> None:
    plain = anonymous.get("/static/toonbank.css")
    first = anonymous.get("/static/toonbank.css", headers=BROWSER)
    again = anonymous.get("/static/toonbank.css", headers={**BROWSER, "If-None-Match": first.headers["ETag"]})

    assert first.headers["ETag"] != plain.headers["ETag"]
    assert (again.status_code, again.data) == (304, b"")


def test_a_static_file_is_compressed_once(anonymous: Client) -> None:
    assert isinstance(compression.cache, KeptFiles)
    compression.cache.files.clear()
    for _ in range(3):
        anonymous.get("/static/toonbank.css?v=1", headers=BROWSER)
        anonymous.get("/static/toonbank.css?v=2", headers=BROWSER)
        anonymous.get("/sign-in", headers=BROWSER)

    assert [key.split(" ")[0] for key in compression.cache.files] == ["br;/static/toonbank.css"]


@pytest.mark.parametrize(
    ("headers", "base", "is_compressed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, "https://localhost", True),
        ({"Sec-Fetch-Site": "none"}, "https://localhost", True),
        ({"Sec-Fetch-Site": "cross-site"}, "https://localhost", False),
        ({"Sec-Fetch-Site": "same-site"}, "https://localhost", False),
        ({}, "https://localhost", False),
        ({}, "http://localhost", True),
    ],
)
def test_a_page_that_another_site_asks_for_is_not_compressed(
    small_site: Flask, headers: dict[str, str], base: str, is_compressed: bool
) -> None:
    browser = small_site.test_client()
    browser.set_cookie("session", "somebody's")
    page = browser.get("/text/html", base_url=base, headers={"Accept-Encoding": "gzip", **headers})

    assert ("Content-Encoding" in page.headers) is is_compressed
    assert "Accept-Encoding" in page.headers["Vary"]


@pytest.mark.parametrize("path", ["/application/pdf", "/image/png", "/stream", "/part"])
def test_what_is_compressed_already_or_comes_bit_by_bit_stays_as_it_is(small_site: Flask, path: str) -> None:
    given = small_site.test_client().get(path, headers=BROWSER)

    assert "Content-Encoding" not in given.headers
    assert given.data == b"a mug, " * 1000


@pytest.mark.parametrize("encoding", ["br", "gzip"])
@pytest.mark.parametrize("seen", ["/admin/", "/admin/order/", "order with maps", "/sign-in"])
def test_a_first_visit_weighs_little(
    client: Client,
    anonymous: Client,
    in_app: Callable[[], AbstractContextManager[None]],
    seen: str,
    encoding: str,
) -> None:
    with in_app():
        orders = [placed_order() for _ in range(50)]
        path = f"/admin/order/{orders[0].number}" if seen == "order with maps" else seen
    visitor = anonymous if seen == "/sign-in" else client
    asked = {**BROWSER, "Accept-Encoding": encoding}

    first = visitor.get(path, headers=asked, follow_redirects=True)
    page = {"br": brotli.decompress, "gzip": gzip.decompress}[encoding](first.data).decode()
    files = dict.fromkeys(FETCHED.findall(page))
    sizes = {path: len(first.data)} | {file: len(visitor.get(file, headers=asked).data) for file in files}

    assert first.status_code == 200
    assert {name.rpartition("?")[0] for name in files} >= {"/static/desk.css"}
    assert sum(sizes.values()) <= MOST_BYTES, sizes
    assert len(sizes) <= MOST_REQUESTS, sizes


@pytest.mark.parametrize(("name", "parts"), BUNDLES.items())
def test_several_files_come_as_one(app: Flask, anonymous: Client, name: str, parts: tuple[str, ...]) -> None:
    with app.test_request_context():
        address = static_url(name)
    given = anonymous.get(address)

    assert given.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert [part for part in parts if anonymous.get(f"/static/{part}").data not in given.data] == []
    assert anonymous.get(address, headers={"If-None-Match": given.headers["ETag"]}).status_code == 304


def test_what_is_not_sent_again_says_too_that_it_differs_by_encoding(anonymous: Client) -> None:
    first = anonymous.get("/static/toonbank.css", headers=BROWSER)
    again = anonymous.get("/static/toonbank.css", headers={**BROWSER, "If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert "Accept-Encoding" in again.headers["Vary"]


def test_an_answer_to_a_program_says_the_same_compressed(anonymous: Client) -> None:
    plain = anonymous.get("/api/openapi.json")
    given = anonymous.get("/api/openapi.json", headers={"Accept-Encoding": "br"})

    assert given.headers["Content-Encoding"] == "br"
    assert brotli.decompress(given.data) == plain.data
