"""A page of a PDF as a picture: for screens that show it beside a form, where a viewer of PDFs has no place."""

from __future__ import annotations

import io

#: Pixels for each point of the page: letters stay sharp on a screen that is twice as fine.
FINENESS = 2


def picture_of_page(pdf: bytes, fineness: float = FINENESS) -> bytes:
    """The first page as PNG. Only for what we have drawn ourselves."""
    from pypdfium2 import PdfDocument  # loaded by whoever looks at a preview, and not with every server

    with PdfDocument(pdf) as document:
        drawn = document[0].render(scale=fineness).to_pil()
    into = io.BytesIO()
    drawn.convert("P", palette=1, colors=64).save(into, "PNG", optimize=True)
    return into.getvalue()
