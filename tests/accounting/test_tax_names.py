"""Names of taxes are found in the newest orders, without those that say no more than VAT."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.accounting import tax_names
from app.accounting.tax_names import tax_names_in_use
from app.extensions import db
from app.intake_readers.new_order import NewTax
from app.queries import shop
from tests.factories import placed_order, teapot

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.each_database]


def order_of(*names: str) -> None:
    lines = [replace(teapot(), taxes=[NewTax(name, Decimal(1), rate=Decimal(5))]) for name in names]
    placed_order(lines=lines, external_id=names[0])


def test_names_are_those_of_orders_and_those_that_are_said_already() -> None:
    order_of("GST", "BTW 21%", "Tax", "VAT")
    shop().own_words = {"tax": {"Old levy": {"de": "Abgabe"}}}

    shop().vat_id = "NL861234567B01"
    assert tax_names_in_use(shop()) == ["BTW 21%", "GST", "Old levy"]
    shop().vat_id = ""
    assert tax_names_in_use(shop()) == ["BTW 21%", "GST", "Old levy", "Tax", "VAT"]


def test_only_the_newest_lines_are_read(monkeypatch: pytest.MonkeyPatch, statements: list[str]) -> None:
    order_of("GST", "PST")
    order_of("BTW 9%")
    monkeypatch.setattr(tax_names, "NEWEST_LINES", 2)
    own = shop()
    db.session.flush()
    statements.clear()

    assert tax_names_in_use(own) == ["BTW 9%", "PST"]
    assert len(statements) == 1
