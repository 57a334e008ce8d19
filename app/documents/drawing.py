"""Drawing a document of lines: on one page as it is, on several with subtotals where they break."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from app.documents.merging import is_on_one_page
from app.documents.page_breaks import is_surely_long, measure_lines, page_breaks
from app.documents.render_process import Rendered, render


def draw_pages(page: Callable[..., str], lines: Sequence[object], *, at: datetime) -> Rendered:
    """`page` answers the HTML; it takes `breaks` and `is_measured`."""
    if not is_surely_long(lines):
        plain = render(page(), at=at)
        if is_on_one_page(plain.pdf):
            return plain
    sheet = render(page(is_measured=True), at=at)
    return render(page(breaks=page_breaks(measure_lines(sheet.pdf))), at=at)
