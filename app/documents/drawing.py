"""Drawing a document of lines: on one page as it is, on several with subtotals where they break.

Each drawing takes its time, so the number of pages is told to it where it is known, instead of having it counted.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.documents.einvoice_facts import Says
from app.documents.look import read_look
from app.documents.merging import count_pages
from app.documents.page_breaks import is_probably_long, measure_lines, page_breaks
from app.documents.render_process import Rendered, render, render_together

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PageLayout:
    """How many pages a document says that it has (0: the library counts them), and where it goes on to the next one.

    A new page with a subtotal begins before each of the lines at `breaks` (positions from 0). One that is measured is a
    single sheet, however long, with a link at each line, at the sums and at the end.
    """

    pages: int = 1
    breaks: tuple[int, ...] = ()
    is_measured: bool = False


ONE_PAGE = PageLayout()

#: So many lines of a packing slip are on one page as a rule.
FEW = 12

#: Answers a document in HTML.
Page = Callable[[PageLayout], str]


def draw_pages(page: Page, says: Says, *, at: datetime) -> Rendered:
    """A document of a snapshot that says at each page break how far its lines add up."""
    look = read_look(says["seller"].get("look"))
    if not is_probably_long(says["lines"], look):
        plain = render(page(ONE_PAGE), at=at)
        if count_pages(plain.pdf) == 1:
            return plain
    sheet = render(page(PageLayout(is_measured=True)), at=at)
    breaks = tuple(page_breaks(measure_lines(sheet.pdf), look))
    return draw_counted(page, PageLayout(len(breaks) + 1, breaks), at=at)


def draw_together(wanted: Sequence[tuple[Page, datetime]]) -> list[Rendered | None]:
    """Documents that are probably of one page, two at a time; None where one is not, or can't be drawn.

    Of these the caller finds out by drawing them by themselves.
    """
    pages = [(html_of(page), at) for page, at in wanted]
    answers = iter(render_together([(html, at) for html, at in pages if html is not None]))
    drawn = [None if html is None else next(answers) for html, _at in pages]
    return [one if one and count_pages(one.pdf) == 1 else None for one in drawn]


def html_of(page: Page) -> str | None:
    """The document on one page; None of one that has something in it that can't be written."""
    try:
        return page(ONE_PAGE)
    except Exception:
        log.info("a document can't be written together with others", exc_info=True)
        return None


def draw_slip(page: Page, lines: Sequence[object], *, at: datetime) -> Rendered:
    """A document that breaks anywhere between its lines."""
    return draw_counted(page, PageLayout(pages=1 if len(lines) <= FEW else 0), at=at)


def draw_counted(page: Page, layout: PageLayout, *, at: datetime) -> Rendered:
    """Drawn again where it has another number of pages than it says."""
    drawn = render(page(layout), at=at)
    pages = count_pages(drawn.pdf) if layout.pages else 0
    return drawn if pages == layout.pages else render(page(PageLayout(pages, layout.breaks)), at=at)
