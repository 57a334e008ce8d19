"""A text whose first letter is Arabic or Hebrew runs from the right, wherever people typed it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.actions.shipments import create_packing_slip
from app.documents.fonts import runs_from_the_right
from app.documents.packing_slips import packing_slip
from app.documents.printing import printed
from app.history import SYSTEM
from tests.documents.printed_text import places, shop_in_delft
from tests.factories import address, line, placed_order

NOTEBOOK = "دفتر أزرق A4 - عدد 50 ورقة"


@pytest.mark.parametrize(
    ("text", "from_right"),
    [
        (NOTEBOOK, True),
        ("A4 دفتر", False),
        ("12 - שלום", True),
        ("(ספר) A4", True),
        ("٣ دفاتر", True),
        ("Mug", False),
        ("123", False),
        ("", False),
        ("🎉 مرحبا", True),
    ],
)
def test_the_first_strong_letter_decides(text: str, from_right: bool) -> None:
    assert runs_from_the_right(text) is from_right


def arabic_order() -> object:
    shop = shop_in_delft()
    shop.name, shop.footer = "مكتبة دلفت", "شكرا لكم\nThank you"
    return placed_order(
        language="en",
        lines=[
            line(NOTEBOOK, quantity="1", unit_price="10", variant="أحمر"),
            line("Mug", quantity="1", unit_price="1"),
        ],
        total=Decimal(11),
        billing=address(name="محمد عبد الله", street="شارع الملك فهد 12"),
        shipping=address(name="שלום כהן", street="רחוב הרצל 5"),
        customer_note="اتركه عند الجار\nThank you",
    )


@pytest.mark.usefixtures("database")
def test_lines_of_arabic_end_at_the_left_and_begin_at_the_right() -> None:
    found = places(printed(arabic_order().invoices[0]).content)

    def starts(text: str) -> float:
        return next(x for one, x, _y, _page in found if text in one)

    assert starts("Mug") < 60
    assert starts("A4") > 150  # in the middle of a line that ends at the column's right
    drawn = [one for one, *_ in found]
    assert drawn.index("50") < drawn.index("A4")  # what comes later in the text stands further left
    assert starts("Thank you") < 60


@pytest.mark.usefixtures("database")
def test_letters_of_arabic_are_joined() -> None:
    """Joined forms are drawn, none of the letters as it stands by itself in the middle of a word."""
    drawn = "".join(text for text, *_ in places(printed(arabic_order().invoices[0]).content))

    assert any("\ufe70" <= sign <= "\ufefc" for sign in drawn)
    assert "\u062d" not in drawn  # hah, in the middle of Muhammad


@pytest.mark.usefixtures("database")
def test_a_packing_slip_writes_them_from_the_right_too() -> None:
    found = places(packing_slip(create_packing_slip(arabic_order(), by=SYSTEM)))

    def starts(text: str) -> float:
        return next(x for one, x, _y, _page in found if text in one)

    assert starts("5") > 60  # the number of the house, left of its street
    assert starts("A4") > 200
    assert starts("Mug") < 130
    assert starts("Thank you") < 60
