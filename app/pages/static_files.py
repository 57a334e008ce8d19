"""Static files, at addresses that change with their content; some are several in one, for which a page asks once."""

from __future__ import annotations

import hashlib
import io
import mimetypes
import os
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, current_app, g, has_request_context, request, send_file

#: Name -> the files of which it is made, in the order in which a browser shall read them.
BUNDLES = {
    "desk.css": ("vendor/tabler.css", "toonbank.css"),
    "desk.js": (
        "vendor/htmx.min.js",
        "toonbank.js",
        "leaving.js",
        "late_answers.js",
        "kept_text.js",
        "everything.js",
        "keyboard.js",
        "cells.js",
        "look.js",
        "views.js",
        "news.js",
        "passkeys.js",
        "forms.js",
        "bank.js",
        "packing.js",
    ),
}


def serve_static_files(app: Flask) -> None:
    """In place of Flask's own view, at the same addresses."""
    app.view_functions["static"] = send_static_file


def send_static_file(filename: str) -> Response:
    if filename not in BUNDLES:
        return current_app.send_static_file(filename)
    paths = paths_of(filename)
    changed = times_of(paths)
    return send_file(
        io.BytesIO(read_joined(paths, changed)),
        mimetypes.guess_type(filename)[0],
        etag=content_mark(paths, changed),
        max_age=current_app.get_send_file_max_age(filename),
    )


def static_url(file: str) -> str:
    """The address of a static file, with a mark of its content: browsers may keep it for ever."""
    known: dict[str, str] = g.setdefault("static_urls", {})  # a page names the icons at each button
    if file not in known:
        paths = paths_of(file)
        root = request.script_root if has_request_context() else ""
        known[file] = f"{root}{current_app.static_url_path}/{file}?v={content_mark(paths, times_of(paths))}"
    return known[file]


def inline_picture(file: str) -> str:
    """A small SVG as an address that holds it, and costs no request."""
    paths = paths_of(file)
    return "data:image/svg+xml," + quote(read_joined(paths, times_of(paths)), safe=" ='/")


def paths_of(file: str) -> tuple[str, ...]:
    return tuple(os.path.join(str(current_app.static_folder), one) for one in BUNDLES.get(file, (file,)))


def times_of(paths: tuple[str, ...]) -> tuple[int, ...]:
    """When each was changed last."""
    return tuple(os.stat(path).st_mtime_ns for path in paths)


@lru_cache(maxsize=256)
def content_mark(paths: tuple[str, ...], changed_at: tuple[int, ...]) -> str:
    """Twelve letters that change with the content."""
    return hashlib.sha256(read_joined(paths, changed_at)).hexdigest()[:12]


@lru_cache(maxsize=32)
def read_joined(paths: tuple[str, ...], _changed_at: tuple[int, ...]) -> bytes:
    """One file behind the other; read again when one has changed."""
    between = b"\n;\n" if paths[0].endswith(".js") else b"\n"
    return between.join(Path(path).read_bytes() for path in paths)
