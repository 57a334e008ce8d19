"""A long invoice says at each page break how far its lines add up."""

from __future__ import annotations

import io
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from app.actions.shipments import create_packing_slip
from app.documents.drawing import PageLayout
from app.documents.invoice_page import invoice_page
from app.documents.look import USUAL_LOOK
from app.documents.packing_slips import packing_slip
from app.documents.page_breaks import HEADING, MARGINS, SUBTOTAL, Measures, measure_lines, page_breaks
from app.documents.printing import printed
from app.documents.render_process import render, the_process
from app.documents.wording import Writing, words_in
from app.history import SYSTEM
from app.models import Invoice
from tests.documents.printed_text import lines_of, shop_in_delft
from tests.factories import line, placed_order


def long_invoice(count: int, *, words: int = 1) -> Invoice:
    shop_in_delft()
    lines = [
        line(f"Mug{n} " + "with a handle " * (n % words), quantity="1", unit_price=f"{n}.21", sku=f"M-{n}")
        for n in range(count)
    ]
    return placed_order(lines=lines, total=sum((one.total for one in lines), Decimal(0))).invoices[0]


def pages_of(invoice: Invoice, language: str) -> list[list[str]]:
    reader = PdfReader(io.BytesIO(printed(invoice, language).content))
    return [[text.strip() for text in page.extract_text().splitlines()] for page in reader.pages]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_page_carries_forward_what_its_lines_add_up_to(language: str) -> None:
    words, write = words_in(language), Writing(language)
    pages = pages_of(long_invoice(45, words=9), language)

    so_far = Decimal(0)
    assert len(pages) > 2
    for number, page in enumerate(pages):
        brought = [page[n + 1] for n, text in enumerate(page) if text == words["brought_forward"]]
        assert brought == ([write.amount(so_far)] if number else [])
        mugs = [text.split(" ")[0].removeprefix("Mug") for text in page if text.startswith("Mug")]
        so_far += sum((Decimal(f"{mug}.21") for mug in mugs), Decimal(0))
        assert mugs
        carried = [page[n + 1] for n, text in enumerate(page) if text == words["carried_forward"]]
        assert carried == ([write.amount(so_far)] if number < len(pages) - 1 else [])
    assert words["net"] in pages[-1]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("count", [10, 11, 12, 13])
def test_sums_never_stand_on_a_page_without_a_line(count: int) -> None:
    """Around the number of lines with which the page is full."""
    words = words_in("en")
    pages = pages_of(long_invoice(count), "en")

    for page in pages:
        assert any(text.startswith("Mug") for text in page)
    assert sum(text == words["carried_forward"] for page in pages for text in page) == len(pages) - 1


@pytest.mark.usefixtures("database")
def test_a_short_invoice_has_no_subtotal() -> None:
    (page,) = pages_of(long_invoice(3), "en")

    assert {words_in("en")["carried_forward"], words_in("en")["brought_forward"]}.isdisjoint(page)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("count", "drawn"), [(3, 1), (16, 2)])
def test_a_document_is_drawn_once_and_measured_once_where_it_is_long(count: int, drawn: int) -> None:
    before = the_process.done
    invoice = long_invoice(count)
    pages = pages_of(invoice, "en")

    assert the_process.done - before == drawn
    assert [[text for text in page if text.startswith("Page ")] for page in pages] == [
        [f"Page {number} of {len(pages)}"] for number in range(1, len(pages) + 1)
    ]


@pytest.mark.usefixtures("database")
def test_a_packing_slip_that_is_longer_than_thought_says_how_many_pages_it_has() -> None:
    order = long_invoice(12).order
    for one in order.lines:
        one.name = "with a handle " * 15

    slip = lines_of(packing_slip(create_packing_slip(order, by=SYSTEM), "en"))

    assert [text for text in slip if text.startswith("Page ")] == ["Page 1 of 2", "Page 2 of 2"]


@pytest.mark.usefixtures("database")
def test_the_sheet_that_is_measured_is_as_long_as_it_takes() -> None:
    invoice = long_invoice(90, words=2)
    for one in invoice.snapshot["lines"]:
        one["name"] = "with a handle " * 70

    sheet = render(invoice_page(invoice, "en", PageLayout(is_measured=True)), at=invoice.issued_at)

    assert sum(measure_lines(sheet.pdf).lines) > 14_400  # what readers of PDF may show


@given(st.lists(st.floats(18, 200), min_size=1, max_size=80), st.floats(100, 400), st.floats(50, 250))
def test_what_stands_on_a_page_fits_on_it(heights: list[float], above: float, below: float) -> None:
    breaks = page_breaks(Measures(above, tuple(heights), below))

    assert breaks == sorted(set(breaks))
    for start, end in pairwise([0, *breaks, len(heights)]):
        begins = HEADING + SUBTOTAL if start else above
        ends = SUBTOTAL if end < len(heights) else below
        if end - start > 1:  # one line by itself has to stand somewhere
            assert begins + sum(heights[start:end]) + ends <= USUAL_LOOK.height - MARGINS
