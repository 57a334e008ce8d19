"""Several PDFs as one, and what can be read off a PDF. The fonts that documents share go in once."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence

from pypdf import PdfReader, PdfWriter

from app.documents.appending import Unusual, append_pages

log = logging.getLogger(__name__)
logging.getLogger("pypdf").setLevel(logging.ERROR)  # of a damaged file it would write parts into the log, for each byte


def merged(documents: Sequence[bytes]) -> bytes:
    """One PDF of all their pages, in this order; a single document stays as it is, byte for byte."""
    if len(documents) == 1:
        return documents[0]
    try:
        return append_pages(documents)
    except (Unusual, ValueError) as unusual:  # a number where none is
        log.info("documents are merged the long way: %s", unusual)
        return merged_by_library(documents)


def merged_by_library(documents: Sequence[bytes]) -> bytes:
    """The same of PDFs of any kind; it takes ten times as long."""
    writer = PdfWriter()
    for document in documents:
        writer.append(io.BytesIO(document), import_outline=False)
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    merged = io.BytesIO()
    writer.write(merged)
    return merged.getvalue()


def is_readable(content: bytes) -> bool:
    """Whether it is a PDF with pages that opens without a password."""
    try:
        reader = PdfReader(io.BytesIO(content))
        return not reader.is_encrypted and len(reader.pages) > 0
    except Exception:  # a damaged file fails in as many ways as there are
        return False


def count_pages(content: bytes) -> int:
    return len(PdfReader(io.BytesIO(content)).pages)


def links_on_sheet(content: bytes) -> tuple[float, dict[str, float]]:
    """The height of the only page, and per link on it how high its upper edge is, in points from the bottom."""
    (sheet,) = PdfReader(io.BytesIO(content)).pages
    places: dict[str, float] = {}
    for annotation in sheet.annotations or ():
        link = annotation.get_object()
        places[str(link["/A"]["/URI"])] = float(link["/Rect"][3])
    return float(sheet.mediabox.top), places
