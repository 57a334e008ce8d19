"""The lines of a bank statement by keyboard, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from playwright.sync_api import Page, expect

from app.actions.bank_files import take_in_statement
from app.extensions import transaction
from app.history import SYSTEM
from tests.factories import placed_order
from tests.statements.written import Movement, write_camt


def test_a_line_is_set_aside_and_one_booked_by_keyboard(
    app: Flask, signed_in: Page, assert_accessible: Callable[..., None]
) -> None:
    with app.app_context(), transaction():
        number = placed_order().number
        lines = [
            Movement("-3.50", "Costs", reference="C1"),
            Movement("67.75", f"Order {number}", "F JANSEN", reference="R1"),
        ]
        take_in_statement("bank.xml", write_camt(lines), by=SYSTEM)
    assert_accessible(signed_in, "/admin/bank/")

    signed_in.keyboard.press("ArrowDown")
    signed_in.keyboard.press("s")
    expect(signed_in.locator("[data-bank-line]")).to_have_count(1)
    signed_in.keyboard.press("ArrowDown")
    signed_in.keyboard.press("Enter")

    expect(signed_in.get_by_text("1 line booked")).to_be_visible()
    expect(signed_in.locator("[data-bank-line]")).to_have_count(0)
