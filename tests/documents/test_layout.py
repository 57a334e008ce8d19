"""No amount is broken over two lines, and none runs into its neighbour: whatever the language, currency and size."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from babel.numbers import list_currencies

from app.actions.shipments import create_packing_slip
from app.config import LANGUAGES
from app.documents.invoice_page import columns_of
from app.documents.layout import COLUMN_GAP, PAGE, SIZE, Sums, sums_for, text_width
from app.documents.packing_slips import packing_slip
from app.documents.printing import printed
from app.documents.wording import Writing
from app.extensions import db
from app.history import SYSTEM
from tests.documents.printed_text import lines_of, places, shop_in_delft
from tests.factories import line, placed_order

pytestmark = pytest.mark.usefixtures("database")

#: Case 63 of public bug reports, and the largest that an order may have.
PRICES = [
    ("HUF", "125000", "en"),
    ("KWD", "12345.675", "fr"),
    ("IDR", "12500000", "nl"),
    ("EUR", "1234567.89", "de"),
    ("CHF", "499999999999.99", "es"),
    ("CHF", "499999999999.99", "fr"),
]


def an_invoice(currency: str, price: str, *, discount: bool = False) -> Any:
    shop_in_delft()
    rug = line("Rug", quantity="1", unit_price=price)
    lines = [rug, line("Less", quantity="1", unit_price="-1", kind="discount")] if discount else [rug]
    order = placed_order(lines=lines, total=sum((one.total for one in lines), Decimal(0)), currency=currency)
    return order.invoices[0]


@pytest.mark.parametrize(("currency", "price", "language"), PRICES)
def test_every_amount_stands_on_one_line(currency: str, price: str, language: str) -> None:
    invoice = an_invoice(currency, price)
    says, write = invoice.snapshot, Writing(language, currency)

    content = printed(invoice, language).content
    lines = [spaced(text) for text in lines_of(content)]

    wanted = [write.money(says[name]) for name in ("net", "tax", "total")]
    wanted += [write.amount(says["lines"][0]["amount"]), write.amount(says["vat"][0]["base"])]
    assert [amount for amount in wanted if spaced(amount) not in lines] == []
    (asked,) = [text for text in lines if spaced(write.money(says["total"])) in text and text[-1] == "."]
    assert asked
    assert overlapping(content) == []


def spaced(text: str) -> str:
    """Readers of PDF files say no-break spaces as spaces."""
    return text.replace("\xa0", " ")


def overlapping(pdf: bytes) -> list[tuple[str, str]]:
    """Texts of regular letters that begin before their neighbour on the same line has ended."""
    by_line: dict[tuple[int, int], list[tuple[float, str]]] = {}
    for text, x, y, page in places(pdf):
        by_line.setdefault((page, round(y)), []).append((x, text))
    found = []
    for texts in by_line.values():
        row = sorted(texts)
        numbers = [one for one in row if any(sign.isdigit() for sign in one[1])]
        pairs = pairwise(numbers)
        found += [(a, b) for (x, a), (next_x, b) in pairs if x + text_width(a, 7.0) > next_x]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_columns_have_room_for_any_currency(language: str) -> None:
    """All currencies that there are, with amounts from small to the largest."""
    for currency in list_currencies():
        write = Writing(language, currency)
        for amount in (Decimal("12.5"), Decimal("-1234567.125"), Decimal("-999999999999")):
            money, plain = write.money(amount), write.amount(amount)
            sums = sums_for(bases=[plain], taxes=[plain], amounts=[money], total=money, labels=["Total incl. VAT"])
            assert_room(sums, plain, money)
            assert not {" ", "\u202f"} & set(money + plain)


def assert_room(sums: Sums, plain: str, money: str) -> None:
    left, right = PAGE * sums.left / 100, PAGE * sums.right / 100 - COLUMN_GAP
    assert text_width(plain) <= left * sums.base / 100 - COLUMN_GAP
    assert text_width(plain) <= left * sums.tax / 100 - COLUMN_GAP
    assert text_width(money, 11, bold=True) <= right * sums.amount / 100 - COLUMN_GAP
    assert sums.rate >= 10
    assert sums.label >= 20
    assert sums.left + sums.gap + sums.right == 100 or sums.is_stacked


def test_what_fits_in_the_usual_arrangement_keeps_it() -> None:
    says = an_invoice("EUR", "12.50").snapshot
    columns = columns_of(says, Writing("en", "EUR"))

    assert columns.widths == {"item": 58, "quantity": 9, "unit_price": 12, "vat": 8, "amount": 13}
    assert columns.size == SIZE
    sums = sums_for(bases=["10.33"], taxes=["2.17"], amounts=["€10.33"], total="€12.50", labels=["Total incl. VAT"])
    assert sums == Sums()


def test_numbers_that_leave_no_room_are_set_smaller() -> None:
    says = an_invoice("KWD", "499999999999.999", discount=True).snapshot
    says["lines"][0] |= {"quantity": "999999.999999", "discount": "99999999999.999"}
    columns = columns_of(says, Writing("fr", "KWD"))

    assert 5 <= columns.size < SIZE
    assert columns.widths["item"] >= 20
    assert sum(columns.widths.values()) == 100


@pytest.mark.parametrize("language", ["en", "fr"])
def test_quantities_on_a_packing_slip_stand_on_one_line(language: str) -> None:
    order = placed_order(lines=[line("Sand", quantity="123456.7891", unit_price="1")], total=Decimal("123456.79"))
    shipment = create_packing_slip(order, by=SYSTEM)
    db.session.flush()

    quantity = spaced(Writing(language).number("123456.7891"))
    assert quantity in [spaced(text) for text in lines_of(packing_slip(shipment, language))]
