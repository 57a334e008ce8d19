"""Pages and static files go over the wire compressed: in a quarter of the bytes, and a static file is compressed once.

A page of somebody who is signed in is compressed only where the browser says that it was asked for from here. Another
site could ask for it again and again, with a guess in the address, and see by the length of the answer whether the
page's secrets hold the same (BREACH).
"""

from __future__ import annotations

from flask import Flask, Response, g, request
from flask_compress import Compress

from app.csrf import FROM_HERE

SETTINGS = {
    "COMPRESS_ALGORITHM": ["br", "gzip"],
    "COMPRESS_BR_LEVEL": 5,
    "COMPRESS_LEVEL": 5,
    "COMPRESS_MIN_SIZE": 1000,
    "COMPRESS_STREAMS": False,  # what is sent bit by bit is not held up
    "COMPRESS_MIMETYPES": [
        "text/html", "text/css", "text/javascript", "application/json", "application/problem+json", "image/svg+xml",
    ],
}  # fmt: skip


class KeptFiles:
    """Static files as they were compressed first. Other answers have no key, and aren't kept."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self.files.get(key)

    def set(self, key: str, value: bytes) -> None:
        if not key.endswith(NO_FILE):
            self.files[key] = value


NO_FILE = ";"


class Compression(Compress):
    def init_app(self, app: Flask) -> None:
        app.config.from_mapping(SETTINGS, COMPRESS_CACHE_BACKEND=KeptFiles, COMPRESS_CACHE_KEY=key_here)
        super().init_app(app)

    def after_request(self, response: Response | None) -> Response:
        if response is None:
            return super().after_request(response)
        if response.status_code not in (200, 304) or response.mimetype not in self.compress_mimetypes_set:
            return response
        response.vary.add("Accept-Encoding")  # also of what is not sent again: a cache in between goes by it
        if response.status_code == 304:
            return response
        if request.endpoint == "static":
            read_file(response)
        elif may_be_guessed_at():
            return response
        return super().after_request(response)


def read_file(response: Response) -> None:
    """It comes as a stream, which the library would compress each time anew."""
    g.static_file = f"{request.path} {response.get_etag()[0]}"
    response.direct_passthrough = False
    response.get_data()


def key_here(_request: object) -> str:
    return g.get("static_file", "")


def may_be_guessed_at() -> bool:
    """Whether the page is somebody's, and another site may have asked for it. Over http it is read without guessing."""
    site = request.headers.get("Sec-Fetch-Site")
    is_from_here = site in FROM_HERE if site is not None else not request.is_secure
    return bool(request.cookies) and not is_from_here


compression = Compression()
