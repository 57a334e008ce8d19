"""A program of its own that makes PDF of HTML: one page description after another, within hard limits.

It runs as a child of the shop's program, by its file name, so that it loads nothing but the printing library and
`library_patches`, which teach it to join letters;
`render_process` talks to it. Jobs come in as frames on standard input, and it ends when that closes: it can't
outlive its parent.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import math
import os
import struct
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from xhtml2pdf import pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy

ASSETS = Path(__file__).resolve().parent / "assets"
#: Seconds of processor time for one page description, as the command says it; on a busy machine they take longer.
PROCESSOR_SECONDS = 60
MEMORY = 768 * 2**20
FILE_SIZE = 64 * 2**20

#: Pages may read fonts from the assets folder, and nothing else, from nowhere else.
POLICY = ResourceAccessPolicy.server(
    ASSETS,
    allow_remote=False,
    max_image_pixels=8_000_000,
    max_document_bytes=4 * 2**20,
)


class Warnings(logging.Handler):
    """What the library only logs: characters that no font has, and resources that the policy kept out."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage()[:300])


def serve_renderer() -> None:
    """Render what comes in until standard input closes."""
    jobs, results = own_channels()
    limit_resources()
    load_neighbour("joining")
    load_neighbour("library_patches").join_letters()
    warnings = listen_to_library()
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else PROCESSOR_SECONDS
    while (job := read_frame(jobs)) is not None:
        warnings.texts.clear()
        limit_processor_time(seconds)
        answer, pdf = rendered(json.loads(job))
        write_frame(results, json.dumps({**answer, "warnings": warnings.texts[:20]}).encode())
        write_frame(results, pdf)


def own_channels() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for us alone: whatever the library prints can't get among the results."""
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sys.stdin.buffer, results


def load_neighbour(name: str) -> ModuleType:
    """A module of this folder by its file: what it stands in, the shop's program, isn't loaded."""
    spec = spec_from_file_location(f"app.documents.{name}", Path(__file__).with_name(f"{name}.py"))
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def limit_resources() -> None:
    """Limits of the operating system, where it has them; Windows has none, and keeps the limit of time."""
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_SIZE, FILE_SIZE))


def limit_processor_time(seconds: float) -> None:
    """From now on. Who needs more is killed by the system (SIGXCPU); who only has to wait for his turn is not."""
    with contextlib.suppress(ImportError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime + seconds), hard))


def listen_to_library() -> Warnings:
    warnings = Warnings()
    library = logging.getLogger("xhtml2pdf")
    library.addHandler(warnings)
    library.propagate = False
    return warnings


def rendered(job: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """The answer, {"error": why not or ""}, and the PDF. It is dated by the job: equal jobs give equal bytes."""
    os.environ["SOURCE_DATE_EPOCH"] = str(job["at"])
    pdf = io.BytesIO()
    try:
        result = pisa.CreatePDF(job["html"], dest=pdf, path=str(ASSETS / "page.html"), resource_policy=POLICY)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:500]}, b""
    return ({"error": "the page has errors"}, b"") if result.err else ({"error": ""}, pdf.getvalue())


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame, four bytes of length before it; None when the other side has gone."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (size,) = struct.unpack(">I", head)
    body = stream.read(size)
    return body if len(body) == size else None


def write_frame(stream: BinaryIO, body: bytes) -> None:
    stream.write(struct.pack(">I", len(body)) + body)
    stream.flush()


if __name__ == "__main__":
    serve_renderer()
