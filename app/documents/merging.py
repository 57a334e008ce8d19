"""Several PDFs as one. The fonts that they share go in once."""

from __future__ import annotations

import io
from collections.abc import Sequence

from pypdf import PdfWriter


def merged(documents: Sequence[bytes]) -> bytes:
    """One PDF of all their pages, in this order; a single document stays as it is, byte for byte."""
    if len(documents) == 1:
        return documents[0]
    writer = PdfWriter()
    for document in documents:
        writer.append(io.BytesIO(document), import_outline=False)
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    merged = io.BytesIO()
    writer.write(merged)
    return merged.getvalue()
